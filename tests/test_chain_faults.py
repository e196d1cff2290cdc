"""What ends a run before it is published: nothing is torn, the status is true, the next run heals. On stand-ins.

`make torture` strikes at every change a run makes on the disk; here are the kinds, once each.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from salesplan import chain, ledger
from salesplan.chain import lock
from salesplan.workspace import CHAPTERS
from tests import chain_double as double
from tests.chain_double import base, deliver, files, go, replace_cell, results
from tests.conftest import ROOT

pytestmark = pytest.mark.slow


def driven(folder: Path, *arguments: object) -> subprocess.Popen[str]:
    """A run in a process of its own."""
    command = [sys.executable, "-m", "tests.chain_double.driver", str(folder), *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def waited(place: Path) -> str:
    """What a file says, as soon as it says anything."""
    for _ in range(1200):
        if place.exists() and (text := place.read_text(encoding="utf-8")):
            return text
        time.sleep(0.05)
    raise AssertionError(f"{place.name} never came")


def whole(folder: Path, before: dict[str, bytes]) -> None:
    """The old publication is what it was, and nothing of the failed run is where readers look."""
    assert files(base(folder) / "2025Q4") == before
    assert len(chain.Layout(base(folder)).published()) == 1
    assert chain.verify_published(chain.Layout(base(folder)), quarters=["2025Q4"]) == []
    with chain.hold(chain.Layout(base(folder))):
        pass


WRONG = {
    "r62 dies": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", 2, "the notebook's process died"),
    "r63 runs out of memory": (
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9))\nb'x' * 10**10",
        1,
        "MemoryError",
    ),
    "r70 raises": ('raise ValueError("no such thing")', 1, "ValueError: no such thing"),
    "r71 leaves": ("import sys\nsys.exit(0)", 1, "SystemExit"),
}


@pytest.mark.parametrize(("work", "status", "said"), WRONG.values(), ids=WRONG)
def test_r62_r63_r70_r71_a_cell_that_leaves_fails_or_dies_publishes_nothing(published, work, status, said):
    before = files(base(published) / "2025Q4")
    deliver(published, "77")
    replace_cell(published, 2, work)
    outcome = go(published)
    assert outcome.exit_status == status
    assert said in outcome.message
    assert CHAPTERS[1] in outcome.message
    told = results(published)
    assert told["place"]["section"] == "What is it? · 何事"
    assert [stage["name"] for stage in told["stages"]] == [CHAPTERS[0]], "later notebooks were not started"
    kept = sorted(p.name for p in (Path(told["failed_folder"]) / "notebooks").iterdir())
    assert kept == [f"{CHAPTERS[0]}.ipynb", f"{CHAPTERS[1]}.ipynb"]
    whole(published, before)


@pytest.mark.parametrize(("limit", "said"), [("cell_seconds", "cell_seconds = 1"), ("run_seconds", "run_seconds = 1")])
def test_r73_a_cell_and_a_run_have_their_time(tmp_path, limit, said):
    folder = double.workbook(tmp_path / "w", c01="import time\ntime.sleep(60)", **{limit: "1"})
    begun = time.monotonic()
    outcome = go(folder)
    assert (outcome.exit_status, said in outcome.message) == (1, True), outcome.message
    assert time.monotonic() - begun < 30
    assert not (base(folder) / "2025Q4").exists()


def test_r64_a_full_disk_publishes_nothing_and_says_so(half_done):
    before = files(base(half_done) / "2025Q4")
    run = driven(half_done, "full", "plan.xlsx")
    said, _ = run.communicate(timeout=120)
    assert run.returncode == 1, said
    assert "No space left on device" in said
    whole(half_done, before)


def test_r66_killed_while_publishing_readers_see_one_run_whole_and_the_next_run_heals(half_done):
    run = driven(half_done, "kill", "ledger/2026.jsonl")
    run.communicate(timeout=120)
    assert run.returncode == -signal.SIGKILL
    layout = chain.Layout(base(half_done))
    assert chain.verify(layout.run(str(layout.current("2025Q4")))) == []
    assert chain.verify((base(half_done) / "2025Q4").resolve()) == []
    assert go(half_done, start="04").exit_status == 0
    assert chain.verify_published(layout, quarters=["2025Q4"]) == []
    assert list(layout.staging.iterdir()) == []
    runs = [event.facts["run_id"] for event in ledger.events(layout.ledger, year="2026")]
    assert len(set(runs)) == len(runs) == 2
    assert runs[-1] == layout.current("2025Q4")


def test_r65_told_to_stop_it_stops_its_kernels_and_lets_go(published):
    before = files(base(published) / "2025Q4")
    deliver(published, "77")
    replace_cell(published, 1, "import os, time\nopen('here', 'w').write(str(os.getpid()))\ntime.sleep(60)")
    run = driven(published)
    kernel = int(waited(published / "here"))
    run.terminate()
    run.communicate(timeout=30)
    assert run.returncode == 143
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)
    assert results(published)["status"] == "interrupted"
    whole(published, before)


def test_r67_a_second_run_is_refused_at_once_and_told_who_holds_the_lock(published):
    layout = chain.Layout(base(published))
    with chain.hold(layout):
        lock.note(layout, "2025Q4-20260101T000000Z-00000000")
        outcome = go(published)
    assert outcome.exit_status == 3
    assert f"held by process {os.getpid()} on " in outcome.message
    assert "run 2025Q4-20260101T000000Z-00000000" in outcome.message
    assert results(published)["status"] == "published", "the record of the run that holds the lock is its own"


def test_r69_outputs_that_cannot_be_written_fail_before_anything_is_computed(published, tmp_path):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    outcome = go(published, outputs=tmp_path / "file")
    assert outcome.exit_status == 1
    assert "cannot be written to" in outcome.message


def test_r69_a_disk_without_room_fails_before_anything_is_computed(published, monkeypatch):
    monkeypatch.setenv("SALESPLAN_MINIMUM_FREE", str(10**18))
    outcome = go(published)
    assert outcome.exit_status == 1
    assert "a run needs" in outcome.message


def test_r74_a_missing_notebook_or_kernel_fails_before_anything_is_computed(published, monkeypatch):
    before = files(base(published) / "2025Q4")
    moved = (published / "notebooks" / f"{CHAPTERS[2]}.ipynb").rename(published / "aside")
    outcome = go(published)
    assert (outcome.exit_status, f"{CHAPTERS[2]}.ipynb is missing" in outcome.message) == (1, True)
    moved.rename(published / "notebooks" / f"{CHAPTERS[2]}.ipynb")

    def missing(*_: object) -> None:
        from jupyter_client.kernelspec import NoSuchKernel

        raise NoSuchKernel("python3")

    monkeypatch.setattr("jupyter_client.kernelspec.KernelSpecManager.get_kernel_spec", missing)
    outcome = go(published)
    assert (outcome.exit_status, "'python3' is not installed" in outcome.message) == (1, True)
    whole(published, before)


def test_r79_what_failed_goes_on_from_its_chapter_and_ends_as_a_clean_run_would(half_done):
    resumed = go(half_done, start="04")
    assert resumed.status == "published", resumed.message
    assert [stage["status"] for stage in results(half_done)["stages"]] == ["reused", "reused", "reused", "done"]
    assert go(half_done, again=True).status == "unchanged", "a clean run gives the same bytes"
    deliver(half_done, "78")
    refused = go(half_done, start="04")
    assert refused.exit_status == 1
    assert "the delivered data changed since" in refused.message
    assert chain.Layout(base(half_done)).current("2025Q4") == resumed.run_id


def test_r79_a_chapter_whose_executed_notebook_is_missing_is_not_taken_over(half_done):
    for failed in (base(half_done) / "failed").iterdir():
        (failed / "notebooks" / f"{CHAPTERS[2]}.ipynb").unlink()
    refused = go(half_done, start="04")
    assert refused.exit_status == 1
    assert "stopped before the executed notebook was written" in refused.message
