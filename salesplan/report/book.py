"""The Excel workbook: a cover with what was found, one sheet a table, sums that are live, nothing that runs."""

from __future__ import annotations

__all__ = ["write"]

from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from salesplan import schemas, tables
from salesplan.report import headline, sums
from salesplan.report.contents import Contents
from salesplan.report.packing import pack
from salesplan.report.sheets import Book, Place, money_format, money_text, width

_MOST = 100_000
_WIDEST = 48.0
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_DATES = {"en": "d mmm yyyy", "zh": 'yyyy"年"m"月"d"日"'}
_P_VALUES = ("p_value", "q_value")


def write(place: Path, *, content: Contents) -> None:
    """Writes the workbook; the same run gives the same bytes. Text that begins with = + - @ stays text."""
    import xlsxwriter

    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    made = xlsxwriter.Workbook(buffer, options)
    made.set_properties(
        {"title": content.title[:255], "author": content.company[:255], "created": content.dated, "comments": ""}
    )
    book = Book(made, content)
    _name_sheets(book)
    cover = made.add_worksheet(book.sheets["report/cover"])
    check = made.add_worksheet(book.sheets["report/sums"])
    for name in content.frames:
        _sheet(book, name)
    sums.write(check, book=book)
    _printed(check, book=book, wide=False)
    _cover(cover, book=book)
    cover.activate()
    made.close()
    pack(buffer.getvalue(), place=place)


def _name_sheets(book: Book) -> None:
    taken: set[str] = set()
    say = book.content.words
    titles = {"report/cover": say.title("report/summary"), "report/sums": say.title("report/sums")}
    for key in ("report/cover", "report/sums", *book.content.frames):
        base = titles[key] if key in titles else say.title(f"table/{key}")
        name = tables.legible(base).translate(_FORBIDDEN).strip()[:28] or "table"
        number = 2
        unique = name
        while unique.lower() in taken:
            unique, number = f"{name} {number}", number + 1
        taken.add(unique.lower())
        book.sheets[key] = unique


def _sheet(book: Book, name: str) -> None:
    """One table on a sheet of its own, its range named as the table is."""
    from xlsxwriter.utility import xl_range_abs

    frame = book.content.frames[name].head(_MOST)
    sheet = book.book.add_worksheet(book.sheets[name])
    kept = tables.columns(frame, name=name)
    units = frame["unit"].astype(str).tolist() if "unit" in frame else [""] * len(frame)
    sheet.set_row(0, 30)
    for at, column in enumerate(kept):
        head = tables.heading(column, words=book.content.words, table=name)
        number = tables.is_number(name, column, values=frame[column])
        sheet.write_string(0, at, tables.legible(head), book.format("", look="head_right" if number else "head"))
        widest = _column(sheet, at, frame[column], name=name, units=units, book=book)
        sheet.set_column(at, at, min(max(width(head) * 0.8, widest, 8.0), _WIDEST))
    book.places[name] = Place(book.sheets[name], tuple(kept), len(frame))
    whole = xl_range_abs(0, 0, len(frame), max(len(kept) - 1, 0))
    book.book.define_name(name.replace("/", "_"), f"='{book.sheets[name]}'!{whole}")
    sums.total_row(sheet, name=name, frame=frame, book=book)
    sheet.freeze_panes(1, 1)
    if len(frame):
        sheet.autofilter(0, 0, len(frame), len(kept) - 1)
    _printed(sheet, book=book, wide=len(kept) > 6)
    sheet.repeat_rows(0)


def _printed(sheet: Any, *, book: Book, wide: bool) -> None:
    sheet.set_paper(9)
    if wide:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(0.5, 0.5, 0.6, 0.6)
    sheet.set_footer(f"&L{_literal(book.content.title)}&R&P / &N")


def _literal(text: str) -> str:
    return text.replace("&", "&&")[:200]


def _column(sheet: Any, at: int, values: pd.Series, *, name: str, units: list[str], book: Book) -> float:
    """Writes one column; returns how wide its widest cell is."""
    column = str(values.name)
    kind = schemas.kind_of(name, column)
    money = money_format(values, content=book.content) if kind == "money" else ""
    written = partial(tables.written_value, column=column, table=name, words=book.content.words)
    look = "right" if tables.is_number(name, column, values=values) else "wrap"
    texts: dict[tuple[Any, str], str] = {}
    for row, (value, unit) in enumerate(zip(values, units, strict=True), 1):
        number = _number(value, kind=kind)
        if number is None or kind == "date":
            key = (None if pd.isna(value) else value, unit)
            texts[key] = text = texts[key] if key in texts else written(value, unit=unit)
        if number is None:
            sheet.write_string(row, at, text[:32000], book.format("", look=look))
        elif kind == "date":
            sheet.write_datetime(row, at, number, book.format(_DATES[book.content.words.language]))
        else:
            style = money or _number_format(kind=kind, unit=unit, column=column, value=number, book=book)
            sheet.write_number(row, at, number, book.format(style))
    text_of = partial(_number_text, kind=kind, written=written, content=book.content)
    return max(map(width, [*texts.values(), *_longest_numbers(values, units, text_of=text_of)]), default=0.0)


def _number_text(value: float, unit: str, *, kind: str, written: Callable[..., str], content: Contents) -> str:
    """A number as its cell shows it: amounts whole, others as everywhere."""
    return money_text(value, content=content) if _meant(kind, unit) == "money" else written(value, unit=unit)


def _longest_numbers(values: pd.Series, units: list[str], *, text_of: Callable[[float, str], str]) -> list[str]:
    """The texts of the largest and smallest number of each unit: no other number of a column is written longer."""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return []
    parts = values.set_axis(units).dropna().groupby(level=0)
    return [text_of(end, str(unit)) for unit, part in parts for end in (part.min(), part.max())]


def _meant(kind: str, unit: str) -> str:
    """What a value is, where its kind leaves it to the row's unit."""
    return unit if kind in ("by_unit", "change_by_unit") else kind


def _number(value: Any, *, kind: str) -> Any:
    """The value as Excel holds it; None where it is text or is not there."""
    if kind in ("flag", "term", "name") or isinstance(value, bool | str) or not pd.api.types.is_scalar(value):
        return None
    if pd.isna(value):
        return None
    if kind == "date":
        return pd.Timestamp(value).to_pydatetime().replace(tzinfo=None)
    number = float(value) if isinstance(value, int | float | np.number) else None
    return number if number is not None and abs(number) != float("inf") else None


def _number_format(*, kind: str, unit: str, column: str, value: float, book: Book) -> str:
    if column in _P_VALUES:
        return "0.000"
    meant = _meant(kind, unit)
    if meant == "money":
        return money_format(pd.Series([value]), content=book.content)
    whole = float(value).is_integer()
    return {
        "share": "0.0%",
        "points": "0.0%",
        "chance": "0%",
        "count": "#,##0",
        "days": "#,##0.0",
        "score": "0.00",
        "number": "#,##0.00",
    }.get(meant, "#,##0" if whole else "#,##0.00")


def _cover(sheet: Any, *, book: Book) -> None:
    """What was found, then which sheet holds what."""
    content, say = book.content, book.content.words
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 96)
    sheet.set_row(0, 28)
    sheet.write_string(0, 0, content.title, book.format("", look="title"))
    sheet.write_string(1, 0, content.subtitle, book.format("", look=""))
    lines: list[tuple[str, str, str]] = [("", "", "")]
    lines += [(c.label, c.value + (f"  {c.more}" if c.more else ""), "") for c in headline.cards(content)]
    raised = headline.alarms(content) or [say.say("report_no_alarms")]
    for title, items in (*headline.answers(content), (say.title("report/alarms"), raised)):
        lines += [("", "", ""), (title, "", "section"), *(("", i, "") for i in items)]
    lines += [("", "", ""), (say.title("report/findings"), "", "section")]
    lines += [(s.title, s.finding.text, "") for p in content.parts for s in p.sections if s.finding]
    row = 2
    for left, right, look in lines:
        sheet.write_string(row, 0, tables.legible(left), book.format("", look=look or "wrap"))
        if right:
            sheet.write_string(row, 1, tables.legible(right), book.format("", look="wrap"))
            sheet.set_row(row, 15.5 * max(1, -(-int(width(right)) // 92), -(-int(width(left)) // 32)))
        row += 1
    _sheet_list(sheet, row + 1, book=book)
    _printed(sheet, book=book, wide=True)


def _sheet_list(sheet: Any, row: int, *, book: Book) -> None:
    say = book.content.words
    sheet.write_string(row, 0, say.title("report/cover"), book.format("", look="section"))
    for at, name in enumerate(["report/sums", *book.content.frames], row + 1):
        target = book.sheets[name]
        sheet.write_url(at, 0, f"internal:'{target}'!A1", book.format("", look="wrap"), target)
        if name in book.content.frames:
            count = say.number(len(book.content.frames[name]))
            sheet.write_string(at, 1, say.say("report_rows", count=count), book.format("", look="soft"))
