"""A delivered file as it stands: every cell as text on the engine, with the row it is seen in."""

from __future__ import annotations

__all__ = ["Raw", "batched", "heading", "loaded", "of_file", "of_relation", "of_rows", "readable", "shown"]

import datetime as dt
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from salesplan import config
from salesplan.data.engine import Engine, literal, quoted, schema_of
from salesplan.data.files import Delivered
from salesplan.data.heads import joined
from salesplan.errors import DataError

_BATCH = 50_000
# pyarrow's complaints are ValueErrors too
_UNREADABLE = (ValueError, KeyError, EOFError, OSError, zlib.error, zipfile.BadZipFile)
# the last row of a sheet, of the old kind and the new
_SHEET_ENDS = {65_536, 1_048_576}
# what may stand in a cell that holds nothing
_BLANK = " \t\r\n\u3000\u00a0"


@dataclass(frozen=True)
class Raw:
    """One file's cells: ``table`` on the engine has a column of text, c0, c1, …, per name of ``names``.

    row: the engine's expression of the row as seen. ragged: (row, text) of lines whose number of fields is not the
    header's. epoch: day 0 of Excel's serial dates. per_row: how many rows here one row of the file became, where its
    months stood as columns. delimiter: of delimited text.
    """

    file: str
    table: str
    names: list[str]
    row: str
    count: int
    ragged: tuple[tuple[int, str], ...] = ()
    epoch: dt.date = dt.date(1899, 12, 30)
    notes: tuple[tuple[str, str], ...] = field(default=())
    per_row: int = 1
    delimiter: str = ""

    def seen(self, row: int) -> int:
        """The row as it is seen in the file, by the number a row has here."""
        return int(row) // self.per_row


def of_file(
    engine: Engine,
    delivered: Delivered,
    *,
    shape: config.SourceFile,
    expected: set[str],
    source: str,
    may_guess: bool = False,
) -> Raw:
    """The cells of one delivered file; ``expected`` are the headers that the plan file speaks of.

    may_guess: an encoding that is only likely is taken, and told.
    """
    from salesplan.data.delimited import cells
    from salesplan.data.workbooks import of_workbook

    about: dict[str, Any] = {"shape": shape, "expected": expected, "source": source}
    with readable(delivered, source=source):
        if delivered.suffix == ".parquet":
            return _parquet(engine, delivered)
        if delivered.suffix in (".xlsx", ".xls"):
            raw = of_workbook(engine, delivered, **about)
        else:
            raw = cells(engine, delivered, **about, may_guess=may_guess)
    _check_cut(engine, raw, source=source)
    return raw


@contextmanager
def readable(delivered: Delivered, *, source: str) -> Iterator[None]:
    """What a library says of a file that is not what it is called becomes a sentence that names the file: DataError."""
    import duckdb
    import python_calamine as calamine

    try:
        yield
    except (*_UNREADABLE, duckdb.Error, calamine.CalamineError) as error:
        raise _unreadable(delivered, error, source=source) from error


def _check_cut(engine: Engine, raw: Raw, *, source: str) -> None:
    last = engine.row(f"SELECT max({raw.row}) FROM {raw.table}")[0]
    if last in _SHEET_ENDS:
        raise DataError(
            f"sources.{source}: {raw.file} ends at row {last:,}, the last one that a sheet can have: what came after "
            "is most likely cut off. Export it as csv without a sheet between, or in two files.",
            places=[(raw.file, last, "", "the end of a sheet")],
        )


def _unreadable(delivered: Delivered, error: Exception, *, source: str) -> DataError:
    return DataError(
        f"sources.{source}: {delivered.name} is no {delivered.suffix} file that can be read "
        f"({type(error).__name__}: {str(error)[:200]}). Save it again.",
        places=[(delivered.name, None, "", type(error).__name__)],
    )


def heading(rows: list[list[str]], *, file: str, source: str) -> list[str]:
    """The column names of a header, ``heads.joined``. Errors: DataError where one stands twice. A blank: "column N"."""
    names = [name or f"column {n}" for n, name in enumerate(joined(rows), 1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        places = [(file, len(rows), name, name) for name in twice]
        raise DataError(
            f"sources.{source}: {file}, row {len(rows)}: the column {twice[0]!r} stands twice in the header. "
            "Rename one of them or take it out.",
            places=places,
        )
    return names


def loaded(
    engine: Engine,
    batches: Any,
    *,
    file: str,
    names: list[str],
    first: int,
    notes: tuple[tuple[str, str], ...] = (),
    epoch: dt.date = dt.date(1899, 12, 30),
) -> Raw:
    """Brings record batches (``engine.schema_of``) onto the engine; lines that hold nothing are no rows.

    batches: may have ``ragged``, lines of another width by their number, once it is read. first: the row of the first.
    """
    table = engine.free_name()
    filled = " OR ".join(f"trim(c{n}, {literal(_BLANK)}) <> ''" for n in range(len(names)))
    engine.load(table, batches, schema=schema_of(len(names)), where=filled)
    apart = sorted(getattr(batches, "ragged", {}).items())
    row = f"line + {first - 1}"
    if apart:
        before = ", ".join(str(number - n) for n, (number, _) in enumerate(apart))
        row += f" + len(list_filter([{before}], lambda x: x <= line))"
    (count,) = engine.row(f"SELECT count(*) FROM {table}")
    ragged = tuple((number + first - 1, line) for number, line in apart)
    return Raw(file, table, names, row, count, ragged, epoch, notes)


def of_rows(engine: Engine, rows: Iterable[Sequence[str]], *, file: str, names: list[str]) -> Raw:
    """Rows of text, in their order, as a file of their own whose first row is 1."""
    numbered = ((n, row) for n, row in enumerate(rows, 1))
    return loaded(engine, batched(numbered, width=len(names)), file=file, names=names, first=1)


def batched(rows: Iterable[tuple[int, Sequence[str]]], *, width: int) -> Iterator[Any]:
    """Numbered rows of text as record batches."""
    import pyarrow as pa

    held: list[tuple[int, Sequence[str]]] = []

    def batch() -> Any:
        cells = [pa.array([row[n] for _, row in held], pa.string()) for n in range(width)]
        return pa.RecordBatch.from_arrays(
            [pa.array([at for at, _ in held], pa.int64()), *cells], schema=schema_of(width)
        )

    for row in rows:
        held.append(row)
        if len(held) == _BATCH:
            yield batch()
            held = []
    if held:
        yield batch()


def _parquet(engine: Engine, delivered: Delivered) -> Raw:
    place = delivered.place
    if place.suffix.lower() == ".gz":
        place = engine.folder / "unpacked.parquet"
        with delivered.unpacked() as stream:
            place.write_bytes(stream.read())
    table, place_text = engine.free_name(), literal(str(place))
    names, cells = _texts(engine, f"(SELECT * FROM read_parquet({place_text}))")
    numbered = f"read_parquet({place_text}, file_row_number = true)"
    engine.run(f"CREATE TABLE {table} AS SELECT file_row_number + 1 AS line, {', '.join(cells)} FROM {numbered}")
    (count,) = engine.row(f"SELECT count(*) FROM {table}")
    return Raw(delivered.name, table, names, "line", count)


def of_relation(engine: Engine, relation: str, *, file: str) -> Raw:
    """A relation on the engine as a file: its rows in the order of their contents, so that their numbers stay."""
    table = engine.free_name()
    names, cells = _texts(engine, relation)
    order = ", ".join(f"c{n}" for n in range(len(names)))
    engine.run(
        f"CREATE TABLE {table} AS SELECT row_number() OVER (ORDER BY {order}) AS line, * "
        f"FROM (SELECT {', '.join(cells)} FROM {relation})"
    )
    (count,) = engine.row(f"SELECT count(*) FROM {table}")
    return Raw(file, table, names, "line", count)


def _texts(engine: Engine, table: str) -> tuple[list[str], list[str]]:
    """The names of a relation's columns, and the expressions that show each as text, c0, c1, …"""
    described = engine.rows(f"DESCRIBE SELECT * FROM {table}")
    names = [str(row[0]) for row in described]
    return names, [f"{_typed_text(quoted(str(r[0])), str(r[1]))} AS c{n}" for n, r in enumerate(described)]


def _typed_text(column: str, kind: str) -> str:
    """What shows a typed column as text: numbers to 15 digits, whole ones without a point, "" for none."""
    if kind in ("DOUBLE", "FLOAT"):
        wide = f"format('{{:.15g}}', {column})"
        whole = f"isfinite({column}) AND {column} = trunc({column}) AND abs({column}) < 1e15"
        exponent = f"contains({wide}, 'e') AND abs({column}) < 1e15"
        zero = f"CASE WHEN {column} = 0 AND {wide} = '-0' THEN '-0' ELSE CAST(CAST({column} AS BIGINT) AS VARCHAR) END"
        small = f"CAST(CAST({column} AS DECIMAL(38, 18)) AS VARCHAR)"
        return f"coalesce(CASE WHEN {whole} THEN {zero} WHEN {exponent} THEN {small} ELSE {wide} END, '')"
    if kind == "BOOLEAN":
        return f"coalesce(upper(CAST({column} AS VARCHAR)), '')"
    return f"coalesce(CAST({column} AS VARCHAR), '')"


def shown(value: Any) -> str:
    """One cell's value as text, a number to the 15 digits that a spreadsheet holds."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return _plain_number(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ") if value.time() != dt.time() else value.date().isoformat()
    return str(value)


def _plain_number(value: float) -> str:
    if value == int(value) if abs(value) < 1e15 else False:
        return "-0" if str(value) == "-0.0" else str(int(value))
    text = f"{value:.15g}"
    return format(Decimal(text), "f") if "e" in text and abs(value) < 1e15 else text
