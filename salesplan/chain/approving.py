"""Hands in, approves, revises and locks a year's plan; what may not be is refused, and then nothing is written."""

from __future__ import annotations

__all__ = ["approve", "lock_year", "revise", "submit"]

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


def submit(plan: config.Plan, *, layout: Layout, run: str, by: str, reason: str = "") -> ledger.Event:
    """Hands in the plan that a run published, for somebody else to approve; under the run's lock.

    As ``approve``, but its author may. Another run handed in later takes its place. Raises ChainError, with nothing
    written, where it is handed in already or the year's plan is decided.
    """
    named = _named(layout, run, by=by)
    _undecided(layout, named.year)
    before = baseline.submitted(layout.base, year=named.year)
    if before and before["run_id"] == named.folder.name:
        raise ChainError(f"{named.folder.name} was handed in by {before['approver']} already: salesplan approve.")
    facts = {**_said(named, plan=plan, by=by, reason=reason), "goal": float(named.chosen["amount"])}
    return _written(layout, year=named.year, kind="submitted", facts=facts)


def approve(plan: config.Plan, *, layout: Layout, run: str, by: str, reason: str = "") -> ledger.Event:
    """Makes the plan that a run published the one that its year is held to; under the run's lock.

    run: a quarter (its current run), a run id, or its folder. by: who approves; the plan file's ``targets.author`` may
    not, nor who handed it in. Raises ChainError, with nothing written, where the run is no longer what readers of its
    quarter get or was altered, where another one was handed in, where the year's plan is approved already, or where
    its author would approve it alone.
    """
    named = _named(layout, run, by=by)
    _other_than_author(plan, by=by)
    _undecided(layout, named.year)
    if before := baseline.submitted(layout.base, year=named.year):
        if before["run_id"] != named.folder.name:
            raise ChainError(
                f"What {before['approver']} handed in for {named.year} is {before['run_id']}: approve that one, or "
                f"salesplan submit {run} first."
            )
        if _same(by, str(before["approver"])):
            raise ChainError(f"{by} handed it in: somebody else has to approve it.")
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
    given, ``since`` is closed or lies in another year, the plan is locked, or the run takes its goals from the baseline
    itself.
    """
    named = _named(layout, run, by=by)
    _other_than_author(plan, by=by)
    before = _open(layout, named.year)
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


def lock_year(plan: config.Plan, *, layout: Layout, year: str, by: str, reason: str = "") -> ledger.Event:
    """Closes the approved plan of a fiscal year for good: no revision changes it any more; under the run's lock.

    Raises ChainError, with nothing written, where nothing is approved, it is locked already or its author would do it.
    """
    if not by.strip():
        raise ChainError("Who decides? --by NAME.")
    _other_than_author(plan, by=by)
    held = _open(layout, year)
    about = {"plan_year": year, "approver": by.strip(), "reason": reason.strip(), "at": _now(), "goal": held.goal()}
    return _written(layout, year=year, kind="locked", facts={**about, "baseline_run": held.facts["run_id"]})


def _open(layout: Layout, year: str) -> baseline.Baseline:
    """The approved plan of a year that may still be changed."""
    held = baseline.standing(layout.base, year=year)
    if held is None:
        raise ChainError(f"The plan of {year} is not approved yet: salesplan approve RUN --by NAME.")
    if baseline.state(layout.base, year=year) == "locked":
        raise ChainError(f"The plan of {year} is locked: nothing changes it any more.")
    return held


def _undecided(layout: Layout, year: str) -> None:
    if there := baseline.standing(layout.base, year=year):
        raise ChainError(
            f"The plan of {year} was approved by {there.facts['approver']} as {there.facts['run_id']}. "
            "Nothing is approved twice: salesplan revise changes what is still open."
        )


def _other_than_author(plan: config.Plan, *, by: str) -> None:
    if plan.file.targets.author and _same(by, plan.file.targets.author):
        raise ChainError(f"{by} is the plan's author (targets.author): somebody else has to approve it.")


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _named(layout: Layout, run: str, *, by: str) -> _Named:
    """The run that is meant, if it is what readers get and as it was published."""
    if not by.strip():
        raise ChainError("Who decides? --by NAME.")
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
        "at": _now(),
    }


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
