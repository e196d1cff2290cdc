"""What are somebody's own files, and which of their columns are ours? A first guess, to be looked at."""

from __future__ import annotations

__all__ = ["Guess", "Match", "guessed"]

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path

from salesplan import config
from salesplan.data.engine import opened_engine, quoted
from salesplan.data.files import opened
from salesplan.data.raw import of_file
from salesplan.data.text import tidy
from salesplan.data.values import day_of, reader

_SAMPLE, _SHOWN = 500, 3
_TYPED = ("date", "number", "money", "share")
_SURE, _LIKELY, _READABLE = 1.0, 0.55, 0.9
_UNITS = ("千元", "万元", "亿元")


@dataclass(frozen=True)
class Match:
    """One of their columns that seems to be one of ours: its header, how likely (0 to 1), and some of its cells."""

    header: str
    score: float
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Guess:
    """What one file seems to be.

    source: None where it resembles none. columns: ours to theirs. lacking: needed columns that nothing resembles.
    left: their other headers. options: further keys of the source's table in a plan file, as TOML, each with the
    reason.
    """

    file: Path
    source: str | None
    columns: Mapping[str, Match] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()


def guessed(files: Sequence[Path]) -> list[Guess]:
    """Which source is each of these files, and which of its columns are which of ours?

    By the headers, the words in ``headers.toml``, the file's name, and whether the cells can be read as what the column
    holds; only the first rows are looked at. Errors: DataError where a file cannot be read.
    """
    return [_guess(place, *_sample(place)) for place in files]


def _sample(place: Path) -> tuple[list[str], list[list[str]]]:
    """The headers of a file and the first cells below each."""
    known = {word for words in _words().values() for listed in words.values() for word in listed}
    with opened_engine() as engine:
        delivered = opened(place, root=place.parent, source="new")
        shape = config.SourceFile(path=place.name)
        raw = of_file(engine, delivered, shape=shape, expected=known, source="new")
        cells = [
            [
                str(text)
                for (text,) in engine.rows(
                    f"SELECT DISTINCT c FROM (SELECT {quoted(f'c{n}')} AS c FROM {raw.table} LIMIT {_SAMPLE}) "
                    "WHERE c <> '' ORDER BY c"
                )
            ]
            for n in range(len(raw.names))
        ]
    return list(raw.names), cells


def _guess(place: Path, headers: list[str], cells: list[list[str]]) -> Guess:
    fits = {name: _fit(name, headers, cells) for name in config.SOURCES}
    worth = {name: _worth(name, found, place) for name, found in fits.items()}
    best = max(worth, key=lambda name: worth[name])
    needed = [c for c, kind in config.SOURCES[best].columns.items() if kind.required]
    lacking = tuple(c for c in needed if c not in fits[best])
    if len(lacking) * 2 > len(needed):
        return Guess(place, None, left=tuple(headers))
    found = fits[best]
    left = tuple(h for h in headers if h not in {m.header for m in found.values()})
    return Guess(place, best, found, lacking, left, tuple(_options(best, found, headers, cells)))


def _fit(name: str, headers: list[str], cells: list[list[str]]) -> dict[str, Match]:
    """Our columns of one source to the best of their headers; no header serves two."""
    scored = []
    for order, (column, kind) in enumerate(config.SOURCES[name].columns.items()):
        words = _words()[name][column]
        for at, header in enumerate(headers):
            score = _likeness(header, words)
            if score >= _LIKELY and _readable(kind.kind, column, cells[at]):
                scored.append((-score, not kind.required, order, at, column))
    found: dict[str, Match] = {}
    taken: set[int] = set()
    for minus, _, _, at, column in sorted(scored):
        if column not in found and at not in taken:
            found[column] = Match(headers[at], -minus, tuple(tidy(cell) for cell in cells[at][:_SHOWN]))
            taken.add(at)
    return {column: found[column] for column in config.SOURCES[name].columns if column in found}


def _worth(name: str, found: Mapping[str, Match], place: Path) -> float:
    """How well a source fits: the share of needed columns first, then those found beside, and the file's name."""
    shape = config.SOURCES[name].columns
    needed = [c for c, kind in shape.items() if kind.required]
    share = sum(found[c].score for c in needed if c in found) / len(needed)
    beside = sum(m.score for c, m in found.items() if c not in needed)
    named = max(_likeness(place.name.split(".")[0], [word]) for word in _vocabulary()["files"][name])
    return share * (1 + 1.5 * named) + 0.05 * beside


@cache
def _vocabulary() -> dict[str, dict[str, list[str]]]:
    text = resources.files("salesplan.data").joinpath("headers.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    """By source and column of ours: what it may be called, our own name first."""
    known = _vocabulary()
    return {
        name: {c: [c, *known.get(name, {}).get(c, []), *known["any"].get(c, [])] for c in shape.columns}
        for name, shape in config.SOURCES.items()
    }


def _likeness(header: str, words: Sequence[str]) -> float:
    """How much a header is one of these words: 1 where it is the first, less the more it says beside it."""
    said = _parts(header)
    best = 0.0
    for place, word in enumerate(words):
        wanted = _parts(word)
        if said == wanted:
            score = _SURE
        elif wanted <= said:
            score = 0.6 + 0.3 * len(wanted) / len(said)
        elif _inside("".join(sorted(wanted)), header):
            score = 0.6 + 0.3 * len(word) / len(tidy(header))
        else:
            score = 0.6 * (difflib.SequenceMatcher(None, tidy(header).lower(), word).ratio() > 0.85)
        best = max(best, score - 0.005 * min(place, 10))
    return best


def _parts(text: str) -> frozenset[str]:
    """The words of a name: at blanks, underscores and capital letters; what stands in brackets is a remark."""
    plain = re.sub(r"[(\[{].*?[)\]}]", " ", tidy(text))
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    words = re.findall(r"[^\W_]+", plain.lower())
    return frozenset(w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith("ss") else w for w in words)


def _inside(word: str, header: str) -> bool:
    """Whether a word of a script without blanks stands in a header."""
    return not word.isascii() and word in tidy(header)


def _readable(kind: str, column: str, cells: Sequence[str]) -> bool:
    """Whether nearly all cells can be read as what the column holds; an empty column fits everything."""
    if kind not in _TYPED or not cells:
        return True
    return max(_share(kind, column, cells, decimal=mark) for mark in (".", ",")) >= _READABLE


def _share(kind: str, column: str, cells: Sequence[str], *, decimal: str) -> float:
    source = config.SourceFile(path="-", decimal=decimal, units={column: "万元"} if kind == "money" else {})  # type: ignore[arg-type]
    read = reader(kind, source=source, column=column, epoch=dt.date(1899, 12, 30), currency="CNY", years=True)
    return sum(read(text)[1] in ("", "fixed", "ambiguous_date") for text in cells) / len(cells)


def _options(
    name: str, found: Mapping[str, Match], headers: list[str], cells: list[list[str]]
) -> list[tuple[str, str]]:
    """How days and numbers are written, and in which unit, where that is not the usual way."""
    shape = config.SOURCES[name].columns
    typed = [(c, shape[c].kind, m.header, cells[headers.index(m.header)]) for c, m in found.items()]
    days = [text for _, kind, _, texts in typed if kind == "date" for text in texts]
    options = _day_order(days)
    if name == "targets" and "start" in found and not {"end", "period"} & found.keys():
        options.append(('covers = "until_next"', "a target has a day it begins on, and none it ends on"))
    amounts = [(c, k, texts) for c, k, _, texts in typed if k in ("number", "money", "share") and texts]
    if any(_share(k, c, t, decimal=",") > _share(k, c, t, decimal=".") for c, k, t in amounts):
        options.append(('decimal = ","', "amounts are written as 1.234,56"))
    for column, kind, header, _ in typed:
        if kind == "money" and (unit := next((u for u in _UNITS if u in header or u[:-1] in header), None)):
            options.append((f'units.{column} = "{unit}"', f"the header is {header}"))
    return options


def _day_order(texts: list[str]) -> list[tuple[str, str]]:
    unclear = [text for text in texts if day_of(tidy(text))[1] == "ambiguous_date"]
    numbers = [re.findall(r"\d+", text) for text in unclear]
    if not unclear:
        return []
    mark = next(c for c in unclear[0] if not c.isdigit())
    day_first = any(int(n[0]) > 12 for n in numbers)
    month_first = any(int(n[1]) > 12 for n in numbers)
    order = "%m{0}%d{0}%Y" if month_first and not day_first else "%d{0}%m{0}%Y"
    why = "one of the first two numbers is above 12" if day_first != month_first else "nothing tells day from month"
    return [(f'dates = "{order.format(mark)}"', f"{why}; found {unclear[0]}")]
