"""A published run as it lies on the disk: its manifest, its tables, and what its notebooks handed to one another."""

from __future__ import annotations

__all__ = ["MANIFEST", "Published"]

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Published:
    """One run; it is read as it is, whether or not it still is what was published (``chain.manifest.verify``)."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the run says of itself; empty where that is missing or cannot be read."""
        try:
            content = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    @property
    def as_of(self) -> str:
        """The quarter it was made for."""
        return str(self.manifest.get("as_of", self.folder.name[:6]))

    @property
    def making(self) -> dict[str, Any]:
        """What its numbers were made with: code, libraries, plan file."""
        told = self.manifest
        return {
            "code": told.get("code", {}).get("code"),
            "versions": told.get("versions"),
            "plan": told.get("plan_sha256"),
        }

    def table(self, name: str) -> pd.DataFrame | None:
        """A published table; None where the run has none of this name."""
        return self._frame(f"tables/{name}.parquet")

    def kept(self, name: str) -> pd.DataFrame | None:
        """A frame that its notebooks handed to one another; None where there is none of this name."""
        return self._frame(f"kept/{name}.parquet")

    def dated(self, name: str) -> tuple[str, pd.DataFrame] | None:
        """A published table with the quarter it was made for; None where there is none of this name."""
        table = self.table(name)
        return None if table is None else (self.as_of, table)

    def _frame(self, path: str) -> pd.DataFrame | None:
        place = self.folder / path
        return pd.read_parquet(place) if place.is_file() else None
