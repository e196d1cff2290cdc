"""Which months are whole, and growth over like months alone."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from salesplan import facts, review
from salesplan.periods import FiscalCalendar
from salesplan.words import LANGUAGES, words
from tests.test_facts import as_table, order_lines

CALENDAR = FiscalCalendar()
SPEAKER = words("en")
CUT_OFF = dt.date(2025, 12, 31)
YEAR = review.window("2025Q4", calendar=CALENDAR)


def days_of(first: str, last: str, *, without: tuple[str, str] | None = None, weekdays: bool = True) -> pd.DataFrame:
    dates = pd.bdate_range(first, last) if weekdays else pd.date_range(first, last)
    if without:
        dates = dates[(dates < without[0]) | (dates > without[1])]
    return pd.DataFrame({"date": dates, "lines": 3, "net_sales_cents": 100.0})


def covered(days: pd.DataFrame, cut_off: dt.date = CUT_OFF) -> pd.DataFrame:
    return review.coverage(days, calendar=CALENDAR, cut_off=cut_off, words=SPEAKER)


def partial(table: pd.DataFrame) -> list[str]:
    return table.loc[~table["complete"], "period"].tolist()


def test_books_that_begin_and_end_within_a_month_make_it_partial():
    assert partial(covered(days_of("2024-01-31", "2025-12-10"))) == ["2024-01", "2025-12"]
    assert partial(covered(days_of("2024-01-01", "2025-12-31"))) == []
    # a month that begins on a week-end is whole
    assert partial(covered(days_of("2023-07-03", "2025-12-31"))) == []


def test_months_without_any_line_are_no_part_of_growth_and_a_long_silence_is_told():
    table = covered(days_of("2024-01-01", "2025-12-31", without=("2025-02-01", "2025-03-12")))
    assert partial(table) == ["2025-02"]
    assert table.set_index("period").loc["2025-02", "lines"] == 0
    found = review.say_coverage(table, window=YEAR, words=SPEAKER)
    assert [c.name for c in found.checks] == ["2025-02", "2025-03"]
    assert all(c.passed is None for c in found.checks)


def test_like_for_like_drops_a_month_where_either_year_is_not_whole():
    table = covered(days_of("2024-03-20", "2025-12-31"))
    like = review.like_for_like(YEAR, table)
    assert like.months[0] == "2025-04"
    assert like.earlier[0] == "2024-04"
    assert (like.period, like.span) == ("2025", "2025-04/2025-12")
    assert review.like_for_like(YEAR, covered(days_of("2025-01-01", "2025-12-31"))).months == ()


def totals(amounts: dict[str, int]) -> pd.DataFrame:
    rows = [
        {"period": m, "level": "month", "net_sales_cents": c, "sold_cents": c, "orders": 1, "customers": 1}
        for m, c in amounts.items()
    ]
    columns = ["cost_cents", "costed_sales_cents", "list_cents", "discount_cents", "new_customers", "quantity"]
    return pd.DataFrame(rows).assign(**dict.fromkeys(columns, 0))


def test_a_partial_month_makes_no_false_growth():
    flat = dict.fromkeys(CALENDAR.span("2024-03", "2025-12"), 1000) | {"2024-03": 10}
    active = pd.DataFrame({"period": [], "customer_id": [], "net_sales_cents": [], "orders": []})
    given = {"as_of": "2025Q4", "calendar": CALENDAR, "words": SPEAKER}
    table = review.kpis(totals(flat), active, **given, partial=["2024-03"])
    growth = table[(table["metric"] == "growth") & (table["level"] == "year")].set_index("period").loc["2025"]
    assert growth["value"] == 0
    assert "2025-04/2025-12" in growth["reason"]
    text = review.say_kpis(table, words=SPEAKER).text
    assert "2025-04/2025-12" in text
    # the quarter that holds the partial month has no prior to compare with
    first = table[(table["metric"] == "net_sales") & (table["period"] == "2025Q1")].iloc[0]
    assert first["value"] == 30.0
    assert pd.isna(first["change"])
    # of the quarter growth is read where it is whole; of a whole year the reason is no part of the sentence
    whole = dict.fromkeys(CALENDAR.span("2024-01", "2025-12"), 1000)
    text = review.say_kpis(review.kpis(totals(whole), active, **given), words=SPEAKER).text
    assert text.startswith("Net sales of 2025 (2025-01/2025-12) were ¥120.00, 0.0 % against")


def test_a_partial_last_month_is_compared_with_nothing():
    flat = dict.fromkeys(CALENDAR.span("2023-01", "2025-12"), 1000) | {"2025-12": 10}
    active = pd.DataFrame({"period": [], "customer_id": [], "net_sales_cents": [], "orders": []})
    given = {"as_of": "2025Q4", "calendar": CALENDAR, "words": SPEAKER}
    table = review.kpis(totals(flat), active, **given, partial=["2025-12"])
    year = table[(table["period"] == "2025")].set_index("metric")
    assert year.loc["growth", "value"] == 0
    assert pd.isna(year.loc["net_sales", "change"])
    assert year.loc["net_sales", "reason"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_over_which_months_growth_is_read(language):
    speaker = words(language)
    table = review.coverage(days_of("2024-03-20", "2025-12-31"), calendar=CALENDAR, cut_off=CUT_OFF, words=speaker)
    assert "2025-04/2025-12" in review.say_coverage(table, window=YEAR, words=speaker).text
    short = review.coverage(days_of("2025-01-01", "2025-12-31"), calendar=CALENDAR, cut_off=CUT_OFF, words=speaker)
    assert "2025-01/2025-12" in review.say_coverage(short, window=YEAR, words=speaker).text
    nothing = review.coverage(
        days_of("2025-01-01", "2025-12-31").head(0), calendar=CALENDAR, cut_off=CUT_OFF, words=speaker
    )
    assert review.say_coverage(nothing, window=YEAR, words=speaker).checks[0].passed is None


def test_the_days_are_those_of_the_order_lines():
    lines = order_lines()
    found = facts.order_days(as_table(lines))
    assert found["lines"].sum() == len(lines)
    assert found["date"].is_unique
    assert found["net_sales_cents"].sum() == pytest.approx(100 * lines["net_sales"].astype(float).sum())
