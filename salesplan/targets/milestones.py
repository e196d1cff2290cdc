"""What is due by when, and how much of it keeps the year on track?"""

from __future__ import annotations

__all__ = ["milestones", "say_milestones"]

import numpy as np
import pandas as pd

from salesplan.course import AMBER, RED, needed
from salesplan.findings import Check, Finding
from salesplan.futures import drawn
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.stats import cents
from salesplan.words import Words

_NAME = "targets/milestones"


def milestones(
    cells: pd.DataFrame, *, start: pd.DataFrame, now: pd.DataFrame, calendar: FiscalCalendar, as_of: str
) -> pd.DataFrame:
    """How much of the goal is due by the end of each month and quarter, and how much keeps the year on track?

    cells: targets/cells. start, now: as from ``futures.future``, as the year began and as of today. Frame
    targets/milestones: period, level (month, quarter), target [currency], cumulative [currency, exact sums of cells],
    share [of the year's goal], amber and red [currency]: what has to have come by then for the goal to be reached with
    25 and with 10 % (see ``course.needed``): below amber the goal is amber, below red red. Of months that are closed as
    it looked when the year began, of open ones as it looks today.
    """
    sums = cells.assign(whole=cents(cells["target"])).groupby("period")["whole"].sum()
    months = calendar.months(calendar.year_of(str(sums.index[0])))
    target = sums.reindex(months).fillna(0).to_numpy(dtype="int64")
    seen = [np.maximum(drawn(p, keys=[("total", "total")], months=months)[0], 0.0) for p in (start, now)]
    closed = sum(month <= calendar.months(as_of)[-1] for month in months)
    rows = []
    for level, label in (("month", str), ("quarter", calendar.quarter_of)):
        periods = [label(month) for month in months]
        for period in dict.fromkeys(periods):
            inside = [n for n, p in enumerate(periods) if p == period]
            upto = inside[-1] + 1
            due, total = int(target[:upto].sum()), int(target.sum())
            draws = seen[0] if upto <= closed else seen[1]
            known = {"come": draws[:upto].sum(axis=0), "whole": draws.sum(axis=0), "goal": float(total)}
            amber, red = (round(needed(**known, chance=chance)) / 100 for chance in (AMBER, RED))
            share = due / total if total else float("nan")
            rows.append((period, level, int(target[inside].sum()) / 100, due / 100, share, amber, red))
    return pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))


def say_milestones(table: pd.DataFrame, *, words: Words) -> Finding:
    """What is due by the middle of the year, how much keeps it on track, and do the milestones sum to the goal?"""
    quarters = table[table["level"] == "quarter"]
    half = quarters.iloc[len(quarters) // 2 - 1]
    text = words.say(
        "targets_milestones",
        period=str(half["period"]),
        share=words.share(half["share"]),
        amount=words.money(half["cumulative"]),
        amber=words.money(half["amber"]),
        red=words.money(half["red"]),
        p_amber=words.chance(AMBER),
        p_red=words.chance(RED),
    )
    goal = cents(float(quarters["cumulative"].iloc[-1]))
    exact = all(int(cents(part["target"]).sum()) == goal for _, part in table.groupby("level"))
    said = words.say("targets_cells_exact" if exact else "targets_cells_off")
    return Finding(_NAME, text, _NAME, (Check("sums", exact, said),), ("orders", "plan"))
