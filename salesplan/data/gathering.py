"""All files of one source, joined where the plan says so, as one set of rows under our names."""

from __future__ import annotations

__all__ = ["Gathered", "gather"]

from dataclasses import dataclass, field, replace
from typing import Any

from salesplan import config
from salesplan.data.columns import Rows, placed, used_headers
from salesplan.data.files import Delivered, found, opened
from salesplan.data.raw import Raw, of_file
from salesplan.data.text import clean, tidy
from salesplan.data.values import Reading
from salesplan.errors import DataError, nearest


@dataclass(frozen=True)
class Gathered:
    """One source's rows: per row its file and row number; per canonical column its text and reading; the files."""

    name: str
    files: list[Raw]
    file: Any
    row: Any
    text: dict[str, Any]
    read: dict[str, Reading]
    ragged: list[tuple[str, int, str]]
    notes: list[tuple[str, str]] = field(default_factory=list)


def gather(name: str, plan: config.Plan) -> Gathered:
    """Every delivered row of one source, in the order of file names and rows. Errors: DataError, with the remedy."""
    source = plan.file.sources[name]
    raws = _delivered(name, source=source, plan=plan)
    notes: list[tuple[str, str]] = []
    for join in source.join:
        raws = _joined(raws, join=join, name=name, plan=plan, notes=notes)
    pieces = [placed(r, source=source, name=name, currency=plan.file.plan.currency) for r in raws]
    if not any(piece.raw.table.num_rows for piece in pieces):
        raise DataError(
            f"sources.{name}: {', '.join(r.file for r in raws)}: there are no rows below the header. "
            "Deliver the rows, or take the source out of the plan file.",
            places=[(r.file, 2, "", "no rows") for r in raws],
        )
    return _together(name, pieces, notes)


def _delivered(name: str, *, source: config.SourceFile, plan: config.Plan) -> list[Raw]:
    if source.path is None:
        from salesplan.data.databases import rows_of

        return [_without_blank(rows_of(source, name=name))]
    expected = used_headers(source, name=name)
    raws: list[Raw] = []
    seen: dict[str, str] = {}
    for place in found(source.path, root=plan.root, source=name):
        delivered = opened(place, root=plan.root, source=name)
        raw = _without_blank(of_file(delivered, shape=source, expected=expected, source=name))
        if raw.table.num_rows:
            _check_twice(delivered, seen, name=name)
        raws.append(raw)
    return raws


def _check_twice(delivered: Delivered, seen: dict[str, str], *, name: str) -> None:
    first = seen.setdefault(delivered.sha256, delivered.name)
    if first != delivered.name:
        raise DataError(
            f"sources.{name}: {delivered.name} holds the same bytes as {first}. "
            "Every row would count twice: take one of the two away.",
            places=[(delivered.name, None, "", first)],
        )


def _without_blank(raw: Raw) -> Raw:
    """Lines that hold nothing at all are no rows; the numbers of the others stay."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    held = np.zeros(raw.table.num_rows, dtype=bool)
    for column in raw.table.columns:
        if held.all():
            return raw
        held |= pc.not_equal(pc.utf8_trim_whitespace(column), "").to_numpy(zero_copy_only=False)
    if held.all():
        return raw
    return replace(raw, table=raw.table.filter(pa.array(held)), rows=np.asarray(raw.rows)[held])


def _joined(
    raws: list[Raw], *, join: config.Join, name: str, plan: config.Plan, notes: list[tuple[str, str]]
) -> list[Raw]:
    """The files with another file's columns added by key. Errors: DataError where a key stands twice there."""
    import pandas as pd

    places = found(join.path, root=plan.root, source=name)
    shown = {tidy(c.split(" as ")[0]): tidy(c.split(" as ")[-1]) for c in join.columns}
    expected = set(shown) | {tidy(right) for right in join.on.values()}
    if len(places) != 1:
        raise DataError(f"sources.{name}.join: {join.path} names {len(places)} files; name one.")
    delivered = opened(places[0], root=plan.root, source=name)
    other = _without_blank(of_file(delivered, shape=join, expected=expected, source=name))
    right = pd.Index(_key(other, list(join.on.values()), name=name))
    if not right.is_unique:
        at = int(right.duplicated().argmax())
        row, found_key = int(other.rows[at]), right[at].replace("\x1f", ", ")
        raise DataError(
            f"sources.{name}.join: {other.file}, row {row}: the key {found_key!r} stands twice; every key may stand "
            "once, else rows would be multiplied. Correct the file, or join by more columns.",
            places=[(other.file, row, ", ".join(join.on.values()), found_key)],
        )
    return [_widened(raw, other, right=right, on=list(join.on), shown=shown, name=name, notes=notes) for raw in raws]


def _widened(
    raw: Raw, other: Raw, *, right: Any, on: list[str], shown: dict[str, str], name: str, notes: list[tuple[str, str]]
) -> Raw:
    import pyarrow as pa
    import pyarrow.compute as pc

    at = right.get_indexer(_key(raw, on, name=name))
    if (at < 0).any():
        notes.append(("unmatched", f"{raw.file} → {other.file}: {int((at < 0).sum())}"))
    indices = pa.array(at, mask=at < 0)
    table = raw.table
    for theirs, ours in shown.items():
        if ours in {tidy(header) for header in table.column_names}:
            raise DataError(
                f"sources.{name}.join: {raw.file} has a column {ours!r} already. "
                f'Write "{theirs} as another name" in the join\'s columns.'
            )
        column = _column(other, theirs, name=name)
        table = table.append_column(ours, pc.fill_null(column.take(indices), ""))
    return replace(raw, table=table)


def _key(raw: Raw, headers: list[str], *, name: str) -> list[str]:
    columns = [clean(_column(raw, tidy(header), name=name)).to_pylist() for header in headers]
    return ["\x1f".join(parts) for parts in zip(*columns, strict=True)]


def _column(raw: Raw, header: str, *, name: str) -> Any:
    headers = {tidy(h): h for h in raw.table.column_names}
    if header not in headers:
        raise DataError(
            f"sources.{name}.join: {raw.file} has no column {header!r}.{nearest(header, headers)}",
            places=[(raw.file, 1, header, "")],
        )
    return raw.table.column(headers[header]).combine_chunks()


def _together(name: str, pieces: list[Rows], notes: list[tuple[str, str]]) -> Gathered:
    import numpy as np
    import pyarrow as pa

    columns = [c for c in config.SOURCES[name].columns if any(c in piece.text for piece in pieces)]
    file = np.concatenate([np.full(len(p.raw.rows), p.raw.file, dtype=object) for p in pieces])
    row = np.concatenate([np.asarray(p.raw.rows, dtype="int64") for p in pieces])
    text, read = {}, {}
    for column in columns:
        lacking = [p.raw.file for p in pieces if column not in p.text and p.raw.table.num_rows]
        if lacking:
            raise DataError(
                f"sources.{name}: {lacking[0]} has no column for {column}, other files of the source have. "
                "Deliver all files of one source in one shape."
            )
        here = [p for p in pieces if column in p.text]
        text[column] = pa.concat_arrays([p.text[column] for p in here])
        readings = [p.read[column] for p in here]
        codes = np.concatenate([r.codes for r in readings])
        values = pa.concat_arrays([r.values for r in readings])
        read[column] = Reading(values, codes, sum(r.fixed for r in readings))
    ragged = [(p.raw.file, row_number, line) for p in pieces for row_number, line in p.raw.ragged]
    told = [note for p in pieces for note in p.notes]
    return Gathered(name, [p.raw for p in pieces], file, row, text, read, ragged, notes + told)
