"""Runs of the chain that several tests look at, made once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import hypothesis
import nbformat
import pytest
from filelock import FileLock

from salesplan import plots
from salesplan.workspace import CHAPTERS
from tests import chain_double
from tests.any_company import any_company

_PATIENT = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("quick", max_examples=15, **_PATIENT)
hypothesis.settings.register_profile("long", max_examples=1000, **_PATIENT)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
LONG = pytest.mark.skipif(
    hypothesis.settings.default.max_examples < 1000, reason="takes minutes: `make properties` runs it"
)


def worlds(number: int) -> range:
    """The seeds of so many planted worlds; a third of them where there is little time."""
    return range(number if hypothesis.settings.default.max_examples >= 1000 else -(-number // 3))


# Where every case reads files, a third of the cases.
fewer = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 3)

ROOT = Path(__file__).parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs one run of the chain stands at the head of a process' half: long things first, and nobody waits."""
    annual = [item for item in items if _needs(item, "annual")]
    midyear = [
        item for item in items if item not in annual and (_needs(item, "midyear") or "adventureworks" in item.name)
    ]
    rest = [item for item in items if item not in annual and item not in midyear]
    room = max(len(items) // 2 - len(annual), 0)
    items[:] = [*annual, *rest[:room], *midyear, *rest[room:]]


def _needs(item: pytest.Item, run: str) -> bool:
    return run in getattr(item, "fixturenames", ()) or f"[{run}" in item.name


def run_chain(outputs: Path, *, plan: str = "data/demo/plan.toml", as_of: str = "2025Q4", more: tuple[str, ...] = ()):
    """The finished process of one quiet run into ``outputs``, which holds one folder per plan."""
    command = [sys.executable, "-m", "salesplan.cli", "run", "--plan", plan, "--as-of", as_of, "--quiet"]
    return subprocess.run(
        [*command, "--outputs", str(outputs), *more],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=900,
    )


def run_notebooks(monkeypatch: pytest.MonkeyPatch, **given: str) -> None:
    """The cells of the four notebooks in this process, with these parameters and charts that nobody looks at."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(plots.Chart, "png", lambda chart: b"")
    for chapter in CHAPTERS:
        notebook = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4)
        scope: dict[str, object] = {"__name__": chapter}
        for cell in (c for c in notebook.cells if c.cell_type == "code"):
            exec(compile(cell.source, chapter, "exec"), scope)
            scope |= given if "parameters" in cell.metadata.get("tags", []) else {}


def made_once(factory: pytest.TempPathFactory, name: str, **asked) -> Path:
    """The outputs folder of one run, made by whichever test process asks first."""
    shared = factory.getbasetemp()
    outputs = (shared.parent if os.environ.get("PYTEST_XDIST_WORKER") else shared) / name
    with FileLock(f"{outputs}.lock"):
        if not outputs.exists():
            done = run_chain(outputs, **asked)
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return outputs


@pytest.fixture(scope="session")
def annual(tmp_path_factory) -> Path:
    """The demo's annual plan as of 2025Q4, in English: the published folder."""
    return made_once(tmp_path_factory, "annual") / "demo" / "2025Q4"


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> Path:
    """The plan file of a small company with every source, whose books go on for a quarter after 2025Q2."""
    place = tmp_path_factory.getbasetemp() / "small"
    return place / "plan.toml" if place.exists() else any_company(first="2022-01", months=45).write(place)


@pytest.fixture(scope="session")
def midyear(tmp_path_factory, small) -> Path:
    """The small company's refreshed plan as of 2025Q2, in Chinese: the published folder."""
    asked = {"plan": str(small), "as_of": "2025Q2", "more": ("--language", "zh")}
    return made_once(tmp_path_factory, "midyear", **asked) / "any" / "2025Q2"


@pytest.fixture(scope="session")
def published_once(tmp_path_factory) -> Path:
    """A workbook with one publication, in a folder of an awkward and long name; read only, copy it to change it."""
    folder = chain_double.workbook(tmp_path_factory.mktemp("销售 {plan} '25") / ("long " * 40))
    assert chain_double.go(folder).status == "published"
    return folder


@pytest.fixture
def published(published_once, tmp_path) -> Path:
    """A copy of the published workbook that a test may spoil."""
    return shutil.copytree(published_once, tmp_path / "w", symlinks=True)


@pytest.fixture(scope="session")
def half_done_once(published_once, tmp_path_factory) -> Path:
    """The published workbook with a new delivery and a run of it that failed in its last chapter; read only."""
    folder = shutil.copytree(published_once, tmp_path_factory.mktemp("half") / "w", symlinks=True)
    chain_double.deliver(folder, "77")
    whole = (folder / "notebooks" / f"{CHAPTERS[3]}.ipynb").read_bytes()
    chain_double.replace_cell(folder, 4, 'raise ValueError("not yet")')
    assert chain_double.go(folder).exit_status == 1
    (folder / "notebooks" / f"{CHAPTERS[3]}.ipynb").write_bytes(whole)
    return folder


@pytest.fixture
def half_done(half_done_once, tmp_path) -> Path:
    """A copy that a test may spoil: a run from the last chapter on publishes the new delivery."""
    return shutil.copytree(half_done_once, tmp_path / "w", symlinks=True)
