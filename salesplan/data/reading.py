"""Reads every source of a plan once, and keeps what was accepted for the next notebook."""

from __future__ import annotations

__all__ = ["Note", "Sources", "read"]

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from salesplan import config
from salesplan.data.accepting import accepted, merged, with_dimensions, written
from salesplan.data.accounting import QUARANTINE, RECONCILIATION, quarantine, reconciled, unread_money
from salesplan.data.agreeing import check_targets
from salesplan.data.cache import draft, kept, key_of, stored
from salesplan.data.engine import Engine, opened_engine
from salesplan.data.framing import framed
from salesplan.data.freshness import check_customers, check_fresh, check_share
from salesplan.data.gathering import gather
from salesplan.data.judging import judge
from salesplan.errors import DataError


class Note(NamedTuple):
    """Something worth a warning: its kind (a phrase of the glossary), the source, and the figures that go with it."""

    kind: str
    source: str
    text: str


@dataclass(frozen=True)
class Sources:
    """What was delivered and accepted.

    reconciliation, quarantine: the published tables. notes: warnings.
    """

    reconciliation: pd.DataFrame
    quarantine: pd.DataFrame
    notes: list[Note]
    _tables: dict[str, Path] = field(repr=False)

    @cached_property
    def orders(self) -> Any:
        """The order lines, an Ibis table over DuckDB."""
        import ibis

        return ibis.duckdb.connect().read_parquet(self._tables["orders"], table_name="orders")

    def frame(self, name: str) -> pd.DataFrame | None:
        """A source as a plain frame, None where it was not delivered; money as whole cents in <column>_cents."""
        import pyarrow.parquet as pq

        if name not in config.SOURCES:
            raise KeyError(f"{name!r} is not a source")
        return framed(pq.read_table(self._tables[name]), name=name) if name in self._tables else None

    def codes(self, name: str, *, key: str, column: str) -> dict[str, str]:
        """What each code of a source (product_id, customer_id …) is in one of its columns; empty where not known."""
        frame = self.frame(name)
        if frame is None or column not in frame:
            return {}
        known = frame.dropna(subset=[key, column])
        return dict(zip(known[key].astype(str), known[column].astype(str), strict=True))


def read(plan: config.Plan, *, cut_off: dt.date | None, cache: Path) -> Sources:
    """Every source of a plan, checked row by row, up to ``cut_off`` (its last day; None reads everything).

    cache: a folder where the outcome is kept under the hash of all it came from, so that the next reading takes no
    second; it may be deleted at any time. Errors: DataError, naming file, row, column, what was found and the remedy.
    """
    key = key_of(plan, cut_off)
    folder = kept(cache, key=key)
    if folder is None:
        with opened_engine() as engine, draft(cache) as place:
            _fresh(plan, cut_off, engine=engine, place=place)
            if key_of(plan, cut_off) != key:
                raise DataError(
                    "A delivered file changed while it was read. Wait until the delivery is whole, then repeat."
                )
            folder = stored(place, cache=cache, key=key)
    return _opened(folder)


def _fresh(plan: config.Plan, cut_off: dt.date | None, *, engine: Engine, place: Path) -> None:
    """Reads, judges and writes every source, then what came in and what was set aside, into ``place``."""
    relations: dict[str, str] = {}
    sums, aside, notes = [], [], []
    delivered: set[str] = set()
    checks = plan.file.checks
    for name in plan.file.sources:
        rows = gather(name, plan, engine=engine)
        judged = judge(rows, plan=plan, cut_off=cut_off)
        unread = unread_money(judged)
        sums.append(reconciled(judged, home=plan.file.company.currency, unread=unread))
        aside.append(quarantine(judged))
        told = check_share(judged, quarantined=aside[-1], unread=unread, checks=checks)
        relations[name] = accepted(judged, plan=plan)
        delivered |= set(rows.columns) if name == "orders" else set()
        fresh = check_fresh(judged, cut_off=cut_off, checks=checks)
        notes += [Note(kind, name, text) for kind, text in rows.notes + judged.notes + told + fresh]
        rows.forget()
    relations["orders"] = with_dimensions(engine, relations, delivered=delivered, plan=plan)
    relations, children = merged(engine, relations)
    notes += [Note("merged_customers", "customers", str(children))] if children else []
    notes += [
        Note(kind, "orders", text) for kind, text in check_customers(engine, relations["orders"], cut_off=cut_off)
    ]
    notes += [Note(kind, "targets", text) for kind, text in check_targets(engine, relations, checks=checks)]
    for name, relation in relations.items():
        written(engine, relation, place=place / f"source_{name}.parquet", name=name)
    tables = {
        "reconciliation": pd.concat(sums, ignore_index=True)[list(RECONCILIATION)],
        "quarantine": pd.concat(aside, ignore_index=True)[list(QUARANTINE)].astype({"row": "int64"}),
        "notes": pd.DataFrame(sorted(notes), columns=list(Note._fields), dtype="object"),
    }
    for name, table in tables.items():
        table.to_parquet(place / f"{name}.parquet", index=False, compression="zstd")


def _opened(folder: Path) -> Sources:
    places = {p.stem.removeprefix("source_"): p for p in sorted(folder.glob("source_*.parquet"))}
    notes = pd.read_parquet(folder / "notes.parquet")
    return Sources(
        pd.read_parquet(folder / "reconciliation.parquet"),
        pd.read_parquet(folder / "quarantine.parquet"),
        [Note(*row) for row in notes.itertuples(index=False, name=None)],
        places,
    )
