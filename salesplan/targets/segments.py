"""Each member's goal by year, quarter and month, beside what is likely: where is it stretched, where slack?"""

from __future__ import annotations

__all__ = ["goal_tree", "monthly_goals", "say_segments", "segments", "year_goals"]

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS, EVERYTHING, Limit
from salesplan.findings import Check, Finding
from salesplan.futures import drawn
from salesplan.periods import FiscalCalendar
from salesplan.stats import cents
from salesplan.targets.limits import own_ends
from salesplan.words import Words

_COLUMNS = ["dimension", "member", "period", "level", "target", "p10", "p50", "p90", "p_reach", "floor", "cap"]
_LEVELS = ("year", "quarter", "month")
_EVEN = 0.02  # probabilities no further apart are told as one


def segments(
    cells: pd.DataFrame,
    *,
    paths: pd.DataFrame,
    calendar: FiscalCalendar,
    limits: Sequence[Limit] = (),
) -> pd.DataFrame:
    """What is asked of each member in each period, and how likely is it?

    cells: targets/cells. paths: as from ``futures.future``, of the same months. Returns dimension, member, period,
    level, target [currency, exact sums of cells], p10, p50, p90 [currency], p_reach [share 0-1 of draws at or above
    the target], floor and cap [currency; NaN where the plan sets none for this member and period]. Members: those of
    the cells, of the dimensions that the company has.
    """
    months = calendar.months(calendar.year_of(str(cells["period"].iloc[0])))
    keys, asked = monthly_goals(cells, months=months)
    likely = drawn(paths, keys=keys, months=months)
    parts = []
    for level in _LEVELS:
        periods, sums = _summed(level, months=months, calendar=calendar)
        target, draws = asked @ sums, np.einsum("kmd,mp->kpd", likely, sums)
        part = pd.DataFrame(keys, columns=["dimension", "member"]).loc[np.repeat(np.arange(len(keys)), len(periods))]
        part = part.assign(period=np.tile(periods, len(keys)), level=level, target=target.ravel() / 100)
        part[["p10", "p50", "p90"]] = np.rint(np.quantile(draws, [0.1, 0.5, 0.9], axis=2)).reshape(3, -1).T / 100
        parts.append(part.assign(p_reach=(draws >= target[:, :, None]).mean(axis=2).ravel()))
    table = pd.concat(parts, ignore_index=True)
    bounds = [_bounds_of(row, calendar=calendar, limits=limits) for row in table.itertuples(index=False)]
    table[["floor", "cap"]] = np.array(bounds, dtype="float64").reshape(len(table), 2)
    rank = {dimension: n for n, dimension in enumerate(("total", *DIMENSIONS))}
    return table.sort_values("dimension", key=lambda d: d.map(rank), kind="stable", ignore_index=True)[_COLUMNS]


def monthly_goals(cells: pd.DataFrame, *, months: list[str]) -> tuple[list[tuple[str, str]], np.ndarray]:
    """Whose goals are there, the company's first, and what are they [member of any dimension, month; whole cents]?"""
    whole = cells.assign(cents=cents(cells["target"]), total="total")
    keys, found = [], []
    for dimension in ("total", *DIMENSIONS):
        if set(whole[dimension].unique()) == {EVERYTHING}:
            continue
        wide = whole.groupby([dimension, "period"], sort=True)["cents"].sum().unstack().reindex(columns=months)
        keys += [(dimension, str(member)) for member in wide.index]
        found.append(wide.fillna(0).to_numpy(dtype="int64"))
    return keys, np.vstack(found)


def _summed(level: str, *, months: list[str], calendar: FiscalCalendar) -> tuple[list[str], np.ndarray]:
    """The periods of a level, and the matrix [month, period] that sums months to them."""
    labels: dict[str, Callable[[str], str]] = {"year": calendar.year_of, "quarter": calendar.quarter_of, "month": str}
    label = labels[level]
    of = [label(month) for month in months]
    periods = list(dict.fromkeys(of))
    return periods, (np.array(of)[:, None] == np.array(periods)).astype("int64")


def _bounds_of(row: Any, *, calendar: FiscalCalendar, limits: Sequence[Limit]) -> tuple[float, float]:
    """The plan's floor and cap of exactly this member and period; missing where it sets none."""
    about = {"dimension": row.dimension, "member": row.member, "period": row.period}
    low, high = own_ends(limits, **about, year=calendar.year_of(row.period))
    return low if low > 0 else float("nan"), high if np.isfinite(high) else float("nan")


def year_goals(table: pd.DataFrame, *, dimension: str) -> pd.DataFrame:
    """The year's rows of one dimension, largest goal first: what a chart of it shows."""
    rows = table[(table["dimension"] == dimension) & (table["level"] == "year")]
    return rows.sort_values(["target", "member"], ascending=[False, True], ignore_index=True)


def goal_tree(table: pd.DataFrame) -> pd.DataFrame:
    """The year's goals as a tree for a chart: the company, its dimensions, their members. From targets/segments.

    Frame: node, parent, target, p_reach (of dimensions missing: their goals are the company's).
    """
    year = table[table["level"] == "year"]
    whole = year[year["dimension"] == "total"].iloc[0]
    rows = [("total", "", whole["target"], whole["p_reach"])]
    for dimension in DIMENSIONS:
        members = year[year["dimension"] == dimension].sort_values("target", ascending=False, kind="stable")
        if len(members) > 1:
            rows.append((dimension, "total", whole["target"], float("nan")))
            keys = zip(members["member"], members["target"], members["p_reach"], strict=True)
            rows += [(f"{dimension}/{member}", dimension, target, p) for member, target, p in keys]
    return pd.DataFrame(rows, columns=["node", "parent", "target", "p_reach"])


def say_segments(table: pd.DataFrame, *, words: Words) -> Finding:
    """Where is the split most and least likely to hold? From targets/segments."""
    year = table[(table["level"] == "year") & (table["dimension"] != "total")]
    year = year.sort_values(["p_reach", "dimension", "member"], ignore_index=True)
    total = table[(table["level"] == "year") & (table["dimension"] == "total")].iloc[0]
    if year.empty:
        text = words.say("targets_segments_whole", p_reach=words.chance(total["p_reach"]))
        return Finding("targets/segments", text, "targets/segments")
    hardest, easiest = year.iloc[0], year.iloc[-1]
    ends = {"p_hard": words.chance(hardest["p_reach"]), "p_easy": words.chance(easiest["p_reach"])}
    about = {"p_reach": words.chance(total["p_reach"]), **ends}
    if easiest["p_reach"] - hardest["p_reach"] <= _EVEN:
        text = words.say("targets_segments_even", **about)
    else:
        members = {"hard": words.name(hardest["member"]), "easy": words.name(easiest["member"])}
        text = words.say("targets_segments", **about, **members)
    goals = cents(table["target"]).groupby([table["dimension"], table["level"]]).sum()
    exact = goals.nunique() == 1
    said = words.say("targets_cells_exact" if exact else "targets_cells_off")
    return Finding("targets/segments", text, "targets/segments", (Check("sums", exact, said),))
