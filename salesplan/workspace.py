"""The only hand-off between notebooks: tables, findings and figures of one run, in one folder."""

from __future__ import annotations

__all__ = ["CHAPTERS", "REPLAY", "Workspace", "find_root", "open", "refuse_links"]

import datetime as dt
import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan import baseline, config, schemas
from salesplan.delivered import without_years
from salesplan.errors import ChainError, PlanFileError, nearest
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar, parse_quarter
from salesplan.provenance import sha256_of
from salesplan.published import Published
from salesplan.words import Words, words

CHAPTERS = ("01_review_swot", "02_target_system", "03_strategies", "04_execution_plan")
REPLAY = "replay/replay.parquet"  # below the folder of a plan's outputs


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

    plan: the checked plan. as_of: the last closed quarter. folder: where tables, findings and figures go; what is said
    in a further language lies in a folder of its own below. languages: all that the run speaks, each number computed
    once for all of them. language: the one spoken here. published: where a draft finds what it has not made itself.
    """

    plan: config.Plan
    as_of: str
    folder: Path
    languages: tuple[str, ...]
    language: str
    seed: int
    chapter: str = ""
    published: Path | None = None
    _names: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    _written: list[str] = field(default_factory=list, repr=False)
    _told: dict[str, dict[str, Finding]] = field(default_factory=dict, repr=False)
    _drawn: list[tuple[Path, Any]] = field(default_factory=list, repr=False)

    @property
    def calendar(self) -> FiscalCalendar:
        """The company's fiscal calendar."""
        return FiscalCalendar(**self.plan.file.calendar.model_dump())

    @property
    def words(self) -> Words:
        """What everything is called in the language spoken here, members by the labels that were delivered."""
        company = self.plan.file.company
        names = self._names.get(self.language, {})
        return words(self.language, currency=company.currency, unit=company.unit, names=names)

    def spoken(self, language: str) -> Workspace:
        """The same run in another of its languages: its words, tables, findings and figures."""
        return replace(self, language=language)

    def learn(self, labels: pd.DataFrame | None) -> Words:
        """Takes in what members are called (dimension, member, language, label) for this notebook and the report."""
        if labels is not None:
            self._name(labels)
            self.keep("labels", labels[["dimension", "member", "language", "label"]])
        return self.words

    def _name(self, labels: pd.DataFrame) -> None:
        for language, own in labels.groupby("language"):
            names = zip(own["member"].astype(str), own["label"].astype(str), strict=True)
            self._names.setdefault(str(language), {}).update(names)

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

    def save(self, name: str, made: pd.DataFrame | Callable[..., pd.DataFrame], *given: Any, **about: Any) -> Any:
        """Publishes a table under its contract name and returns it; refuses what the contract does not allow.

        made: the table, or the function that makes it from ``given`` and ``about`` in the words of a language, where it
        holds sentences or the plan file's own texts. A ``given`` that is text names a table saved before.
        """
        return self._in_words(Workspace._save, name, made, given, about)

    def _save(self, name: str, table: pd.DataFrame) -> None:
        if found := schemas.problems(name, table):
            raise ChainError("; ".join(found))
        plain = table.reset_index(drop=True)
        plain.attrs = {}
        plain.to_parquet(self._place("tables", name, ".parquet"), engine="pyarrow", index=False, compression="zstd")

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

    def keep(self, name: str, made: pd.DataFrame | Callable[..., pd.DataFrame], *given: Any, **about: Any) -> Any:
        """Hands a frame that is not published (sample paths, …) to a later notebook or the report; returns it.

        made, given, about: as in ``save``.
        """
        return self._in_words(Workspace._keep, name, made, given, about)

    def _keep(self, name: str, frame: pd.DataFrame) -> None:
        frame.reset_index(drop=True).to_parquet(self._place("kept", name, ".parquet"), index=False)

    def _in_words(self, write: Callable[..., None], name: str, made: Any, given: Any, about: dict[str, Any]) -> Any:
        """Writes a frame once, and in each further language where it differs there; returns it as it is here."""
        if isinstance(made, pd.DataFrame):
            write(self, name, made)
            return made
        frames = {one.language: made(*one._read(given), words=one.words, **about) for one in self._voices()}
        for one in self._voices():
            if one.language == self.language or not frames[one.language].equals(frames[self.language]):
                write(one, name, frames[one.language])
        return frames[self.language]

    def keeps(self, name: str) -> bool:
        """Has this frame been kept in this run?"""
        return self._made("kept", name) is not None

    def kept(self, name: str) -> pd.DataFrame:
        """A frame that an earlier notebook kept for this one."""
        place = self._made("kept", name)
        if place is None:
            raise ChainError(
                f"{name!r} was not kept in {self.folder}. Run the earlier notebooks of this quarter first."
            )
        return pd.read_parquet(place)

    def approved(self) -> baseline.Baseline | None:
        """The approved plan of the planned year; None where there is none or the plan file asks for other goals."""
        if self.plan.file.targets.goal in ("delivered", "computed"):
            return None
        return baseline.standing(self.folder.parent.parent, year=self.year)

    def delivered(self, targets: pd.DataFrame | None) -> pd.DataFrame | None:
        """The delivered targets that may hold in the planned year; None where the plan file asks for computed goals.

        targets: the source, or None.
        """
        return None if self.plan.file.targets.goal == "computed" else targets

    def aims(self, delivered: pd.DataFrame | None) -> pd.DataFrame | None:
        """The goals that sales are held against: of a year that was approved those, of others the delivered targets.

        delivered: the source ``targets``, or None. Targets of other measures than net sales stay as delivered; where
        the plan file asks for computed goals of the planned year, those delivered for it are left out.
        """
        base, rule = self.folder.parent.parent, self.plan.file.targets.goal
        years = sorted(p.stem for p in (base / "ledger").glob("*.jsonl") if p.stem <= self.year)
        years = [year for year in years if not (year == self.year and rule == "delivered")]
        held = {year: there for year in years if (there := baseline.standing(base, year=year))}
        gone = {*held, *([self.year] if rule == "computed" else [])}
        parts = [there.aims() for there in held.values()]
        if delivered is not None:
            parts.insert(0, without_years(delivered, gone, calendar=self.calendar))
        return pd.concat(parts, ignore_index=True) if parts else None

    def replayed(self) -> pd.DataFrame:
        """What ``salesplan replay`` graded (targets/replay), of years over for this run; empty where it never ran."""
        place = self.folder.parent.parent / REPLAY
        if not place.is_file():
            return pd.DataFrame(columns=list(schemas.COLUMNS["targets/replay"]))
        table, last = pd.read_parquet(place), self.calendar.months(self.as_of)[-1]
        over = [self.calendar.months(str(year))[-1] <= last for year in table["year"]]
        return table[over].reset_index(drop=True)

    def earlier(self) -> Published | None:
        """What the latest quarter before this one published; None where none did."""
        base = self.folder.parent.parent
        quarters = sorted(q for p in base.glob("????Q?.CURRENT") if (q := p.name[:6]) < self.as_of)
        if not quarters:
            return None
        run_id = (base / f"{quarters[-1]}.CURRENT").read_text(encoding="utf-8").strip()
        return Published(base / "runs" / run_id[:6] / run_id)

    def tell(self, say: Callable[..., Finding], *given: Any, **about: Any) -> Finding:
        """Hands the report what ``say`` finds, in each language of the run; returns it as it is said here.

        given: what it is found in; text names a table saved before. about: its keywords other than words.
        """
        for one in self._voices():
            finding = say(*one._read(given), words=one.words, **about)
            told = self._told.setdefault(one.language, {})
            told.pop(finding.name, None)
            told[finding.name] = finding
        return self._told[self.language][finding.name]

    def sum_up(self, say: Callable[..., Finding], names: Iterable[str]) -> Finding:
        """Hands the report what ``say`` makes of findings told before, in each language; it stands before them all.

        names: of the findings, in the order in which they are given; those not told are left out.
        """
        for one in self._voices():
            told = self._told.setdefault(one.language, {})
            finding = say(*(told[name] for name in names if name in told), words=one.words)
            self._told[one.language] = {finding.name: finding, **told}
        return self._told[self.language][finding.name]

    def draw(
        self,
        name: str,
        plot: Callable[..., Any],
        *given: Any,
        told: Finding,
        period: str = "",
        sentence: int = 0,
        rows: Callable[..., pd.DataFrame] | None = None,
        **look: Any,
    ) -> Any:
        """Saves what ``plot`` draws for the report, in each language of the run; returns the figure for the notebook.

        given: the frame to draw; text names a table saved before, and ``rows`` makes one frame of several; of a frame
        without rows there is no chart. The title is a sentence of the finding ``told``, what is measured, and the
        period looked at (else the chapter's).
        """
        for one in reversed(self._voices()):
            message = self._told[one.language][told.name].text
            title = one.words.head(name, message=message, period=period or one._looked_at(), sentence=sentence)
            tables = [rows(*one._read(given))] if rows else one._read(given)
            if tables[0].empty:
                return None
            drawing = partial(plot, *tables, words=one.words, title=title, **look)
            place = one._place("figures", name, ".png")
            if one.language != self.language and plot.__module__.startswith("salesplan."):
                self._drawn.append((place, _painter().submit(_picture, drawing)))
                continue
            figure = drawing().figure
            place.write_bytes(figure.png())
        return figure

    def _looked_at(self) -> str:
        ahead = self.chapter in (CHAPTERS[1], CHAPTERS[3])
        return self.year if ahead else self.words.say("chart_until", month=self.calendar.months(self.as_of)[-1])

    def close(self) -> str:
        """Ends a notebook: writes its findings, then the sentinel that proves it came to its end."""
        for place, picture in self._drawn:
            place.write_bytes(picture.result())
        for one in self._voices():
            findings = [_as_json(f) for f in self._told.get(one.language, {}).values()]
            one._write_json("findings", {"chapter": self.chapter, "findings": findings})
        outputs = {name: sha256_of(self.folder / name) for name in sorted(set(self._written))}
        told = self._told.get(self.language, {}).values()
        checks = [check for finding in told for check in _as_json(finding)["checks"]]
        self._write_json("sentinels", {"chapter": self.chapter, "outputs": outputs, "checks": checks})
        further = tuple(f"{language}/" for language in self.languages[1:])
        own = sum(not name.startswith(further) for name in outputs)
        return f"{self.chapter}: {own} files, {len(told)} findings"

    def findings(self, chapter: str) -> list[Finding]:
        """What a chapter told, in its order."""
        place = self._spoken_folder / "findings" / f"{chapter}.json"
        rows = json.loads(place.read_text(encoding="utf-8"))["findings"] if place.is_file() else []
        return [
            Finding(r["name"], r["text"], r["table"], tuple(Check(**c) for c in r["checks"]), tuple(r["sources"]))
            for r in rows
        ]

    def figures(self) -> dict[str, Path]:
        """Every figure drawn in this run: name to its picture."""
        base = self._spoken_folder / "figures"
        return {p.relative_to(base).with_suffix("").as_posix(): p for p in sorted(base.rglob("*.png"))}

    def saved(self) -> list[str]:
        """The names of all tables saved in this run, in the order of the contract."""
        there = {p.relative_to(self.folder / "tables").with_suffix("").as_posix() for p in self._saved()}
        return [name for name in schemas.COLUMNS if name in there]

    @property
    def _spoken_folder(self) -> Path:
        return self.folder if self.language == self.languages[0] else self.folder / self.language

    def _voices(self) -> list[Workspace]:
        return [self.spoken(language) for language in self.languages]

    def _read(self, given: Iterable[Any]) -> list[Any]:
        return [self.table(one) if isinstance(one, str) else one for one in given]

    def _made(self, kind: str, name: str) -> Path | None:
        """Where a frame lies: in this run's folder, else in what is published of the same quarter."""
        folders = [self._spoken_folder, self.folder, *([self.published] if self.published else [])]
        places = [folder / kind / f"{name}.parquet" for folder in folders]
        return next((place for place in places if place.is_file()), None)

    def _saved(self) -> list[Path]:
        return sorted((self.folder / "tables").rglob("*.parquet"))

    def _place(self, kind: str, name: str, suffix: str) -> Path:
        """Where a file of this run goes, in the language spoken here; the sentinel will vouch for it."""
        place = self._spoken_folder / kind / f"{name}{suffix}"
        place.parent.mkdir(parents=True, exist_ok=True)
        if kind != "sentinels":
            self._written.append(place.relative_to(self.folder).as_posix())
        return place

    def _write_json(self, kind: str, content: dict[str, Any]) -> None:
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        self._place(kind, self.chapter, ".json").write_text(text + "\n", encoding="utf-8")


def refuse_links(*places: Path) -> None:
    """Raises ChainError where a link stands where outputs are written: what it leads to is somebody else's."""
    for place in places:
        if place.is_symlink():
            raise ChainError(f"{place}: a link stands where the run writes. Remove the link.")


def open(
    plan: str, *, as_of: str, chapter: str, language: str = "", folder: str = "", seed: int | None = None
) -> Workspace:
    """The workspace of one notebook of one run.

    plan: path of the plan file, from the workbook's folder or absolute. as_of: the last closed fiscal quarter.
    language: "en", "zh" or "" for the plan's own: all of them in a run, the first in a draft. folder: where a run
    stages its files; "" means the analyst's own draft, ``outputs/<plan>/draft/<as_of>``. seed: None means the plan's.
    """
    if chapter not in CHAPTERS:
        raise ValueError(f"chapter {chapter!r} is none of {', '.join(CHAPTERS)}")
    place = Path(plan) if Path(plan).is_absolute() else find_root() / plan
    loaded = config.load(place)
    head = loaded.file.company
    quarter = parse_quarter(as_of)
    if language not in ("", "en", "zh"):
        raise PlanFileError(f"language {language!r} is not one of en, zh.")
    spoken = (language,) if language else tuple(head.languages) if folder else (head.languages[0],)
    base = None if folder else find_root() / "outputs" / loaded.name
    where = Path(folder) if base is None else base / "draft" / quarter
    if base is not None:
        refuse_links(base, base / "draft", where, *where.glob("*"))
    where.mkdir(parents=True, exist_ok=True)
    published = None if base is None else base / quarter
    own_seed = head.seed if seed is None else seed
    space = Workspace(loaded, quarter, where, spoken, spoken[0], own_seed, chapter, published)
    if (known := space._made("kept", "labels")) is not None:
        space._name(pd.read_parquet(known))
    return space


@cache
def _painter() -> ProcessPoolExecutor:
    """The process that draws what is said in further languages, while the notebook goes on."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def _picture(drawing: Callable[[], Any]) -> bytes:
    picture: bytes = drawing().figure.png()
    return picture


def _as_json(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.name,
        "text": finding.text,
        "table": finding.table,
        "checks": [{"name": c.name, "passed": c.passed, "text": c.text} for c in finding.checks],
        "sources": list(finding.sources),
    }
