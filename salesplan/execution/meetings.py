"""When is the plan looked at, by whom, with which papers?"""

from __future__ import annotations

__all__ = ["meeting_calendar", "say_calendar"]

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from salesplan.config import Meeting
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.words import Words

_NAME = "execution/calendar"


def meeting_calendar(meetings: Sequence[Meeting], *, calendar: FiscalCalendar, year: str, words: Words) -> pd.DataFrame:
    """On which days of the plan year is the plan reviewed?

    meetings: the plan file's. Returns one row per meeting and day: date, meeting, participants (by name), pack.
    A recurring meeting falls so many days after each month, quarter or year of the plan year closes; one that would
    fall on a weekend moves to Monday.
    """
    rows = [
        (
            pd.Timestamp(day),
            words.pick(meeting.meeting),
            words.listed(map(words.name, meeting.participants)),
            words.pick(meeting.pack),
        )
        for meeting in meetings
        for day in _days(meeting, calendar=calendar, year=year)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))
    table["date"] = pd.to_datetime(table["date"])
    return table.sort_values(["date", "meeting"], kind="stable", ignore_index=True)


def _days(meeting: Meeting, *, calendar: FiscalCalendar, year: str) -> list[dt.date]:
    if meeting.date is not None:
        return [meeting.date]
    periods = {"month": calendar.months(year), "quarter": calendar.quarters(year)}.get(str(meeting.every), [year])
    days = [calendar.bounds(period)[1] + dt.timedelta(days=meeting.days_after) for period in periods]
    return [day + dt.timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0) for day in days]


def say_calendar(table: pd.DataFrame, *, cut_off: dt.date, words: Words) -> Finding:
    """How often does one meet, and when next? From execution/calendar."""
    if table.empty:
        text = words.say("execution_no_meetings")
        return Finding(_NAME, text, "", (Check("meetings", None, text),), ("plan",))
    ahead = table[table["date"] > pd.Timestamp(cut_off)]
    text = words.say(
        "execution_meetings", meetings=words.number(len(table)), kinds=words.number(table["meeting"].nunique())
    )
    if len(ahead):
        first = ahead.iloc[0]
        when = words.date(first["date"].date())
        text += words.say("execution_next_meeting", meeting=str(first["meeting"]), date=when)
    return Finding(_NAME, text, _NAME, (), ("plan",))
