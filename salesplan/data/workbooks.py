"""Workbooks as they stand: every sheet that the plan asks for, nothing hidden in silence, no archive that bursts."""

from __future__ import annotations

__all__ = ["groups_of_sheets", "of_workbook", "titles_of"]

import datetime as dt
import fnmatch
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from salesplan import config
from salesplan.data.engine import Engine
from salesplan.data.files import Delivered
from salesplan.data.heads import LOOKED_AT, header_at
from salesplan.data.raw import Raw, batched, heading, loaded, readable, shown
from salesplan.data.text import tidy
from salesplan.errors import DataError, nearest

_MOST_BYTES, _MOST_PARTS, _MOST_CELLS = 4 << 30, 3_000, 60_000_000
_RATIO, _SMALL, _TITLES = 300, 20 << 20, 3
_1900, _1904 = dt.date(1899, 12, 30), dt.date(1904, 1, 1)
_HIDDEN_ROW = re.compile(rb'<row\b[^>]*?\shidden="(?:1|true)"')
_MERGED = re.compile(rb'<mergeCell\b[^>]*?\sref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_CELL = re.compile(rb"<c[ >]")


@dataclass(frozen=True)
class _Sheet:
    """One sheet: its rows of text (the first of one that is not asked for), how it is hidden, what its file says."""

    name: str
    state: str
    lines: list[list[str]]
    hidden_rows: int = 0
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def of_workbook(
    engine: Engine, delivered: Delivered, *, shape: config.SourceFile, expected: set[str], source: str
) -> Raw:
    """The cells of the sheets that the plan asks for, one below the other; of the first where it asks for none.

    Errors: DataError where a sheet is not there, where further sheets hold rows under the same header and the plan says
    nothing of them, where sheets differ in their header, or where the archive is larger than a workbook is.
    """
    with delivered.unpacked() as stream:
        content = stream.read()
    old = delivered.suffix == ".xls"
    sheets, epoch = (_old(content), _1900) if old else _new(content, delivered, shape, source=source)
    chosen = _chosen(sheets, shape, delivered, source=source)
    tops = {sheet.name: _top(sheet, shape, expected) for sheet in sheets}
    names = _names(chosen[0], tops, delivered, source=source)
    _check_others(chosen, sheets, tops, shape, delivered, source=source)
    rows = _Rows(chosen, tops, width=len(names))
    notes = _notes(chosen, sheets, tops, delivered)
    first = 1 + (tops[chosen[0].name].below if len(chosen) == 1 else 0)
    return loaded(engine, rows, file=delivered.name, names=names, first=first, epoch=epoch, notes=notes)


@dataclass(frozen=True)
class _Top:
    """The header rows of a sheet, and how many rows stand above them."""

    rows: list[list[str]]
    above: int

    @property
    def below(self) -> int:
        return self.above + len(self.rows)

    @property
    def known(self) -> list[str]:
        """The header's texts, by which sheets are told apart."""
        return [tidy(cell) for row in self.rows for cell in row if cell.strip()]


def _top(sheet: _Sheet, shape: config.SourceFile, expected: set[str]) -> _Top:
    at = header_at(sheet.lines, expected, deep=shape.header_rows)
    return _Top(sheet.lines[at : at + shape.header_rows], at)


def _names(sheet: _Sheet, tops: dict[str, _Top], delivered: Delivered, *, source: str) -> list[str]:
    top = tops[sheet.name]
    width = max((n + 1 for row in top.rows for n, cell in enumerate(row) if cell), default=0)
    if not width:
        raise DataError(f"sources.{source}: {delivered.name}, sheet {sheet.name!r} is empty. Deliver it again.")
    return heading([row[:width] for row in top.rows], file=delivered.name, source=source)


def _chosen(sheets: Sequence[_Sheet], shape: config.SourceFile, delivered: Delivered, *, source: str) -> list[_Sheet]:
    there = {sheet.name: sheet for sheet in sheets}
    if shape.sheet is None:
        seen = [sheet for sheet in sheets if sheet.state == "visible"] or list(sheets)
        return seen[:1]
    found: dict[str, _Sheet] = {}
    for wanted in [shape.sheet] if isinstance(shape.sheet, str) else shape.sheet:
        pattern = not there.keys() & {wanted} and any(c in wanted for c in "*?[")
        named = [wanted] if wanted in there else []
        if pattern:
            named = [n for n, s in there.items() if s.state == "visible" and fnmatch.fnmatchcase(n, wanted)]
            named = [n for n in named if any(any(row) for row in there[n].lines)]
        if not named:
            raise DataError(
                f"sources.{source}: {delivered.name} has no sheet {wanted!r}.{nearest(wanted, there)} "
                f"Its sheets are {', '.join(there)}."
            )
        found |= {name: there[name] for name in named}
    return list(found.values())


def _check_others(
    chosen: Sequence[_Sheet],
    sheets: Sequence[_Sheet],
    tops: dict[str, _Top],
    shape: config.SourceFile,
    delivered: Delivered,
    *,
    source: str,
) -> None:
    first = tops[chosen[0].name].known
    for sheet in chosen[1:]:
        if tops[sheet.name].known != first:
            raise DataError(
                f"sources.{source}: {delivered.name}: the sheets {chosen[0].name!r} and {sheet.name!r} have different "
                f"headers. Name the sheets that belong together, as in sheet = [{chosen[0].name!r}, …]."
            )
    alike = _alike(chosen, sheets, tops)
    if alike and shape.sheet is None:
        raise DataError(
            f"sources.{source}: {delivered.name}: {', '.join(s.name for s in alike)} have the same header as the sheet "
            f'{chosen[0].name}, and the plan file does not say which are meant. Write sheet = "*" (all of them) or '
            f'sheet = "{chosen[0].name}" under [sources.{source}].',
            places=[(delivered.name, None, "", sheet.name) for sheet in alike],
        )


def _alike(chosen: Sequence[_Sheet], sheets: Sequence[_Sheet], tops: dict[str, _Top]) -> list[_Sheet]:
    """The other sheets with rows below the same header."""
    first = tops[chosen[0].name].known
    others = [sheet for sheet in sheets if sheet not in chosen and tops[sheet.name].known == first]
    return [s for s in others if any(any(row) for row in s.lines[tops[s.name].below :])]


def _notes(
    chosen: Sequence[_Sheet], sheets: Sequence[_Sheet], tops: dict[str, _Top], delivered: Delivered
) -> tuple[tuple[str, str], ...]:
    notes = []
    if others := _alike(chosen, sheets, tops):
        notes.append(("sheets_left", f"{delivered.name}: {', '.join(s.name for s in others)}"))
    if hidden := [s.name for s in sheets if s.state != "visible"]:
        notes.append(("hidden_sheets", f"{delivered.name}: {', '.join(hidden)}"))
    for sheet in chosen:
        if above := sum(any(row) for row in sheet.lines[: tops[sheet.name].above]):
            notes.append(("title_rows", f"{delivered.name}, {sheet.name}: {above}"))
        if sheet.hidden_rows:
            notes.append(("hidden_rows", f"{delivered.name}, {sheet.name}: {sheet.hidden_rows}"))
    return tuple(notes)


def groups_of_sheets(delivered: Delivered, *, expected: set[str]) -> list[list[str]]:
    """The visible sheets that hold rows, those of one header together, in the workbook's order."""
    shape = config.SourceFile(path=delivered.name)
    groups: dict[tuple[str, ...], list[str]] = {}
    for sheet in _heads(delivered):
        top = _top(sheet, shape, expected)
        if sheet.state == "visible" and len(top.known) > 1 and any(any(row) for row in sheet.lines[top.below :]):
            groups.setdefault(tuple(top.known), []).append(sheet.name)
    return list(groups.values()) or [[]]


def titles_of(delivered: Delivered, names: Sequence[str]) -> list[str]:
    """The texts that stand above the first rows of these sheets: titles and units."""
    if not names:
        return []
    lines = next((sheet.lines for sheet in _heads(delivered) if sheet.name == names[0]), [])
    return [cell for row in lines[:_TITLES] if sum(map(bool, row)) <= _TITLES for cell in row if cell]


def _heads(delivered: Delivered) -> list[_Sheet]:
    with delivered.unpacked() as stream:
        content = stream.read()
    with readable(delivered, source="new"):
        if delivered.suffix == ".xls":
            return _old(content)
        shape = config.SourceFile(path=delivered.name)
        return _new(content, delivered, shape, source="new")[0]


class _Rows:
    """The rows of sheets below their headers as record batches; those with cells beyond the header set apart."""

    def __init__(self, sheets: Sequence[_Sheet], tops: dict[str, _Top], *, width: int) -> None:
        self.width = width
        self.lines = [row for sheet in sheets for row in _filled(sheet)[tops[sheet.name].below :]]
        wide = [n for n, row in enumerate(self.lines, 1) if any(row[width:])]
        self.ragged = {n: "\t".join(self.lines[n - 1]) for n in wide}

    def __iter__(self) -> Iterator[Any]:
        padding = [""] * self.width
        kept = ((row + padding)[: self.width] for row in self.lines if not any(row[self.width :]))
        return batched(enumerate(kept, 1), width=self.width)


def _filled(sheet: _Sheet) -> list[list[str]]:
    """The rows with the text of cells that were merged downwards in each of their rows; never a number's."""
    lines = [list(row) for row in sheet.lines] if sheet.merged else sheet.lines
    for top, left, bottom, _ in sheet.merged:
        text = lines[top][left] if top < len(lines) and left < len(lines[top]) else ""
        if not text or re.fullmatch(r"[-+¥$€£(]*[\d.,\s]+%?\)?", text):
            continue
        for row in lines[top + 1 : bottom + 1]:
            row.extend([""] * (left + 1 - len(row)))
            row[left] = row[left] or text
    return lines


def _old(content: bytes) -> list[_Sheet]:
    """The sheets of a workbook of the kind before 2007."""
    import python_calamine as calamine

    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    states = {sheet.name: str(sheet.visible).rpartition(".")[2].lower() for sheet in book.sheets_metadata}
    found = []
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        found.append(_Sheet(name, states.get(name, "visible"), [[shown(cell) for cell in row] for row in rows]))
    return found


def _new(
    content: bytes, delivered: Delivered, shape: config.SourceFile, *, source: str
) -> tuple[list[_Sheet], dt.date]:
    import openpyxl

    _check_archive(content, delivered, source=source)
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    heads = {s.title: _Sheet(s.title, s.sheet_state, _lines(s, most=LOOKED_AT + 10)) for s in book.worksheets}
    if not heads:
        raise DataError(f"sources.{source}: {delivered.name} has no sheet with cells. Deliver the rows in one.")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in [sheet.name for sheet in _chosen(list(heads.values()), shape, delivered, source=source)]:
            sheet = book[name]
            hidden, merged, cells = _looked_over(packed, getattr(sheet, "_worksheet_path", ""))
            if cells > _MOST_CELLS:
                raise _too_large(delivered, f"{name} holds {cells:,} cells", source=source)
            heads[name] = _Sheet(name, heads[name].state, _lines(sheet), hidden, merged)
    epoch = _1904 if book.epoch.year == 1904 else _1900
    book.close()
    return list(heads.values()), epoch


def _lines(sheet: Any, *, most: int | None = None) -> list[list[str]]:
    sheet.reset_dimensions()  # what the workbook notes of its own size may be old
    return [[shown(value) for value in row] for row in sheet.iter_rows(values_only=True, max_row=most)]


def _check_archive(content: bytes, delivered: Delivered, *, source: str) -> None:
    """A look at what the archive says of itself, before anything is unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = packed.infolist()
    size = sum(part.file_size for part in parts)
    if len(parts) > _MOST_PARTS:
        raise _too_large(delivered, f"it holds {len(parts):,} parts", source=source)
    if size > _MOST_BYTES:
        raise _too_large(delivered, f"it unpacks to {size / 1e9:,.1f} GB", source=source)
    if any(p.file_size > _SMALL and p.file_size > _RATIO * max(p.compress_size, 1) for p in parts):
        raise _too_large(delivered, "a part of it is packed far tighter than data are", source=source)


def _too_large(delivered: Delivered, why: str, *, source: str) -> DataError:
    return DataError(
        f"sources.{source}: {delivered.name} is no workbook that can be read: {why}. Save the rows as csv or parquet.",
        places=[(delivered.name, None, "", why)],
    )


def _looked_over(packed: zipfile.ZipFile, part: str) -> tuple[int, list[tuple[int, int, int, int]], int]:
    """How many rows of a sheet are hidden, which cells are merged downwards, and how many cells there are."""
    from openpyxl.utils import column_index_from_string as column

    hidden, cells, merged, tail = 0, 0, [], b""
    if part not in packed.namelist():
        return 0, [], 0
    with packed.open(part) as stream:
        while chunk := stream.read(1 << 20):
            piece = tail + chunk
            cut = piece.rfind(b"<")
            piece, tail = (piece[:cut], piece[cut:]) if cut > 0 else (piece, b"")
            hidden += len(_HIDDEN_ROW.findall(piece))
            cells += len(_CELL.findall(piece))
            for left, top, right, bottom in _MERGED.findall(piece):
                if int(bottom) > int(top):
                    at = (column(left.decode()) - 1, column(right.decode()) - 1)
                    merged.append((int(top) - 1, at[0], int(bottom) - 1, at[1]))
    return hidden, merged, cells
