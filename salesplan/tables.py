"""How people read a table: headings, names, numbers, dates and gaps written in one language; nothing is computed."""

from __future__ import annotations

__all__ = [
    "Shown",
    "cell",
    "columns",
    "heading",
    "is_number",
    "legible",
    "money_scale",
    "show",
    "written",
    "written_value",
]

import datetime as dt
import html
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan import schemas
from salesplan.words import Words

_NUMBERS = {"money", "share", "points", "chance", "count", "number", "by_unit", "change_by_unit"}
_P_VALUES = {"p_value", "q_value"}
_LITERAL = {"raw", "file", "column", "message", "trigger"}
_ALIGNED = {True: "text-align:right", False: "text-align:left"}
_UNBROKEN = {True: ";white-space:nowrap", False: ""}  # a number stays on one line


@dataclass(frozen=True)
class Shown:
    """A table as it is shown: a page fragment for notebooks, plain text elsewhere."""

    page: str
    text: str

    def _repr_html_(self) -> str:
        return self.page

    def __repr__(self) -> str:
        return self.text


def heading(column: str, *, words: Words, table: str = "") -> str:
    """What a column is called, in this table where it means something else than elsewhere; a column without a term in
    the glossary is called by its own name in plain words.
    """
    own = f"{table}/{column}"
    if words.has(own):
        return words.term(own)
    text = words.term(column) if words.has(column) else column.replace("_", " ")
    return text[:1].upper() + text[1:] if text.isascii() and column not in _P_VALUES else text


def legible(text: Any) -> str:
    """The text without characters that no page, document or workbook can carry, in composed form."""
    plain = unicodedata.normalize("NFC", str(text))
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Cn") else c for c in plain).strip()


def is_number(name: str, column: str, *, values: pd.Series) -> bool:
    """Is this column of this table read as a number, so that it stands right-aligned?"""
    kind = schemas.kind_of(name, column)
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    return kind in _NUMBERS or (kind == "text" and numeric)


def columns(table: pd.DataFrame, *, name: str) -> list[str]:
    """The columns that people read: what a row is about, those of the contract, then others that are not empty."""
    promised = schemas.promised(name, table)
    return promised + [c for c in table.columns if c not in promised and not table[c].isna().all()]


def money_scale(table: pd.DataFrame, *, name: str, words: Words) -> tuple[float, int, str]:
    """In what are the money columns written? (divisor, digits, sentence that says so); one scale for a whole table."""
    held = [c for c in table.columns if schemas.kind_of(name, c) == "money"]
    numbers = table[held].apply(pd.to_numeric, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    largest = float(np.nanmax(np.abs(numbers))) if np.isfinite(numbers).any() else 0.0
    if not held or largest == 0.0:
        return 1.0, 0, ""
    if largest >= 1e6 and words.unit != 1:
        many = 1e4 if words.language == "zh" else 1e3
        return many, 1 if words.language == "zh" else 0, words.say("tables_money_many", currency=words.currency)
    return 1.0, 0 if largest >= 1e4 else 2, words.say("tables_money", currency=words.currency)


def cell(
    value: Any, *, kind: str, words: Words, unit: str = "", scale: tuple[float, int] = (1.0, 2), column: str = ""
) -> str:
    """One value as people read it; "–" where there is none.

    kind: see ``schemas.kind_of``. unit: of a value whose kind is by_unit or change_by_unit. scale: divisor and digits
    of money. column: where the value stands, for codes that mean different things in different columns.
    """
    if _absent(value):
        return words.term("none")
    if kind == "points" or (kind == "change_by_unit" and unit == "share"):
        return words.points(_no_minus_zero(float(value), digits=3))
    if kind in ("by_unit", "change_by_unit"):
        return _by_unit(float(value), unit=unit, words=words)
    if kind == "money":
        return words.number(_no_minus_zero(float(value) / scale[0], digits=scale[1]), digits=scale[1])
    if kind == "chance":
        return words.chance(float(value))
    if kind in ("share", "number", "count"):
        return _plain_number(float(value), kind=kind, words=words)
    if kind == "date" or isinstance(value, dt.date | np.datetime64):
        return _short_date(pd.Timestamp(value).date(), words=words)
    if kind == "flag" or isinstance(value, bool | np.bool_):
        return words.term("yes" if value else "no")
    return _text(value, kind=kind, words=words, column=column)


def written(table: pd.DataFrame, *, name: str, words: Words) -> pd.DataFrame:
    """The table as texts under its headings, as pages and documents print it; same rows, in the same order.

    Headings may be the same for two columns. Money is written in the scale that ``money_scale`` names.
    """
    scale = money_scale(table, name=name, words=words)[:2]
    units = table["unit"].astype(str) if "unit" in table else pd.Series("", index=table.index)
    kept = columns(table, name=name)
    texts = [_column(table[c], table=name, units=units, words=words, scale=scale) for c in kept]
    plain = pd.concat(texts, axis=1) if texts else pd.DataFrame(index=table.index)
    return plain.set_axis([heading(c, words=words, table=name) for c in kept], axis=1).reset_index(drop=True)


def written_value(
    value: Any, *, column: str, table: str, words: Words, unit: str = "", scale: tuple[float, int] = (1.0, 2)
) -> str:
    """One value of a column of a published table as people read it (see ``cell``)."""
    if column in _P_VALUES:
        return _p_value(value, words=words)
    kind = "literal" if column in _LITERAL else schemas.kind_of(table, column)
    return cell(value, kind=kind, words=words, unit=unit, scale=scale, column=column)


def show(table: pd.DataFrame, *, name: str, words: Words, rows: int = 20) -> Shown:
    """Shows the first rows of a table in a notebook: glossary headings, formatted values, and how many rows are left.

    name: the published table it is, or that it is an excerpt of ("review/attainment").
    """
    top = table.head(rows)
    plain = written(top, name=name, words=words)
    right = [is_number(name, c, values=top[c]) for c in columns(top, name=name)]
    left_out = len(table) - len(top)
    notes = [money_scale(top, name=name, words=words)[2]]
    if left_out > 0:
        notes.append(words.say("tables_left_out", count=words.number(left_out)))
    note = " ".join(n for n in notes if n)
    page = _page(plain, right=right, note=note, language=words.language)
    return Shown(page, "\n".join(t for t in (plain.to_string(index=False), note) if t))


def _absent(value: Any) -> bool:
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    return isinstance(value, float | np.floating) and not np.isfinite(value)


def _short_date(day: dt.date, *, words: Words) -> str:
    """The date as people of the language write it, with the month cut to three letters where it is a word."""
    return "\u00a0".join(part[:3] if part.isalpha() and part.isascii() else part for part in words.date(day).split())


def _no_minus_zero(value: float, *, digits: int) -> float:
    return 0.0 if round(value, digits) == 0 else value


def _plain_number(value: float, *, kind: str, words: Words) -> str:
    if kind == "share":
        return words.share(_no_minus_zero(value, digits=3))
    digits = 0 if kind == "count" else 2
    return words.number(_no_minus_zero(value, digits=digits), digits=digits)


def _by_unit(value: float, *, unit: str, words: Words) -> str:
    if unit == "money":
        return words.money(value)
    if unit == "share":
        return words.share(_no_minus_zero(value, digits=3))
    digits = {"count": 0, "score": 2}.get(unit, 1)
    return words.number(_no_minus_zero(value, digits=digits), digits=digits)


def _text(value: Any, *, kind: str, words: Words, column: str) -> str:
    if isinstance(value, list | tuple | np.ndarray):
        return words.join([_text(v, kind=kind, words=words, column=column) for v in value]) or words.term("none")
    if isinstance(value, int | float | np.number):
        whole = float(value) == int(value)
        return words.number(float(value), digits=0 if whole else 2) if kind != "literal" else str(value)
    text = str(value) if kind == "literal" else words.name(value, column=column)
    return legible(text) or words.term("none")


def _column(values: pd.Series, *, table: str, units: pd.Series, words: Words, scale: tuple[float, int]) -> pd.Series:
    about: dict[str, Any] = {"column": str(values.name), "table": table, "words": words, "scale": scale}
    texts = [written_value(v, unit=u, **about) for v, u in zip(values, units, strict=True)]
    return pd.Series(texts, index=values.index, dtype=object)


def _p_value(value: Any, *, words: Words) -> str:
    if _absent(value):
        return words.term("none")
    return "< " + words.number(0.001, digits=3) if value < 0.001 else words.number(float(value), digits=3)


def _page(plain: pd.DataFrame, *, right: list[bool], note: str, language: str) -> str:
    """The table as a page fragment; formulas in names are not typeset, and nothing in it is active."""
    over = [_ALIGNED[r] for r in right]
    styles = [style + _UNBROKEN[r] for style, r in zip(over, right, strict=True)]
    head = "".join(f'<th style="{s}">{html.escape(str(h))}</th>' for h, s in zip(plain.columns, over, strict=True))
    body = "".join(
        "<tr>" + "".join(f'<td style="{s}">{html.escape(v)}</td>' for v, s in zip(line, styles, strict=True)) + "</tr>"
        for line in plain.itertuples(index=False, name=None)
    )
    below = f'<p class="note">{html.escape(note)}</p>' if note else ""
    return (
        f'<div class="salesplan-table tex2jax_ignore mathjax_ignore" lang="{language}" style="overflow-x:auto">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}</div>"
    )
