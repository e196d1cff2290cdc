"""Key figures, attainment, trend and concentration on small frames whose answers are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import review, schemas
from salesplan.config import DIMENSIONS
from salesplan.findings import Finding
from salesplan.periods import FiscalCalendar
from salesplan.words import words

CALENDAR = FiscalCalendar()
EN = words("en")
LANGUAGES = ("en", "zh")


def month_totals(first: str, last: str, *, sales, **columns) -> pd.DataFrame:
    """Months of period_totals; ``sales`` in cents, by a number or a function of the place in the row."""
    months = CALENDAR.span(first, last)
    frame = pd.DataFrame({"period": months, "level": "month"})
    frame["net_sales_cents"] = [sales(i) if callable(sales) else sales for i in range(len(months))]
    frame["sold_cents"] = frame["net_sales_cents"]
    frame["cost_cents"] = pd.array([columns.get("cost")] * len(months), dtype="Int64")
    frame["costed_sales_cents"] = frame["net_sales_cents"].where(frame["cost_cents"].notna()).astype("Int64")
    frame["orders"] = columns.get("orders", 10)
    frame["new_customers"] = columns.get("new", 3)
    return frame


def active(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["period", "customer_id"])


def year_of(table: pd.DataFrame, metric: str, *, period: str = "2025") -> pd.Series:
    chosen = table[(table["metric"] == metric) & (table["period"] == period)]
    assert len(chosen) == 1
    return chosen.iloc[0]


TWO_RATES = month_totals("2022-01", "2025-12", sales=lambda i: 110_00 if i >= 36 else 100_00, cost=60_00)


def test_sales_growth_margin_orders_and_new_customers():
    table = review.kpis(TWO_RATES, active([]), as_of="2025Q4", calendar=CALENDAR, words=EN)
    assert year_of(table, "net_sales")[["value", "prior", "change"]].tolist() == [1320.0, 1200.0, 120.0]
    assert year_of(table, "growth")["value"] == pytest.approx(0.1)
    assert year_of(table, "growth")["prior"] == 0
    assert year_of(table, "gross_margin")["value"] == pytest.approx(50 / 110)
    assert year_of(table, "average_order_value")["value"] == 11.0
    assert year_of(table, "new_customers")["value"] == 36
    assert schemas.problems("review/kpis", table) == []
    assert set(table["metric"]) == set(review.kpi_definitions(words=EN)["metric"])


def test_each_metric_without_its_source_is_unavailable_with_the_reason():
    bare = month_totals("2022-01", "2025-12", sales=100_00)
    table = review.kpis(bare, active([]), as_of="2025Q4", calendar=CALENDAR, words=EN)
    lacking = table[~table["available"]]
    names = {"gross_margin", "collection_rate", "dso_days", "market_share", "selling_expense_ratio", "satisfaction"}
    assert names <= set(lacking["metric"])
    assert lacking["value"].isna().all()
    assert (lacking["reason"].str.len() > 10).all()
    assert "payments" in year_of(table, "collection_rate")["reason"]
    assert "receivables" in year_of(table, "dso_days")["reason"]


def test_a_running_year_counts_its_closed_months_against_the_same_months():
    frame = month_totals("2024-01", "2026-06", sales=lambda i: (i + 1) * 100)
    table = review.kpis(frame, active([]), as_of="2026Q2", calendar=CALENDAR, words=EN)
    row = year_of(table, "net_sales", period="2026")
    assert row["value"] == sum(range(25, 31))
    assert row["prior"] == sum(range(13, 19))
    assert row["window"] == "2026-01/2026-06"
    # no whole-year row that a reader could hold against half a year
    assert "2025" not in set(table["period"])
    assert {"2025Q1", "2026Q1", "2026Q2"} <= set(table["period"])


def test_as_many_years_are_read_as_asked_and_as_there_are():
    frame = month_totals("2022-01", "2025-12", sales=100_00)
    asked = {"as_of": "2025Q4", "calendar": CALENDAR, "words": EN, "levels": ["year"]}
    assert set(review.kpis(frame, active([]), **asked, years=2)["period"]) == {"2023", "2024", "2025"}
    assert set(review.kpis(frame, active([]), **asked, years=20)["period"]) == {"2022", "2023", "2024", "2025"}


def test_short_history_leaves_gaps_not_numbers():
    frame = month_totals("2025-03", "2025-12", sales=100_00)
    table = review.kpis(frame, active([]), as_of="2025Q4", calendar=CALENDAR, words=EN)
    assert not year_of(table, "growth")["available"]
    assert year_of(table, "net_sales")["value"] == 1000.0
    assert "2025-03" in year_of(table, "net_sales")["reason"]
    assert not table.loc[table["period"] == "2025Q1", "available"].all()
    assert table["prior"].isna().all()
    assert year_of(table, "net_sales", period="2025Q3")["value"] == 300.0
    assert not year_of(table, "new_customers", period="2025Q3")["available"]


def test_collection_counts_what_was_due_and_paid_by_the_end():
    months = CALENDAR.span("2024-01", "2025-12")
    ledger = pd.DataFrame({"period": months, "due_cents": 100, "invoiced_cents": 200, "collected_cents": 150})
    ends = pd.to_datetime(["2024-12-31", "2024-12-31", "2025-12-31"])
    owed = pd.DataFrame({"as_of": ends, "customer_id": ["a", "b", "a"], "open_amount_cents": [400, 200, 1200]})
    paid = pd.DataFrame(
        [("2025-11", "2025-12", 600), ("2025-12", "2026-01", 300), ("2024-12", "2025-01", 90)],
        columns=["due_period", "paid_period", "paid_cents"],
    )
    frames = {"collections": ledger, "receivables": owed, "due_payments": paid}
    about = {"as_of": "2025Q4", "calendar": CALENDAR, "words": EN, "frames": frames}
    due = review.kpis(TWO_RATES, active([]), **about)
    assert year_of(due, "collection_rate")["value"] == pytest.approx(600 / 1200)
    assert year_of(due, "dso_days")["value"] == pytest.approx(1200 / 2400 * 365)
    sales = review.kpis(TWO_RATES, active([]), collection_rate="sales", **about)
    assert year_of(sales, "collection_rate")["value"] == pytest.approx(0.75)
    opening = review.kpis(TWO_RATES, active([]), collection_rate="opening", **about)
    assert year_of(opening, "collection_rate")["value"] == pytest.approx(1800 / (600 + 2400))
    del frames["receivables"]
    lacking = year_of(review.kpis(TWO_RATES, active([]), collection_rate="opening", **about), "collection_rate")
    assert "receivables" in lacking["reason"]


def test_churn_share_and_expenses():
    buyers = active([("2024-02", "a"), ("2024-12", "b"), ("2025-01", "a"), ("2025-03", "c"), ("2023-01", "d")])
    market = pd.DataFrame({"period": ["2024", "2025"], "dimension": "total", "market_size_cents": [120_000, 1_320_000]})
    expenses = pd.DataFrame({"period": CALENDAR.months("2025"), "amount_cents": 11_00})
    feedback = pd.DataFrame({"date": pd.to_datetime(["2025-01-01", "2025-12-31", "2026-01-01"]), "score": [3, 5, 1]})
    frames = {"market": market, "expenses": expenses, "feedback": feedback}
    table = review.kpis(TWO_RATES, buyers, as_of="2025Q4", calendar=CALENDAR, words=EN, frames=frames)
    assert year_of(table, "churn_rate")["value"] == 0.5
    assert year_of(table, "market_share")["value"] == pytest.approx(0.1)
    assert year_of(table, "selling_expense_ratio")["value"] == pytest.approx(0.1)
    assert np.isnan(year_of(table, "selling_expense_ratio")["prior"])
    assert year_of(table, "selling_expense_ratio")["reason"] == EN.say("review_prior_missing")
    assert year_of(table, "satisfaction")["value"] == 4
    assert not year_of(table, "market_share", period="2025Q1")["available"]


def cube(rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["period", "product", "region", "net_sales_cents"])
    return frame.assign(customer_group="g", channel="all")


CUBE = cube([("2025-01", "A", "n", 900), ("2025-04", "A", "s", 500), ("2025-11", "B", "n", 600)])


def targets(rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["dimension", "member", "period", "target_cents", "set_on"])
    return frame.assign(set_on=pd.to_datetime(frame["set_on"]), metric="net_sales", start=pd.NaT, end=pd.NaT)


def attained(rows, **more) -> pd.DataFrame:
    return review.attainment(CUBE, rows, as_of="2025Q4", calendar=CALENDAR, words=EN, **more)


def pick(table: pd.DataFrame, dimension: str, member: str, period: str = "2025") -> pd.Series:
    keys = (table["dimension"] == dimension) & (table["member"] == member) & (table["period"] == period)
    assert keys.sum() == 1
    return table[keys].iloc[0]


def test_a_target_for_several_members_at_once_is_held_against_where_they_meet():
    rows = [
        ("region", "n", "2025", 2000, "2024-12-01"),
        ("region", "s", "2025", 1000, "2024-12-01"),
        ("scope", "product=A, region=n", "2025", 1000, "2024-12-01"),
        ("scope", "product=B, region=n", "2025", 600, "2024-12-01"),
        ("scope", "region=n, rep_id=R1", "2025", 500, "2024-12-01"),
    ]
    table = attained(targets(rows))
    assert pick(table, "scope", "product=A, region=n")[["actual", "gap"]].tolist() == [9.0, -1.0]
    assert pick(table, "scope", "product=B, region=n")["attainment"] == 1.0
    unknown = pick(table, "scope", "region=n, rep_id=R1")
    assert np.isnan(unknown["actual"])
    assert unknown["reason"] == EN.say("review_scope_unknown")
    assert table.loc[table["dimension"] == "scope", "gap_share"].isna().all()
    told = review.say_attainment(table, words=EN)
    assert EN.say("review_scopes", reached="1", all="2") in told.text
    assert {c.name for c in told.checks} == {
        c.name for c in review.say_attainment(attained(targets(rows[:2])), words=EN).checks
    }


def test_attainment_gap_and_whose_it_is():
    table = attained(
        targets([("region", "n", "2025", 2000, "2024-12-01"), ("region", "s", "2025", 1000, "2024-12-01")])
    )
    assert pick(table, "region", "n")[["actual", "target", "gap"]].tolist() == [15.0, 20.0, -5.0]
    assert pick(table, "region", "s")["gap_share"] == pytest.approx(0.5)
    # the total's target is the sum of a dimension whose every member has one
    assert pick(table, "total", "total")["target"] == 30.0
    assert np.isnan(pick(table, "product", "A")["target"])
    assert pick(table, "product", "A")["reason"] == EN.say("review_no_target")
    assert "channel" not in set(table["dimension"])
    assert schemas.problems("review/attainment", table) == []


def test_a_year_is_the_sum_of_its_quarters_and_the_latest_target_counts():
    rows = [("total", None, f"2025Q{q}", 100 * q, "2024-12-01") for q in range(1, 5)]
    table = attained(targets([*rows, ("total", None, "2025Q1", 700, "2025-02-01")]))
    assert pick(table, "total", "total")["target"] == 16.0
    assert pick(table, "total", "total", "2025Q1")["target"] == 7.0
    assert np.isnan(pick(table, "total", "total", "2025-01")["target"])


def test_without_targets_nothing_is_made_up():
    table = attained(None)
    assert table["target"].isna().all()
    assert table["attainment"].isna().all()
    assert pick(table, "total", "total")["actual"] == 20.0
    for language in LANGUAGES:
        finding = review.say_attainment(table, words=words(language))
        assert [c.passed for c in finding.checks] == [None]


def test_targets_between_other_days_are_listed_over_those_days():
    rows = pd.DataFrame({"dimension": ["rep_id"], "member": ["r1"], "period": [None], "target_cents": [5000]})
    rows = rows.assign(start=pd.Timestamp("2025-02-28"), end=pd.Timestamp("2025-05-29"), metric=None, set_on=pd.NaT)
    asked = review.target_windows(rows, calendar=CALENDAR)
    assert asked[["dimension", "period"]].iloc[0].tolist() == ["rep_id", "2025Q2"]
    table = attained(rows, sold=asked.assign(net_sales_cents=4000))
    row = pick(table, "rep_id", "r1", "2025Q2")
    assert row[["actual", "target", "attainment"]].tolist() == [40.0, 50.0, 0.8]
    assert row["window"] == "2025-02-28/2025-05-29"
    assert pick(table, "total", "total")["target"] != pick(table, "total", "total")["target"]


def test_a_target_over_exact_days_of_a_quarter_is_that_quarter():
    rows = targets([("total", None, None, 400, "2024-12-01")])
    rows = rows.assign(start=pd.Timestamp("2025-04-01"), end=pd.Timestamp("2025-06-30"))
    assert pick(attained(rows), "total", "total", "2025Q2")["target"] == 4.0
    assert review.target_windows(rows, calendar=CALENDAR).empty


cell = st.tuples(
    st.sampled_from(CALENDAR.months("2025")),
    *(st.sampled_from(["A", "B", "C"]) for _ in DIMENSIONS),
    st.integers(-(10**9), 10**9),
    st.integers(0, 10**9),
)


@given(st.lists(cell, min_size=1, max_size=20))
def test_i11_actual_minus_target_sums_alike_over_every_partition(cells):
    frame = pd.DataFrame(cells, columns=["period", *DIMENSIONS, "net_sales_cents", "target_cents"])
    aims = pd.concat(
        [
            frame.groupby([d, "period"], as_index=False)["target_cents"]
            .sum()
            .rename(columns={d: "member"})
            .assign(dimension=d)
            for d in DIMENSIONS
        ]
    )
    grid = pd.MultiIndex.from_product([DIMENSIONS, ["A", "B", "C"], CALENDAR.months("2025")])
    aims = aims.set_index(["dimension", "member", "period"])["target_cents"].reindex(grid, fill_value=0)
    aims = aims.rename_axis(["dimension", "member", "period"]).reset_index()
    table = review.attainment(frame, aims, as_of="2025Q4", calendar=CALENDAR, words=EN)
    gaps = (table["gap"] * 100).round().astype("int64")
    for _, sums in gaps.groupby([table["period"], table["dimension"]]).sum().groupby("period"):
        assert sums.nunique() == 1


SEASON = [0.7, 0.6, 1.0, 1.0, 1.1, 1.2, 0.9, 0.9, 1.1, 1.2, 1.3, 1.0]


def test_trend_and_season_are_found():
    frame = month_totals("2021-01", "2025-12", sales=lambda i: round(1e8 * 1.005**i * SEASON[i % 12]))
    table = review.trend(frame, as_of="2025Q4", calendar=CALENDAR)
    expected = 1e6 * 1.005 ** np.arange(60)
    np.testing.assert_allclose(table["trend"] / table["trend"].iloc[30], expected / expected[30], rtol=0.01)
    np.testing.assert_allclose(table["season"].head(12), np.array(SEASON) / np.mean(SEASON), rtol=0.02)
    assert table["prior_year"].isna().sum() == 12
    window = review.window("2025Q4", calendar=CALENDAR)
    text = review.say_trend(table, window=window, words=EN, calendar=CALENDAR).text
    assert "November" in text
    assert "February" in text
    assert table["trend"].iloc[-1] / table["trend"].iloc[-13] - 1 == pytest.approx(1.005**12 - 1, abs=0.003)


def test_a_month_out_of_its_range_is_seen():
    noise = np.random.default_rng(5).normal(0, 0.02, 60)
    level = [round(1e8 * SEASON[i % 12] * np.exp(noise[i])) for i in range(60)]
    level[55] = round(level[55] * 0.6)
    table = review.trend(
        month_totals("2021-01", "2025-12", sales=lambda i: level[i]), as_of="2025Q4", calendar=CALENDAR
    )
    row = table.set_index("period").loc["2025-08"]
    assert row["actual"] < row["low"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_less_than_two_years_give_months_but_no_trend(language):
    frame = month_totals("2024-06", "2025-12", sales=100_00)
    table = review.trend(frame, as_of="2025Q4", calendar=CALENDAR)
    assert table["trend"].isna().all()
    assert (table["actual"] == 100).all()
    window = review.window("2025Q4", calendar=CALENDAR)
    assert "19" in review.say_trend(table, window=window, words=words(language), calendar=CALENDAR).text


def test_four_fifths_are_counted_with_the_one_that_crosses():
    shares = pd.DataFrame({"customer_id": list("abcd"), "net_sales_cents": [5000, 2000, 2000, 1000]})
    shares["rank"] = range(1, 5)
    shares["share"] = shares["net_sales_cents"] / 10000
    shares["cumulative_share"] = shares["share"].cumsum()
    table = review.pareto(shares)
    panel = pd.DataFrame(
        {
            "period": ["2025-01", "2025-02", "2024-01"],
            "product_id": ["p", "q", "q"],
            "product": "A",
            "net_sales_cents": [1, 9, 99],
        }
    )
    window = review.window("2025Q4", calendar=CALENDAR)
    products = review.pareto_products(panel, window=window)
    assert products["product_id"].tolist() == ["q", "p"]
    finding = review.say_pareto(table, products, window=window, words=EN)
    assert "3 of 4 customers (75.0 %)" in finding.text
    assert "Of 2 products, 1 (50.0 %)" in finding.text
    # 1 / (.25 + .04 + .04 + .01)
    assert "over 3 equal customers" in finding.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_says_something_in_both_languages(language):
    speaker = words(language)
    window = review.window("2025Q4", calendar=CALENDAR)
    kpis = review.kpis(TWO_RATES, active([]), as_of="2025Q4", calendar=CALENDAR, words=speaker)
    aims = targets([("region", m, "2025", 1000, "2024-12-01") for m in "ns"])
    columns = ["part", "side", "status", "kind", "product_id", "product", "channel", "quantity", "net_sales_cents"]
    sold = [(0, s, "kept", "sale", "p", "A", "x", 12.0, c) for s, c in (("earlier", 1200_00), ("later", 1320_00))]
    sides = pd.DataFrame(sold, columns=columns)
    bridge = review.causes.bridge(sides, window=window)
    effects = review.causes.bridge_effects(bridge, sides, window=window)
    findings = [
        review.say_kpis(kpis, words=speaker),
        review.say_attainment(attained(aims), words=speaker),
        review.causes.say_bridge(bridge, sides, effects=effects, kpis=kpis, words=speaker),
    ]
    assert review.causes.bridge_steps(bridge, sides)["amount"].tolist() == [1200.0, 0.0, 0.0, 120.0, 1320.0]
    assert findings[2].checks[0].passed
    for finding in findings:
        assert isinstance(finding, Finding)
        assert finding.text
        assert "nan" not in finding.text.lower()
        assert finding.name in schemas.COLUMNS


def test_members_run_beside_their_year_before_the_largest_first():
    rows = [
        (f"{y}-{m:02d}", r, c) for y in (2024, 2025) for m in range(1, 13) for r, c in (("N", 100 * m), ("S", 10_00))
    ]
    cube = pd.DataFrame(rows, columns=["period", "region", "net_sales_cents"])
    cube = cube.assign(product="all", customer_group="all", channel="all")
    table = review.member_trends(cube, window=review.window("2025Q4", calendar=CALENDAR))
    assert table["member"].unique().tolist() == ["S", "N"]
    assert table.set_index(["member", "period"]).loc[("N", "2025-07")].tolist() == [7.0, 7.0]
    assert table["actual"].sum() == 12 * 10 + 78
    assert review.member_trends(cube.assign(region="N"), window=review.window("2025Q4", calendar=CALENDAR)).empty
