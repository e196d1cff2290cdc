"""The frames that leave the engine: equal to plain pandas on small tables, exact to the cent, blind to row order."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
import pytest

from salesplan import facts
from salesplan.periods import FiscalCalendar

CALENDAR = FiscalCalendar()
# ibis still calls a name that newer duckdb renamed
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


def order_lines(n: int = 400, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    days = pd.to_datetime("2023-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D")
    order = rng.integers(0, n // 2, n)
    product = rng.integers(1, 9, n)
    return pd.DataFrame(
        {
            "order_id": [f"o{o}" for o in order],
            "line_no": [str(i) for i in range(n)],
            "order_date": [d.date() for d in days],
            "customer_id": [f"c{o % 23}" for o in order],
            "product_id": [f"p{p}" for p in product],
            "product": [f"cat{p % 3}" for p in product],
            "region": rng.choice(["north", "south", "unassigned"], n),
            "customer_group": rng.choice(["a", "b"], n),
            "channel": rng.choice(["direct", "online"], n),
            "rep_id": [None if r == 0 else f"r{r}" for r in rng.integers(0, 4, n)],
            "quantity": rng.integers(1, 20, n).astype(float),
            "net_sales": [Decimal(int(c)) / 100 for c in rng.integers(-500, 90000, n)],
            "list_price": [Decimal(int(c)) / 100 for c in rng.integers(1000, 9000, n)],
            "discount": [Decimal(int(c)) / 100 for c in rng.integers(0, 900, n)],
            "cost": [Decimal(int(c)) / 100 for c in rng.integers(0, 60000, n)],
            "promotion": None,
            "currency": "CNY",
            "order_type": "sale",
        }
    )


_KEYS = "order_id line_no customer_id product_id product region customer_group channel rep_id"
SCHEMA = {
    **dict.fromkeys([*_KEYS.split(), "promotion", "currency", "order_type"], "string"),
    **dict.fromkeys(("order_date", "invoice_date", "due_date"), "date"),
    "quantity": "float64",
    **dict.fromkeys(("net_sales", "list_price", "discount", "cost"), "decimal(38, 2)"),
}


def as_table(frame: pd.DataFrame):
    """The same lines on DuckDB, in memory."""
    con = ibis.duckdb.connect()
    return con.create_table("orders", ibis.memtable(frame, schema={c: SCHEMA[c] for c in frame.columns}))


def in_whole_cents(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        cents=[int(v * 100) for v in frame["net_sales"]],
        cost_c=[int(v * 100) for v in frame["cost"]],
        list_c=[round(float(p) * q * 100) for p, q in zip(frame["list_price"], frame["quantity"], strict=True)],
        month=[f"{d:%Y-%m}" for d in frame["order_date"]],
        year=[f"{d:%Y}" for d in frame["order_date"]],
    )


@pytest.fixture(scope="module")
def lines():
    return order_lines()


@pytest.fixture(scope="module")
def orders(lines):
    return as_table(lines)


def test_cube_equals_pandas(orders, lines):
    cube = facts.monthly_cube(orders, calendar=CALENDAR)
    keys = ["month", "product", "region", "customer_group", "channel"]
    plain = in_whole_cents(lines).groupby(keys).agg(
        net=("cents", "sum"), quantity=("quantity", "sum"), cost=("cost_c", "sum"), listed=("list_c", "sum"),
        orders=("order_id", "nunique"), customers=("customer_id", "nunique"), lines=("line_no", "size"),
    ).reset_index()  # fmt: skip
    assert cube["net_sales_cents"].dtype == "float64"
    assert cube["cost_cents"].dtype == "float64"
    for left, right in {
        "period": "month",
        "net_sales_cents": "net",
        "cost_cents": "cost",
        "list_cents": "listed",
    }.items():
        assert cube[left].tolist() == plain[right].tolist()
    for column in ("quantity", "orders", "customers", "lines", "region"):
        assert cube[column].tolist() == plain[column].tolist()


def test_d23_cube_without_costs_is_missing_not_zero(orders):
    unknown = ibis.null("decimal(38, 2)")
    cube = facts.monthly_cube(orders.mutate(cost=unknown, list_price=unknown), calendar=CALENDAR)
    assert cube["cost_cents"].isna().all()
    assert cube["list_cents"].isna().all()


def test_row_order_changes_nothing(orders, lines):
    shuffled = as_table(lines.sample(frac=1, random_state=3))
    of_prices = (facts.price_panel, facts.price_moves, facts.price_spread)
    for fact in (facts.monthly_cube, facts.period_totals, facts.customer_years, *of_prices):
        pd.testing.assert_frame_equal(fact(orders, calendar=CALENDAR), fact(shuffled, calendar=CALENDAR))
    pd.testing.assert_frame_equal(facts.customer_summary(orders), facts.customer_summary(shuffled))


def test_money_is_exact_beyond_what_floats_hold():
    frame = order_lines(3).assign(
        order_date=dt.date(2024, 1, 5), net_sales=[Decimal("90071992547409.93"), Decimal("0.01"), Decimal("0.02")]
    )
    totals = facts.period_totals(as_table(frame), calendar=CALENDAR)
    assert totals["net_sales_cents"].tolist() == [9007199254740996] * 3


def test_period_totals_add_up_and_count_new_customers(orders, lines):
    totals = facts.period_totals(orders, calendar=CALENDAR)
    sums = totals.groupby("level")[["net_sales_cents", "cost_cents", "new_customers"]].sum()
    assert sums["net_sales_cents"].nunique() == 1
    assert (sums["new_customers"] == lines["customer_id"].nunique()).all()
    year = totals.query("period == '2024'").iloc[0]
    of_year = in_whole_cents(lines).query("year == '2024'")
    assert year["customers"] == of_year["customer_id"].nunique()
    assert year["orders"] == of_year["order_id"].nunique()
    assert year["costed_sales_cents"] == year["net_sales_cents"] == of_year["cents"].sum()


def test_fiscal_weeks_decide_the_period():
    calendar = FiscalCalendar(start_month=7, pattern="445")
    frame = order_lines(300)
    cube = facts.monthly_cube(as_table(frame), calendar=calendar)
    expected = in_whole_cents(frame).assign(p=[calendar.period_of(d) for d in frame["order_date"]])
    assert cube.groupby("period")["net_sales_cents"].sum().to_dict() == expected.groupby("p")["cents"].sum().to_dict()


def test_customer_frames(orders, lines):
    plain = in_whole_cents(lines)
    summary = facts.customer_summary(orders).set_index("customer_id")
    assert summary["net_sales_cents"].to_dict() == plain.groupby("customer_id")["cents"].sum().to_dict()
    assert summary["first_order"].dt.date.to_dict() == plain.groupby("customer_id")["order_date"].min().to_dict()
    by_region = plain.groupby(["customer_id", "region"])["cents"].sum().reset_index()
    main = by_region.sort_values(["cents", "region"], ascending=[False, True]).drop_duplicates("customer_id")
    assert summary["region"].to_dict() == main.set_index("customer_id")["region"].to_dict()
    years = facts.customer_years(orders, calendar=CALENDAR)
    assert not years.duplicated(["year", "customer_id"]).any()
    assert years["net_sales_cents"].sum() == plain["cents"].sum()
    months = facts.customer_months(orders, calendar=CALENDAR)
    expected = plain.groupby(["month", "customer_id"])["order_id"].nunique()
    assert months["orders"].tolist() == expected.tolist()


def test_cohorts_keep_every_cent(orders, lines):
    plain = in_whole_cents(lines)
    cohorts = facts.cohorts(orders, calendar=CALENDAR)
    assert cohorts["net_sales_cents"].sum() == plain["cents"].sum()
    start = plain.groupby("customer_id")["year"].min()
    assert cohorts.query("cohort == year").set_index("year")["customers"].to_dict() == start.value_counts().to_dict()


def test_product_and_price_frames(orders, lines):
    plain = in_whole_cents(lines)
    panel = facts.price_panel(orders, calendar=CALENDAR)
    grouped = plain.groupby(["month", "product_id", "product", "channel"])
    assert panel["list_cents"].tolist() == grouped["list_c"].sum().tolist()
    assert panel["quantity"].tolist() == grouped["quantity"].sum().tolist()
    moves = facts.price_moves(orders, calendar=CALENDAR)
    sold = plain[(plain["quantity"] > 0) & (plain["cents"] > 0)]
    assert moves["lines"].sum() == len(sold)
    logs = np.log(sold["net_sales"].astype(float) / sold["quantity"])
    np.testing.assert_allclose((moves["log_price"] * moves["lines"]).sum(), logs.sum())
    months = facts.product_months(orders, calendar=CALENDAR)
    assert months["net_sales_cents"].sum() == plain["cents"].sum()
    ratio = plain.assign(r=plain["net_sales"].astype(float) / plain["quantity"] / plain["list_price"].astype(float))
    spread = facts.price_spread(orders, calendar=CALENDAR)
    found = ratio.groupby(["year", "product_id"])["r"]
    np.testing.assert_allclose(spread["mid"], found.median())
    np.testing.assert_allclose(spread["high"], found.quantile(0.9))
    np.testing.assert_allclose(
        spread["outside_share"], found.apply(lambda r: ((r - r.median()).abs() > 0.1 * r.median()).mean())
    )


def test_basket_pairs_and_first_baskets(orders, lines):
    baskets = lines.groupby("order_id")["product_id"].agg(set)
    pairs = facts.basket_pairs(orders, minimum=3)
    assert len(pairs)
    for row in pairs.itertuples():
        assert row.both == sum({row.left, row.right} <= b for b in baskets) >= 3
        assert row.left_orders == sum(row.left in b for b in baskets)
        assert row.right_orders == sum(row.right in b for b in baskets)
        assert row.left < row.right
    assert (pairs["all_orders"] == len(baskets)).all()
    first = lines.groupby("customer_id")["order_date"].transform("min")
    opening = lines[lines["order_date"] == first].groupby("product_id")["customer_id"].nunique()
    table = facts.first_baskets(orders).set_index("product_id")
    assert table["first_customers"].to_dict() == opening.reindex(table.index, fill_value=0).to_dict()


def test_cumulative_share(orders, lines):
    shares = facts.cumulative_share(orders, calendar=CALENDAR, period="2024")
    assert shares["share"].sum() == pytest.approx(1)
    assert shares["net_sales_cents"].is_monotonic_decreasing
    assert shares["cumulative_share"].iloc[-1] == pytest.approx(1)


def test_windows_are_first_to_last_day(orders, lines):
    windows = pd.DataFrame(
        {
            "dimension": ["total", "rep_id", "region", "rep_id", "planet"],
            "member": ["total", "r1", "north", "r99", "mars"],
            "start": pd.to_datetime(["2023-02-14", "2023-02-14", "2023-05-31", "2023-02-14", "2023-02-14"]),
            "end": pd.to_datetime(["2023-08-30", "2024-08-30", "2023-08-30", "2023-08-30", "2023-08-30"]),
        }
    )
    found = facts.window_sales(orders, windows=windows).set_index("dimension")["net_sales_cents"]
    plain = in_whole_cents(lines).assign(d=pd.to_datetime(lines["order_date"]))
    assert found["total"] == plain[plain["d"].between("2023-02-14", "2023-08-30")]["cents"].sum()
    of_north = plain[(plain["region"] == "north") & plain["d"].between("2023-05-31", "2023-08-30")]
    assert found["region"] == of_north["cents"].sum()
    of_rep = plain[(plain["rep_id"] == "r1") & plain["d"].between("2023-02-14", "2024-08-30")]
    assert set(found["rep_id"]) == {of_rep["cents"].sum(), 0}
    assert "planet" not in found.index


def test_rep_months_leave_out_lines_without_one(orders, lines):
    found = facts.rep_months(orders, calendar=CALENDAR)
    named = in_whole_cents(lines)[lines["rep_id"].notna()]
    assert (
        found.groupby("rep_id")["net_sales_cents"].sum().to_dict() == named.groupby("rep_id")["cents"].sum().to_dict()
    )


def billed_lines(**dates: list[object]):
    """Three orders of 10, 20 and 40, the first in two lines."""
    frame = order_lines(4).assign(
        order_id=["o1", "o1", "o2", "o3"],
        order_date=[dt.date(2024, 1, 5), dt.date(2024, 1, 5), dt.date(2024, 2, 5), dt.date(2024, 3, 5)],
        net_sales=[Decimal(4), Decimal(6), Decimal(20), Decimal(40)],
        invoice_date=dates.get("invoice_date", [None] * 4),
        due_date=dates.get("due_date", [None] * 4),
    )
    return as_table(frame)


INVOICED = [dt.date(2024, m, 10) for m in (1, 1, 2, 3)]
DUE = [dt.date(2024, 2, 9), dt.date(2024, 2, 9), dt.date(2024, 3, 11), dt.date(2024, 4, 9)]
PAID = pd.DataFrame(
    {
        "order_id": ["o1", "o1", "o2"],
        "payment_date": pd.to_datetime(["2024-02-01", "2024-03-15", "2024-03-20"]),
        "amount_cents": [600, 500, 1500],
    }
)


def test_collections_by_month():
    lines = billed_lines(invoice_date=INVOICED, due_date=DUE)
    found = facts.collections_by_month(lines, PAID, calendar=CALENDAR).set_index("period")
    assert found.index.tolist() == ["2024-01", "2024-02", "2024-03"]
    assert found["due_cents"].tolist() == [0, 1000, 2000]
    assert found["invoiced_cents"].tolist() == [1000, 2000, 4000]
    assert found["collected_cents"].tolist() == [0, 600, 2000]


def test_only_what_was_invoiced_counts_and_without_invoices_every_line_by_its_order_date():
    cash = billed_lines(invoice_date=[None, None, *INVOICED[2:]])
    assert facts.collections_by_month(cash, PAID, calendar=CALENDAR)["invoiced_cents"].tolist() == [2000, 4000]
    plain = facts.collections_by_month(billed_lines(), PAID, calendar=CALENDAR)
    assert plain["invoiced_cents"].tolist() == [1000, 2000, 4000]
    assert plain["due_cents"].isna().all()


def test_payments_count_up_to_their_order():
    lines = billed_lines(due_date=DUE)
    found = facts.due_payments(lines, PAID, calendar=CALENDAR)
    assert found.to_numpy().tolist() == [
        ["2024-02", "2024-02", 600],
        ["2024-02", "2024-03", 400],
        ["2024-03", "2024-03", 1500],
    ]
    assert facts.due_payments(lines, PAID.assign(order_id=None), calendar=CALENDAR).empty


def test_what_was_paid_by_the_end_of_the_month_it_fell_due_in():
    found = facts.paid_in_time(billed_lines(due_date=DUE), PAID, calendar=CALENDAR)
    sums = found.groupby("period")[["due_cents", "paid_cents"]].sum()
    assert sums.loc[["2024-02", "2024-03"]].to_numpy().tolist() == [[1000, 600], [2000, 1500]]
    assert facts.paid_in_time(billed_lines(due_date=DUE), PAID.assign(order_id=None), calendar=CALENDAR).empty


def test_amounts_are_summed_before_anything_is_rounded():
    frame = order_lines(3).assign(net_sales=[Decimal("0.004"), Decimal("0.0049"), Decimal("0.0012")], region="north")
    schema = {**{c: SCHEMA[c] for c in frame.columns}, "net_sales": "decimal(18, 4)"}
    table = ibis.duckdb.connect().create_table("orders", ibis.memtable(frame, schema=schema))
    assert facts.period_totals(table, calendar=CALENDAR)["net_sales_cents"].sum() == pytest.approx(3 * 1.01)


def test_returns_and_credits_are_no_orders_and_leave_the_order_value_as_it_is():
    frame = order_lines(6).assign(
        order_date=dt.date(2024, 1, 5),
        customer_id=["a", "a", "a", "b", "b", "c"],
        order_id=["1", "1", "2", "3", "4", "5"],
        quantity=[1, 1, -1, 2, 0, -1],
        net_sales=[Decimal(n) for n in (100, 50, -40, 90, -5, -7)],
    )
    table = as_table(frame)
    total = facts.period_totals(table, calendar=CALENDAR).query("level == 'year'").iloc[0]
    assert (total["net_sales_cents"], total["sold_cents"], total["orders"]) == (188_00, 240_00, 2)
    months = facts.customer_months(table, calendar=CALENDAR).set_index("customer_id")
    assert months["orders"].to_dict() == {"a": 1, "b": 1, "c": 0}
    assert months["sold_cents"].to_dict() == {"a": 150_00, "b": 90_00, "c": 0}
    assert facts.monthly_cube(table, calendar=CALENDAR)["orders"].sum() >= 2
    assert facts.customer_summary(table)["orders"].tolist() == [1, 1, 0]
