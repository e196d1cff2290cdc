"""Approves a published plan, and revises an approved one; everything else is refused, and then nothing is written."""

from __future__ import annotations

__all__ = ["approve", "revise"]

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan import baseline, config, futures, ledger
from salesplan.chain import manifest
from salesplan.chain.layout import Layout
from salesplan.errors import ChainError
from salesplan.periods import FiscalCalendar, parse_quarter
from salesplan.provenance import sha256_of


@dataclass(frozen=True)
class _Named:
    """A published run that somebody named: where it lies and what it says of itself."""

    folder: Path
    content: dict[str, Any]

    @property
    def year(self) -> str:
        return str(self.content["plan_year"])

    @property
    def chosen(self) -> pd.Series:
        table = pd.read_parquet(self.folder / "tables" / "targets" / "topline.parquet")
        return table[table["chosen"].astype(bool)].iloc[0]


def approve(plan: config.Plan, *, layout: Layout, run: str, by: str, reason: str = "") -> ledger.Event:
    """Makes the plan that a run published the one that its year is held to; under the run's lock.

    run: a quarter (its current run), a run id, or its folder. by: who approves; the plan file's ``targets.author`` may
    not. Raises ChainError, with nothing written, where the run is no longer what readers of its quarter get or was
    altered, where the year's plan is approved already, or where its author would approve it alone.
    """
    named = _named(layout, run, plan=plan, by=by)
    if there := baseline.standing(layout.base, year=named.year):
        raise ChainError(
            f"The plan of {named.year} was approved by {there.facts['approver']} as {there.facts['run_id']}. "
            "Nothing is approved twice: salesplan revise changes what is still open."
        )
    chosen = named.chosen
    facts = {
        **_said(named, plan=plan, by=by, reason=reason),
        "goal": float(chosen["amount"]),
        "p_reach": round(float(chosen["p_reach"]), 6),
    }
    return _written(layout, year=named.year, kind="approved", facts=facts)


def revise(plan: config.Plan, *, layout: Layout, run: str, by: str, reason: str, since: str = "") -> ledger.Event:
    """Takes the open months of an approved plan from what another run proposes; closed ones stay as they were approved.

    run: as in ``approve``; it has to propose goals of its own (``targets.goal = "computed"``). since: the first month
    or quarter that changes; the first open one where it is not given. Both goals are recorded with their probabilities,
    read off the run's own draws. Raises ChainError, with nothing written, where nothing is approved yet, no reason is
    given, ``since`` is closed or lies in another year, or the run takes its goals from the baseline itself.
    """
    named = _named(layout, run, plan=plan, by=by)
    before = baseline.standing(layout.base, year=named.year)
    if before is None:
        raise ChainError(f"The plan of {named.year} is not approved yet: salesplan approve {run} --by NAME.")
    if not reason.strip():
        raise ChainError("A revision needs its reason: --reason TEXT.")
    if named.chosen["basis"] == "approved":
        raise ChainError(
            f'{named.folder.name} takes its goals from the approved plan itself. Set targets.goal = "computed", run it '
            "again, and revise by what that proposes."
        )
    first = _first_open(plan, layout=layout, named=named, since=since)
    step = baseline.Step(named.folder, first, {"manifest_sha256": sha256_of(named.folder / manifest.NAME)}, "")
    after = baseline.Baseline(named.year, (*before.steps, step))
    paths = pd.read_parquet(named.folder / "kept" / "paths.parquet")
    odds = {n: round(futures.reach(paths, goal=b.goal()), 6) for n, b in (("p_before", before), ("p_after", after))}
    facts = {
        **_said(named, plan=plan, by=by, reason=reason),
        "since": first,
        "before": before.goal(),
        "after": after.goal(),
        **odds,
    }
    return _written(layout, year=named.year, kind="revised", facts=facts)


def _named(layout: Layout, run: str, *, plan: config.Plan, by: str) -> _Named:
    """The run that is meant, if it is what readers get and as it was published, and may be approved by this person."""
    if not by.strip():
        raise ChainError("Who approves it? --by NAME.")
    if plan.file.targets.author and by.strip().casefold() == plan.file.targets.author.strip().casefold():
        raise ChainError(f"{by} is the plan's author (targets.author): somebody else has to approve it.")
    name = Path(run).name
    as_of = parse_quarter(name[:6])
    current = layout.current(as_of)
    if current is None:
        raise ChainError(f"{as_of}: nothing is published. salesplan run --as-of {as_of} first.")
    if name not in (as_of, current):
        raise ChainError(f"{name} is not what is published for {as_of} any more: that is {current}.")
    folder = layout.run(current)
    if problems := [p for p in (layout.astray(as_of), *manifest.verify(folder)) if p]:
        raise ChainError(f"{as_of}: {problems[0]}. What is no longer what was published is not approved.")
    return _Named(folder, manifest.read(folder))


def _said(named: _Named, *, plan: config.Plan, by: str, reason: str) -> dict[str, Any]:
    return {
        "run_id": named.folder.name,
        "as_of": named.content["as_of"],
        "manifest_sha256": sha256_of(named.folder / manifest.NAME),
        "author": plan.file.targets.author or "",
        "approver": by.strip(),
        "reason": reason.strip(),
        "at": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _first_open(plan: config.Plan, *, layout: Layout, named: _Named, since: str) -> str:
    """The first month that a revision changes."""
    calendar = FiscalCalendar(**plan.file.calendar.model_dump())
    months = calendar.months(named.year)
    closed = calendar.months(max(layout.quarters()))[-1]
    still_open = [month for month in months if month > closed]
    if not still_open:
        raise ChainError(f"Every month of {named.year} is closed: there is nothing left to revise.")
    if not since:
        return still_open[0]
    first = calendar.months(since)[0]
    if first not in still_open:
        raise ChainError(
            f"--since {since}: closed months stay as they were approved. The first open one is {still_open[0]}."
        )
    return first


def _written(layout: Layout, *, year: str, kind: str, facts: dict[str, Any]) -> ledger.Event:
    event = ledger.append(layout.ledger, year=year, kind=kind, facts=facts)
    assert event is not None  # only a publication may be there already
    return event
