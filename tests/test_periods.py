"""D37: every day lies in exactly one month, quarter and year of any fiscal calendar, 53-week years included."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan.errors import PlanFileError
from salesplan.periods import FiscalCalendar, level_of, parse_quarter

CALENDARS = st.builds(
    FiscalCalendar,
    start_month=st.integers(1, 12),
    pattern=st.sampled_from(["months", "445", "454", "544"]),
    year_named_by=st.sampled_from(["start", "end"]),
)
DAY = st.dates(dt.date(1996, 1, 1), dt.date(2040, 12, 31))
ONE = dt.timedelta(days=1)


@given(CALENDARS, DAY)
def test_d37_a_day_lies_in_one_month_of_one_quarter_of_one_year(calendar, day):
    month, quarter, year = (calendar.period_of(day, level) for level in ("month", "quarter", "year"))
    assert (calendar.quarter_of(month), calendar.year_of(month), calendar.year_of(quarter)) == (quarter, year, year)
    for period in (month, quarter, year):
        first, last = calendar.bounds(period)
        assert first <= day <= last
        assert calendar.period_of(first, level_of(period)) == period == calendar.period_of(last, level_of(period))


@given(CALENDARS, DAY, st.sampled_from(["month", "quarter", "year"]))
def test_d37_periods_follow_one_another_without_gap_or_overlap(calendar, day, level):
    here = calendar.period_of(day, level)
    following = calendar.shift(here, 1)
    assert calendar.bounds(here)[1] + ONE == calendar.bounds(following)[0]
    assert calendar.shift(following, -1) == here
    assert calendar.span(here, following) == [here, following]


@given(CALENDARS, DAY)
def test_d37_months_partition_quarters_and_quarters_the_year(calendar, day):
    year = calendar.period_of(day, "year")
    first, last = calendar.bounds(year)
    for parts in (calendar.months(year), calendar.quarters(year)):
        bounds = [calendar.bounds(part) for part in parts]
        assert (bounds[0][0], bounds[-1][1]) == (first, last)
        assert sum((stop - start).days + 1 for start, stop in bounds) == (last - first).days + 1
    assert [m for q in calendar.quarters(year) for m in calendar.months(q)] == calendar.months(year)


@given(CALENDARS, DAY, st.integers(0, 800))
def test_d37_the_table_of_days_agrees_with_every_single_day(calendar, day, length):
    table = calendar.day_table(day, day + length * ONE)
    assert table["date"].tolist() == list(pd.date_range(day, periods=length + 1))
    for row in table.iloc[[0, len(table) // 2, -1]].to_dict("records"):
        single = row["date"].date()
        assert [calendar.period_of(single, level) for level in ("month", "quarter", "year")] == [
            row["month"],
            row["quarter"],
            row["year"],
        ]


def test_d37_a_leap_day_and_an_april_and_july_year():
    leap = dt.date(2024, 2, 29)
    assert FiscalCalendar().period_of(leap) == "2024-02"
    april = FiscalCalendar(start_month=4)
    assert [april.period_of(leap, level) for level in ("quarter", "year")] == ["2024Q4", "2024"]
    assert april.bounds("2024") == (dt.date(2023, 4, 1), dt.date(2024, 3, 31))
    july = FiscalCalendar(start_month=7, year_named_by="start")
    assert july.bounds("2024Q1") == (dt.date(2024, 7, 1), dt.date(2024, 9, 30))
    assert july.period_of(leap, "year") == "2023"


def test_d37_retail_years_have_52_or_53_whole_weeks_and_both_occur():
    calendar = FiscalCalendar(start_month=2, pattern="445")
    spans = [calendar.bounds(str(year)) for year in range(2000, 2040)]
    weeks = [((last - first).days + 1) / 7 for first, last in spans]
    assert set(weeks) == {52, 53}
    assert all(first.weekday() == 0 and last.weekday() == 6 for first, last in spans)
    long = str(2000 + weeks.index(53))
    lengths = [((b - a).days + 1) // 7 for a, b in map(calendar.bounds, calendar.months(long))]
    assert lengths == [4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 6]


def test_the_plan_year_is_the_one_that_holds_the_next_day():
    calendar = FiscalCalendar(start_month=4)
    assert calendar.plan_year("2025Q4") == "2026"
    assert calendar.plan_year("2026Q1") == "2026"


@pytest.mark.parametrize("text", ["2025Q5", "2025", "Q4 2025", "2025-Q4", ""])
def test_a_quarter_that_is_none_is_refused_with_the_form(text):
    with pytest.raises(PlanFileError, match="as in 2025Q4"):
        parse_quarter(text)
