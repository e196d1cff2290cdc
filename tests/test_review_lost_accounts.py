"""Customers gone: planted silences found, usual pauses left alone, money of the year before."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from salesplan import review
from salesplan.periods import FiscalCalendar
from salesplan.words import LANGUAGES, words
from tests.conftest import ROOT

CALENDAR = FiscalCalendar()
YEAR = review.window("2025Q4", calendar=CALENDAR)
GIVEN = {"window": YEAR, "calendar": CALENDAR}
MONTHS = CALENDAR.span("2023-01", "2025-12")


def buyers(habits: dict[str, float], *, until: dict[str, str] | None = None, seed: int = 1) -> pd.DataFrame:
    """Customers that order in a month by chance, at their habit, for 100 each time, until the month they leave in."""
    rng = np.random.default_rng(seed)
    rows = [
        (month, customer, 10_000, 1)
        for customer, habit in habits.items()
        for month in MONTHS
        if rng.random() < habit and month <= (until or {}).get(customer, "9999")
    ]
    return pd.DataFrame(rows, columns=["period", "customer_id", "net_sales_cents", "orders"])


def test_who_ordered_every_month_and_stopped_has_gone():
    table = review.lost_accounts(buyers({"A": 1.0, "B": 1.0}, until={"B": "2025-05"}), **GIVEN)
    assert table["customer_id"].tolist() == ["B"]
    row = table.iloc[0]
    assert (row["last_period"], row["months_silent"], row["habit"]) == ("2025-05", 7, 1.0)
    assert row["amount"] == 700.0  # June to December of the year before
    assert row["p_value"] < 0.001


def test_usual_pauses_are_left_alone():
    # 300 customers that order in one month of four and all still buy: about one in ten of what is listed may be false
    assert len(review.lost_accounts(buyers({f"C{n}": 0.25 for n in range(300)}), **GIVEN)) <= 3


def test_of_those_who_left_most_are_found_and_few_others():
    habits = {f"C{n:03d}": 0.6 for n in range(200)}
    gone = {f"C{n:03d}": "2025-03" for n in range(40)}
    found = set(review.lost_accounts(buyers(habits, until=gone), **GIVEN)["customer_id"])
    assert len(found & set(gone)) >= 36
    assert len(found - set(gone)) <= 6


def test_too_short_a_habit_tells_nothing():
    short = buyers({"A": 1.0, "B": 1.0}, until={"B": "2025-05"})
    assert review.lost_accounts(short[short["period"] >= "2025-02"], **GIVEN).empty
    assert review.lost_accounts(short.head(0), **GIVEN).empty


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_names_the_largest_with_their_money(language):
    speaker = words(language)
    table = review.lost_accounts(buyers({"A": 1.0, "B": 1.0}, until={"B": "2025-05"}), **GIVEN)
    assert speaker.money(700.0) in review.say_lost_accounts(table, words=speaker).text
    assert review.say_lost_accounts(table.head(0), words=speaker).checks[0].passed is None


def test_the_demos_lost_account_is_the_largest(annual):
    planted = json.loads((ROOT / "data" / "demo" / "TRUTH.json").read_text(encoding="utf-8"))["lost_account"]
    table = pd.read_parquet(annual / "tables" / "review" / "lost_accounts.parquet")
    assert table["customer_id"].iloc[0] == planted["customer_id"]
    assert table["amount"].iloc[0] == pytest.approx(planted["unwritten"]["2025"], rel=0.3)
