"""Split a goal over product, region, customer group, channel and month so that every margin adds up to the cent."""

from __future__ import annotations

__all__ = ["Limit", "allocate", "bounded_shares", "raked", "say_cells"]

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS
from salesplan.errors import PlanFileError
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.stats import cents, round_to_total, units
from salesplan.words import Words

_KEYS = [*DIMENSIONS, "period"]
_ROUNDS, _CLOSE = 200, 1e-10


class Limit(Protocol):
    """A floor, cap or lock of the plan file: one member's yearly amount [currency]."""

    dimension: str
    member: str
    amount: float


def allocate(
    cube: pd.DataFrame,
    *,
    paths: pd.DataFrame,
    goal: float,
    calendar: FiscalCalendar,
    year: str,
    floors: Sequence[Limit] = (),
    caps: Sequence[Limit] = (),
    locks: Sequence[Limit] = (),
) -> pd.DataFrame:
    """What does the goal ask of each product × region × customer group × channel × month?

    cube: as from ``facts.monthly_cube``; only the year before ``year`` is looked at. paths: sample paths of the plan
    year. goal [currency]. floors, caps, locks: yearly amounts of members. Returns product, region, customer_group,
    channel, period, target [currency]: every cell with sales last year × the twelve months; cells sum to the goal to
    the cent, and so every margin is exact by summation.

    Method: half last year's own months, half its year spread by the company's months; raked (iterative proportional
    fitting; Deming & Stephan 1940) to the members' and months' middle forecast, scaled to the goal and moved within
    floors and caps; whole cents by largest remainder, first over the members of the dimension that has limits.
    Errors: PlanFileError where limits leave no room, or name a member without sales.
    """
    leaves = _leaves(cube, calendar=calendar, year=year)
    margins = {"period": _shares(paths, by="period", keep=calendar.months(year))}
    for dimension in DIMENSIONS:
        members = sorted(leaves[dimension].unique())
        wanted = _shares(paths[paths["dimension"] == dimension], by="member", keep=members)
        bounds = _bounds(dimension, members=members, floors=floors, caps=caps, locks=locks, goal=goal)
        margins[dimension] = bounded_shares(wanted, low=bounds[0], high=bounds[1], what=dimension)
    weight = raked(leaves, margins=margins, weight=leaves["weight"].to_numpy())
    limited = [d for d in DIMENSIONS if any(limit.dimension == d for limit in (*locks, *floors, *caps))]
    whole = _rounded(
        leaves, weight=weight, goal=cents(goal), first=limited[0] if limited else "product", margins=margins
    )
    return leaves[_KEYS].assign(target=units(whole)).sort_values(_KEYS, ignore_index=True)


def _leaves(cube: pd.DataFrame, *, calendar: FiscalCalendar, year: str) -> pd.DataFrame:
    """Cells × months of the plan year with a starting weight; months and cells always in one order."""
    before = calendar.months(calendar.shift(year, -1))
    rows = cube[cube["period"].isin(before)]
    if rows["net_sales_cents"].clip(lower=0).sum() == 0:
        rows = cube[cube["period"] < calendar.months(year)[0]]
    wide = rows.pivot_table(
        index=list(DIMENSIONS), columns="period", values="net_sales_cents", aggfunc="sum", observed=True, sort=True
    )
    wide = wide.reindex(columns=before).astype("float64").fillna(0.0).clip(lower=0.0)
    if wide.to_numpy().sum() == 0:
        wide[:] = 1.0
    wide = wide[wide.sum(axis=1) > 0]
    own, company = wide.to_numpy(), wide.sum().to_numpy()
    floor = np.maximum(company, 0.01 * company.mean())
    weight = 0.5 * own + 0.5 * own.sum(axis=1, keepdims=True) * floor / floor.sum()
    months = calendar.months(year)
    cells = wide.index.to_frame(index=False)
    long = cells.loc[np.repeat(np.arange(len(cells)), len(months))].reset_index(drop=True)
    return long.assign(period=np.tile(months, len(cells)), weight=weight.ravel())


def _shares(paths: pd.DataFrame, *, by: str, keep: list[str]) -> pd.Series:
    """Shares 0-1 of the middle forecast, for ``keep``; a member that nothing is forecast of keeps a trace."""
    rows = paths[paths["dimension"] == "total"] if by == "period" else paths
    middle = rows.groupby([by, "draw"])["value"].sum().groupby(level=0).median().reindex(keep).fillna(0.0)
    middle = middle.clip(lower=max(1.0, 1e-6 * float(middle.clip(lower=0).sum())))
    return middle / middle.sum()


def _bounds(
    dimension: str,
    *,
    members: list[str],
    floors: Sequence[Limit],
    caps: Sequence[Limit],
    locks: Sequence[Limit],
    goal: float,
) -> tuple[np.ndarray, np.ndarray]:
    low, high = pd.Series(0.0, index=members), pd.Series(np.inf, index=members)
    for limits, sides in ((floors, (low,)), (caps, (high,)), (locks, (low, high))):
        for limit in (entry for entry in limits if entry.dimension == dimension):
            if limit.member not in members:
                raise PlanFileError(
                    f"[targets] limits {dimension} {limit.member!r}, which sold nothing last year. "
                    f"Known are: {', '.join(members)}."
                )
            for side in sides:
                side[limit.member] = limit.amount / goal
    return low.to_numpy(), high.to_numpy()


def bounded_shares(wanted: pd.Series, *, low: np.ndarray, high: np.ndarray, what: str = "") -> pd.Series:
    """Shares as near in proportion to ``wanted`` as floors ``low`` and caps ``high`` [share 0-1] allow; sum is 1.

    Errors: PlanFileError where floors sum to more than the goal, caps to less, or a floor lies above its cap.
    """
    if low.sum() > 1 + _CLOSE or high.sum() < 1 - _CLOSE or (low > high).any():
        raise PlanFileError(
            f"[targets] floors and caps of {what} leave no room: floors sum to {low.sum():.1%} of the goal and caps to "
            f"{high.sum():.1%}. Lower a floor, raise a cap, or change the goal."
        )
    least, most = 0.0, 1.0
    share = wanted.to_numpy(dtype="float64")
    while np.clip(share * most, low, high).sum() < 1 and most < 1e18:
        most *= 2
    for _ in range(_ROUNDS):
        factor = (least + most) / 2
        least, most = (factor, most) if np.clip(share * factor, low, high).sum() < 1 else (least, factor)
    found = np.clip(share * most, low, high)
    return pd.Series(found / found.sum(), index=wanted.index)


def raked(leaves: pd.DataFrame, *, margins: Mapping[str, pd.Series], weight: np.ndarray) -> np.ndarray:
    """Weights whose sums over each column of ``margins`` are its shares (as near as cells without sales allow).

    Iterative proportional fitting, which keeps the odds ratios of the start.
    """
    codes = {name: margin.index.get_indexer(pd.Index(leaves[name])) for name, margin in margins.items()}
    shares = {name: margin.to_numpy() for name, margin in margins.items()}
    x = weight / weight.sum()
    for _ in range(_ROUNDS):
        worst = 0.0
        for name, code in codes.items():
            have = np.bincount(code, weights=x, minlength=len(shares[name]))
            ratio = np.divide(shares[name], have, out=np.ones(len(have)), where=have > 0)
            worst = max(worst, float(np.abs(have - shares[name]).max()))
            x = x * ratio[code]
        if worst < _CLOSE:
            break
    return np.asarray(x)


def _rounded(
    leaves: pd.DataFrame, *, weight: np.ndarray, goal: int, first: str, margins: Mapping[str, pd.Series]
) -> np.ndarray:
    keys = leaves[_KEYS].agg("|".join, axis=1).to_numpy()
    margin = margins[first]
    parts = round_to_total(margin.to_numpy(), goal, keys=list(margin.index))
    whole = np.zeros(len(leaves), dtype="int64")
    for member, part in zip(margin.index, parts, strict=True):
        inside = (leaves[first] == member).to_numpy()
        whole[inside] = round_to_total(weight[inside], int(part), keys=list(keys[inside]))
    return whole


def say_cells(table: pd.DataFrame, *, words: Words) -> Finding:
    """Into how many parts was the goal split, and do they add up? From targets/cells."""
    whole = cents(table["target"])
    goal = int(whole.sum())
    exact = all(int(whole.groupby(table[key]).sum().sum()) == goal for key in _KEYS)
    largest = table.groupby("period")["target"].sum()
    text = words.say(
        "targets_cells",
        cells=words.number(len(table)),
        goal=words.money(goal / 100),
        month=str(largest.idxmax()),
        most=words.money(float(largest.max())),
    )
    said = words.say("targets_cells_exact" if exact else "targets_cells_off")
    return Finding("targets/cells", text, "targets/cells", (Check("sums", exact, said),))
