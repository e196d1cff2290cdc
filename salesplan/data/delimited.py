"""Delimited text: encoding and delimiter found strictly, every line accounted for."""

from __future__ import annotations

__all__ = ["cells"]

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from salesplan import config
from salesplan.data.encodings import Found, encoding_of
from salesplan.data.engine import Engine, schema_of
from salesplan.data.files import Delivered
from salesplan.data.heads import LOOKED_AT, header_at, joined
from salesplan.data.quotes import Settled, settled
from salesplan.data.raw import Raw, heading, loaded
from salesplan.errors import DataError

_DELIMITERS = (",", ";", "\t", "|")
_CHUNK, _SAMPLE, _BLOCK = 1 << 20, 1_000_000, 1 << 24
_SAYS_DELIMITER = re.compile(r"sep=(.)[^\S\r\n]*(?:\r\n|\n|\r)", re.I)
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass
class _Text:
    """A file as UTF-8 on the scratch disk: its first characters, its quotation marks and line ends."""

    place: Path
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


def cells(
    engine: Engine,
    delivered: Delivered,
    *,
    shape: config.SourceFile,
    expected: set[str],
    source: str,
    may_guess: bool = False,
) -> Raw:
    """The cells of one delimited file.

    The delimiter is the declared one or that of a line "sep=;", else the one of , ; tab | under which a row holds most
    of ``expected``; rows above the header are told. A line whose number of fields is not the header's is set apart;
    where most are so, the file is refused. may_guess: an encoding that is only likely is taken, and told.
    """
    encoding = encoding_of(delivered, declared=shape.encoding, source=source, may_guess=may_guess)
    text = _decoded(delivered, folder=engine.folder, encoding=encoding.name)
    top = _top(text.sample, shape, expected, file=delivered.name, source=source)
    names = heading(top.rows, file=delivered.name, source=source)
    head = _head(text.sample, top.lines)
    first = top.lines + 1
    found = Settled()
    if text.quotes:
        about = {"head": head, "delimiter": top.delimiter, "width": len(names), "sample": text.sample[len(head) :]}
        found = settled(text.place, first=first, file=delivered.name, source=source, **about)  # type: ignore[arg-type]
    lines = _Lines(text, head=head, delimiter=top.delimiter, width=len(names), breaks=found.inner > 0)
    notes = _notes(delivered.name, encoding=encoding, above=top.above, found=found)
    raw = loaded(engine, lines, file=delivered.name, names=names, first=first, notes=notes)
    text.place.unlink()
    lost = text.ends - _ends(head) + 1 - found.inner - lines.read - len(lines.ragged)
    if text.sample[len(head) :].strip() and lost > 0:
        raise DataError(
            f"sources.{source}: {delivered.name} has {text.ends + 1:,} lines, and {lost:,} of them could not be read "
            "as rows. Export the file again.",
            places=[(delivered.name, None, "", f"{lost} lines")],
        )
    if len(lines.ragged) > lines.read:
        row, line = raw.ragged[0]
        raise DataError(
            f"sources.{source}: {delivered.name}, row {row}: most lines do not have the {len(names)} fields "
            f"of the header. Found {line[:80]!r}. Export the file again without a trailing delimiter.",
            places=[(delivered.name, row, "", line)],
        )
    return replace(raw, delimiter=top.delimiter)


def _notes(file: str, *, encoding: Found, above: int, found: Settled) -> tuple[tuple[str, str], ...]:
    name = encoding.name.removesuffix("-sig")
    told = [] if name == "utf-8" else [("guessed_encoding" if encoding.guessed else "encoding", f"{file}: {name}")]
    told += [("title_rows", f"{file}: {above}")] if above else []
    if found.stray:
        told.append(("stray_quotes", f"{len(found.stray)}, {file}:{found.stray[0]}"))
    return tuple(told)


class _Lines:
    """The lines below the header as record batches; afterwards how many were read, and those of another width."""

    def __init__(self, text: _Text, *, head: str, delimiter: str, width: int, breaks: bool) -> None:
        self.text, self.head, self.delimiter, self.width, self.breaks = text, head, delimiter, width, breaks
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
                    newlines_in_values=self.breaks,
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


def _decoded(delivered: Delivered, *, folder: Path, encoding: str) -> _Text:
    """The file as UTF-8 on the scratch disk."""
    text = _Text(folder / "body.txt")
    with delivered.unpacked() as stream, text.place.open("wb") as place:
        for piece in _pieces(stream, encoding):
            text.take(piece)
            place.write(piece.encode())
    return text


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


@dataclass(frozen=True)
class _Top:
    """What stands above the rows: the header's cells, the lines down to it, the rows above it, and the delimiter."""

    rows: list[list[str]]
    lines: int
    above: int
    delimiter: str


def _top(sample: str, shape: config.SourceFile, expected: set[str], *, file: str, source: str) -> _Top:
    said = _SAYS_DELIMITER.match(sample)
    tried = [shape.delimiter] if shape.delimiter else [said[1]] if said else list(_DELIMITERS)
    start = said.end() if said else 0
    tops = []
    for delimiter in tried:
        reader = csv.reader(io.StringIO(sample[start:], newline=""), delimiter=delimiter)
        rows, ends = [], []
        try:
            for row in itertools.islice(reader, LOOKED_AT):
                rows.append(row)
                ends.append(reader.line_num)
        except csv.Error as error:
            if not rows:
                raise DataError(
                    f"sources.{source}: {file}, row 1: the header cannot be read ({error}). Export the file again.",
                    places=[(file, 1, "", str(error))],
                ) from error
        at = header_at(rows, expected, deep=shape.header_rows)
        header = rows[at : at + shape.header_rows]
        lines = ends[min(at + shape.header_rows, len(ends)) - 1] + bool(said)
        fit = len(expected & {*joined(header)})
        wide = max((len(row) for row in header), default=0)
        tops.append((fit, wide, _Top(header, lines, at + bool(said), delimiter)))
    return max(tops, key=lambda top: top[:2])[2]


def _head(sample: str, lines: int) -> str:
    """The first lines as they stand."""
    at = 0
    for _ in range(lines):
        found = _LINE_END.search(sample, at)
        if not found:
            return sample
        at = found.end()
    return sample[:at]
