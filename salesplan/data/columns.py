"""Their columns become ours: named, given once for all, translated, and read for what they mean."""

from __future__ import annotations

__all__ = ["Rows", "placed", "used_headers"]

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from salesplan import config
from salesplan.data.raw import Raw
from salesplan.data.text import clean, tidy
from salesplan.data.values import Reading, days, keys, numbers
from salesplan.errors import DataError, nearest


@dataclass(frozen=True)
class Rows:
    """One file's rows under our names: the text as delivered, and what it means, per canonical column."""

    raw: Raw
    text: dict[str, Any]
    read: dict[str, Reading]
    notes: list[tuple[str, str]] = field(default_factory=list)


def used_headers(source: config.SourceFile, *, name: str) -> set[str]:
    """The headers that the plan file speaks of, or that carry our own names."""
    shape = config.SOURCES[name]
    named = {tidy(theirs) for theirs in source.columns.values()}
    return named | {c for c in shape.columns if c not in source.columns and c not in source.constants}


def placed(raw: Raw, *, source: config.SourceFile, name: str, currency: str) -> Rows:
    """One file's rows under our names. Errors: DataError where a column is missing, or a unit is and should not be."""
    headers = {tidy(header): header for header in raw.table.column_names}
    text: dict[str, Any] = {}
    read: dict[str, Reading] = {}
    for column, kind in config.SOURCES[name].columns.items():
        theirs = _theirs(column, headers=headers, source=source, name=name, file=raw.file)
        if theirs is None:
            continue
        _check_unit(column, theirs, kind=kind.kind, source=source, name=name, file=raw.file)
        cells = _cells(theirs, column=column, raw=raw, headers=headers, source=source)
        text[column] = cells
        cells = _translated(cells, source.values.get(column, {}))
        read[column] = _meaning(cells, column=column, kind=kind, source=source, raw=raw, currency=currency)
    return Rows(raw, text, read, _notes(raw, headers=headers, source=source, name=name))


def _theirs(column: str, *, headers: Iterable[str], source: config.SourceFile, name: str, file: str) -> str | None:
    """The header behind one of our columns; None where the source has none."""
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


def _cells(theirs: str, *, column: str, raw: Raw, headers: dict[str, str], source: config.SourceFile) -> Any:
    import pyarrow as pa

    if column in source.constants:
        return pa.array([source.constants[column]]).take(pa.array([0] * raw.table.num_rows, pa.int32()))
    found = raw.table.column(headers[tidy(theirs)])
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _translated(cells: Any, codes: dict[str, str]) -> Any:
    """Their codes replaced by ours; a code the plan does not name stays."""
    if not codes:
        return cells
    import pyarrow as pa

    ours = {tidy(left): right for left, right in codes.items()}
    coded = clean(cells).dictionary_encode()
    return pa.array([ours.get(text, text) for text in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


def _meaning(
    cells: Any, *, column: str, kind: config.Column, source: config.SourceFile, raw: Raw, currency: str
) -> Reading:
    if kind.kind == "date":
        return days(cells, written=source.dates, epoch=raw.epoch, timezone=source.timezone, years=not kind.required)
    if kind.kind in ("number", "money", "share"):
        unit = source.units.get(column)
        return numbers(cells, unit=unit, decimal=source.decimal, currency=currency, kind=kind.kind)
    return keys(cells)


def _notes(raw: Raw, *, headers: dict[str, str], source: config.SourceFile, name: str) -> list[tuple[str, str]]:
    used = used_headers(source, name=name) | {tidy(e.column) for e in source.exclude}
    extra = sorted(set(headers) - used)
    return [*raw.notes, *([("extra_columns", f"{raw.file}: {', '.join(extra)}")] if extra else [])]
