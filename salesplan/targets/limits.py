"""What the plan's limits allow: read once, for everything that has to keep to them."""

from __future__ import annotations

__all__ = ["between", "ends", "named", "own_ends", "spoken_of", "within"]

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from salesplan.allocation import Margin, allocated, demand
from salesplan.config import Limit
from salesplan.errors import AllocationError, PlanFileError
from salesplan.stats import cents


def ends(limit: Limit) -> tuple[float, float]:
    """The least and most that a limit allows [currency]; where it says nothing: nought, and infinity."""
    if limit.fixed is not None:
        return limit.fixed, limit.fixed
    return limit.floor or 0.0, np.inf if limit.cap is None else limit.cap


def named(limit: Limit) -> str:
    """A limit as messages name it: of what, in which period, how much."""
    about = [
        *(f"{key}={member}" for key, member in sorted(limit.where.items())),
        *([limit.period] if limit.period else []),
    ]
    given = {"fixed at": limit.fixed, "floor": limit.floor, "cap": limit.cap}
    sides = [f"{side} {amount:,.2f}" for side, amount in given.items() if amount is not None]
    return f"{', '.join(about)} {' and '.join(sides)}"


def spoken_of(frame: pd.DataFrame, where: Mapping[str, str]) -> np.ndarray:
    """Which rows of a frame with these columns are of these members?"""
    inside = np.ones(len(frame), dtype=bool)
    for column, member in where.items():
        inside &= (frame[column].astype(str) == member).to_numpy()
    return inside


def between(name: str, inside: np.ndarray, *, low: float, high: float) -> Margin:
    """The cells ``inside`` as a margin that is held between two amounts [currency]; infinity is no end."""
    return demand(name, inside, low=cents(low), high=cents(high) if np.isfinite(high) else None)


def own_ends(limits: Sequence[Limit], *, dimension: str, member: str, period: str, year: str) -> tuple[float, float]:
    """The least and most that all limits of exactly this member and period allow; one without a period is the year's.

    Where they contradict one another the highest floor and the lowest cap come back: ``within`` refuses them.
    """
    own = [ends(li) for li in limits if li.where == {dimension: member} and (li.period or year) == period]
    return max((low for low, _ in own), default=0.0), min((high for _, high in own), default=np.inf)


def within(weight: np.ndarray, *, total: int, held: Sequence[Margin], keys: Sequence[str]) -> np.ndarray:
    """``allocation.allocated`` to the cent, whose conflict is one of the plan file's limits.

    Errors: PlanFileError naming the smallest set of limits that cannot hold together, and what would have to give.
    """
    try:
        return allocated(weight, total=total, margins=held, keys=keys)
    except AllocationError as error:
        raise PlanFileError(f"[[targets.limits]] {error}") from error
