"""Working days: as published, by law, by the company's own calendar; and what they do to a forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from salesplan import targets
from salesplan.config.models import Company
from salesplan.words import LANGUAGES, words
from tests.planned_company import CALENDAR, cube

YEAR = [f"2025-{n:02d}" for n in range(1, 13)]


def worked(months: list[str], *, country: str | None = "CN", own: pd.DataFrame | None = None) -> pd.DataFrame:
    return targets.workdays(months, calendar=CALENDAR, country=country, own=own).set_index("period")


def test_china_works_the_days_that_its_government_published():
    # the State Council's notice for 2025: 28 days off, five working weekends; 248 working days
    table = worked(YEAR)
    assert table["workdays"].sum() == 248
    assert table.loc["2025-10", "workdays"] == 18
    assert set(table["basis"]) == {"gazetted"}


def test_a_year_that_is_not_published_yet_is_provisional():
    assert set(worked(["2035-02"])["basis"]) == {"provisional"}


def test_other_countries_work_by_law_and_without_one_all_weekdays_count():
    july = ["2025-07"]
    assert worked(july, country="US")["workdays"].iloc[0] == 22
    assert worked(july, country="US")["basis"].iloc[0] == "statute"
    assert worked(july, country=None)["workdays"].iloc[0] == 23
    assert worked(july, country=None)["basis"].iloc[0] == "weekends"


def test_the_companys_own_calendar_overrides_and_names_promotions():
    days = [("2025-03-03", "2025-03-05", "holiday"), ("2025-03-08", None, "workday")]
    own = pd.DataFrame([*days, ("2025-03-29", "2025-04-02", "promotion")], columns=["start", "end", "kind"])
    own[["start", "end"]] = own[["start", "end"]].apply(pd.to_datetime)
    before, after = worked(["2025-03", "2025-04"]), worked(["2025-03", "2025-04"], own=own)
    assert after.loc["2025-03", "workdays"] == before.loc["2025-03", "workdays"] - 3 + 1
    assert after["promotion_days"].tolist() == [3, 2]


def test_working_days_that_drive_sales_are_used():
    months = CALENDAR.span("2019-01", "2025-12")
    days = worked(months)
    table = cube(months=72, noise=0.005, last="2025-12")
    lift = (days["workdays"] / days["workdays"].mean()) ** 2
    moved = table.assign(net_sales_cents=(table["net_sales_cents"] * table["period"].map(lift)).round().astype("int64"))
    came = moved[moved["period"] > "2024-12"].groupby("period")["net_sales_cents"].sum()
    known = {"calendar": CALENDAR, "as_of": "2024Q4", "seed": 1, "draws": 200, "lunar": False}
    miss = []
    for given in (days.reset_index(), None):
        paths = targets.forecast(moved[moved["period"] < "2025"], days=given, **known).paths
        middle = paths[paths["dimension"] == "total"].groupby("period")["baseline"].median()
        miss.append(float(np.abs(middle / came - 1).mean()))
    assert miss[0] < 0.7 * miss[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told(language):
    table = targets.workdays([*YEAR, *CALENDAR.months("2026")], calendar=CALENDAR, country="CN")
    told = targets.say_workdays(table, words=words(language), year="2026", months=CALENDAR.months("2026"))
    assert "248" in told.text
    later = targets.workdays(CALENDAR.months("2035"), calendar=CALENDAR, country="CN")
    open_one = targets.say_workdays(later, words=words(language), year="2035", months=CALENDAR.months("2035"))
    assert open_one.checks[0].passed is None


def test_a_country_without_known_holidays_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="no public holidays"):
        Company(name="x", title="x", currency="USD", country="XX")
    assert Company(name="x", title="x", currency="CNY").holidays_of == "CN"
