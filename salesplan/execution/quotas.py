"""How much is asked of each representative in each month, and how likely is it?"""

from __future__ import annotations

__all__ = ["left_since", "quotas", "rep_years", "say_quotas"]

import datetime as dt
import math
from collections.abc import Iterator, Sequence

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


def quotas(
    parts: pd.DataFrame,
    reps: pd.DataFrame,
    *,
    carriers: pd.DataFrame,
    paths: pd.DataFrame,
    calendar: FiscalCalendar,
    year: str,
    seed: int,
) -> pd.DataFrame:
    """What does the goal ask of each representative, and how likely is it?

    parts, carriers: as from ``targets.carried`` and ``targets.carriers``. reps: ``facts.rep_months``. paths: as from
    ``futures.future``. Returns rep_id, period, level (year, quarter, month), quota [currency; exact sums of parts],
    p_reach [share 0-1 of draws; missing for what is unassigned]. A representative's draws are those of the regions, at
    the share held in its channels last year, times an own year-to-year change whose spread is that of all
    representatives' shares before.
    """
    months = parts.assign(quota=cents(parts["target"]))
    spread = _own_spread(reps, calendar=calendar, year=year)
    chances = _chances(months, carriers, paths=paths, calendar=calendar, spread=spread, seed=seed)
    rows = []
    for level, label in (("year", calendar.year_of), ("quarter", calendar.quarter_of), ("month", str)):
        sums = months.assign(period=months["period"].map(label)).groupby(["rep_id", "period"])["quota"].sum()
        for row in sums.reset_index().to_dict("records"):
            chance = chances.get((str(row["rep_id"]), str(row["period"])), float("nan"))
            rows.append((row["rep_id"], row["period"], level, row["quota"] / 100, chance))
    return pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))


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


def rep_years(
    parts: pd.DataFrame,
    reps: pd.DataFrame,
    *,
    carriers: pd.DataFrame,
    paths: pd.DataFrame,
    calendar: FiscalCalendar,
    year: str,
    seed: int,
) -> pd.DataFrame:
    """What does each representative sell in the year, draw by draw? As ``quotas``; frame rep_id × draw [cents]."""
    months, spread = parts.assign(quota=cents(parts["target"])), _own_spread(reps, calendar=calendar, year=year)
    drawn = _drawn(months, carriers, paths=paths, spread=spread, seed=seed)
    return pd.DataFrame({rep: likely.sum(axis=0) for rep, _, likely in drawn}).T.rename_axis("rep_id")


def _drawn(
    months: pd.DataFrame, carriers: pd.DataFrame, *, paths: pd.DataFrame, spread: float, seed: int
) -> Iterator[tuple[str, pd.Series, pd.DataFrame]]:
    """Each representative with the quotas of each region and month [cents] and the draws of what is sold there."""
    regions = paths[paths["dimension"] == "region"]
    draws = regions.pivot_table(index=["member", "period"], columns="draw", values="planned", aggfunc="sum", sort=True)
    usual = _usual_shares(months, carriers)
    for rep, own in months[months["rep_id"] != UNASSIGNED].groupby("rep_id", sort=True):
        chance = generator(seed, "quota", str(rep)).standard_normal(draws.shape[1])
        luck = np.exp(chance * spread - spread**2 / 2)
        asked = own.groupby(["region", "period"])["quota"].sum()
        share = usual.get(str(rep), pd.Series(dtype="float64")).reindex(asked.index).fillna(0.0)
        yield str(rep), asked, draws.reindex(asked.index).fillna(0.0).mul(share, axis=0) * luck


def _chances(
    months: pd.DataFrame,
    carriers: pd.DataFrame,
    *,
    paths: pd.DataFrame,
    calendar: FiscalCalendar,
    spread: float,
    seed: int,
) -> dict[tuple[str, str], float]:
    """Probability of each quota by representative and period."""
    found: dict[tuple[str, str], float] = {}
    for rep, asked, likely in _drawn(months, carriers, paths=paths, spread=spread, seed=seed):
        for label in (calendar.year_of, calendar.quarter_of, str):
            periods = asked.index.get_level_values("period").map(label)
            reached = likely.groupby(periods).sum().ge(asked.groupby(periods).sum(), axis=0).mean(axis=1)
            found |= {(rep, str(period)): float(p) for period, p in reached.items()}
    return found


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
    table: pd.DataFrame | None, *, goal: float, words: Words, hedge: float = 0.0, left: Sequence[str] = ()
) -> Finding:
    """How is the goal spread over people, and who has the hardest year? From execution/quotas; None without them.

    left: who sold last year and has left: what they carried is open until somebody has it.
    """
    if table is None:
        return not_supplied(_NAME, source="team", gives="gives_quotas", words=words)
    year = table[table["level"] == "year"]
    own = year[year["rep_id"] != UNASSIGNED].sort_values(["p_reach", "rep_id"], kind="stable")
    house = float(year.loc[year["rep_id"] == UNASSIGNED, "quota"].sum())
    about = {"people": words.number(len(own)), "amount": words.money(float(own["quota"].sum()))}
    if cents(house):
        share = words.share(house / goal if goal else float("nan"))
        text = words.say("execution_quotas_house", **about, house=words.money(house), share=share)
    else:
        text = words.say("execution_quotas", **about)
    if left and cents(house):
        text = words.text([text, words.say("execution_quotas_left", people=words.join([words.name(p) for p in left]))])
    if hedge:
        text = words.text([text, words.say("execution_quotas_hedge", hedge=words.share(hedge))])
    if len(own):
        text += words.say(
            "execution_quotas_hard",
            hard=words.name(own["rep_id"].iloc[0]),
            p_hard=words.chance(own["p_reach"].iloc[0]),
            easy=words.name(own["rep_id"].iloc[-1]),
            p_easy=words.chance(own["p_reach"].iloc[-1]),
        )
    exact = cents(float(year["quota"].sum())) == cents(goal * (1 + hedge))
    said = words.say("execution_quotas_exact" if exact else "execution_quotas_off")
    return Finding(_NAME, text, _NAME, (Check("sums", exact, said),))
