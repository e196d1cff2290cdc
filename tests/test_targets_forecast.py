"""Sample paths: members add up, ranges hold what they promise, short histories say what they cannot."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from salesplan import targets
from salesplan.config import DIMENSIONS, TargetChoices
from salesplan.periods import FiscalCalendar
from salesplan.targets.accuracy import accuracy
from salesplan.targets.backtest import backtest, seasons
from salesplan.targets.forecasters import MIXTURE, middles
from salesplan.targets.reconciling import leaf_history, reconciled
from salesplan.targets.series import history, holidays
from salesplan.targets.uncertainty import spread
from salesplan.words import words
from tests.planned_company import CALENDAR, cube
from tools.worlds import Company, sold_world

EN = words("en")


def looked_ahead(table: pd.DataFrame, *, as_of: str = "2025Q4", seed: int = 1, **more) -> targets.Forecast:
    return targets.forecast(table, calendar=CALENDAR, as_of=as_of, seed=seed, draws=200, **more)


@pytest.fixture(scope="module")
def outlook() -> targets.Forecast:
    return looked_ahead(cube())


def test_i15_members_sum_to_the_total_in_every_month_and_draw(outlook):
    sums = outlook.paths.groupby(["dimension", "period", "draw"])["baseline"].sum().unstack("dimension")
    for dimension in DIMENSIONS:
        assert (sums[dimension] == sums["total"]).all()
    assert str(outlook.paths["baseline"].dtype) == "int64"


def test_one_model_is_chosen_per_level(outlook):
    assert (outlook.accuracy[outlook.accuracy["chosen"]]["level"].value_counts() == 1).all()


def test_ranges_hold_about_what_they_promise_in_years_to_come():
    hits = []
    for seed in range(8):
        known = cube(months=72, seed=seed, last="2026-12")
        seen = looked_ahead(known[known["period"] < "2026"], seed=seed)
        ranges = targets.quantiles(seen.paths).set_index(["dimension", "member", "period"])
        actual = history(known, calendar=CALENDAR, as_of="2026Q4").loc["2026-01":].T.stack() / 100
        actual.index.names = ["dimension", "member", "period"]
        both = ranges.join(actual.rename("actual"))
        hits.append(both["actual"].between(both["p10"], both["p90"]).mean())
    assert 0.68 <= np.mean(hits) <= 0.92


def test_a_range_is_never_judged_by_errors_it_was_made_of():
    test = backtest(history(cube(), calendar=CALENDAR, as_of="2025Q4"), holidays=np.zeros((72, 0)))
    at = len(test.origins) - 1
    about = {"model": "snaive_growth", "level": "total"}
    reach = spread(test, **about, without=at)
    near = [k for k, o in enumerate(test.origins) if abs(o - test.origins[at]) < 12]
    test.errors[:, near] *= 1000
    test.years[:, near] *= 1000
    assert spread(test, **about, without=at) == reach
    assert spread(test, **about).year > reach.year


def test_nothing_after_the_cut_off_is_looked_at():
    known = cube(months=66, last="2026-06")
    both = [looked_ahead(t).paths for t in (known, known[known["period"] <= "2025-12"])]
    pd.testing.assert_frame_equal(*both)


def test_the_order_of_rows_does_not_matter():
    table = cube()
    pd.testing.assert_frame_equal(looked_ahead(table.sample(frac=1, random_state=3)).paths, looked_ahead(table).paths)


def test_closed_months_hold_what_came():
    known = cube(months=66, last="2026-06")
    shown = targets.quantiles(looked_ahead(known, as_of="2026Q2").paths).query("dimension == 'total'")
    came = known[known["period"] >= "2026"].groupby("period")["net_sales_cents"].sum() / 100
    closed = shown.set_index("period").loc[came.index]
    assert (closed["p10"] == closed["p90"]).all()
    assert (closed["p50"] == came).all()
    assert (shown.iloc[6:]["p10"] < shown.iloc[6:]["p90"]).all()


def test_planted_growth_and_season_are_found():
    shown = targets.quantiles(looked_ahead(cube(noise=0.01, growth=0.06)).paths).query("dimension == 'total'")
    mid = shown.set_index("period")["p50"]
    assert mid["2026-03"] / mid["2026-09"] == pytest.approx(1.3 / 0.7, rel=0.08)


@pytest.mark.parametrize("months", [1, 5, 12, 13, 18, 23, 30, 35])
def test_short_histories_fall_back_and_say_so(months):
    short = looked_ahead(cube(months=months))
    chosen = short.accuracy[short.accuracy["chosen"]]
    assert set(chosen["model"]) == {"recent_level" if months <= 12 else "snaive" if months < 24 else MIXTURE}
    assert chosen[["mase", "coverage80"]].isna().all(axis=None)
    assert (short.paths["baseline"] >= 0).all()
    finding = targets.say_accuracy(short.accuracy, words=EN, months=short.months)
    assert "too short" in finding.text
    assert finding.checks[0].passed is None


def test_less_history_means_a_wider_range():
    widths = []
    for months in (60, 20, 8):
        year = looked_ahead(cube(months=months)).paths.query("dimension == 'total'").groupby("draw")["baseline"].sum()
        low, high = np.log(year.quantile([0.1, 0.9]))
        widths.append(high - low)
    assert widths == sorted(widths)


def test_members_that_vanish_or_appear_late_do_no_harm():
    table = cube()
    table.loc[(table["region"] == "east") & (table["period"] >= "2024-06"), "net_sales_cents"] = 0
    table.loc[(table["region"] == "west") & (table["period"] < "2025-08"), "net_sales_cents"] = 0
    table.loc[table["channel"] == "online", "net_sales_cents"] *= -1
    found = looked_ahead(table)
    assert np.isfinite(found.paths["baseline"]).all()
    assert found.accuracy["chosen"].groupby(found.accuracy["level"]).sum().eq(1).all()


def test_the_new_year_is_where_the_almanac_says():
    share = holidays(["2025-01", "2025-02", "2026-01", "2026-02", "2026-03"], calendar=CALENDAR)
    # 29 January 2025 and 17 February 2026
    assert share[:, 1] == pytest.approx([3 / 7, 4 / 7, 0, 1, 0])
    assert share[2, 0] == pytest.approx(5 / 21)
    assert share.sum(axis=0)[1] == pytest.approx(2)


def test_a_wandering_new_year_is_forecast_better_when_it_is_known():
    table = cube(months=72, noise=0.01, last="2026-12")
    months = sorted(table["period"].unique())
    lift = np.exp(holidays(months, calendar=CALENDAR) @ np.array([0.35, -0.55, -0.25]))
    moved = table.assign(
        net_sales_cents=table["net_sales_cents"] * table["period"].map(dict(zip(months, lift, strict=True)))
    )
    moved["net_sales_cents"] = moved["net_sales_cents"].round().astype("int64")
    came = moved[moved["period"].isin(["2026-01", "2026-02"])].groupby("period")["net_sales_cents"].sum()
    miss = []
    for lunar in (True, False):
        paths = looked_ahead(moved[moved["period"] < "2026"], lunar=lunar).paths.query("dimension == 'total'")
        mid = paths.groupby("period")["baseline"].median().loc[came.index]
        miss.append(float((mid / came - 1).abs().mean()))
    assert miss[0] < miss[1]


def company(*, growths: list[float], noise: float, months: int = 48, seed: int = 1) -> np.ndarray:
    """Months × (the company, its members): members of one size, each with its own growth of a year [log]."""
    rng = np.random.default_rng(seed)
    steps = np.arange(months)[:, None] / 12
    members = np.exp(12 + np.array(growths) * steps + rng.normal(0, noise, (months, len(growths))))
    return np.column_stack([members.sum(axis=1), members])


def expected_growth(values: np.ndarray) -> np.ndarray:
    levels = np.array(["total", *["product"] * (values.shape[1] - 1)])
    none = np.zeros((len(values), 0))
    return np.array([own.growth for own in seasons(values, levels=levels, holidays=none)])


def test_a_members_growth_and_season_are_its_own_where_members_differ_and_the_companys_where_they_do_not():
    lasting = np.linspace(-0.2, 0.3, 12)
    found = expected_growth(company(growths=list(lasting), noise=0.01))[1:]
    assert np.polyfit(lasting, found, 1)[0] > 0.5  # two years of twelve members: most of what lasts is believed
    even = expected_growth(company(growths=[0.05] * 6, noise=0.3))
    assert np.abs(even[1:] - even[0]).max() < 0.06
    angle = 2 * np.pi * np.arange(48) / 12
    for apart, noise in ((0.3, 0.02), (0.0, 0.2)):
        waves = np.array([apart * np.sin(angle + k) for k in range(6)]).T
        values = company(growths=[0.0] * 6, noise=noise)
        values[:, 1:] *= np.exp(waves)
        values[:, 0] = values[:, 1:].sum(axis=1)
        about = {"levels": np.array(["total", *["product"] * 6]), "holidays": np.zeros((48, 0))}
        months = np.array([own.months for own in seasons(values, **about)])
        if apart:
            assert months[1:] == pytest.approx(waves[:12].T, abs=0.06)
        else:
            assert np.abs(months[1:] - months[0]).max() < 0.06


def test_a_model_that_the_back_test_shows_worse_than_last_year_and_growth_is_never_taken(outlook):
    table = outlook.accuracy[outlook.accuracy["horizon"] == 12]
    mase = table.pivot(index="level", columns="model", values="mase")
    taken = table[table["chosen"]].set_index("level")["mase"]
    assert (taken <= mase["snaive_growth"].reindex(taken.index)).all()
    noise = np.random.default_rng(2).normal(0, 0.02, 48)
    jumps = np.repeat([10.0, 10.6, 10.2, 10.8], 12) + noise  # each year on a level of its own
    past = pd.DataFrame({("total", "total"): np.exp(jumps)}, index=CALENDAR.span("2022-01", "2025-12"))
    past.columns = pd.MultiIndex.from_tuples(past.columns)
    found = accuracy(backtest(past, holidays=np.zeros((60, 0))))
    year = found[found["horizon"] == 12].set_index("model")
    assert year.loc[year["chosen"], "mase"].iloc[0] <= year.loc["snaive_growth", "mase"]


def test_forecasts_of_what_scatters_are_about_its_mean():
    rng = np.random.default_rng(5)
    off = []
    for _ in range(40):
        sales = rng.lognormal(10, 0.3, 60)
        about = {"levels": np.array(["total", "product"]), "holidays": np.zeros((72, 0))}
        season = seasons(np.column_stack([sales, sales]), **about)[1]
        off.append(middles(sales, season=season, steps=12)[MIXTURE].mean())
    assert np.mean(off) == pytest.approx(np.exp(10 + 0.3**2 / 2), rel=0.1)


def test_forecasts_add_up_and_what_adds_up_is_left_alone():
    table = cube()
    past = history(table, calendar=CALENDAR, as_of="2025Q4")
    leaves = leaf_history(table, months=past.index)
    last = past.to_numpy()[-12:].T
    again = reconciled(past, leaves, middle=last, growth=np.zeros(len(last)))
    levels = past.columns.get_level_values(0)
    for dimension in DIMENSIONS:
        assert again[levels == dimension].sum(axis=0) == pytest.approx(again[0])
    apart = last * np.random.default_rng(1).uniform(0.9, 1.1, last.shape)
    found = reconciled(past, leaves, middle=apart, growth=np.zeros(len(last)))
    for dimension in DIMENSIONS:
        assert found[levels == dimension].sum(axis=0) == pytest.approx(found[0])
    assert (found >= 0).all()


def test_a_member_whose_cells_are_too_small_to_be_seen_keeps_its_own_forecast():
    table = cube()
    past = history(table, calendar=CALENDAR, as_of="2025Q4")
    leaves = leaf_history(table, months=past.index)
    member = str(table["region"].iloc[0])
    without = leaves.loc[:, leaves.columns.get_level_values("region") != member]
    last = past.to_numpy()[-12:].T
    found = reconciled(past, without, middle=last, growth=np.zeros(len(last)))
    at = list(past.columns).index(("region", member))
    assert last[at].sum() > 0
    assert (found[at] == last[at]).all()


@pytest.mark.parametrize("shape", ["steady", "breaking"])
def test_the_year_of_planted_companies_lies_in_the_range_about_as_often_as_said(shape):
    # 8 companies of 12 series each; `make calibrate` looks at five hundred: see docs/calibration.md
    inside = []
    for seed in range(8):
        table = sold_world(Company(shape, 36), seed=seed, first="2022-01")
        paths = looked_ahead(table[table["period"] < "2025"], as_of="2024Q4", lunar=False).paths
        years = paths.groupby(["dimension", "member", "draw"])["baseline"].sum().groupby(["dimension", "member"])
        came = history(table, calendar=CALENDAR, as_of="2025Q4").loc["2025-01":].sum()
        low, high = years.quantile(0.1), years.quantile(0.9)
        known = [k for k in low.index if k[0] in ("total", "product", "region")]
        inside += [low[k] <= came[k] <= high[k] for k in known]
    assert 0.65 <= np.mean(inside) <= 0.95


WEEKS = FiscalCalendar(pattern="445")


def same_every_day(first: str, last: str) -> pd.DataFrame:
    """A hundred a day in whole fiscal months of weeks, of one member each."""
    months = WEEKS.span(first, last)
    sold = [7 * 100_00 * WEEKS.weeks([month]) for month in months]
    rows = pd.DataFrame({"period": months, "net_sales_cents": np.array(sold, dtype="int64")})
    return rows.assign(product="A", region="N", customer_group="G", channel="C", cost_cents=np.nan, quantity=1.0)


def test_a_53rd_week_is_neither_growth_nor_carried_on():
    sold = same_every_day("2023-01", "2026-12")
    assert [WEEKS.weeks(WEEKS.months(str(year))) for year in (2025, 2026, 2027)] == [52, 53, 52]
    seen = targets.forecast(sold, calendar=WEEKS, as_of="2026Q4", seed=1, draws=50, lunar=False)
    year = 52 * 7 * 100.0
    months = targets.quantiles(seen.paths).query("dimension == 'total'").set_index("period")["p50"]
    assert months.sum() == pytest.approx(year, rel=0.005)
    assert months["2027-12"] == pytest.approx(5 * 7 * 100, rel=0.005)
    assert targets.last_year_sales(sold, calendar=WEEKS, year="2027") == pytest.approx(year)
    paths = seen.paths.assign(planned=seen.paths["baseline"])
    about = {"start": paths, "now": paths, "calendar": WEEKS, "year": "2027", "words": EN}
    table = targets.topline(sold, choices=TargetChoices(), **about)
    assert table.set_index("basis")["amount"]["own_growth"] == pytest.approx(year)
    said = targets.say_topline(table, seen.methods, words=EN, last_year=year, weeks=(53.0, 52.0)).text
    assert "Last year had 53 weeks, the plan year has 52: growth is told per week." in said


def test_a_year_that_will_have_53_weeks_is_forecast_with_them():
    seen = targets.forecast(
        same_every_day("2022-01", "2025-12"), calendar=WEEKS, as_of="2025Q4", seed=1, draws=50, lunar=False
    )
    months = targets.quantiles(seen.paths).query("dimension == 'total'").set_index("period")["p50"]
    assert months["2026-12"] == pytest.approx(6 * 7 * 100, rel=0.005)


@pytest.mark.parametrize("months", [10, 14])
def test_with_little_history_that_is_told_first_and_growth_only_on_a_whole_year(months):
    known = cube(months=months)
    seen = looked_ahead(known)
    paths = seen.paths.assign(planned=seen.paths["baseline"])
    last = targets.last_year_sales(known, calendar=CALENDAR, year="2026")
    about = {"start": paths, "now": paths, "calendar": CALENDAR, "year": "2026", "words": EN}
    table = targets.topline(known, choices=TargetChoices(), **about)
    said = targets.say_topline(table, seen.methods, words=EN, last_year=last, weeks=(12.0, 12.0)).text
    assert said.startswith(f"There are {months} months of history")
    assert ("on last year" in said) == (months >= 12) == np.isfinite(last)
