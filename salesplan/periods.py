"""Which fiscal month, quarter and year a day belongs to, for any fiscal calendar."""

from __future__ import annotations

__all__ = ["ENOUGH_MONTHS", "FEWEST_MONTHS", "FiscalCalendar", "level_of", "parse_quarter", "tiling"]

import calendar as gregorian
import datetime as dt
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

import pandas as pd

from salesplan.errors import PlanFileError

Level = str
# of history: without so many no plan is made; with fewer than these a year is only known from elsewhere
FEWEST_MONTHS, ENOUGH_MONTHS = 6, 24
_WEEKS = {"445": (4, 4, 5), "454": (4, 5, 4), "544": (5, 4, 4)}
_SHAPES = {"year": r"\d{4}", "quarter": r"\d{4}Q[1-4]", "month": r"\d{4}-(0[1-9]|1[0-2])"}


def level_of(period: str) -> Level:
    """Is this label a year ("2026"), a quarter ("2026Q1") or a month ("2026-03")?"""
    for level, shape in _SHAPES.items():
        if re.fullmatch(shape, period):
            return level
    raise PlanFileError(f"{period!r} is no period: write a year 2026, a quarter 2026Q1 or a month 2026-03.")


def parse_quarter(text: str) -> str:
    """The quarter label of ``as_of``, refused with the remedy where it is malformed ("2025Q5")."""
    label = str(text).strip().upper()
    if not re.fullmatch(_SHAPES["quarter"], label) or not 1950 <= int(label[:4]) <= 2150:
        raise PlanFileError(
            f"as_of {str(text)[:40]!r} is no fiscal quarter: write year (1950 to 2150) and quarter 1 to 4, as in "
            "2025Q4."
        )
    return label


@dataclass(frozen=True)
class FiscalCalendar:
    """A fiscal calendar: every date lies in exactly one month, quarter and year of it.

    start_month: the calendar month in which the fiscal year begins.
    pattern: "months" for calendar months, or weeks per period "445", "454", "544": such a year begins on the
        Monday nearest to the first of ``start_month``, so that some years have 53 weeks; the 53rd belongs to
        the last period.
    year_named_by: whether a fiscal year carries the calendar year it starts or ends in.

    Month labels are calendar months ("2026-03") where the pattern is "months", else fiscal year and number of the
    period ("2026-03" is then the third period).
    """

    start_month: int = 1
    pattern: str = "months"
    year_named_by: str = "end"

    def period_of(self, day: dt.date, level: Level = "month") -> str:
        """The label of the period that holds ``day``."""
        year = self._year_of_day(day)
        if level == "year":
            return str(year)
        number = next(n for n, (first, last) in enumerate(self._month_bounds(year), 1) if first <= day <= last)
        return f"{year}Q{(number + 2) // 3}" if level == "quarter" else self._month_label(year, number)

    def bounds(self, period: str) -> tuple[dt.date, dt.date]:
        """First and last day of a period."""
        months = self.months(period)
        year, first = self._year_and_number(months[0])
        _, last = self._year_and_number(months[-1])
        spans = self._month_bounds(year)
        return spans[first - 1][0], spans[last - 1][1]

    def months(self, period: str) -> list[str]:
        """The month labels of a period, in order."""
        level = level_of(period)
        if level == "month":
            return [period]
        year = int(period[:4])
        numbers = range(1, 13) if level == "year" else range(3 * int(period[-1]) - 2, 3 * int(period[-1]) + 1)
        return [self._month_label(year, n) for n in numbers]

    def quarters(self, year: str) -> list[str]:
        """The four quarter labels of a fiscal year."""
        return [f"{year}Q{n}" for n in range(1, 5)]

    def year_of(self, period: str) -> str:
        """The fiscal year that holds a period."""
        return str(self._year_and_number(period)[0]) if level_of(period) == "month" else period[:4]

    def quarter_of(self, month: str) -> str:
        """The fiscal quarter that holds a month."""
        year, number = self._year_and_number(month)
        return f"{year}Q{(number + 2) // 3}"

    def shift(self, period: str, steps: int) -> str:
        """The period ``steps`` later (earlier where negative) on its own level."""
        level = level_of(period)
        if level == "year":
            return str(int(period) + steps)
        if level == "quarter":
            index = int(period[:4]) * 4 + int(period[-1]) - 1 + steps
            return f"{index // 4}Q{index % 4 + 1}"
        year, number = self._year_and_number(period)
        index = year * 12 + number - 1 + steps
        return self._month_label(index // 12, index % 12 + 1)

    def span(self, first: str, last: str) -> list[str]:
        """All periods from ``first`` to ``last``, both included, on their common level."""
        labels = [first]
        while labels[-1] != last:
            if self.bounds(labels[-1])[0] > self.bounds(last)[0]:
                raise ValueError(f"{first} lies after {last}")
            labels.append(self.shift(labels[-1], 1))
        return labels

    def plan_year(self, as_of: str) -> str:
        """The fiscal year that holds the day after ``as_of``: the coming year at Q4, else the running one."""
        return self.year_of(self.shift(as_of, 1))

    def day_table(self, first: dt.date, last: dt.date) -> pd.DataFrame:
        """Frame of one row per day from ``first`` to ``last``: date, month, quarter, year."""
        months = self.span(self.period_of(first), self.period_of(last))
        lengths = [(min(end, last) - max(start, first)).days + 1 for start, end in map(self.bounds, months)]
        quarters = [self.quarter_of(month) for month in months]
        columns = {"month": months, "quarter": quarters, "year": [quarter[:4] for quarter in quarters]}
        of_day = pd.DataFrame(columns).loc[[at for at, days in enumerate(lengths) for _ in range(days)]]
        return of_day.reset_index(drop=True).assign(date=pd.date_range(first, last))[["date", *columns]]

    def weeks(self, months: Collection[str]) -> float:
        """How long these months are beside others: weeks where months are made of weeks, else their number."""
        if self.pattern == "months":
            return float(len(months))
        spans = [self.bounds(month) for month in months]
        return sum((last - first).days + 1 for first, last in spans) / 7

    def longer(self, month: str) -> float:
        """By which factor a 53rd week makes this month longer than it is in other years; 1 where there is none."""
        if self.pattern == "months":
            return 1.0
        return self.weeks([month]) / _WEEKS[self.pattern][(self.month_number(month) - 1) % 3]

    def month_number(self, month: str) -> int:
        """Which month of its fiscal year this is, 1 to 12."""
        return self._year_and_number(month)[1]

    def _start(self, year: int) -> dt.date:
        calendar_year = year - 1 if self.year_named_by == "end" and self.start_month > 1 else year
        first = dt.date(calendar_year, self.start_month, 1)
        if self.pattern == "months":
            return first
        return first - dt.timedelta(days=(first.weekday() + 3) % 7 - 3)

    def _year_of_day(self, day: dt.date) -> int:
        return next(y for y in (day.year + 1, day.year, day.year - 1, day.year - 2) if self._start(y) <= day)

    def _month_bounds(self, year: int) -> tuple[tuple[dt.date, dt.date], ...]:
        return _month_bounds(self, year)

    def _month_label(self, year: int, number: int) -> str:
        if self.pattern != "months":
            return f"{year}-{number:02d}"
        start = self._start(year)
        index = start.year * 12 + start.month - 1 + number - 1
        return f"{index // 12}-{index % 12 + 1:02d}"

    def _year_and_number(self, month: str) -> tuple[int, int]:
        year, number = int(month[:4]), int(month[5:7])
        if self.pattern != "months":
            return year, number
        fiscal = self._year_of_day(dt.date(year, number, 1))
        return fiscal, (number - self.start_month) % 12 + 1


@cache
def _month_bounds(fiscal: FiscalCalendar, year: int) -> tuple[tuple[dt.date, dt.date], ...]:
    start, end = fiscal._start(year), fiscal._start(year + 1) - dt.timedelta(days=1)
    spans = []
    for number in range(1, 13):
        if fiscal.pattern == "months":
            days = gregorian.monthrange(start.year, start.month)[1]
        else:
            days = 7 * _WEEKS[fiscal.pattern][(number - 1) % 3]
        last = end if number == 12 else start + dt.timedelta(days=days - 1)
        spans.append((start, last))
        start = last + dt.timedelta(days=1)
    return tuple(spans)


def tiling(labels: Collection[str], months: Sequence[str], *, calendar: FiscalCalendar) -> list[str]:
    """Which of the labels cover exactly these months, on one level? The coarsest that do; empty where none do."""
    groups = {
        "year": list(dict.fromkeys(calendar.year_of(m) for m in months)),
        "quarter": list(dict.fromkeys(calendar.quarter_of(m) for m in months)),
        "month": list(months),
    }
    for tiles in groups.values():
        covered = [month for tile in tiles for month in calendar.months(tile)]
        if covered == list(months) and set(tiles) <= set(labels):
            return tiles
    return []
