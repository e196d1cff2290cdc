"""The workbook under way, and how its cells look: one format per number format and look."""

from __future__ import annotations

__all__ = ["Book", "Place", "money_format", "money_text", "width"]

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from salesplan.report.contents import Contents


@dataclass(frozen=True)
class Place:
    """Where a table lies in the workbook: its sheet, its columns in order, how many rows."""

    sheet: str
    columns: tuple[str, ...]
    rows: int

    def range(self, column: str) -> str:
        """The cells of one column, from other sheets."""
        from xlsxwriter.utility import xl_col_to_name

        letter = xl_col_to_name(self.columns.index(column))
        return f"'{self.sheet}'!${letter}$2:${letter}${self.rows + 1}"


@dataclass
class Book:
    """The workbook under way: its formats by number format and its sheets by table."""

    book: Any
    content: Contents
    formats: dict[tuple[str, str], Any] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def format(self, number: str, *, look: str = "") -> Any:
        """The cell format with this number format: plain, head, total, title, wrap or soft."""
        head = {"bold": True, "bg_color": "#1F4E79", "font_color": "white", "text_wrap": True, "valign": "vcenter"}
        font = "Microsoft YaHei" if self.content.words.language == "zh" else "Calibri"
        looks: dict[str, dict[str, Any]] = {
            "head": head,
            "head_right": {**head, "align": "right"},
            "total": {"bold": True, "top": 1},
            "title": {"bold": True, "font_size": 16, "font_color": "#1F4E79"},
            "section": {"bold": True, "font_color": "#1F4E79", "bottom": 1},
            "wrap": {"text_wrap": True, "indent": 1},
            "soft": {"font_color": "#5B6670", "text_wrap": True},
            "right": {"align": "right"},
        }
        key = (number, look)
        if key not in self.formats:
            self.formats[key] = self.book.add_format(
                {
                    "num_format": number or "General",
                    "valign": "top",
                    "font_name": font,
                    "font_size": 10,
                    **looks.get(look, {}),
                }
            )
        return self.formats[key]


def money_format(values: pd.Series, *, content: Contents) -> str:
    """The number format of an amount in the plan's currency; cents where amounts are small."""
    symbol, digits = _symbol(content), "0.00" if _cents(values) else "0"
    return f'"{symbol}"#,##{digits};[Red]-"{symbol}"#,##{digits}'


def money_text(amount: float, *, content: Contents) -> str:
    """An amount as its cell shows it: whole, however large."""
    digits = 2 if _cents(pd.Series([amount])) else 0
    return _symbol(content) + content.words.number(amount, digits=digits)


def _symbol(content: Contents) -> str:
    return content.words.money(0.0).removesuffix("0.00").strip()


def _cents(values: pd.Series) -> bool:
    """Are cents shown?"""
    return not float(pd.to_numeric(values, errors="coerce").abs().max() or 0) >= 1e4


def width(text: str) -> float:
    """How wide a column has to be for a text: wide characters count twice."""
    return 1.1 * sum(2 if ord(c) > 0x2E7F else 1 for c in text) + 2
