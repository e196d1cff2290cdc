"""People of the plan: whose account is whose, what teams can carry, what pay costs, whether owners have the days."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import norm

from salesplan import execution, facts, targets
from salesplan.config import Budget, Incentives, Role, Task
from salesplan.execution.incentives import _payout
from salesplan.periods import FiscalCalendar
from salesplan.words import words

EN = words("en")
CALENDAR = FiscalCalendar()
MONTHS = CALENDAR.months("2025")


# Pay


def expected(curve: list[tuple[float, float]], mean: float, sd: float) -> float:
    """The closed form of the mean of a piecewise-linear pay for normal attainment."""

    def above(at: float) -> float:
        z = (mean - at) / sd
        return sd * norm.pdf(z) + (mean - at) * norm.cdf(z)

    rises = [(b[1] - a[1]) / (b[0] - a[0]) * (above(a[0]) - above(b[0])) for a, b in pairwise(curve)]
    return curve[0][1] + sum(rises)


@pytest.mark.parametrize(("mean", "sd"), [(1.0, 0.1), (0.9, 0.2), (1.1, 0.15)])
def test_the_mean_pay_of_normal_attainment_is_that_of_the_closed_form(mean, sd):
    curve = Incentives(threshold=0.7, accelerator=2.0, cap=1.6).curve
    drawn = norm.ppf((np.arange(200_000) + 0.5) / 200_000, mean, sd)
    assert _payout(drawn, curve).mean() == pytest.approx(expected(curve, mean, sd), abs=1e-3)
    assert abs(expected(curve, 1.0, 0.2) - 1.0) > 0.01  # pay of the expected year is not the expected pay


@given(st.floats(0, 0.95), st.floats(0.1, 4), st.floats(1, 3))
def test_pay_never_falls_begins_at_nothing_is_whole_at_quota_and_ends_at_the_cap(threshold, accelerator, cap):
    curve = Incentives(threshold=threshold, accelerator=accelerator, cap=cap).curve
    at = np.linspace(0, 60, 500)
    paid = _payout(at, curve)
    assert (np.diff(paid) >= -1e-12).all()
    assert _payout(np.array([threshold, 1.0]), curve) == pytest.approx([0.0, 1.0])
    assert paid.max() == pytest.approx(cap)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"weights": {"net_sales": 0.7, "gross_margin": 0.2}}, "have to sum to 1"),
        ({"points": [(0.8, 0.0), (1.0, 1.0), (1.2, 0.9)]}, "pay falls"),
        ({"points": [(0.8, 0.5), (1.0, 1.0)]}, "jumps from nothing"),
        ({"points": [(0.8, 0.0), (0.8, 1.0)]}, "rising order"),
        ({"points": [(0.8, 0.0)]}, "two or more"),
        ({"cap": 0.9}, "greater than or equal to 1"),
    ],
)
def test_pay_with_an_edge_a_fall_or_weights_that_do_not_sum_is_refused(given, why):
    with pytest.raises(ValidationError, match=why):
        Incentives(**given)


def test_a_role_without_a_holder_is_refused():
    with pytest.raises(ValidationError, match="holder"):
        Role(role="Head of sales")


SUPPORTING = pd.DataFrame(
    [("gross_margin", 0.4, 0.4, "share", 0.5), ("collection_rate", 0.95, 0.9, "share", 0.0)],
    columns=["metric", "target", "baseline", "unit", "p_reach"],
)
QUOTAS = pd.DataFrame(
    [
        ("R1", "2026", "year", 1000.0, 0.5),
        ("R2", "2026", "year", 500.0, 0.5),
        ("unassigned", "2026", "year", 9.0, np.nan),
    ],
    columns=["rep_id", "period", "level", "quota", "p_reach"],
)
SOLD = pd.DataFrame({"R1": [80_000, 100_000, 120_000], "R2": [50_000] * 3}).T


def test_what_people_earn_and_what_it_costs_by_hand():
    pay = Incentives(variable=100.0, threshold=0.8, accelerator=1.0, cap=1.5)
    team = pd.DataFrame({"rep_id": ["R2"], "target_pay_cents": [100_000], "variable_share": [0.3]})
    about = {"pay": pay, "team": team, "supporting": SUPPORTING, "seed": 1}
    people = execution.incentives_people(SOLD, QUOTAS, **about).set_index("rep_id")
    assert people["variable"].to_dict() == {"R1": 100.0, "R2": 300.0}
    assert people.loc["R1", ["at_80", "at_100", "at_120"]].tolist() == [0.0, 100.0, 120.0]
    assert people.at["R1", "expected"] == pytest.approx((0 + 100 + 120) / 3, abs=0.01)
    landings = np.array([130_000, 150_000, 170_000])
    cost = execution.incentives(SOLD, QUOTAS, **about, landings=landings, goal=1500.0).set_index("scenario")
    assert cost.at["all_draws", "payout_p50"] == 400.0
    assert cost.at["goal_missed", "payout_p50"] == 300.0
    assert cost.at["goal_reached", "payout_p50"] == pytest.approx((400 + 420) / 2)
    assert cost.at["all_draws", "share_at_quota"] == pytest.approx((0.5 + 1 + 1) / 3)
    assert cost.at["all_draws", "share_of_margin"] == pytest.approx(400 / (0.4 * 1500))
    assert cost.at["at_120", "payout_p50"] == pytest.approx(1.2 * 400)
    text = execution.say_incentives(cost.reset_index(), people.reset_index(), words=EN).text
    assert "2 representatives have variable pay" in text


def test_a_measure_that_is_never_reached_pays_what_its_baseline_is_worth():
    pay = Incentives(variable=100.0, threshold=0.9, weights={"net_sales": 0.5, "collection_rate": 0.5})
    people = execution.incentives_people(SOLD, QUOTAS, pay=pay, team=None, supporting=SUPPORTING, seed=1)
    stays = (0.9 / 0.95 - 0.9) / 0.1
    assert people.set_index("rep_id").at["R2", "expected"] == pytest.approx(50 + 50 * stays, abs=0.01)


def test_without_pay_in_the_plan_file_it_says_what_it_would_give():
    about = {"pay": None, "team": None, "supporting": SUPPORTING, "seed": 1}
    people = execution.incentives_people(SOLD, QUOTAS, **about)
    cost = execution.incentives(SOLD, QUOTAS, **about, landings=np.array([1.0]), goal=1.0)
    assert people.empty
    assert cost.empty
    assert execution.say_incentives(cost, people, words=EN).checks[0].passed is None


# Accounts


def orders() -> ibis.Table:
    """R1 had C1 until June, R2 has it since; R3 left in September and had C2; C3 is R4's, online it is R5's."""
    rows = [
        (f"2025-{m:02d}-10", c, ch, r, 100.0)
        for m in range(1, 13)
        for c, ch, r in (
            ("C1", "direct", "R1" if m < 7 else "R2"),
            ("C2", "direct", "R3"),
            ("C3", "direct", "R4"),
            ("C3", "online", "R5"),
        )
        if not (r == "R3" and m > 9)
    ]
    frame = pd.DataFrame(rows, columns=["order_date", "customer_id", "channel", "rep_id", "net_sales"])
    frame["order_date"] = pd.to_datetime(frame["order_date"]).dt.date
    return ibis.memtable(frame.assign(region="east", quantity=1, order_type="sale"))


def held(customers: pd.DataFrame | None) -> pd.DataFrame:
    """Who carries which part of last year's sales in the east."""
    table = orders()
    active = pd.Series(["R1", "R2", "R4", "R5"])
    owners = targets.account_owners(facts.last_sellers(table), customers, active=active)
    by_owner = facts.rep_months(table, calendar=CALENDAR, owners=owners)
    return targets.carriers(by_owner, active=active, calendar=CALENDAR, year="2026")


def test_an_account_that_moved_takes_its_history_along_and_what_a_leaver_carried_is_open():
    share = held(None).set_index(["channel", "rep_id"])["share"]
    assert share["direct"].to_dict() == pytest.approx({"R2": 12 / 33, "R4": 12 / 33, "unassigned": 9 / 33})
    assert share["online"].to_dict() == {"R5": 1.0}


def test_whom_the_customer_list_names_takes_over_from_who_left():
    customers = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "rep_id": ["R1", "R4", "R4"]})
    share = held(customers).set_index(["channel", "rep_id"])["share"]
    assert share["direct"].to_dict() == pytest.approx({"R2": 12 / 33, "R4": 21 / 33})
    assert share["online"].to_dict() == {"R5": 1.0}


def test_who_left_is_named_with_what_is_open():
    team = pd.DataFrame({"rep_id": ["R3", "R9"], "left": pd.to_datetime(["2025-09-30", "2025-01-31"])})
    reps = facts.rep_months(orders(), calendar=CALENDAR)
    about = {"calendar": CALENDAR, "year": "2026", "cut_off": dt.date(2025, 12, 31)}
    assert execution.left_since(reps, team, **about) == ["R3"]
    assert execution.left_since(reps, None, **about) == []


# Capacity


def frame(columns: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


def test_joiners_grow_into_their_trade_leavers_end_and_both_by_their_dates():
    place = "rep_id period region channel net_sales_cents"
    reps = frame(place, *(("R1", m, "east", "direct", 10_000) for m in MONTHS), ("R2", "2025-12", "east", "direct", 0))
    first = pd.Timestamp("2020-01-01"), pd.Timestamp("2025-12-31")
    ends = pd.Timestamp("2026-06-30"), pd.NaT
    team = frame("rep_id region hired left", ("R1", "east", first[0], ends[0]), ("R2", "east", first[1], ends[1]))
    ahead = CALENDAR.months("2026")
    parts = frame("rep_id region channel period target", *(("R1", "east", "direct", m, 200.0) for m in ahead))
    about = {"carriers": frame("region channel rep_id share", ("east", "direct", "R1", 1.0)), "year": "2026"}
    table = execution.capacity(parts, reps, team=team, calendar=CALENDAR, **about).set_index("period")
    assert table.at["2026-01", "heads"] == 2
    assert table.at["2026-01", "ramped_heads"] == pytest.approx(1 + np.mean(np.arange(1, 32)) / 183, abs=0.01)
    assert (table.at["2026-07", "heads"], table.at["2026-07", "ramped_heads"]) == (1, pytest.approx(1, abs=0.01))
    assert table.at["2026-03", "productivity"] == 100.0
    assert table.at["2026-03", "gap"] == pytest.approx(table.at["2026-03", "ramped_heads"] * 100 - 200, abs=1)
    assert execution.say_capacity(table.reset_index(), words=EN, year="2026").checks[0].passed is None


def test_a_rise_a_head_that_a_team_never_showed_is_named():
    months = [m for year in ("2023", "2024", "2025") for m in CALENDAR.months(year)]
    sold = {"2023": 100, "2024": 110, "2025": 121}
    reps = frame(
        "rep_id period region channel net_sales_cents",
        *(("R1", m, "east", "direct", sold[m[:4]] * 100) for m in months),
    )
    team = frame("rep_id region hired left", ("R1", "east", pd.Timestamp("2020-01-01"), pd.NaT))
    carriers = frame("region channel rep_id share", ("east", "direct", "R1", 1.0))
    for asked, passed in ((130.0, True), (140.0, False)):
        goals = (("R1", "east", "direct", m, asked) for m in CALENDAR.months("2026"))
        parts = frame("rep_id region channel period target", *goals)
        table = execution.capacity(parts, reps, team=team, carriers=carriers, calendar=CALENDAR, year="2026")
        assert table["best_rise"].iloc[0] == pytest.approx(0.1)
        finding = execution.say_capacity(table, words=EN, year="2026")
        assert finding.checks[0].passed is passed
    assert "most east, +15.7 % on last year where its best rise in a year was +10.0 %" in finding.text


# Load and budget


def task(owner: str, days: float | None, start: str, due: str) -> Task:
    about = {"task_id": f"T{start}", "initiative_id": "I", "task": "Do", "deliverable": "Done", "owner": owner}
    return Task(**about, days=days, start=dt.date.fromisoformat(start), due=dt.date.fromisoformat(due))


def test_days_of_tasks_are_spread_over_their_time_and_held_against_the_owner_s():
    tasks = [
        task("A", 18.1, "2026-01-01", "2026-06-30"),
        task("B", 5, "2026-02-01", "2026-02-28"),
        task("B", None, "2026-03-01", "2026-03-02"),
    ]
    roles = [Role(role="r", holder="A", days=5), Role(role="s", holder="A", days=3)]
    table = execution.load(tasks, roles, calendar=CALENDAR, year="2026").set_index(["owner", "period"])
    assert table["days"].to_dict() == {("A", "2026Q1"): 9.0, ("A", "2026Q2"): 9.1, ("B", "2026Q1"): 5.0}
    assert table["state"].tolist() == ["over", "over", "unknown"]
    finding = execution.say_load(table.reset_index(), words=EN)
    assert finding.checks[0].passed is False
    assert "A needs 9.1 in 2026Q2 and has 8.0" in finding.text
    assert execution.say_load(table.head(0).reset_index(), words=EN).checks[0].passed is None


def test_what_is_planned_beyond_the_budget_is_named_by_period():
    table = pd.DataFrame(
        [("I1", "2026-01", 60.0, 60.0, "gate_open"), ("I1", "2026-04", 50.0, 0.0, "2026Q1")],
        columns=["initiative_id", "period", "planned", "released", "gate"],
    )
    about = {"words": EN, "calendar": CALENDAR, "year": "2026"}
    finding = execution.say_budget(table, **about, limits=Budget(year=120, quarters={"2026Q1": 60}, reserve=0.1))
    assert finding.checks[1].passed is False
    assert "2026Q1: ¥60.00 is planned, ¥54.00 may be spent" in finding.text
    assert "2026: ¥110" in finding.text
    assert execution.say_budget(table, **about, limits=Budget(year=110)).checks[1].passed is True
    assert len(execution.say_budget(table, **about).checks) == 1


# Scorecard


def test_a_goal_has_the_state_that_its_tracking_has():
    tracking = pd.DataFrame(
        [
            ("total", "total", "2026", "year", 9.0, 0.05, "red"),
            ("region", "EC", "2026", "year", 5.0, 0.2, "amber"),
            ("region", "NC", "2026", "year", 4.0, 0.6, "waiting"),
        ],
        columns=["dimension", "member", "period", "level", "target", "p_reach", "alarm"],
    )
    supporting = SUPPORTING.assign(owner="B", period="2026")
    supporting.loc[len(supporting)] = ["satisfaction", 4.0, 3.9, "score", np.nan, "B", "2026"]
    card = execution.scorecard(supporting, tracking, owners={"region/EC": "M1"}, default="D").set_index("goal")
    assert card["state"].to_dict() == {
        "net_sales": "red",
        "region/EC": "amber",
        "region/NC": "waiting",
        "gross_margin": "green",
        "collection_rate": "red",
        "satisfaction": "cannot_tell",
    }
    assert card["owner"].to_dict()["region/EC"] == "M1"
    assert card["owner"].to_dict()["region/NC"] == "D"
    assert execution.say_scorecard(card.reset_index(), words=EN).checks[0].passed is False
