"""What should have come by when for the year still to reach its goal, and how far may it be off?"""

from __future__ import annotations

__all__ = ["milestones", "say_milestones"]

import numpy as np
import pandas as pd

from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.stats import cents
from salesplan.words import Words

_NAME = "targets/milestones"
_TOLERANCE = (0.1, 0.9)


def milestones(cells: pd.DataFrame, *, paths: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """How much of the goal is due by the end of each month and quarter, and within which band is the year on course?

    cells: targets/cells. paths: as from ``futures.future``, as the year began. Frame targets/milestones: period, level
    (month, quarter), target [currency], cumulative [currency, exact sums of cells], share [of the year's goal], low and
    high [currency]: in four draws of five that end the year at the goal, no more and no less than this has come by then
    (each draw's own months, scaled to the goal), so that a band shows what the season alone can do.
    """
    sums = cells.assign(whole=cents(cells["target"])).groupby("period")["whole"].sum()
    months = calendar.months(calendar.year_of(str(sums.index[0])))
    target = sums.reindex(months).fillna(0).to_numpy(dtype="int64")
    band = _band(paths, months=months) * target.sum()
    rows = []
    for level, label in (("month", str), ("quarter", calendar.quarter_of)):
        periods = [label(month) for month in months]
        for period in dict.fromkeys(periods):
            inside = [n for n, p in enumerate(periods) if p == period]
            due, total = int(target[: inside[-1] + 1].sum()), int(target.sum())
            low, high = np.rint(band[:, inside[-1]]) / 100
            share = due / total if total else float("nan")
            rows.append((period, level, int(target[inside].sum()) / 100, due / 100, share, low, high))
    return pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))


def _band(paths: pd.DataFrame, *, months: list[str]) -> np.ndarray:
    """The ends of the band [end, month], as shares of a year."""
    company = paths[paths["dimension"] == "total"]
    draws = company.pivot_table(index="period", columns="draw", values="planned", aggfunc="sum").reindex(months)
    summed = np.maximum(draws.fillna(0.0).to_numpy(dtype="float64"), 0.0).cumsum(axis=0)
    whole = summed[-1]
    if not (whole > 0).any():
        return np.zeros((2, len(months)))
    return np.asarray(np.quantile(summed[:, whole > 0] / whole[whole > 0], _TOLERANCE, axis=1))


def say_milestones(table: pd.DataFrame, *, words: Words) -> Finding:
    """What is due by the middle of the year, within which band, and do the milestones sum to the goal?"""
    quarters = table[table["level"] == "quarter"]
    half = quarters.iloc[len(quarters) // 2 - 1]
    text = words.say(
        "targets_milestones",
        period=str(half["period"]),
        share=words.share(half["share"]),
        amount=words.money(half["cumulative"]),
        range=words.interval(words.money(half["low"]), words.money(half["high"])),
    )
    goal = cents(float(quarters["cumulative"].iloc[-1]))
    exact = all(int(cents(part["target"]).sum()) == goal for _, part in table.groupby("level"))
    said = words.say("targets_cells_exact" if exact else "targets_cells_off")
    return Finding(_NAME, text, _NAME, (Check("sums", exact, said),), ("orders", "plan"))
