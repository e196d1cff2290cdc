"""The bridge: exact to the cent, published example, invariants."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import review
from salesplan.periods import FiscalCalendar
from salesplan.words import words

CALENDAR = FiscalCalendar()
YEAR = review.window("2025Q4", calendar=CALENDAR)


def panel(rows) -> pd.DataFrame:
    """(period, product_id, channel, quantity, net_sales_cents) as product_months; the category is the product's."""
    frame = pd.DataFrame(rows, columns=["period", "product_id", "channel", "quantity", "net_sales_cents"])
    frame["product"] = frame["product_id"].str[:1]
    return frame.astype({"quantity": "float64", "net_sales_cents": "int64"})


def two_years(before, after) -> pd.DataFrame:
    """Products as (name, price in units, quantity) in December 2024 and 2025; January 2024 makes the history whole."""
    rows = [("2024-12", n, "x", q, round(p * q * 100)) for n, p, q in before]
    rows += [("2025-12", n, "x", q, round(p * q * 100)) for n, p, q in after]
    return panel([("2024-01", "A", "x", 0, 0), *rows])


def sums(table: pd.DataFrame, *, convention: str = "sequential", grain: str = "by_product") -> pd.Series:
    chosen = table[(table["convention"] == convention) & (table["grain"] == grain)]
    return chosen.groupby("effect")["amount"].sum()


PUBLISHED = (
    [("A", 10, 1000), ("B", 15, 800), ("C", 20, 500)],
    [("A", 11, 1000), ("B", 15, 700), ("C", 23, 800)],
)


def test_the_published_example():
    found = sums(review.bridge(two_years(*PUBLISHED), window=YEAR))
    assert found["price"] == pytest.approx(3400)
    assert found["volume"] == pytest.approx(2782.61, abs=0.01)
    assert found["mix"] == pytest.approx(1717.39, abs=0.01)


def test_the_midpoint_prices_the_mean_quantity_and_shapley_averages_six_orders():
    table = review.bridge(two_years(*PUBLISHED), window=YEAR)
    assert sums(table, convention="midpoint")["price"] == pytest.approx(1 * 1000 + 3 * 650)
    # by hand for C alone: Q 2300 -> 2500, s .2174 -> .32, p 20 -> 23, one third of each corner pair
    total, share, price = (2300, 2500), np.array([[1000, 800, 500], [1000, 700, 800]]), ((10, 15, 20), (11, 15, 23))
    s0, s1 = share[0] / 2300, share[1] / 2500
    p0, p1 = map(np.array, price)
    volume = (total[1] - total[0]) * ((s0 * p0 + s1 * p1) / 3 + (s0 * p1 + s1 * p0) / 6)
    assert sums(table, convention="shapley")["volume"] == pytest.approx(volume.sum(), abs=0.02)


line = st.tuples(
    st.sampled_from(["2024-03", "2024-11", "2025-03", "2025-11"]),
    st.sampled_from(["A1", "A2", "B1", "B2", "C1"]),
    st.sampled_from(["x", "y"]),
    st.integers(-5, 500),
    st.integers(-(10**6), 10**11),
)


@given(st.lists(line, max_size=25))
def test_the_effects_sum_to_the_change_to_the_cent(rows):
    frame = panel([("2024-01", "A1", "x", 0, 0), *rows])
    table = review.bridge(frame, window=YEAR)
    years = frame.groupby(frame["period"].str[:4])["net_sales_cents"].sum()
    change = int(years.get("2025", 0)) - int(years.get("2024", 0))
    cents = (table["amount"] * 100).round().astype("int64")
    for _, amounts in cents.groupby([table["convention"], table["grain"]]):
        assert int(amounts.sum()) == change


@given(st.lists(line, min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, chance):
    frame = panel([("2024-01", "A1", "x", 0, 0), *rows])
    order = list(range(len(frame)))
    chance.shuffle(order)
    pd.testing.assert_frame_equal(
        review.bridge(frame, window=YEAR), review.bridge(frame.iloc[order].reset_index(drop=True), window=YEAR)
    )


product = st.tuples(st.integers(1, 400), st.integers(1, 10**5), st.integers(1, 10**5))


@given(st.lists(product, min_size=1, max_size=8))
def test_equal_prices_give_no_price_effect(products):
    rows = [("2024-12", f"P{i}", "x", q0, p * q0) for i, (p, q0, _) in enumerate(products)]
    rows += [("2025-12", f"P{i}", "x", q1, p * q1) for i, (p, _, q1) in enumerate(products)]
    table = review.bridge(panel([("2024-01", "P0", "x", 0, 0), *rows]), window=YEAR)
    assert (table.loc[table["effect"] == "price", "amount"] == 0).all()


@given(st.lists(product, min_size=1, max_size=8))
def test_equal_quantities_give_neither_volume_nor_mix(products):
    rows = [("2024-12", f"P{i}", "x", q, r0) for i, (q, r0, _) in enumerate(products)]
    rows += [("2025-12", f"P{i}", "x", q, r1) for i, (q, _, r1) in enumerate(products)]
    table = review.bridge(panel([("2024-01", "P0", "x", 0, 0), *rows]), window=YEAR)
    assert (table.loc[table["effect"].isin(["volume", "mix"]), "amount"].abs() == 0).all()


def test_swapping_the_years_negates_the_total_and_the_midpoint_effects():
    there, back = (review.bridge(two_years(*pair), window=YEAR) for pair in (PUBLISHED, (PUBLISHED[1], PUBLISHED[0])))
    for effect in ("price", "volume", "mix"):
        assert sums(there, convention="midpoint")[effect] == pytest.approx(
            -sums(back, convention="midpoint")[effect], abs=0.03
        )


def test_splitting_a_product_into_twins_changes_nothing():
    twins = [[(n + k, p, q / 2) for n, p, q in side for k in "12"] for side in PUBLISHED]
    one, two = (sums(review.bridge(two_years(*sides), window=YEAR)) for sides in (PUBLISHED, twins))
    np.testing.assert_allclose(one, two.reindex(one.index), atol=0.03)


def test_new_lost_and_other_keys_stand_apart():
    frame = panel(
        [
            ("2024-01", "A", "x", 10, 1000),
            ("2025-01", "A", "x", 10, 1000),
            ("2024-05", "L", "x", 4, 400),
            ("2025-05", "N", "x", 5, 700),
            ("2025-06", "R", "x", 0, -300),
            # sold out: what comes back later is no part of what was lost
            ("2024-07", "M", "x", 2, 600),
            ("2025-07", "M", "x", -1, -150),
        ]
    )
    found = sums(review.bridge(frame, window=YEAR))
    assert found.to_dict() == {"lost": -10.0, "mix": 0.0, "new": 7.0, "other": -4.5, "price": 0.0, "volume": 0.0}


def test_the_year_so_far_is_held_against_the_same_months():
    window = review.window("2026Q2", calendar=CALENDAR)
    frame = panel([("2025-01", "A", "x", 1, 100), ("2025-12", "A", "x", 9, 900), ("2026-06", "A", "x", 2, 150)])
    table = review.bridge(frame, window=window)
    assert table["amount"].sum() == pytest.approx(0.5 * 6)
    assert set(zip(table["from_period"], table["to_period"], table["window"], strict=True)) == {
        ("2025", "2026", "2026-01/2026-06")
    }


def test_without_a_year_before_the_amounts_are_missing_and_it_says_so():
    table = review.bridge(panel([("2025-02", "A", "x", 1, 100)]), window=YEAR)
    assert table["amount"].isna().all()
    for language in ("en", "zh"):
        finding = review.say_bridge(table, pd.DataFrame(), words=words(language))
        assert finding.checks[0].passed is None
