"""What is asked of a run, and the means it is done with."""

from __future__ import annotations

__all__ = ["Means", "Request", "home", "notebooks_folder"]

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

import salesplan
from salesplan import config
from salesplan.errors import ChainError
from salesplan.periods import FiscalCalendar
from salesplan.workspace import CHAPTERS, Workspace, find_root

# What every notebook imports, also what its modules import when they are first used, and what one alone does.
_WARM = """import duckdb, ibis, matplotlib.backends.backend_agg, pyarrow.parquet, scipy.optimize, scipy.stats
from salesplan import data, facts, plots, review, tables, workspace
ibis.duckdb.connect().raw_sql("SELECT 1")"""
_WARM_ALONE = {CHAPTERS[1]: "\nimport hierarchicalforecast.core, statsforecast\nfrom salesplan import targets"}


@dataclass(frozen=True)
class Request:
    """One run: plan file, last closed quarter, language ("" is all of the plan's own), first chapter to run, where to.

    outputs: the folder that holds one folder per plan; None is ``outputs`` in the workbook's folder. parameters:
    further declared parameters of the notebooks, plain scalars only. restate: why a quarter that later ones follow is
    published anew; without it readers of that quarter keep what they have. as_of "latest" is the last quarter that the
    delivered books close. again: compute also what is published already from
    the same inputs, and refuse where it comes out otherwise.
    """

    plan: str | Path
    as_of: str
    language: str = ""
    start: str = ""
    outputs: str | Path | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    again: bool = False
    restate: str = ""


def _warm(chapter: str) -> str:
    return _WARM + _WARM_ALONE.get(chapter, "")


def _inputs(plan: config.Plan) -> pd.DataFrame:
    from salesplan import data

    return data.inputs(plan)


def _latest(plan: config.Plan, cache: Path) -> str:
    from salesplan.chain.checking import latest

    return latest(plan, cache)


def _check(plan: config.Plan, as_of: str, cache: Path) -> None:
    from salesplan import data
    from salesplan.chain.checking import plannable

    cut_off = FiscalCalendar(**plan.file.calendar.model_dump()).bounds(as_of)[1]
    plannable(plan, data.read(plan, cut_off=cut_off, cache=cache), as_of=as_of)


def _report(folder: Path, *, workspace: Workspace) -> Sequence[Path]:
    from salesplan import report

    return report.publish(folder, workspace=workspace)


@dataclass(frozen=True)
class Means:
    """The parts a run is put together from; what is given here is what ``salesplan run`` uses.

    notebooks: the folder of the four notebooks; None finds it. warm: what a chapter's kernel imports before its turn.
    latest: the last quarter that a plan's books close. check: refuses, for a plan, a quarter and the folder of checked
    sources, what no plan can be made from. package: the folder whose code the logical id covers.
    """

    notebooks: Path | None = None
    inputs: Callable[[config.Plan], pd.DataFrame] = _inputs
    check: Callable[[config.Plan, str, Path], None] = _check
    report: Callable[..., Sequence[Path]] = _report
    warm: Callable[[str], str] = _warm
    package: Path = Path(salesplan.__file__).parent
    latest: Callable[[config.Plan, Path], str] = _latest


def home(plan: Path) -> Path:
    """The workbook's folder: above the plan file, else above the current folder, else the plan file's own."""
    for start in (plan.resolve().parent, Path.cwd()):
        try:
            return find_root(start)
        except ChainError:
            continue
    return plan.resolve().parent


def notebooks_folder(root: Path) -> Path:
    """The workbook's notebooks; where it has none, those that were installed with the package."""
    package = Path(salesplan.__file__).parent
    for folder in (root / "notebooks", package / "notebooks", package.parent / "notebooks"):
        if (folder / f"{CHAPTERS[0]}.ipynb").is_file():
            return folder
    raise ChainError(f"{root} holds no notebooks/{CHAPTERS[0]}.ipynb. Make a workbook with: salesplan init DIR.")
