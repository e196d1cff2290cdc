"""What was promised for the time since the last publication, and was it kept?"""

from __future__ import annotations

__all__ = ["promises", "say_promises"]

from typing import Any

import pandas as pd

from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.words import Words

_NAME = "changes/promises"


def promises(
    goals: pd.DataFrame | None,
    tasks: pd.DataFrame | None,
    *,
    actions: pd.DataFrame | None = None,
    cube: pd.DataFrame,
    calendar: FiscalCalendar,
    since: str,
    as_of: str,
    progress: pd.DataFrame | None = None,
    tracking: pd.DataFrame | None = None,
    stands: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What fell due between two publications, and what came of it?

    goals: targets/segments, tasks: execution/work_plan, actions: execution/corrective, as the earlier run published
    them, None where it did not. cube: ``facts.monthly_cube`` of today. since, as_of: their quarters; without an earlier
    one ("") nothing fell due. progress, tracking, stands: execution/progress, execution/tracking and
    execution/standing of today. Frame changes/promises: kind (goal, task, action), dimension, member (of a task or an
    initiative its number), owner, due (a quarter or a day), promised and came [currency; of goals], state: kept,
    broken, or no_news where nothing says what became of a task. Of an action kept means that it helped: the member is
    not red any more, the initiative not held up.
    """
    due = _quarters(since or as_of, as_of, calendar=calendar)
    rows = [] if goals is None else _goals(goals, cube, due=due, calendar=calendar)
    if tasks is not None and len(tasks):
        first, last = (pd.Timestamp(calendar.bounds(quarter)[1]) for quarter in (since, as_of))
        ended = tasks[(pd.to_datetime(tasks["due"]) > first) & (pd.to_datetime(tasks["due"]) <= last)]
        rows += [
            ("task", "", str(r["task_id"]), str(r["owner"]), _day(r["due"]), *(float("nan"),) * 2, _state(r, progress))
            for r in ended.to_dict("records")
        ]
    last = pd.Timestamp(calendar.bounds(as_of)[1])
    for row in [] if actions is None else actions[actions["due"] <= last].to_dict("records"):
        helped = _helped(row, tracking=tracking, stands=stands)
        about = str(row["dimension"]), str(row["member"]), str(row["owner"]), _day(row["due"])
        rows.append(("action", *about, float("nan"), float("nan"), helped))
    table = pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))
    return table.astype({"promised": "float64", "came": "float64"})


def _day(value: Any) -> str:
    return f"{pd.Timestamp(value):%Y-%m-%d}"


def _state(task: dict[Any, Any], progress: pd.DataFrame | None) -> str:
    """What became of a task: kept, broken, or no news of it."""
    own = None if progress is None else progress[progress["task_id"].astype(str) == str(task["task_id"])]
    if own is None or own.empty or pd.isna(own["news"].iloc[0]):
        return "no_news"
    return "kept" if own["verdict"].iloc[0] == "done" else "broken"


def _helped(action: dict[Any, Any], *, tracking: pd.DataFrame | None, stands: pd.DataFrame | None) -> str:
    """Did a corrective action help: is the member not red any more, the initiative not held up?"""
    if action["kind"] == "initiative":
        own = None if stands is None else stands[stands["initiative_id"].astype(str) == str(action["member"])]
        if own is None or own.empty:
            return "no_news"
        return "broken" if str(own["state"].iloc[0]) in ("late", "blocked", "stopped") else "kept"
    if tracking is None:
        return "no_news"
    year = tracking[(tracking["level"] == "year") & (tracking["dimension"] == action["dimension"])]
    own = year[year["member"].astype(str) == str(action["member"])]
    if own.empty:
        return "no_news"
    return "broken" if str(own["alarm"].iloc[0]) in ("red", "missed") else "kept"


def _quarters(since: str, as_of: str, *, calendar: FiscalCalendar) -> list[str]:
    found = []
    while since < as_of:
        since = calendar.shift(since, 1)
        found.append(since)
    return found


def _goals(
    goals: pd.DataFrame, cube: pd.DataFrame, *, due: list[str], calendar: FiscalCalendar
) -> list[tuple[Any, ...]]:
    """The goals of quarters that are over now, beside what came."""
    asked = goals[(goals["level"] == "quarter") & goals["period"].isin(due)]
    inside = cube.assign(total="total", quarter=cube["period"].map(calendar.quarter_of))
    rows = []
    for dimension, member, period, target in asked[["dimension", "member", "period", "target"]].itertuples(
        index=False, name=None
    ):
        own = inside[(inside[dimension].astype(str) == str(member)) & (inside["quarter"] == period)]
        came = int(own["net_sales_cents"].sum()) / 100
        state = "kept" if came >= target else "broken"
        rows.append(("goal", dimension, member, "", str(period), float(target), came, state))
    return rows


def say_promises(table: pd.DataFrame, *, words: Words, earlier: str) -> Finding:
    """How many promises fell due, and how many were kept? From changes/promises."""
    if not earlier:
        text = words.say("changes_first")
        return Finding(_NAME, text, "", (Check("promises", None, text),))
    goals, tasks = (table[table["kind"] == kind] for kind in ("goal", "task"))
    parts = []
    whole = goals[goals["dimension"] == "total"]
    for row in whole.to_dict("records"):
        about = {"period": row["due"], "came": words.money(row["came"]), "target": words.money(row["promised"])}
        parts.append(words.say(f"changes_quarter_{row['state']}", **about))
    members = goals[goals["dimension"] != "total"]
    if len(members):
        kept = int((members["state"] == "kept").sum())
        parts.append(words.say("changes_members", kept=words.number(kept), all=words.number(len(members))))
    if len(tasks):
        count = {state: words.number(int((tasks["state"] == state).sum())) for state in ("kept", "broken", "no_news")}
        parts.append(words.say("changes_tasks", count=words.number(len(tasks)), **count))
    acts = table[table["kind"] == "action"]
    if len(acts):
        helped = words.number(int((acts["state"] == "kept").sum()))
        parts.append(words.say("changes_actions", count=words.number(len(acts)), helped=helped))
    text = words.text(parts) if parts else words.say("changes_no_promise", quarter=earlier)
    broken = bool((whole["state"] == "broken").any())
    said = words.say("changes_broken" if broken else "changes_kept")
    return Finding(_NAME, text, _NAME, (Check("promises", not broken, said),) if len(whole) else ())
