"""Each member's goal by year, quarter and month, beside what is likely: where is it stretched, where slack?"""

from __future__ import annotations

__all__ = ["say_segments", "segments", "year_goals"]

from collections.abc import Sequence

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS, Limit
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.stats import cents
from salesplan.words import Words

_COLUMNS = ["dimension", "member", "period", "level", "target", "p10", "p50", "p90", "p_reach", "floor", "cap"]
_LEVELS = ("year", "quarter", "month")


def segments(
    cells: pd.DataFrame,
    *,
    paths: pd.DataFrame,
    calendar: FiscalCalendar,
    limits: Sequence[Limit] = (),
) -> pd.DataFrame:
    """What is asked of each member in each period, and how likely is it?

    cells: targets/cells. paths: sample paths of the same months. Returns dimension, member, period, level, target
    [currency, exact sums of cells], p10, p50, p90 [currency], p_reach [share 0-1 of paths at or above the target],
    floor and cap [currency; NaN where the plan sets none for this member and period]. Members: those of the cells.
    """
    asked = _targets(cells, calendar=calendar)
    likely = _sums(paths, calendar=calendar)
    rows = []
    for (dimension, member, level, period), target in asked.items():
        draws = likely.get((dimension, member, level, period), np.zeros(1))
        low, mid, high = np.rint(np.quantile(draws, [0.1, 0.5, 0.9]))
        p_reach = float((draws >= target).mean())
        bounds = _bounds_of(dimension, member=member, period=period, year=calendar.year_of(period), limits=limits)
        rows.append(
            (dimension, member, period, level, target / 100, low / 100, mid / 100, high / 100, p_reach, *bounds)
        )
    return pd.DataFrame(rows, columns=_COLUMNS)


def _levels(calendar: FiscalCalendar, month: str) -> tuple[tuple[str, str], ...]:
    return ("year", calendar.year_of(month)), ("quarter", calendar.quarter_of(month)), ("month", month)


def _targets(cells: pd.DataFrame, *, calendar: FiscalCalendar) -> dict[tuple[str, str, str, str], int]:
    whole = cells.assign(cents=cents(cells["target"]), total="total")
    found: dict[tuple[str, str, str, str], int] = {}
    for dimension in ("total", *DIMENSIONS):
        monthly = whole.groupby([dimension, "period"], sort=True)["cents"].sum().reset_index()
        for depth in range(len(_LEVELS)):
            for row in monthly.to_dict("records"):
                level, period = _levels(calendar, row["period"])[depth]
                key = (dimension, str(row[dimension]), level, period)
                found[key] = found.get(key, 0) + int(row["cents"])
    return found


def _sums(paths: pd.DataFrame, *, calendar: FiscalCalendar) -> dict[tuple[str, str, str, str], np.ndarray]:
    """Sums of each draw [cents] by dimension, member, level, period."""
    ordered = paths.sort_values(["dimension", "member", "period", "draw"], kind="stable")
    draws = int(paths["draw"].max()) + 1
    values = ordered["value"].to_numpy(dtype="float64").reshape(-1, draws)
    keys = ordered[["dimension", "member", "period"]].iloc[::draws].itertuples(index=False, name=None)
    found: dict[tuple[str, str, str, str], np.ndarray] = {}
    for (dimension, member, month), row in zip(keys, values, strict=True):
        for level, period in _levels(calendar, month):
            key = (dimension, member, level, period)
            found[key] = found[key] + row if key in found else row
    return found


def _bounds_of(dimension: str, *, member: str, period: str, year: str, limits: Sequence[Limit]) -> tuple[float, float]:
    """The plan's floor and cap of exactly this member and period."""
    floor, cap = float("nan"), float("nan")
    for limit in limits:
        if limit.where == {dimension: member} and (limit.period or year) == period:
            low, high = (limit.fixed, limit.fixed) if limit.fixed is not None else (limit.floor, limit.cap)
            floor, cap = (old if new is None else new for old, new in ((floor, low), (cap, high)))
    return floor, cap


def year_goals(table: pd.DataFrame, *, dimension: str) -> pd.DataFrame:
    """The year's rows of one dimension, largest goal first: what a chart of it shows."""
    rows = table[(table["dimension"] == dimension) & (table["level"] == "year")]
    return rows.sort_values(["target", "member"], ascending=[False, True], ignore_index=True)


def say_segments(table: pd.DataFrame, *, words: Words) -> Finding:
    """Where is the split most and least likely to hold? From targets/segments."""
    year = table[(table["level"] == "year") & (table["dimension"] != "total")]
    year = year.sort_values(["p_reach", "dimension", "member"], ignore_index=True)
    total = table[(table["level"] == "year") & (table["dimension"] == "total")].iloc[0]
    hardest, easiest = year.iloc[0], year.iloc[-1]
    text = words.say(
        "targets_segments",
        p_reach=words.chance(total["p_reach"]),
        hard=words.name(hardest["member"]),
        p_hard=words.chance(hardest["p_reach"]),
        easy=words.name(easiest["member"]),
        p_easy=words.chance(easiest["p_reach"]),
    )
    goals = cents(table["target"]).groupby([table["dimension"], table["level"]]).sum()
    exact = goals.nunique() == 1
    said = words.say("targets_cells_exact" if exact else "targets_cells_off")
    return Finding("targets/segments", text, "targets/segments", (Check("sums", exact, said),))
