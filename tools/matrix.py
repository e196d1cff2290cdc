"""Companies that lack what is optional, or have an odd shape: each is published or refused by ``check``, never else.

    python -m tools.matrix [--pairs N] [--workers N] [NAME …]

Writes docs/matrix.md where no names are given. Each company's notebooks run in one process, their charts drawn and not
rendered.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, islice
from multiprocessing import get_context
from pathlib import Path
from unittest import mock

import nbformat
import pandas as pd

from salesplan import chain, config, plots
from salesplan.errors import SalesplanError
from salesplan.words import LANGUAGES
from salesplan.workspace import CHAPTERS
from tests.any_company import Company, any_company, optional_columns
from tests.said import Page, heard
from tests.sentences import Reading, read

ROOT = Path(__file__).parent.parent
_CODE: dict[str, list[tuple[str, bool]]] = {}


@dataclass(frozen=True)
class Outcome:
    """What became of a company: "published", "refused: …" by check, or what else happened, in one line.

    read: what its sentences were held against, where it was published.
    """

    name: str
    ended: str
    seconds: float
    read: Reading


def outcome(company: Company, folder: Path, *, name: str = "", language: str = "en") -> Outcome:
    """Checks a company, runs it and reads what it says in one language."""
    began, reading = time.monotonic(), Reading()
    place = company.write(folder)
    kept = mock.patch.dict(os.environ, {"SALESPLAN_CACHE": str(folder / "cache")})
    with kept, mock.patch.object(plots.Chart, "png", return_value=b""), heard() as told:
        ended = _checked(place, company.as_of) or _ran(place, company.as_of, folder / "out", language=language)
    if not ended:
        reading = read(Page(folder / "out"), told, inputs=folder)
        faults = [*reading.false, *(f"no rule reads {key}" for key in sorted(reading.unread))]
        ended = f"FALSE ({len(faults)}) {faults[0]}" if faults else "published"
    return Outcome(name, ended, time.monotonic() - began, reading)


def _checked(plan: Path, as_of: str) -> str:
    try:
        list(chain.check(plan, as_of=as_of))
    except SalesplanError as error:
        return f"refused: {error}"
    except Exception as error:
        return f"CHECK {_where(error)}"
    return ""


def _ran(plan: Path, as_of: str, out: Path, *, language: str) -> str:
    try:
        run(plan, as_of, out, language=language)
    except Exception as error:
        return f"RUN {_where(error)}"
    return ""


def _where(error: BaseException) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/salesplan/" in f.filename]
    at = f"{Path(frames[-1].filename).relative_to(ROOT)}:{frames[-1].lineno}" if frames else "?"
    cell = next((f.filename for f in traceback.extract_tb(error.__traceback__) if f.filename in CHAPTERS), "")
    return f"{cell} {at} {type(error).__name__}: {str(error)[:200]}"


def run(plan: Path, as_of: str, out: Path, *, language: str = "en") -> None:
    """The cells of the four notebooks, in this process, into a folder."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.chdir(ROOT):
        for chapter in CHAPTERS:
            scope: dict[str, object] = {"__name__": chapter}
            for code, gives in _cells(chapter):
                exec(compile(code, chapter, "exec"), scope)  # noqa: S102
                scope |= {"plan": str(plan), "as_of": as_of, "folder": str(out), "language": language} if gives else {}


def _cells(chapter: str) -> list[tuple[str, bool]]:
    if chapter not in _CODE:
        notebook = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4)
        _CODE[chapter] = [
            (c.source, "parameters" in c.metadata.get("tags", [])) for c in notebook.cells if c.cell_type == "code"
        ]
    return _CODE[chapter]


def companies() -> Iterator[tuple[str, Company]]:
    """Every company of the matrix with its name, those that need no pairs first."""
    whole = any_company()
    yield "whole", whole
    sources = [s for s in whole.frames if s != "orders"]
    yield "orders alone", Company({"orders": whole.frames["orders"]}, whole.as_of)
    for source in sources:
        yield f"without {source}", whole.without(source)
        yield f"orders and {source} alone", Company({s: whole.frames[s] for s in ("orders", source)}, whole.as_of)
    for source, column in optional_columns(whole, _required()):
        yield f"without {source}.{column}", whole.without(source, column)
    yield from _histories()
    yield from _grids(whole)
    yield from _shapes(whole)


def pairs() -> Iterator[tuple[str, Company]]:
    """The same with two things taken away at once."""
    whole = any_company()
    things = [(s, "") for s in whole.frames if s != "orders"]
    things += optional_columns(whole, _required())
    for one, other in combinations(things, 2):
        if one[0] != other[0] or (one[1] and other[1]):
            yield (
                f"without {'.'.join(filter(None, one))}, {'.'.join(filter(None, other))}",
                whole.without(*one).without(*other),
            )


def _required() -> dict[str, set[str]]:
    return {name: {c for c, k in shape.columns.items() if k.required} for name, shape in config.SOURCES.items()}


def _histories() -> Iterator[tuple[str, Company]]:
    for months in (1, 2, 3, 5, 6, 7, 9, 10, 12, 14, 18, 24, 26, 30):
        first = str(pd.Period("2025-12", "M") - months + 1)
        yield f"{months} months", any_company(first=first, months=months)
    for last in ("2025-03", "2025-06", "2025-09"):
        for months in (3, 6, 9, 15, 27, 33):
            first = str(pd.Period(last, "M") - months + 1)
            yield f"{months} months to {last}", any_company(first=first, months=months)


def _grids(whole: Company) -> Iterator[tuple[str, Company]]:
    """Delivered targets in each usual grid."""
    for dims in (
        ["region"],
        ["channel"],
        ["category"],
        ["region", "category"],
        ["region", "channel", "category"],
        ["rep_id"],
        [],
    ):
        for level in ("year", "quarter", "month"):
            yield f"targets by {'+'.join(dims) or 'total'} and {level}", with_targets(whole, dims, level)
    both = with_targets(whole, ["region"], "year").frames["targets"]
    total = with_targets(whole, [], "year").frames["targets"]
    yield "targets by region and the total", whole.changed("targets", lambda _: pd.concat([both, total]))
    split = pd.concat([both, with_targets(whole, ["category"], "quarter").frames["targets"]])
    yield "targets by region a year, by category a quarter", whole.changed("targets", lambda _: split)
    cut = both.assign(start=lambda t: t["period"] + "-01-01", end=lambda t: t["period"] + "-06-30").drop(
        columns="period"
    )
    rest = both.assign(start=lambda t: t["period"] + "-07-01", end=lambda t: t["period"] + "-12-31").drop(
        columns="period"
    )
    yield "targets of half years", whole.changed("targets", lambda _: pd.concat([cut, rest]))
    yield (
        "targets of the coming year",
        whole.changed("targets", lambda t: pd.concat([t, t.assign(period=t["period"].str.replace("2025", "2026"))])),
    )
    for metric in ("gross_margin", "collection_rate", "new_customers"):
        more = pd.DataFrame(
            {"dimension": ["total"], "member": ["total"], "period": ["2026"], "target": [10], "metric": [metric]}
        )
        yield f"targets of {metric}", whole.changed("targets", lambda t, more=more: pd.concat([t, more]))


def with_targets(whole: Company, dims: list[str], level: str) -> Company:
    """The company with targets 5 % above its sales, by these dimensions and per year, quarter or month."""
    orders = whole.frames["orders"]
    day = pd.to_datetime(orders["order_date"])
    label = {"year": day.dt.strftime("%Y"), "month": day.dt.strftime("%Y-%m")}.get(level)
    label = day.dt.year.astype(str) + "Q" + day.dt.quarter.astype(str) if label is None else label
    sums = orders.assign(period=label).groupby([*dims, "period"])["net_sales"].sum().mul(1.05).round(2)
    return whole.changed("targets", lambda _: sums.rename("target").reset_index())


def _shapes(whole: Company) -> Iterator[tuple[str, Company]]:
    def orders(change):
        return whole.changed("orders", change)

    alone = Company({"orders": whole.frames["orders"]}, whole.as_of)
    for name, base in (("", whole), (" (orders alone)", alone)):
        yield f"one product{name}", _one(base, "product_id", "P0", category="cookware")
        yield f"one customer{name}", _one(base, "customer_id", "C00", region="north", customer_group="key")
        yield f"one region{name}", _one(base, "region", "north")
        yield f"nobody in particular{name}", _one(base, "customer_id", "")
        yield f"all zero{name}", base.changed("orders", lambda t: t.assign(net_sales=0, cost=0))
        yield f"no quantity{name}", base.changed("orders", lambda t: t.assign(quantity=0))
        yield f"equal years{name}", base.changed("orders", equal_years)
        yield (
            f"constant days{name}",
            base.changed(
                "orders",
                lambda t: t.drop_duplicates("order_date").assign(net_sales=100, quantity=1, discount=0, cost=60),
            ),
        )
        yield f"all returns in one month{name}", base.changed("orders", _returns)
        yield f"ended in June{name}", base.changed("orders", lambda t: t[t["order_date"] <= "2025-11-20"])
        yield f"a gap of a year{name}", base.changed("orders", lambda t: t[~t["order_date"].str.startswith("2024")])
        yield (
            f"one line a month{name}",
            base.changed("orders", lambda t: t.drop_duplicates(keep="first", subset="order_date").iloc[::30]),
        )
        for dims in (
            ("product",),
            ("region",),
            ("customer_group",),
            ("channel",),
            ("product", "region", "customer_group", "channel"),
        ):
            yield f"no {'+'.join(dims)}{name}", replace(base, dimensions=dims)
        for odd in (
            "A=B",
            "A|B",
            "A, B",
            "A;B",
            "A & B",
            "50%",
            "<b>x</b>",
            "total",
            "all",
            "Total",
            "合计",
            "$x^2$",
            "'",
            "a/b",
            "unassigned",
            "NA",
            "None",
            "{x}",
            "nan",
            "true",
            "1",
        ):
            yield f"a region called {odd}{name}", renamed(base, odd)
    for calendar in (
        'calendar = "4-4-5"',
        "fiscal_year_start = 4",
        'calendar = "5-4-4"\nfiscal_year_start = 2',
        'unit = 1\nlanguages = ["zh", "en"]',
    ):
        yield f"with {calendar!r}", replace(whole, company=calendar)


def _one(base: Company, column: str, value: str, **more: str) -> Company:
    return base.changed("orders", lambda t: t.assign(**{column: value}, **more))


def renamed(base: Company, odd: str) -> Company:
    """The company whose region north bears another name, in every source."""
    found = base
    for source, frame in base.frames.items():
        for column in ("region", "member"):
            if column in frame:
                found = found.changed(source, lambda t, c=column: t.assign(**{c: t[c].replace("north", odd)}))
    return found


def equal_years(table: pd.DataFrame) -> pd.DataFrame:
    """Order lines of 2025, and the same in the two years before."""
    year = table[table["order_date"].str.startswith("2025")]
    parts = [
        year.assign(order_date=year["order_date"].str.replace("2025", str(y)), order_id=year["order_id"] + f"-{y}")
        for y in (2023, 2024, 2025)
    ]
    return pd.concat(parts, ignore_index=True)


def _returns(table: pd.DataFrame) -> pd.DataFrame:
    here = table["order_date"].str.startswith("2025-06")
    return table.assign(
        quantity=table["quantity"].where(~here, -table["quantity"]),
        net_sales=table["net_sales"].where(~here, -table["net_sales"]),
        cost=table["cost"].where(~here, -table["cost"]) if "cost" in table else None,
        order_type="sale" if not here.any() else pd.Series("sale", table.index).where(~here, "return"),
    )


def told(these: Iterable[tuple[str, Company]], *, part: int = 1, parts: int = 1) -> Iterator[Outcome]:
    """The outcome of every ``parts``-th company, from the ``part``-th on; every second one speaks Chinese."""
    yield from map(_told, islice(enumerate(these), part - 1, None, parts))


def _told(numbered: tuple[int, tuple[str, Company]]) -> Outcome:
    number, (name, company) = numbered
    with tempfile.TemporaryDirectory() as folder:
        return outcome(company, Path(folder), name=name, language=LANGUAGES[number % len(LANGUAGES)])


def document(found: dict[str, list[Outcome]]) -> str:
    """The document: of each group of companies how many were published, refused by check, and what else happened."""
    lines = [
        "# Whatever is optional may be absent",
        "Made by `make matrix`: a small company (three years, few lines, every source) that lacks a source or a column, "
        "gets its targets in another grid, has another history or an odd shape; and pairs of what is taken away, drawn "
        "at random of all. The cells of the four notebooks run for each. A company is published, or refused by "
        "`check` with reason and remedy before anything is computed.",
        "",
        "| Companies | Number | Published | Refused by check | Else | Slowest [s] |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for group, rows in found.items():
        kinds = [_kind(row.ended) for row in rows]
        published, refused = kinds.count("published"), kinds.count("refused")
        other, slowest = len(rows) - published - refused, max(row.seconds for row in rows)
        lines.append(f"| {group} | {len(rows)} | {published} | {refused} | {other} | {slowest:.0f} |")
    every = [row for rows in found.values() for row in rows]
    lines += ["", *_read_in(every), "", "Refused were:", ""]
    refusals = sorted((row.name, row.ended.removeprefix("refused: ")) for row in every if _kind(row.ended) == "refused")
    return "\n".join([*lines, *(f"- {name}: {why}" for name, why in refusals)]) + "\n"


def _read_in(rows: list[Outcome]) -> list[str]:
    """What was read in the published ones."""
    sums = {what: sum(getattr(row.read, what) for row in rows) for what in ("sentences", "numbers", "comparisons")}
    false = sum(len(row.read.false) for row in rows)
    speaking = sum(row.read.sentences > 0 for row in rows)
    return [
        f"Every sentence of {speaking} published companies was read, every second company's in Chinese: "
        f"{sums['sentences']:,} sentences, {sums['numbers']:,} numbers and {sums['comparisons']:,} comparisons (sign, "
        f"order, largest, more than) were held against the table that they rest on. False were {false}."
    ]


def _kind(ended: str) -> str:
    return ended.partition(":")[0].partition(" ")[0]


def main() -> int:
    ask = argparse.ArgumentParser()
    ask.add_argument("--pairs", type=int, default=200)
    ask.add_argument("--every", type=int, default=1, help="only every so manieth company")
    ask.add_argument("--workers", type=int, default=os.cpu_count())
    ask.add_argument("names", nargs="*")
    given = ask.parse_args()
    drawn = random.Random(1).sample(sorted(pairs()), given.pairs)  # noqa: S311
    groups = {"one thing absent or odd": list(companies())[:: given.every], "two things absent": drawn}
    found: dict[str, list[Outcome]] = {}
    with get_context("spawn").Pool(given.workers, maxtasksperchild=20) as pool:
        for group, these in groups.items():
            wanted = [one for one in enumerate(these) if one[1][0] in given.names or not given.names]
            for one in pool.imap(_told, wanted) if wanted else ():
                found.setdefault(group, []).append(one)
                print(
                    f"{one.name} [{one.seconds:.1f} s]: {one.ended[:400]}", *one.read.false[1:9], sep="\n  ", flush=True
                )
    if not given.names:
        (ROOT / "docs" / "matrix.md").write_text(document(found), encoding="utf-8")
    return int(any(_kind(row.ended) not in ("published", "refused") for rows in found.values() for row in rows))


if __name__ == "__main__":
    sys.exit(main())
