"""Quality of sales: a stuffed quarter end is found with its money, its reversal too, and of nothing nothing is said."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from salesplan import facts, review
from salesplan.periods import FiscalCalendar
from salesplan.words import LANGUAGES, words
from tests.test_facts import as_table, order_lines

CALENDAR = FiscalCalendar()
YEAR = review.window("2025Q4", calendar=CALENDAR)
GIVEN = {"window": YEAR, "calendar": CALENDAR}


def ends(
    *, noise: float = 0.1, seed: int = 1, stuffed: float = 1.0, after: float = 1.0, last: str = "2025Q4"
) -> pd.DataFrame:
    """Quarters from 2021 of five channels, a sixth of each in its last days; dealers' end of 2025Q4 times ``stuffed``,
    their next quarter times ``after``."""
    rng = np.random.default_rng(seed)
    rows = []
    for quarter in CALENDAR.span("2021Q1", last):
        for channel in ("dealer", "direct", "shop", "web", "live"):
            sold = 10_000_000 * float(np.exp(rng.normal(0, noise / 2)))
            closing = sold / 6 * float(np.exp(rng.normal(0, noise)))
            if channel == "dealer" and quarter == "2025Q4":
                sold, closing = sold + (stuffed - 1) * closing, stuffed * closing
            if channel == "dealer" and quarter == "2026Q1":
                sold, closing = after * sold, after * closing
            rows.append((quarter, channel, sold, closing, -0.01 * sold * float(np.exp(rng.normal(0, noise)))))
    table = pd.DataFrame(rows, columns=["quarter", "channel", "sold_cents", "closing_cents", "returned_cents"])
    return table.assign(product="P", region="R", customer_group="G")


def test_a_stuffed_quarter_end_is_found_with_its_money():
    plain, stuffed = (ends(stuffed=factor, seed=4) for factor in (1.0, 2.0))
    table = review.quality(stuffed, **GIVEN)
    row = table[table["member"] == "dealer"].set_index("period").loc["2025Q4"]
    more = (stuffed["closing_cents"] - plain["closing_cents"]).sum() / 100
    assert row["verdict"] == "unusual"
    assert row["amount"] == pytest.approx(more, rel=0.4)
    assert row["low"] < row["usual"] < row["high"] < row["value"]


def test_of_ordinary_quarters_little_is_said():
    # of 100 worlds with 25 members' quarters each, one row in ten of those found may be false: hardly any is found
    found = [(review.quality(ends(seed=seed), **GIVEN)["verdict"] == "unusual").any() for seed in range(40)]
    assert sum(found) <= 12


def test_after_a_stuffed_end_the_next_quarter_is_looked_at():
    later = review.window("2026Q1", calendar=CALENDAR)
    table = review.quality(ends(stuffed=2.0, after=0.6, last="2026Q1", noise=0.05), window=later, calendar=CALENDAR)
    row = table[table["metric"] == "reversal"].iloc[0]
    assert (row["member"], row["period"], row["verdict"]) == ("dealer", "2026Q1", "unusual")
    assert row["amount"] < 0
    calm = review.quality(ends(last="2026Q1", noise=0.05, seed=8), window=later, calendar=CALENDAR)
    assert "reversal" not in set(calm["metric"])


def test_stock_and_credit_are_read_against_their_own_quarters():
    months = CALENDAR.span("2022-01", "2025-12")
    rng = np.random.default_rng(3)
    stock = [9_000 * float(np.exp(rng.normal(0, 0.05))) * (2.0 if m == "2025-12" else 1.0) for m in months]
    distributors = pd.DataFrame({"period": months, "sell_out": 3_000.0, "stock_end": stock})
    lasts = [pd.Timestamp(CALENDAR.bounds(q)[1]) for q in CALENDAR.span("2021Q1", "2025Q4")]
    owed = pd.DataFrame(
        {"as_of": lasts, "open_amount_cents": [3_000_000 * float(np.exp(rng.normal(0, 0.03))) for _ in lasts]}
    )
    table = review.quality(ends(), **GIVEN, distributors=distributors, receivables=owed)
    last = table[(table["metric"] == "stock_days") & (table["period"] == "2025Q4")].iloc[0]
    assert last["verdict"] == "unusual"
    assert last["value"] == pytest.approx(stock[-1] / 9_000 * 91)
    assert set(table.loc[table["metric"] == "credit_days", "verdict"]) == {"usual"}


def test_a_short_history_cannot_tell():
    short = ends()[lambda t: t["quarter"] >= "2024Q3"]
    table = review.quality(short, **GIVEN)
    assert set(table.loc[table["period"] <= "2025Q4", "verdict"]) == {"cannot tell"}
    for language in LANGUAGES:
        told = review.say_quality(table, words=words(language))
        assert told.text
        assert {c.passed for c in told.checks} == {None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_said_who_and_how_much(language):
    table = review.quality(ends(stuffed=2.0, seed=4), **GIVEN)
    row = table[table["verdict"] == "unusual"].sort_values("p_value").iloc[0]
    speaker = words(language)
    text = review.say_quality(table, words=speaker).text
    assert speaker.money(row["amount"]) in text
    assert speaker.share(row["value"], digits=0) in text


def test_the_fact_is_what_pandas_would_sum():
    lines = order_lines(n=300, seed=5)
    found = facts.quarter_ends(as_table(lines), calendar=CALENDAR)
    frame = lines.assign(day=pd.to_datetime(lines["order_date"]), cents=[int(v * 100) for v in lines["net_sales"]])
    frame["quarter"] = [CALENDAR.period_of(d.date(), "quarter") for d in frame["day"]]
    ends_on = [pd.Timestamp(CALENDAR.bounds(q)[1]) for q in frame["quarter"]]
    late = frame["day"] > pd.Series(ends_on, index=frame.index) - dt.timedelta(days=15)
    for quarter, part in frame.groupby("quarter"):
        own = found[found["quarter"] == quarter]
        assert own["sold_cents"].sum() == part["cents"].sum()
        assert own["closing_cents"].sum() == part.loc[late[part.index], "cents"].sum()
