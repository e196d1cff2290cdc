"""All files of one source, put together where the plan says how, as one set of rows under our names."""

from __future__ import annotations

__all__ = ["Gathered", "gather"]

from dataclasses import dataclass, field, replace
from typing import Any

from salesplan import config
from salesplan.data.columns import Rows, placed, used_headers
from salesplan.data.files import Delivered, found, opened
from salesplan.data.raw import Raw, as_text_table, of_file, one_select
from salesplan.data.values import Reading
from salesplan.errors import DataError


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
    pieces = [placed(r, source=source, name=name, currency=plan.file.company.currency) for r in raws]
    if not any(piece.raw.table.num_rows for piece in pieces):
        raise DataError(
            f"sources.{name}: {', '.join(r.file for r in raws)}: there are no rows below the header. "
            "Deliver the rows, or take the source out of the plan file.",
            places=[(r.file, 2, "", "no rows") for r in raws],
        )
    return _together(name, pieces)


def _delivered(name: str, *, source: config.SourceFile, plan: config.Plan) -> list[Raw]:
    if source.url_env is not None:
        from salesplan.data.databases import rows_of

        return [_without_blank(rows_of(source, name=name))]
    if source.path is None:
        return [_selected(name, source=source, plan=plan)]
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


def _selected(name: str, *, source: config.SourceFile, plan: config.Plan) -> Raw:
    """The rows of the plan's SELECT over its files, every column of which is text; sorted, so that they have numbers.

    Errors: DataError where the SELECT cannot be run, with what the engine says.
    """
    import duckdb
    import numpy as np

    engine = duckdb.connect(config={"enable_external_access": "false"})
    try:
        for alias, path in source.files.items():
            places = found(path, root=plan.root, source=name)
            raws = [
                of_file(opened(p, root=plan.root, source=name), shape=source, expected=set(), source=name)
                for p in places
            ]
            for number, raw in enumerate(raws):
                engine.register(f"{alias}_{number}", _without_blank(raw).table)
            parts = " UNION ALL BY NAME ".join(f'SELECT * FROM "{alias}_{n}"' for n in range(len(raws)))  # noqa: S608
            engine.execute(f'CREATE TABLE "{alias}" AS {parts}')
        table = engine.sql(one_select(source.select or "", name=name)).to_arrow_table()
    except duckdb.Error as error:
        told = str(error).split("\n")[0][:300]
        raise DataError(
            f"sources.{name}.select cannot be run: {told}. Every column of a file is text there: CAST it."
        ) from error
    finally:
        engine.close()
    plain = as_text_table(table)
    return Raw("+".join(source.files.values()), plain, np.arange(1, plain.num_rows + 1))


def _together(name: str, pieces: list[Rows]) -> Gathered:
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
    return Gathered(name, [p.raw for p in pieces], file, row, text, read, ragged, told)
