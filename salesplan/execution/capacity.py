"""Do the people who are there carry what the goal asks of their team, month by month?"""

from __future__ import annotations

__all__ = ["capacity", "say_capacity"]

from itertools import pairwise

import numpy as np
import pandas as pd

from salesplan.config import UNASSIGNED
from salesplan.findings import Check, Finding, not_supplied
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.stats import cents
from salesplan.words import Words

_NAME = "execution/capacity"
_YEARS = 3
_RAMP_DAYS = 183  # from hired to knowing the trade, in a straight line


def capacity(
    parts: pd.DataFrame,
    reps: pd.DataFrame,
    *,
    team: pd.DataFrame | None,
    carriers: pd.DataFrame,
    calendar: FiscalCalendar,
    year: str,
) -> pd.DataFrame:
    """What can each team sell in each month of the year, and what is asked of it?

    parts: as from ``targets.carried``. reps: ``facts.rep_months``. team: the source, or None. carriers: as from
    ``targets.carriers``. Frame execution/capacity: team (the region, else the channel, of the people), period, heads
    (by days there and share of time, joiners and leavers by their dates), ramped_heads (a joiner counts more from day
    to day, wholly after half a year), productivity (what a ramped head sold in the same month of last year), capacity =
    ramped heads × productivity, required (what the goal asks of its people, and what is open in its place), gap =
    capacity − required [currency], best_rise [share; how much more a ramped head of the team sold in a year than in
    the one before, at most in the years before; missing without two]. Teams that sold nothing last year are left out.
    """
    columns = list(COLUMNS[_NAME])
    if team is None or reps.empty:
        return pd.DataFrame(columns=columns)
    known = team[team["rep_id"].astype(str).isin(reps["rep_id"].astype(str))]
    places = known.reindex(columns=["region", "channel"])
    known = known.assign(team=places["region"].fillna(places["channel"]).fillna(UNASSIGNED).astype(str))
    whole = parts.assign(cents=cents(parts["target"]))
    carried = set(carriers[["region", "channel"]].astype(str).itertuples(index=False, name=None))
    rows = []
    for name, people in known.groupby("team", sort=True):
        mine = people["rep_id"].astype(str)
        sold = reps[reps["rep_id"].astype(str).isin(mine)].groupby("period")["net_sales_cents"].sum()
        asked = _asked(whole, mine, name=str(name), carried=carried)
        best = _best_rise(sold, people, calendar=calendar, year=year)
        for month in calendar.months(year):
            before = calendar.shift(month, -12)
            (_, then), (heads, ramped) = (_heads(people, m, calendar=calendar) for m in (before, month))
            each = float(sold.get(before, 0)) / then if then > 0 else float("nan")
            can, due = each * ramped, float(asked.get(month, 0))
            rows.append((name, month, heads, ramped, each / 100, can / 100, due / 100, (can - due) / 100, best))
    table = pd.DataFrame(rows, columns=columns)
    cents_of = {c: 2 for c in columns if c not in ("team", "period", "best_rise")}
    return table[table["capacity"].notna()].round(cents_of).reset_index(drop=True)


def _best_rise(sold: pd.Series, people: pd.DataFrame, *, calendar: FiscalCalendar, year: str) -> float:
    """The most by which sales of a ramped head rose from one whole year to the next [share]."""
    each = []
    for back in range(1, _YEARS + 2):
        months = calendar.months(calendar.shift(year, -back))
        ramped = sum(_heads(people, month, calendar=calendar)[1] for month in months)
        whole = set(months) <= set(sold.index)
        each.append(float(sold.reindex(months).sum()) / ramped if whole and ramped > 0 else float("nan"))
    rises = [now / then - 1 for now, then in pairwise(each) if then > 0 and now == now]
    return max(rises) if rises else float("nan")


def _asked(parts: pd.DataFrame, mine: pd.Series, *, name: str, carried: set[tuple[str, str]]) -> pd.Series:
    """What a team is asked for by month [cents]: its people's parts, and what is open where it works."""
    pairs = list(parts[["region", "channel"]].astype(str).itertuples(index=False, name=None))
    here = (parts["region"].astype(str) == name) | (parts["channel"].astype(str) == name)
    is_open = (parts["rep_id"].astype(str) == UNASSIGNED) & here & np.array([pair in carried for pair in pairs])
    return parts[parts["rep_id"].astype(str).isin(mine) | is_open].groupby("period")["cents"].sum()


def _heads(people: pd.DataFrame, month: str, *, calendar: FiscalCalendar) -> tuple[float, float]:
    """Heads of a month, and as many as know the trade."""
    first, last = (pd.Timestamp(day) for day in calendar.bounds(month))
    days = pd.date_range(first, last)
    frame = people.reindex(columns=["hired", "left", "share_of_time"])
    heads = ramped = 0.0
    for row in frame.to_dict("records"):
        share = 1.0 if pd.isna(row["share_of_time"]) else float(row["share_of_time"])
        came = pd.Timestamp.min if pd.isna(row["hired"]) else pd.Timestamp(row["hired"])
        gone = pd.Timestamp.max if pd.isna(row["left"]) else pd.Timestamp(row["left"])
        there = np.array((days >= came) & (days <= gone), dtype="float64")
        since = np.array([(day.to_pydatetime() - came.to_pydatetime()).days for day in days], dtype="float64")
        heads += share * float(there.mean())
        ramped += share * float((there * np.clip(since / _RAMP_DAYS, 0.0, 1.0)).mean())
    return heads, ramped


def say_capacity(table: pd.DataFrame, *, words: Words, year: str) -> Finding:
    """Which teams cannot carry their goal with the people they have? From execution/capacity."""
    if table.empty:
        return not_supplied(_NAME, source="source_team", gives="gives_carrying", words=words)
    by = table.groupby("team")
    sums = by[["capacity", "required"]].sum().assign(best=by["best_rise"].first())
    sums["rise"] = sums["required"] / sums["capacity"].where(sums["capacity"] > 0) - 1
    whole = {c: words.money(float(sums[c].sum())) for c in ("capacity", "required")}
    text = [words.say("execution_capacity", teams=words.number(len(sums)), year=year, **whole)]
    short = sums[sums["rise"] > sums["best"]].sort_values("rise", ascending=False, kind="stable")
    for row in short.head(1).reset_index().to_dict("records"):
        rises = {"rise": words.share(row["rise"], signed=True), "best": words.share(row["best"], signed=True)}
        about = {"team": words.name(row["team"]), "count": words.number(len(short))}
        text.append(words.say("execution_capacity_short", **about, **rises))
    passed = None if sums["best"].isna().all() else bool(short.empty)
    said = words.say(f"execution_capacity_{'unknown' if passed is None else 'enough' if passed else 'lacks'}")
    check = Check("capacity", passed, said)
    return Finding(_NAME, words.text(text), _NAME, (check,), ("team", "orders"))
