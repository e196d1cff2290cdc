"""Their columns become ours: which of theirs each is, or what is given once for all rows."""

from __future__ import annotations

__all__ = ["Named", "named", "used_headers"]

from collections.abc import Iterable
from dataclasses import dataclass

from salesplan import config
from salesplan.data.engine import literal
from salesplan.data.raw import Raw
from salesplan.data.text import tidy
from salesplan.errors import DataError, nearest


@dataclass(frozen=True)
class Named:
    """One file's columns under our names: the engine's expression of each one's text."""

    raw: Raw
    cells: dict[str, str]
    name: str
    notes: list[tuple[str, str]]

    def theirs(self, column: str) -> str:
        """The text of a column of theirs, by its header. Errors: DataError where there is none."""
        headers = _headers(self.raw)
        if tidy(column) not in headers:
            known = [*self.cells, *self.raw.names]
            raise DataError(f"sources.{self.name}.exclude: there is no column {column!r}.{nearest(column, known)}")
        return headers[tidy(column)]


def used_headers(source: config.SourceFile, *, name: str) -> set[str]:
    """The headers that the plan file speaks of, or that carry our own names."""
    shape = config.SOURCES[name]
    own = {tidy(theirs) for theirs in (*source.columns.values(), *source.months_as_columns)}
    return own | {c for c in shape.columns if c not in source.columns and c not in source.constants}


def named(raw: Raw, *, source: config.SourceFile, name: str) -> Named:
    """One file's columns under our names. Errors: DataError where a column is missing, or a unit is not declared."""
    headers = _headers(raw)
    cells: dict[str, str] = {}
    for column, kind in config.SOURCES[name].columns.items():
        theirs = _theirs(column, headers=headers, source=source, name=name, file=raw.file)
        if theirs is None:
            continue
        _check_unit(column, theirs, kind=kind.kind, source=source, name=name, file=raw.file)
        cells[column] = literal(source.constants[column]) if theirs == "" else headers[tidy(theirs)]
    return Named(raw, cells, name, _notes(raw, headers=headers, source=source, name=name))


def _headers(raw: Raw) -> dict[str, str]:
    return {tidy(header): f"c{n}" for n, header in enumerate(raw.names)}


def _theirs(column: str, *, headers: Iterable[str], source: config.SourceFile, name: str, file: str) -> str | None:
    """The header behind one of our columns, "" for a constant; None where the source has none."""
    if column in source.constants:
        return ""
    theirs = source.columns.get(column)
    if theirs is None:
        if column in headers:
            return column
        if config.SOURCES[name].columns[column].required:
            raise _missing(column, column, headers=headers, name=name, file=file)
        return None
    if tidy(theirs) not in set(headers):
        raise _missing(column, tidy(theirs), headers=headers, name=name, file=file)
    return theirs


def _missing(column: str, wanted: str, *, headers: Iterable[str], name: str, file: str) -> DataError:
    return DataError(
        f"sources.{name}: {file}, row 1: there is no column {wanted!r} for {column}.{nearest(wanted, headers)} "
        f'Write {column} = "their column" under [sources.{name}.columns], or check the encoding and the delimiter.',
        places=[(file, 1, column, wanted)],
    )


def _check_unit(column: str, theirs: str, *, kind: str, source: config.SourceFile, name: str, file: str) -> None:
    if kind == "money" and column not in source.units and any(unit in theirs for unit in ("万", "亿", "千元")):
        raise DataError(
            f"sources.{name}: {file}, column {theirs!r} speaks of another unit than one. "
            f'Write {column} = "万元" (or 元, 千元, 亿元) under [sources.{name}.units].',
            places=[(file, 1, column, theirs)],
        )


def _notes(raw: Raw, *, headers: Iterable[str], source: config.SourceFile, name: str) -> list[tuple[str, str]]:
    used = used_headers(source, name=name) | {tidy(e.column) for e in source.exclude}
    extra = sorted(set(headers) - used)
    return [*raw.notes, *([("extra_columns", f"{raw.file}: {', '.join(extra)}")] if extra else [])]
