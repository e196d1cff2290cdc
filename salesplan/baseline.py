"""The plan of a year as it was approved: what people are held to until the year is over.

A baseline is a published run that the ledger names. Nothing is copied: its tables are read where they lie, and held
against the hashes they were published with. A revision takes the months that were still open from another run.
"""

from __future__ import annotations

__all__ = ["Baseline", "Step", "standing", "state", "submitted"]

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan import ledger
from salesplan.config import DIMENSIONS, EVERYTHING
from salesplan.errors import ChainError
from salesplan.provenance import sha256_of
from salesplan.published import MANIFEST, Published
from salesplan.stats import cents, units

_DECISIONS = ("approved", "revised")


@dataclass(frozen=True)
class Step:
    """One decision: the run that was approved, the first month it holds from, what was said, and the event's hash."""

    run: Path
    since: str
    facts: Mapping[str, Any]
    seal: str

    @cached_property
    def _hashes(self) -> dict[str, str]:
        """The SHA-256 of every file of the run, by its path, as the ledger's manifest says."""
        place = self.run / MANIFEST
        if not place.is_file() or sha256_of(place) != self.facts["manifest_sha256"]:
            raise ChainError(f"{self._gone()}: its {MANIFEST} is missing or is not the one that was approved.")
        return {row["path"]: row["sha256"] for row in Published(self.run).manifest["outputs"]}

    def read(self, path: str) -> pd.DataFrame:
        """One of its frames; refused where it is not what was approved."""
        place = self.run / path
        if not place.is_file() or sha256_of(place) != self._hashes.get(path):
            raise ChainError(f"{self._gone()}: {path} is missing or was changed.")
        return pd.read_parquet(place)

    def _gone(self) -> str:
        return f"The plan was approved as {self.run.name}. Put this run back as it was published"


@dataclass(frozen=True)
class Baseline:
    """The approved plan of a fiscal year: its decisions, the first approval first."""

    year: str
    steps: tuple[Step, ...]

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the latest decision says: run_id, author, approver, reason, at."""
        return self.steps[-1].facts

    @property
    def seal(self) -> str:
        """The hash of the latest decision: it changes when the baseline does."""
        return self.steps[-1].seal

    def table(self, name: str) -> pd.DataFrame:
        """A published table as it was approved; of months that a revision left closed, as before it."""
        return self._joined(f"tables/{name}.parquet")

    def kept(self, name: str) -> pd.DataFrame:
        """The same of a frame that notebooks hand to one another."""
        return self._joined(f"kept/{name}.parquet")

    def decision(self) -> dict[str, Any]:
        """What goal tables say of it: goal [currency], approver, and the day of the latest decision."""
        return {"goal": self.goal(), "approver": self.facts["approver"], "day": str(self.facts["at"])[:10]}

    def goal(self) -> float:
        """The year's goal [currency]: the sum of its cells."""
        return float(units(int(cents(self.table("targets/cells")["target"]).sum())))

    def aims(self) -> pd.DataFrame:
        """The goals in the form of the source ``targets``: dimension, member, period (month), metric, target_cents."""
        cells = self.table("targets/cells")
        cells = cells.assign(target_cents=cents(cells["target"]), total="total")
        there = [d for d in ("total", *DIMENSIONS) if set(cells[d].astype(str)) != {EVERYTHING}]
        parts = [
            cells.groupby([d, "period"])["target_cents"]
            .sum()
            .rename_axis(["member", "period"])
            .reset_index()
            .assign(dimension=d)
            for d in there
        ]
        return pd.concat(parts, ignore_index=True).assign(metric="net_sales")

    def _joined(self, path: str) -> pd.DataFrame:
        whole = self.steps[0].read(path)
        for step in self.steps[1:]:
            latest = step.read(path)
            if "period" in latest and step.since:
                closed, still_open = whole["period"] < step.since, latest["period"] >= step.since
                latest = pd.concat([whole[closed], latest[still_open]], ignore_index=True)
            whole = latest
        return whole


def standing(base: Path, *, year: str) -> Baseline | None:
    """The approved plan of a year among a plan's outputs; None where nothing was approved.

    base: the folder of one plan's outputs. Raises ChainError where the ledger does not verify.
    """
    folder = base / "ledger"
    decisions = [e for e in _events(folder, year=year) if e.kind in _DECISIONS]
    steps = tuple(
        Step(base / "runs" / e.facts["as_of"] / e.facts["run_id"], e.facts.get("since", ""), e.facts, e.sha256)
        for e in decisions
    )
    return Baseline(year, steps) if steps else None


def submitted(base: Path, *, year: str) -> Mapping[str, Any] | None:
    """What was last handed in for approval of a year, and is not decided yet: run_id, approver (who handed it in)."""
    told = [e for e in _events(base / "ledger", year=year) if e.kind in ("submitted", *_DECISIONS)]
    return told[-1].facts if told and told[-1].kind == "submitted" else None


def state(base: Path, *, year: str) -> str:
    """Where a year's plan stands: draft, submitted, approved or locked.

    What a revision replaces is superseded: it stays in the ledger and in its run, and nothing reads goals from it.
    """
    kinds = [e.kind for e in _events(base / "ledger", year=year)]
    if "locked" in kinds:
        return "locked"
    if any(kind in _DECISIONS for kind in kinds):
        return "approved"
    return "submitted" if "submitted" in kinds else "draft"


def _events(folder: Path, *, year: str) -> list[ledger.Event]:
    if broken := ledger.verify(folder, year=year):
        raise ChainError(f"{broken[0]} What was approved for {year} cannot be told.")
    return ledger.events(folder, year=year)
