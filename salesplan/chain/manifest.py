"""The manifest: what a run was computed from, what it published, and whether it is still that."""

from __future__ import annotations

__all__ = ["NAME", "compare", "outputs_of", "read", "verify", "with_totals", "write"]

import json
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan.chain.layout import write_text
from salesplan.provenance import sha256_of
from salesplan.published import MANIFEST, Published

NAME = MANIFEST


def outputs_of(folder: Path) -> list[dict[str, Any]]:
    """Every file of a run but its manifest: path, SHA-256, bytes."""
    places = sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / NAME)
    return [
        {"path": p.relative_to(folder).as_posix(), "sha256": sha256_of(p), "bytes": p.stat().st_size} for p in places
    ]


def with_totals(inputs: list[dict[str, Any]], *, folder: Path) -> list[dict[str, Any]]:
    """The inputs, each with the rows and control totals (currency to amount) of its source, as reconciled in a run."""
    table = pd.read_parquet(folder / "tables" / "data" / "reconciliation.parquet")
    found = []
    for row in inputs:
        own = table[table["source"] == row["source"]]
        totals = {str(c): round(float(a), 2) for c, a in zip(own["currency"], own["amount_in"], strict=True) if a == a}
        found.append({**row, "rows": int(own["rows_in"].sum()), "control_totals": totals})
    return found


def write(folder: Path, content: dict[str, Any]) -> str:
    """Writes a run's manifest and returns its SHA-256."""
    write_text(folder / NAME, json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    return sha256_of(folder / NAME)


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a run; empty where it is missing or cannot be read."""
    return Published(folder).manifest


def verify(folder: Path) -> list[str]:
    """What in a published run is not as it was published; empty where all is."""
    content = read(folder)
    if not content:
        return [f"{folder.name}: its manifest.json is missing or cannot be read"]
    links = [f"{p.relative_to(folder).as_posix()}: a link" for p in sorted(folder.rglob("*")) if p.is_symlink()]
    return links + compare(content.get("outputs", []), outputs_of(folder))


def compare(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    """Which files differ between two lists of outputs, and how."""
    old = {row["path"]: row["sha256"] for row in before}
    new = {row["path"]: row["sha256"] for row in after}
    found = [f"{path}: missing" for path in sorted(old.keys() - new.keys())]
    found += [f"{path}: not in the manifest" for path in sorted(new.keys() - old.keys())]
    return found + [f"{path}: altered" for path in sorted(old.keys() & new.keys()) if old[path] != new[path]]
