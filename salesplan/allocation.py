"""Sharing a total over cells under floors, caps and fixed amounts, exactly: the maths of every split."""

from __future__ import annotations

__all__ = ["Demand", "allocated", "raked"]

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.errors import AllocationError
from salesplan.stats import round_to_total

_ROUNDS, _CLOSE = 5000, 1e-12
_RAKING, _NEAR = 200, 1e-10
_SPARE = (3, 10**5, 10**10)


@dataclass(frozen=True)
class Demand:
    """The cells (``inside``) whose sum [whole cents] may be no less than ``low`` and no more than ``high``."""

    name: str
    inside: np.ndarray
    low: int = 0
    high: int | None = None


def allocated(weight: np.ndarray, *, total: int, demands: Sequence[Demand] = (), keys: Sequence[str]) -> np.ndarray:
    """How is ``total`` [whole cents] shared in proportion to ``weight`` as nearly as the demands allow?

    Cells with one set of demands keep their proportions; between sets the relative entropy to the weights is smallest
    (Bregman projections with Hildreth's correction; Dykstra 1985). Whole cents come from the smallest deviation that
    keeps every demand, then by largest remainder, ties by ``keys``, so that the order of cells does not matter.
    Errors: AllocationError naming the smallest set of demands that cannot hold together.
    """
    patterns = np.array([d.inside for d in demands], dtype=bool).reshape(len(demands), len(weight))
    sets, member = np.unique(patterns.T, axis=0, return_inverse=True)
    member = member.ravel()
    mass = np.bincount(member, weights=weight, minlength=len(sets))
    whole = _solved(mass, sets=sets, total=total, demands=demands, kept=range(len(demands)))
    if whole is None:
        raise AllocationError(_conflict(mass, sets=sets, total=total, demands=demands), total=total)
    cells = np.zeros(len(weight), dtype="int64")
    for number, amount in enumerate(whole):
        at = np.flatnonzero(member == number)
        if amount:
            cells[at] = round_to_total(weight[at], int(amount), keys=[keys[int(n)] for n in at])
    return cells


def _conflict(mass: np.ndarray, *, sets: np.ndarray, total: int, demands: Sequence[Demand]) -> list[str]:
    """Names of demands that cannot hold together with the total: a smallest set, as taking any one out mends it."""
    kept = list(range(len(demands)))
    for number in list(kept):
        rest = [n for n in kept if n != number]
        if _solved(mass, sets=sets, total=total, demands=demands, kept=rest) is None:
            kept = rest
    return [demands[n].name for n in kept]


def _solved(
    mass: np.ndarray, *, sets: np.ndarray, total: int, demands: Sequence[Demand], kept: Sequence[int]
) -> list[int] | None:
    """Whole cents per set under the demands of these numbers; None where they cannot hold together."""
    mine, columns = [demands[n] for n in kept], sets[:, list(kept)]
    if not _feasible(mass, sets=columns, total=total, demands=mine):
        return None
    real = _projected(mass, sets=columns, total=total, demands=mine)
    return _whole(real, sets=columns, total=total, demands=mine)


def _feasible(mass: np.ndarray, *, sets: np.ndarray, total: int, demands: Sequence[Demand]) -> bool:
    """Can amounts, not yet whole cents, keep every demand, as far as a solver's tolerance tells?"""
    from scipy.optimize import linprog

    scale = max(total, 1)
    capped = [n for n, demand in enumerate(demands) if demand.high is not None]
    rows = [*(sets[:, n].astype(float) for n in capped), *(-column.astype(float) for column in sets.T)]
    ends = [*((demands[n].high or 0) / scale for n in capped), *(-demand.low / scale for demand in demands)]
    found = linprog(
        np.zeros(len(mass)),
        A_ub=np.array(rows) if rows else None,
        b_ub=np.array(ends) if rows else None,
        A_eq=np.ones((1, len(mass))),
        b_eq=[total / scale],
        bounds=[(0, None if m > 0 else 0) for m in mass],
        method="highs",
    )
    return bool(found.status == 0)


def _projected(mass: np.ndarray, *, sets: np.ndarray, total: int, demands: Sequence[Demand]) -> np.ndarray:
    """Amounts per set, least changed in proportion, that keep every demand and the total."""
    x = mass / mass.sum() * total
    for number, demand in enumerate(demands):
        if demand.high == 0:
            x[sets[:, number]] = 0.0
    pull = np.zeros(len(demands))
    for _ in range(_ROUNDS):
        before = x.copy()
        x = x * (total / x.sum()) if x.sum() > 0 else x
        for number, demand in enumerate(demands):
            inside = sets[:, number]
            have = x[inside].sum()
            if have <= 0:
                continue
            wanted = pull[number]
            up = math.log(demand.low / have) + wanted if demand.low > 0 else -math.inf
            down = math.log(demand.high / have) + wanted if demand.high else math.inf
            pull[number] = min(max(0.0, up), down) if demand.high is not None else max(0.0, up)
            x[inside] *= math.exp(pull[number] - wanted)
        if np.abs(x - before).max() <= _CLOSE * max(total, 1):
            break
    return np.asarray(x)


def _whole(real: np.ndarray, *, sets: np.ndarray, total: int, demands: Sequence[Demand]) -> list[int] | None:
    """Whole cents per set: the smallest total deviation from ``real`` under which every demand holds exactly."""
    floor = [math.floor(v) for v in real]
    found = None
    for spare in _SPARE:
        found = _nearest_whole(real, floor, sets=sets, total=total, demands=demands, spare=spare)
        if found is not None:
            return [f + e for f, e in zip(floor, found, strict=True)]
    return None


def _nearest_whole(
    real: np.ndarray, floor: list[int], *, sets: np.ndarray, total: int, demands: Sequence[Demand], spare: int
) -> list[int] | None:
    """How far each set moves from its ``floor``, at most ``spare`` cents; None where that is too little.

    Only the moves are variables: they are small, where amounts would be too large for a solver's tolerance.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    count = len(real)
    step, still = np.eye(count), np.zeros(count)
    rows, low, high = [np.r_[np.ones(count), still]], [float(total - sum(floor))], [float(total - sum(floor))]
    for number, demand in enumerate(demands):
        held = sum(f for f, inside in zip(floor, sets[:, number], strict=True) if inside)
        rows.append(np.r_[sets[:, number].astype(float), still])
        low.append(float(demand.low - held))
        high.append(math.inf if demand.high is None else float(demand.high - held))
    rest = real - np.array(floor, dtype=float)
    away = LinearConstraint(np.block([[step, -step], [-step, -step]]), -np.inf, np.r_[rest, -rest])
    least = np.array([-min(spare, f) for f in floor], dtype=float)
    found = milp(
        np.r_[still, np.ones(count)],
        constraints=[LinearConstraint(np.array(rows), low, high), away],
        integrality=np.r_[np.ones(count), still],
        bounds=Bounds(np.r_[least, still], np.r_[np.where(real > 0, spare + 1.0, 0.0), np.full(count, np.inf)]),
    )
    return None if found.x is None else [round(e) for e in found.x[:count]]


def raked(cells: pd.DataFrame, *, margins: Mapping[str, pd.Series], weight: np.ndarray) -> np.ndarray:
    """Weights whose sums over each column of ``margins`` are its shares (as near as cells without weight allow).

    Iterative proportional fitting, which keeps the odds ratios of the start (Deming & Stephan 1940).
    """
    codes = {name: margin.index.get_indexer(pd.Index(cells[name])) for name, margin in margins.items()}
    shares = {name: margin.to_numpy() for name, margin in margins.items()}
    x = weight / weight.sum()
    for _ in range(_RAKING):
        worst = 0.0
        for name, code in codes.items():
            have = np.bincount(code, weights=x, minlength=len(shares[name]))
            ratio = np.divide(shares[name], have, out=np.ones(len(have)), where=have > 0)
            worst = max(worst, float(np.abs(have - shares[name]).max()))
            x = x * ratio[code]
        if worst < _NEAR:
            break
    return np.asarray(x)
