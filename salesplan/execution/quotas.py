"""How much is asked of each representative in each month, and how likely is it?"""

from __future__ import annotations

__all__ = ["active_reps", "quotas", "say_quotas"]

import datetime as dt
import math

import numpy as np
import pandas as pd

from salesplan.findings import Check, Finding, not_supplied
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.stats import cents, generator, round_to_total
from salesplan.words import Words

_NAME = "execution/quotas"
_HOUSE = "unassigned"
_PLACE = ["region", "channel"]
_LEAST_SPREAD = 0.03


def active_reps(reps: pd.DataFrame, team: pd.DataFrame | None, *, cut_off: dt.date) -> pd.Series:
    """Which representatives are there on the day after the cut-off?

    reps: ``facts.rep_months``. team: the source (rep_id, left: last day), or None, when all who sold in the last twelve
    months count. Returns their ids, sorted.
    """
    sold = pd.Series(sorted(reps["rep_id"].astype(str).unique()), dtype="object")
    if team is None or "left" not in team:
        return sold
    left = team.loc[pd.to_datetime(team["left"]) <= pd.Timestamp(cut_off), "rep_id"].astype(str)
    return sold[~sold.isin(left)].reset_index(drop=True)


def quotas(
    cells: pd.DataFrame,
    reps: pd.DataFrame,
    *,
    paths: pd.DataFrame,
    active: pd.Series,
    calendar: FiscalCalendar,
    year: str,
    seed: int,
    hedge: float = 0.0,
) -> pd.DataFrame:
    """What does the goal ask of each representative?

    cells: targets/cells. reps: ``facts.rep_months``. paths: as from ``futures.future``. active: ids of those who are
    there. hedge: how much more than the goal is asked for [share], so that some may miss. Returns rep_id, period, level
    (year, quarter, month), quota [currency; the months of all representatives and of "unassigned" sum to the goal and
    its hedge to the cent], p_reach [share 0-1 of draws; missing for what is
    unassigned].

    The goal of each region × channel and month is shared by last year's sales there among those who are still there;
    where nobody is, it stays unassigned. A representative's draws are those of the regions, each at the share held in
    it last year, times an own year-to-year change whose spread is that of all representatives' shares before.
    """
    last = calendar.months(calendar.shift(year, -1))
    held = reps[reps["period"].isin(last) & reps["rep_id"].isin(active)]
    base = held.groupby([*_PLACE, "rep_id"])["net_sales_cents"].sum().clip(lower=0)
    months = _monthly(cells, base, hedge=hedge)
    chances = _chances(months, reps, paths=paths, calendar=calendar, year=year, seed=seed)
    rows = []
    for level, label in (("year", calendar.year_of), ("quarter", calendar.quarter_of), ("month", str)):
        sums = months.assign(period=months["period"].map(label)).groupby(["rep_id", "period"])["quota"].sum()
        for row in sums.reset_index().to_dict("records"):
            chance = chances.get((str(row["rep_id"]), str(row["period"])), float("nan"))
            rows.append((row["rep_id"], row["period"], level, row["quota"] / 100, chance))
    return pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))


def _monthly(cells: pd.DataFrame, base: pd.Series, *, hedge: float) -> pd.DataFrame:
    """rep_id, region, period, quota [cents]: every region × channel × month shared to the cent."""
    goals = cells.assign(whole=cents(cells["target"])).groupby([*_PLACE, "period"], sort=True)["whole"].sum()
    if hedge:
        asked = goals.to_numpy(dtype="float64")
        goals[:] = round_to_total(asked, cents(float(asked.sum()) / 100 * (1 + hedge)), keys=list(goals.index))
    sold = base[base > 0].rename("sold").reset_index()
    held = {(str(p[0]), str(p[1])): part.set_index("rep_id")["sold"] for p, part in sold.groupby(_PLACE)}
    rows = []
    for row in goals.reset_index().to_dict("records"):
        shares, goal = held.get((str(row["region"]), str(row["channel"]))), int(row["whole"])
        if shares is None:
            rows.append((_HOUSE, row["region"], row["period"], goal))
            continue
        parts = round_to_total(shares, goal, keys=list(shares.index))
        rows += [(rep, row["region"], row["period"], int(part)) for rep, part in zip(shares.index, parts, strict=True)]
    return pd.DataFrame(rows, columns=["rep_id", "region", "period", "quota"])


def _chances(
    months: pd.DataFrame,
    reps: pd.DataFrame,
    *,
    paths: pd.DataFrame,
    calendar: FiscalCalendar,
    year: str,
    seed: int,
) -> dict[tuple[str, str], float]:
    """Probability of each quota by representative and period."""
    regions = paths[paths["dimension"] == "region"]
    draws = regions.pivot_table(index=["member", "period"], columns="draw", values="planned", aggfunc="sum", sort=True)
    asked = months.groupby(["region", "period"])["quota"].sum()
    spread = _own_spread(reps, calendar=calendar, year=year)
    found: dict[tuple[str, str], float] = {}
    for rep, own in months[months["rep_id"] != _HOUSE].groupby("rep_id", sort=True):
        chance = generator(seed, "quota", str(rep)).standard_normal(draws.shape[1])
        luck = np.exp(chance * spread - spread**2 / 2)
        parts = own.groupby(["region", "period"])["quota"].sum()
        share = (parts / asked.reindex(parts.index).where(lambda x: x > 0)).fillna(0.0)
        likely = draws.reindex(parts.index).fillna(0.0).mul(share, axis=0) * luck
        for label in (calendar.year_of, calendar.quarter_of, str):
            periods = parts.index.get_level_values("period").map(label)
            reached = likely.groupby(periods).sum().ge(parts.groupby(periods).sum(), axis=0).mean(axis=1)
            found |= {(str(rep), str(period)): float(p) for period, p in reached.items()}
    return found


def _own_spread(reps: pd.DataFrame, *, calendar: FiscalCalendar, year: str) -> float:
    """The spread [log] of a representative's share of its region from one year to the next."""
    years = reps.assign(year=reps["period"].map(calendar.year_of))
    years = years[years["year"] < year]
    sold = years.groupby(["year", "region", "rep_id"])["net_sales_cents"].sum()
    share = sold[sold > 0] / sold.groupby(["year", "region"]).transform("sum")
    change = share.map(math.log).unstack("year").diff(axis=1).to_numpy().ravel()
    change = change[np.isfinite(change)]
    return max(float(np.median(np.abs(change)) * 1.4826), _LEAST_SPREAD) if len(change) >= 3 else 0.15


def say_quotas(table: pd.DataFrame | None, *, goal: float, words: Words, hedge: float = 0.0) -> Finding:
    """How is the goal spread over people, and who has the hardest year? From execution/quotas; None without them."""
    if table is None:
        return not_supplied(_NAME, source="team", gives="gives_quotas", words=words)
    year = table[table["level"] == "year"]
    own = year[year["rep_id"] != _HOUSE].sort_values(["p_reach", "rep_id"], kind="stable")
    house = float(year.loc[year["rep_id"] == _HOUSE, "quota"].sum())
    text = words.say(
        "execution_quotas",
        people=words.number(len(own)),
        amount=words.money(float(own["quota"].sum())),
        house=words.money(house),
        share=words.share(house / goal if goal else float("nan")),
    )
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
