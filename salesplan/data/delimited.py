"""Delimited text: encoding and delimiter found strictly, every line accounted for."""

from __future__ import annotations

__all__ = ["cells", "decoded"]

import csv
import io
import re
from typing import Any

from salesplan import config
from salesplan.data.files import Delivered
from salesplan.data.raw import Raw, heading
from salesplan.data.text import tidy
from salesplan.errors import DataError

_DELIMITERS = (",", ";", "\t", "|")


def cells(delivered: Delivered, *, shape: config.SourceFile, expected: set[str], source: str) -> Raw:
    """The cells of one delimited file.

    The delimiter is the declared one, else the one of , ; tab | under which the header holds most of ``expected``.
    A line whose number of fields is not the header's is set apart; where most are so, the file is refused.
    """
    text, encoding = decoded(delivered, declared=shape.encoding, source=source)
    delimiter = shape.delimiter or _delimiter(text, expected)
    top, skip = _top(text, delimiter, shape.header_rows)
    names = heading(top, file=delivered.name, source=source)
    body = _below(text, skip)
    table, ragged = _parsed(body, delimiter=delimiter, names=names)
    _check_quotes(body, records=table.num_rows + len(ragged), file=delivered.name, source=source)
    if len(ragged) > table.num_rows:
        row, line = next(iter(ragged.items()))
        raise DataError(
            f"sources.{source}: {delivered.name}, row {row + len(top)}: most lines do not have the {len(names)} fields "
            f"of the header. Found {line[:80]!r}. Export the file again without a trailing delimiter.",
            places=[(delivered.name, row + len(top), "", line)],
        )
    rows = _row_numbers(table.num_rows, taken=set(ragged), first=len(top) + 1)
    notes = () if encoding == "utf-8" else (("encoding", f"{delivered.name}: {encoding}"),)
    apart = tuple((n + len(top), line) for n, line in sorted(ragged.items()))
    return Raw(delivered.name, table, rows, apart, notes=notes)


def decoded(delivered: Delivered, *, declared: str | None, source: str) -> tuple[str, str]:
    """The text of a file and the encoding it is in: declared, else by its mark, else UTF-8, else GB18030; strict.

    Errors: DataError where no encoding fits, or the text found is none that people write.
    """
    raw = delivered.content
    for encoding in _encodings(raw, declared=declared, name=delivered.name, source=source):
        try:
            text = raw.decode(encoding).lstrip("\ufeff")
        except UnicodeDecodeError:
            continue
        if not re.search("[\ufffd\ue000-\uf8ff]", text):
            return text, encoding.removesuffix("-sig")
    tried = declared or "UTF-8, UTF-16 and GB18030"
    raise DataError(
        f"sources.{source}: {delivered.name} is not text in {tried}. Save it as UTF-8, or give its encoding in the "
        "plan file.",
        places=[(delivered.name, None, "", "encoding")],
    )


def _encodings(raw: bytes, *, declared: str | None, name: str, source: str) -> list[str]:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ["utf-16"]
    silent = raw[:400].count(b"\x00") * 4 > len(raw[:400])
    if silent and declared == "utf-16":
        return ["utf-16-le" if raw[1:2] == b"\x00" else "utf-16-be"]
    if silent:
        raise DataError(
            f"sources.{source}: {name} looks like UTF-16 without its mark. Save it as UTF-8, or write "
            f'encoding = "utf-16" under [sources.{source}].',
            places=[(name, 1, "", "UTF-16 without a mark")],
        )
    if declared and declared != "utf-8":
        return [declared]
    return ["utf-8-sig"] if declared else ["utf-8-sig", "gb18030"]


def _delimiter(text: str, expected: set[str]) -> str:
    def fit(delimiter: str) -> tuple[int, int]:
        line = next(csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=delimiter), [])
        return len(expected & {tidy(cell) for cell in line}), len(line)

    return max(_DELIMITERS, key=fit)


def _top(text: str, delimiter: str, header_rows: int) -> tuple[list[list[str]], int]:
    """The header rows, and how many lines of the file they take."""
    reader = csv.reader(io.StringIO(text[:1_000_000], newline=""), delimiter=delimiter)
    rows = [row for _, row in zip(range(header_rows), reader, strict=False)]
    return rows, reader.line_num


def _check_quotes(body: str, *, records: int, file: str, source: str) -> None:
    """An open quote swallows the lines below it: their number gives it away."""
    if body.count('"') % 2 and len(re.findall(r"\r\n|\n|\r", body.rstrip())) + 1 > records:
        raise DataError(
            f"sources.{source}: {file} holds a quotation mark that is opened and not closed, so that lines run into "
            "one another. Export the file again, with quotation marks inside a cell doubled.",
            places=[(file, None, "", '"')],
        )


def _parsed(body: str, *, delimiter: str, names: list[str]) -> tuple[Any, dict[int, str]]:
    """Cells below the header, and the lines of another width by their number below it."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    if not body.strip():
        return pa.table([pa.array([], pa.string())] * len(names), names=names), {}
    ragged: dict[int, str] = {}

    def apart(row: Any) -> str:
        ragged[row.number] = row.text
        return "skip"

    columns = [f"c{n}" for n in range(len(names))]
    table = arrow.read_csv(
        io.BytesIO(body.encode("utf-8")),
        read_options=arrow.ReadOptions(column_names=columns, use_threads=False, block_size=1 << 24),
        parse_options=arrow.ParseOptions(
            delimiter=delimiter, newlines_in_values='"' in body, ignore_empty_lines=False, invalid_row_handler=apart
        ),
        convert_options=arrow.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
        ),
    )
    return table.rename_columns(names).combine_chunks(), ragged


def _below(text: str, skip: int) -> str:
    at = 0
    for _ in range(skip):
        found = re.compile(r"\r\n|\n|\r").search(text, at)
        if not found:
            return ""
        at = found.end()
    return text[at:]


def _row_numbers(count: int, *, taken: set[int], first: int) -> Any:
    """Row numbers as seen of the lines that were read, those set apart left out."""
    import numpy as np

    numbers = np.arange(1, count + len(taken) + 1)
    kept = numbers[~np.isin(numbers, sorted(taken))] if taken else numbers
    return kept + (first - 1)
