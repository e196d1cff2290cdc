"""What of a table fits on a printed page: the rows of the coarsest level, the columns that vary."""

from __future__ import annotations

__all__ = ["Excerpt", "excerpt"]

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from salesplan import schemas, tables
from salesplan.report.contents import Contents
from salesplan.words import Words

_ROWS = 16
_COLUMNS = 8
_FEWEST = 4
_LINE = 98.0  # latin characters that fit on a line of a table
# Left out first where a table is too wide for paper; the workbook holds them all.
_LAST = (
    "mechanism",
    "evidence",
    "scope",
    "consulted",
    "informed",
    "depends_on",
    "deliverable",
    "p_class",
    "p_role",
    "p_tier",
    "xyz",
    "convention",
    "grain",
    "floor",
    "impact_low",
    "impact_high",
    "cap",
    "reason",
    "source",
    "item_id",
    "owner",
    "p10",
    "p90",
    "low",
    "high",
    "coverage95",
    "rmsse",
    "unit",
    "available",
    "trigger",
    "response",
)
# What other columns of the table say already.
_SAID = {("swot/tows", "move")}
# The two ends of a range: one without the other says nothing.
_PAIRS = (("low", "high"), ("p10", "p90"), ("impact_low", "impact_high"), ("amount_low", "amount_high"))


@dataclass(frozen=True)
class Excerpt:
    """Texts ready for print, which columns are numbers, and what has to be said below."""

    texts: pd.DataFrame
    numbers: list[bool]
    weights: list[float]
    note: str


def excerpt(name: str, *, content: Contents) -> Excerpt:
    """The part of a saved table that is printed, and a note that says what is not."""
    say, frame = content.words, content.frames[name]
    coarse = _coarsest(frame)
    top = coarse.head(_ROWS)
    promised = [c for c in schemas.promised(name, frame) if (name, c) not in _SAID]
    fixed = {c: top[c].iloc[0] for c in promised if len(top) > 1 and _constant(top, c, name=name)}
    open_columns = [c for c in promised if c not in fixed and top[c].notna().any()] or promised
    for count in range(min(_COLUMNS, len(open_columns)), 0, -1):
        wanted = _fitting(open_columns, count=count, keys=schemas.KEYS.get(name, ()))
        texts = _texts(top, wanted, name=name, words=say)
        if count <= _FEWEST or sum(_needs(texts)) <= _LINE:
            break
    notes = [_constants(fixed, name=name, content=content), tables.money_scale(top[wanted], name=name, words=say)[2]]
    if left := len(frame) - len(top):
        notes.append(say.say("report_rest", count=say.number(left), sheet=say.title(f"table/{name}")))
    numbers = [tables.is_number(name, c, values=top[c]) for c in wanted]
    return Excerpt(texts, numbers, _weights(texts), " ".join(n for n in notes if n))


def _texts(top: pd.DataFrame, wanted: list[str], *, name: str, words: Words) -> pd.DataFrame:
    """These columns as texts; numbers do not break across lines."""
    unit = ["unit"] if "unit" in top and "unit" not in wanted else []
    plain = top[[*wanted, *unit]]
    kept = [at for at, c in enumerate(tables.columns(plain, name=name)) if c in wanted]
    texts = tables.written(plain, name=name, words=words).iloc[:, kept]
    for at, column in enumerate(wanted):
        if tables.is_number(name, column, values=top[column]):
            texts.isetitem(at, texts.iloc[:, at].str.replace(" ", "\u00a0").tolist())
    return texts


def _coarsest(frame: pd.DataFrame) -> pd.DataFrame:
    """Yearly rows where there are any, else quarterly ones, else all; of several cuts of one change the first."""
    if {"convention", "grain"} <= set(frame) and len(frame):
        return frame[(frame[["convention", "grain"]] == frame[["convention", "grain"]].iloc[0]).all(axis=1)]
    if "level" in frame and "period" in frame:
        for level in ("year", "quarter"):
            if (frame["level"] == level).any():
                return frame[frame["level"] == level]
    return frame


def _constant(top: pd.DataFrame, column: str, *, name: str) -> bool:
    return schemas.kind_of(name, column) in ("term", "name", "text") and top[column].astype(str).nunique() == 1


def _fitting(columns: list[str], *, count: int, keys: Sequence[str]) -> list[str]:
    last = sorted((c for c in columns if c in _LAST and c not in keys), key=_LAST.index)[::-1]
    order = [c for c in columns if c not in last] + last
    kept = set(order[:count])
    halves = {end for pair in _PAIRS if set(pair) <= set(columns) and not set(pair) <= kept for end in pair}
    return [c for c in columns if c in kept - halves]


def _constants(fixed: dict[str, object], *, name: str, content: Contents) -> str:
    say = content.words
    said = []
    for column, value in fixed.items():
        text = tables.cell(value, kind=schemas.kind_of(name, column), words=say)
        if text != say.term("none"):
            said.append(say.say("report_constant", column=tables.heading(column, words=say), value=text))
    return " ".join(said)


def _needs(texts: pd.DataFrame) -> list[float]:
    """The width that each column needs: for its longest word, and for long texts to stay on two or three lines."""
    found = []
    for at, heading in enumerate(texts.columns):
        held = [str(v) for v in texts.iloc[:, at]]
        words = [_longest_word(str(heading)) * 1.3, *map(_longest_word, held)]
        found.append(min(max([*words, *(_span(text) / 2 for text in held)]) + 3, 30.0))
    return found


def _weights(texts: pd.DataFrame) -> list[float]:
    """How much of the page's width each column gets: room for its longest word, then more where texts are long."""
    needed = _needs(texts)
    longest = [max((_span(str(v)) for v in texts.iloc[:, at]), default=0.0) for at in range(len(needed))]
    wished = [max(need, min(span + 3, 42.0)) for need, span in zip(needed, longest, strict=True)]
    spare, asked = _LINE - sum(needed), sum(wished) - sum(needed)
    part = max(0.0, min(1.0, spare / asked)) if asked > 0 else 0.0
    return [n + (w - n) * part for n, w in zip(needed, wished, strict=True)]


def _longest_word(text: str) -> float:
    """The piece of a heading that cannot be broken; Chinese breaks anywhere, but not below four characters."""
    return max((min(_span(w), 8.0 if w and ord(w[0]) > 0x2E7F else 40.0) for w in text.split(" ")), default=0.0)


def _span(text: str) -> float:
    return float(sum(2 if ord(c) > 0x2E7F else 1 for c in text))
