"""What a plan document holds, in its order: parts, sections, the finding, table and figures of each."""

from __future__ import annotations

__all__ = ["PARTS", "Contents", "Part", "Section", "collect", "described", "title_of"]

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from salesplan import schemas, tables
from salesplan.config import DIMENSIONS
from salesplan.findings import Finding
from salesplan.words import Words, brief, sentences
from salesplan.workspace import CHAPTERS, Workspace

# The chapters of a plan document, and how the names of what belongs to them begin.
PARTS: dict[str, tuple[str, ...]] = {
    "changes": ("changes",),
    "review": ("review",),
    "swot": ("swot",),
    "targets": ("targets",),
    "strategies": ("strategies", "initiatives", "gap"),
    "execution": ("execution",),
    "appendix": ("data", "lint"),
}
# What is told by these dimensions alone, by how its name begins.
_ABOUT = {
    "strategies/channel/": ("channel",),
    "strategies/market/segments": ("region", "customer_group", "product"),
}
_OF_CHAPTER = dict(zip(CHAPTERS, ("review", "targets", "strategies", "execution"), strict=True))


@dataclass(frozen=True)
class Section:
    """One question answered: its heading, what was found, the tables behind it, its figures by name."""

    name: str
    title: str
    finding: Finding | None
    tables: tuple[str, ...]
    figures: dict[str, Path]


@dataclass(frozen=True)
class Part:
    """One chapter of the plan document."""

    key: str
    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Contents:
    """Everything the faces print, read once."""

    words: Words
    workspace: Workspace
    parts: tuple[Part, ...]
    frames: dict[str, pd.DataFrame]
    definitions: pd.DataFrame | None = None

    @property
    def company(self) -> str:
        """The company's name in the report's language."""
        return tables.legible(self.words.pick(self.workspace.plan.file.company.title))

    @property
    def title(self) -> str:
        """The plan's title."""
        return self.words.say("report_plan_title", company=self.company, year=self.workspace.year)

    @property
    def subtitle(self) -> str:
        """Which facts the plan knows."""
        return self.words.say("report_as_of", date=self.words.date(self.workspace.cut_off))

    @property
    def dated(self) -> dt.datetime:
        """The date that files carry: the cut-off, never the clock."""
        return dt.datetime.combine(self.workspace.cut_off, dt.time())

    @cached_property
    def findings(self) -> dict[str, Finding]:
        """All findings by name."""
        return {s.finding.name: s.finding for p in self.parts for s in p.sections if s.finding}


def collect(workspace: Workspace) -> Contents:
    """Reads what the notebooks of a run saved and puts it in the order of a plan document."""
    absent = set(DIMENSIONS) - set(workspace.plan.file.dimension_columns)
    frames = {n: _present(workspace.table(n), absent) for n in workspace.saved() if not _idle(n, absent)}
    frames = {n: frame for n, frame in frames.items() if _compared(frames) or not n.startswith("changes/")}
    told = [(c, f) for c in CHAPTERS for f in workspace.findings(c) if not _idle(f.name, absent)]
    told = [(c, f) for c, f in told if _compared(frames) or not f.name.startswith("changes/")]
    by_part: dict[str, list[Finding]] = {key: [] for key in PARTS}
    for chapter, finding in told:
        by_part[_part_of(finding.name) or _OF_CHAPTER[chapter]].append(finding)
    drawn = {name: place for name, place in workspace.figures().items() if not _idle(name, absent)}
    figures = _by_section(drawn, [f.name for _, f in told])
    parts = []
    for key in PARTS:
        sections = _sections(key, by_part[key], frames=frames, figures=figures, words=workspace.words)
        parts.append(Part(key, workspace.words.title(f"part/{key}"), sections))
    definitions = workspace.kept("definitions") if workspace.keeps("definitions") else None
    return Contents(_knowing(workspace.words, frames.get("swot/items")), workspace, tuple(parts), frames, definitions)


def _idle(name: str, absent: set[str]) -> bool:
    """Is this section, table or figure only about dimensions that the company does not have?"""
    return any(name.startswith(start) and set(about) <= absent for start, about in _ABOUT.items())


def _compared(frames: dict[str, pd.DataFrame]) -> bool:
    """Is there an earlier publication that this run is held against?"""
    return len(frames.get("changes/bridge", ())) > 0


def _present(frame: pd.DataFrame, absent: set[str]) -> pd.DataFrame:
    """A table without the dimensions that the company does not have."""
    frame = frame.drop(columns=[column for column in frame if column in absent])
    return frame[~frame["dimension"].isin(absent)] if "dimension" in frame and absent else frame


def _knowing(words: Words, items: pd.DataFrame | None) -> Words:
    """Words that call an item of the SWOT by what it claims, where other tables point to it."""
    if items is None:
        return words
    claims = zip(items["item_id"].astype(str), items["claim"].map(brief), strict=True)
    return replace(words, names={**words.names, **dict(claims)})


def title_of(name: str, *, words: Words) -> str:
    """The heading of a section, table or figure: its own title, else the title of the table, else its name in words."""
    for key in (name, f"table/{name}"):
        try:
            return words.title(key)
        except KeyError:
            continue
    last = name.rsplit("/", 1)[-1]
    return tables.heading(last, words=words)


def described(title: str, *, section: Section) -> str:
    """What somebody hears who does not see a chart: its title and the first sentence of what was found."""
    told = f": {sentences(section.finding.text)[0]}" if section.finding else ""
    return tables.legible(title + told)


def _part_of(name: str) -> str:
    return next((key for key, starts in PARTS.items() if name.split("/")[0] in starts), "")


def _by_section(figures: dict[str, Path], names: list[str]) -> dict[str, dict[str, Path]]:
    """Figures under the longest finding name that theirs begins with; under their own name where there is none."""
    found: dict[str, dict[str, Path]] = {}
    for figure, place in figures.items():
        owner = max((n for n in names if figure.startswith(n)), key=len, default=figure)
        found.setdefault(owner, {})[figure] = place
    return found


def _sections(
    key: str,
    findings: list[Finding],
    *,
    frames: dict[str, pd.DataFrame],
    figures: dict[str, dict[str, Path]],
    words: Words,
) -> tuple[Section, ...]:
    """A section per finding; then one per table and per figure of this part that no finding speaks of."""
    sections, shown = [], set()
    for finding in findings:
        beside = [t for t in schemas.COLUMNS if t.startswith(f"{finding.name}_")]
        behind = [t for t in dict.fromkeys((finding.table, finding.name, *beside)) if t in frames and t not in shown]
        shown.update(behind)
        title = title_of(finding.name, words=words)
        sections.append(Section(finding.name, title, finding, tuple(behind), figures.get(finding.name, {})))
    told = {f.name for f in findings}
    left_tables = [t for t in schemas.COLUMNS if t in frames and t not in shown and _part_of(t) == key]
    left_figures = [f for f in figures if f not in told and f not in left_tables and _part_of(f) == key]
    for name in [*left_tables, *left_figures]:
        own = (name,) if name in left_tables else ()
        title = words.title(f"table/{name}") if own else title_of(name, words=words)
        sections.append(Section(name, title, None, own, figures.get(name, {})))
    return tuple(sections)
