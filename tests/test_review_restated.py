"""Months that an earlier publication told otherwise are found to the cent, and said."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from salesplan import review
from salesplan.words import words

EN = words("en")
MONTHS = [f"2025-{month:02}" for month in range(1, 13)]


def told(*amounts: float) -> pd.DataFrame:
    return pd.DataFrame({"period": MONTHS[: len(amounts)], "actual": amounts})


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=12))
def test_exactly_the_months_that_changed_are_told(changes):
    before = told(*[1000.0 + n for n in range(len(changes))])
    now = before.assign(actual=before["actual"] + [change / 100 for change in changes])
    table = review.restated(now, ("2024Q4", before))
    expected = {month: change for month, change in zip(MONTHS, changes, strict=False) if change}
    assert dict(zip(table["period"], (table["change"] * 100).round().astype(int), strict=True)) == expected
    assert ((table["now"] - table["before"] - table["change"]).abs() < 0.001).all()


def test_months_that_are_gone_count_as_nothing_and_new_ones_are_not_restated():
    table = review.restated(told(10.0, 20.0, 30.0).iloc[1:], ("2025Q1", told(10.0, 20.0)))
    assert table[["period", "now", "change", "share"]].to_numpy().tolist() == [["2025-01", 0.0, -10.0, -1.0]]


def test_r81_what_is_said_of_restated_months():
    before = ("2025Q1", told(100.0, 200.0, 300.0))
    table = review.restated(told(100.0, 250.0, 290.0, 70.0), before)
    said = review.say_restated(table, before=before, words=EN)
    assert said.text.startswith("2 of 3 months published as of 2025Q1 read differently today")
    assert "most in 2025-02" in said.text
    assert said.checks[0].passed is False
    same = review.say_restated(review.restated(before[1], before), before=before, words=EN)
    assert same.checks[0].passed
    none = review.say_restated(review.restated(before[1], None), before=None, words=EN)
    assert none.checks[0].passed is None
