"""What does the plan cost, when, and what opens the next instalment?"""

from __future__ import annotations

__all__ = ["budget", "say_budget"]

from collections.abc import Mapping

import pandas as pd

from salesplan.config import Budget
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.stats import cents, round_to_total, units
from salesplan.words import Words

_NAME = "execution/budget"
_HELD = ("gate_late", "gate_blocked", "gate_stopped")


def budget(
    initiatives: pd.DataFrame,
    *,
    calendar: FiscalCalendar,
    as_of: str,
    year: str,
    held: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """What does each selected initiative cost in each month of the plan year, and how much of it is released?

    initiatives: as from ``initiatives.register``. held: initiatives that get no further money, and why (late, blocked,
    stopped; see ``standing.held_back``). Returns one row per initiative × month it runs in: initiative_id, period
    (month), planned [currency; the cost spread by days, exact to the cent], released [currency; what lies in closed
    months and, unless it is held back, in the quarter that comes next], gate (open, the quarter whose review opens it,
    or why it is held back). An initiative that runs beyond the plan year spends the whole cost in its months of that
    year.
    """
    upcoming = calendar.shift(as_of, 1)
    rows = []
    for initiative in initiatives[initiatives["selected"]].to_dict("records"):
        days = _days(initiative["start"], initiative["due"], calendar=calendar, year=year)
        if not days:
            continue
        parts = round_to_total(list(days.values()), cents(float(initiative["cost"])), keys=list(days))
        for month, part in zip(days, parts, strict=True):
            quarter = calendar.quarter_of(month)
            why = (held or {}).get(str(initiative["initiative_id"]), "") if quarter > as_of else ""
            free = quarter <= upcoming and not why
            gate = "gate_open" if free else f"gate_{why}" if why else calendar.shift(quarter, -1)
            rows.append((initiative["initiative_id"], month, units(int(part)), units(int(part) if free else 0), gate))
    table = pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))
    return table.astype({"planned": "float64", "released": "float64"})


def _days(start: pd.Timestamp, due: pd.Timestamp, *, calendar: FiscalCalendar, year: str) -> dict[str, int]:
    found = {}
    for month in calendar.months(year):
        first, last = (pd.Timestamp(day) for day in calendar.bounds(month))
        days = (min(last, due) - max(first, start)).days + 1
        if days > 0:
            found[month] = days
    return found


def say_budget(
    table: pd.DataFrame, *, words: Words, calendar: FiscalCalendar, year: str, limits: Budget | None = None
) -> Finding:
    """What is spent, how much is released, and which initiative takes most? From execution/budget.

    limits: the plan file's [budget]: what the year and its quarters may cost, less the reserve.
    """
    if table.empty:
        text = words.say("execution_no_budget")
        return Finding(_NAME, text, "", (Check("budget", None, text),), ("plan",))
    total, free = table["planned"].sum(), table["released"].sum()
    held = table[table["gate"].isin(_HELD)]
    most = table.groupby("initiative_id")["planned"].sum().sort_values(ascending=False, kind="stable")
    text = words.say(
        "execution_budget",
        total=words.money(total),
        released=words.money(free),
        share=words.share(free / total if total else float("nan"), digits=0),
        largest=str(most.index[0]),
        amount=words.money(float(most.iloc[0])),
    )
    over = _over(table, limits or Budget(), calendar=calendar, year=year)
    told = [
        words.say("execution_budget_limit", period=p, planned=words.money(a), limit=words.money(b)) for p, a, b in over
    ]
    if len(held):
        names, amount = sorted(set(held["initiative_id"].astype(str))), float(held["planned"].sum())
        told.append(words.say("execution_budget_held", initiatives=words.join(names), amount=words.money(amount)))
    text = words.text([text, *told])
    within = bool((table["released"] <= table["planned"]).all())
    said = words.say("execution_budget_within" if within else "execution_budget_over")
    checks = [Check("released", within, said)]
    if limits and (limits.year is not None or limits.quarters):
        kept = words.say("execution_budget_kept" if not over else "execution_budget_beyond")
        checks.append(Check("limits", not over, kept))
    return Finding(_NAME, text, _NAME, tuple(checks), ("plan",))


def _over(
    table: pd.DataFrame, limits: Budget, *, calendar: FiscalCalendar, year: str
) -> list[tuple[str, float, float]]:
    """Periods in which more is planned than may be spent: period, planned, limit less the reserve [currency]."""
    planned = table.groupby(table["period"].map(calendar.quarter_of))["planned"].sum()
    asked = [(year, float(table["planned"].sum()), limits.year)]
    asked += [(q, float(planned.get(q, 0.0)), limits.quarters[q]) for q in sorted(limits.quarters)]
    free = [(p, a, round(b * (1 - limits.reserve), 2)) for p, a, b in asked if b is not None]
    return [(p, a, b) for p, a, b in free if cents(a) > cents(b)]
