"""The driver tree and the market: planted truth, exact sums, words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import facts, review, stats
from salesplan.periods import FiscalCalendar
from salesplan.words import LANGUAGES, words
from tests.test_facts import as_table, order_lines

CALENDAR = FiscalCalendar()
YEAR = review.window("2024Q4", calendar=CALENDAR)
SIDES = {"months": YEAR.months, "earlier": YEAR.earlier}
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


def flows(rows) -> pd.DataFrame:
    """(member, status, customers, orders before, after, quantity before, after, cents before, after) of the total."""
    columns = ["member", "status", "customers", "orders_earlier", "orders_later"]
    columns += ["quantity_earlier", "quantity_later", "net_sales_cents_earlier", "net_sales_cents_later"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.insert(0, "dimension", "total")
    return frame


def test_ten_per_cent_more_orders_at_the_same_size_is_all_orders_per_customer():
    table = review.causes.drivers(flows([("total", "kept", 50, 100, 110, 1000, 1100, 10_000, 11_000)]), window=YEAR)
    every = table[table["status"] == "all"].set_index("driver")["amount"]
    assert every.to_dict() == {"customers": 0, "orders_per_customer": 10, "units_per_order": 0, "price_per_unit": 0}
    kept = table[table["status"] == "kept"]
    assert kept["amount"].sum() == 10
    assert "customers" not in set(kept["driver"])


def test_customers_won_and_lost_stand_beside_those_kept():
    rows = [
        ("total", "kept", 40, 80, 80, 800, 800, 8_000, 8_800),
        ("total", "lost", 10, 20, 0, 200, 0, 2_000, 0),
        ("total", "new", 5, 0, 5, 0, 50, 0, 700),
        ("total", "regained", 1, 0, 1, 0, 10, 0, 100),
    ]
    table = review.causes.drivers(flows(rows), window=YEAR)
    by = table[table["status"] != "all"].groupby("status")["amount"].sum()
    assert by.to_dict() == {"kept": 8.0, "lost": -20.0, "new": 7.0, "regained": 1.0}
    kept = table[table["status"] == "kept"].set_index("driver")["amount"]
    assert kept["price_per_unit"] == 8.0
    counts = table[(table["driver"] == "customers")].set_index("status")[["before", "after"]]
    assert counts.loc["all"].tolist() == [50, 46]
    assert counts.loc["lost"].tolist() == [10, 0]


amount = st.integers(0, 10**12)
count = st.integers(0, 10**6)


@given(st.lists(st.tuples(st.sampled_from(["kept", "lost", "new", "regained"]), count, count, amount, amount),
                min_size=1, max_size=4, unique_by=lambda row: row[0]))  # fmt: skip
def test_both_trees_add_up_to_the_cent(rows):
    gone = {"lost": (1, 0), "new": (0, 1), "regained": (0, 1), "kept": (1, 1)}
    given_rows = [
        ("total", s, 7, n * gone[s][0], m * gone[s][1], n * 3 * gone[s][0], m * 2 * gone[s][1],
         a * gone[s][0], b * gone[s][1])
        for s, n, m, a, b in rows
    ]  # fmt: skip
    frame = flows(given_rows)
    table = review.causes.drivers(frame, window=YEAR)
    change = int(frame["net_sales_cents_later"].sum() - frame["net_sales_cents_earlier"].sum())
    whole = (table["amount"] * 100).round().astype("int64").groupby(table["status"].eq("all")).sum()
    assert (whole == change).all()


@given(st.lists(st.tuples(*[st.floats(1e-3, 1e6)] * 2), min_size=1, max_size=6))
def test_log_mean_parts_sum_to_the_change_and_turn_with_it(pairs):
    before, after = np.array(pairs).T
    there, back = stats.log_mean_parts(before, after), stats.log_mean_parts(after, before)
    assert there.sum() == pytest.approx(
        after.prod() - before.prod(), rel=1e-9, abs=1e-9 * max(after.prod(), before.prod())
    )
    np.testing.assert_allclose(there, -back, rtol=1e-9, atol=1e-9 * max(after.prod(), before.prod()))


def test_nothing_sold_on_one_side_cannot_be_divided_and_says_so():
    assert np.isnan(stats.log_mean_parts([1.0, 0.0], [1.0, 2.0])).all()
    table = review.causes.drivers(flows([("total", "new", 3, 0, 4, 0, 5, 0, 900)]), window=YEAR)
    every = table[table["status"] == "all"].iloc[0]
    assert (every["driver"], every["amount"]) == ("other", 9.0)


def test_flows_and_sides_hold_every_line_of_both_windows():
    lines = order_lines()
    orders = as_table(lines)
    month = pd.to_datetime(lines["order_date"]).dt.strftime("%Y-%m")
    net = lines["net_sales"].astype(float)
    now, then = (net[month.isin(SIDES[side])].sum() for side in ("months", "earlier"))
    found = facts.customer_flows(orders, calendar=CALENDAR, **SIDES)
    for _, part in found.groupby("dimension"):
        assert part["net_sales_cents_later"].sum() == pytest.approx(100 * now)
        assert part["net_sales_cents_earlier"].sum() == pytest.approx(100 * then)
    total = found[found["dimension"] == "total"].set_index("status")
    who = [set(lines.loc[month.isin(SIDES[side]), "customer_id"]) for side in ("months", "earlier")]
    assert total.loc["kept", "customers"] == len(who[0] & who[1])
    assert set(found["dimension"]) == {"total", "product", "region", "customer_group", "channel"}
    sides = facts.product_sides(orders, calendar=CALENDAR, **SIDES)
    assert sides.groupby("side")["net_sales_cents"].sum().to_dict() == pytest.approx(
        {"later": 100 * now, "earlier": 100 * then}
    )
    assert sides["part"].between(0, 19).all()


def test_a_customer_who_came_back_is_not_new():
    lines = order_lines().iloc[:6].assign(customer_id=list("aabbcd"), quantity=[1, 1, 1, 1, 1, -1.0])
    days = ["2022-05-01", "2024-05-01", "2023-05-01", "2024-05-01", "2024-06-01", "2023-06-01"]
    orders = as_table(lines.assign(order_date=[pd.Timestamp(d).date() for d in days]))
    found = facts.customer_flows(orders, calendar=CALENDAR, **SIDES)
    total = found[found["dimension"] == "total"].set_index("status")["customers"]
    assert total.to_dict() == {"kept": 1, "lost": 1, "new": 1, "regained": 1}
    assert "return" in set(facts.product_sides(orders, calendar=CALENDAR, **SIDES)["kind"])


def sizes(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["period", "dimension", "member", "market_size_cents"])


def cube_of(rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["period", "product", "net_sales_cents"])
    return frame.assign(region="all", customer_group="all", channel="all")


CUBE = cube_of(
    [("2023-05", "A", 1000_00), ("2023-05", "B", 500_00), ("2024-05", "A", 1100_00), ("2024-05", "B", 400_00)]
)
SIZES = sizes(
    [("2023", "total", "total", 10_000_00), ("2024", "total", "total", 11_000_00)]
    + [(f"2023Q{q}", "product", "A", 1000_00) for q in (1, 2, 3, 4)]
    + [(f"2024Q{q}", "product", "A", 1100_00) for q in (1, 2, 3, 4)]
    + [("2024", "product", "B", 100_00)]
)


def test_what_the_market_brought_and_what_share_did_add_up_to_the_change():
    table = review.causes.market_share(CUBE, SIZES, window=YEAR, calendar=CALENDAR)
    own = table.set_index("member")
    assert own.index.tolist() == ["total", "A"]  # of B no size is known a year earlier
    assert own.loc["A", ["market_effect", "share_effect"]].tolist() == pytest.approx([100, 0])
    assert own.loc["total", "market_effect"] + own.loc["total", "share_effect"] == pytest.approx(0)
    assert own.loc["total", "market_effect"] == pytest.approx(1500 * np.log(1.1), abs=0.01)
    assert own.loc["total", "share"] == pytest.approx(1500 / 11_000)


@pytest.mark.parametrize("language", LANGUAGES)
def test_they_say_it_in_both_languages(language):
    speaker = words(language)
    table = review.causes.market_share(CUBE, SIZES, window=YEAR, calendar=CALENDAR)
    told = review.causes.say_market_share(table, words=speaker)
    assert speaker.share(0.1, signed=True) in told.text
    unknown = review.causes.market_share(CUBE, None, window=YEAR, calendar=CALENDAR)
    nothing = review.causes.say_market_share(unknown, words=speaker)
    assert nothing.checks[0].passed is None
    rows = [("total", "kept", 4, 8, 8, 80, 80, 800, 880), ("total", "lost", 1, 2, 0, 20, 0, 200, 0)]
    tree = review.causes.drivers(flows(rows), window=YEAR)
    finding = review.causes.say_drivers(tree, flows(rows), words=speaker)
    assert finding.checks[0].passed
    steps = review.causes.driver_steps(tree, flows(rows))
    assert steps["amount"].iloc[0] + steps["amount"].iloc[1:-1].sum() == pytest.approx(steps["amount"].iloc[-1])
    off = review.causes.say_drivers(tree.assign(amount=1.0), flows(rows), words=speaker)
    assert off.checks[0].passed is False
