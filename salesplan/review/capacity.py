"""Does the sales force carry what is asked? Heads, experience, and sales per head against what it has shown before."""

from __future__ import annotations

__all__ = ["capacity_use", "say_capacity_use"]

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesplan.config import UNASSIGNED
from salesplan.findings import Finding, not_supplied
from salesplan.periods import FiscalCalendar
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "review/capacity_use"
_RAMP_DAYS = 183


def capacity_use(
    reps: pd.DataFrame, team: pd.DataFrame | None, *, window: Window, calendar: FiscalCalendar
) -> pd.DataFrame:
    """How many people sell in each team, how many of them know their trade, and what does each bring?

    Frame ``facts.rep_months`` and the source ``team`` to review/capacity_use, one row per team (the region, else the
    channel, of the representatives in the source): heads (of the window, by share of time and days there), ramped_heads
    (those hired half a year before or earlier), joined, gone [counts], net_sales, per_head, prior_per_head (the same
    months a year before) [currency units], use: per_head over that of the best quarter of the three years before, by
    the same number of months [share; above 1: more than ever]. Managers who sell nothing are no heads.
    """
    if team is None or team.empty or reps.empty:
        return pd.DataFrame({c: pd.Series(dtype="object") for c in COLUMNS[NAME]})
    known = team[team["rep_id"].isin(reps["rep_id"])]
    place = known["region"].fillna(known["channel"]).fillna(UNASSIGNED).astype(str)
    rows = []
    for name, people in known.groupby(place, sort=True):
        sold = reps[reps["rep_id"].isin(people["rep_id"])]
        now, before = (_side(sold, people, months, calendar=calendar) for months in (window.months, window.earlier))
        quarters = sorted({calendar.quarter_of(calendar.shift(m, -12 * k)) for m in window.months for k in (1, 2, 3)})
        past = [_side(sold, people, calendar.months(q), calendar=calendar) for q in quarters]
        best = max((amount / heads / 3 for heads, _, amount in past if heads > 0 and amount > 0), default=np.nan)
        first, last = (pd.Timestamp(calendar.bounds(window.months[at])[at]) for at in (0, -1))
        joined, gone = (int(people[c].between(first, last).sum()) for c in ("hired", "left"))
        each = now[2] / now[0] if now[0] else np.nan
        prior = before[2] / before[0] if before[0] else np.nan
        rows.append(_row(str(name), now, (joined, gone), each, prior, each / len(window.months) / best))
    return pd.DataFrame(rows, columns=list(COLUMNS[NAME]))


def _row(
    team: str, now: tuple[float, float, float], moves: tuple[int, int], each: float, prior: float, use: float
) -> tuple[Any, ...]:
    heads, ramped, cents = now
    money = (round(float(amount)) / 100 if np.isfinite(amount) else np.nan for amount in (cents, each, prior))
    return team, round(heads, 2), round(ramped, 2), *moves, *money, use


def _side(
    sold: pd.DataFrame, people: pd.DataFrame, months: Sequence[str], *, calendar: FiscalCalendar
) -> tuple[float, float, float]:
    """Heads, ramped heads and what they sold [cents] in some months."""
    first, last = (pd.Timestamp(calendar.bounds(months[at])[at]) for at in (0, -1))
    span = (last - first).days + 1
    come, go = people["hired"].fillna(pd.Timestamp("1900-01-01")), people["left"].fillna(last)
    days = ((go.where(go < last, last) - come.where(come > first, first)).dt.days + 1).clip(lower=0)
    part = days / span * people["share_of_time"].fillna(1.0)
    ramped = part[come <= first - pd.Timedelta(days=_RAMP_DAYS)]
    return float(part.sum()), float(ramped.sum()), float(sold.loc[sold["period"].isin(months), "net_sales_cents"].sum())


def say_capacity_use(table: pd.DataFrame, *, words: Words) -> Finding:
    """How many heads there are, what each brings, and which team is nearest to and farthest from its own best."""
    if table.empty:
        return not_supplied(NAME, source="source_team", gives="gives_capacity", words=words)
    heads, sales = float(table["heads"].sum()), float(table["net_sales"].sum())
    about = {
        "heads": words.number(heads, digits=int(heads % 1 > 0)),
        "ramped": words.number(ramped := float(table["ramped_heads"].sum()), digits=int(ramped % 1 > 0)),
        "each": words.money(sales / heads if heads else np.nan),
    }
    parts = [words.say("review_capacity", **about)]
    known = table.dropna(subset=["use"]).sort_values("use", kind="stable")
    if len(known) > 1:
        ends = {"least": known.iloc[0], "most": known.iloc[-1]}
        said = {k: words.name(row["team"]) for k, row in ends.items()}
        shares = {f"{k}_use": words.share(row["use"], digits=0) for k, row in ends.items()}
        parts.append(words.say("review_capacity_use", **said, **shares))
    return Finding(NAME, words.text(parts), NAME, (), ("orders", "team"))
