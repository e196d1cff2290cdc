"""Which months are looked at, and which months of a year earlier they are compared with."""

from __future__ import annotations

__all__ = ["Window", "closed_windows", "window", "year_before"]

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from salesplan.periods import FiscalCalendar, level_of


@dataclass(frozen=True)
class Window:
    """Closed months under one label, and the same months of the year before.

    period: the label ("2026", of which only the closed months count). level: year, quarter or month.
    months and earlier: month labels in order, in pairs. earlier_period: the label a year before.
    """

    period: str
    level: str
    months: tuple[str, ...]
    earlier: tuple[str, ...]
    earlier_period: str

    @property
    def span(self) -> str:
        """First and last month, as ISO 8601 writes an interval: "2026-01/2026-06"; empty without months."""
        return "/".join(dict.fromkeys((*self.months[:1], *self.months[-1:])))


def window(as_of: str, *, calendar: FiscalCalendar) -> Window:
    """Which part of which fiscal year is reviewed: all of it at a fourth quarter, else the year so far."""
    year = calendar.year_of(as_of)
    closed = calendar.quarters(year)[: int(as_of[-1])]
    return _window(year, [month for quarter in closed for month in calendar.months(quarter)], calendar)


def closed_windows(as_of: str, *, calendar: FiscalCalendar, levels: Collection[str]) -> list[Window]:
    """The reviewed year (so far), its closed quarters and its closed months, as far as ``levels`` asks for them."""
    whole = window(as_of, calendar=calendar)
    quarters = list(dict.fromkeys(calendar.quarter_of(month) for month in whole.months))
    labels = {"quarter": quarters, "month": list(whole.months)}
    parts = [_window(p, calendar.months(p), calendar) for lev in labels if lev in levels for p in labels[lev]]
    return [whole, *parts] if "year" in levels else parts


def year_before(later: Window, *, calendar: FiscalCalendar) -> Window:
    """The same window a year earlier."""
    return _window(later.earlier_period, later.earlier, calendar)


def _window(period: str, months: Sequence[str], calendar: FiscalCalendar) -> Window:
    level = level_of(period)
    steps = {"year": 1, "quarter": 4, "month": 12}[level]
    earlier = tuple(calendar.shift(month, -12) for month in months)
    return Window(period, level, tuple(months), earlier, calendar.shift(period, -steps))
