"""Articles that came or went: left out on both sides, and no strategy is blamed or praised for them."""

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


def products(**dates: tuple[str | None, str | None]) -> pd.DataFrame:
    rows = [(code, *(pd.Timestamp(d) if d else pd.NaT for d in days)) for code, days in dates.items()]
    return pd.DataFrame(rows, columns=["product_id", "launched", "withdrawn"])


def cube_and_changes(article: str, *, launched: str | None = None, withdrawn: str | None = None):
    lines = order_lines()
    days = pd.to_datetime(lines["order_date"])
    mine = lines["product_id"] == article
    on_sale = (days >= (launched or "2000")) & (days < (withdrawn or "2100"))
    lines = lines[~mine | on_sale]
    orders = as_table(lines)
    changed = facts.range_changes(orders, products(**{article: (launched, withdrawn)}), calendar=CALENDAR)
    return facts.monthly_cube(orders, calendar=CALENDAR), changed, lines


def without(lines: pd.DataFrame, article: str) -> pd.Series:
    rest = lines[lines["product_id"] != article]
    return pd.Series([float(v) * 100 for v in rest["net_sales"]], index=rest.index).groupby(rest["order_date"]).sum()


@pytest.mark.parametrize("dates", [{"withdrawn": "2024-03-01"}, {"launched": "2023-07-01"}])
def test_what_came_or_went_is_left_out_of_all_periods_to_the_cent(dates):
    cube, changed, lines = cube_and_changes("p3", **dates)
    left = review.same_range(cube, changed, months=MONTHS, calendar=CALENDAR)
    assert left["net_sales_cents"].sum() == pytest.approx(without(lines, "p3").sum(), abs=0.01)
    assert left.drop(columns="net_sales_cents").equals(cube.drop(columns="net_sales_cents"))
    assert changed["net_sales_cents"].sum() > 0


@pytest.mark.parametrize("dates", [{"withdrawn": "2025-02-01"}, {"launched": "2022-12-01"}, {"launched": "2015-01-01"}])
def test_what_was_there_all_the_time_stays(dates):
    cube, changed, _ = cube_and_changes("p3", **dates)
    assert review.same_range(cube, changed, months=MONTHS, calendar=CALENDAR).equals(cube)


def test_without_dates_nothing_is_known_to_have_changed():
    orders = as_table(order_lines())
    for table in (None, products(p1=(None, None)), pd.DataFrame({"product_id": ["p1"], "name": ["x"]})):
        assert facts.range_changes(orders, table, calendar=CALENDAR) is None
    cube = facts.monthly_cube(orders, calendar=CALENDAR)
    assert review.same_range(cube, None, months=MONTHS, calendar=CALENDAR) is cube
    assert review.say_same_range(cube, cube, months=MONTHS, words=words("en")) == ""


def test_a_range_made_anew_is_compared_as_it_is():
    orders = as_table(order_lines())
    cube = facts.monthly_cube(orders, calendar=CALENDAR)
    gone = products(**{f"p{n}": (None, "2024-06-01") for n in range(1, 6)})
    changed = facts.range_changes(orders, gone, calendar=CALENDAR)
    assert review.same_range(cube, changed, months=MONTHS, calendar=CALENDAR) is cube


def test_the_share_left_out_is_told():
    cube, changed, lines = cube_and_changes("p3", launched="2023-07-01")
    left = review.same_range(cube, changed, months=MONTHS, calendar=CALENDAR)
    year = pd.to_datetime(lines["order_date"]).dt.year == 2024
    sold = pd.Series([float(v) for v in lines["net_sales"]], index=lines.index)
    share = sold[year & (lines["product_id"] == "p3")].sum() / sold[year].sum()
    for language in LANGUAGES:
        told = words(language)
        assert told.share(share) in review.say_same_range(cube, left, months=MONTHS, words=told)


def world(seed: int, lost: float):
    """A strategy without effect, in a region that sells a part less from the year on in which it runs; and the part."""
    cube, activities = pushed_world(Push(), seed=seed)
    mine, later = cube["region"] == activities["region"].iloc[0], cube["period"] >= "2025"
    part = (cube["net_sales_cents"] * lost).round()
    fallen = cube.assign(net_sales_cents=cube["net_sales_cents"] - part.where(mine & later, 0.0))
    article = cube.assign(net_sales_cents=part, launched=pd.NaT, withdrawn=pd.Timestamp("2024-12-31"))[mine & ~later]
    return cube, fallen, activities, article


@fewer
@given(st.integers(0, 10_000), st.floats(0.05, 0.3))
def test_a_withdrawn_article_is_no_effect_of_the_strategy(seed, lost):
    cube, fallen, activities, article = world(seed, lost)
    year = cube["period"].isin(MONTHS)
    assume(article["net_sales_cents"][year].sum() < 0.19 * cube["net_sales_cents"][year].sum())
    about = {"active": NOBODY, "calendar": CALENDAR, "seed": 1}
    plain, blamed = (strategy_effects(frame, activities, **about).iloc[0] for frame in (cube, fallen))
    fair = strategy_effects(fallen, activities, changed=article, **about).iloc[0]
    mine = fallen["region"] == activities["region"].iloc[0]
    sold = fallen["net_sales_cents"][mine & (fallen["period"] >= "2025-03")].sum() / 100
    assert blamed["effect"] < fair["effect"]
    assert fair["effect"] == pytest.approx(plain["effect"] * (1 - lost), abs=0.02 * sold)


def test_what_a_strategy_launched_is_its_own():
    cube, activities = pushed_world(Push(lift=0.5), seed=3)
    region = activities["region"].iloc[0]
    inside = (cube["region"] == region) & (cube["period"] >= "2025-03")
    article = cube[inside].assign(launched=pd.Timestamp("2025-03-10"), withdrawn=pd.NaT)
    article["net_sales_cents"] = (article["net_sales_cents"] / 3).round()
    about = {"active": NOBODY, "calendar": CALENDAR, "seed": 1}
    plain = strategy_effects(cube, activities, **about).iloc[0]
    assert strategy_effects(cube, activities, changed=article, **about).iloc[0].equals(plain)
    earlier = article.assign(launched=pd.Timestamp("2024-11-10"))  # before the strategy, so none of its doing
    assert strategy_effects(cube, activities, changed=earlier, **about).iloc[0]["effect"] < plain["effect"]


def test_parts_of_dates_are_read_as_days():
    orders = as_table(order_lines())
    given_dates = pd.DataFrame({"product_id": ["p3"], "launched": [None], "withdrawn": [dt.date(2024, 3, 1)]})
    found = facts.range_changes(orders, given_dates, calendar=CALENDAR)
    assert found["withdrawn"].unique().tolist() == [pd.Timestamp("2024-03-01")]
    assert found["launched"].isna().all()
