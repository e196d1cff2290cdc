"""Their columns become ours: which of theirs each is, or what is given once for all rows."""

from __future__ import annotations

__all__ = ["Named", "check_currency", "named", "used_headers"]

from collections.abc import Iterable
from dataclasses import dataclass

from salesplan import config
from salesplan.data.engine import Engine, literal
from salesplan.data.raw import Raw
from salesplan.data.text import tidy
from salesplan.data.vocabulary import headers_known
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


def check_currency(engine: Engine, raw: Raw, *, source: config.SourceFile, name: str) -> None:
    """Refuses a currency that the plan gives to every row where the file itself says another."""
    given = source.constants.get("currency")
    if given is None:
        return
    called = {tidy(word).lower() for word in (source.columns.get("currency", ""), *headers_known()[name]["currency"])}
    for header, cell in _headers(raw).items():
        if header.lower() not in called:
            continue
        code = f"upper(trim({cell}))"
        others = f"{code} NOT IN ('', {literal(given.upper())})"
        found = engine.rows(f"SELECT min({raw.row}), min_by({cell}, {raw.row}) FROM {raw.table} WHERE {others}")
        if found[0][0] is not None:
            row, other = raw.seen(found[0][0]), found[0][1]
            raise DataError(
                f"sources.{name}: {raw.file}, row {row}, column {header!r}: found {other!r}, and "
                f"[sources.{name}.constants] says {given} for every row. Take it out and write currency = {header!r} "
                f"under [sources.{name}.columns]; rows in another currency are then declared out or refused.",
                places=[(raw.file, row, header, other)],
            )


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
