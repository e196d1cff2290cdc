"""What a cell's text means: dates, numbers, money. Each cell gives its value, or the code of why it has none."""

from __future__ import annotations

__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "best_reading",
    "currencies_of",
    "day_of",
    "form_of",
    "has_offset",
    "number_of",
    "period_of",
    "reader",
    "unit_factor",
]

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
# what stands beside amounts of a currency; of any other its three letters do
_SIGNS = {"CNY": r"¥|RMB|CNY", "JPY": "¥|JPY", "USD": r"US\$|\$|USD", "EUR": "€|EUR", "GBP": "£|GBP"}
_UNITS = {"元": 1, "千元": 10**3, "万元": 10**4, "亿元": 10**8, "1": 1, "1e3": 10**3, "1e4": 10**4, "1e6": 10**6}
_UNITS["1e8"] = 10**8
_SUFFIX = re.compile(r"^(.*?)\s*(千元|万元|亿元|千|万|亿|元)$")
_YEAR_FIRST = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})\s*[日号]?|月)?$")
_YEAR_LAST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")
_SHORT_YEAR = re.compile(r"^(\d{1,2})([-/.])(\d{1,2})[-/.](\d{2})$")
_OCTOBER = re.compile(r"^(19|20)\d{2}\.1$")
_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?"
_BREAKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_TIME = re.compile(rf"^(.*?)[T ]\s*({_CLOCK})\s*(Z|[+-]\d{{2}}(?::?\d{{2}})?)?$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS_ELSEWHERE = {"mär": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "fev": 2, "avr": 4, "juin": 6, "juil": 7}
_MONTHS_ELSEWHERE |= {"aoû": 8, "aou": 8, "déc": 12, "ene": 1, "abr": 4, "ago": 8, "dic": 12}
_PERIODS = (
    (re.compile(r"^(?:FY|财年)?\s*(\d{4})\s*(?:年度?|财年)?$", re.I), "year"),
    (re.compile(r"^(\d{4})\s*[-/.年]?\s*Q([1-4])$", re.I), "quarter"),
    (re.compile(r"^(\d{4})\s*年?\s*第?([一二三四1-4])\s*季度?$"), "quarter"),
    (re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?(?:\s*[-/.]?\s*0?1\s*日?)?$"), "month"),
    (re.compile(r"^(\d{4})(\d{2})$"), "month"),
    (re.compile(r"^([A-Za-zäéûô]{3,9})\.?[-/ ']*(\d{4}|\d{2})$"), "name first"),
    (re.compile(r"^(\d{4})[-/ ]*([A-Za-zäéûô]{3,9})\.?$"), "name last"),
    (re.compile(r"^Q([1-4])[-/ ]*(?:FY)?\s*(\d{4})$", re.I), "quarter first"),
    (re.compile(r"^(0?[1-9]|1[0-2])[-/.](\d{4})$"), "month first"),
)
_QUARTERS = {"一": "1", "二": "2", "三": "3", "四": "4"}


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
    ours = {tidy(left): right for left, right in (codes or {}).items()}
    if kind == "date":
        order = _order(source.dates)
        read = partial(day_of, order=order, epoch=epoch, timezone=source.timezone, years=years)
        meaning: Callable[[str], tuple[Any, str]] = partial(_as_written, written=source.dates, read=read)
    elif kind == "period":
        meaning = period_of
    elif kind in ("number", "money", "share"):
        unit = source.units.get(column)
        meaning = partial(number_of, unit=unit, decimal=source.decimal, currency=currency, kind=kind)
    else:
        return partial(_key_of, ours=ours)
    return lambda text: meaning(ours.get(plain := tidy(text), plain))


def unit_factor(unit: str | None) -> int:
    """How many currency units one of this unit is."""
    return _UNITS[unit or "1"]


def _key_of(text: str, *, ours: dict[str, str]) -> tuple[str | None, str]:
    """A key: a blank one missing; never a number ("007", "NA" and "1e5" stay). Line ends and tabs in it are a blank."""
    plain = tidy(_BREAKS.sub(" ", text.strip()))
    return ours.get(plain, plain) or None, "" if plain == text.strip() else "fixed"


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

    2025.1 is none: a spreadsheet makes it of 2025.10 too.

    Read are 2025-03-01, 2025/3/1, 2025.3.1, 20250301, 2025年3月1日, a month alone (its first day), each with a time
    of day, and Excel's serial days 20000 to 60000 counted from ``epoch``. With the day or month first only where
    ``order`` says which ("dmy", "mdy"). A time with an offset becomes the day in ``timezone``. With ``years``
    a year alone is its first day (for "customer since", never for a date that rows are counted by).
    """
    if not text:
        return None, ""
    if re.fullmatch(r"\d{5}(\.\d+)?", text) and 20000 <= float(text) <= 60000:
        return epoch + dt.timedelta(days=int(float(text))), "fixed"
    if _OCTOBER.match(text):
        return None, "ambiguous_month"
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
            either = (_day(found[3], found[2], found[1])[0], _day(found[3], found[1], found[2])[0])
            return None, "ambiguous_date" if any(either) else "bad_date"
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
    signs = _SIGNS.get(currency, currency)
    body = re.sub(rf"^({signs})\s*|\s*({signs})$", "", body)
    body, inner = _signed(body)
    factor = Decimal(_UNITS[unit or "1"])
    if suffix := _SUFFIX.match(body):
        own = suffix[2] if suffix[2].endswith("元") else suffix[2] + "元"
        body, factor = suffix[1], Decimal(_UNITS[own])
    if body.endswith("%") and kind != "money":
        body, factor = body[:-1].strip(), Decimal("0.01")
    found = _digits(body, decimal)
    if found is None or (negative and inner) or (found == 0 and (negative or inner)):
        return None, "bad_number"
    value = (found * factor).quantize(Decimal("1e-10"))
    return (-value if negative or inner else value), "" if text == body else "fixed"


def currencies_of(text: str) -> set[str]:
    """The currencies whose sign or letters stand beside this amount; ¥ may be two."""
    beside = re.sub(r"[\d\s.,'()+−-]", "", text).rstrip("千万亿元")
    return {currency for currency, signs in _SIGNS.items() if re.fullmatch(signs, beside)}


def best_reading(text: str) -> Decimal | None:
    """What an amount that cannot be read for certain most likely is: for the gate alone, never for a sum.

    The last of . and , is the decimal mark unless three digits follow it; 千, 万, 亿, k and m count.
    """
    if re.fullmatch(r"[-+]?\d{1,3}(\.\d+)?[eE][+-]?\d{1,2}", tidy(text)):
        return min(abs(Decimal(tidy(text))), Decimal(10) ** 15).quantize(Decimal("0.0001"))
    found = re.search(r"\d[\d., ']*", tidy(text))
    if found is None:
        return None
    digits, rest = found.group().strip(" '"), tidy(text)[found.end() :].strip().lower()
    at = max(digits.rfind("."), digits.rfind(","))
    whole, fraction = (digits[:at], digits[at + 1 :]) if at >= 0 else (digits, "")
    if len(fraction) == 3 and digits.count(digits[at]) >= 1 and whole:
        whole, fraction = whole + fraction, ""
    plain = re.sub(r"\D", "", whole) or "0"
    if len(plain) > 15:
        return None
    factors = {"千": 10**3, "万": 10**4, "亿": 10**8, "k": 10**3, "m": 10**6}
    return Decimal(f"{plain}.{re.sub(chr(92) + 'D', '', fraction)[:4] or 0}") * factors.get(rest[:1], 1)


def period_of(text: str) -> tuple[str | None, str]:
    """Which year, quarter or month does this text say: "2025", "2025Q2" or "2025-06"; and a code ("" or "fixed").

    Read are 2025年6月, 202506, 2025/06, Jun-25, 2025年第二季度, Q2 2025, FY2025 and the like. A text that says none is
    left as it is. 2025.1 is none: a spreadsheet makes it of 2025.10 too.
    """
    if not text:
        return None, ""
    if _OCTOBER.match(text):
        return None, "ambiguous_month"
    for pattern, form in _PERIODS:
        if (found := pattern.match(text)) and (label := _label(form, found[1], found[2] if pattern.groups > 1 else "")):
            return label, "" if label == text else "fixed"
    return text, ""


def _label(form: str, first: str, second: str) -> str | None:
    """A period as it is written here; None where there is none such."""
    if form == "year":
        return first
    if form in ("quarter", "quarter first"):
        year, quarter = (first, second) if form == "quarter" else (second, first)
        return f"{year}Q{_QUARTERS.get(quarter, quarter)}"
    if form in ("month", "month first"):
        year, month = (first, second) if form == "month" else (second, first)
        return f"{year}-{int(month):02d}" if 1 <= int(month) <= 12 else None
    year, name = (second, first.lower()) if form == "name first" else (first, second.lower())
    known = _MONTHS_ELSEWHERE.get(name[:4], _MONTHS_ELSEWHERE.get(name[:3]))
    month_at = known or (_MONTHS.index(name[:3]) + 1 if name[:3] in _MONTHS else None)
    return f"{year if len(year) == 4 else '20' + year}-{month_at:02d}" if month_at else None


def form_of(text: str) -> str:
    """How a day is written, as far as it matters for which of its numbers is the day: "" where it says so itself."""
    plain = re.sub(rf"[T ]\s*{_CLOCK}.*$", "", tidy(text))
    if found := re.match(r"^\d{1,2}([-/.])\d{1,2}[-/.](\d{4}|\d{2})$", plain):
        return f"d{found[1]}m{found[1]}{'yyyy' if len(found[2]) == 4 else 'yy'}"
    return ""


def has_offset(text: str) -> bool:
    """Whether a moment says how far its clock is from Greenwich."""
    found = _TIME.match(tidy(text))
    return bool(found and found[3])


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
