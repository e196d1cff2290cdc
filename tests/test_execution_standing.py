"""Initiatives as their tasks stand: by hand, in the landing, at the gates; what is proposed, and whether it helped."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import checks, execution, initiatives
from salesplan.config import Initiative, Task
from salesplan.periods import FiscalCalendar
from salesplan.words import words

EN, CALENDAR, CUT_OFF = words("en"), FiscalCalendar(), dt.date(2026, 3, 31)
DUE = pd.Timestamp("2026-06-30")


def move(initiative_id: str, **more) -> Initiative:
    about = {"lever": "product", "action": "x", "mechanism": "y", "evidence": "z", "owner": "B", "cost": 1200}
    sizes = {"impact_low": 10, "impact_mid": 20, "impact_high": 30, "probability": 0.5}
    dates = {"start": "2026-01-01", "due": "2026-12-31"}
    return Initiative(initiative_id=initiative_id, **{**about, **sizes, **dates, **more})


def task(task_id: str, start: str, due: str, *waits: str) -> Task:
    about = {"task": "Do", "deliverable": "Done", "owner": "A", "initiative_id": task_id[:2]}
    return Task(task_id=task_id, start=start, due=due, depends_on=list(waits), **about)


# I1: a task due in February that is half done; what waits for it takes 30 days more
TASKS = [
    task("I1-a", "2026-01-01", "2026-02-10"),
    task("I1-b", "2026-02-11", "2026-03-31", "I1-a"),
    task("I2-a", "2026-01-01", "2026-04-30"),
    task("I3-a", "2026-01-01", "2026-02-28"),
    task("I4-a", "2026-01-01", "2026-02-28"),
]
MOVES = [move(i) for i in ("I1", "I2", "I3", "I4")] + [move("I5", start="2026-05-01")]


def news(*rows: tuple[str, str, str, float | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["about", "date", "state", "share"])
    is_task = frame["about"].str.contains("-")
    return frame.assign(
        date=pd.to_datetime(frame["date"]),
        share=frame["share"].astype("float64"),
        task_id=frame["about"].where(is_task),
        initiative_id=frame["about"].where(~is_task),
        spent_cents=pd.array([1000] * len(frame), dtype="Int64"),
    )


TOLD = news(
    ("I1-a", "2026-03-01", "started", 0.5),
    ("I2-a", "2026-03-01", "started", 0.6),
    ("I3", "2026-03-10", "stopped", None),
    ("I4-a", "2026-02-20", "done", 1.0),
)
STANDS = execution.standing(MOVES, TASKS, news=TOLD, cut_off=CUT_OFF)


def test_each_initiative_stands_where_its_tasks_say():
    states = STANDS.set_index("initiative_id")
    assert states["state"].to_dict() == {"I1": "late", "I2": "started", "I3": "stopped", "I4": "done", "I5": "planned"}
    # half of 40 days are left of I1-a from 31 March on: it ends on 20 April; I1-b begins on the 21st and takes 48 days
    assert states.at["I1", "ends_now"] == pd.Timestamp("2026-06-08")
    assert states.at["I1", "slip"] == (pd.Timestamp("2026-06-08") - pd.Timestamp("2026-03-31")).days == 69
    assert states.at["I1", "effect_from"] == pd.Timestamp("2026-03-11")
    assert states["slip"].drop(["I1", "I3"]).eq(0).all()
    assert states["spent"].to_dict() == {"I1": 10.0, "I2": 10.0, "I3": 10.0, "I4": 10.0, "I5": 0.0}
    assert states.at["I2", "done"] == pytest.approx(0.6)


def test_nothing_is_told_where_nothing_was_delivered():
    assert execution.standing(MOVES, TASKS, news=None, cut_off=CUT_OFF).empty
    assert (
        "Not supplied"
        in execution.say_standing(execution.standing(MOVES, TASKS, news=None, cut_off=CUT_OFF), words=EN).text
    )
    assert execution.as_it_stands(MOVES, STANDS.head(0)) == MOVES


@given(share=st.floats(0, 1), day=st.dates(dt.date(2025, 12, 31), dt.date(2026, 12, 31)))
def test_more_that_is_done_never_makes_an_initiative_slip_further_and_a_later_look_never_less(share, day):
    told = [news(("I1-a", "2025-12-31", "started", s)) for s in sorted((share, min(share + 0.1, 1.0)))]
    less, more = (
        execution.standing(MOVES, TASKS, news=t, cut_off=day).set_index("initiative_id")["slip"] for t in told
    )
    assert more["I1"] <= less["I1"]
    later = execution.standing(MOVES, TASKS, news=told[0], cut_off=day + dt.timedelta(days=7))
    assert later.set_index("initiative_id").at["I1", "slip"] >= less["I1"]


def test_the_landing_counts_initiatives_as_they_stand():
    found = {m.initiative_id: m for m in execution.as_it_stands(MOVES, STANDS)}
    assert sorted(found) == ["I1", "I2", "I4", "I5"]
    assert found["I1"].start == dt.date(2026, 3, 11)
    assert [found[i].start for i in ("I2", "I4")] == [dt.date(2026, 1, 1)] * 2


def test_money_is_released_by_state_and_not_by_the_calendar_alone():
    held = execution.held_back(STANDS)
    assert held == {"I1": "late", "I3": "stopped"}
    register = initiatives.register(MOVES, words=EN)
    about = {"calendar": CALENDAR, "year": "2026", "as_of": "2026Q1"}
    free, table = execution.budget(register, **about), execution.budget(register, held=held, **about)
    assert table["planned"].equals(free["planned"])
    late = table.query("initiative_id == 'I1'").set_index("period")
    assert (late.loc[:"2026-03", "released"] == late.loc[:"2026-03", "planned"]).all()
    assert late.loc["2026-04":, "released"].eq(0).all()
    assert late.loc["2026-04":, "gate"].eq("gate_late").all()
    other = table["initiative_id"].isin(["I2", "I4", "I5"])
    pd.testing.assert_frame_equal(table[other], free[other])
    said = execution.say_budget(table, words=EN, calendar=CALENDAR, year="2026").text
    kept = table[table["gate"].isin(["gate_late", "gate_stopped"])]["planned"].sum()
    assert EN.say("execution_budget_held", initiatives="I1 and I3", amount=EN.money(kept)) in said


def tracking(alarm: str) -> pd.DataFrame:
    rows = [
        ("total", "total", "2026", "year", 100.0, 90.0, 0.2, "amber"),
        ("region", "EC", "2026", "year", 60.0, 50.0, 0.05, alarm),
        ("region", "SC", "2026", "year", 40.0, 40.0, 0.5, "none"),
    ]
    columns = ["dimension", "member", "period", "level", "target", "landing_p50", "p_reach", "alarm"]
    return pd.DataFrame(rows, columns=columns)


DRIVERS = pd.DataFrame(
    [
        ("region", "EC", "all", "customers", 3.0),
        ("region", "EC", "all", "orders_per_customer", -2.0),
        ("region", "EC", "all", "units_per_order", -5.0),
        ("region", "EC", "lost", "customers", -9.0),
    ],
    columns=["dimension", "member", "status", "driver", "amount"],
).assign(to_period="2026")


def acts(drivers: pd.DataFrame | None = DRIVERS) -> pd.DataFrame:
    register = initiatives.register(MOVES, words=EN)
    about = {"owners": {"region/EC": "Li"}, "default": "Wang", "calendar": CALENDAR, "as_of": "2026Q1"}
    return execution.corrective(tracking("red"), STANDS, initiatives=register, drivers=drivers, **about)


def test_a_red_member_gets_what_works_on_the_driver_that_took_most():
    table = acts().set_index("member")
    assert sorted(table.index) == ["EC", "I1", "I3"]
    row = table.loc["EC"]
    assert row[["cause", "cause_amount", "missing", "proposal", "owner"]].tolist() == [
        *("units_per_order", -5.0, 10.0, "act_units_per_order", "Li")
    ]
    assert table["due"].eq(DUE).all()
    assert table.loc["I1", ["cause", "proposal", "owner", "missing"]].tolist() == ["late", "act_late", "B", 10.0]
    assert acts(None).set_index("member").loc["EC", ["cause", "proposal"]].tolist() == [
        "cannot_tell",
        "act_cannot_tell",
    ]
    for proposal in acts()["proposal"]:
        assert EN.has(proposal)


@pytest.mark.parametrize(("alarm", "came"), [("red", "broken"), ("amber", "kept"), ("missed", "broken")])
def test_the_next_quarter_says_whether_it_helped(alarm, came):
    cube = pd.DataFrame({"period": ["2026-04"], "net_sales_cents": [1]})
    now = STANDS.assign(state=STANDS["state"].replace("late", "started"))
    about = {"cube": cube, "calendar": CALENDAR, "tracking": tracking(alarm), "stands": now}
    due = checks.promises(None, None, actions=acts(), since="2026Q1", as_of="2026Q2", **about)
    assert dict(zip(due["member"], due["state"], strict=True)) == {"EC": came, "I1": "kept", "I3": "broken"}
    assert (
        f"Of 3 corrective actions {1 + (came == 'kept')} helped"
        in checks.say_promises(due, words=EN, earlier="2026Q1").text
    )
