"""Reads every source of a plan once, and keeps what was accepted for the next notebook."""

from __future__ import annotations

__all__ = ["Note", "Sources", "read"]

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from salesplan import config
from salesplan.data.accepting import accepted, framed, with_dimensions
from salesplan.data.accounting import QUARANTINE, RECONCILIATION, quarantine, reconciled
from salesplan.data.freshness import check_fresh, check_share
from salesplan.data.gathering import gather
from salesplan.data.judging import judge
from salesplan.data.keeping import kept, key_of, stored
from salesplan.errors import DataError


class Note(NamedTuple):
    """Something worth a warning: its kind (a phrase of the glossary), the source, and the figures that go with it."""

    kind: str
    source: str
    text: str


@dataclass(frozen=True)
class Sources:
    """What was delivered and accepted.

    orders: Ibis table over DuckDB of order lines. reconciliation, quarantine: the published tables. notes: warnings.
    """

    orders: Any
    reconciliation: pd.DataFrame
    quarantine: pd.DataFrame
    notes: list[Note]
    _tables: dict[str, Path] = field(repr=False)

    def frame(self, name: str) -> pd.DataFrame | None:
        """A source as a plain frame, None where it was not delivered; money as whole cents in <column>_cents."""
        import pyarrow.parquet as pq

        if name not in config.SOURCES:
            raise KeyError(f"{name!r} is not a source")
        return framed(pq.read_table(self._tables[name]), name=name) if name in self._tables else None


def read(plan: config.Plan, *, cut_off: dt.date | None, cache: Path) -> Sources:
    """Every source of a plan, checked row by row, up to ``cut_off`` (its last day; None reads everything).

    cache: a folder where the outcome is kept under the hash of all it came from, so that the next reading takes no
    second; it may be deleted at any time. Errors: DataError, naming file, row, column, what was found and the remedy.
    """
    key = key_of(plan, cut_off)
    folder = kept(cache, key=key)
    if folder is None:
        content = _fresh(plan, cut_off)
        if key_of(plan, cut_off) != key:
            raise DataError(
                "A delivered file changed while it was read. Wait until the delivery is whole, then repeat."
            )
        folder = stored(cache, key=key, content=content)
    return _opened(folder)


def _fresh(plan: config.Plan, cut_off: dt.date | None) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    sums, aside, notes = [], [], []
    delivered: set[str] = set()
    for name in plan.file.sources:
        rows = gather(name, plan)
        judged = judge(rows, plan=plan, cut_off=cut_off)
        sums.append(reconciled(rows, judged, home=plan.file.company.currency))
        aside.append(quarantine(rows, judged))
        check_share(rows, judged, quarantined=aside[-1], checks=plan.file.checks)
        tables[name] = accepted(rows, judged, plan=plan)
        delivered |= set(rows.read) if name == "orders" else set()
        found = (
            rows.notes + judged.notes + check_fresh(tables[name], name=name, cut_off=cut_off, checks=plan.file.checks)
        )
        notes += [Note(kind, name, text) for kind, text in found]
    tables["orders"] = with_dimensions(tables, delivered=delivered, plan=plan)
    return {
        **{f"source_{name}": table for name, table in tables.items()},
        "reconciliation": pd.concat(sums, ignore_index=True)[list(RECONCILIATION)],
        "quarantine": pd.concat(aside, ignore_index=True)[list(QUARANTINE)].astype({"row": "int64"}),
        "notes": pd.DataFrame(sorted(notes), columns=list(Note._fields), dtype="object"),
    }


def _opened(folder: Path) -> Sources:
    import ibis

    connection = ibis.duckdb.connect()
    places = {p.stem.removeprefix("source_"): p for p in sorted(folder.glob("source_*.parquet"))}
    notes = pd.read_parquet(folder / "notes.parquet")
    return Sources(
        connection.read_parquet(places["orders"], table_name="orders"),
        pd.read_parquet(folder / "reconciliation.parquet"),
        pd.read_parquet(folder / "quarantine.parquet"),
        [Note(*row) for row in notes.itertuples(index=False, name=None)],
        places,
    )
