"""Published runs over time: are they still what was published, and which others may go?"""

from __future__ import annotations

__all__ = ["disposable", "last_reconciliation", "layout_of", "verify_ledger", "verify_published"]

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from salesplan import config, ledger
from salesplan.chain import manifest
from salesplan.chain.layout import Layout
from salesplan.chain.request import home
from salesplan.errors import ChainError
from salesplan.periods import parse_quarter
from salesplan.provenance import sha256_of


def layout_of(plan: config.Plan, *, outputs: Path | None = None) -> Layout:
    """Where this plan's runs lie; ``outputs`` is the folder of all plans, else the workbook's own."""
    return Layout(Path(outputs or home(plan.path) / "outputs").resolve() / plan.name)


def last_reconciliation(layout: Layout, *, as_of: str | None = None) -> pd.DataFrame | None:
    """What came in for the latest publication up to this quarter: data/reconciliation; None where there is none."""
    runs = [layout.current(quarter) for quarter in layout.quarters() if as_of is None or quarter <= as_of]
    place = layout.run(runs[-1]) / "tables" / "data" / "reconciliation.parquet" if runs and runs[-1] else None
    return pd.read_parquet(place) if place is not None and place.is_file() else None


def verify_published(layout: Layout, *, quarters: Iterable[str]) -> list[str]:
    """What a reader of these quarters opens, or the ledger, that is not as it was written; empty where all is."""
    found = verify_ledger(layout)
    for as_of in map(parse_quarter, quarters):
        run_id = layout.current(as_of)
        if run_id is None:
            found.append(f"{as_of}: nothing is published")
            continue
        found += [f"{as_of}: {problem}" for problem in [layout.astray(as_of)] if problem]
        found += [f"{as_of}: {problem}" for problem in manifest.verify(layout.run(run_id))]
    return found


def verify_ledger(layout: Layout) -> list[str]:
    """What the ledger has lost or is not as it was written, by itself and by the runs that were published with it."""
    events, found = _events(layout)
    seals = {ledger.GENESIS, *(e.sha256 for e in events)}
    for run_id in layout.published():
        if manifest.read(layout.run(run_id)).get("ledger_head", ledger.GENESIS) not in seals:
            found.append(f"{run_id[:6]}: the ledger has lost events that were in it when {run_id} was published")
    recorded = {e.facts.get("run_id"): e.facts.get("manifest_sha256") for e in events}
    for as_of in sorted({*layout.quarters(), *(str(e.facts["as_of"]) for e in events if "as_of" in e.facts)}):
        current = layout.current(as_of)
        place = layout.run(current or "") / manifest.NAME
        if current is None:
            found.append(f"{as_of}: published by the ledger, but {as_of}.CURRENT is gone")
        elif current not in recorded:
            found.append(f"{as_of}: the publication of {current} is not in the ledger")
        elif place.is_file() and recorded[current] != sha256_of(place):
            found.append(f"{as_of}: manifest.json is not the one the ledger records")
    return found


def disposable(layout: Layout) -> list[Path]:
    """Folders that nothing refers to: failed runs, leftovers of staging, runs that never became current.

    Raises ChainError where the ledger does not verify: then nobody knows which runs it refers to.
    """
    events, broken = _events(layout)
    if broken:
        raise ChainError(f"{broken[0]} Nothing may go while the ledger does not verify.")
    kept = {e.facts.get("run_id") for e in events} | {layout.current(q) for q in layout.quarters()}
    never = [layout.run(r) for r in layout.published() if r not in kept]
    return [*layout.failures(), *(p for p in sorted(layout.staging.glob("*")) if p.is_dir()), *never]


def _events(layout: Layout) -> tuple[list[ledger.Event], list[str]]:
    """The events of every year whose ledger verifies, and what is wrong with the others."""
    years = sorted(p.stem for p in layout.ledger.glob("*.jsonl"))
    broken = {year: ledger.verify(layout.ledger, year=year) for year in years}
    sound = [e for year in years if not broken[year] for e in ledger.events(layout.ledger, year=year)]
    return sound, [problem for year in years for problem in broken[year]]
