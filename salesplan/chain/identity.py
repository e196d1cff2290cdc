"""What a run is computed from, so that equal runs can be told from changed ones."""

from __future__ import annotations

__all__ = ["Identity", "input_rows", "lock_hash", "notebook_hashes"]

import datetime as dt
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan import config
from salesplan.errors import ChainError
from salesplan.provenance import sha256_of
from salesplan.workspace import CHAPTERS


@dataclass(frozen=True)
class Identity:
    """Everything that decides a run's numbers: inputs, choices (plan, as_of, parameters), code, notebooks, previous.

    It is compared part by part, so that a refusal can name what changed.
    """

    inputs: Mapping[str, str]
    choices: Mapping[str, Any]
    code: Mapping[str, str]
    notebooks: Mapping[str, str]
    previous: str | None

    def parts(self, chapter: str | None = None) -> dict[str, Any]:
        """What the run is computed from; with ``chapter``, what everything up to and including it is."""
        until = CHAPTERS.index(chapter) + 1 if chapter else len(CHAPTERS)
        return {
            "inputs": dict(self.inputs),
            "choices": dict(self.choices),
            "code": dict(self.code),
            "notebooks": {c: self.notebooks[c] for c in CHAPTERS[:until]},
            "previous": self.previous,
        }

    @property
    def logical_id(self) -> str:
        """Changes exactly when an input, the plan file, a parameter, the code, the lock or the previous run changes."""
        return sha256_of(self.parts())

    def run_id(self, taken: set[str]) -> str:
        """A name for this run: quarter, UTC time, eight digits of the logical id; never one that is taken."""
        moment = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        name = f"{self.choices['as_of']}-{moment}-{self.logical_id[:8]}"
        numbered = [name, *(f"{name}-{n}" for n in range(2, 1000))]
        return next(n for n in numbered if n not in taken)


def input_rows(table: pd.DataFrame, *, plan: config.Plan) -> list[dict[str, Any]]:
    """The delivered files as the manifest lists them: source, path from the plan's root, sha256, bytes."""
    rows = []
    for row in table.to_dict("records"):
        place = str(row["path"])
        if "://" in place:
            place = place.split("://", 1)[0] + "://"
        elif Path(place).is_absolute():
            place = Path(os.path.relpath(place, plan.root)).as_posix()
        rows.append({**{str(k): _plain(v) for k, v in row.items()}, "path": place})
    return sorted(rows, key=lambda r: (r["source"], r["path"]))


def notebook_hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of each notebook's cells: kinds, tags and sources, not outputs."""
    return {c: sha256_of(_cells(folder / f"{c}.ipynb")) for c in CHAPTERS}


def lock_hash(root: Path) -> str:
    """The SHA-256 of the locked list of packages; empty where there is none."""
    lock = root / "requirements.lock"
    return sha256_of(lock) if lock.is_file() else ""


def _cells(place: Path) -> list[Any]:
    try:
        cells = json.loads(place.read_text(encoding="utf-8"))["cells"]
        return [[c["cell_type"], sorted(c["metadata"].get("tags", [])), "".join(c["source"])] for c in cells]
    except FileNotFoundError as error:
        raise ChainError(
            f"{place}: the notebook is missing. Restore it, or make a workbook: salesplan init."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ChainError(f"{place}: not a notebook that can be read ({error}). Restore it.") from error


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return value if isinstance(value, str | int | float | bool | None) else str(value)
