"""What a run survives: crashes and a full disk at every change it makes, killed kernels, signals, two runs at once.

Every trial starts from a workbook with one publication and a new delivery, on stand-in notebooks. Afterwards a reader
must find the old publication or the new one, whole; the status must tell which; the next run must publish and verify.
Run from the workbook's folder: python -m tools.torture
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import docx  # noqa: E402, F401 - what a run needs is imported once, before the trials
import openpyxl  # noqa: E402, F401
import papermill  # noqa: E402, F401

from salesplan import chain, ledger  # noqa: E402
from salesplan.workspace import CHAPTERS  # noqa: E402
from tests import chain_double  # noqa: E402
from tests.chain_double.driver import run  # noqa: E402

AS_OF, YEAR = "2025Q4", "2026"
LAST = CHAPTERS[-1][:2]  # a run from the last chapter on takes the others over, which is the most it writes
FORK = multiprocessing.get_context("fork")


@dataclass
class Tally:
    """One kind of trial: how many were made, how they ended, and what was not as it has to be."""

    name: str
    tried: int = 0
    old: int = 0
    new: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Ended:
    """How a run's process ended: its exit code (negative: the signal that killed it), what it said and changed."""

    code: int | None
    message: str = ""
    changed: tuple[str, ...] = ()


class Workbench:
    """Copies of one workbook with a publication, a new delivery, and a run of it that failed in its last chapter."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0
        self.start = chain_double.workbook(folder / "start")
        first = ended(*started(self.start))
        if first.code != 0:
            raise SystemExit(f"the tiny workbook cannot be published: {first.message}")
        self.old = layout(self.start).current(AS_OF)
        chain_double.deliver(self.start, "33.75")
        last = self.start / "notebooks" / f"{CHAPTERS[-1]}.ipynb"
        whole = last.read_bytes()
        chain_double.replace_cell(self.start, len(CHAPTERS), 'raise ValueError("not yet")')
        if ended(*started(self.start)).code != 1:
            raise SystemExit("a run whose last chapter raises did not fail")
        last.write_bytes(whole)

    def copy(self, *, at: Path | None = None) -> Path:
        """A workbook of its own for one trial; ``at`` is a folder on another disk."""
        self.count += 1
        place = (at or self.folder) / f"w{self.count}"
        return shutil.copytree(self.start, place, symlinks=True)


def layout(folder: Path) -> chain.Layout:
    """Where the workbook publishes."""
    return chain.Layout(folder / "outputs" / "double")


def started(folder: Path, *, kind: str = "", at: int = 0, start: str = "") -> tuple[Any, Any]:
    """A run in a process of its own, with the end of the pipe on which it tells how it ended.

    This process never runs anything itself: sockets and threads of a kernel's client do not survive a fork.
    """
    here, there = FORK.Pipe(duplex=False)

    def work() -> None:
        outcome, changed = run(folder, kind=kind, at=at, start=start)
        with contextlib.suppress(OSError):
            there.send((outcome.message, tuple(changed)))
        os._exit(outcome.exit_status)

    process = FORK.Process(target=work)
    process.start()
    there.close()
    return process, here


def ended(process: Any, pipe: Any) -> Ended:
    """Waits for the run; one that takes more than two minutes is killed and counts as hanging."""
    process.join(120)
    if process.exitcode is None:
        process.kill()
        process.join()
        return Ended(None, "hangs")
    with contextlib.suppress(EOFError):
        return Ended(process.exitcode, *pipe.recv())
    return Ended(process.exitcode)


def judge(tally: Tally, folder: Path, end: Ended, *, old: str | None, about: str, expected: set[int]) -> None:
    """What a reader finds after the trial, whether the status is true, and whether the next run heals everything."""
    tally.tried += 1
    wrong = list(_reader(folder, end, old=old, expected=expected))
    now = layout(folder).current(AS_OF)
    tally.old, tally.new = tally.old + (now == old), tally.new + (now != old)
    wrong += _healing(folder)
    tally.wrong += [f"{about}: {text}" for text in wrong]
    shutil.rmtree(folder, ignore_errors=True)


def _reader(folder: Path, end: Ended, *, old: str | None, expected: set[int]) -> Iterator[str]:
    place = layout(folder)
    if end.code not in expected:
        yield f"ended with {end.code} ({end.message[:100]})"
    now = place.current(AS_OF)
    if now is None or (altered := chain.verify(place.run(now))):
        yield f"torn: {now} {altered[:3] if now else ''}"
        return
    link = (place.base / AS_OF).resolve()
    if chain.verify(link):
        yield "the link leads to a torn run"
    if end.code == 0 and now == old:
        yield "said published, and the old run is current"
    if end.code not in (0, None) and now != old and end.code > 0 and "is published" not in end.message:
        yield "said it failed, and the new run is current"


def _healing(folder: Path) -> Iterator[str]:
    healed = ended(*started(folder, start=LAST))
    place = layout(folder)
    if healed.code != 0:
        yield f"the next run ended with {healed.code} ({healed.message[:200]})"
        return
    yield from chain.verify_published(place, quarters=[AS_OF])
    if left := [p.name for p in place.staging.glob("*")]:
        yield f"left in staging: {left}"
    runs = [event.facts["run_id"] for event in ledger.events(place.ledger, year=YEAR)]
    if len(set(runs)) != len(runs) or place.current(AS_OF) != runs[-1]:
        yield f"the ledger says {runs}"
    told = json.loads((place.base / "run_results.json").read_text(encoding="utf-8"))
    if told["exit_status"] != 0 or told["status"] not in ("published", "unchanged"):
        yield f"run_results.json says {told['status']}"


def every_change(bench: Workbench, kind: str, *, step: int) -> Tally:
    """A fault at each change a run makes (at every ``step``-th), from the first to the last."""
    names = {"kill": "killed at a change on the disk, each of {}", "full": "disk full from a change on, each of {}"}
    changed = ended(*started(bench.copy(), start=LAST)).changed
    tally = Tally(names[kind].format(len(changed)))
    for at, what in list(enumerate(changed, 1))[::step]:
        folder = bench.copy()
        end = ended(*started(folder, kind=kind, at=at, start=LAST))
        expected = {-signal.SIGKILL} if kind == "kill" else {0, 1}
        judge(tally, folder, end, old=bench.old, about=f"change {at} ({what})", expected=expected)
    return tally


def small_disks(bench: Workbench) -> Tally:
    """Real disks with room for the publication there is and for ever more of the next one."""
    tally = Tally("a small disk that fills up")
    size = sum(p.stat().st_size for p in bench.start.rglob("*") if p.is_file())
    os.environ["SALESPLAN_MINIMUM_FREE"] = "0"
    for more in range(8, 608, 50):
        mount = bench.folder / "disk"
        mount.mkdir(exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={size // 1024 + more + 200}k", "tmpfs", str(mount)]
        if subprocess.run(command, capture_output=True).returncode:
            tally.wrong.append("a disk of its own cannot be mounted here; not tried")
            break
        try:
            folder = bench.copy(at=mount)
            end = ended(*started(folder, start=LAST))
            subprocess.run(["mount", "-o", "remount,size=64m", str(mount)], check=True)
            judge(tally, folder, end, old=bench.old, about=f"{more} kB", expected={0, 1})
        finally:
            subprocess.run(["umount", str(mount)], check=True)
    del os.environ["SALESPLAN_MINIMUM_FREE"]
    return tally


def struck(bench: Workbench, name: str, strike: Callable[[int], None], *, times: int, expected: set[int]) -> Tally:
    """Something done to the run's process at a moment drawn at random."""
    tally, chance = Tally(name), random.Random(name)
    for trial in range(times):
        folder = bench.copy()
        process, pipe = started(folder)
        time.sleep(chance.uniform(0.05, 4.0))
        strike(process.pid)
        judge(tally, folder, ended(process, pipe), old=bench.old, about=f"trial {trial}", expected=expected)
    return tally


def kill_kernel(pid: int) -> None:
    """Kills one of the run's kernels, if any lives."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    alive = children.read_text().split() if children.exists() else []
    if alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(alive[0]), signal.SIGKILL)


def send(number: int) -> Callable[[int], None]:
    """Sends a signal, if the run still lives."""

    def strike(pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    return strike


def two_at_once(bench: Workbench, *, times: int) -> Tally:
    """Two runs of one plan started together: one publishes, the other is refused at once."""
    tally = Tally("two runs at once")
    for trial in range(times):
        folder = bench.copy()
        ends = [ended(*both) for both in (started(folder), started(folder))]
        codes = sorted(str(end.code) for end in ends)
        if codes not in (["0", "3"], ["0", "0"]):
            tally.wrong.append(f"trial {trial}: ended with {codes}")
        held = [end for end in ends if end.code == 3]
        if any("held by process" not in end.message and "another run is under way" not in end.message for end in held):
            tally.wrong.append(f"trial {trial}: {held[0].message[:100]}")
        judge(tally, folder, min(ends, key=lambda e: e.code or 0), old=bench.old, about=f"trial {trial}", expected={0})
    return tally


def table(tallies: list[Tally], *, seconds: float) -> str:
    """The results as a document."""
    lines = [
        "# What a run survives",
        "",
        "Made by `make torture`. Each trial starts from a workbook with one publication, a new delivery and a run of "
        "it that failed, on stand-in notebooks that write the same kinds of files in the same way. Afterwards a "
        "reader has to find the old publication or the new one, whole; the exit status has to tell which; and the "
        "next run has to publish, with every event once in the ledger, nothing left in staging, all of it verified.",
        "",
        "A change is a file opened to write, a folder made, a rename, a link or a removal.",
        "",
        "| tried | trials | old run stayed | new run published | torn, wrong status or not healed |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [f"| {t.name} | {t.tried} | {t.old} | {t.new} | {len(t.wrong)} |" for t in tallies]
    lines += ["", f"{sum(t.tried for t in tallies)} trials in {seconds / 60:.0f} minutes.", ""]
    lines += [f"- {t.name}: {text}" for t in tallies for text in t.wrong]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """Makes every trial and writes docs/torture.md; 1 where anything was torn, false or not healed."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--quick", action="store_true", help="a few trials of each kind, nothing written")
    asked = ask.parse_args()
    times, step = (2, 12) if asked.quick else (10, 1)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        bench = Workbench(Path(folder))
        tallies = []
        stops = {-signal.SIGKILL: "killed at a moment drawn at random"}
        parts: list[Callable[[], Tally]] = [
            lambda: every_change(bench, "kill", step=step),
            lambda: every_change(bench, "full", step=step),
            lambda: small_disks(bench),
            lambda: struck(bench, "a kernel killed", kill_kernel, times=times, expected={0, 2}),
            lambda: struck(bench, stops[-9], send(signal.SIGKILL), times=times, expected={0, -signal.SIGKILL}),
            lambda: struck(bench, "told to stop (SIGTERM)", send(signal.SIGTERM), times=times, expected={0, 143, -15}),
            lambda: struck(bench, "Ctrl-C (SIGINT)", send(signal.SIGINT), times=times, expected={0, 130, -2}),
            lambda: two_at_once(bench, times=times // 2),
        ]
        for part in parts:
            tallies.append(part())
            print(f"{tallies[-1].name}: {tallies[-1].tried} tried, {len(tallies[-1].wrong)} wrong", flush=True)
            print(*tallies[-1].wrong, sep="\n", flush=True)
        text = table(tallies, seconds=time.monotonic() - begun)
    print(text)
    if not asked.quick:
        Path("docs").mkdir(exist_ok=True)
        Path("docs/torture.md").write_text(text, encoding="utf-8")
    return int(any(t.wrong for t in tallies))


if __name__ == "__main__":
    sys.exit(main())
