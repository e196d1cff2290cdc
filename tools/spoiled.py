"""Order files spoiled at random: every line of each is accounted for, or the file is refused in a sentence.

    python -m tools.spoiled [--files N] [--first SEED]

Writes docs/spoiled.md. What a file holds is counted here from its own bytes, by nothing of the package.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from salesplan import config, data
from salesplan.errors import SalesplanError

ROOT = Path(__file__).parent.parent
_SLOW = 60.0
_END = r"\r\n|\n|\r"
_PLAN = """[company]
name = "spoiled"
title = "Spoiled"
currency = "CNY"
[checks]
max_quarantined_rows = 1.0
max_quarantined_amount = 1.0
[sources.orders]
path = "orders.csv"
"""
_HEADER = ["order_id", "line_no", "order_date", "customer_id", "product_id", "category", "region"]
_HEADER += ["customer_group", "channel", "quantity", "net_sales", "memo"]
_MONEY = [
    "50万",
    "n/a",
    "1.234,56",
    "(12.30)",
    "−5.00",
    "1e5",
    "",
    "¥12",
    "12.3.4",
    "十二",
    "NaN",
    "inf",
    "1,2,3",
    "--",
]
_DAYS = [
    "2025-02-30",
    "31/02/2025",
    "",
    "tomorrow",
    "2025-03-04 25:00",
    "45678",
    "2025.1",
    "2025-03-04T10:00+08:00",
    "0",
]
_TEXTS = [
    "=1+1",
    "@SUM(A1)",
    "<b>x</b>",
    "a|b",
    "x" * 70_000,
    "\x07bell",
    "no\u202eitna",
    "合计",
    "Total",
    "NA",
    "nan",
    "'",
]


@dataclass
class Draft:
    """An order file on its way to being spoiled: rows of cells, what stands above them, and how it is written."""

    chance: random.Random
    rows: list[list[str]]
    header: list[str] = field(default_factory=lambda: list(_HEADER))
    titles: list[str] = field(default_factory=list)
    delimiter: str = ","
    encoding: str = "utf-8"
    end: str = "\n"
    after: list[Callable[[str], str]] = field(default_factory=list)
    bytes_after: list[Callable[[bytes], bytes]] = field(default_factory=list)

    def cell(self, column: str, text: str) -> None:
        """Puts a text into a column of some row."""
        if column in self.header:
            self.chance.choice(self.rows)[self.header.index(column)] = text

    @property
    def inner(self) -> int:
        """The line ends that stand inside cells."""
        return sum(len(re.findall(_END, cell)) for row in self.rows for cell in row)

    def written(self) -> bytes:
        """The file's bytes."""
        held = io.StringIO(newline="")
        writer = csv.writer(held, delimiter=self.delimiter, lineterminator=self.end)
        writer.writerows([self.header, *self.rows])
        text = "".join(f"{title}{self.end}" for title in self.titles) + held.getvalue()
        for change in self.after:
            text = change(text)
        content = text.encode(self.encoding, "replace")
        for spoil in self.bytes_after:
            content = spoil(content)
        return content


def clean(chance: random.Random) -> Draft:
    """Some hundred sound order lines of two years."""
    rows = []
    for n in range(chance.randint(80, 400)):
        day = f"{2024 + n % 2}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        who = f"C{chance.randint(0, 17):03d}"
        rows.append(
            [f"O{n:05d}", "1", day, who, f"P{n % 5}", f"kind {n % 3}", chance.choice(["north", "south", "华东"])]
        )
        rows[-1] += ["shops", "direct", str(chance.randint(1, 9)), f"{chance.uniform(1, 900):.2f}", "as usual"]
    return Draft(chance, rows)


def _line(change: Callable[[random.Random, str], str]) -> Callable[[Draft], None]:
    """Spoils some lines below the header, as they are written."""

    def spoil(draft: Draft) -> None:
        at = [draft.chance.random() for _ in range(draft.chance.randint(1, 3))]

        def changed(text: str) -> str:
            lines = text.split(draft.end)
            first = len(draft.titles) + 1
            for share in at:
                n = first + int(share * (len(lines) - first - 1))
                lines[n] = change(draft.chance, lines[n])
            return draft.end.join(lines)

        draft.after.append(changed)

    return spoil


def _at(line: str, chance: random.Random, text: str) -> str:
    n = chance.randint(0, len(line))
    return line[:n] + text + line[n:]


def _cells(column: str, texts: list[str]) -> Callable[[Draft], None]:
    def spoil(draft: Draft) -> None:
        for _ in range(draft.chance.randint(1, 4)):
            draft.cell(column, draft.chance.choice(texts))

    return spoil


def _set(**changes: list[object]) -> Callable[[Draft], None]:
    def spoil(draft: Draft) -> None:
        for name, options in changes.items():
            setattr(draft, name, draft.chance.choice(options))

    return spoil


def _titles(draft: Draft) -> None:
    draft.titles += draft.chance.choice(
        [["Sales of the year"], ["Sales", "printed 2026-01-01"], [f"sep={draft.delimiter}"]]
    )


def _reordered(draft: Draft) -> None:
    order = draft.chance.sample(range(len(draft.header)), len(draft.header))
    draft.header = [draft.header[n] for n in order]
    draft.rows = [[row[n] for n in order] for row in draft.rows]


def _total(draft: Draft) -> None:
    amounts = [row[draft.header.index("net_sales")] for row in draft.rows]
    total = sum((float(a) for a in amounts if re.fullmatch(r"\d+\.\d\d", a)), draft.chance.choice([0.0, 0.0, 5.0]))
    row = ["" for _ in draft.header]
    row[draft.header.index("region")], row[draft.header.index("net_sales")] = "合计", f"{total:.2f}"
    draft.rows.append(row)


def _again(draft: Draft) -> None:
    draft.rows.insert(draft.chance.randint(1, len(draft.rows)), list(draft.header))


def _doubled(draft: Draft) -> None:
    draft.rows += [list(draft.chance.choice(draft.rows)) for _ in range(3)]


def _cut(draft: Draft) -> None:
    share = draft.chance.uniform(0.3, 0.99)
    draft.bytes_after.append(lambda content: content[: int(len(content) * share)])


def _flipped(draft: Draft) -> None:
    at = [draft.chance.random() for _ in range(draft.chance.randint(1, 6))]
    signs = [draft.chance.choice(b"\x00\x01\x80\xe9\xff?Zz0 ") for _ in at]

    def spoil(content: bytes) -> bytes:
        found = bytearray(content)
        for share, sign in zip(at, signs, strict=True):
            n = int(share * len(found))
            found[n] = sign if found[n] not in b"\r\n" else found[n]
        return bytes(found)

    draft.bytes_after.append(spoil)


def _header(draft: Draft) -> None:
    n = draft.chance.randrange(len(draft.header))
    draft.header[n] = draft.chance.choice(
        ["", draft.header[0], draft.header[n].upper(), f" {draft.header[n]} ", "x" * 5000]
    )


SPOILERS: dict[str, Callable[[Draft], None]] = {
    "encoding": _set(encoding=["gb18030", "utf-16", "utf-8-sig", "cp1252", "utf-16-le"]),
    "delimiter": _set(delimiter=[";", "\t", "|"]),
    "line ends": _set(end=["\r\n", "\r", "\n"]),
    "stray quotes": _line(lambda chance, line: _at(line, chance, '"')),
    "two stray quotes": _line(lambda chance, line: _at(_at(line, chance, '"'), chance, '"')),
    "a quoted line end": _cells("memo", ["two\nlines", 'said "so"\nand went', "a\r\nb\r\nc"]),
    "blank lines": _line(lambda _, line: f"\n{line}\n"),
    "a delimiter more": _line(lambda chance, line: _at(line, chance, ",")),
    "a field less": _line(lambda _, line: line.rsplit(",", 1)[0]),
    "titles": _titles,
    "the header again": _again,
    "a total": _total,
    "money": _cells("net_sales", _MONEY),
    "days": _cells("order_date", _DAYS),
    "quantity": _cells("quantity", ["", "-3", "two", "1.5", "1,000"]),
    "keys": _cells("customer_id", ["", "1.0", "0001", "散客", "x" * 300]),
    "texts": _cells("memo", _TEXTS),
    "names": _cells("region", _TEXTS),
    "columns in another order": _reordered,
    "a header spoiled": _header,
    "repeated lines": _doubled,
    "cut off": _cut,
    "bytes": _flipped,
}


def counted(content: bytes, *, delimiter: str, titles: int, inner: int) -> set[int]:
    """How many rows stand below the header, by the bytes alone: by lines, less those inside cells, or by records."""
    mark = next((m for m in (b"\xff\xfe", b"\xfe\xff") if content.startswith(m)), b"")
    text = content.decode("utf-16" if mark else "utf-16-le" if content[1:2] == b"\0" else "latin-1", "replace")
    lines = [line for line in re.split(_END, text) if line.strip(" \t\u3000\ufeff\xef\xbb\xbf")]
    found = {len(lines) - titles - 1, len(lines) - titles - 1 - inner}
    try:
        csv.field_size_limit(10**9)
        records = [r for r in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if any(r)]
        found.add(len(records) - titles - 1)
    except csv.Error:
        pass
    return found


def tried(seed: int, folder: Path) -> tuple[list[str], str, str, float]:
    """What was spoiled in one file, how reading it ended (kept, refused, else), what was said, and the seconds."""
    chance = random.Random(seed)  # noqa: S311
    draft = clean(chance)
    kinds = chance.sample(sorted(SPOILERS), chance.randint(1, 4))
    for kind in sorted(kinds, key=list(SPOILERS).index):
        SPOILERS[kind](draft)
    content = draft.written()
    (folder / "orders.csv").write_bytes(content)
    (folder / "plan.toml").write_text(_PLAN, encoding="utf-8")
    began = time.monotonic()
    try:
        line = data.read(config.load(folder / "plan.toml"), cut_off=None, cache=folder / "cache").reconciliation.iloc[0]
    except SalesplanError as error:
        return kinds, "refused" if "orders" in str(error) else "nameless", str(error), time.monotonic() - began
    except Exception:
        return kinds, "traceback", traceback.format_exc(limit=-3), time.monotonic() - began
    seconds, parts = time.monotonic() - began, ("accepted", "quarantined", "excluded")
    if line["rows_in"] != sum(line[f"rows_{part}"] for part in parts):
        return kinds, "unbalanced", str(line.to_dict()), seconds
    expected = counted(content, delimiter=draft.delimiter, titles=len(draft.titles), inner=draft.inner)
    if line["rows_in"] not in expected:
        return kinds, "lost", f"{line['rows_in']} rows in, counted {sorted(expected)}", seconds
    return kinds, "kept", "", seconds


def main() -> int:
    ask = argparse.ArgumentParser()
    ask.add_argument("--files", type=int, default=1000)
    ask.add_argument("--first", type=int, default=0)
    given = ask.parse_args()
    ends: Counter[str] = Counter()
    by_kind: dict[str, Counter[str]] = {kind: Counter() for kind in SPOILERS}
    slowest = 0.0
    for seed in range(given.first, given.first + given.files):
        with tempfile.TemporaryDirectory() as folder:
            kinds, end, said, seconds = tried(seed, Path(folder))
        end = "slow" if seconds > _SLOW else end
        ends[end] += 1
        slowest = max(slowest, seconds)
        for kind in kinds:
            by_kind[kind][end] += 1
        if end not in ("kept", "refused"):
            print(f"{seed} {kinds}: {end}: {said}", flush=True)
    place = ROOT / "docs" / "spoiled.md"
    place.write_text(table(ends, by_kind, files=given.files, slowest=slowest), encoding="utf-8")
    print(dict(ends))
    return int(set(ends) > {"kept", "refused"} or bool(set(ends) - {"kept", "refused"}))


def table(ends: Counter[str], by_kind: dict[str, Counter[str]], *, files: int, slowest: float) -> str:
    """The document."""
    bad = {"lost": "rows lost or made up", "unbalanced": "sums that do not add up", "traceback": "tracebacks"}
    bad |= {"nameless": "messages that name no source", "slow": "files of more than 60 s"}
    lines = [
        "# Spoiled order files",
        "Made by `make torture`: order files of 80 to 400 lines, each spoiled in one to four ways by a seeded mutator. "
        "Of a file that is read, rows in = accepted + set aside + excluded = the lines counted from its bytes by "
        "nothing of the package; any other is refused in a sentence that names it.",
        "",
        f"{files} files: {ends['kept']} read with every line accounted for, {ends['refused']} refused; "
        + ", ".join(f"{name}: {ends[key]}" for key, name in bad.items())
        + f". The slowest took {slowest:.1f} s.",
        "",
        "| Spoiled by | Files | Read | Refused | Else |",
        "|---|---:|---:|---:|---:|",
    ]
    for kind, found in by_kind.items():
        other = found.total() - found["kept"] - found["refused"]
        lines.append(f"| {kind} | {found.total()} | {found['kept']} | {found['refused']} | {other} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
