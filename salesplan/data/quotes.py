"""Quotation marks in delimited text: a cell in quotes may hold line ends, a stray mark never swallows a row."""

from __future__ import annotations

__all__ = ["Settled", "fields", "settled"]

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from salesplan.errors import DataError

_SAMPLED, _LONGEST_CELL = 200, 10_000


@dataclass
class Settled:
    """What was found: line ends inside cells, and the rows in which marks were read as text."""

    inner: int = 0
    stray: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Marks:
    """The patterns of one delimiter, for a header of this width."""

    delimiter: str
    width: int
    sample: str

    @cached_property
    def _d(self) -> str:
        return re.escape(self.delimiter)

    @cached_property
    def _field(self) -> str:
        return rf'(?:"(?:[^"\r\n]|"")*+"|(?!")[^\r\n{self._d}]*+)'

    @cached_property
    def whole(self) -> re.Pattern[str]:
        """A line in which every quoted cell ends."""
        return re.compile(rf"{self._field}(?:{self._d}{self._field})*+")

    @cached_property
    def opens(self) -> re.Pattern[str]:
        """A line whose last cell is quoted and does not end."""
        return re.compile(rf'(?:{self._field}{self._d})*?"(?:[^"]|"")*+')

    @cached_property
    def closes(self) -> re.Pattern[str]:
        """The line in which such a cell ends, as the last of its record."""
        return re.compile(rf'(?:[^"]|"")*+"(?:{self._d}{self._field})*+')

    @cached_property
    def goes_on(self) -> re.Pattern[str]:
        """A line inside such a cell, or one in which it ends and another begins."""
        return re.compile(rf'(?:[^"]|"")*+(?:"(?:{self._d}{self._field})*?{self._d}"(?:[^"]|"")*+)?')

    @cached_property
    def cell(self) -> re.Pattern[str]:
        return re.compile(rf'"((?:[^"]|"")*+)"(?={self._d}|\Z)|([^{self._d}]*)')

    @cached_property
    def _shapes(self) -> set[tuple[bool, ...]]:
        lines = [line for line in self.sample.splitlines()[:_SAMPLED] if self.whole.fullmatch(line)]
        return {shape for line in lines if len(shape := self.shape(line)) == self.width}

    def shape(self, line: str) -> tuple[bool, ...]:
        """Which cells of a line hold a digit."""
        return tuple(any(c.isdigit() for c in cell) for cell in fields(line, pattern=self.cell))

    def is_row(self, line: str) -> bool:
        """Whether a line looks like a row of its own, as many cells as the header and digits where rows have them."""
        shape = self.shape(line)
        return len(shape) == self.width > 1 and shape in self._shapes


def fields(line: str, *, pattern: re.Pattern[str]) -> list[str]:
    """The cells of one line; a quotation mark that opens no whole cell is text like any other."""
    found, at = [], 0
    while True:
        match = pattern.match(line, at)
        assert match is not None
        found.append(match[1].replace('""', '"') if match[1] is not None else match[2])
        at = match.end() + 1
        if at > len(line):
            return found


def settled(
    place: Path, *, head: str, delimiter: str, width: int, sample: str, first: int, file: str, source: str
) -> Settled:
    """Writes the file anew so that every quotation mark in it means what it says, and tells what was found.

    head: the lines above the rows, as they stand. first: the row of the first line below. Errors: DataError where a
    quoted cell holds what looks like rows: nobody can tell whether they are.
    """
    marks, told = _Marks(delimiter, width, sample), Settled()
    fresh = place.with_suffix(".settled")
    with place.open(encoding="utf-8", newline="") as stream, fresh.open("w", encoding="utf-8", newline="") as out:
        out.write(stream.read(len(head)))
        lines = _Lookahead(stream)
        for number, line in lines:
            body = line.rstrip("\r\n")
            if '"' not in body or marks.whole.fullmatch(body):
                out.write(line)
                continue
            row = number + first - 1 - told.inner
            cell = _cell_over_lines(body, lines, marks=marks)
            if cell is None:
                told.stray.append(row)
                out.write(_rewritten(body, marks=marks) + line[len(body) :])
                continue
            _check_swallowed(body, cell, marks=marks, row=row, line=number + first - 1, file=file, source=source)
            lines.forget(len(cell))
            told.inner += len(cell)
            out.write("".join([line, *cell]))
    fresh.replace(place)
    return told


class _Lookahead:
    """Lines with their numbers, of which some can be looked at before their turn."""

    def __init__(self, stream: Iterator[str]) -> None:
        self.stream, self.held, self.number = stream, list[str](), 0

    def __iter__(self) -> Iterator[tuple[int, str]]:
        while self.held or (line := next(self.stream, None)) is not None:
            self.number += 1
            yield self.number, self.held.pop(0) if self.held else str(line)

    def ahead(self) -> Iterator[str]:
        """The lines to come, without taking them."""
        for at in range(_LONGEST_CELL):
            if at == len(self.held):
                line = next(self.stream, None)
                if line is None:
                    return
                self.held.append(line)
            yield self.held[at]

    def forget(self, count: int) -> None:
        """Takes lines that were looked at."""
        del self.held[:count]
        self.number += count


def _cell_over_lines(body: str, lines: _Lookahead, *, marks: _Marks) -> list[str] | None:
    """The further lines of a record whose quoted cell goes over line ends; None where it ends nowhere as it should."""
    if not marks.opens.fullmatch(body):
        return None
    found = []
    for line in lines.ahead():
        found.append(line)
        plain = line.rstrip("\r\n")
        if marks.closes.fullmatch(plain):
            return found
        if not marks.goes_on.fullmatch(plain):
            return None
    return None


def _check_swallowed(body: str, cell: list[str], *, marks: _Marks, row: int, line: int, file: str, source: str) -> None:
    bodies = [body, *(one.rstrip("\r\n") for one in cell)]
    inside = any(marks.is_row(one) for one in bodies[1:-1])
    if inside or all(len(marks.shape(one)) == marks.width for one in bodies):
        raise DataError(
            f"sources.{source}: {file}: a quotation mark opens in line {line} and closes in line {line + len(cell)}, "
            f"and what stands between looks like rows. Line {line} begins {body[:60]!r}, line {line + len(cell)} "
            f"{bodies[-1][:60]!r}. Export the file again with quotation marks inside a cell doubled, or take the two "
            "marks out.",
            places=[(file, row, "", body[:200]), (file, row + len(cell), "", bodies[-1][:200])],
        )


def _rewritten(body: str, *, marks: _Marks) -> str:
    cells = fields(body, pattern=marks.cell)
    return marks.delimiter.join(
        '"' + c.replace('"', '""') + '"' if '"' in c or marks.delimiter in c else c for c in cells
    )
