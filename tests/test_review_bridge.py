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
from tests.conftest import fewer

CALENDAR = FiscalCalendar()
YEAR = review.window("2025Q4", calendar=CALENDAR)


def sides_of(rows) -> pd.DataFrame:
    """(side, customer, product_id, channel, quantity, net_sales_cents[, kind]) as product_sides; the category is the
    product's first letter, the part of the customers the customer itself."""
    columns = ["side", "part", "product_id", "channel", "quantity", "net_sales_cents", "kind"]
    frame = pd.DataFrame([(*row, "sale")[:7] for row in rows], columns=columns)
    frame["product"] = frame["product_id"].str[:1]
    both = frame.groupby("part")["side"].transform("nunique") == 2
    frame["status"] = np.where(both, "kept", np.where(frame["side"] == "later", "new", "lost"))
    return frame.astype({"quantity": "float64", "net_sales_cents": "float64", "part": "int64"})


def two_years(before, after) -> pd.DataFrame:
    """Products as (name, price in units, quantity) a year earlier and now, all bought by one customer."""
    rows = [("earlier", 0, n, "x", q, round(p * q * 100)) for n, p, q in before]
    return sides_of(rows + [("later", 0, n, "x", q, round(p * q * 100)) for n, p, q in after])


def sums(table: pd.DataFrame, *, convention: str = "sequential", grain: str = "by_product") -> pd.Series:
    chosen = table[(table["convention"] == convention) & (table["grain"] == grain)]
    return chosen.groupby("effect")["amount"].sum()


PUBLISHED = (
    [("A", 10, 1000), ("B", 15, 800), ("C", 20, 500)],
    [("A", 11, 1000), ("B", 15, 700), ("C", 23, 800)],
)


def test_the_published_example():
    found = sums(review.causes.bridge(two_years(*PUBLISHED), window=YEAR))
    assert found["price"] == pytest.approx(3400)
    assert found["volume"] == pytest.approx(2782.61, abs=0.01)
    assert found["mix"] == pytest.approx(1717.39, abs=0.01)


def test_the_midpoint_prices_the_mean_quantity_and_shapley_averages_six_orders():
    table = review.causes.bridge(two_years(*PUBLISHED), window=YEAR)
    assert sums(table, convention="midpoint")["price"] == pytest.approx(1 * 1000 + 3 * 650)
    # by hand for C alone: Q 2300 -> 2500, s .2174 -> .32, p 20 -> 23, one third of each corner pair
    total, share, price = (2300, 2500), np.array([[1000, 800, 500], [1000, 700, 800]]), ((10, 15, 20), (11, 15, 23))
    s0, s1 = share[0] / 2300, share[1] / 2500
    p0, p1 = map(np.array, price)
    volume = (total[1] - total[0]) * ((s0 * p0 + s1 * p1) / 3 + (s0 * p1 + s1 * p0) / 6)
    assert sums(table, convention="shapley")["volume"] == pytest.approx(volume.sum(), abs=0.02)


line = st.tuples(
    st.sampled_from(["earlier", "later"]),
    st.integers(0, 6),
    st.sampled_from(["A1", "A2", "B1", "B2", "C1"]),
    st.sampled_from(["x", "y"]),
    st.integers(-5, 500),
    st.integers(-(10**6), 10**11),
    st.sampled_from(["sale", "sale", "sale", "return", "fee"]),
)
BOTH = [("earlier", 9, "A1", "x", 0, 0), ("later", 9, "A1", "x", 0, 0)]


@given(st.lists(line, max_size=25))
def test_i12_the_effects_sum_to_the_change_to_the_cent(rows):
    frame = sides_of([*BOTH, *rows])
    table = review.causes.bridge(frame, window=YEAR)
    years = frame.groupby("side")["net_sales_cents"].sum()
    change = int(years["later"]) - int(years["earlier"])
    cents = (table["amount"] * 100).round().astype("int64")
    if table.empty:
        assert change == 0
    for _, amounts in cents.groupby([table["convention"], table["grain"]]):
        assert int(amounts.sum()) == change


@fewer
@given(st.lists(line, min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, chance):
    frame = sides_of([*BOTH, *rows])
    order = list(range(len(frame)))
    chance.shuffle(order)
    again = frame.iloc[order].reset_index(drop=True)
    for made in (lambda sides: review.causes.bridge(sides, window=YEAR), effects_of):
        pd.testing.assert_frame_equal(made(frame), made(again))


product = st.tuples(st.integers(1, 400), st.integers(1, 10**5), st.integers(1, 10**5))


@given(st.lists(product, min_size=1, max_size=8))
def test_equal_prices_give_no_price_effect(products):
    rows = [("earlier", 0, f"P{i}", "x", q0, p * q0) for i, (p, q0, _) in enumerate(products)]
    rows += [("later", 0, f"P{i}", "x", q1, p * q1) for i, (p, _, q1) in enumerate(products)]
    table = review.causes.bridge(sides_of(rows), window=YEAR)
    assert (table.loc[table["effect"].eq("price") & table["grain"].ne("by_category"), "amount"] == 0).all()


@given(st.lists(product, min_size=1, max_size=8))
def test_equal_quantities_give_neither_volume_nor_mix(products):
    rows = [("earlier", 0, f"P{i}", "x", q, r0) for i, (q, r0, _) in enumerate(products)]
    rows += [("later", 0, f"P{i}", "x", q, r1) for i, (q, _, r1) in enumerate(products)]
    table = review.causes.bridge(sides_of(rows), window=YEAR)
    assert (table.loc[table["effect"].isin(["volume", "mix"]), "amount"].abs() == 0).all()


def test_swapping_the_years_negates_the_total_and_the_midpoint_effects():
    there, back = (
        review.causes.bridge(two_years(*pair), window=YEAR) for pair in (PUBLISHED, (PUBLISHED[1], PUBLISHED[0]))
    )
    for convention in ("midpoint", "log_mean"):
        one, other = (sums(table, convention=convention) for table in (there, back))
        for effect in ("price", "volume", "mix"):
            assert one[effect] == pytest.approx(-other[effect], abs=0.03)


def test_splitting_a_product_into_twins_changes_nothing():
    twins = [[(n + k, p, q / 2) for n, p, q in side for k in "12"] for side in PUBLISHED]
    tables = [review.causes.bridge(two_years(*sides), window=YEAR) for sides in (PUBLISHED, twins)]
    for convention in ("sequential", "midpoint", "shapley", "log_mean"):
        one, two = (sums(table, convention=convention) for table in tables)
        np.testing.assert_allclose(one, two.reindex(one.index), atol=0.03)


def test_customers_returns_and_products_on_one_side_stand_apart():
    frame = sides_of(
        [
            ("earlier", 1, "A", "x", 10, 1000),
            ("later", 1, "A", "x", 10, 1000),
            ("earlier", 1, "L", "x", 4, 400),
            ("later", 1, "N", "x", 5, 700),
            ("later", 1, "R", "x", 0, -300, "fee"),
            # sold out: what comes back later is no part of what was lost
            ("earlier", 1, "M", "x", 2, 600),
            ("later", 1, "M", "x", -1, -150, "return"),
            ("earlier", 2, "A", "x", 3, 310),
            ("later", 3, "A", "x", 1, 90),
            ("later", 3, "A", "x", -1, -40, "return"),
        ]
    )
    found = sums(review.causes.bridge(frame, window=YEAR))
    assert found[found != 0].to_dict() == {
        "lost": -10.0,
        "lost_customers": -3.1,
        "new": 7.0,
        "new_customers": 0.5,
        "other": -3.0,
        "returns": -1.5,
    }


def many_customers(*, price: float, quantity: float, scatter: float, seed: int) -> pd.DataFrame:
    """Eighty customers who buy five products at list prices, later changed by these factors."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(80):
        for at in range(5):
            units = rng.lognormal(3, 1)
            later = units * quantity * rng.lognormal(-(scatter**2) / 2, scatter)
            rows.append(("earlier", customer % 20, f"P{at}", "x", units, 1000 * units * (at + 1)))
            rows.append(("later", customer % 20, f"P{at}", "x", later, 1000 * later * (at + 1) * price))
    return sides_of(rows)


def effects_of(sides: pd.DataFrame) -> pd.DataFrame:
    return review.causes.bridge_effects(review.causes.bridge(sides, window=YEAR), sides, window=YEAR)


def effect(table: pd.DataFrame, name: str) -> pd.Series:
    shown = table[(table["convention"] == "midpoint") & (table["grain"] == "by_product") & (table["effect"] == name)]
    return shown.iloc[0]


def test_a_price_rise_is_more_than_chance_though_quantities_scatter():
    table = effects_of(many_customers(price=1.04, quantity=1.0, scatter=0.4, seed=1))
    price = effect(table, "price")
    assert price["verdict"] == "differs"
    assert price["low"] < price["amount"] < price["high"]
    assert effect(table, "returns")["verdict"] == "cannot_tell"
    assert effect(table, "volume")["by_convention"] == "steady"


def test_what_came_or_went_is_not_held_against_nothing():
    table = effects_of(many_customers(price=1.04, quantity=1.0, scatter=0.4, seed=1))
    one_way = table[table["effect"].isin(["new", "lost", "new_customers", "lost_customers"])]
    assert (one_way["verdict"] == "cannot_tell").all()
    assert one_way["p_value"].isna().all()


def test_chance_alone_seldom_differs():
    worlds = (many_customers(price=1, quantity=1, scatter=0.4, seed=seed) for seed in range(40))
    claimed = [effect(effects_of(w), "volume")["verdict"] for w in worlds]
    assert claimed.count("differs") <= 7  # 5 % of 40 are 2; above 7 lies chance 0.001


def test_an_effect_whose_sign_hangs_on_the_convention_says_so():
    # more is sold of what fell in price: at old prices sales grew by mix, at new ones they shrank
    table = effects_of(two_years([("A", 10, 100), ("B", 20, 100)], [("A", 22, 60), ("B", 6, 140)]))
    moot = table.loc[table["by_convention"] == "changes_sign", "effect"].unique().tolist()
    assert "mix" in moot
    assert (table["verdict"] == "cannot_tell").all()


def test_without_a_year_before_the_amounts_are_missing_and_it_says_so():
    sides = sides_of([("later", 1, "A", "x", 1, 100)])
    table, effects = review.causes.bridge(sides, window=YEAR), effects_of(sides)
    assert table["amount"].isna().all()
    assert effects.empty
    for language in ("en", "zh"):
        finding = review.causes.say_bridge(table, sides, effects=effects, kpis=pd.DataFrame(), words=words(language))
        assert finding.checks[0].passed is None
