"""Who does what by when? Tasks with their RACI, dates and what they wait for."""

from __future__ import annotations

__all__ = ["say_work_plan", "work_plan"]

from collections.abc import Sequence

import pandas as pd

from salesplan.config import Task
from salesplan.findings import Check, Finding
from salesplan.schemas import COLUMNS
from salesplan.words import Words

_NAME = "execution/work_plan"


def work_plan(tasks: Sequence[Task], initiatives: pd.DataFrame, *, words: Words) -> pd.DataFrame:
    """Which tasks carry the selected initiatives, who answers for each, and what does each wait for?

    tasks: the plan file's. initiatives: as from ``initiatives.register``. Returns one row per task, by start date:
    task_id, initiative_id, task, owner, responsible, accountable, consulted, informed (names, comma between), start,
    due [dates], depends_on (task ids, comma between), deliverable. A selected initiative without tasks gets one task,
    its own action from its start to its due date, whose deliverable is said to be open. Who does a task is its owner
    unless the plan says otherwise; who answers for it is the initiative's owner.
    """
    chosen = initiatives[initiatives["selected"]].set_index("initiative_id")
    rows = [_row(task, owner=str(chosen["owner"].get(task.initiative_id, task.owner)), words=words) for task in tasks]
    bare = [i for i in chosen.index if i not in {task.initiative_id for task in tasks}]
    rows += [_whole(str(i), chosen.loc[i], words=words) for i in bare]
    table = pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))
    table[["start", "due"]] = table[["start", "due"]].apply(pd.to_datetime)
    return table.sort_values(["start", "due", "task_id"], kind="stable", ignore_index=True)


def _row(task: Task, *, owner: str, words: Words) -> dict[str, object]:
    return {
        **task.model_dump(include={"task_id", "initiative_id", "owner", "start", "due"}),
        "task": words.pick(task.task),
        "responsible": task.responsible or task.owner,
        "accountable": task.accountable or owner,
        "consulted": ", ".join(task.consulted),
        "informed": ", ".join(task.informed),
        "depends_on": ", ".join(task.depends_on),
        "deliverable": words.pick(task.deliverable),
    }


def _whole(initiative_id: str, initiative: pd.Series, *, words: Words) -> dict[str, object]:
    owner = str(initiative["owner"])
    return {
        "task_id": f"{initiative_id}-0",
        "initiative_id": initiative_id,
        "task": str(initiative["action"]),
        "owner": owner,
        "responsible": owner,
        "accountable": owner,
        "consulted": "",
        "informed": "",
        "start": initiative["start"],
        "due": initiative["due"],
        "depends_on": "",
        "deliverable": words.say("execution_deliverable_open"),
    }


def _too_early(table: pd.DataFrame) -> list[str]:
    """Tasks that start before what they wait for is due."""
    due = table.set_index("task_id")["due"]
    return [
        str(row["task_id"])
        for row in table.to_dict("records")
        for before in str(row["depends_on"]).split(", ")
        if before in due.index and row["start"] < due[before]
    ]


def say_work_plan(table: pd.DataFrame, initiatives: pd.DataFrame, *, words: Words) -> Finding:
    """How many tasks, how many people, what is open, and do the dates hold? From execution/work_plan."""
    if table.empty:
        text = words.say("execution_no_tasks")
        return Finding(_NAME, text, "", (Check("tasks", None, text),), ("plan",))
    busiest = table["owner"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    text = words.say(
        "execution_tasks",
        tasks=words.number(len(table)),
        initiatives=words.number(table["initiative_id"].nunique()),
        owners=words.number(table["owner"].nunique()),
        busiest=words.name(busiest.index[0]),
        most=words.number(int(busiest.iloc[0])),
        first=words.date(table["start"].min().date()),
        last=words.date(table["due"].max().date()),
    )
    early = _too_early(table)
    said = words.say("execution_too_early", tasks=words.join(early)) if early else words.say("execution_dates_hold")
    span = initiatives.set_index("initiative_id")[["start", "due"]]
    outside = [
        str(row["task_id"])
        for row in table.to_dict("records")
        if row["initiative_id"] in span.index and row["due"] > span.loc[row["initiative_id"], "due"]
    ]
    late = words.say("execution_too_late", tasks=words.join(outside)) if outside else words.say("execution_within")
    return Finding(
        _NAME, text, _NAME, (Check("dependencies", not early, said), Check("due dates", not outside, late)), ("plan",)
    )
