"""The only hand-off between notebooks: tables, findings and figures of one run, in one folder."""

from __future__ import annotations

__all__ = ["CHAPTERS", "Workspace", "find_root", "open"]

import datetime as dt
import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan import config, schemas
from salesplan.errors import ChainError, PlanFileError, nearest
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar, parse_quarter
from salesplan.words import Words, words

CHAPTERS = ("01_review_swot", "02_target_system", "03_strategies", "04_execution_plan")


def find_root(start: Path | None = None) -> Path:
    """The workbook's folder: the nearest one above ``start`` that holds ``notebooks/01_review_swot.ipynb``."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "notebooks" / f"{CHAPTERS[0]}.ipynb").is_file():
            return folder
    raise ChainError(
        f"{here} is in no sales planning workbook (no notebooks/{CHAPTERS[0]}.ipynb above it). "
        "Change into one, or make one: salesplan init DIR."
    )


@dataclass(frozen=True)
class Workspace:
    """One run's folder and everything that is known before its first number.

    plan: the checked plan. as_of: the last closed quarter. folder: where tables, findings and figures go. published:
    where a draft finds what it has not made itself.
    """

    plan: config.Plan
    as_of: str
    folder: Path
    language: str
    seed: int
    chapter: str = ""
    published: Path | None = None
    _names: dict[str, str] = field(default_factory=dict, repr=False)
    _written: list[str] = field(default_factory=list, repr=False)
    _findings: list[Finding] = field(default_factory=list, repr=False)

    @property
    def calendar(self) -> FiscalCalendar:
        """The company's fiscal calendar."""
        return FiscalCalendar(**self.plan.file.calendar.model_dump())

    @property
    def words(self) -> Words:
        """What everything is called in the run's language, members by the labels that were delivered."""
        return words(self.language, currency=self.plan.file.company.currency, names=self._names)

    def learn(self, labels: pd.DataFrame | None) -> Words:
        """Takes in what members are called (dimension, member, language, label) for this notebook and the report."""
        if labels is not None:
            own = labels[labels["language"] == self.language]
            self._names.update(zip(own["member"].astype(str), own["label"].astype(str), strict=True))
            self.keep("labels", labels[["dimension", "member", "language", "label"]])
        return self.words

    @property
    def cut_off(self) -> dt.date:
        """The last day that exists for this run."""
        return self.calendar.bounds(self.as_of)[1]

    @property
    def year(self) -> str:
        """The fiscal year that is planned: the one that holds the day after the cut-off."""
        return self.calendar.plan_year(self.as_of)

    @property
    def reviewed_year(self) -> str:
        """The fiscal year that is reviewed: the one that ``as_of`` lies in."""
        return self.calendar.year_of(self.as_of)

    @property
    def cache(self) -> Path:
        """Where checked sources are kept between the notebooks of one plan."""
        if outputs := os.environ.get("SALESPLAN_CACHE"):
            return Path(outputs)
        return find_root() / "outputs" / self.plan.name / ".cache"

    def save(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """Publishes a table under its contract name and returns it; refuses what the contract does not allow."""
        if found := schemas.problems(name, table):
            raise ChainError("; ".join(found))
        place = self._place("tables", name, ".parquet")
        plain = table.reset_index(drop=True)
        plain.attrs = {}
        plain.to_parquet(place, engine="pyarrow", index=False, compression="zstd")
        self._written.append(f"tables/{name}.parquet")
        return table

    def table(self, name: str) -> pd.DataFrame:
        """A table that an earlier section or notebook saved; says which notebook to run where it is not there."""
        place = self._made("tables", name)
        if place is None:
            there = [p.relative_to(self.folder / "tables").with_suffix("").as_posix() for p in self._saved()]
            raise ChainError(
                f"table {name!r} has not been saved in {self.folder}.{nearest(name, there) if there else ''} "
                "Run the earlier notebooks of this quarter first."
            )
        return pd.read_parquet(place)

    def has(self, name: str) -> bool:
        """Has this table been saved in this run?"""
        return (self.folder / "tables" / f"{name}.parquet").is_file()

    def keep(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Hands a frame that is not published (sample paths, …) to a later notebook; returns it."""
        frame.reset_index(drop=True).to_parquet(self._place("kept", name, ".parquet"), index=False)
        self._written.append(f"kept/{name}.parquet")
        return frame

    def kept(self, name: str) -> pd.DataFrame:
        """A frame that an earlier notebook kept for this one."""
        place = self._made("kept", name)
        if place is None:
            raise ChainError(
                f"{name!r} was not kept in {self.folder}. Run the earlier notebooks of this quarter first."
            )
        return pd.read_parquet(place)

    def head(self, name: str, finding: Finding, *, period: str = "", sentence: int = 0) -> str:
        """The lines over the chart ``name``: a sentence of the finding, what is measured, and the period looked at."""
        ahead = self.chapter in (CHAPTERS[1], CHAPTERS[3])
        looked = self.year if ahead else self.words.say("chart_until", month=self.calendar.months(self.as_of)[-1])
        return self.words.head(name, message=finding.text, period=period or looked, sentence=sentence)

    def tell(self, finding: Finding) -> Finding:
        """Hands a finding to the report; returns it, so that the notebook shows it."""
        self._findings[:] = [f for f in self._findings if f.name != finding.name] + [finding]
        return finding

    def draw(self, name: str, axes: Any) -> Any:
        """Saves the figure of ``axes`` for the report as picture and drawing; returns the figure for the notebook."""
        figure = axes.figure if hasattr(axes, "figure") else axes
        self._place("figures", name, ".png").write_bytes(figure.png())
        figure.savefig(self._place("figures", name, ".svg"), metadata={"Date": None, "Creator": None})
        self._written.extend(f"figures/{name}{suffix}" for suffix in (".png", ".svg"))
        return figure

    def close(self) -> str:
        """Ends a notebook: writes its findings, then the sentinel that proves it came to its end."""
        findings = [_as_json(f) for f in self._findings]
        self._write_json("findings", {"chapter": self.chapter, "findings": findings})
        outputs = {name: _sha256(self.folder / name) for name in sorted(set(self._written))}
        checks = [c for f in findings for c in f["checks"]]
        self._write_json("sentinels", {"chapter": self.chapter, "outputs": outputs, "checks": checks})
        return f"{self.chapter}: {len(outputs)} files, {len(findings)} findings"

    def findings(self, chapter: str) -> list[Finding]:
        """What a chapter told, in its order."""
        place = self.folder / "findings" / f"{chapter}.json"
        rows = json.loads(place.read_text(encoding="utf-8"))["findings"] if place.is_file() else []
        return [
            Finding(r["name"], r["text"], r["table"], tuple(Check(**c) for c in r["checks"]), tuple(r["sources"]))
            for r in rows
        ]

    def figures(self) -> dict[str, Path]:
        """Every figure drawn in this run: name to its picture (.png; a .svg of the same name lies beside it)."""
        base = self.folder / "figures"
        return {p.relative_to(base).with_suffix("").as_posix(): p for p in sorted(base.rglob("*.png"))}

    def saved(self) -> list[str]:
        """The names of all tables saved in this run, in the order of the contract."""
        there = {p.relative_to(self.folder / "tables").with_suffix("").as_posix() for p in self._saved()}
        return [name for name in schemas.COLUMNS if name in there]

    def _made(self, kind: str, name: str) -> Path | None:
        """Where a frame lies: in this run's folder, else in what is published of the same quarter."""
        folders = [self.folder, *([self.published] if self.published else [])]
        places = [folder / kind / f"{name}.parquet" for folder in folders]
        return next((place for place in places if place.is_file()), None)

    def _saved(self) -> list[Path]:
        return sorted((self.folder / "tables").rglob("*.parquet"))

    def _place(self, kind: str, name: str, suffix: str) -> Path:
        place = self.folder / kind / f"{name}{suffix}"
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def _write_json(self, kind: str, content: dict[str, Any]) -> None:
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        self._place(kind, self.chapter, ".json").write_text(text + "\n", encoding="utf-8")


def open(
    plan: str, *, as_of: str, chapter: str, language: str = "", folder: str = "", seed: int | None = None
) -> Workspace:
    """The workspace of one notebook of one run.

    plan: path of the plan file, from the workbook's folder or absolute. as_of: the last closed fiscal quarter.
    language: "en", "zh" or "" for the plan's own. folder: where a run stages its files; "" means the analyst's own
    draft, ``outputs/<plan>/draft/<as_of>``. seed: None means the plan's.
    """
    if chapter not in CHAPTERS:
        raise ValueError(f"chapter {chapter!r} is none of {', '.join(CHAPTERS)}")
    place = Path(plan) if Path(plan).is_absolute() else find_root() / plan
    loaded = config.load(place)
    head = loaded.file.company
    quarter = parse_quarter(as_of)
    tongue = language or head.languages[0]
    if tongue not in ("en", "zh"):
        raise PlanFileError(f"language {tongue!r} is not one of en, zh.")
    base = None if folder else find_root() / "outputs" / loaded.name
    where = Path(folder) if base is None else base / "draft" / quarter
    where.mkdir(parents=True, exist_ok=True)
    published = None if base is None else base / quarter
    space = Workspace(loaded, quarter, where, tongue, head.seed if seed is None else seed, chapter, published)
    if (known := space._made("kept", "labels")) is not None:
        labels = pd.read_parquet(known)
        own = labels[labels["language"] == tongue]
        space._names.update(zip(own["member"].astype(str), own["label"].astype(str), strict=True))
    return space


def _as_json(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.name,
        "text": finding.text,
        "table": finding.table,
        "checks": [{"name": c.name, "passed": c.passed, "text": c.text} for c in finding.checks],
        "sources": list(finding.sources),
    }


def _sha256(place: Path) -> str:
    return hashlib.sha256(place.read_bytes()).hexdigest()
