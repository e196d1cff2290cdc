"""Holds one published run against another: two quarters of a plan, or two plans of a quarter."""

from __future__ import annotations

__all__ = ["Comparison", "diff", "named"]

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from salesplan import checks, config
from salesplan.chain.layout import Layout
from salesplan.errors import ChainError
from salesplan.findings import Finding
from salesplan.periods import FiscalCalendar
from salesplan.published import MANIFEST, Published
from salesplan.words import words


@dataclass(frozen=True)
class Comparison:
    """What changed between two runs: changes/bridge, changes/verdicts, changes/promises, and what they say."""

    bridge: pd.DataFrame
    verdicts: pd.DataFrame
    promises: pd.DataFrame
    findings: tuple[Finding, ...]


def named(layout: Layout, run: str) -> Published:
    """The published run that is meant: a quarter (its current run), a run id, or the folder of a run of any plan.

    Raises ChainError where there is none.
    """
    if (Path(run) / MANIFEST).is_file():
        return Published(Path(run))
    current = layout.current(run) if run in layout.quarters() else run
    if current is None or not (layout.run(current) / MANIFEST).is_file():
        there = ", ".join(layout.quarters()) or "nothing"
        raise ChainError(f"{run}: no published run of this name. Published: {there}; a run's folder may be given too.")
    return Published(layout.run(current))


def diff(before: Published, now: Published, *, plan: config.Plan) -> Comparison:
    """What changed from one run to another, and why?

    plan: of the later one; its choices make forecasts again where code, libraries, plan file or past months changed.
    Raises ChainError where the first is of a later quarter or a run does not hold what a comparison needs.
    """
    if before.as_of > now.as_of:
        raise ChainError(f"{before.folder.name} is later than {now.folder.name}: name the earlier run first.")
    old, new = _edition(before), _edition(now)
    calendar = FiscalCalendar(**plan.file.calendar.model_dump())
    head = plan.file.company
    how = {"seed": head.seed, "choices": plan.file.targets, "lunar": head.holidays_of == "CN"}
    again = checks.redone(
        old, new, calendar=calendar, same=before.making == now.making, days=now.table("targets/workdays"), **how
    )
    bridge = checks.changes(old, new, redone=again, calendar=calendar)
    judged = [{name: run.table(name) for name in checks.JUDGED} for run in (before, now)]
    flipped = checks.verdicts(*judged)
    due = checks.promises(
        old.goals,
        before.table("execution/work_plan"),
        actions=before.table("execution/corrective"),
        cube=new.cube,
        calendar=calendar,
        since=before.as_of,
        as_of=now.as_of,
        progress=now.table("execution/progress"),
        tracking=now.table("execution/tracking"),
        stands=now.table("execution/standing"),
    )
    say = words("en", currency=head.currency)
    years = calendar.plan_year(before.as_of), calendar.plan_year(now.as_of)
    told = checks.say_changes(bridge, new.goals, words=say, earlier=before.as_of, years=years)
    rest = [
        f(t, words=say, earlier=before.as_of) for f, t in ((checks.say_verdicts, flipped), (checks.say_promises, due))
    ]
    return Comparison(bridge, flipped, due, (told, *rest))


def _edition(run: Published) -> checks.Edition:
    found = checks.edition(run)
    if found is None:
        raise ChainError(f"{run.folder}: published before runs kept what a comparison needs. Run that quarter again.")
    return found
