"""How much is asked of each representative in each month, and how likely is it?"""

from __future__ import annotations

__all__ = ["left_since", "quotas", "rep_draws", "say_quotas"]

import datetime as dt
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from salesplan.config import UNASSIGNED
from salesplan.findings import Check, Finding, not_supplied
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.stats import cents, generator
from salesplan.words import Words

_NAME = "execution/quotas"
_LEAST_SPREAD = 0.03


def quotas(parts: pd.DataFrame, sold: pd.DataFrame, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """What does the goal ask of each representative, and how likely is it?

    parts: as from ``targets.carried``. sold: as from ``rep_draws``. Returns rep_id, period, level (year, quarter,
    month), quota [currency; exact sums of parts], p_reach [share 0-1 of draws; missing for what is unassigned].
    """
    months = parts.assign(quota=cents(parts["target"]))
    tables = []
    for level, label in (("year", calendar.year_of), ("quarter", calendar.quarter_of), ("month", str)):
        asked = months.groupby(["rep_id", months["period"].map(label)])["quota"].sum()
        came = sold.groupby([sold.index.get_level_values(0), sold.index.get_level_values(1).map(label)]).sum()
        reached = came.ge(asked.reindex(came.index), axis=0).mean(axis=1).rename("p_reach")
        table = asked.to_frame().join(reached, how="left").reset_index()
        tables.append(table.assign(level=level, quota=table["quota"] / 100))
    return pd.concat(tables, ignore_index=True)[list(COLUMNS[_NAME])]


def left_since(
    reps: pd.DataFrame, team: pd.DataFrame | None, *, calendar: FiscalCalendar, year: str, cut_off: dt.date
) -> list[str]:
    """Who sold in the year before the planned one and has left by the cut-off? Their ids, sorted.

    reps: ``facts.rep_months``. team: the source (rep_id, left), or None.
    """
    if team is None or "left" not in team:
        return []
    last = reps[reps["period"].isin(calendar.months(calendar.shift(year, -1)))]
    gone = team.loc[pd.to_datetime(team["left"]) <= pd.Timestamp(cut_off), "rep_id"].astype(str)
    return sorted(set(gone) & set(last["rep_id"].astype(str)))


def rep_draws(
    parts: pd.DataFrame,
    reps: pd.DataFrame,
    *,
    carriers: pd.DataFrame,
    paths: pd.DataFrame,
    calendar: FiscalCalendar,
    year: str,
    closed: str,
    seed: int,
) -> pd.DataFrame:
    """What does each representative sell in each month, draw by draw? Frame (rep_id, period) × draw [cents].

    parts, carriers: as from ``targets.carried`` and ``targets.carriers``. reps: ``facts.rep_months``. paths: as from
    ``futures.future``. Months up to ``closed`` hold what the representative sold. The draws of the others are those of
    the regions, at the share held in its channels last year, times an own year-to-year change whose spread is that of
    all representatives' shares before.
    """
    months, spread = parts.assign(quota=cents(parts["target"])), _own_spread(reps, calendar=calendar, year=year)
    regions = paths[paths["dimension"] == "region"]
    draws = regions.pivot_table(index=["member", "period"], columns="draw", values="planned", aggfunc="sum", sort=True)
    usual, found = _usual_shares(months, carriers), {}
    came = reps[reps["period"] <= closed].groupby(["rep_id", "period"])["net_sales_cents"].sum()
    for rep, own in months[months["rep_id"] != UNASSIGNED].groupby("rep_id", sort=True):
        chance = generator(seed, "quota", str(rep)).standard_normal(draws.shape[1])
        luck = np.exp(chance * spread - spread**2 / 2)
        places = pd.MultiIndex.from_frame(own[["region", "period"]].drop_duplicates()).sort_values()
        share = usual.get(str(rep), pd.Series(dtype="float64")).reindex(places).fillna(0.0)
        likely = draws.reindex(places).fillna(0.0).mul(share, axis=0) * luck
        own_months = likely.groupby(level="period").sum()
        over = own_months.index[own_months.index <= closed]
        done = came.xs(rep) if rep in came.index.unique("rep_id") else pd.Series(dtype="float64")
        own_months.loc[over] = done.reindex(over).fillna(0.0).to_numpy(dtype="float64")[:, None]
        found[str(rep)] = own_months
    if not found:
        nobody = pd.MultiIndex.from_arrays([[], []], names=["rep_id", "period"])
        return pd.DataFrame(index=nobody, columns=draws.columns, dtype="float64")
    return pd.concat(found, names=["rep_id"])


def _usual_shares(months: pd.DataFrame, carriers: pd.DataFrame) -> dict[str, pd.Series]:
    """What each representative usually holds of a region and month, whatever is asked: the share of each channel there
    last year, channels as the goal weighs them.
    """
    goals = months.groupby(["region", "channel", "period"])["quota"].sum()
    whole = goals.groupby(["region", "period"]).transform("sum")
    parts = (goals / whole.where(whole > 0)).fillna(0.0).rename("part").reset_index()
    held = parts.merge(carriers, on=["region", "channel"])
    held["share"] *= held["part"]
    sums = held.groupby(["rep_id", "region", "period"])["share"].sum()
    return {str(rep): sums.xs(rep) for rep in sums.index.unique("rep_id")}


def _own_spread(reps: pd.DataFrame, *, calendar: FiscalCalendar, year: str) -> float:
    """The spread [log] of a representative's share of its region from one year to the next."""
    years = reps.assign(year=reps["period"].map(calendar.year_of))
    years = years[years["year"] < year]
    sold = years.groupby(["year", "region", "rep_id"])["net_sales_cents"].sum()
    share = sold[sold > 0] / sold.groupby(["year", "region"]).transform("sum")
    change = share.map(math.log).unstack("year").diff(axis=1).to_numpy().ravel()
    change = change[np.isfinite(change)]
    return max(float(np.median(np.abs(change)) * 1.4826), _LEAST_SPREAD) if len(change) >= 3 else 0.15


def say_quotas(
    table: pd.DataFrame | None,
    *,
    goal: float,
    words: Words,
    hedge: float = 0.0,
    left: Sequence[str] = (),
    closed: str = "",
) -> Finding:
    """How is the goal spread over people, and who has the hardest year? From execution/quotas; None without them.

    left: who sold last year and has left: what they carried is open until somebody has it; what an approved plan asks
    of them in the months after ``closed`` is to be given to somebody.
    """
    if table is None:
        return not_supplied(_NAME, source="team", gives="gives_quotas", words=words)
    year = table[table["level"] == "year"]
    people = year[year["rep_id"] != UNASSIGNED]
    house = float(year.loc[year["rep_id"] == UNASSIGNED, "quota"].sum())
    about = {"people": words.number(len(people)), "amount": words.money(float(people["quota"].sum()))}
    if cents(house):
        share = words.share(house / goal if goal else float("nan"))
        parts = [words.say("execution_quotas_house", **about, house=words.money(house), share=share)]
    else:
        parts = [words.say("execution_quotas", **about)]
    parts += _say_left(table, left=left, closed=closed, words=words)
    if hedge:
        parts.append(words.say("execution_quotas_hedge", hedge=words.share(hedge)))
    own = people[~people["rep_id"].isin(left)].sort_values(["p_reach", "rep_id"], kind="stable")
    if len(own):
        ends = {"hard": own.iloc[0], "easy": own.iloc[-1]}
        told = {name: words.name(row["rep_id"]) for name, row in ends.items()}
        odds = {f"p_{name}": words.chance(row["p_reach"]) for name, row in ends.items()}
        parts.append(words.say("execution_quotas_hard", **told, **odds))
    exact = cents(float(year["quota"].sum())) == cents(goal * (1 + hedge))
    said = words.say("execution_quotas_exact" if exact else "execution_quotas_off")
    return Finding(_NAME, words.text(parts), _NAME, (Check("sums", exact, said),))


def _say_left(table: pd.DataFrame, *, left: Sequence[str], closed: str, words: Words) -> list[str]:
    """What became of the parts of those who left."""
    ahead = table[(table["level"] == "month") & (table["period"] > closed)]
    asked = ahead.groupby("rep_id")["quota"].sum()
    still = [rep for rep in left if asked.get(rep, 0.0) > 0]
    gone = [rep for rep in left if rep not in still]
    found = []
    if gone and asked.get(UNASSIGNED, 0.0) > 0:
        found.append(words.say("execution_quotas_left", people=words.join([words.name(p) for p in gone])))
    if still:
        amount = words.money(float(asked[still].sum()))
        people = words.join([words.name(p) for p in still])
        found.append(words.say("execution_quotas_still", people=people, amount=amount))
    return found
