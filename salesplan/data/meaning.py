"""Text becomes values on the engine: what is plain in one expression, every other distinct text read once."""

from __future__ import annotations

__all__ = ["NARROW", "Meaning", "meanings"]

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from salesplan import config
from salesplan.data.engine import literal, quoted
from salesplan.data.gathering import Gathered
from salesplan.data.text import tidy
from salesplan.data.values import FIRST_DAY, LAST_DAY, day_of, form_of, has_offset, reader, unit_factor
from salesplan.errors import DataError

NARROW = "DECIMAL(18, 4)"
_PLAIN_KEY = r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?"
_PLAIN_NUMBER = r"-?\d{1,15}(\.\d{1,10})?"
_NARROW_NUMBER = r"\d{1,13}(\.\d{1,4})?"
_NEGATIVE_ZERO = r"-0+(\.0*)?"
_PLAIN_DAY = r"\d{4}-\d{2}-\d{2}([ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?)?"
_PLAIN_PERIOD = r"\d{4}(Q[1-4]|-(0[1-9]|1[0-2]))?"
_OCTOBER = re.compile(r"\d{4}\.10")


@dataclass(frozen=True)
class Meaning:
    """How one column is read: expressions of its value and of the code of why it has none, and the join they need.

    fixed: in how many rows a text was mended. offsets: in how many a moment says its offset, and no zone is declared.
    narrow: whether every value is plain and a DECIMAL(18, 4) as it stands,
    in half the room and a fraction of the time.
    """

    value: str
    code: str
    join: str
    fixed: int
    narrow: bool = False
    offsets: int = 0


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
    narrow = _narrow(rows, [n for n in rows.columns if plain[n][0] != "false" and _is_one(shape[n].kind, source, n)])
    plain |= {name: (f"{_cell(rows, name)} <> ''", f"try_cast({_cell(rows, name)} AS {NARROW})") for name in narrow}
    keys = {name for name in rows.columns if shape[name].kind in ("key", "text", "period")}
    odd = _odd(rows, {n: is_plain for n, (is_plain, _) in plain.items() if n not in narrow}, few=keys)
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
        texts = odd.get(name, [])
        if column.kind == "date":
            _check_forms(rows, name, texts=[text for text, _ in texts])
        if column.kind in ("number", "money") and "decimal" not in source.model_fields_set:
            _check_thousands(rows, name, texts=[text for text, _ in texts])
        made = _meaning(rows, name, kind=column.kind, plain=plain[name], read=read, odd=texts)
        stamped = sum(count for text, count in texts if has_offset(text)) if column.kind == "date" else 0
        found[name] = replace(made, narrow=name in narrow, offsets=0 if source.timezone else stamped)
    return found


def _check_thousands(rows: Gathered, name: str, *, texts: list[str]) -> None:
    """Refuses numbers of a file with semicolons that all read 187,500: thousands there, or three decimals.

    Errors: DataError with an example, and where it stands.
    """
    if not texts or not any(raw.delimiter == ";" for raw in rows.files):
        return
    if not all(re.fullmatch(r"[-+]?\d{1,3},\d{3}", tidy(text)) for text in texts):
        return
    cell, kept = _cell(rows, name), ", ".join(literal(tidy(text)) for text in texts)
    (others,) = rows.engine.row(f"SELECT count(*) FROM {rows.view} WHERE {cell} <> '' AND {cell} NOT IN ({kept})")
    if others:
        return
    file, row = rows.engine.row(f"SELECT file, row FROM {rows.view} WHERE {cell} <> '' ORDER BY file, row LIMIT 1")
    place = (rows.files[file].file, rows.files[file].seen(row), name, texts[0])
    whole = tidy(texts[0]).replace(",", "")
    raise DataError(
        f"sources.{rows.name}: {place[0]}, row {place[1]}, {name}: {texts[0]!r} may be {whole} or "
        f'{tidy(texts[0]).replace(",", ".")}. Write decimal = "," (or ".") under [sources.{rows.name}].',
        places=[place],
    )


def _check_forms(rows: Gathered, name: str, *, texts: list[str]) -> None:
    """Refuses days written in two forms of which one does not say what its numbers are: a spreadsheet turned some.

    Errors: DataError with an example of each form, and where it stands.
    """
    first: dict[str, str] = {}
    for text in sorted(texts):
        first.setdefault(form_of(text), text)
    unclear = {form: text for form, text in first.items() if form}
    if not unclear:
        return
    plain = rows.engine.rows(
        f"SELECT {_cell(rows, name)} FROM {rows.view} "
        f"WHERE regexp_full_match({_cell(rows, name)}, '{_PLAIN_DAY}') LIMIT 1"
    )
    days = [t for t in texts if not form_of(t) and day_of(tidy(t))[0] is not None]
    examples = [*unclear.values(), *[str(t) for (t,) in plain][:1], *([] if plain else sorted(days)[:1])]
    if len(examples) < 2:
        return
    places = []
    for text in examples[:2]:
        file, row = rows.engine.row(
            f"SELECT file, row FROM {rows.view} WHERE {_cell(rows, name)} = {literal(text)} ORDER BY file, row LIMIT 1"
        )
        places.append((rows.files[file].file, rows.files[file].seen(row), name, text))
    told = " and ".join(f"{text!r} ({file}, row {row})" for file, row, _, text in places)
    raise DataError(
        f"sources.{rows.name}: {name} holds days in two forms, {told}: a spreadsheet may have turned day and month of "
        "some. Export the column again in one form, best as 2025-03-01, or deliver the rows of each form as a file "
        "and source of their own form.",
        places=places,
    )


def _cell(rows: Gathered, name: str) -> str:
    return f"{rows.view}.{quoted(name)}"


def _is_one(kind: str, source: config.SourceFile, name: str) -> bool:
    """Whether a column holds numbers that are written in units of one."""
    return kind in ("number", "money", "share") and unit_factor(source.units.get(name)) == 1


def _narrow(rows: Gathered, names: list[str]) -> set[str]:
    """Of these columns of numbers, those in which every text is plain and has no more than 13 digits and 4 decimals."""
    if not names:
        return set()
    cells = {name: _cell(rows, name) for name in names}
    tests = (
        f"bool_and(CASE WHEN {c} = '' THEN true WHEN starts_with({c}, '-') THEN regexp_full_match({c}[2:], "
        f"'{_NARROW_NUMBER}') AND NOT regexp_full_match({c}, '{_NEGATIVE_ZERO}') "
        f"ELSE regexp_full_match({c}, '{_NARROW_NUMBER}') END)"
        for c in cells.values()
    )
    answers = rows.engine.row(f"SELECT {', '.join(tests)} FROM {rows.view}")
    return {name for name, narrow in zip(names, answers, strict=True) if narrow}


def _odd(rows: Gathered, plain: dict[str, str], *, few: set[str]) -> dict[str, list[tuple[str, int]]]:
    """Per column the texts that are neither blank nor plain, and in how many rows each stands.

    few: the columns in which few texts stand again and again, so that each is asked once.
    """
    counted = {name: test for name, test in plain.items() if name not in few}
    tests = {name: f"{_cell(rows, name)} <> '' AND NOT ({is_plain})" for name, is_plain in counted.items()}
    sums = ", ".join(f"count_if({test})" for test in tests.values())
    counts = rows.engine.row(f"SELECT {sums} FROM {rows.view}") if tests else ()
    asked = {name: f"WHERE {tests[name]} GROUP BY ALL" for name, count in zip(tests, counts, strict=True) if count}
    asked |= {
        name: f"WHERE {_cell(rows, name)} <> '' GROUP BY ALL HAVING NOT ({is_plain})"
        for name, is_plain in plain.items()
        if name in few
    }
    return {
        name: [
            (str(text), int(number))
            for text, number in rows.engine.rows(f"SELECT {_cell(rows, name)}, count(*) FROM {rows.view} {where}")
        ]
        for name, where in asked.items()
    }


def _plain(kind: str, cell: str, *, source: config.SourceFile, column: str) -> tuple[str, str]:
    """What is plain text of this kind, and its value; nothing is where the plan says how texts are written."""
    if kind == "date":
        if source.dates:
            return "false", "NULL::DATE"
        return f"regexp_full_match({cell}, '{_PLAIN_DAY}')", f"try_cast({cell}[:10] AS DATE)"
    if kind == "period":
        return f"regexp_full_match({cell}, '{_PLAIN_PERIOD}')", cell
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
    if any(_OCTOBER.fullmatch(tidy(text)) for text, _ in odd):  # where 2025.10 is written out, 2025.1 is January
        january = {text: f"{tidy(text)[:4]}-01" for text, _, _, code in answers if code == "ambiguous_month"}
        answers = [(t, n, *read(january[t])) if t in january else (t, n, v, c) for t, n, v, c in answers]
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
