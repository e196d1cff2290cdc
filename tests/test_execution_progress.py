"""What became of the tasks: verdicts by hand, and what the source may not say."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from salesplan import checks, execution
from salesplan.config import Initiative, Task
from salesplan.execution.progress import progress_faults
from salesplan.periods import FiscalCalendar
from salesplan.words import words

EN = words("en")
CUT_OFF = dt.date(2026, 3, 31)
TASKS = (
    ("T1", "2026-01-01", "2026-02-15", []),
    ("T2", "2026-02-20", "2026-03-15", ["T1"]),
    ("T3", "2026-03-01", "2026-06-30", []),
    ("T4", "2026-03-01", "2026-05-31", ["T2"]),
    ("T5", "2026-06-01", "2026-07-31", []),
    ("T6", "2026-01-01", "2026-05-31", []),
)
ABOUT = {"task": "Do", "deliverable": "Done", "owner": "A", "initiative_id": "I1"}
PLANNED = [Task(task_id=i, start=a, due=b, depends_on=w, **ABOUT) for i, a, b, w in TASKS]
MOVE = Initiative(
    initiative_id="I1",
    lever="product",
    action="x",
    mechanism="y",
    evidence="z",
    owner="B",
    start="2026-01-01",
    due="2026-07-31",
    cost=100,
    impact_low=1,
    impact_mid=2,
    impact_high=3,
    probability=0.5,
)


def news(*rows: tuple[str, str, str, float | None, float | None]) -> pd.DataFrame:
    """Of tasks: task_id, date, state, share, spent [currency]."""
    frame = pd.DataFrame(rows, columns=["task_id", "date", "state", "share", "spent"])
    spent = (pd.to_numeric(frame["spent"]) * 100).astype("Int64")
    share = frame["share"].astype("float64")
    return frame.assign(date=pd.to_datetime(frame["date"]), share=share, spent_cents=spent, initiative_id=None)


def work_plan() -> pd.DataFrame:
    frame = pd.DataFrame([task.model_dump() for task in PLANNED])
    dates = {c: pd.to_datetime(frame[c]) for c in ("start", "due")}
    return frame.assign(**dates, depends_on=frame["depends_on"].map(", ".join))


TOLD = news(
    ("T1", "2026-01-20", "started", 0.5, 10.0),
    ("T1", "2026-02-10", "done", 1.0, 5.5),
    ("T2", "2026-03-01", "started", 0.2, None),
    ("T3", "2026-03-20", "blocked", None, None),
    ("T4", "2026-03-25", "started", 0.1, 2.0),
)


def test_each_task_has_the_verdict_that_its_dates_and_news_give_it():
    table = execution.progress(work_plan(), TOLD, cut_off=CUT_OFF).set_index("task_id")
    assert table["verdict"].to_dict() == {
        "T1": "done",
        "T2": "late",
        "T3": "blocked",
        "T4": "on_time",
        "T5": "not_begun",
        "T6": "no_news",
    }
    assert table["spent"].to_dict() == {"T1": 15.5, "T2": 0.0, "T3": 0.0, "T4": 2.0, "T5": 0.0, "T6": 0.0}
    assert table["slack"].to_dict() == {"T1": 4, "T2": -15, "T3": 31, "T4": 61, "T5": 0, "T6": 61}
    budget = pd.DataFrame({"period": ["2026-01", "2026-06"], "planned": [40.0, 60.0]})
    finding = execution.say_progress(table.reset_index(), budget, words=EN, last="2026-03")
    assert finding.checks[0].passed is False
    assert "Of 6 tasks 1 are done, 1 late, 1 blocked; of 1 under way nothing was heard" in finding.text
    assert "First to be seen to: T2 (A)" in finding.text
    assert "They have spent ¥17.50; ¥40.00 was planned up to now." in finding.text


def test_without_the_source_nothing_is_said_of_states():
    table = execution.progress(work_plan(), None, cut_off=CUT_OFF)
    assert table.empty
    assert execution.say_progress(table, table, words=EN, last="2026-03").checks[0].passed is None


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ((("T9", "2026-01-20", "started", None, None),), "T9 of 2026-01-20: names no task"),
        ((("T1", "2026-01-20", "begun", None, None),), "'begun' is none of planned, started"),
        ((("T2", "2026-02-01", "started", None, 3.0),), "spent before its start on 2026-02-20"),
        ((("T1", "2026-01-20", "done", None, None), ("T1", "2026-02-01", "started", None, None)), "started after done"),
        (
            (("T1", "2026-01-20", "started", 0.5, None), ("T1", "2026-02-01", "started", 0.4, None)),
            "falls from 50 % to",
        ),
    ],
)
def test_what_cannot_be_is_named_by_row(rows, why):
    faults = list(progress_faults(news(*rows), tasks=PLANNED, initiatives=[MOVE]))
    assert len(faults) == 1
    assert why.replace(" %", "%") in faults[0]


def test_news_that_can_be_has_no_fault():
    assert list(progress_faults(TOLD, tasks=PLANNED, initiatives=[MOVE])) == []
    assert list(progress_faults(None, tasks=PLANNED, initiatives=[MOVE])) == []


def test_tasks_that_fell_due_were_kept_or_not():
    states = execution.progress(work_plan(), TOLD, cut_off=CUT_OFF)
    cube = pd.DataFrame({"period": [], "net_sales_cents": []})
    span = {"calendar": FiscalCalendar(), "since": "2025Q4", "as_of": "2026Q1", "progress": states}
    table = checks.promises(None, work_plan(), cube=cube, **span).set_index("member")
    assert table["state"].to_dict() == {"T1": "kept", "T2": "broken"}
    text = checks.say_promises(table.reset_index(), words=EN, earlier="2025Q4").text
    assert "2 tasks fell due: 1 done, 1 not, of 0 nobody told." in text
