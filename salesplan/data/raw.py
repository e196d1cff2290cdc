"""A delivered file as it stands: every cell as text, with the row it is seen in."""

from __future__ import annotations

__all__ = ["Raw", "as_text", "as_text_table", "heading", "of_file", "one_select", "shown"]

import datetime as dt
import io
import re
import zipfile
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from salesplan import config
from salesplan.data.files import Delivered
from salesplan.errors import DataError, nearest


@dataclass(frozen=True)
class Raw:
    """One file's cells: a pyarrow table of text, one column per header; ``rows`` are the row numbers as seen.

    ragged: (row, text) of lines whose number of fields is not the header's. epoch: day 0 of Excel's serial dates.
    """

    file: str
    table: Any
    rows: Any
    ragged: tuple[tuple[int, str], ...] = ()
    epoch: dt.date = dt.date(1899, 12, 30)
    notes: tuple[tuple[str, str], ...] = field(default=())


def of_file(delivered: Delivered, *, shape: config.SourceFile, expected: set[str], source: str) -> Raw:
    """The cells of one delivered file; ``expected`` are the headers that the plan file speaks of."""
    from salesplan.data.delimited import cells

    try:
        if delivered.suffix == ".parquet":
            return _parquet(delivered)
        if delivered.suffix == ".xlsx":
            return _workbook(delivered, shape=shape, source=source)
        return cells(delivered, shape=shape, expected=expected, source=source)
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        # pyarrow's complaints are ValueErrors too
        raise DataError(
            f"sources.{source}: {delivered.name} is no {delivered.suffix} file that can be read "
            f"({type(error).__name__}: {str(error)[:200]}). Save it again.",
            places=[(delivered.name, None, "", type(error).__name__)],
        ) from error


def heading(rows: list[list[str]], *, file: str, source: str) -> list[str]:
    """The column names of one or more header rows; a name over several columns is carried to the right.

    Errors: DataError where a name stands twice. A blank name becomes "column N".
    """
    from salesplan.data.text import tidy

    parts = [[tidy(cell) for cell in row] for row in rows]
    for row in parts[:-1]:
        for n in range(1, len(row)):
            row[n] = row[n] or row[n - 1]
    width = max(len(row) for row in parts)
    names = []
    for n in range(width):
        column = [row[n] for row in parts if n < len(row) and row[n]]
        names.append("/".join(dict.fromkeys(column)) or f"column {n + 1}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        places = [(file, len(rows), name, name) for name in twice]
        raise DataError(
            f"sources.{source}: {file}, row {len(rows)}: the column {twice[0]!r} stands twice in the header. "
            "Rename one of them or take it out.",
            places=places,
        )
    return names


def _parquet(delivered: Delivered) -> Raw:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(delivered.content))
    columns = [as_text(table.column(n).combine_chunks()) for n in range(table.num_columns)]
    rows = pa.array(range(1, table.num_rows + 1), pa.int64())
    return Raw(delivered.name, pa.table(columns, names=table.column_names), rows)


def as_text(column: Any) -> Any:
    """A typed pyarrow column as text; missing becomes ""."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        return pa.array([shown(v) for v in column.to_pylist()], pa.string())
    return pc.fill_null(column.cast(pa.string()), "")


def as_text_table(table: Any) -> Any:
    """A typed pyarrow table as text, in the order of its contents, so that its rows have numbers that stay."""
    import pyarrow as pa

    columns = [as_text(table.column(n).combine_chunks()) for n in range(table.num_columns)]
    plain = pa.table(columns, names=table.column_names)
    return plain.sort_by([(c, "ascending") for c in plain.column_names]) if plain.num_rows else plain


def one_select(statement: str, *, name: str) -> str:
    """The statement, if it is a single SELECT; refuses everything else."""
    plain = statement.strip().rstrip(";")
    if not re.match(r"(?i)(select|with)\b", plain) or ";" in plain:
        raise DataError(f"sources.{name}.select has to be one SELECT; found {plain[:60]!r}.")
    return plain


def _workbook(delivered: Delivered, *, shape: config.SourceFile, source: str) -> Raw:
    import openpyxl
    import pyarrow as pa

    book = openpyxl.load_workbook(io.BytesIO(delivered.content), read_only=True, data_only=True)
    name = shape.sheet or book.sheetnames[0]
    if name not in book.sheetnames:
        raise DataError(f"sources.{source}: {delivered.name} has no sheet {name!r}.{nearest(name, book.sheetnames)}")
    epoch = dt.date(1904, 1, 1) if book.epoch.year == 1904 else dt.date(1899, 12, 30)
    lines = [[shown(v) for v in row] for row in book[name].iter_rows(values_only=True)]
    book.close()
    top = shape.header_rows
    if len(lines) < top:
        raise DataError(f"sources.{source}: {delivered.name}, sheet {name!r} is empty. Deliver it again.")
    width = max((n + 1 for row in lines[:top] for n, cell in enumerate(row) if cell), default=0)
    names = heading([row[:width] for row in lines[:top]], file=delivered.name, source=source)
    body = [(n, row) for n, row in enumerate(lines[top:], top + 1) if any(row)]
    ragged = tuple((n, "\t".join(row)) for n, row in body if any(row[width:]))
    kept = [(n, (row + [""] * width)[:width]) for n, row in body if not any(row[width:])]
    table = pa.table([pa.array([row[n] for _, row in kept], pa.string()) for n in range(width)], names=names)
    return Raw(delivered.name, table, pa.array([n for n, _ in kept], pa.int64()), ragged, epoch)


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
