"""One glossary, two languages: every term, sentence, name and number that people read."""

from __future__ import annotations

__all__ = ["LANGUAGES", "Words", "brief", "scope_of", "sentences", "words"]

import datetime as dt
import math
import re
import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from salesplan.config import DIMENSIONS
from salesplan.errors import nearest

_SCOPED = "|".join((*DIMENSIONS, "rep_id", "product_id", "customer_id"))
LANGUAGES = ("en", "zh")
# From which amount on, divided by what, and how that is written; then the same for a unit that the plan fixes.
_MONEY = {"en": ((1e9, 1e9, " bn"), (1e6, 1e6, " m"), (1e4, 1e3, " k")), "zh": ((1e8, 1e8, "亿"), (1e4, 1e4, "万"))}
_FIXED = {
    "en": {1: (1.0, ""), 1e4: (1e3, " k"), 1e6: (1e6, " m"), 1e8: (1e6, " m")},
    "zh": {1: (1.0, ""), 1e4: (1e4, "万"), 1e6: (1e6, "百万"), 1e8: (1e8, "亿")},
}
_SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


@cache
def _glossary() -> dict[str, dict[str, dict[str, str]]]:
    merged: dict[str, dict[str, dict[str, str]]] = {}
    for part in sorted(files("salesplan").joinpath("glossary").iterdir(), key=lambda p: p.name):
        for kind, entries in tomllib.loads(part.read_text(encoding="utf-8")).items():
            known = merged.setdefault(kind, {})
            twice = sorted(set(entries) & set(known))
            if twice:
                raise ValueError(f"glossary/{part.name}: {kind}.{twice[0]} is defined in another part too")
            known.update(entries)
    return merged


@dataclass(frozen=True)
class Words:
    """Speaks one language: looks terms and sentences up, and writes numbers as people of that language do.

    language: "en" or "zh". currency: ISO code of all money. unit: what all money is written in (1, 1e4, 1e6, 1e8); by
    size where it is None. names: member code -> name shown.
    """

    language: str
    currency: str = "CNY"
    unit: float | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def term(self, key: str) -> str:
        """The term for a metric, column, dimension, effect, code or verdict; raises KeyError where none is defined."""
        return self._entry("terms", key)

    def title(self, key: str) -> str:
        """The heading of a section or figure."""
        return self._entry("titles", key)

    def has(self, key: str) -> bool:
        """Is there a term for ``key``?"""
        return key in _glossary().get("terms", {})

    def say(self, key: str, **values: Any) -> str:
        """The sentence ``key`` with its ``{fields}`` filled in; values must be text already (money, share, name …)."""
        template = self._entry("phrases", key)
        wrong = [k for k, v in values.items() if not isinstance(v, str | int)]
        if wrong:
            raise TypeError(
                f"phrase {key!r}: format {', '.join(wrong)} with money(), share(), number() or date() first"
            )
        asked = {name for _, name, _, _ in string.Formatter().parse(template) if name}
        if unused := sorted(set(values) - asked):
            raise TypeError(f"phrase {key!r} in {self.language} has no place for {', '.join(unused)}")
        return template.format(**values)

    def name(self, member: Any, *, column: str = "") -> str:
        """What a member (region, product, channel …) is called: its name in the plan, else its term, else its code.

        column: where one code means different things in different columns, the term "column_code" comes first.
        Several codes with " / " between, and those of a scope ("region=EC, channel=DIS"), are named one by one; one of
        a dimension ("region/EC") is named behind it.
        """
        text = str(member)
        if text in self.names:
            return self.names[text]
        if self.has(f"{column}_{text}"):
            return self.term(f"{column}_{text}")
        if self.has(text):
            return self.term(text)
        dimension, _, code = text.partition("/")
        if code and re.fullmatch(_SCOPED, dimension):
            return f"{self.term(dimension)} · {self.name(code)}"
        if scope := scope_of(text):
            return " · ".join(self.name(code) for code in scope.values())
        return " / ".join(map(self.name, text.split(" / "))) if " / " in text else text

    def pick(self, text: Any) -> str:
        """The right language of a text that the plan gives as one string or as {en, zh}; else the one there is."""
        if isinstance(text, Mapping):
            return str(text.get(self.language) or next(iter(text.values()), ""))
        return str(text)

    def money(self, amount: float, *, signed: bool = False, digits: int | None = None) -> str:
        """An amount in currency units, shortened to three digits or more: "¥12.3 m", "¥1,230万"; "–" for none."""
        if amount is None or not math.isfinite(amount):
            return self.term("none")
        sign = "−" if amount < 0 else "+" if signed and amount > 0 else ""
        symbol = _SYMBOLS.get(self.currency, self.currency + " ")
        size = abs(amount)
        by_size = ((divisor, unit) for least, divisor, unit in _MONEY[self.language] if size >= least)
        divisor, unit = _FIXED[self.language][self.unit] if self.unit else next(by_size, (1.0, ""))
        shown = size / divisor
        places = (2 if shown < 10 else 1 if shown < 100 else 0) if digits is None else digits
        if not unit:
            places = 0 if size >= 1000 else 2
        return f"{sign}{symbol}{shown:,.{places}f}{unit}"

    def share(self, value: float, *, signed: bool = False, digits: int = 1) -> str:
        """A share 0 to 1 as per cent: "93.4 %", "93.4%" in Chinese; "–" where there is none."""
        if value is None or not math.isfinite(value):
            return self.term("none")
        sign = "−" if value < 0 else "+" if signed and value > 0 else ""
        gap = "" if self.language == "zh" else " "
        return f"{sign}{abs(value) * 100:,.{digits}f}{gap}%"

    def points(self, difference: float) -> str:
        """A difference of two shares in percentage points: "−8.4 pp", "−8.4个百分点"; "–" where there is none."""
        if difference is None or not math.isfinite(difference):
            return self.term("none")
        return self.say("points", number=self.number(difference * 100, digits=1))

    def part(self, share: float) -> str:
        """ ", 31.2 % of the whole" behind an amount; nothing where parts of unlike sign make a share say nothing."""
        return self.say("part_of", share=self.share(share)) if 0 < share <= 1 else ""

    def chance(self, probability: float) -> str:
        """A probability as whole per cent, never nought or certain: "38 %", "< 1 %", "> 99 %"."""
        if probability is None or not math.isfinite(probability):
            return self.term("none")
        if probability < 0.01:
            return "< " + self.share(0.01, digits=0)
        if probability > 0.99:
            return "> " + self.share(0.99, digits=0)
        return self.share(probability, digits=0)

    def number(self, value: float, *, digits: int = 0) -> str:
        """A count or other bare number with separators; "–" where there is none."""
        if value is None or not math.isfinite(value):
            return self.term("none")
        return f"{'−' if value < 0 else ''}{abs(value):,.{digits}f}"

    def date(self, day: dt.date) -> str:
        """A date as people write it: "31 December 2025", "2025年12月31日"."""
        if self.language == "zh":
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def interval(self, low: str, high: str) -> str:
        """A range of two formatted values: "91.8 % to 95.1 %", "91.8%至95.1%"."""
        return self.say("interval", low=low, high=high)

    def text(self, parts: Iterable[str]) -> str:
        """Sentences one after another, as the language sets them; empty ones are left out."""
        return ("" if self.language == "zh" else " ").join(part for part in parts if part)

    def join(self, items: list[str]) -> str:
        """A list in a sentence: "a, b and c", "a、b和c"."""
        if len(items) < 2:
            return "".join(items)
        return self.listed(items[:-1]) + ("和" if self.language == "zh" else " and ") + items[-1]

    def listed(self, items: Iterable[str]) -> str:
        """A list in a cell: "a, b, c", "a、b、c"."""
        return ("、" if self.language == "zh" else ", ").join(items)

    def head(self, name: str, *, message: str, period: str, sentence: int = 0) -> str:
        """The three lines over a chart: a sentence of the message, what is measured, which period it is of."""
        told = sentences(message)
        return "\n".join(
            [told[sentence if -len(told) <= sentence < len(told) else -1], self.title(f"measure/{name}"), period]
        )

    def _entry(self, kind: str, key: str) -> str:
        entries = _glossary().get(kind, {})
        if key not in entries:
            raise KeyError(f"the glossary has no {kind[:-1]} {key!r}.{nearest(key, entries)}")
        return entries[key][self.language]


def sentences(text: str) -> list[str]:
    """The sentences of a text, in either language; at least one, which may be empty."""
    parts = [p.strip() for line in text.split("\n") for p in re.split(r"(?<=[.!?]) (?=[^a-z])|(?<=[。！？])", line)]
    return [p for p in parts if p] or [""]


def scope_of(text: str) -> dict[str, str]:
    """The members where a scope lies ("region=EC, channel=DIS"), by dimension; empty for the whole business.

    A member's own name may hold commas and signs of equality.
    """
    parts = re.split(rf", (?=(?:{_SCOPED})=)", text) if re.match(rf"(?:{_SCOPED})=", text) else []
    return dict(part.split("=", 1) for part in parts)


def brief(claim: str) -> str:
    """A claim without its interval and its last stop, to stand in a sentence or a table."""
    return claim.rsplit(" (", 1)[0].rsplit("（", 1)[0].rstrip(".。")


_MONTHS = tuple(
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def words(
    language: str, *, currency: str = "CNY", unit: float | None = None, names: Mapping[str, str] | None = None
) -> Words:
    """The speaker of ``language``; refuses a language the glossary does not hold."""
    if language not in LANGUAGES:
        raise ValueError(f"language {language!r} is not one of {', '.join(LANGUAGES)}")
    return Words(language, currency, unit, dict(names or {}))
