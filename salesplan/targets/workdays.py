"""Which days of each month are worked, and which the company's own promotions fill."""

from __future__ import annotations

__all__ = ["say_workdays", "workdays"]

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any

import pandas as pd

from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "targets/workdays"
_SATURDAY = 5
_OWN = {"holiday": False, "workday": True}


def workdays(
    months: Iterable[str], *, calendar: FiscalCalendar, country: str | None, own: pd.DataFrame | None = None
) -> pd.DataFrame:
    """How many days of each month are worked, and on how many does a promotion run?

    country: two letters (ISO 3166), whose public holidays and working weekends count; None for weekends alone. own: the
    source ``calendar`` (start, end, kind: holiday, workday or promotion), which overrides. Frame targets/workdays:
    period, days, workdays, promotion_days [counts], basis: weekends, statute (by law), gazetted (with the working
    weekends that a government publishes year by year), or provisional (a year it has not published yet).
    Source: the library holidays; China's notices of the State Council as it carries them.
    """
    rows = []
    named, promotions = _named(own), _of_kind(own, "promotion")
    for month in months:
        first, last = calendar.bounds(month)
        days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
        worked = sum(named.get(day, _works(day, country)) for day in days)
        promoted = len(promotions.intersection(days))
        rows.append((month, len(days), worked, promoted, _basis(last.year, country)))
    return pd.DataFrame(rows, columns=list(COLUMNS[NAME]))


def _works(day: dt.date, country: str | None) -> bool:
    return bool(_public(country, day.year).is_working_day(day)) if country else day.weekday() < _SATURDAY


def _basis(year: int, country: str | None) -> str:
    if country is None:
        return "weekends"
    known = _public(country, year)
    published = known.special_public_holidays if getattr(known, "weekend_workdays", None) else None
    if not published:
        return "statute"
    return "gazetted" if year <= max(published) else "provisional"


@cache
def _public(country: str, year: int) -> Any:
    import holidays

    return holidays.country_holidays(country, years=[year])


def _named(own: pd.DataFrame | None) -> dict[dt.date, bool]:
    """Which days the company's own calendar says are worked or not; a working day wins over a holiday."""
    return {day: works for kind, works in _OWN.items() for day in _of_kind(own, kind)}


def _of_kind(own: pd.DataFrame | None, kind: str) -> set[dt.date]:
    if own is None:
        return set()
    rows = own[own["kind"] == kind]
    ends = rows["end"].fillna(rows["start"]) if "end" in rows else rows["start"]
    return {day.date() for first, last in zip(rows["start"], ends, strict=True) for day in pd.date_range(first, last)}


def say_workdays(table: pd.DataFrame, *, words: Words, year: str, months: list[str]) -> Finding:
    """How many days the plan year works, against the year before, and what is not settled yet; months: of ``year``."""
    now = table[table["period"].isin(months)]
    before = table[table["period"].isin([f"{int(month[:4]) - 1}{month[4:]}" for month in months])]
    about = {
        "year": year,
        "days": words.number(int(now["workdays"].sum())),
        "basis": words.term(str(now["basis"].iloc[-1])),
    }
    text = words.say("targets_workdays_alone", **about)
    if len(before) == len(now):
        text = words.say("targets_workdays", before=words.number(int(before["workdays"].sum())), **about)
    parts, promoted = [text], int(now["promotion_days"].sum())
    if promoted:
        parts.append(words.say("targets_promotion_days", days=words.number(promoted)))
    open_ones = now[now["basis"] == "provisional"]
    check = Check("gazetted", None if len(open_ones) else True, words.say("targets_workdays_provisional"))
    return Finding(NAME, words.text(parts), NAME, (check,) if len(open_ones) else ())
