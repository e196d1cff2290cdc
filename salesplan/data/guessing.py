"""What are somebody's own files, and which of their columns are ours? A first guess, to be looked at."""

from __future__ import annotations

__all__ = ["Guess", "Match", "guessed"]

import datetime as dt
import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from salesplan import config
from salesplan.data.engine import Engine, opened_engine, quoted
from salesplan.data.files import opened
from salesplan.data.months import value_column
from salesplan.data.raw import Raw, of_file
from salesplan.data.text import tidy
from salesplan.data.values import currencies_of, day_of, period_of, reader
from salesplan.data.vocabulary import headers_known, vocabulary
from salesplan.data.workbooks import groups_of_sheets, titles_of
from salesplan.errors import DataError

_SAMPLE, _SHOWN = 500, 3
_TYPED = ("date", "number", "money", "share")
_SURE, _LIKELY, _READABLE = 1.0, 0.55, 0.9
_FEWEST_MONTHS = 3
# how numbers and codes are shortened in headers
_SHORT = {"nr": "number", "no": "number", "num": "number", "nº": "number", "n": "number", "#": "number"}
_SHORT |= {"numéro": "number", "número": "number", "nummer": "number", "cód": "código", "cod": "código", "dt": "date"}
_NEAR = 0.88
_SHORT_DAY = r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2}"
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
    product: tuple[str, str] | tuple[()] = ()
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def guessed(files: Sequence[Path]) -> list[Guess]:
    """Which source is each of these files, and which of its columns are which of ours?

    By the headers, the words in ``headers.toml``, the file's and sheets' names, and whether the cells can be read as
    what the column holds; only the first rows are looked at. Sheets of one header are one guess, others one each.
    Errors: DataError where a file cannot be read.
    """
    return [_guess(sample) for place in files for sample in _samples(place)]


@dataclass(frozen=True)
class _Sample:
    """The headers of a file, or of its sheets of one header, the first cells below each, and what stands above.

    said: the file's name, the sheets' names and the title rows. options: keys of the source's table, with the reason.
    """

    place: Path
    headers: list[str]
    cells: list[list[str]]
    said: str
    options: tuple[tuple[str, str], ...] = ()
    semicolons: bool = False


def _samples(place: Path) -> Iterator[_Sample]:
    delivered = opened(place, root=place.parent, source="new")
    known = {word for words in headers_known().values() for listed in words.values() for word in listed}
    sheets = groups_of_sheets(delivered, expected=known) if place.suffix.lower() in (".xlsx", ".xls") else [[]]
    for names in sheets:
        with opened_engine() as engine:
            shape = config.SourceFile(path=place.name, sheet=names or None)
            raw = of_file(engine, delivered, shape=shape, expected=known, source="new", may_guess=True)
            cells = [_below(engine, raw, n) for n in range(len(raw.names))]
        options = []
        if len(sheets) > 1 or len(names) > 1:
            whole = len(sheets) == 1
            told = (
                f"its sheets {', '.join(names)} have one header" if len(names) > 1 else "the sheet with these columns"
            )
            options.append((f"sheet = {_toml('*' if whole and len(names) > 1 else names)}", told))
        guessed_encoding = [text.rpartition(" ")[2] for kind, text in raw.notes if kind == "guessed_encoding"]
        options += [(f'encoding = "{e}"', "no other encoding gives words") for e in guessed_encoding]
        said = " ".join([place.name.split(".")[0], *names, *titles_of(delivered, names)])
        yield _Sample(place, list(raw.names), cells, said, tuple(options), semicolons=raw.delimiter == ";")


def _toml(names: str | list[str]) -> str:
    one = names if isinstance(names, str) else names[0] if len(names) == 1 else names
    return json.dumps(one, ensure_ascii=False)


def _below(engine: Engine, raw: Raw, column: int) -> list[str]:
    """The first different cells of a column."""
    found = engine.rows(
        f"SELECT DISTINCT c FROM (SELECT {quoted(f'c{column}')} AS c FROM {raw.table} LIMIT {_SAMPLE}) "
        "WHERE c <> '' ORDER BY c"
    )
    return [str(text) for (text,) in found]


def _guess(sample: _Sample) -> Guess:
    headers, cells, months = _without_months(sample)
    fits = {name: _fit(name, headers, cells) for name in config.SOURCES}
    product = _product(fits["orders"], headers, cells)
    worth = {name: _worth(name, fits[name], sample.said, months=bool(months), product=bool(product)) for name in fits}
    best = max(worth, key=lambda name: worth[name])
    found = fits[best]
    options = [*sample.options]
    given: set[str] = set()
    if months and worth[best] > 0:
        period, amount = value_column(best)
        given = {period, amount}
        options += _month_options(months, sample, amount=amount)
    product = product if best == "orders" else ()
    given |= {"net_sales"} if product else set()
    needed = [c for c, kind in config.SOURCES[best].columns.items() if kind.required]
    lacking = tuple(c for c in needed if c not in found and c not in given)
    used = {match.header for match in found.values()}
    left = tuple(header for header in headers if header not in used)
    if worth[best] <= 0 or len(lacking) == len(needed):
        return Guess(sample.place, None, left=tuple(headers))
    options += _options(best, found, headers, cells, semicolons=sample.semicolons)
    rivals = _rivals(best, found, headers, cells)
    return Guess(sample.place, best, found, lacking, left, tuple(options), product, rivals)


def _without_months(sample: _Sample) -> tuple[list[str], list[list[str]], dict[str, str]]:
    """The headers that are no months, and the months ("1月" to "2025-01") where at least three stand as columns."""
    year = next(iter(re.findall(r"(?<!\d)(20\d{2})(?!\d)", sample.said)), "")
    months: dict[str, str] = {}
    for header, cells in zip(sample.headers, sample.cells, strict=True):
        label, _ = period_of(tidy(header))
        short = re.fullmatch(r"(?:M|P)?(1[0-2]|0?[1-9])\s*月?(?:份)?", tidy(header), re.I)
        named = re.fullmatch(r"[A-Za-z]{3,9}\.?", tidy(header)) and period_of(f"{tidy(header).rstrip('.')} 2000")[0]
        if label and re.fullmatch(r"\d{4}-\d{2}", label):
            month = label
        elif short and (re.search("[月MmPp]", header)):
            month = f"{year or '????'}-{int(short[1]):02d}"
        elif named and str(named).startswith("2000-"):
            month = f"{year or '????'}-{str(named)[5:]}"
        else:
            continue
        if _readable("money", "target", cells):
            months[header] = month
    if len(months) < _FEWEST_MONTHS:
        return sample.headers, sample.cells, {}
    kept = [n for n, header in enumerate(sample.headers) if header not in months]
    return [sample.headers[n] for n in kept], [sample.cells[n] for n in kept], months


def _month_options(months: Mapping[str, str], sample: _Sample, *, amount: str) -> list[tuple[str, str]]:
    plain = all(period_of(tidy(header))[0] == month for header, month in months.items())
    text = json.dumps(list(months), ensure_ascii=False)
    if not plain:
        pairs = ", ".join(f"{json.dumps(h, ensure_ascii=False)} = {json.dumps(m)}" for h, m in months.items())
        text = f"{{ {pairs} }}"
    unsaid = any("????" in month for month in months.values())
    why = "write the year: nothing says it" if unsaid else "these columns are months and become rows (unpivot)"
    unit = next((u for u in _UNITS if u in sample.said), None)
    found = [(f"months_as_columns = {text}", why)]
    return [*found, *([(f'units.{amount} = "{unit}"', f"the title says {unit}")] if unit else [])]


def _product(found: Mapping[str, Match], headers: list[str], cells: list[list[str]]) -> tuple[str, str] | tuple[()]:
    """Quantity and price a unit, where order lines have no amount and their product is one."""
    if "quantity" not in found or "net_sales" in found:
        return ()
    words = vocabulary()["prices"]["unit_price"]
    scored = [
        (_likeness(header, words), header)
        for header, texts in zip(headers, cells, strict=True)
        if header != found["quantity"].header
        and not _says(header, vocabulary()["not"]["unit_price"])
        and _readable("money", "net_sales", texts)
    ]
    best = max(scored, default=(0.0, ""))
    return (found["quantity"].header, best[1]) if best[0] >= _LIKELY else ()


def _rivals(
    name: str, found: Mapping[str, Match], headers: list[str], cells: list[list[str]]
) -> Mapping[str, tuple[str, ...]]:
    """Other headers that may as well be the money or the date that was chosen."""
    shape, rivals = config.SOURCES[name].columns, {}
    for column, match in found.items():
        if shape[column].kind not in ("money", "date") or not shape[column].required:
            continue
        words = headers_known()[name][column]
        near = [
            header
            for header, texts in zip(headers, cells, strict=True)
            if header != match.header
            and header not in {m.header for m in found.values()}
            and _likeness(header, words) >= _LIKELY
            and _readable(shape[column].kind, column, texts)
        ]
        if near:
            rivals[column] = tuple(near)
    return rivals


def _fit(name: str, headers: list[str], cells: list[list[str]]) -> dict[str, Match]:
    """Our columns of one source to the best of their headers; no header serves two."""
    scored = []
    for order, (column, kind) in enumerate(config.SOURCES[name].columns.items()):
        words = headers_known()[name][column]
        never = vocabulary()["not"].get(column, []) if name == "orders" else []
        for at, header in enumerate(headers):
            score = _likeness(header, words) if not _says(header, never) else 0.0
            if score >= _LIKELY and _readable(kind.kind, column, cells[at]):
                scored.append((-score, not kind.required, order, at, column))
    found: dict[str, Match] = {}
    taken: dict[int, str] = {}
    for minus, _, _, at, column in sorted(scored):
        if column not in found and at not in taken:
            found[column] = Match(headers[at], -minus, tuple(tidy(cell) for cell in cells[at][:_SHOWN]))
            taken[at] = column
    # what is needed and has none takes from what could be done without
    shape = config.SOURCES[name].columns
    for minus, optional, _, at, column in sorted(scored):
        if not optional and column not in found and not shape[taken[at]].required:
            found[column] = Match(headers[at], -minus, found.pop(taken[at]).cells)
            taken[at] = column
    return {column: found[column] for column in config.SOURCES[name].columns if column in found}


def _worth(name: str, found: Mapping[str, Match], said: str, *, months: bool, product: bool) -> float:
    """How well a source fits: what it needs and has, less what it lacks, then what is there beside, and the names.

    A source that needs much and lacks one column fits better than one that has the only one it needs.
    """
    shape = config.SOURCES[name].columns
    given = _given_by_months(name) if months else set()
    given |= {"net_sales"} if product and name == "orders" else set()
    needed = [c for c, kind in shape.items() if kind.required and c not in given]
    has = sum(found[c].score for c in needed if c in found) + len(given) * 0.8
    lacks = len([c for c in needed if c not in found])
    beside = sum(m.score for c, m in found.items() if c not in needed)
    named = max(_likeness(said, [word]) for word in vocabulary()["files"][name])
    if months and not _given_by_months(name):
        return 0.0
    return has - 0.9 * lacks + 0.25 * beside + 1.6 * named if has > 0 else 0.0


def _given_by_months(name: str) -> set[str]:
    try:
        return set(value_column(name))
    except DataError:
        return set()


def _likeness(header: str, words: Sequence[str]) -> float:
    """How much a header is one of these words: 1 where it is the first, less the more it says beside it."""
    return max((_alike(header, word) - 0.002 * min(place, 60) for place, word in enumerate(words)), default=0.0)


@lru_cache(1_000_000)
def _alike(header: str, word: str) -> float:
    """How much a header is this word: wholly, beside others, in a script without blanks, or but for a slip."""
    said, wanted = _parts(header), _parts(word)
    if said == wanted or _joined(header) == _joined(word):
        return _SURE
    if wanted <= said:
        return 0.6 + 0.3 * len(wanted) / len(said)
    if _inside("".join(sorted(wanted)), header):
        return 0.6 + 0.3 * len(word) / len(tidy(header))
    return 0.6 * _nearly(tidy(header).lower(), word)


def _nearly(header: str, word: str) -> bool:
    """Whether a header is a word but for a slip of the pen."""
    if 2 * min(len(header), len(word)) <= _NEAR * (len(header) + len(word)):
        return False
    return difflib.SequenceMatcher(None, header, word).ratio() > _NEAR


def _says(header: str, words: Sequence[str]) -> bool:
    """Whether a header says one of these words; of a tax that is left out ("excl. VAT") it does not speak."""
    said = _parts(header)
    without = bool(said & set(vocabulary()["not"]["without"]))
    taxes = vocabulary()["not"]["taxes"] if without else []
    return any(
        _parts(word) <= said if word.isascii() and word.isalpha() else word in tidy(header)
        for word in words
        if word not in taxes
    )


@lru_cache(50_000)
def _parts(text: str) -> frozenset[str]:
    """The words of a name: at blanks, underscores and capital letters; what stands in brackets is a remark."""
    plain = re.sub(r"[(\[{].*?[)\]}]", " ", tidy(text))
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    words = [_SHORT.get(w, w) for w in re.findall(r"[^\W_]+|#", plain.lower())]
    return frozenset(w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith("ss") else w for w in words)


@lru_cache(50_000)
def _joined(text: str) -> str:
    """The letters and figures of a name without what stands between; a remark in brackets is none of it."""
    plain = re.sub(r"[(\[{（【].*?[)\]}）】]", "", tidy(text))
    return re.sub(r"[\W_]+", "", plain).casefold()


def _inside(word: str, header: str) -> bool:
    """Whether a word of a script without blanks stands in a header."""
    return not word.isascii() and word in tidy(header)


def _readable(kind: str, column: str, cells: Sequence[str]) -> bool:
    """Whether nearly all cells can be read as what the column holds; an empty column fits everything."""
    if kind == "period" and cells and all(re.fullmatch(r"\d{1,2}月?", tidy(text)) for text in cells):
        return False  # a month without its year
    if kind not in _TYPED or not cells:
        return True
    if kind == "date" and all(re.fullmatch(_SHORT_DAY, tidy(text).partition(" ")[0]) for text in cells):
        return True
    return max(_share(kind, column, cells, decimal=mark) for mark in (".", ",")) >= _READABLE


def _share(kind: str, column: str, cells: Sequence[str], *, decimal: str) -> float:
    source = config.SourceFile(path="-", decimal=decimal, units={column: "万元"} if kind == "money" else {})  # type: ignore[arg-type]
    borne = min((c for text in cells for c in currencies_of(text)), default="CNY") if kind == "money" else "CNY"
    read = reader(kind, source=source, column=column, epoch=dt.date(1899, 12, 30), currency=borne, years=True)
    return sum(read(text)[1] in ("", "fixed", "ambiguous_date") for text in cells) / len(cells)


def _options(
    name: str, found: Mapping[str, Match], headers: list[str], cells: list[list[str]], *, semicolons: bool
) -> list[tuple[str, str]]:
    """How days and numbers are written, and in which unit, where that is not the usual way."""
    shape = config.SOURCES[name].columns
    typed = [(c, shape[c].kind, m.header, cells[headers.index(m.header)]) for c, m in found.items()]
    days = [text for _, kind, _, texts in typed if kind == "date" for text in texts]
    options = _day_order(days)
    if name == "targets" and "start" in found and not {"end", "period"} & found.keys():
        options.append(('covers = "until_next"', "a target has a day it begins on, and none it ends on"))
    amounts = [(c, k, texts) for c, k, _, texts in typed if k in ("number", "money", "share") and texts]
    better = any(_share(k, c, t, decimal=",") > _share(k, c, t, decimal=".") for c, k, t in amounts)
    if better or (semicolons and any("," in text for *_, texts in amounts for text in texts)):
        options.append(('decimal = ","', "amounts are written as 1.234,56"))
    for column, kind, header, _ in typed:
        if kind == "money" and (unit := next((u for u in _UNITS if u in header or u[:-1] in header), None)):
            options.append((f'units.{column} = "{unit}"', f"the header is {header}"))
    return options


def _day_order(texts: list[str]) -> list[tuple[str, str]]:
    short = [text for text in texts if re.fullmatch(_SHORT_DAY, tidy(text).partition(" ")[0])]
    unclear = [text for text in texts if day_of(tidy(text))[1] == "ambiguous_date"] or short
    numbers = [re.findall(r"\d+", text) for text in unclear]
    if not unclear:
        return []
    mark = next(c for c in unclear[0] if not c.isdigit())
    day_first = any(int(n[0]) > 12 for n in numbers)
    month_first = any(int(n[1]) > 12 for n in numbers)
    order = "%m{0}%d{0}%Y" if month_first and not day_first else "%d{0}%m{0}%Y"
    order = order.replace("%Y", "%y") if unclear is short else order
    why = "one of the first two numbers is above 12" if day_first != month_first else "nothing tells day from month"
    return [(f'dates = "{order.format(mark)}"', f"{why}; found {unclear[0]}")]
