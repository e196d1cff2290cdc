"""D35, D38: unit errors and customers that seem to be one are told, never changed."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import facts, review
from salesplan.words import LANGUAGES, words
from tests.test_facts import as_table, order_lines

NOTHING = pd.DataFrame(
    columns=["order_id", "line_no", "order_date", "product_id", "unit_price", "median_price", "net_sales_cents"]
)
SOLD = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "net_sales_cents": [500_00.0, 300_00.0, 100_00.0]})


def lines_at(prices: dict[int, float]) -> pd.DataFrame:
    """Forty lines of one product at 12.00 a unit, those at these places at other prices."""
    lines = order_lines(40).assign(product_id="p1", quantity=10.0)
    return lines.assign(net_sales=[Decimal(str(round(10 * prices.get(at, 12.0), 2))) for at in range(40)])


def test_d35_a_line_in_another_unit_is_told_with_the_likely_factor():
    lines = lines_at({3: 120_000.0, 5: 0.12, 7: 13.0, 9: 40.0, 11: 12.0 * 30})
    table = review.doubts(facts.price_outliers(as_table(lines)), None, sold=SOLD)
    assert table[["kind", "member", "other", "factor"]].values.tolist() == [
        ["unit_error", "p1", lines["order_id"][3], 10_000],
        ["unit_error", "p1", lines["order_id"][5], 0.01],
    ]
    assert table["usual"].tolist() == [12.0, 12.0]
    assert table["amount"].tolist() == [1_200_000.0, 1.2]


@given(st.floats(0.01, 1e6))
def test_d35_the_unit_all_lines_share_is_no_error(price):
    found = facts.price_outliers(as_table(lines_at(dict.fromkeys(range(40), max(round(price, 2), 0.01)))))
    assert found.empty


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("南京恒信商贸有限公司", "南京恒信（集团）股份有限公司"),
        ("Acme Trading Co., Ltd.", "ACME"),
        ("Ｈｅｎｇｘｉｎ", "heng xin"),
    ],
)
def test_d38_names_equal_but_for_their_form_are_candidates(one, other):
    customers = pd.DataFrame({"customer_id": ["c2", "c1", "c3"], "name": [one, other, "Somebody else"]})
    table = review.doubts(NOTHING, customers, sold=SOLD)
    assert table[["kind", "member", "other", "amount"]].values.tolist() == [["same_name", "c1", "c2", 300.0]]


@pytest.mark.parametrize("names", [("南京恒信1号店", "南京恒信2号店"), ("有限公司", "Co., Ltd."), (None, None)])
def test_d38_other_names_and_bare_forms_are_none(names):
    customers = pd.DataFrame({"customer_id": ["c1", "c2"], "name": names})
    assert review.doubts(NOTHING, customers, sold=SOLD).empty


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_how_many_and_which_to_look_at_first(language):
    speaker = words(language)
    customers = pd.DataFrame({"customer_id": ["c1", "c2"], "name": ["Acme", "Acme Ltd"]})
    table = review.doubts(facts.price_outliers(as_table(lines_at({3: 1200.0}))), customers, sold=SOLD)
    told = review.say_doubts(table, words=speaker)
    assert [c.passed for c in told.checks] == [None, None]
    assert "c2" in told.checks[1].text
    assert review.say_doubts(table.head(0), words=speaker).checks == ()
