"""run_results.json: how the last run ended, for programs; every key is there however it ended."""

from __future__ import annotations

__all__ = ["Outcome", "Record", "write"]

import datetime as dt
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from salesplan.chain.layout import write_text
from salesplan.errors import ChainError
from salesplan.workspace import refuse_links


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its status, the exit status that goes with it, the published folder, what to tell people."""

    status: str
    exit_status: int
    run_id: str | None
    folder: Path | None
    message: str


@dataclass
class Record:
    """What is known of a run so far; filled as it goes on, and written whatever happens."""

    plan: str | None = None
    as_of: str | None = None
    run_id: str | None = None
    logical_id: str | None = None
    status: str = "started"
    exit_status: int | None = None
    message: str | None = None
    place: dict[str, Any] | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    stages: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    folder: str | None = None
    failed_folder: str | None = None
    started: str = field(default_factory=lambda: _now())
    finished: str | None = None
    timings: dict[str, float] = field(default_factory=dict)


def write(base: Path, record: Record) -> str | None:
    """Writes ``run_results.json`` in one step; returns what kept it from being written, if anything."""
    record.finished = _now()
    try:
        refuse_links(base)
        base.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(record), ensure_ascii=False, indent=1, sort_keys=True, default=str)
        write_text(base / "run_results.json", text + "\n")
    except ChainError as error:
        return f"run_results.json could not be written: {error}"
    except OSError as error:
        return f"run_results.json could not be written: {error.strerror}"
    return None


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
