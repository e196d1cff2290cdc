"""How do the initiatives stand, by what was told of their tasks, and when do they take effect now?"""

from __future__ import annotations

__all__ = ["as_it_stands", "held_back", "say_standing", "standing"]

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesplan.config import Initiative, Task
from salesplan.findings import Check, Finding, not_supplied
from salesplan.schemas import COLUMNS
from salesplan.words import Words

_NAME = "execution/standing"
_HELD = ("late", "blocked", "stopped")  # what releases no further money


def standing(
    moves: Sequence[Initiative], tasks: Sequence[Task], *, news: pd.DataFrame | None, cut_off: dt.date
) -> pd.DataFrame:
    """Where does each selected initiative stand, and by how much does its effect slip?

    moves, tasks: the plan file's. news: the source ``progress``, or None. Frame execution/standing: initiative_id,
    state (planned, started, done, late, blocked, stopped; no_news where it has begun by the plan and nothing was told),
    done [share of its tasks' days], spent [currency], ends (as planned), ends_now (as its tasks stand), slip [days
    between the two], effect_from (its start and the slip). Empty without the source.

    A task that is not done ends when it is due; if that day is past, after what is left of its days, from the cut-off
    on. What waits for a task begins no earlier than the day after it ends (critical path method; Kelley & Walker 1959).
    """
    if news is None:
        return pd.DataFrame(columns=list(COLUMNS[_NAME]))
    day = pd.Timestamp(cut_off)
    told = news.sort_values("date", kind="stable")
    last = {k: told.dropna(subset=[k]).groupby(k).last().to_dict("index") for k in ("task_id", "initiative_id")}
    spent = {k: told.dropna(subset=[k]).groupby(k)["spent_cents"].sum().to_dict() for k in last}
    ends, meant = _ends(tasks, last["task_id"], day=day), _ends(tasks, {}, day=pd.Timestamp.min)
    rows = []
    for move in (m for m in moves if m.selected):
        own = [t for t in tasks if t.initiative_id == move.initiative_id]
        ids = [t.task_id for t in own]
        planned = max((meant[i] for i in ids), default=pd.Timestamp(move.due))
        expected = max((ends[i] for i in ids), default=planned)
        slip = max(int((expected - planned).days), 0)
        states = [str(last["task_id"].get(i, {}).get("state", "planned")) for i in ids]
        state = _state(str(last["initiative_id"].get(move.initiative_id, {}).get("state", "")), states, slip=slip)
        if state == "planned" and pd.Timestamp(move.start) <= day:
            state = "no_news"
        money = sum(spent["task_id"].get(i, 0) for i in ids) + spent["initiative_id"].get(move.initiative_id, 0)
        share = _share(own, last["task_id"])
        start = pd.Timestamp(move.start) + pd.Timedelta(days=slip)
        rows.append((move.initiative_id, state, share, float(money) / 100, planned, expected, slip, start))
    table = pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))
    return table.assign(**{c: pd.to_datetime(table[c]) for c in ("ends", "ends_now", "effect_from")})


def _ends(
    tasks: Sequence[Task], last: Mapping[Any, Mapping[Any, Any]], *, day: pd.Timestamp
) -> dict[str, pd.Timestamp]:
    """When each task ends, as it stands: what it waits for first."""
    found: dict[str, pd.Timestamp] = {}
    by_id = {t.task_id: t for t in tasks}

    def end(task: Task) -> pd.Timestamp:
        if task.task_id in found:
            return found[task.task_id]
        own = last.get(task.task_id, {})
        length = pd.Timedelta(days=(task.due - task.start).days)
        if own.get("state") == "done":
            found[task.task_id] = min(own["date"], day)
            return found[task.task_id]
        waits = [end(by_id[i]) for i in task.depends_on if i in by_id]
        begins = max([pd.Timestamp(task.start), *(w + pd.Timedelta(days=1) for w in waits)])
        stands = begins + length
        if stands <= day:
            left = 1 - (float(own["share"]) if pd.notna(own.get("share")) else 0.0)
            stands = day + pd.Timedelta(days=int(np.ceil(left * max(length.days, 1))))
        found[task.task_id] = stands
        return stands

    for task in tasks:
        end(task)
    return found


def _state(own: str, tasks: Sequence[str], *, slip: int) -> str:
    """The state of an initiative, by its own news and that of its tasks: the worst first."""
    if own in ("done", "stopped", "blocked"):
        return own
    for state, holds in (("stopped", all), ("blocked", any), ("done", all)):
        if tasks and holds(t == state for t in tasks):
            return state
    if slip:
        return "late"
    return "started" if own == "started" or any(t in ("started", "done") for t in tasks) else "planned"


def _share(tasks: Sequence[Task], last: Mapping[Any, Mapping[Any, Any]]) -> float:
    """The share of its tasks' days that is done; missing where it has no tasks."""
    days = [float((t.due - t.start).days + 1) for t in tasks]
    if not days:
        return float("nan")
    told = [last.get(t.task_id, {}) for t in tasks]
    done = [1.0 if n.get("state") == "done" else float(n["share"]) if pd.notna(n.get("share")) else 0.0 for n in told]
    return float(np.average(done, weights=days))


def as_it_stands(moves: Sequence[Initiative], states: pd.DataFrame) -> list[Initiative]:
    """The initiatives as the year will see them: what was stopped is left out, what slips takes effect later.

    states: execution/standing.
    """
    own = {row["initiative_id"]: row for row in states.to_dict("records")}
    found = []
    for move in moves:
        row = own.get(move.initiative_id)
        if row is not None and row["state"] == "stopped":
            continue
        if row is not None and row["slip"]:
            start = row["effect_from"].date()
            found.append(move.model_copy(update={"start": start, "due": max(move.due, start)}))
        else:
            found.append(move)
    return found


def held_back(states: pd.DataFrame) -> dict[str, str]:
    """Which initiatives get no further money, and why: late, blocked or stopped? From execution/standing."""
    rows = states[states["state"].isin(_HELD)]
    return dict(zip(rows["initiative_id"].astype(str), rows["state"].astype(str), strict=True))


def say_standing(table: pd.DataFrame, *, words: Words) -> Finding:
    """How many initiatives are late, blocked or stopped, and whose effect slips most? From execution/standing."""
    if table.empty:
        return not_supplied(_NAME, source="source_progress", gives="gives_standing", words=words)
    count = {state: int((table["state"] == state).sum()) for state in _HELD}
    told = {state: words.number(n) for state, n in count.items()}
    text = [words.say("execution_standing", initiatives=words.number(len(table)), **told)]
    for row in table.sort_values(["slip", "initiative_id"], ascending=[False, True]).head(1).to_dict("records"):
        if row["slip"]:
            about = {"initiative": str(row["initiative_id"]), "days": words.number(row["slip"])}
            text.append(words.say("execution_standing_slip", **about, day=words.date(row["effect_from"].date())))
    quiet = not any(count.values())
    said = words.say("execution_standing_quiet" if quiet else "execution_standing_loud")
    return Finding(_NAME, words.text(text), _NAME, (Check("initiatives", quiet, said),), ("progress", "plan"))
