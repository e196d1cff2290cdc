"""The execution plan: tasks, quotas, money, meetings, tracking and risks."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import config, execution, targets
from salesplan.config import Initiative, Limit, Meeting, Risk, Task
from salesplan.errors import PlanFileError
from salesplan.initiatives import register
from salesplan.words import words
from tests.planned_company import CALENDAR, MEMBERS, cube

EN = words("en")


def move(code: str = "I1", **changed: object) -> Initiative:
    given = {
        "initiative_id": code,
        "lever": "market",
        "action": "open shops",
        "mechanism": "more shelves",
        "owner": "M1",
        "start": dt.date(2026, 2, 1),
        "due": dt.date(2026, 8, 31),
        "cost": 1000.01,
        "impact_low": 0,
        "impact_mid": 1000,
        "impact_high": 3000,
        "probability": 0.5,
        "evidence": "none",
    }
    return Initiative(**{**given, **changed})


def task(code: str, *, wait: tuple[str, ...] = (), start: str = "2026-02-01", due: str = "2026-03-31") -> Task:
    return Task(
        task_id=code,
        initiative_id="I1",
        task="do it",
        owner="M2",
        start=dt.date.fromisoformat(start),
        due=dt.date.fromisoformat(due),
        depends_on=list(wait),
        deliverable="a list",
    )


def test_tasks_carry_their_raci_and_an_initiative_without_tasks_gets_its_own_action():
    moves = register([move("I1"), move("I2", action="write letters")], words=EN)
    plan = execution.work_plan([task("T1")], moves, words=EN).set_index("task_id")
    assert plan.loc["T1", ["owner", "responsible", "accountable"]].tolist() == ["M2", "M2", "M1"]
    assert plan.loc["I2-0", "task"] == "write letters"
    assert set(plan["initiative_id"]) == {"I1", "I2"}


def test_i23_a_task_that_starts_before_what_it_waits_for_is_named():
    moves = register([move()], words=EN)
    tasks = [task("T1"), task("T2", wait=("T1",), start="2026-03-01", due="2026-09-30")]
    plan = execution.work_plan(tasks, moves, words=EN)
    dates, within = execution.say_work_plan(plan, moves, words=EN).checks
    assert (dates.passed, within.passed) == (False, False)
    assert "T2" in dates.text
    assert "T2" in within.text
    calm = execution.work_plan([task("T1")], moves, words=EN)
    assert all(c.passed for c in execution.say_work_plan(calm, moves, words=EN).checks)


def test_c55_tasks_that_wait_for_one_another_are_refused_with_the_circle():
    text = """
[company]
name = "x"
title = "X"
currency = "EUR"
[sources.orders]
path = "o.csv"
[[initiatives]]
initiative_id = "I1"
lever = "market"
action = "a"
mechanism = "m"
start = 2026-01-01
due = 2026-12-31
cost = 1
impact_low = 0
impact_mid = 1
impact_high = 2
probability = 0.5
evidence = "e"
"""
    rows = "".join(
        f'[[tasks]]\ntask_id = "{a}"\ninitiative_id = "I1"\ntask = "t"\nowner = "M"\nstart = 2026-01-01\n'
        f'due = 2026-02-01\ndepends_on = ["{b}"]\ndeliverable = "d"\n'
        for a, b in (("T1", "T2"), ("T2", "T3"), ("T3", "T1"))
    )
    with pytest.raises(PlanFileError, match=r"T\d -> T\d -> T\d -> T\d"):
        config.parse(text + rows)


@given(
    cost=st.integers(0, 10**12),
    start=st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
    days=st.integers(0, 400),
    quarter=st.sampled_from(["2025Q4", "2026Q1", "2026Q3"]),
)
def test_i24_the_budget_spends_each_cost_to_the_cent_and_releases_no_more(cost, start, days, quarter):
    moves = register([move(cost=cost / 100, start=start, due=start + dt.timedelta(days=days))], words=EN)
    table = execution.budget(moves, calendar=CALENDAR, as_of=quarter, year="2026")
    assert (table["planned"] * 100).round().sum() == round(moves["cost"].iloc[0] * 100)
    assert (table["released"] <= table["planned"]).all()
    free = table["period"].map(CALENDAR.quarter_of) <= CALENDAR.shift(quarter, 1)
    assert (table.loc[free, "released"] == table.loc[free, "planned"]).all()
    assert (table.loc[~free, "released"] == 0).all()


def test_meetings_fall_after_each_close_and_never_on_a_weekend():
    monthly = Meeting(meeting="review", every="month", days_after=3, participants=["A", "B"], pack="figures")
    once = Meeting(meeting="kick-off", date=dt.date(2026, 1, 7), participants=["A"], pack="plan")
    table = execution.meeting_calendar([monthly, once], calendar=CALENDAR, year="2026", words=EN)
    assert len(table) == 13
    assert table["date"].is_monotonic_increasing
    assert (table.loc[table["meeting"] == "review", "date"].dt.dayofweek < 5).all()
    assert pd.Timestamp("2026-02-03") in set(table["date"])
    assert table["participants"].iloc[-1] == "A, B"


def paths(value: float = 100.0, draws: int = 40) -> pd.DataFrame:
    """Every region brings the same in each month, spread evenly over the draws around ``value`` [cents]."""
    keys = pd.MultiIndex.from_product(
        [MEMBERS["region"], CALENDAR.months("2026"), range(draws)], names=["member", "period", "draw"]
    ).to_frame(index=False)
    return keys.assign(dimension="region", planned=value * (0.5 + keys["draw"] / (draws - 1)))


def cells(amount: float = 1.0) -> pd.DataFrame:
    keys = pd.MultiIndex.from_product([*MEMBERS.values(), CALENDAR.months("2026")], names=[*MEMBERS, "period"])
    return keys.to_frame(index=False).assign(target=amount)


def reps(**more: int) -> pd.DataFrame:
    rows = [
        (rep, month, region, channel, 1000 * size)
        for year in ("2024", "2025")
        for month in CALENDAR.months(year)
        for region, people in {"east": {"R1": 1, "R2": 3}, "west": {"R3": 2}}.items()
        for rep, size in {**people, **more}.items()
        for channel in ("direct", "online")
    ]
    return pd.DataFrame(rows, columns=["rep_id", "period", "region", "channel", "net_sales_cents"])


def quotas(
    goal: float = 1.0,
    active: tuple[str, ...] = ("R1", "R2", "R3"),
    hedge: float = 0.0,
    limits: tuple[Limit, ...] = (),
    *,
    came: pd.DataFrame | None = None,
    closed: str = "2025-12",
) -> pd.DataFrame:
    look = {"calendar": CALENDAR, "year": "2026"}
    held = targets.carriers(reps(), active=pd.Series(active), **look)
    parts = targets.carried(cells(goal), carriers=held, calendar=CALENDAR, hedge=hedge, limits=limits)
    known = reps() if came is None else pd.concat([reps(), came])
    sold = execution.rep_draws(parts, known, carriers=held, paths=paths(value=800.0), closed=closed, seed=1, **look)
    return execution.quotas(parts, sold, calendar=CALENDAR)


@given(amount=st.integers(0, 10**9))
def test_i1_quotas_sum_to_the_goal_to_the_cent_on_every_level(amount):
    table = quotas(amount / 100)
    expected = round(cells(amount / 100)["target"].sum() * 100)
    for _, part in table.groupby("level"):
        assert (part["quota"] * 100).round().sum() == pytest.approx(expected, abs=0)


def test_quotas_follow_last_years_sales_and_stay_unassigned_where_nobody_is():
    year = quotas().query("level == 'year'").set_index("rep_id")["quota"]
    assert year["R2"] == pytest.approx(3 * year["R1"], rel=0.02)
    assert year["unassigned"] == pytest.approx(cells().query("region == 'north'")["target"].sum())
    alone = quotas(active=("R1",)).query("level == 'year'").set_index("rep_id")["quota"]
    assert alone["R1"] == pytest.approx(year["R1"])
    assert alone["unassigned"] == pytest.approx(year.sum() - year["R1"])


def test_i13_the_probability_of_a_quota_falls_as_it_rises():
    odds = [quotas(goal).query("level == 'year' and rep_id == 'R2'")["p_reach"].iloc[0] for goal in (0.5, 1, 1.5, 4)]
    assert odds == sorted(odds, reverse=True)
    assert odds[0] > 0.9
    assert odds[-1] == 0
    assert quotas().query("rep_id == 'unassigned'")["p_reach"].isna().all()


@given(st.integers(1, 10**9), st.floats(0.001, 0.5))
def test_a_hedge_asks_for_more_to_the_cent_and_makes_each_quota_less_likely(amount, hedge):
    goal = amount / 100
    plain, more = (quotas(goal, hedge=h).query("level == 'month'") for h in (0.0, hedge))
    asked = round(cells(goal)["target"].sum() * (1 + hedge), 2)
    assert more["quota"].sum() == pytest.approx(asked, abs=0.011)
    assert (more["p_reach"].dropna().to_numpy() <= plain["p_reach"].dropna().to_numpy() + 1e-12).all()


def test_closed_months_hold_what_each_one_sold_so_their_quotas_are_reached_or_missed():
    months = CALENDAR.months("2026Q1")
    rows = [("R1", m, "east", "direct", 10**6) for m in months] + [("R2", m, "east", "direct", 0) for m in months]
    came = pd.DataFrame(rows, columns=["rep_id", "period", "region", "channel", "net_sales_cents"])
    table = quotas(came=came, closed="2026-03").set_index(["rep_id", "period"])["p_reach"]
    assert [table["R1", p] for p in ("2026Q1", *months)] == [1.0] * 4
    assert [table["R2", p] for p in ("2026Q1", *months)] == [0.0] * 4
    assert table["R3", "2026Q1"] == 0.0  # sold nothing that is known
    before = quotas().set_index(["rep_id", "period"])["p_reach"]
    assert table["R2", "2026"] < before["R2", "2026"]
    assert table["R2", "2026Q2"] == before["R2", "2026Q2"]


def test_a_hedge_is_said_and_the_sums_are_held_against_it():
    table = quotas(hedge=0.05)
    goal = float(cells(1.0)["target"].sum())
    said = execution.say_quotas(table, goal=goal, hedge=0.05, words=EN)
    assert "5.0 %" in said.text
    assert said.checks[0].passed
    assert not execution.say_quotas(table, goal=goal, words=EN).checks[0].passed


def test_what_an_approved_plan_still_asks_of_one_who_left_is_said_and_is_nobodys_hardest_year():
    table = quotas()
    goal = float(cells(1.0)["target"].sum())
    told = execution.say_quotas(table, goal=goal, words=EN, left=["R2"], closed="2026-03").text
    ahead = table.query("level == 'month' and rep_id == 'R2' and period > '2026-03'")["quota"].sum()
    assert EN.say("execution_quotas_still", people="R2", amount=EN.money(ahead)) in told
    assert "year of R2" not in told
    gone = execution.say_quotas(quotas(active=("R1", "R3")), goal=goal, words=EN, left=["R2"], closed="2026-03").text
    assert EN.say("execution_quotas_left", people="R2") in gone


def test_who_has_left_by_the_cut_off_is_not_asked_for_anything():
    team = pd.DataFrame({"rep_id": ["R1", "R2"], "left": [pd.Timestamp("2025-12-31"), pd.Timestamp("2026-03-01")]})
    assert targets.active_reps(reps(), team, cut_off=dt.date(2025, 12, 31)).tolist() == ["R2", "R3"]


def segments(**changed: float) -> pd.DataFrame:
    row = {"target": 100.0, "p10": 80.0, "p50": 100.0, "p90": 120.0, "p_reach": 0.5, **changed}
    periods = ["2026", *CALENDAR.quarters("2026"), *CALENDAR.months("2026")]
    levels = ["year", *["quarter"] * 4, *["month"] * 12]
    return pd.DataFrame([{"dimension": "total", "member": "total", "period": p, **row} for p in periods]).assign(
        level=levels
    )


def test_tracking_waits_before_the_year_and_counts_closed_months_in_it():
    sales = cube(months=60, last="2026-03")
    before = execution.tracking(segments(), sales, calendar=CALENDAR, as_of="2025Q4")
    assert set(before["alarm"]) == {"waiting"}
    assert (before["actual_to_date"] == 0).all()
    after = execution.tracking(segments(), sales, calendar=CALENDAR, as_of="2026Q1").set_index("period")
    quarter = sales[sales["period"].isin(CALENDAR.months("2026Q1"))]["net_sales_cents"].sum() / 100
    assert after.loc["2026", "actual_to_date"] == pytest.approx(quarter)
    assert after.loc["2026Q1", "alarm"] == "reached"
    assert after.loc["2026Q2", "alarm"] == "waiting"
    assert after.loc["2026", "alarm"] == "none"


@pytest.mark.parametrize(("odds", "alarm"), [(0.05, "red"), (0.2, "amber"), (0.6, "none")])
def test_alarms_follow_the_probability(odds, alarm):
    table = execution.tracking(segments(p_reach=odds), cube(last="2026-03"), calendar=CALENDAR, as_of="2026Q1")
    assert table.set_index("period").loc["2026", "alarm"] == alarm


def risk(trigger: str) -> Risk:
    return Risk(risk_id="R", risk="r", probability=0.5, impact=100, trigger=trigger, owner="O", response="act")


@pytest.mark.parametrize(
    ("trigger", "state"),
    [
        ("collection_rate < 0.9", "begun"),
        ("collection_rate < 0.8", "quiet"),
        ("dso_days > 60", "cannot_tell"),
        ("p_reach < 0.4", "quiet"),
        ("p_reach < 0.6", "begun"),
        ("p_reach region/EC < 0.6", "cannot_tell"),
    ],
)
def test_a_risk_has_begun_when_its_trigger_says_so(trigger, state):
    kpis = pd.DataFrame(
        {
            "metric": ["collection_rate", "collection_rate", "dso_days"],
            "period": ["2025Q3", "2025Q4", "2025Q4"],
            "level": "quarter",
            "value": [0.95, 0.85, np.nan],
        }
    )
    tracked = execution.tracking(segments(), cube(last="2025-12"), calendar=CALENDAR, as_of="2025Q4")
    found = execution.risks([risk(trigger)], kpis=kpis, tracking=tracked, words=EN)
    assert found["state"].tolist() == [state]
    assert found["expected_loss"].tolist() == [50]
