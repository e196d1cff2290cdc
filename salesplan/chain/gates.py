"""What must hold before a run is shown to anyone: contracts, sums, secrets, active content, files that open."""

from __future__ import annotations

__all__ = ["check", "secrets_of"]

import html
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan import config, data, schemas
from salesplan.errors import ChainError
from salesplan.stats import cents

_CREDENTIALS = re.compile(rb"://(?<=[A-Za-z0-9+.-]://)[^\s/:@\"'<>]{1,80}:[^\s/@\"'<>]{1,80}@")
_PACKED = {".docx", ".xlsx"}
_CONTACT = re.compile(r"(^|_)(e_?mail|phone|mobile|wechat|address|contact|id_card|id_number|birth_?date)($|_)")
# What the libraries write where nobody is named, and what the plan's own faces write.
_NEUTRAL = {"openpyxl", "python-docx", "salesplan"}
_MAIL = r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}"
_AUTHOR = re.compile(r"<(dc:creator|cp:lastModifiedBy)>([^<]+)<")


def check(
    folder: Path, *, plan: config.Plan, private: Iterable[str] = (), before: pd.DataFrame | None = None
) -> list[dict[str, Any]]:
    """Every gate of a staged run, passed; raises ChainError with all that does not hold.

    private: texts, such as the machine's own paths, that may stand in no output. before: what came in for the run
    published last (form data/reconciliation).
    """
    gates: dict[str, Callable[[], list[str]]] = {
        "tables follow the contract": lambda: _contract(folder),
        "reconciliation adds up": lambda: _reconciliation(folder),
        "deliveries are whole": lambda: _whole_deliveries(folder, plan=plan, before=before),
        "goals add up": lambda: _allocation(folder),
        "no secret in any output": lambda: _leaks(folder, plan=plan, private=private),
        "nobody is disclosed": lambda: _disclosure(folder, plan=plan),
        "no active content": lambda: _active(folder),
        "every file opens": lambda: _opens(folder),
    }
    found = {name: gate() for name, gate in gates.items()}
    if wrong := [f"{name}: {text}" for name, texts in found.items() for text in texts]:
        raise ChainError("Not published. " + "; ".join(wrong[:20]))
    return [{"name": name, "passed": True} for name in gates]


def secrets_of(plan: config.Plan) -> list[str]:
    """The values that may not be published: each source's database URL, and the passwords and file names in it."""
    values = [os.environ.get(source.url_env or "", "") for source in plan.file.sources.values()]
    return sorted({text for value in values for text in data.secrets(value) if len(text) >= 4})


def _tables(folder: Path) -> dict[str, Path]:
    base = folder / "tables"
    return {p.relative_to(base).with_suffix("").as_posix(): p for p in sorted(base.rglob("*.parquet"))}


def _contract(folder: Path) -> list[str]:
    there = _tables(folder)
    found = [problem for name, place in there.items() for problem in schemas.problems(name, pd.read_parquet(place))]
    return found if there else ["no table was saved"]


def _reconciliation(folder: Path) -> list[str]:
    place = _tables(folder).get("data/reconciliation")
    if place is None:
        return ["data/reconciliation was not saved"]
    found = []
    for row in pd.read_parquet(place).to_dict("records"):
        name = row["source"]
        for kind, exact in (("rows", int), ("amount", _whole)):
            given, *parts = (exact(row[f"{kind}_{p}"]) for p in ("in", "accepted", "quarantined", "excluded"))
            if given != sum(parts):
                found.append(f"{name}: {kind} in {given} is not {' + '.join(map(str, parts))}")
    return found


def _whole_deliveries(folder: Path, *, plan: config.Plan, before: pd.DataFrame | None) -> list[str]:
    place = _tables(folder).get("data/reconciliation")
    return data.check_fall(pd.read_parquet(place), before, checks=plan.file.checks) if place is not None else []


def _allocation(folder: Path) -> list[str]:
    there = _tables(folder)
    if not {"targets/topline", "targets/segments", "targets/cells"} <= there.keys():
        return []
    topline, segments, cells = (pd.read_parquet(there[f"targets/{n}"]) for n in ("topline", "segments", "cells"))
    chosen = topline.loc[topline["chosen"].astype(bool), "amount"]
    if len(chosen) != 1:
        return [f"targets/topline: {len(chosen)} bases are chosen; exactly one has to be"]
    goal = _whole(chosen.iloc[0])
    found = {"targets/cells": cents(cells["target"].fillna(0)).sum()}
    for (dimension, level), group in segments.groupby(["dimension", "level"]):
        found[f"targets/segments {dimension} by {level}"] = cents(group["target"].fillna(0)).sum()
    return [
        f"{name} sums to {total / 100:.2f}, the goal is {goal / 100:.2f}"
        for name, total in found.items()
        if total != goal
    ]


def _whole(amount: Any) -> int:
    return 0 if pd.isna(amount) else int(cents(float(amount)))


def _leaks(folder: Path, *, plan: config.Plan, private: Iterable[str]) -> list[str]:
    wanted = {form for text in (*secrets_of(plan), *private) for form in _spellings(text)}
    found = []
    for place in sorted(p for p in folder.rglob("*") if p.is_file()):
        for content in _contents(place):
            if _CREDENTIALS.search(content) or any(text in content for text in wanted):
                found.append(f"{place.relative_to(folder).as_posix()} holds a secret or a private path")
                break
    return found


def _spellings(text: str) -> set[bytes]:
    return {text.encode("utf-8"), json.dumps(text)[1:-1].encode("ascii")}


def _contents(place: Path) -> Iterator[bytes]:
    """What a reader could find in a file: its bytes, its parts where it is packed, its texts where it is a table."""
    if place.suffix in _PACKED and zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as packed:
            yield from (packed.read(name) for name in packed.namelist())
    elif place.suffix == ".parquet":
        table = pd.read_parquet(place)
        for column in table.select_dtypes(include=["object", "string"]):
            yield "\n".join(table[column].dropna().astype(str).unique()).encode("utf-8")
    else:
        yield place.read_bytes()


def _disclosure(folder: Path, *, plan: config.Plan) -> list[str]:
    """People's contact details in a table; authors' names, other than the company's, in an office file."""
    company = plan.file.company.title
    neutral = _NEUTRAL | set(company.values() if isinstance(company, dict) else [company])
    found = []
    for name, place in _tables(folder).items():
        table = pd.read_parquet(place)
        found += [f"{name}: column {c!r} holds contact details" for c in table.columns if _CONTACT.search(str(c))]
        for column in table.select_dtypes(include=["object", "string"]):
            if table[column].dropna().astype(str).str.fullmatch(_MAIL).any():
                found.append(f"{name}: column {column!r} holds e-mail addresses")
    for place in sorted(p for p in folder.rglob("*") if p.suffix in _PACKED and zipfile.is_zipfile(p)):
        found += [f"{place.name} names its author {who!r}" for who in _authors(place) if who not in neutral]
    return found


def _authors(place: Path) -> list[str]:
    with zipfile.ZipFile(place) as packed:
        core = packed.read("docProps/core.xml").decode("utf-8") if "docProps/core.xml" in packed.namelist() else ""
    return [html.unescape(who) for _, who in _AUTHOR.findall(core)]


class _Page(HTMLParser):
    """Collects what in a page could run, or fetch something from elsewhere."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "base"):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            plain = re.sub(r"[\s\x00-\x1f]", "", value or "").lower()
            if name.startswith("on"):
                self.found.append(f"{tag} {name}")
            links = name in ("src", "href", "xlink:href", "action", "formaction", "data", "poster", "srcset")
            if links and plain.startswith(("http:", "https:", "//", "javascript:", "file:", "ftp:")):
                self.found.append(f"{tag} {name}={plain[:40]}")
            if name == "style" and re.search(r"url\((?![\"']?(data:|#))", plain):
                self.found.append(f"{tag} style={plain[:40]}")


def _active(folder: Path) -> list[str]:
    found = []
    for place in sorted(folder.rglob("*.html")):
        found += [f"{place.name}: {what}" for what in _active_in(place.read_text(encoding="utf-8"))]
    for place in sorted(folder.glob("notebooks/*.ipynb")):
        cells = json.loads(place.read_text(encoding="utf-8"))["cells"]
        pages = [
            o["data"]["text/html"] for c in cells for o in c.get("outputs", []) if "text/html" in o.get("data", {})
        ]
        found += [f"{place.name}: {what}" for page in pages for what in _active_in("".join(page))]
    for place in sorted(p for p in folder.rglob("*") if p.suffix in _PACKED and zipfile.is_zipfile(p)):
        found += [f"{place.name}: {what}" for what in _outside_links(place)]
    return found


def _active_in(text: str) -> list[str]:
    page = _Page()
    page.feed(text)
    if re.search(r"@import|url\(\s*[\"']?\s*(https?:|//)", text, flags=re.IGNORECASE):
        page.found.append("a style sheet from elsewhere")
    return sorted(set(page.found))[:5]


def _outside_links(place: Path) -> list[str]:
    with zipfile.ZipFile(place) as packed:
        names = packed.namelist()
        rels = [n for n in names if n.endswith(".rels") and b'TargetMode="External"' in packed.read(n)]
    return [f"{n} refers to something outside" for n in rels] + [n for n in names if "vbaProject" in n]


def _opens(folder: Path) -> list[str]:
    found = [
        f"{name}: not written" for name in ("report.html", "plan.docx", "plan.xlsx") if not (folder / name).is_file()
    ]
    readers: dict[str, Callable[[Path], object]] = {
        ".docx": _open_word,
        ".xlsx": _open_excel,
        ".json": lambda p: json.loads(p.read_text(encoding="utf-8")),
        ".ipynb": lambda p: json.loads(p.read_text(encoding="utf-8"))["cells"],
        ".png": _open_picture,
        ".html": lambda p: p.read_text(encoding="utf-8").index("<html"),
    }
    for place in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in readers):
        try:
            readers[place.suffix](place)
        except Exception as error:
            found.append(f"{place.relative_to(folder).as_posix()} does not open: {type(error).__name__}")
    return found


def _open_word(place: Path) -> None:
    import docx

    docx.Document(str(place))


def _open_excel(place: Path) -> None:
    import openpyxl

    openpyxl.load_workbook(place, read_only=True).close()


def _open_picture(place: Path) -> None:
    raw = place.read_bytes()
    if not raw.startswith(b"\x89PNG\r\n\x1a\n") or b"IEND" not in raw[-16:]:
        raise ValueError("not a whole picture")
