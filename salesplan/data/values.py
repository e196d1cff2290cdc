"""What a cell's text means: dates, numbers, money. Each cell gives its value, or the code of why it has none."""

from __future__ import annotations

__all__ = ["FIRST_DAY", "LAST_DAY", "day_of", "number_of", "reader", "unit_factor"]

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from salesplan import config
from salesplan.data.text import tidy

FIRST_DAY, LAST_DAY = dt.date(1950, 1, 1), dt.date(2150, 12, 31)
_SYMBOLS = {"CNY": "¥|RMB|CNY", "JPY": "¥|JPY", "USD": r"US\$|\$|USD", "EUR": "€|EUR", "GBP": "£|GBP"}
_UNITS = {"元": 1, "千元": 10**3, "万元": 10**4, "亿元": 10**8, "1": 1, "1e3": 10**3, "1e4": 10**4, "1e6": 10**6}
_UNITS["1e8"] = 10**8
_SUFFIX = re.compile(r"^(.*?)\s*(千元|万元|亿元|千|万|亿|元)$")
_YEAR_FIRST = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})\s*[日号]?|月)?$")
_YEAR_LAST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")
_TIME = re.compile(r"^(.*?)[T ]\s*(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}(?::?\d{2})?)?$")


def reader(
    kind: str,
    *,
    source: config.SourceFile,
    column: str,
    epoch: dt.date,
    currency: str,
    codes: dict[str, str] | None = None,
    years: bool = False,
) -> Callable[[str], tuple[Any, str]]:
    """What reads one cell of a column: its text to a value (None where blank) and a code ("" sound, "fixed" mended).

    kind: of ``config.Column``. codes: the plan's translation of their codes into ours; years: a year alone is a day.
    """
    if kind == "date":
        order = _order(source.dates)
        read = partial(day_of, order=order, epoch=epoch, timezone=source.timezone, years=years)
        meaning: Callable[[str], tuple[Any, str]] = partial(_as_written, written=source.dates, read=read)
    elif kind in ("number", "money", "share"):
        unit = source.units.get(column)
        meaning = partial(number_of, unit=unit, decimal=source.decimal, currency=currency, kind=kind)
    else:
        meaning = _key_of
    ours = {tidy(left): right for left, right in (codes or {}).items()}

    def cell(text: str) -> tuple[Any, str]:
        plain = tidy(text)
        return meaning(ours.get(plain, plain))

    return cell


def unit_factor(unit: str | None) -> int:
    """How many currency units one of this unit is."""
    return _UNITS[unit or "1"]


def _key_of(text: str) -> tuple[str | None, str]:
    """A key: a blank one missing; never a number ("007", "NA" and "1e5" stay)."""
    return text or None, ""


def _order(written: str | None) -> str:
    """Which of day and month comes first in the plan's own form, for texts that carry a time too."""
    if written is None or "%d" not in written or "%m" not in written:
        return "ymd"
    year_first = written.find("%Y") == 0 or written.find("%y") == 0
    return "ymd" if year_first else "dmy" if written.index("%d") < written.index("%m") else "mdy"


def _as_written(
    text: str, *, written: str | None, read: Callable[[str], tuple[dt.date | None, str]]
) -> tuple[dt.date | None, str]:
    if written is not None:
        try:
            day = dt.datetime.strptime(text, written).date()
        except ValueError:
            return read(text)
        return (day, "") if FIRST_DAY <= day <= LAST_DAY else (None, "bad_date")
    return read(text)


def day_of(
    text: str,
    *,
    order: str = "ymd",
    epoch: dt.date = dt.date(1899, 12, 30),
    timezone: str | None = None,
    years: bool = False,
) -> tuple[dt.date | None, str]:
    """Which day does this text say? The day, and a code: "" sound, "fixed" read from a serial, else why not.

    Read are 2025-03-01, 2025/3/1, 2025.3.1, 20250301, 2025年3月1日, a month alone (its first day), each with a time
    of day, and Excel's serial days 20000 to 60000 counted from ``epoch``. With the day or month first only where
    ``order`` says which ("dmy", "mdy"). A time with an offset becomes the day in ``timezone``. With ``years``
    a year alone is its first day (for "customer since", never for a date that rows are counted by).
    """
    if not text:
        return None, ""
    if re.fullmatch(r"\d{5}(\.\d+)?", text) and 20000 <= float(text) <= 60000:
        return epoch + dt.timedelta(days=int(float(text))), "fixed"
    if stamped := _TIME.match(text):
        return _stamped(stamped, order=order, timezone=timezone)
    if years and re.fullmatch(r"(19|20)\d{2}年?", text):
        return dt.date(int(text[:4]), 1, 1), ""
    if re.fullmatch(r"\d{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if found := _YEAR_FIRST.match(text):
        return _day(found[1], found[2], found[3] or "1")
    if found := _YEAR_LAST.match(text):
        if order == "ymd":
            return None, "ambiguous_date"
        return _day(found[3], found[2], found[1]) if order == "dmy" else _day(found[3], found[1], found[2])
    return None, "bad_date"


def number_of(
    text: str, *, unit: str | None = None, decimal: str = ".", currency: str = "CNY", kind: str = "money"
) -> tuple[Decimal | None, str]:
    """Which number does this text say? The exact number in currency units (a share for %), and a code.

    Read are separators of thousands, the currency's own symbol, parentheses and the minus sign for negatives, a
    suffix 元, 万, 亿 where the plan gives the column a unit, and % where the column is no money.
    """
    if not text:
        return None, ""
    body, negative = _signed(text)
    body = re.sub(rf"^({_SYMBOLS.get(currency, currency)})\s*|\s*({currency})$", "", body)
    body, inner = _signed(body)
    factor = Decimal(_UNITS[unit or "1"])
    if suffix := _SUFFIX.match(body):
        own = suffix[2] if suffix[2].endswith("元") else suffix[2] + "元"
        if unit is None and own != "元":
            return None, "undeclared_unit"
        body, factor = suffix[1], Decimal(_UNITS[own])
    if body.endswith("%") and kind != "money":
        body, factor = body[:-1].strip(), Decimal("0.01")
    found = _digits(body, decimal)
    if found is None or (negative and inner) or (found == 0 and (negative or inner)):
        return None, "bad_number"
    value = (found * factor).quantize(Decimal("1e-10"))
    return (-value if negative or inner else value), "" if text == body else "fixed"


def _signed(text: str) -> tuple[str, bool]:
    text = text.strip().replace("−", "-").replace("﹣", "-")
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if text.endswith("-") and text[:-1].strip():
        return text[:-1].strip(), True
    if text.startswith("-"):
        return text[1:].strip(), True
    return text.removeprefix("+"), False


def _digits(body: str, decimal: str) -> Decimal | None:
    point, group = (r"\.", "[, ']") if decimal == "." else (",", r"[. ']")
    if not re.fullmatch(rf"(\d{{1,15}}|\d{{1,3}}(?:{group}\d{{3}}){{1,4}})?(?:{point}\d*)?", body) or not re.search(
        r"\d", body
    ):
        return None
    digits = re.sub(group, "", body)
    return Decimal(digits.replace(",", ".") if decimal == "," else digits)


def _stamped(found: re.Match[str], *, order: str, timezone: str | None) -> tuple[dt.date | None, str]:
    day, code = day_of(found[1].strip(), order=order)
    if day is None or not found[3] or timezone is None:
        return day, code
    hours = found[2] if len(found[2].split(":")[0]) == 2 else "0" + found[2]
    try:
        moment = dt.datetime.fromisoformat(f"{day.isoformat()}T{hours[:8]}{found[3]}")
    except ValueError:
        return None, "bad_date"
    return moment.astimezone(ZoneInfo(timezone)).date(), ""


def _day(year: str, month: str, day: str) -> tuple[dt.date | None, str]:
    try:
        found = dt.date(int(year), int(month), int(day))
    except ValueError:
        return None, "bad_date"
    return (found, "") if FIRST_DAY <= found <= LAST_DAY else (None, "bad_date")
