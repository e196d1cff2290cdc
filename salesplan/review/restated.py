"""What was published before and reads differently now: months restated since the previous publication."""

from __future__ import annotations

__all__ = ["restated", "say_restated"]

import pandas as pd

from salesplan.findings import Check, Finding
from salesplan.schemas import COLUMNS
from salesplan.stats import cents, units
from salesplan.words import Words

NAME = "review/restated"


def restated(trend: pd.DataFrame, before: tuple[str, pd.DataFrame] | None) -> pd.DataFrame:
    """Which months' net sales are no longer what the previous publication said?

    trend: review/trend of this run. before: the quarter published before this one and its review/trend, or None. Frame
    review/restated, one row per month that differs by a cent or more, latest first: period, published (the quarter),
    before, now, change [currency], share [of what was published; missing where that was nought].
    """
    columns = list(COLUMNS[NAME])
    if before is None:
        return pd.DataFrame(columns=columns)
    quarter, earlier = before
    was = cents(earlier.set_index("period")["actual"])
    now = cents(trend.set_index("period")["actual"]).reindex(was.index, fill_value=0)
    off = (now - was)[now != was].sort_index(ascending=False)
    then = was[off.index].astype("float64")
    return pd.DataFrame(
        {
            "period": off.index,
            "published": quarter,
            "before": units(was[off.index]).to_numpy(),
            "now": units(now[off.index]).to_numpy(),
            "change": units(off).to_numpy(),
            "share": (off / then.where(then != 0)).to_numpy(),
        }
    )[columns]


def say_restated(table: pd.DataFrame, *, before: tuple[str, pd.DataFrame] | None, words: Words) -> Finding:
    """Do the months published before still read the same? From review/restated."""
    if before is None:
        text = words.say("review_restated_none")
        return Finding(NAME, text, NAME, (Check("restated", None, text),))
    quarter, earlier = before
    months = words.number(len(earlier))
    if table.empty:
        text = words.say("review_restated_same", months=months, published=quarter)
        return Finding(NAME, text, NAME, (Check("restated", True, text),))
    most = table.loc[table["change"].abs().idxmax()]
    text = words.say(
        "review_restated",
        count=words.number(len(table)),
        months=months,
        published=quarter,
        change=words.money(float(table["change"].sum()), signed=True),
        period=str(most["period"]),
        most=words.money(float(most["change"]), signed=True),
    )
    return Finding(NAME, text, NAME, (Check("restated", False, text),))
