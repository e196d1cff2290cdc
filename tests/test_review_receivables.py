"""Ages, roll rates and the cash to come, against payments planted month by month."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import facts, review
from salesplan.periods import FiscalCalendar
from salesplan.words import LANGUAGES, words
from tests.test_facts import as_table, order_lines

CALENDAR = FiscalCalendar()
YEAR = review.window("2025Q4", calendar=CALENDAR)
GIVEN = {"window": YEAR, "calendar": CALENDAR}
NOTHING = pd.DataFrame({"due_period": [], "paid_period": [], "paid_cents": []})


def ledger(*, paid: dict[int, float], scatter: float = 0.0, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Dues of 100,000 a month from 2023 to March 2026, and of them, by months after they fell due, the part paid."""
    months = CALENDAR.span("2023-01", "2026-03")
    rng = np.random.default_rng(seed)
    due = pd.DataFrame({"due_period": months, "due_cents": 10_000_000.0})
    rows = []
    for month in months:
        for age, share in paid.items():
            at = CALENDAR.shift(month, age)
            if at <= "2025-12":
                rows.append((month, at, round(10_000_000 * share * (1 + scatter * rng.uniform(-1, 1)))))
    return due, pd.DataFrame(rows, columns=["due_period", "paid_period", "paid_cents"])


def test_ages_and_roll_rates_are_those_planted():
    # of each month's dues 20 % come a month early, 50 % in the month, 20 % one and 5 % two months late, 5 % never
    due, paid = ledger(paid={-1: 0.2, 0: 0.5, 1: 0.2, 2: 0.05})
    table = review.ageing(due, paid, **GIVEN).set_index("bucket")
    assert table["amount"].to_dict() == pytest.approx(
        {
            "not_due": 80_000 + 2 * 100_000,  # January is paid for a fifth already, February and March not at all
            "days_1_30": 30_000,
            "days_31_60": 10_000,
            "days_61_90": 5_000,
            "over_90": 33 * 5_000,
        }
    )
    assert table["share"].sum() == pytest.approx(1)
    assert table.loc["days_1_30", "prior"] == 30_000
    assert table.loc["over_90", "prior"] == 21 * 5_000
    assert table["roll_rate"].dropna().to_dict() == pytest.approx(
        {"days_1_30": 0.3, "days_31_60": 1 / 3, "days_61_90": 0.5}
    )


def test_the_forecast_pays_on_as_was_paid_before():
    due, paid = ledger(paid={-1: 0.2, 0: 0.5, 1: 0.2, 2: 0.05})
    found = review.cash_forecast(due, paid, **GIVEN, seed=7)
    # January: its own half, a fifth of February's early, December's fifth and November's twentieth
    assert found["mid"].tolist() == pytest.approx([95_000, 95_000, 95_000 - 20_000], rel=1e-6)
    assert found["due"].tolist() == [80_000, 100_000, 100_000]
    assert (found["low"] == found["high"]).all()


def test_the_range_holds_what_comes_about_four_times_of_five():
    inside = 0
    for seed in range(30):
        due, paid = ledger(paid={0: 0.6, 1: 0.3}, scatter=0.3, seed=seed)
        cash = review.cash_forecast(due, paid, **GIVEN, seed=seed).iloc[0]
        rng = np.random.default_rng(1000 + seed)
        came = 100_000 * (0.6 * (1 + 0.3 * rng.uniform(-1, 1)) + 0.3 * (1 + 0.3 * rng.uniform(-1, 1)))
        inside += cash["low"] <= came <= cash["high"]
    assert 17 <= inside <= 29  # 24 are wanted; outside lies chance 0.005


amount = st.integers(0, 10**9)


@given(st.lists(st.tuples(st.integers(0, 38), st.integers(-2, 6), amount), max_size=40))
def test_i20_what_is_open_is_what_was_due_less_what_was_paid(rows):
    months = CALENDAR.span("2023-01", "2026-03")
    due = pd.DataFrame({"due_period": months, "due_cents": 10.0**10})
    moves = [(months[at], CALENDAR.shift(months[at], age), cents) for at, age, cents in rows]
    paid = pd.DataFrame([m for m in moves if m[1] <= "2025-12"], columns=list(NOTHING))
    paid = paid.groupby(["due_period", "paid_period"], as_index=False)["paid_cents"].sum()
    table = review.ageing(due, paid, **GIVEN)
    if paid.empty:
        assert table.empty
        return
    open_cents = (10**10 - paid.groupby("due_period")["paid_cents"].sum().reindex(months, fill_value=0)).clip(lower=0)
    assert round(table["amount"].sum() * 100) == pytest.approx(open_cents.sum(), abs=3)
    assert table["roll_rate"].dropna().between(0, 1 + 1e-9).all()


def test_dues_beyond_the_cut_off_are_there_and_without_due_dates_nothing_is():
    lines = order_lines().assign(due_date=pd.Timestamp("2026-02-10").date())
    found = facts.due_by_month(as_table(lines), calendar=CALENDAR)
    assert found["due_period"].tolist() == ["2026-02"]
    assert found["due_cents"].sum() == pytest.approx(100 * lines["net_sales"].astype(float).sum())


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_is_open_and_what_will_come_and_whether_the_balance_agrees(language):
    speaker = words(language)
    due, paid = ledger(paid={0: 0.7, 1: 0.2})
    ages, cash = review.ageing(due, paid, **GIVEN), review.cash_forecast(due, paid, **GIVEN, seed=1)
    at = [{"as_of": pd.Timestamp("2025-12-31"), "open_amount_cents": float(ages["amount"].sum() * 100)}]
    for off, passed in ((1.0, True), (1.2, False)):
        balance = pd.DataFrame(at).assign(open_amount_cents=lambda f, off=off: f["open_amount_cents"] * off)
        told = review.say_receivables(ages, cash, words=speaker, calendar=CALENDAR, receivables=balance)
        assert [c.passed for c in told.checks] == [passed]
    assert speaker.share(0.3) in told.text
    assert "2026-01" in told.text
    for payments in (None, NOTHING):
        ages, cash = review.ageing(due, payments, **GIVEN), review.cash_forecast(due, payments, **GIVEN, seed=1)
        assert ages.empty
        assert cash.empty
        assert review.say_receivables(ages, cash, words=speaker, calendar=CALENDAR).checks[0].passed is None
