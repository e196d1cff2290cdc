"""A total shared over cells in whole cents: alike cells together, then each by its weight."""

from __future__ import annotations

__all__ = ["allocated"]

from collections.abc import Sequence

import numpy as np

from salesplan.allocation.conflicts import conflict, solved
from salesplan.allocation.margins import Margin, problem
from salesplan.errors import AllocationError
from salesplan.stats import round_to_total


def allocated(
    weight: np.ndarray,
    *,
    total: int,
    margins: Sequence[Margin] = (),
    keys: Sequence[str],
    bounds: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """How is ``total`` [whole cents] shared in proportion to ``weight`` as nearly as margins and bounds allow?

    weight: not negative; a cell without weight gets nothing. bounds: floor and cap of each cell [whole cents]. Cells
    that stand in the same groups keep their proportions; between them Σ(x − weight)²/weight is smallest, weights scaled
    to the total (see ``least_change``). Whole cents keep every sum (see ``rounded``); ties by ``keys``, so that the
    order of cells does not matter.
    Errors: AllocationError naming a smallest set of demands that cannot hold together.
    """
    order = np.argsort(np.argsort(np.asarray(keys, dtype=str), kind="stable"))
    sets, member = _alike(len(weight), margins, order=order) if bounds is None else (order.argsort(), order)
    mass = np.bincount(member, weights=weight, minlength=len(sets))
    like = [Margin(m.of[sets], m.names, m.low, m.high) for m in margins]
    asked = problem(len(sets), total=total, margins=like)
    ends = None if bounds is None else (bounds[0][sets], bounds[1][sets])
    whole = solved(mass, asked, ends=ends)
    if whole is None:
        raise AllocationError(conflict(mass, asked, ends=ends), total=total)
    if bounds is not None:
        return whole[member]
    return _within(weight, member, whole, order=order)


def _alike(count: int, margins: Sequence[Margin], *, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One cell of each set of cells that stand in the same groups, and the set of every cell; sets in a fixed order."""
    code = np.zeros(count, "int64")
    for margin in margins:
        _, code = np.unique(code * (len(margin.names) + 1) + margin.of + 1, return_inverse=True)
    first = np.full(int(code.max(initial=0)) + 1, count, "int64")
    np.minimum.at(first, code, order)
    ranked = np.argsort(first)
    place = np.empty(len(ranked), "int64")
    place[ranked] = np.arange(len(ranked))
    return order.argsort()[first[ranked]], place[code]


def _within(weight: np.ndarray, member: np.ndarray, whole: np.ndarray, *, order: np.ndarray) -> np.ndarray:
    """Each set's cents shared over its cells by weight."""
    cells = np.zeros(len(weight), "int64")
    ranked = np.lexsort((order, member))
    starts = np.searchsorted(member[ranked], np.arange(len(whole) + 1))
    for number, amount in enumerate(whole.tolist()):
        at = ranked[starts[number] : starts[number + 1]]
        if amount:
            cells[at] = amount if len(at) == 1 else round_to_total(weight[at], amount)
    return cells
