"""What fits its demands, and, where nothing does, which of them cannot hold together?"""

from __future__ import annotations

__all__ = ["conflict", "solved"]

import numpy as np
from scipy import sparse

from salesplan.allocation.margins import Problem
from salesplan.allocation.rounding import rounded
from salesplan.allocation.solving import least_change

_TINY = 1e-7  # of the total
_OWN = "the bounds of single cells"


def solved(mass: np.ndarray, asked: Problem, *, ends: tuple[np.ndarray, np.ndarray] | None) -> np.ndarray | None:
    """Whole cents that keep every demand, least changed from ``mass``; None where nothing fits."""
    floor = np.zeros(len(mass)) if ends is None else ends[0]
    cap = np.where(mass > 0, np.inf if ends is None else ends[1], floor)
    real = least_change(mass, asked, floor=floor, cap=cap)
    return None if real is None else rounded(real, asked, floor=floor, cap=cap)


def conflict(mass: np.ndarray, asked: Problem, *, ends: tuple[np.ndarray, np.ndarray] | None = None) -> list[str]:
    """Names of demands that cannot hold together with the total: a smallest set, as taking any one out mends it.

    A linear programme with elastic demands points at candidates (those that bear a price; Gleeson & Ryan 1990); each is
    then taken out in turn and stays out if the rest still do not fit (Chinneck & Dravnieks 1991).
    """
    kept = _priced(mass, asked, ends=ends)
    if solved(mass, asked.only(kept), ends=ends) is not None:
        kept = list(range(len(asked.names)))
    own = ends if ends is None or solved(mass, asked.only(kept), ends=None) is not None else None
    for number in list(kept):
        rest = [n for n in kept if n != number]
        if solved(mass, asked.only(rest), ends=own) is None:
            kept = rest
    return [*(asked.names[n] for n in kept), *([_OWN] if own is not None else [])]


def _priced(mass: np.ndarray, asked: Problem, *, ends: tuple[np.ndarray, np.ndarray] | None) -> list[int]:
    """Rows that bear a price when as little as possible is to be missed: they cannot all hold."""
    from scipy.optimize import linprog

    scale, count, rows = max(float(asked.total), 1.0), len(mass), len(asked.low)
    floor, cap = (np.zeros(count), np.full(count, np.inf)) if ends is None else (e / scale for e in ends)
    miss = sparse.eye_array(rows).tocsr()[:, 1:]
    under = sparse.hstack([-asked.rows, -miss, 0 * miss])
    over = sparse.hstack([asked.rows, 0 * miss, -miss])
    found = linprog(
        np.r_[np.zeros(count), np.ones(2 * (rows - 1))],
        A_ub=sparse.vstack([under, over]).tocsr(),
        b_ub=np.r_[-asked.low, asked.high] / scale,
        bounds=[*zip(floor, np.where(mass > 0, cap, floor), strict=True), *[(0, None)] * (2 * (rows - 1))],
        method="highs",
    )
    if found.status != 0:
        return list(range(1, rows))
    price = np.abs(found.ineqlin.marginals)
    return [n - 1 for n in range(1, rows) if price[n] + price[rows + n] > _TINY]
