"""One rule of on track: what has to have come by when, and how often its alarms are wrong."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import course, targets
from salesplan.periods import FiscalCalendar
from salesplan.targets.alarms import past_courses
from salesplan.targets.backtest import backtest
from salesplan.targets.forecasters import MIXTURE, MODELS

CALENDAR = FiscalCalendar()
MONTHS = CALENDAR.months("2026")
SHARE = np.array([1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 4]) / 18


def cells(*, goal: float = 1800.0) -> pd.DataFrame:
    table = pd.DataFrame({"period": MONTHS, "target": (goal * SHARE).round(2)})
    return table.assign(product="A", region="R", customer_group="G", channel="C")


def years(draws: int, *, seed: int) -> np.ndarray:
    """Years [month, draw; cents] about 1,800: a part that lasts all year, and one of each month."""
    rng = np.random.default_rng(seed)
    lasting, alone = np.exp(rng.normal(0, 0.06, draws)), np.exp(rng.normal(0, 0.1, (12, draws)))
    return 180_000 * SHARE[:, None] * lasting * alone


def paths(sold: np.ndarray) -> pd.DataFrame:
    months, draws = np.repeat(MONTHS, sold.shape[1]), np.tile(np.arange(sold.shape[1]), len(MONTHS))
    one = pd.DataFrame({"period": months, "draw": draws, "planned": np.rint(sold).ravel()})
    keys = [("total", "total"), ("product", "A"), ("region", "R"), ("customer_group", "G"), ("channel", "C")]
    return pd.concat([one.assign(dimension=d, member=m) for d, m in keys], ignore_index=True)


@pytest.mark.parametrize(
    ("p_reach", "said"), [(0.0999, "red"), (0.1, "amber"), (0.2499, "amber"), (0.25, "green"), (np.nan, "cannot_tell")]
)
def test_a_goal_has_the_state_of_its_probability(p_reach, said):
    assert course.state(p_reach) == said


def test_what_is_needed_gives_the_goal_just_this_probability():
    rng = np.random.default_rng(1)
    come = rng.normal(100, 10, 200_000)
    whole = 3 * come + rng.normal(0, 15, len(come))
    for chance in (0.1, 0.25, 0.5):
        # P(3 c + N(0, 15) >= 330) = chance, solved for c by hand
        by_hand = (330 - 15 * {0.1: 1.2816, 0.25: 0.6745, 0.5: 0.0}[chance]) / 3
        assert course.needed(come, whole, goal=330, chance=chance) == pytest.approx(by_hand, abs=0.1)


@given(
    seed=st.integers(0, 50),
    goal=st.floats(1, 1e6),
    closed=st.integers(1, 12),
    chances=st.tuples(*[st.floats(0, 1)] * 2),
)
def test_more_is_needed_for_more_certainty_and_for_a_higher_goal(seed, goal, closed, chances):
    sold = years(200, seed=seed)
    known = sold[:closed].sum(axis=0), sold.sum(axis=0)
    low, high = (course.needed(*known, goal=goal, chance=chance) for chance in sorted(chances))
    assert low <= high <= course.needed(*known, goal=goal + 1, chance=max(chances))
    if closed == 12:
        assert low == pytest.approx(goal)


def test_milestones_hold_what_was_seen_when_the_year_began_for_closed_months_and_what_is_seen_now_for_open_ones():
    sold = years(4000, seed=2)
    now = sold.copy()
    now[:3] = 0.9 * 180_000 * SHARE[:3, None]  # the first quarter came a tenth short
    table = targets.milestones(cells(), start=paths(sold), now=paths(now), calendar=CALENDAR, as_of="2026Q1")
    began = targets.milestones(cells(), start=paths(sold), now=paths(sold), calendar=CALENDAR, as_of="2025Q4")
    monthly, quarterly = (table[table["level"] == level] for level in ("month", "quarter"))
    assert monthly["target"].sum() == pytest.approx(1800)
    assert quarterly["cumulative"].tolist() == monthly["cumulative"].tolist()[2::3]
    assert monthly["amber"].tolist()[:3] == began["amber"].tolist()[:3]
    assert (monthly["red"] <= monthly["amber"]).all()
    assert quarterly[["amber", "red"]].iloc[-1].tolist() == pytest.approx([1800, 1800])
    # by the half year a goal with this much behind it: the bound of amber is where a quarter of the draws still reach
    come, whole = sold[:6].sum(axis=0) / 100, sold.sum(axis=0) / 100
    near = np.abs(come - began.query("period == '2026Q2'")["amber"].iloc[0]) < 12
    assert (whole[near] >= 1800).mean() == pytest.approx(0.25, abs=0.06)


def test_the_rates_of_the_draws_are_those_of_years_that_nobody_has_drawn_yet():
    none = pd.DataFrame(columns=["quarter"])
    table = targets.alarms(cells(), paths=paths(years(20_000, seed=3)), past=none, calendar=CALENDAR)
    fresh = years(20_000, seed=4)
    bounds = targets.milestones(
        cells(), start=paths(fresh), now=paths(years(20_000, seed=3)), calendar=CALENDAR, as_of="2025Q4"
    ).set_index("period")["amber"]
    reached = fresh.sum(axis=0) >= 180_000
    for number, period in enumerate(["2026Q1", "2026Q2", "2026Q3"], 1):
        come = fresh[: 3 * number].sum(axis=0)
        raised = {"on_track": come < bounds[period] * 100, "pace": come < 0.95 * 180_000 * SHARE[: 3 * number].sum()}
        rows = table[(table["basis"] == "draws") & (table["period"] == period)].set_index("rule")
        for rule, alarm in raised.items():
            row = rows.loc[rule]
            assert row["false_alarms"] == pytest.approx(alarm[reached].mean(), abs=0.02)
            assert row["missed_alarms"] == pytest.approx((~alarm[~reached]).mean(), abs=0.02)
    assert table.query("basis == 'backtest'")[["n", "years_reached", "years_missed"]].eq(0).all(axis=None)
    assert table.query("basis == 'backtest'")["false_alarms"].isna().all()


def test_past_years_are_judged_by_what_was_forecast_on_their_way():
    rng = np.random.default_rng(5)
    months = pd.Index(CALENDAR.span("2020-01", "2025-12"), name="period")
    total = 1e6 * (1 + 0.3 * np.sin(np.arange(72) / 6 * np.pi)) * np.exp(rng.normal(0, 0.05, 72))
    keys = pd.MultiIndex.from_tuples([("total", "total"), ("region", "A"), ("region", "B")])
    past = pd.DataFrame(np.array([total, 0.6 * total, 0.4 * total]).T, index=months, columns=keys)
    test = backtest(past, holidays=np.zeros((84, 0)))
    found = past_courses(test, past, chosen={"total": MIXTURE, "region": MIXTURE}, calendar=CALENDAR)
    # nine origins a quarter apart, the last where 2025 began: of 2023 and 2024 every quarter, of 2025 none
    assert sorted(set(found["year"])) == ["2023", "2024"]
    assert len(found) == 2 * 3 * 3
    row = found.query("member == 'A' and year == '2024' and quarter == 2").iloc[0]
    assert row["so_far"] == pytest.approx(0.6 * total[48:54].sum())
    assert row["came"] == pytest.approx(0.6 * total[48:60].sum())
    at = test.origins.index(54)
    forecast = np.exp(-test.errors[MODELS.index(MIXTURE), at, 1, :6]) * 0.6 * total[54:60]
    assert row["ahead"] == pytest.approx(forecast.sum())


def test_the_backtest_counts_alarms_against_goals_as_likely_as_this_years():
    sold = years(4000, seed=6)
    goal = float(np.median(sold.sum(axis=0)))  # of 50 %
    one = {"dimension": "total", "member": "total", "quarter": 2, "opened": 1000.0, "opened_so_far": 500.0}
    past = pd.DataFrame(
        [
            {**one, "year": "2022", "so_far": 520.0, "ahead": 520.0, "came": 1030.0},  # on its way, reached
            {**one, "year": "2023", "so_far": 500.0, "ahead": 500.0, "came": 960.0},  # on its way, missed after all
            {**one, "year": "2024", "so_far": 440.0, "ahead": 450.0, "came": 900.0},  # alarm, missed
            {**one, "year": "2025", "so_far": 440.0, "ahead": 450.0, "came": 1010.0},  # alarm, reached after all
        ]
    )
    table = targets.alarms(cells(goal=goal / 100), paths=paths(sold), past=past, calendar=CALENDAR)
    rows = table.query("basis == 'backtest' and period == '2026Q2'").set_index("rule")
    assert rows.loc["on_track", ["n", "years_reached", "years_missed"]].tolist() == [4, 2, 2]
    assert rows.loc["on_track", ["false_alarms", "missed_alarms"]].tolist() == [0.5, 0.5]
    assert rows.loc["pace", ["false_alarms", "missed_alarms"]].tolist() == [0.5, 0.5]
