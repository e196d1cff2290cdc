"""Who carries the goal: the parts of representatives, in the same solution as those of regions and products."""

from __future__ import annotations

__all__ = ["account_owners", "active_reps", "carried", "carriers", "rep_margins"]

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from salesplan.allocation import Margin
from salesplan.config import REP, UNASSIGNED, Limit
from salesplan.errors import PlanFileError, nearest
from salesplan.periods import FiscalCalendar
from salesplan.stats import cents, round_to_total, units
from salesplan.targets.limits import between, ends, named, spoken_of, within

_PLACE = ["region", "channel"]
_PARTS = [REP, *_PLACE, "period"]


def active_reps(reps: pd.DataFrame, team: pd.DataFrame | None, *, cut_off: dt.date) -> pd.Series:
    """Which representatives are there on the day after the cut-off?

    reps: ``facts.rep_months``. team: the source (rep_id, left: last day), or None, when all who sold in the last twelve
    months count. Returns their ids, sorted.
    """
    sold = pd.Series(sorted(reps[REP].astype(str).unique()), dtype="object")
    if team is None or "left" not in team:
        return sold
    left = team.loc[pd.to_datetime(team["left"]) <= pd.Timestamp(cut_off), REP].astype(str)
    return sold[~sold.isin(left)].reset_index(drop=True)


def account_owners(sellers: pd.DataFrame, customers: pd.DataFrame | None, *, active: pd.Series) -> pd.DataFrame:
    """Who has each account now?

    sellers: ``facts.last_sellers``. customers: the source (customer_id, rep_id), or None. active: as from
    ``active_reps``. Whoever sold to a customer last in a channel has it; where that person has left, whom the customer
    list names, if that one is there. Frame: customer_id, channel, rep_id (of one who has left where nobody took over).
    """
    named: dict[str, str] = {}
    if customers is not None and "rep_id" in customers:
        known = customers.dropna(subset=["rep_id"]).astype({"customer_id": "str", "rep_id": "str"})
        named = dict(zip(known["customer_id"], known["rep_id"], strict=True))
    there = set(active.astype(str))
    found = sellers.astype({"customer_id": "str", "channel": "str", "rep_id": "str"})
    heirs = [named.get(customer, rep) for customer, rep in zip(found["customer_id"], found["rep_id"], strict=True)]
    return found.assign(
        rep_id=[r if r in there or h not in there else h for r, h in zip(found["rep_id"], heirs, strict=True)]
    )


def carriers(reps: pd.DataFrame, *, active: pd.Series, calendar: FiscalCalendar, year: str) -> pd.DataFrame:
    """Who held which part of last year's sales of each region × channel?

    reps: ``facts.rep_months``, with customers' owners where they are known, so that an account that moved takes its
    history along. active: as from ``active_reps``; what others carried is "unassigned" until somebody has it. Frame:
    region, channel, rep_id, share; places that no active person carries are left out.
    """
    last = calendar.months(calendar.shift(year, -1))
    held = reps[reps["period"].isin(last)].astype({REP: str})
    held = held.assign(**{REP: held[REP].where(held[REP].isin(active), UNASSIGNED)})
    sold = held.groupby([*_PLACE, REP], observed=True)["net_sales_cents"].sum()
    sold = sold[sold > 0]
    carried = (sold.index.get_level_values(REP) != UNASSIGNED).astype("int64")
    sold = sold[pd.Series(carried, index=sold.index).groupby(_PLACE).transform("max") > 0]
    return (sold / sold.groupby(_PLACE).transform("sum")).rename("share").reset_index()


def carried(
    cells: pd.DataFrame,
    *,
    carriers: pd.DataFrame,
    calendar: FiscalCalendar,
    hedge: float = 0.0,
    limits: Sequence[Limit] = (),
) -> pd.DataFrame:
    """What is each representative asked for in each region × channel × month?

    cells: as from ``Splits.leaves``; without rep_id the goal of each region × channel and month is shared by
    ``carriers``, and stays "unassigned" where there is none. hedge: how much more than the goal is asked for [share].
    limits: those of representatives hold for what is asked, hedge included. Frame: rep_id, region, channel, period,
    target [currency], which sum to the goal and its hedge to the cent.
    Errors: PlanFileError where limits cannot hold together.
    """
    parts = _shared(cells, carriers) if REP not in cells else cells.assign(whole=cents(cells["target"]))
    parts = parts.groupby(_PARTS, sort=True, observed=True)["whole"].sum().reset_index()
    whole = parts["whole"].to_numpy(dtype="int64")
    if hedge:
        total = cents(float(whole.sum()) / 100 * (1 + hedge))
        held = rep_margins(parts, limits=limits, calendar=calendar)
        keys = parts[_PARTS].astype(str).agg("\x1f".join, axis=1).tolist()
        whole = within(whole.astype("float64"), total=total, held=held, keys=keys)
    return parts[_PARTS].assign(target=units(whole))


def _shared(cells: pd.DataFrame, carriers: pd.DataFrame) -> pd.DataFrame:
    """Every region × channel × month shared to the cent."""
    goals = cells.assign(whole=cents(cells["target"])).groupby([*_PLACE, "period"], sort=True)["whole"].sum()
    held = {(str(p[0]), str(p[1])): part.set_index(REP)["share"] for p, part in carriers.groupby(_PLACE)}
    rows = []
    for region, channel, period, goal in goals.reset_index().itertuples(index=False):
        shares = held.get((str(region), str(channel)), pd.Series({UNASSIGNED: 1.0}))
        for rep, part in zip(shares.index, round_to_total(shares, int(goal), keys=list(shares.index)), strict=True):
            rows.append((rep, region, channel, period, int(part)))
    return pd.DataFrame(rows, columns=[*_PARTS, "whole"])


def rep_margins(
    parts: pd.DataFrame, *, limits: Sequence[Limit], calendar: FiscalCalendar, part: float = 1.0
) -> list[Margin]:
    """The limits that name a representative, as margins over ``parts`` (rep_id, region, channel, period: one year's).

    part: of their amounts that is to be held here (before a hedge: 1 ÷ (1 + hedge)).
    Errors: PlanFileError for a representative who is not there or sold nothing last year.
    """
    found = []
    there = sorted(set(parts[REP].astype(str)) - {UNASSIGNED})
    for limit in limits:
        if REP not in limit.where:
            continue
        if (rep := limit.where[REP]) not in there:
            raise PlanFileError(f"[[targets.limits]] {named(limit)}: {rep!r} carries nothing.{nearest(rep, there)}")
        inside = spoken_of(parts, limit.where)
        if limit.period:
            inside &= parts["period"].isin(calendar.months(limit.period)).to_numpy()
        low, high = (end * part for end in ends(limit))
        found.append(between(named(limit), inside, low=low, high=high))
    return found
