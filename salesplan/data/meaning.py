"""Text becomes values on the engine: what is plain in one expression, every other distinct text read once."""

from __future__ import annotations

__all__ = ["Meaning", "meanings"]

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from salesplan import config
from salesplan.data.engine import quoted
from salesplan.data.gathering import Gathered
from salesplan.data.values import FIRST_DAY, LAST_DAY, reader, unit_factor

_PLAIN_KEY = r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?"
_PLAIN_NUMBER = r"-?\d{1,15}(\.\d{1,10})?"
_NEGATIVE_ZERO = r"-0+(\.0*)?"
_PLAIN_DAY = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"


@dataclass(frozen=True)
class Meaning:
    """How one column is read: expressions of its value and of the code of why it has none, and the join they need.

    fixed: in how many rows a text was mended.
    """

    value: str
    code: str
    join: str
    fixed: int


def meanings(rows: Gathered, *, source: config.SourceFile, currency: str) -> dict[str, Meaning]:
    """How each delivered column of a source is read."""
    shape = config.SOURCES[rows.name].columns
    epoch = rows.files[0].epoch
    plain = {
        name: ("false", "NULL")
        if name in source.values
        else _plain(shape[name].kind, f"{rows.view}.{quoted(name)}", source=source, column=name)
        for name in rows.columns
    }
    odd = _odd(rows, {name: is_plain for name, (is_plain, _) in plain.items()})
    found = {}
    for name in rows.columns:
        column = shape[name]
        read = reader(
            column.kind,
            source=source,
            column=name,
            epoch=epoch,
            currency=currency,
            codes=source.values.get(name),
            years=not column.required,
        )
        found[name] = _meaning(rows, name, kind=column.kind, plain=plain[name], read=read, odd=odd[name])
    return found


def _odd(rows: Gathered, plain: dict[str, str]) -> dict[str, list[tuple[str, int]]]:
    """Per column the texts that are neither blank nor plain, and in how many rows each stands."""
    tests = {name: f"{rows.view}.{quoted(name)} <> '' AND NOT ({is_plain})" for name, is_plain in plain.items()}
    counts = rows.engine.row(f"SELECT {', '.join(f'count_if({test})' for test in tests.values())} FROM {rows.view}")
    return {
        name: [
            (str(text), int(number))
            for text, number in rows.engine.rows(
                f"SELECT {quoted(name)}, count(*) FROM {rows.view} WHERE {test} GROUP BY ALL"
            )
        ]
        if count
        else []
        for (name, test), count in zip(tests.items(), counts, strict=True)
    }


def _plain(kind: str, cell: str, *, source: config.SourceFile, column: str) -> tuple[str, str]:
    """What is plain text of this kind, and its value; nothing is where the plan says how texts are written."""
    if kind == "date":
        if source.dates:
            return "false", "NULL::DATE"
        return f"regexp_full_match({cell}, '{_PLAIN_DAY}')", f"try_cast({cell}[:10] AS DATE)"
    if kind in ("number", "money", "share"):
        if source.decimal != ".":
            return "false", "NULL::DECIMAL(38, 10)"
        is_plain = f"regexp_full_match({cell}, '{_PLAIN_NUMBER}') AND NOT regexp_full_match({cell}, '{_NEGATIVE_ZERO}')"
        factor = unit_factor(source.units.get(column))
        times = f" * CAST({factor} AS DECIMAL(9, 0))" if factor != 1 else ""
        return is_plain, f"CAST(try_cast({cell} AS DECIMAL(28, 10)){times} AS DECIMAL(38, 10))"
    return f"regexp_full_match({cell}, '{_PLAIN_KEY}')", cell


def _meaning(
    rows: Gathered,
    name: str,
    *,
    kind: str,
    plain: tuple[str, str],
    read: Callable[[str], tuple[Any, str]],
    odd: list[tuple[str, int]],
) -> Meaning:
    cell, (is_plain, value) = f"{rows.view}.{quoted(name)}", plain
    is_plain = is_plain if odd else f"{cell} <> ''"  # every text there was found to be plain: ask no pattern again
    bad_day = f"WHEN {is_plain} AND ({value} IS NULL OR {value} NOT BETWEEN {_day(FIRST_DAY)} AND {_day(LAST_DAY)})"
    faulty = f"{bad_day} THEN 'bad_date'" if kind == "date" else ""
    sound = f"CASE {bad_day} THEN NULL ELSE {value} END" if kind == "date" else value
    if not odd:
        return Meaning(f"CASE WHEN {is_plain} THEN {sound} END", f"CASE {faulty} END" if faulty else "NULL", "", 0)
    answers = [(text, count, *read(text)) for text, count in odd]
    table = f"read_{rows.name}_{name}"
    _keep(rows, table, kind=kind, answers=answers)
    known = f"{table}.value"
    return Meaning(
        f"CASE WHEN {is_plain} THEN {sound} ELSE {known} END",
        f"CASE {faulty} WHEN {is_plain} THEN NULL ELSE {table}.code END",
        f" LEFT JOIN {table} ON {cell} = {table}.text",
        sum(count for _, count, _, code in answers if code == "fixed"),
    )


def _day(day: dt.date) -> str:
    return f"DATE '{day}'"


def _keep(rows: Gathered, table: str, *, kind: str, answers: list[tuple[str, int, Any, str]]) -> None:
    """The answers as a table of the engine: text, value, code (missing where the text is sound)."""
    import pyarrow as pa

    types = {"date": pa.date32(), **dict.fromkeys(("number", "money", "share"), pa.decimal128(38, 10))}
    content = pa.table(
        {
            "text": pa.array([a[0] for a in answers], pa.string()),
            "value": pa.array([a[2] for a in answers], types.get(kind, pa.string())),
            "code": pa.array([None if a[3] in ("", "fixed") else a[3] for a in answers], pa.string()),
        }
    )
    rows.engine.load(table, content.to_batches(), schema=content.schema)
