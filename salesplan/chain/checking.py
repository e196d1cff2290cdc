"""What a plan and its data have to be before anything is computed from them: asked by ``check``, and by every run."""

from __future__ import annotations

__all__ = ["check", "latest", "plannable"]

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan import config
from salesplan.chain.retention import last_reconciliation, layout_of
from salesplan.errors import DataError, PlanFileError, nearest
from salesplan.periods import ENOUGH_MONTHS, FEWEST_MONTHS, FiscalCalendar, parse_quarter
from salesplan.words import words


def check(place: str | Path, *, as_of: str | None, outputs: Path | None = None) -> Iterator[str]:
    """What was delivered and what became of it, line by line; the last line says that all of it can be used.

    Errors: SalesplanError for everything that a run of the same quarter would refuse before its first number.
    """
    from salesplan import data

    plan = config.load(place)
    calendar = FiscalCalendar(**plan.file.calendar.model_dump())
    layout = layout_of(plan, outputs=outputs)
    quarter = latest(plan, layout.cache) if as_of == "latest" else parse_quarter(as_of) if as_of else None
    for name, files in data.inputs(plan).groupby("source"):
        yield f"{name}: {', '.join(files['file'])} ({files['bytes'].sum():,} bytes)"
    sources = data.read(plan, cut_off=calendar.bounds(quarter)[1] if quarter else None, cache=layout.cache)
    yield from data.reconciliation_lines(sources.reconciliation)
    before = last_reconciliation(layout, as_of=quarter)
    if fallen := data.check_fall(sources.reconciliation, before, checks=plan.file.checks):
        raise DataError(". ".join(fallen) + ".")
    for note in sources.notes:
        yield f"{note.source}: {words('en').term(f'note_{note.kind}')}: {note.text}"
    plannable(plan, sources, as_of=quarter)
    yield f"{plan.path.name}: the plan file and the data can be used."


def latest(plan: config.Plan, cache: Path) -> str:
    """The last fiscal quarter that a plan's books close.

    cache: the folder of checked sources. Errors: DataError where they close none.
    """
    from salesplan import data, facts
    from salesplan.review.coverage import last_closed

    days = facts.order_days(data.read(plan, cut_off=None, cache=cache).orders)
    return last_closed(days, calendar=FiscalCalendar(**plan.file.calendar.model_dump()))


def plannable(plan: config.Plan, sources: Any, *, as_of: str | None) -> None:
    """Refuses books that no plan can be made from, and a plan file that speaks of what is not in them.

    as_of: the last closed quarter; None where only what holds for every quarter is asked.
    """
    from salesplan import data, facts
    from salesplan.execution.progress import progress_faults

    data.lexicon(plan)
    calendar = FiscalCalendar(**plan.file.calendar.model_dump())
    cube = facts.monthly_cube(sources.orders, calendar=calendar)
    last = calendar.months(as_of)[-1] if as_of else str(cube["period"].max())
    _check_history(cube, calendar=calendar, last=last)
    _check_members(plan, cube, sources, latest=calendar.shift(last, -11))
    tasks, moves = plan.file.tasks, plan.file.initiatives
    if faults := list(progress_faults(sources.frame("progress"), tasks=tasks, initiatives=moves)):
        raise DataError(f"sources.progress: {'; '.join(faults[:5])}. Nothing of it was taken over: correct these rows.")


def _check_history(cube: pd.DataFrame, *, calendar: FiscalCalendar, last: str) -> None:
    months = len(calendar.span(str(cube["period"].min()), last))
    if months < FEWEST_MONTHS:
        raise DataError(
            f"sources.orders: the books hold {months} month{'s' * (months > 1)} up to {last}, and a plan needs "
            f"{FEWEST_MONTHS} months of history; how likely its goal is can be told well from {ENOUGH_MONTHS} on. "
            "Deliver earlier order lines, or plan a later quarter.",
            places=[("", None, "order_date", f"{months} months")],
        )
    latest = cube.loc[cube["period"] > calendar.shift(last, -12), "net_sales_cents"]
    if latest.sum() <= 0:
        found = (
            "nothing was sold (every amount is zero)" if (latest == 0).all() else "no net sales are left after returns"
        )
        raise DataError(
            f"sources.orders: {found} in the twelve months up to {last}, and there is nothing to plan from. Check "
            "which column net_sales is mapped to.",
            places=[("", None, "net_sales", str(latest.sum() / 100))],
        )


def _check_members(plan: config.Plan, cube: pd.DataFrame, sources: Any, *, latest: str) -> None:
    """Every part of the business that the plan file names is there."""
    ever = {d: set(cube[d].astype(str)) for d in config.DIMENSIONS}
    lately = {d: set(cube.loc[cube["period"] >= latest, d].astype(str)) for d in config.DIMENSIONS}
    people = _people(sources)
    targets = plan.file.targets
    for limit in targets.limits:
        _known("[[targets.limits]]", limit.where, {**lately, "rep_id": people}, why="sold nothing last year")
    for event in targets.events:
        _known(f"[[targets.events]] {event.first}", event.where, ever, why="never sold")
    for pair in targets.analogues:
        _known("[[targets.analogues]]", dict.fromkeys(pair.where, pair.like), ever, why="never sold")
    below = sources.frame("submissions")
    for row in [] if below is None else below.to_dict("records"):
        if row["dimension"] in lately and str(row["member"]) not in lately[row["dimension"]]:
            raise DataError(
                f"sources.submissions: {row['dimension']} {row['member']!r} has no goal: it sold nothing last year."
                f"{nearest(str(row['member']), lately[row['dimension']])} Correct it, or take the row out."
            )
    for move in plan.file.initiatives:
        where = {d: m for d, m in move.scope.items() if ever.get(d)}
        _known(f"[[initiatives]] {move.initiative_id}", where, ever, why="is where nothing is sold and no target lies")


def _people(sources: Any) -> set[str]:
    team = sources.frame("team")
    known = set() if team is None else set(team["rep_id"].dropna().astype(str))
    sold = sources.orders.rep_id.to_pyarrow().unique().to_pylist()
    return known | {str(rep) for rep in sold if rep is not None}


def _known(place: str, where: dict[Any, Any], there: Mapping[str, Collection[str]], *, why: str) -> None:
    for dimension, member in where.items():
        if str(member) not in there[str(dimension)]:
            raise PlanFileError(
                f"{place}: {dimension} {member!r} {why}.{nearest(str(member), there[str(dimension)])} Correct it, or "
                "take it out of the plan file."
            )
