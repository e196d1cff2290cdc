"""The plan made anew at past quarters, each time from what was known then, and kept for the report."""

from __future__ import annotations

__all__ = ["replay", "replayed_plans"]

from collections.abc import Callable

import pandas as pd

from salesplan import config, data, facts
from salesplan.chain.layout import Layout
from salesplan.errors import ChainError
from salesplan.periods import FiscalCalendar, parse_quarter
from salesplan.targets import replay as replaying
from salesplan.words import words
from salesplan.workspace import REPLAY


def replay(
    plan: config.Plan, *, first: str, last: str, layout: Layout, seed: int, say: Callable[[str], None]
) -> pd.DataFrame:
    """What would have been planned at each quarter from ``first`` to ``last``, and what came of it by ``last``?

    Writes the grades (targets/replay) beside the plan's runs, where the next run's second notebook finds them.
    Errors: ChainError where the quarters are in the wrong order, or no plan's year is over by ``last``.
    """
    plans = replayed_plans(plan, first=first, last=last, layout=layout, seed=seed, say=say)
    calendar = FiscalCalendar(**plan.file.calendar.model_dump())
    sources = data.read(plan, cut_off=calendar.bounds(last)[1], cache=layout.cache)
    table = replaying.graded(plans, facts.monthly_cube(sources.orders, calendar=calendar), calendar=calendar)
    if table.empty:
        raise ChainError(f"no year planned between {first} and {last} is over by {last}: begin earlier, or end later.")
    place = layout.base / REPLAY
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_suffix(".fresh")
    table.to_parquet(fresh, index=False)
    fresh.replace(place)
    return table


def replayed_plans(
    plan: config.Plan, *, first: str, last: str, layout: Layout, seed: int, say: Callable[[str], None]
) -> pd.DataFrame:
    """The plans of the quarters from ``first`` to ``last``, in the form of ``targets.plan_then``.

    Sources are read anew for each quarter, cut off at its end, so that a plan knows nothing that came later. Quarters
    with less than a year of orders before them are left out, and said.
    """
    begin, end = parse_quarter(first), parse_quarter(last)
    if begin > end:
        raise ChainError(f"--from {first} lies after --to {last}: turn them round.")
    calendar = FiscalCalendar(**plan.file.calendar.model_dump())
    quarters = [begin]
    while quarters[-1] < end:
        quarters.append(calendar.shift(quarters[-1], 1))
    made = [_planned(plan, quarter, layout=layout, seed=seed, say=say) for quarter in quarters]
    plans = [table for table in made if table is not None]
    if not plans:
        raise ChainError(f"no quarter from {first} to {last} has a year of orders before it: begin later.")
    return pd.concat(plans, ignore_index=True)


def _planned(
    plan: config.Plan, as_of: str, *, layout: Layout, seed: int, say: Callable[[str], None]
) -> pd.DataFrame | None:
    """The plan of one quarter, from sources that end with it."""
    calendar = FiscalCalendar(**plan.file.calendar.model_dump())
    cut_off = calendar.bounds(as_of)[1]
    sources = data.read(plan, cut_off=cut_off, cache=layout.cache)
    cube = facts.monthly_cube(sources.orders, calendar=calendar)
    if cube.empty or calendar.shift(calendar.months(as_of)[-1], -11) < str(cube["period"].min()):
        say(f"{as_of}: less than a year of orders before it, left out")
        return None
    frames = {name: sources.frame(name) for name in ("competitors", "team", "calendar")}
    sizes = facts.market_sizes(sources.frame("market"), cube, calendar=calendar)
    frames["market"] = facts.market_years(sizes, calendar=calendar)
    frames["reps"] = facts.rep_months(sources.orders, calendar=calendar)
    company = plan.file.company
    say(f"{as_of}: planned")
    return replaying.plan_then(
        cube,
        as_of=as_of,
        calendar=calendar,
        choices=plan.file.targets,
        words=words(company.languages[0], currency=company.currency, unit=company.unit),
        seed=seed,
        frames=frames,
        country=company.holidays_of,
    )
