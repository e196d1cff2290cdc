"""Reads and checks a plan file; every complaint names the file, the line, what was found and what to write."""

from __future__ import annotations

__all__ = ["Plan", "load", "parse"]

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from salesplan.config.complaints import complaints, line_of
from salesplan.config.models import PlanFile
from salesplan.config.sources import SOURCES
from salesplan.errors import PlanFileError, nearest

_LARGEST = 1_000_000
_HINTS = {
    "Invalid value": " A text stands in quotes, a number has neither separators nor a unit.",
    "Invalid date or datetime": " The calendar has no such day; write days as in 2026-01-31.",
    "Cannot overwrite a value": " The key stands there twice: take one of the two out.",
    "Cannot declare": " The table stands there twice: put both under one heading.",
}


@dataclass(frozen=True)
class Plan:
    """A checked plan: its contents, the file it came from and that file's SHA-256."""

    file: PlanFile
    path: Path
    sha256: str

    @property
    def name(self) -> str:
        """The plan's short name, a folder name under ``outputs``."""
        return self.file.company.name

    @property
    def root(self) -> Path:
        """The folder that the sources' paths start from: the plan file's own."""
        return self.path.parent.resolve()


def load(path: str | Path) -> Plan:
    """What does this plan file say? Raises PlanFileError where it cannot be used."""
    place = Path(path)
    if not place.is_file():
        raise PlanFileError(
            f"{place}: there is no such plan file. Give its path with --plan, or make one: salesplan init."
        )
    raw = place.read_bytes()
    if len(raw) > _LARGEST:
        raise PlanFileError(
            f"{place}: {len(raw):,} bytes; a plan file holds at most {_LARGEST:,}. Data belongs in sources."
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PlanFileError(f"{place}: byte {error.start} is not UTF-8. Save the plan file as UTF-8.") from error
    return Plan(parse(text, name=str(place)), place.resolve(), hashlib.sha256(raw).hexdigest())


def parse(text: str, *, name: str = "plan.toml") -> PlanFile:
    """The checked contents of a plan file's text; ``name`` is what messages call it."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = found.group(1) if found else "1"
        hint = next((hint for start, hint in _HINTS.items() if str(error).startswith(start)), "")
        raise PlanFileError(f"{name}:{line}: not valid TOML: {error}.{hint}") from error
    except RecursionError as error:
        raise PlanFileError(f"{name}: brackets lie too deep within one another. A plan file nests few.") from error
    for source in tree.get("sources", {}):
        _check_source(source, tree["sources"][source], text=text, name=name)
    try:
        return PlanFile.model_validate(tree).decided()
    except ValidationError as error:
        raise PlanFileError(complaints(error, model=PlanFile, text=text, name=name)) from error


def _check_source(source: str, table: Any, *, text: str, name: str) -> None:
    line = line_of(text, ("sources", source))
    if source not in SOURCES:
        raise PlanFileError(f"{name}:{line}: [sources.{source}] is not a source.{nearest(source, SOURCES)}")
    for part in ("columns", "constants", "values", "units") if isinstance(table, dict) else ():
        for column in table.get(part, {}):
            if column not in SOURCES[source].columns:
                place = line_of(text, ("sources", source, part, column))
                raise PlanFileError(
                    f"{name}:{place}: {source}.{part} has no column {column!r}."
                    f"{nearest(column, SOURCES[source].columns)}"
                )
