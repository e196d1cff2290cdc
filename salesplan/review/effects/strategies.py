"""What past strategies were: their scope, their customers, and the whole months they ran."""

from __future__ import annotations

__all__ = ["SCOPE", "Strategy", "strategies_of"]

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from salesplan.periods import FiscalCalendar

# our dimension: the column of the source that names its members
SCOPE = {"product": "category", "region": "region", "customer_group": "customer_group", "channel": "channel"}
_MOSTLY = 0.5  # of a month's days: what makes it one of the strategy's


@dataclass(frozen=True)
class Strategy:
    """One past strategy.

    scope: dimension -> members it was for; empty where it named none. customers: those it named. months: the closed
    ones it ran for at least half of.
    """

    name: str
    scope: Mapping[str, frozenset[str]]
    customers: frozenset[str]
    months: tuple[str, ...]

    def touches(self, home: str, members: frozenset[str], *, within: Mapping[str, frozenset[str]]) -> bool:
        """Did it run in these members of a dimension, within a part of the business?

        One that does not name the dimension ran in all of its members alike, and sets none apart.
        """
        if not self.scope.get(home, frozenset()) & members:
            return False
        return all(own & within[d] for d, own in self.scope.items() if d in within)


def strategies_of(activities: pd.DataFrame, *, calendar: FiscalCalendar, until: str) -> list[Strategy]:
    """The source ``activities`` as strategies, in its order; months after ``until`` are none of theirs."""
    return [_strategy(row, calendar, until) for row in activities.to_dict("records")]


def _strategy(row: Mapping[Any, Any], calendar: FiscalCalendar, until: str) -> Strategy:
    scope = {d: frozenset(_members(row.get(column))) for d, column in SCOPE.items()}
    return Strategy(
        str(row["activity_id"]),
        {d: members for d, members in scope.items() if members},
        frozenset(_members(row.get("customer_id"))),
        tuple(_months(row["start"], row["end"], calendar=calendar, until=until)),
    )


def _members(text: Any) -> list[str]:
    """One or several members, with commas, semicolons or bars between."""
    parts = [] if text is None or pd.isna(text) else re.split(r"[;,|；，、]", str(text))
    return [part.strip() for part in parts if part.strip()]


def _months(start: pd.Timestamp, end: pd.Timestamp, *, calendar: FiscalCalendar, until: str) -> Sequence[str]:
    """The months up to ``until`` of which at least half the days lie between start and end; a missing end is none."""
    last = calendar.bounds(until)[1]
    final = min(last, last if pd.isna(end) else end.date())
    if start.date() > final:
        return []
    days = calendar.day_table(start.date(), final)["month"].value_counts()
    lengths = {m: (calendar.bounds(m)[1] - calendar.bounds(m)[0]).days + 1 for m in days.index}
    return sorted(str(m) for m, count in days.items() if count >= _MOSTLY * lengths[m])
