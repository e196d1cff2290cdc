"""Are we on track? What has come so far, where the year lands, and how likely the goal still is."""

from __future__ import annotations

__all__ = ["say_tracking", "tracking"]

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS
from salesplan.course import state
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.words import Words

_NAME = "execution/tracking"
_NAMED = 5  # so many members are named in a sentence


def tracking(segments: pd.DataFrame, cube: pd.DataFrame, *, calendar: FiscalCalendar, as_of: str) -> pd.DataFrame:
    """Where does each member's year, quarter and month land, and should anybody be alarmed?

    segments: targets/segments. cube: ``facts.monthly_cube``. Returns dimension, member, period, level, target,
    actual_to_date (closed months only), landing_p10, landing_p50, landing_p90 [currency], p_reach [share 0-1: that of
    targets/segments, read off the same draws], alarm: waiting where the period has no closed month yet, reached or
    missed where it has no open one, else red below 10 %, amber below 25 %, none above.
    """
    table = segments[["dimension", "member", "period", "level", "target"]].copy()
    done = _actuals(cube, calendar=calendar, as_of=as_of)
    keys = list(table[["dimension", "member", "period"]].itertuples(index=False, name=None))
    table["actual_to_date"] = [done.get(key, 0) / 100 for key in keys]
    for part in ("p10", "p50", "p90"):
        table[f"landing_{part}"] = segments[part]
    table["p_reach"] = segments["p_reach"]
    end = calendar.months(as_of)[-1]
    months = table["period"].map(calendar.months)
    begun, closed = months.map(lambda m: m[0] <= end), months.map(lambda m: m[-1] <= end)
    landed = np.where(table["actual_to_date"] >= table["target"], "reached", "missed")
    odds = table["p_reach"].map(state).replace("green", "none")
    table["alarm"] = np.select([~begun, closed], ["waiting", landed], odds)
    return table.reset_index(drop=True)


def _actuals(cube: pd.DataFrame, *, calendar: FiscalCalendar, as_of: str) -> dict[tuple[str, str, str], int]:
    """Net sales [cents] of the plan year's closed months by dimension, member and period of every level."""
    year = calendar.plan_year(as_of)
    end = calendar.months(as_of)[-1]
    closed = [m for m in calendar.months(year) if m <= end]
    held = cube[cube["period"].isin(closed)].assign(total="total")
    found: dict[tuple[str, str, str], int] = {}
    for dimension in ("total", *DIMENSIONS):
        for row in held.groupby([dimension, "period"], sort=True)["net_sales_cents"].sum().reset_index().to_numpy():
            member, month, amount = str(row[0]), str(row[1]), int(row[2])
            for period in (month, calendar.quarter_of(month), year):
                found[dimension, member, period] = found.get((dimension, member, period), 0) + amount
    return found


def say_tracking(table: pd.DataFrame, *, words: Words, year: str) -> Finding:
    """Where does the year land, and what is off track? From execution/tracking."""
    whole = table[(table["dimension"] == "total") & (table["period"] == year)].iloc[0]
    landing = {
        "year": year,
        "target": words.money(whole["target"]),
        "mid": words.money(whole["landing_p50"]),
        "range": words.interval(words.money(whole["landing_p10"]), words.money(whole["landing_p90"])),
        "p_reach": words.chance(whole["p_reach"]),
    }
    if whole["alarm"] == "waiting":
        text = words.say("execution_waiting", **landing)
        return Finding(_NAME, text, _NAME, (Check("on track", None, words.say("execution_nothing_yet")),))
    text = words.say("execution_landing", actual=words.money(whole["actual_to_date"]), **landing)
    year_rows = table[(table["level"] == "year") & (table["dimension"] != "total")]
    off = year_rows[year_rows["alarm"].isin(["red", "amber"])].sort_values(["p_reach", "dimension", "member"])
    if len(off):
        names = [words.name(m) for m in off["member"].head(_NAMED)]
        key = "execution_off_track" if len(off) <= _NAMED else "execution_off_track_among"
        text += words.say(key, count=words.number(len(off)), members=words.join(names))
    passed = bool(whole["alarm"] in ("none", "reached"))
    said = words.say("execution_on_track" if passed else "execution_alarm", p_reach=landing["p_reach"])
    return Finding(_NAME, text, _NAME, (Check("on track", passed, said),))
