"""Everything that can be known to fail before the first minute is spent."""

from __future__ import annotations

__all__ = ["MINIMUM_FREE", "Ground", "first_chapter", "prepare"]

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salesplan import baseline, config
from salesplan.chain import manifest, stages
from salesplan.chain.identity import Identity, input_rows, lock_hash, notebook_hashes
from salesplan.chain.layout import Layout
from salesplan.chain.request import Means, Request, home, notebooks_folder
from salesplan.errors import ChainError, PlanFileError, nearest
from salesplan.periods import FiscalCalendar, parse_quarter
from salesplan.provenance import code_hash, sha256_of
from salesplan.workspace import CHAPTERS, REPLAY

MINIMUM_FREE = 50_000_000
_COMMON = ("plan", "as_of", "language", "folder", "seed")


@dataclass(frozen=True)
class Ground:
    """What a run stands on, checked: plan, where it reads and writes, and what it is computed from."""

    plan: config.Plan
    root: Path
    notebooks: Path
    layout: Layout
    choices: Mapping[str, Any]

    @property
    def as_of(self) -> str:
        """The last closed quarter."""
        return str(self.choices["as_of"])

    @property
    def calendar(self) -> FiscalCalendar:
        """The company's fiscal calendar."""
        return FiscalCalendar(**self.plan.file.calendar.model_dump())

    def inputs(self, means: Means) -> list[dict[str, Any]]:
        """The delivered files with their hashes, as they are now."""
        return input_rows(means.inputs(self.plan), plan=self.plan)

    def identity(self, inputs: list[dict[str, Any]], *, package: Path) -> Identity:
        """What the run is computed from; the previous run is the current one of the quarter before."""
        beside = {"replay": sha256_of(place)} if (place := self.layout.base / REPLAY).is_file() else {}
        if approved := baseline.standing(self.layout.base, year=self.calendar.plan_year(self.as_of)):
            beside["baseline"] = approved.seal
        return Identity(
            {**{f"{row['source']}: {row['path']}": row["sha256"] for row in inputs}, **beside},
            {**self.choices, "plan_sha256": self.plan.sha256},
            {"code": code_hash(package), "lock": lock_hash(self.root)},
            notebook_hashes(self.notebooks),
            self.previous().get("logical_id"),
        )

    def previous(self) -> dict[str, Any]:
        """The manifest of the latest published earlier quarter; refused where it was altered since; {} if none."""
        earlier = [q for q in self.layout.quarters() if q < self.as_of]
        run_id = self.layout.current(earlier[-1]) if earlier else None
        if run_id is None:
            return {}
        if altered := manifest.verify(self.layout.run(run_id)):
            raise ChainError(
                f"the run of {earlier[-1]} that this one follows was altered after publication: {altered[0]}. "
                f"Publish it again first: salesplan run --as-of {earlier[-1]}."
            )
        return manifest.read(self.layout.run(run_id))


def prepare(request: Request, *, means: Means) -> Ground:
    """Checks plan file, quarter, language, notebooks, parameters, kernel, folder and space; nothing is computed yet."""
    plan = config.load(request.plan)
    root = home(plan.path)
    layout = Layout(Path(request.outputs or root / "outputs").resolve() / plan.name)
    as_of = means.latest(plan, layout.cache) if request.as_of == "latest" else parse_quarter(request.as_of)
    if request.language not in ("", "en", "zh"):
        raise PlanFileError(f"language {request.language!r} is not one of en, zh.")
    language = request.language or ("" if plan.file.company.languages[1:] else plan.file.company.languages[0])
    if request.start and not _chapter(request.start):
        raise ChainError(f"--from {request.start!r} is no chapter: give 01, 02, 03 or 04.")
    notebooks = means.notebooks or notebooks_folder(root)
    _check_parameters(request.parameters, notebooks)
    _check_kernel()
    _probe(layout)
    choices = {"as_of": as_of, "language": language, "seed": plan.file.company.seed, **request.parameters}
    return Ground(plan, root, notebooks, layout, choices)


def _chapter(start: str) -> str | None:
    return next((c for c in CHAPTERS if c == start or c[:2] == start.zfill(2)), None)


def _check_parameters(given: Mapping[str, Any], notebooks: Path) -> None:
    """Every notebook takes the run's own parameters; a further one has to be declared, of the same type."""
    places = {c: notebooks / f"{c}.ipynb" for c in CHAPTERS}
    if missing := [c for c, place in places.items() if not place.is_file()]:
        raise ChainError(f"{notebooks}: {missing[0]}.ipynb is missing. Restore it, or: salesplan init DIR.")
    known: dict[str, Any] = {}
    for chapter, place in places.items():
        there = stages.declared(place)
        if lost := [name for name in _COMMON if name not in there]:
            raise ChainError(f"{chapter}: its parameters cell does not declare {', '.join(lost)}.")
        known |= {k: v for k, v in there.items() if k not in _COMMON}
    for name, value in given.items():
        if not name.isidentifier() or name not in known:
            hint = nearest(name, known) if known else f" The run itself sets {', '.join(_COMMON)}."
            raise ChainError(f"parameter {name!r} is declared in no notebook.{hint}")
        if type(value) is not type(known[name]):
            kind = type(known[name]).__name__
            raise ChainError(f"parameter {name!r}: {value!r} given, but the notebooks declare a value of type {kind}.")


def _check_kernel() -> None:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel as error:
        raise ChainError("the kernel 'python3' is not installed. Install the workbook's packages again.") from error


def _probe(layout: Layout) -> None:
    """Can a file be written and made safe here, and is there room? Raises before anything is computed."""
    try:
        layout.base.mkdir(parents=True, exist_ok=True)
        layout.refuse_links()
        probe = layout.base / f".probe-{os.getpid()}"
        with probe.open("wb") as stream:
            stream.write(b"salesplan")
            os.fsync(stream.fileno())
        probe.unlink()
    except OSError as error:
        raise ChainError(
            f"{layout.base}: cannot be written to ({error.strerror}). Choose another --outputs."
        ) from error
    free = shutil.disk_usage(layout.base).free
    needed = int(os.environ.get("SALESPLAN_MINIMUM_FREE", MINIMUM_FREE))
    if free < needed:
        raise ChainError(
            f"{layout.base}: {free / 1e6:,.0f} MB free, a run needs {needed / 1e6:,.0f}. "
            "Free some, or: salesplan prune."
        )


def first_chapter(start: str) -> str:
    """The chapter that ``--from`` names; the first where it names none."""
    return (_chapter(start) if start else None) or CHAPTERS[0]
