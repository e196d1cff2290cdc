"""Whole cents that keep every sum, as near to real amounts as can be."""

from __future__ import annotations

__all__ = ["rounded"]

import math
from collections.abc import Sequence

import numpy as np
from scipy import sparse

from salesplan.allocation.margins import Margin, Problem

_WIDER = (0, 1, 10, 1000)  # cents by which a sum may leave its floor and ceiling, tried in turn
_SPARE = (3, 10**5, 10**10)  # cents that one cell may move, tried in turn
_FEW = 1500  # cells up to which a whole-number programme may move all of them
_PLACES = 5  # decimals of a cent below which an amount counts as whole
_NO_END = np.iinfo("int64").max // 4


def rounded(
    real: np.ndarray,
    problem: Problem,
    *,
    floor: np.ndarray | None = None,
    cap: np.ndarray | None = None,
) -> np.ndarray | None:
    """Which whole cents keep every row of ``problem``, near ``real``? None where none were found.

    The sums of the first margin are rounded, then, margin by margin, the sums of cells that stand in the same groups of
    all margins so far: a flow from the sums that are settled to those of the next margin, which is whole because ends
    are (Ford & Fulkerson 1956; controlled rounding, Cox 1987). With two margins every sum is the floor or ceiling of
    the real one; with more, a cent or two from it. What a flow cannot settle is left to a whole-number programme. Cells
    come in a fixed order, which breaks ties.
    """
    least = np.zeros(len(real), "int64") if floor is None else np.asarray(floor, "int64")
    most = np.full(len(real), _NO_END) if cap is None else np.minimum(cap, _NO_END).astype("int64")
    real = np.clip(np.round(real, _PLACES), least, most)
    found = _settled(real, problem, ends=(least, most))
    if found is not None and not problem.off(found).any():
        return found
    if len(real) > _FEW:
        return None
    start = np.clip(np.floor(real).astype("int64"), least, most)
    for spare in _SPARE:
        found = _moved(real, start, problem, spare=spare, ends=(least, most))
        if found is not None:
            return found
    return None


def _settled(real: np.ndarray, problem: Problem, *, ends: tuple[np.ndarray, np.ndarray]) -> np.ndarray | None:
    """Whole cents, settled margin by margin; None where a flow cannot carry them."""
    class_of, sums = np.zeros(len(real), "int64"), np.array([problem.total], "int64")
    for margin in problem.margins:
        group = np.where(margin.of >= 0, margin.of, len(margin.names))
        wanted = _whole_sums(margin, group, real=real, total=problem.total)
        if wanted is None:
            return None
        pair, joint = np.unique(class_of * (len(margin.names) + 1) + group, return_inverse=True)
        parts = [_summed(joint, amounts, len(pair)) for amounts in (real, *ends)]
        carried = _carried(pair, parts, sums=sums, wanted=wanted)
        if carried is None:
            return None
        class_of, sums = joint, carried
    return _shared(real, class_of, sums=sums, ends=ends)


def _summed(group: np.ndarray, amounts: np.ndarray, count: int) -> np.ndarray:
    """Sums by group; no end stays no end."""
    sums = np.bincount(group, weights=amounts, minlength=count)
    return np.asarray(np.minimum(sums, _NO_END))


def _whole_sums(margin: Margin, group: np.ndarray, *, real: np.ndarray, total: int) -> np.ndarray | None:
    """Each group's sum in whole cents, within its ends; what is in no group takes the rest."""
    sums = np.bincount(group, weights=real, minlength=len(margin.names) + 1)
    outside = total if (margin.of < 0).any() else 0
    ends = np.r_[margin.low, 0], np.r_[margin.high, outside]
    sums = np.clip(np.round(sums, _PLACES), *ends)
    return _shared(sums, np.zeros(len(sums), "int64"), sums=np.array([total]), ends=ends)


def _carried(
    pair: np.ndarray, parts: Sequence[np.ndarray], *, sums: np.ndarray, wanted: np.ndarray
) -> np.ndarray | None:
    """Whole sums of the pairs (settled class, group) that keep both; None where there are none."""
    real, least, most = parts
    wide = len(wanted)
    rows, columns = pair // wide, pair % wide
    for width in _WIDER:
        low = np.maximum(np.floor(real) - width, least).astype("int64")
        high = np.maximum(np.minimum(np.ceil(real) + width, most).astype("int64"), low)
        owed = [
            ends - np.bincount(at, weights=low, minlength=len(ends)).astype("int64")
            for at, ends in ((rows, sums), (columns, wanted))
        ]
        if owed[0].sum() != owed[1].sum() or (owed[0] < 0).any() or (owed[1] < 0).any():
            continue
        sent = _flow(rows, columns, room=high - low, owed=owed)
        if sent.sum() == owed[0].sum():
            return np.asarray(low + sent, "int64")
    return None


def _flow(rows: np.ndarray, columns: np.ndarray, *, room: np.ndarray, owed: Sequence[np.ndarray]) -> np.ndarray:
    """How many cents more each pair gets: the greatest flow from rows to columns."""
    high, wide = (len(o) for o in owed)
    source, sink = high + wide, high + wide + 1
    tails = np.r_[np.full(high, source), rows, high + np.arange(wide)]
    heads = np.r_[np.arange(high), high + columns, np.full(wide, sink)]
    holds = np.r_[owed[0], room, owed[1]].astype("int32")
    graph = sparse.csr_array((holds, (tails, heads)), shape=(sink + 1, sink + 1))
    flow = sparse.csgraph.maximum_flow(graph, source, sink).flow
    return np.asarray(flow[rows, high + columns]).ravel().astype("int64")


def _shared(
    real: np.ndarray, class_of: np.ndarray, *, sums: np.ndarray, ends: tuple[np.ndarray, np.ndarray]
) -> np.ndarray | None:
    """Each class' cents over its cells: floors, then one cent more or less for those nearest to it."""
    least, most = (np.asarray(end, "int64") for end in ends)
    whole = np.floor(real).astype("int64")
    owed = sums - np.bincount(class_of, weights=whole, minlength=len(sums)).astype("int64")
    up = owed[class_of] > 0
    room = np.where(up, most > whole, whole > least)
    rank = np.where(up, whole - real, real - whole)
    ranked = np.lexsort((np.round(rank, _PLACES), ~room, class_of))
    starts = np.searchsorted(class_of[ranked], np.arange(len(sums)))
    place = np.arange(len(ranked)) - starts[class_of[ranked]]
    moved = ranked[place < np.abs(owed)[class_of[ranked]]]
    whole[moved] += np.where(up[moved], 1, -1)
    kept = room[moved].all() and (np.bincount(class_of, weights=whole, minlength=len(sums)) == sums).all()
    return whole if kept else None


def _moved(
    real: np.ndarray, whole: np.ndarray, problem: Problem, *, spare: int, ends: tuple[np.ndarray, np.ndarray]
) -> np.ndarray | None:
    """The amounts after the smallest moves of at most ``spare`` cents that keep every row; None where there are none.

    Only the moves are variables: they are small, where amounts would be too large for a solver's tolerance.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    least, most = ends
    count, sums = len(real), np.rint(problem.rows @ whole)
    step, still = sparse.eye_array(count), np.zeros(count)
    rows = sparse.hstack([problem.rows, sparse.csr_array((len(sums), count))])
    rest = real - whole
    away = LinearConstraint(sparse.block_array([[step, -step], [-step, -step]]).tocsr(), -np.inf, np.r_[rest, -rest])
    down = np.maximum(-spare, least - whole)
    up = np.where(real > 0, np.minimum(spare + 1, most - whole), 0)
    found = milp(
        np.r_[still, np.ones(count)],
        constraints=[LinearConstraint(rows, problem.low - sums, problem.high - sums), away],
        integrality=np.r_[np.ones(count), still],
        bounds=Bounds(np.r_[np.minimum(down, up), still], np.r_[np.maximum(up, 0), np.full(count, math.inf)]),
        options={"time_limit": 20.0},
    )
    if found.x is None:
        return None
    moved = whole + np.rint(found.x[:count]).astype("int64")
    return None if problem.off(moved).any() else moved
