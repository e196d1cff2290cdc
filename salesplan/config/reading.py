"""Reads and checks a plan file; every complaint names the file, the line, what was found and what to write."""

from __future__ import annotations

__all__ = ["Plan", "load", "parse"]

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from salesplan.config.models import PlanFile
from salesplan.config.sources import SOURCES
from salesplan.errors import PlanFileError, nearest

_LARGEST = 1_000_000


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
        raise PlanFileError(f"{name}:{line}: not valid TOML: {error}.") from error
    for source in tree.get("sources", {}):
        _check_source(source, tree["sources"][source], text=text, name=name)
    try:
        return PlanFile.model_validate(tree)
    except ValidationError as error:
        messages = [_complaint(e, text=text, name=name) for e in error.errors()]
        raise PlanFileError("\n".join(messages)) from error


def _check_source(source: str, table: Any, *, text: str, name: str) -> None:
    line = _line_of(text, ("sources", source))
    if source not in SOURCES:
        raise PlanFileError(f"{name}:{line}: [sources.{source}] is not a source.{nearest(source, SOURCES)}")
    for part in ("columns", "constants", "values", "units") if isinstance(table, dict) else ():
        for column in table.get(part, {}):
            if column not in SOURCES[source].columns:
                place = _line_of(text, ("sources", source, part, column))
                raise PlanFileError(
                    f"{name}:{place}: {source}.{part} has no column {column!r}."
                    f"{nearest(column, SOURCES[source].columns)}"
                )


def _complaint(error: Any, *, text: str, name: str) -> str:
    location = tuple(error["loc"])
    place = f"{name}:{_line_of(text, location)}"
    where = ".".join(str(part) for part in location) or "the plan file"
    if error["type"] == "extra_forbidden":
        return f"{place}: {where} is not known.{nearest(str(location[-1]), _known_keys(location[:-1]))}"
    if error["type"] == "missing":
        return f"{place}: {where} is missing; it is required."
    message = error["msg"].removeprefix("Value error, ")
    found = error.get("input")
    shown = f" Found {found!r}." if isinstance(found, str | int | float | bool) else ""
    hint = f' Quote it: "{found}".' if error["type"] == "string_type" and isinstance(found, int | float) else ""
    return f"{place}: {where}: {message}.{shown}{hint}"


def _known_keys(location: tuple[Any, ...]) -> list[str]:
    """The keys that the table at ``location`` of a plan file may have."""
    model: type[BaseModel] = PlanFile
    for part in location:
        if isinstance(part, int) or part not in model.model_fields:
            continue
        model = _model_in(model.model_fields[part].annotation) or model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if model := _model_in(inner):
            return model
    return None


def _line_of(text: str, location: tuple[Any, ...]) -> int:
    """The line of the plan file on which the last part of ``location`` stands, as nearly as its text tells."""
    lines = text.splitlines()
    here = 0
    for depth, part in enumerate(location):
        if isinstance(part, int):
            header = re.compile(
                rf"\s*\[\[\s*{re.escape('.'.join(p for p in location[:depth] if isinstance(p, str)))}\s*\]\]"
            )
            at = [n for n, line in enumerate(lines) if header.match(line)]
            here = at[part] if part < len(at) else here
            continue
        word = re.escape(str(part))
        shapes = rf"\s*(\[+[^\]]*\b{word}\b[^\]]*\]+|[\"']?{word}[\"']?\s*=|.*[{{,]\s*[\"']?{word}[\"']?\s*=|{word}\.)"
        here = next((n for n in range(here, len(lines)) if re.match(shapes, lines[n])), here)
    return here + 1
