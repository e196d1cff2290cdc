"""What became of the tasks: done, late, blocked or without news, and what each has spent."""

from __future__ import annotations

__all__ = ["progress", "progress_faults", "say_progress"]

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from salesplan.config import Initiative, Task
from salesplan.findings import Check, Finding, not_supplied
from salesplan.schemas import COLUMNS
from salesplan.stats import cents
from salesplan.words import Words

_NAME = "execution/progress"
_ORDER = ("planned", "started", "done")
_STATES = (*_ORDER, "blocked", "stopped")
_SILENT_DAYS = 92  # a quarter without a word about a task that has begun


def progress_faults(
    news: pd.DataFrame | None, *, tasks: Sequence[Task], initiatives: Sequence[Initiative]
) -> Iterator[str]:
    """What in the source ``progress`` cannot be: each fault names its row by what it is about and its day.

    news: task_id or initiative_id, date, state, share, spent_cents; or None.
    """
    if news is None:
        return
    starts = {**{i.initiative_id: i.start for i in initiatives}, **{t.task_id: t.start for t in tasks}}
    for row in news.to_dict("records"):
        about, day = _about(row), row["date"].date()
        where = f"{about or 'a row'} of {day}"
        if not about or about not in starts:
            yield f"{where}: names no task or initiative of the plan file"
        elif row["state"] not in _STATES:
            yield f"{where}: the state {row['state']!r} is none of {', '.join(_STATES)}"
        elif _positive(row["spent_cents"]) and day < starts[about]:
            yield f"{where}: money was spent before its start on {starts[about]}"
    named = news.assign(about=[_about(row) for row in news.to_dict("records")])
    for name, rows in named.groupby("about", sort=True):
        yield from (f"{name} of {fault}" for fault in _backwards(rows.sort_values("date", kind="stable")))


def _about(row: Any) -> str:
    return next((str(row[c]) for c in ("task_id", "initiative_id") if pd.notna(row[c]) and str(row[c])), "")


def _positive(amount: Any) -> bool:
    return bool(pd.notna(amount) and amount > 0)


def _backwards(rows: pd.DataFrame) -> Iterator[str]:
    for before, now in pairwise(rows.to_dict("records")):
        day = now["date"].date()
        known = before["state"] in _ORDER and now["state"] in _ORDER
        if known and _ORDER.index(now["state"]) < _ORDER.index(before["state"]):
            yield f"{day}: {now['state']} after {before['state']}"
        if pd.notna(before["share"]) and pd.notna(now["share"]) and now["share"] < before["share"]:
            yield f"{day}: the share done falls from {before['share']:.0%} to {now['share']:.0%}"


def progress(work_plan: pd.DataFrame, news: pd.DataFrame | None, *, cut_off: dt.date) -> pd.DataFrame:
    """Where does each task stand, and how far may it slip before others or its initiative do?

    work_plan: execution/work_plan. news: the source ``progress``, or None. Frame execution/progress, one row per task:
    task_id, initiative_id, owner, start, due, state (the last one told, else planned), share [done], spent [currency],
    news (day of the last), slack [days between its due date and the next start that waits for it, else the end of its
    initiative's tasks; nought and less: critical], verdict: done, late (due by the cut-off and not done), blocked,
    stopped, no_news (begun by the plan, and nothing told for a quarter), not_begun, on_time. Empty without the source.
    """
    if news is None:
        return pd.DataFrame(columns=list(COLUMNS[_NAME]))
    told = news.dropna(subset=["task_id"]).sort_values("date", kind="stable").groupby("task_id", sort=True)
    last = {str(task): rows.iloc[-1].to_dict() for task, rows in told}
    spent = {str(task): int(rows["spent_cents"].fillna(0).sum()) / 100 for task, rows in told}
    rows = []
    for task in work_plan.to_dict("records"):
        own = last.get(str(task["task_id"]), {})
        state = str(own.get("state", "planned"))
        day = own.get("date", pd.NaT)
        share = 1.0 if state == "done" else float(own.get("share", float("nan")))
        verdict = _verdict(task, state=state, told=day, cut_off=pd.Timestamp(cut_off))
        about = [task[c] for c in ("task_id", "initiative_id", "owner", "start", "due")]
        rows.append((*about, state, share, spent.get(str(task["task_id"]), 0.0), day, _slack(task, work_plan), verdict))
    table = pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))
    return table.assign(news=pd.to_datetime(table["news"]))


def _verdict(task: dict[Any, Any], *, state: str, told: Any, cut_off: pd.Timestamp) -> str:
    if state in ("done", "blocked", "stopped"):
        return state
    if task["due"] <= cut_off:
        return "late"
    if task["start"] > cut_off:
        return "not_begun"
    return "no_news" if pd.isna(told) or (cut_off - told).days > _SILENT_DAYS else "on_time"


def _slack(task: dict[Any, Any], work_plan: pd.DataFrame) -> int:
    waits = work_plan["depends_on"].fillna("").str.split(", ").map(lambda ids: task["task_id"] in ids)
    nexts = work_plan.loc[waits, "start"]
    if len(nexts):
        return int((nexts.min() - task["due"]).days) - 1
    own = work_plan.loc[work_plan["initiative_id"] == task["initiative_id"], "due"]
    return int((own.max() - task["due"]).days)


def say_progress(table: pd.DataFrame, budget: pd.DataFrame, *, words: Words, last: str) -> Finding:
    """How many tasks are done, late, blocked or without news, and what was spent? From execution/progress.

    budget: execution/budget. last: the last closed month.
    """
    if table.empty:
        return not_supplied(_NAME, source="source_progress", gives="gives_progress", words=words)
    count = {v: int((table["verdict"] == v).sum()) for v in ("done", "late", "blocked", "no_news")}
    numbers = {v: words.number(n) for v, n in count.items()}
    text = [words.say("execution_progress", tasks=words.number(len(table)), **numbers)]
    urgent = table[table["verdict"].isin(["late", "blocked"])].sort_values(["slack", "due"], kind="stable")
    for row in urgent.head(1).to_dict("records"):
        about = {"task": str(row["task_id"]), "owner": words.name(row["owner"]), "due": words.date(row["due"].date())}
        text.append(words.say("execution_progress_first", **about, slack=words.number(row["slack"])))
    planned = float(budget.loc[budget["period"] <= last, "planned"].sum())
    spent = float(table["spent"].sum())
    if cents(planned) or cents(spent):
        text.append(words.say("execution_progress_spent", spent=words.money(spent), planned=words.money(planned)))
    quiet = not (count["late"] or count["blocked"])
    said = words.say("execution_progress_quiet" if quiet else "execution_progress_loud")
    return Finding(_NAME, words.text(text), _NAME, (Check("tasks", quiet, said),), ("progress", "plan"))
