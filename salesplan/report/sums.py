"""The live sums of the workbook: a total below every table that adds up, and a sheet that checks one sum by another."""

from __future__ import annotations

__all__ = ["ADDITIVE", "exact", "total_row", "write"]

from typing import Any

import pandas as pd

from salesplan import stats, tables
from salesplan.report.sheets import Book, money_format

# Tables whose every row is a part of the whole, and the columns that may be added up.
ADDITIVE: dict[str, tuple[str, ...]] = {
    "review/pareto": ("amount",),
    "review/pareto_products": ("amount",),
    "targets/cells": ("target",),
    "strategies/customer/tiers": ("orders", "net_sales", "margin"),
    "strategies/channel/scorecard": ("net_sales",),
    "initiatives": ("cost",),
    "execution/budget": ("planned", "released"),
}
# Tables with several cuts of the same whole: the columns that name a cut, and the amount.
_CUTS: dict[str, tuple[tuple[str, ...], str]] = {
    "targets/segments": (("dimension", "level"), "target"),
    "review/bridge": (("to_period", "convention", "grain"), "amount"),
    "execution/quotas": (("level",), "quota"),
}


def exact(values: pd.Series) -> float:
    """The sum to the cent: the value that stands in the cell until Excel computes the formula itself."""
    numbers = pd.to_numeric(values, errors="coerce").dropna()
    return int(stats.cents(numbers.astype("float64")).sum()) / 100


def total_row(sheet: Any, *, name: str, frame: pd.DataFrame, book: Book) -> None:
    """Writes live sums below a table whose rows add up."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    place = book.places[name]
    wanted = [c for c in ADDITIVE.get(name, ()) if c in place.columns]
    if not wanted or frame.empty:
        return
    row = place.rows + 1
    if place.columns[0] not in wanted:
        sheet.write_string(row, 0, book.content.words.term("total"), book.format("", look="total"))
    for column in wanted:
        at = place.columns.index(column)
        first, last = xl_rowcol_to_cell(1, at), xl_rowcol_to_cell(place.rows, at)
        style = "#,##0" if column == "orders" else money_format(pd.Series([exact(frame[column])]), content=book.content)
        value = exact(frame[column])
        sheet.write_formula(row, at, f"=SUM({first}:{last})", book.format(style, look="total"), value)


def write(sheet: Any, *, book: Book) -> None:
    """Fills the sheet of sums: every cut of a table, the goal it has to equal, and the difference."""
    say = book.content.words
    heads = [say.term("report_what"), say.term("amount"), say.term("target"), say.say("report_difference")]
    for at, head in enumerate(heads):
        sheet.write_string(0, at, head, book.format("", look="head_right" if at else "head"))
    sheet.set_column(0, 0, 60)
    sheet.set_column(1, 3, 22)
    sheet.freeze_panes(1, 1)
    row = 1
    for label, formula, value, whole in [*_cells(book), *_cuts(book)]:
        _line(sheet, row, label=label, formula=formula, value=value, whole=whole, book=book)
        row += 1


def _line(
    sheet: Any, row: int, *, label: str, formula: str, value: float, whole: tuple[str, float] | None, book: Book
) -> None:
    style = book.format(money_format(pd.Series([value]), content=book.content))
    sheet.write_string(row, 0, tables.legible(label), book.format("", look="wrap"))
    sheet.write_formula(row, 1, formula, style, value)
    if whole is not None:
        sheet.write_formula(row, 2, whole[0], style, whole[1])
        difference = round(value - whole[1], 2)
        sheet.write_formula(row, 3, f"=ROUND(B{row + 1}-C{row + 1},2)", book.format("#,##0.00"), difference)


def _goal(book: Book) -> tuple[str, float] | None:
    frame, place = book.content.frames.get("targets/topline"), book.places.get("targets/topline")
    if frame is None or place is None or not frame["chosen"].astype(bool).any():
        return None
    yes = book.content.words.term("yes")
    formula = f'=SUMIFS({place.range("amount")},{place.range("chosen")},"{yes}")'
    return formula, exact(frame.loc[frame["chosen"].astype(bool), "amount"])


def _cells(book: Book) -> list[tuple[str, str, float, tuple[str, float] | None]]:
    say, found = book.content.words, []
    for name, wanted in ADDITIVE.items():
        frame, place = book.content.frames.get(name), book.places.get(name)
        if frame is None or place is None or not len(frame):
            continue
        for column in (c for c in wanted if c in place.columns and c != "orders"):
            group = tables.heading(column, words=say)
            label = say.say("report_sums_of_group", table=say.title(f"table/{name}"), group=group)
            whole = _goal(book) if name == "targets/cells" else None
            found.append((label, f"=SUM({place.range(column)})", exact(frame[column].head(place.rows)), whole))
    return found


def _cuts(book: Book) -> list[tuple[str, str, float, tuple[str, float] | None]]:
    say, found = book.content.words, []
    for name, (keys, amount) in _CUTS.items():
        frame, place = book.content.frames.get(name), book.places.get(name)
        if frame is None or place is None or not len(frame):
            continue
        for values, rows in frame.head(place.rows).groupby(list(keys), sort=True):
            shown = [
                tables.written_value(v, column=k, table=name, words=say) for k, v in zip(keys, values, strict=True)
            ]
            asked = ",".join(f'{place.range(k)},"{_quoted(v)}"' for k, v in zip(keys, shown, strict=True))
            label = say.say("report_sums_of_group", table=say.title(f"table/{name}"), group=" · ".join(shown))
            whole = _goal(book) if name == "targets/segments" else None
            found.append((label, f"=SUMIFS({place.range(amount)},{asked})", exact(rows[amount]), whole))
    return found


def _quoted(text: str) -> str:
    """The text as a criterion that matches itself and nothing else."""
    plain = text.replace("~", "~~").replace("*", "~*").replace("?", "~?").replace('"', '""')
    return "=" + plain
