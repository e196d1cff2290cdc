"""Runs of the chain that several tests look at, made once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("quick", max_examples=25, deadline=None)
hypothesis.settings.register_profile("long", max_examples=1000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

ROOT = Path(__file__).parent.parent


def run_chain(outputs: Path, *, plan: str = "data/demo/plan.toml", as_of: str = "2025Q4", more: tuple[str, ...] = ()):
    """The finished process of one quiet run into ``outputs``, which holds one folder per plan."""
    command = [sys.executable, "-m", "salesplan.cli", "run", "--plan", plan, "--as-of", as_of, "--quiet"]
    return subprocess.run(
        [*command, "--outputs", str(outputs), *more],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=900,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )


@pytest.fixture(scope="session")
def annual(tmp_path_factory) -> Path:
    """The demo's annual plan as of 2025Q4, in English: the published folder."""
    outputs = tmp_path_factory.mktemp("annual")
    done = run_chain(outputs)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return outputs / "demo" / "2025Q4"


@pytest.fixture(scope="session")
def midyear(tmp_path_factory) -> Path:
    """The demo's refreshed plan as of 2026Q2, in Chinese: the published folder."""
    outputs = tmp_path_factory.mktemp("midyear")
    done = run_chain(outputs, as_of="2026Q2", more=("--language", "zh"))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return outputs / "demo" / "2026Q2"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps what looks at one run of the chain on one worker, so that each run is made once."""
    for item in items:
        used = getattr(item, "fixturenames", ())
        for run in ("annual", "midyear"):
            if run in used or f"[{run}" in item.nodeid:
                item.add_marker(pytest.mark.xdist_group(run))
