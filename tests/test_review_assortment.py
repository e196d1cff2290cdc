"""Articles withdrawn meanwhile: left out on both sides, and no strategy is blamed or praised for them."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from salesplan import facts, review
from salesplan.periods import FiscalCalendar
from salesplan.review.effects import strategy_effects
from salesplan.words import LANGUAGES, words
from tests.conftest import fewer
from tests.test_facts import as_table, order_lines
from tools.worlds import Push, pushed_world

CALENDAR = FiscalCalendar()
MONTHS = CALENDAR.months("2024")
NOBODY = pd.DataFrame({"period": [], "customer_id": [], "net_sales_cents": []})
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


def products(**withdrawn: str | None) -> pd.DataFrame:
    days = [pd.Timestamp(day) if day else pd.NaT for day in withdrawn.values()]
    return pd.DataFrame({"product_id": list(withdrawn), "withdrawn": days})


def cube_and_article(until: str):
    """A cube in which article p3 is sold until it is withdrawn, what it sold, and the lines."""
    lines = order_lines()
    lines = lines[(lines["product_id"] != "p3") | (pd.to_datetime(lines["order_date"]) < until)]
    orders = as_table(lines)
    article = facts.withdrawn_articles(orders, products(p3=until), calendar=CALENDAR)
    return facts.monthly_cube(orders, calendar=CALENDAR), article, lines


def cents(lines: pd.DataFrame) -> float:
    return float(sum(lines["net_sales"]) * 100)


def test_what_was_withdrawn_is_left_out_of_all_periods_to_the_cent():
    cube, article, lines = cube_and_article("2024-03-01")
    left = review.same_range(cube, article, months=MONTHS, calendar=CALENDAR)
    assert article["net_sales_cents"].sum() == pytest.approx(cents(lines[lines["product_id"] == "p3"]), abs=0.01)
    assert left["net_sales_cents"].sum() == pytest.approx(cents(lines[lines["product_id"] != "p3"]), abs=0.01)
    assert left.drop(columns="net_sales_cents").equals(cube.drop(columns="net_sales_cents"))


def test_what_is_withdrawn_later_stays():
    cube, article, _ = cube_and_article("2025-02-01")
    assert article["net_sales_cents"].sum() > 0
    assert review.same_range(cube, article, months=MONTHS, calendar=CALENDAR).equals(cube)


def test_without_dates_nothing_is_known_to_have_gone():
    orders = as_table(order_lines())
    for table in (None, products(p1=None), products(p1="2030-01-01"), pd.DataFrame({"product_id": ["p1"]})):
        found = facts.withdrawn_articles(orders, table, calendar=CALENDAR)
        assert found is None or found.empty
    cube = facts.monthly_cube(orders, calendar=CALENDAR)
    assert review.same_range(cube, None, months=MONTHS, calendar=CALENDAR) is cube
    assert review.left_out(cube, cube, earlier=MONTHS) == 0


def test_a_range_made_anew_is_compared_as_it_is():
    orders = as_table(order_lines())
    cube = facts.monthly_cube(orders, calendar=CALENDAR)
    gone = products(**{f"p{n}": "2024-06-01" for n in range(1, 6)})
    article = facts.withdrawn_articles(orders, gone, calendar=CALENDAR)
    assert review.same_range(cube, article, months=MONTHS, calendar=CALENDAR) is cube


def test_the_share_left_out_is_told():
    cube, article, lines = cube_and_article("2024-03-01")
    left = review.same_range(cube, article, months=MONTHS, calendar=CALENDAR)
    before = lines[pd.to_datetime(lines["order_date"]).dt.year == 2023]
    share = cents(before[before["product_id"] == "p3"]) / cents(before)
    assert review.left_out(cube, left, earlier=CALENDAR.months("2023")) == pytest.approx(share)
    none = review.causes.root_causes(None)
    for language in LANGUAGES:
        told = words(language)
        say = {
            apart: review.causes.say_root_causes(none, {1: 0.2}, words=told, apart=apart).text
            for apart in (share, 1e-5)
        }
        assert told.share(share) in say[share]
        assert say[1e-5] in say[share]
        assert len(say[1e-5]) < len(say[share])


def world(seed: int, lost: float):
    """A strategy without effect, in a region that sells a part less from the year on in which it runs; and the part."""
    cube, activities = pushed_world(Push(), seed=seed)
    mine, later = cube["region"] == activities["region"].iloc[0], cube["period"] >= "2025"
    part = (cube["net_sales_cents"] * lost).round()
    fallen = cube.assign(net_sales_cents=cube["net_sales_cents"] - part.where(mine & later, 0.0))
    article = cube.assign(net_sales_cents=part, withdrawn=pd.Timestamp("2024-12-31"))[mine & ~later]
    return cube, fallen, activities, article


@fewer
@given(st.integers(0, 10_000), st.floats(0.05, 0.3))
def test_a_withdrawn_article_is_no_effect_of_the_strategy(seed, lost):
    cube, fallen, activities, article = world(seed, lost)
    year = cube["period"].isin(MONTHS)
    assume(article["net_sales_cents"][year].sum() < 0.19 * cube["net_sales_cents"][year].sum())
    about = {"active": NOBODY, "calendar": CALENDAR, "seed": 1}
    plain, blamed = (strategy_effects(frame, activities, **about).iloc[0] for frame in (cube, fallen))
    fair = strategy_effects(fallen, activities, withdrawn=article, **about).iloc[0]
    mine = fallen["region"] == activities["region"].iloc[0]
    sold = fallen["net_sales_cents"][mine & (fallen["period"] >= "2025-03")].sum() / 100
    assert blamed["effect"] < fair["effect"]
    assert fair["effect"] == pytest.approx(plain["effect"] * (1 - lost), abs=0.02 * sold)


def test_days_are_read_as_they_come():
    found = facts.withdrawn_articles(
        as_table(order_lines()),
        pd.DataFrame({"product_id": ["p3"], "withdrawn": [dt.date(2024, 3, 1)]}),
        calendar=CALENDAR,
    )
    assert found["withdrawn"].unique().tolist() == [pd.Timestamp("2024-03-01")]
