"""Delimited text: encoding and delimiter found strictly, every line accounted for."""

from __future__ import annotations

__all__ = ["cells"]

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from salesplan import config
from salesplan.data.engine import Engine, schema_of
from salesplan.data.files import Delivered
from salesplan.data.raw import Raw, heading, loaded
from salesplan.data.text import tidy
from salesplan.errors import DataError

_DELIMITERS = (",", ";", "\t", "|")
_CHUNK, _SAMPLE, _BLOCK = 1 << 20, 1_000_000, 1 << 24
_NEVER_WRITTEN = re.compile("[\ufffd\ue000-\uf8ff]")
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass
class _Text:
    """A file as UTF-8 on the scratch disk: its encoding, its first characters, its quotation marks and line ends."""

    place: Path
    encoding: str
    sample: str = ""
    quotes: int = 0
    ends: int = 0
    _pending: int = 0

    def take(self, text: str) -> None:
        """Counts one piece of the text; line ends below the last line that holds anything do not count."""
        if len(self.sample) < _SAMPLE:
            self.sample += text[: _SAMPLE - len(self.sample)]
        self.quotes += text.count('"')
        body = text.rstrip()
        if body:
            self.ends += self._pending + _ends(body)
            self._pending = 0
        self._pending += _ends(text[len(body) :])


def cells(engine: Engine, delivered: Delivered, *, shape: config.SourceFile, expected: set[str], source: str) -> Raw:
    """The cells of one delimited file.

    The delimiter is the declared one, else the one of , ; tab | under which the header holds most of ``expected``.
    A line whose number of fields is not the header's is set apart; where most are so, the file is refused.
    """
    text = _decoded(delivered, folder=engine.folder, declared=shape.encoding, source=source)
    delimiter = shape.delimiter or _delimiter(text.sample, expected)
    top, skip = _top(text.sample, delimiter, shape.header_rows)
    names = heading(top, file=delivered.name, source=source)
    head = _head(text.sample, skip)
    lines = _Lines(text, head=head, delimiter=delimiter, width=len(names))
    notes = () if text.encoding == "utf-8" else (("encoding", f"{delivered.name}: {text.encoding}"),)
    raw = loaded(engine, lines, file=delivered.name, names=names, first=len(top) + 1, notes=notes)
    text.place.unlink()
    _check_quotes(text, head=head, records=lines.read + len(lines.ragged), file=delivered.name, source=source)
    if len(lines.ragged) > lines.read:
        row, line = raw.ragged[0]
        raise DataError(
            f"sources.{source}: {delivered.name}, row {row}: most lines do not have the {len(names)} fields "
            f"of the header. Found {line[:80]!r}. Export the file again without a trailing delimiter.",
            places=[(delivered.name, row, "", line)],
        )
    return raw


class _Lines:
    """The lines below the header as record batches; afterwards how many were read, and those of another width."""

    def __init__(self, text: _Text, *, head: str, delimiter: str, width: int) -> None:
        self.text, self.head, self.delimiter, self.width = text, head, delimiter, width
        self.read = 0
        self.ragged: dict[int, str] = {}

    def __iter__(self) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import csv as arrow

        if not self.text.sample[len(self.head) :].strip() and len(self.text.sample) < _SAMPLE:
            return
        columns = [f"c{n}" for n in range(self.width)]
        with self.text.place.open("rb") as stream:
            stream.seek(len(self.head.encode()))
            reader = arrow.open_csv(
                stream,
                read_options=arrow.ReadOptions(column_names=columns, use_threads=False, block_size=_BLOCK),
                parse_options=arrow.ParseOptions(
                    delimiter=self.delimiter,
                    newlines_in_values=self.text.quotes > 0,
                    ignore_empty_lines=False,
                    invalid_row_handler=self._apart,
                ),
                convert_options=arrow.ConvertOptions(
                    column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
                ),
            )
            for batch in reader:
                at = pa.array(range(self.read + 1, self.read + batch.num_rows + 1), pa.int64())
                self.read += batch.num_rows
                yield pa.RecordBatch.from_arrays([at, *batch.columns], schema=schema_of(self.width))

    def _apart(self, row: Any) -> str:
        self.ragged[row.number] = row.text
        return "skip"


def _decoded(delivered: Delivered, *, folder: Path, declared: str | None, source: str) -> _Text:
    """The file in the encoding it is in: declared, else by its mark, else UTF-8, else GB18030; strict.

    Errors: DataError where no encoding fits, or the text found is none that people write.
    """
    with delivered.unpacked() as stream:
        start = stream.read(400)
    for encoding in _encodings(start, declared=declared, name=delivered.name, source=source):
        text = _Text(folder / "body.txt", encoding.removesuffix("-sig"))
        with delivered.unpacked() as stream:
            if _written(stream, text, encoding=encoding):
                return text
    tried = declared or "UTF-8, UTF-16 and GB18030"
    raise DataError(
        f"sources.{source}: {delivered.name} is not text in {tried}. Save it as UTF-8, or give its encoding in the "
        "plan file.",
        places=[(delivered.name, None, "", "encoding")],
    )


def _written(stream: IO[bytes], text: _Text, *, encoding: str) -> bool:
    """Writes the text as UTF-8; false where it is not in this encoding."""
    with text.place.open("wb") as place:
        try:
            for piece in _pieces(stream, encoding):
                if _NEVER_WRITTEN.search(piece):
                    return False
                text.take(piece)
                place.write(piece.encode())
        except UnicodeDecodeError:
            return False
    return True


def _pieces(stream: IO[bytes], encoding: str) -> Iterator[str]:
    """The decoded text, marks at its start taken off, no piece ending between the two characters of a line end."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    held, begun = "", False
    while chunk := stream.read(_CHUNK):
        piece = held + decoder.decode(chunk)
        piece = piece if begun else piece.lstrip("\ufeff")
        begun = begun or bool(piece)
        held = "\r" if piece.endswith("\r") else ""
        yield piece.removesuffix("\r")
    yield held + decoder.decode(b"", final=True)


def _ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _encodings(raw: bytes, *, declared: str | None, name: str, source: str) -> list[str]:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ["utf-16"]
    silent = raw.count(b"\x00") * 4 > len(raw)
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


def _delimiter(sample: str, expected: set[str]) -> str:
    def fit(delimiter: str) -> tuple[int, int]:
        line = next(csv.reader(io.StringIO(sample[:200_000], newline=""), delimiter=delimiter), [])
        return len(expected & {tidy(cell) for cell in line}), len(line)

    return max(_DELIMITERS, key=fit)


def _top(sample: str, delimiter: str, header_rows: int) -> tuple[list[list[str]], int]:
    """The header rows, and how many lines of the file they take."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    rows = [row for _, row in zip(range(header_rows), reader, strict=False)]
    return rows, reader.line_num


def _head(sample: str, lines: int) -> str:
    """The first lines as they stand."""
    at = 0
    for _ in range(lines):
        found = _LINE_END.search(sample, at)
        if not found:
            return sample
        at = found.end()
    return sample[:at]


def _check_quotes(text: _Text, *, head: str, records: int, file: str, source: str) -> None:
    """An open quote swallows the lines below it: their number gives it away."""
    if (text.quotes - head.count('"')) % 2 and text.ends - _ends(head) + 1 > records:
        raise DataError(
            f"sources.{source}: {file} holds a quotation mark that is opened and not closed, so that lines run into "
            "one another. Export the file again, with quotation marks inside a cell doubled.",
            places=[(file, None, "", '"')],
        )
