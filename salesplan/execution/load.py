"""Have the people who own tasks the days that these take?"""

from __future__ import annotations

__all__ = ["load", "say_load"]

from collections.abc import Sequence

import pandas as pd

from salesplan.config import Role, Task
from salesplan.findings import Check, Finding, not_supplied
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.words import Words

_NAME = "execution/load"


def load(tasks: Sequence[Task], roles: Sequence[Role], *, calendar: FiscalCalendar, year: str) -> pd.DataFrame:
    """How many working days do the tasks of each owner take in each quarter, beside those the owner has?

    tasks, roles: the plan file's; tasks without ``days`` take none. Days spread evenly over a task's time. Frame
    execution/load: owner, period (quarters of the year with work), days [needed], available [of all roles of the same
    holder; missing where no role says], use [share], state: over, within or unknown.
    """
    has: dict[str, float] = {}
    for role in roles:
        if role.days is not None:
            has[role.holder] = has.get(role.holder, 0.0) + role.days
    needed: dict[tuple[str, str], float] = {}
    for task in (t for t in tasks if t.days):
        for quarter in calendar.quarters(year):
            first, last = calendar.bounds(quarter)
            inside = (min(last, task.due) - max(first, task.start)).days + 1
            if inside > 0:
                key = (task.owner, quarter)
                part = float(task.days or 0.0) * inside / ((task.due - task.start).days + 1)
                needed[key] = needed.get(key, 0.0) + part
    rows = []
    for (owner, quarter), days in sorted(needed.items()):
        there = has.get(owner, float("nan"))
        state = "unknown" if there != there else "over" if days > there else "within"
        rows.append((owner, quarter, round(days, 1), there, days / there, state))
    table = pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))
    return table.astype({"days": "float64", "available": "float64", "use": "float64"})


def say_load(table: pd.DataFrame, *, words: Words) -> Finding:
    """Who has more work than days? From execution/load."""
    if table.empty:
        return not_supplied(_NAME, source="source_days", gives="gives_load", words=words)
    over = table[table["state"] == "over"].sort_values("use", ascending=False, kind="stable")
    about = {"owners": words.number(table["owner"].nunique()), "days": words.number(table["days"].sum(), digits=0)}
    text = [words.say("execution_load", **about)]
    for row in over.head(1).to_dict("records"):
        days = {c: words.number(float(row[c]), digits=1) for c in ("days", "available")}
        about = {"owner": words.name(row["owner"]), "period": str(row["period"])}
        text.append(words.say("execution_load_over", count=words.number(len(over)), **about, **days))
    known = bool((table["state"] != "unknown").any())
    passed = bool(over.empty) if known else None
    said = words.say(
        {True: "execution_load_fits", False: "execution_load_lacks", None: "execution_load_unknown"}[passed]
    )
    return Finding(_NAME, words.text(text), _NAME, (Check("load", passed, said),), ("plan",))
