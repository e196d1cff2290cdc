"""A run from preflight to publication."""

from __future__ import annotations

__all__ = ["run"]

import contextlib
import shutil
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from salesplan import config, ledger, workspace
from salesplan.chain import gates, kernels, lock, manifest, preflight, publishing, results, resuming, retention, stages
from salesplan.chain.failures import Interrupted, exit_status
from salesplan.chain.identity import Identity
from salesplan.chain.preflight import Ground
from salesplan.chain.progress import Listener, listener
from salesplan.chain.request import Means, Request
from salesplan.errors import ChainError
from salesplan.provenance import versions
from salesplan.workspace import CHAPTERS

_STATUS = {1: "failed", 2: "died", 3: "held", 130: "interrupted", 143: "interrupted"}


@dataclass
class _Run:
    """A run under way: what it stands on, what it is computed from, where it is staged, what is known of it."""

    ground: Ground
    means: Means
    say: Listener
    record: results.Record
    inputs: list[dict[str, Any]]
    identity: Identity
    staged: Path
    began: float
    restate: str
    kernels: list[kernels.Kernel] = field(default_factory=list)

    @property
    def deadline(self) -> float:
        """When the whole run has to be over, on the monotonic clock."""
        return self.began + self.ground.plan.file.run.run_seconds


def run(request: Request, *, means: Means | None = None, say: Listener | None = None) -> results.Outcome:
    """Runs the four notebooks for a plan and quarter, and publishes what they give, or leaves everything as it was.

    Never raises for a failure of the run: the outcome says how it ended, and so does ``run_results.json`` in the
    plan's outputs, except where the plan file itself cannot be read (then nothing is written).
    """
    record = results.Record(parameters={**request.parameters, "language": request.language, "from": request.start})
    tools, tell = means or Means(), _unfailing(say or listener("quiet"))
    ground: Ground | None = None
    try:
        with _signals():
            ground = preflight.prepare(request, means=tools)
            record.plan, record.as_of = ground.plan.name, ground.as_of
            with lock.hold(ground.layout):
                _locked(request, ground=ground, means=tools, say=tell, record=record)
    except (Exception, Interrupted, KeyboardInterrupt) as error:
        _note_failure(error, record=record)
        tell("failed", {"status": record.status, "message": record.message})
    trouble = None
    if ground is not None and record.status != "held":
        trouble = results.write(ground.layout.base, record)
    elif ground is None:
        trouble = _note_without_ground(request, record)
    message = "\n".join(text for text in (record.message, trouble) if text)
    folder = Path(record.folder) if record.folder else None
    return results.Outcome(record.status, record.exit_status or 0, record.run_id, folder, message)


def _unfailing(say: Listener) -> Listener:
    """A reader of the progress that went away (a closed pipe, a full log disk) costs nobody the run."""

    def tell(event: str, facts: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            say(event, facts)

    return tell


def _locked(request: Request, *, ground: Ground, means: Means, say: Listener, record: results.Record) -> None:
    publishing.heal(ground, say=say)
    inputs = ground.inputs(means)
    identity = ground.identity(inputs, package=means.package)
    layout = ground.layout
    taken = {*layout.published(), *(p.name for p in layout.failures())}
    record.run_id, record.logical_id = identity.run_id(taken), identity.logical_id
    lock.note(layout, record.run_id)
    staged = layout.staging / record.run_id
    work = _Run(ground, means, say, record, inputs, identity, staged, time.monotonic(), request.restate.strip())
    if not request.again and (published := _same_run(work)) is not None:
        _unchanged(work, published=published)
        return
    say("start", {"run_id": record.run_id})
    try:
        staged.mkdir(parents=True)
        resuming.write_note(staged, identity)
        _compute(work, request)
        _finish(work)
    except BaseException:
        for kernel in work.kernels:
            kernel.close()
        with contextlib.suppress(OSError):
            aside = layout.set_aside(staged)
            record.failed_folder = str(aside) if aside else None
        raise


def _compute(work: _Run, request: Request) -> None:
    """The notebooks from the first asked for on, each in its own kernel; the next warms up meanwhile."""
    first = preflight.first_chapter(request.start)
    if first != CHAPTERS[0]:
        taken = resuming.take_over(work.ground.layout, identity=work.identity, start=first, folder=work.staged)
        for chapter, origin in taken:
            work.record.stages.append({"name": chapter, "status": "reused", "from": origin, "seconds": 0.0})
            work.say("reused", {"stage": chapter, "run_id": origin})
    turns = CHAPTERS[CHAPTERS.index(first) :]
    kernel = _start_kernel(work, turns[0])
    work.means.check(work.ground.plan, work.ground.as_of, work.ground.layout.cache)
    for chapter, following in zip(turns, [*turns[1:], None], strict=True):
        upcoming = partial(_start_kernel, work, following) if following else None
        after = _turn(work, chapter=chapter, kernel=kernel, upcoming=upcoming)
        kernel.close()
        work.kernels.remove(kernel)
        kernel = after or kernel
        work.say("step", {"step": f"{chapter} staged"})


def _start_kernel(work: _Run, chapter: str) -> kernels.Kernel:
    kernel = kernels.start(work.ground.root, cache=work.ground.layout.cache, warm=work.means.warm(chapter))
    work.kernels.append(kernel)
    return kernel


def _turn(
    work: _Run, *, chapter: str, kernel: kernels.Kernel, upcoming: Callable[[], kernels.Kernel] | None
) -> kernels.Kernel | None:
    """One chapter, judged; returns the next chapter's kernel, which warms up once this chapter's own is at work."""
    ground = work.ground
    declared = stages.declared(ground.notebooks / f"{chapter}.ipynb")
    given = {k: v for k, v in ground.choices.items() if k in declared}
    plan = ground.plan.path
    parameters = {**given, "plan": str(plan), "folder": str(work.staged)}
    public = {**given, "plan": plan.name, "folder": ""}
    stage = stages.Stage(chapter, ground.notebooks / f"{chapter}.ipynb", work.staged, parameters, public)
    begun: list[kernels.Kernel] = []
    at_work = (lambda: begun.append(upcoming())) if upcoming else None
    limits = ground.plan.file.run
    verdict = stages.run(stage, kernel=kernel, limits=limits, deadline=work.deadline, say=work.say, at_work=at_work)
    facts = {"name": chapter, "status": "done", "cells": verdict.cells, "seconds": verdict.seconds}
    work.record.stages.append(facts)
    work.record.checks += [{"chapter": chapter, **c} for c in verdict.checks]
    work.record.warnings += [f"{chapter}: {text}" for text in verdict.warnings]
    work.say("staged", {"stage": chapter, "seconds": verdict.seconds})
    return begun[0] if begun else None


def _finish(work: _Run) -> None:
    """The report, the gates, and the publication; or, of a run made again, whether it gave the same."""
    _report(work)
    before = retention.last_reconciliation(work.ground.layout, as_of=work.ground.as_of)
    passed = gates.check(work.staged, plan=work.ground.plan, private=_private(work.ground), before=before)
    work.record.checks += [{"chapter": "gates", **c} for c in passed]
    work.say("gates", {"checks": len(passed)})
    if _inputs_changed(work):
        raise ChainError("a delivered file changed while the run read it. Run again once the delivery is complete.")
    outputs = manifest.outputs_of(work.staged)
    if (published := _same_run(work)) is not None:
        _check_same(published, outputs=outputs)
        shutil.rmtree(work.staged)
        _unchanged(work, published=published)
        return
    work.record.timings["total"] = round(time.monotonic() - work.began, 3)
    later, content = publishing.followed(work.ground), _manifest(work, outputs=outputs)
    place = publishing.publish(work.ground, staged=work.staged, content=content, say=work.say, restate=work.restate)
    _end(work, status="beside" if later and not work.restate else "published", place=place, later=later)


def _report(work: _Run) -> None:
    began = time.monotonic()
    ground = work.ground
    space = workspace.open(
        str(ground.plan.path),
        as_of=ground.as_of,
        chapter=CHAPTERS[-1],
        language=str(ground.choices["language"]),
        folder=str(work.staged),
    )
    files = work.means.report(work.staged, workspace=space)
    seconds = round(time.monotonic() - began, 3)
    work.record.timings["report"] = seconds
    work.say("report", {"files": len(files), "seconds": seconds})


def _private(ground: Ground) -> list[str]:
    """The machine's own paths; short ones such as / or /app would be found by chance."""
    return [p for p in {str(ground.layout.base), str(ground.root), str(ground.plan.root)} if p.count("/") > 1]


def _inputs_changed(work: _Run) -> bool:
    return work.ground.inputs(work.means) != work.inputs


def _same_run(work: _Run) -> dict[str, Any] | None:
    """The manifest of the current run where it was computed from the same, under the same versions, and is intact."""
    layout = work.ground.layout
    run_id = layout.current(work.ground.as_of)
    content = manifest.read(layout.run(run_id)) if run_id else {}
    same = content.get("logical_id") == work.identity.logical_id and content.get("versions") == versions()
    return content if run_id and same and not manifest.verify(layout.run(run_id)) else None


def _check_same(published: dict[str, Any], *, outputs: list[dict[str, Any]]) -> None:
    if differing := manifest.compare(published["outputs"], outputs):
        raise ChainError(
            f"the same inputs gave other files than in run {published['run_id']}: {'; '.join(differing[:10])}. "
            "The published run stays. Something in a notebook depends on chance, time or order."
        )


def _unchanged(work: _Run, *, published: dict[str, Any]) -> None:
    work.record.run_id = published["run_id"]
    _end(work, status="unchanged", place=work.ground.layout.run(published["run_id"]))


def _end(work: _Run, *, status: str, place: Path, later: str = "") -> None:
    record = work.record
    record.status, record.exit_status, record.folder = status, 0, str(place)
    record.timings["total"] = round(time.monotonic() - work.began, 3)
    shown = work.ground.layout.base / work.ground.as_of
    shown = place if status == "beside" or not shown.exists() else shown
    record.message = f"{status}: {shown}"
    if status == "beside":
        kept = work.ground.layout.current(work.ground.as_of)
        record.message += (
            f". {later} follows {work.ground.as_of}, whose readers keep {kept}; --restate REASON changes that."
        )
    work.say(status, {"folder": str(shown), "run_id": record.run_id})


def _manifest(work: _Run, *, outputs: list[dict[str, Any]]) -> dict[str, Any]:
    ground, record, parts = work.ground, work.record, work.identity.parts()
    year = ground.calendar.plan_year(ground.as_of)
    previous = ground.previous()
    return {
        "run_id": record.run_id,
        "logical_id": record.logical_id,
        "plan": ground.plan.name,
        "plan_sha256": ground.plan.sha256,
        "as_of": ground.as_of,
        "plan_year": year,
        "cut_off": ground.calendar.bounds(ground.as_of)[1].isoformat(),
        "status": "published",
        "published_at": record.started,
        "inputs": manifest.with_totals(work.inputs, folder=work.staged),
        "outputs": outputs,
        "parameters": dict(ground.choices),
        "code": {**parts["code"], **parts["notebooks"]},
        "versions": versions(),
        "seeds": {"seed": ground.choices["seed"]},
        "timings": {**record.timings, **{s["name"]: s["seconds"] for s in record.stages}},
        "stages": record.stages,
        "parent": {k: previous[k] for k in ("run_id", "logical_id")} if previous else None,
        "ledger_head": ledger.head(ground.layout.ledger, year=year),
        "checks": record.checks,
        "warnings": record.warnings,
    }


def _note_failure(error: BaseException, *, record: results.Record) -> None:
    record.exit_status = 130 if isinstance(error, KeyboardInterrupt) else exit_status(error)
    record.status = _STATUS.get(record.exit_status, "died")
    record.place = getattr(error, "place", None)
    record.message = str(error) or type(error).__name__
    if isinstance(error, OSError):
        record.message = f"{error.strerror or error} ({error.filename or 'writing outputs'}). Nothing was published."
    elif record.exit_status == 2 and record.place is None:
        record.message = "".join(traceback.format_exception(error)).rstrip()


def _note_without_ground(request: Request, record: results.Record) -> str | None:
    """Where preflight refused but the plan file can be read, its outputs still say how the run ended."""
    from salesplan.chain.request import home

    try:
        plan = config.load(request.plan)
    except Exception:
        return None
    record.plan, record.as_of = plan.name, request.as_of
    base = Path(request.outputs or home(plan.path) / "outputs").resolve() / plan.name
    return results.write(base, record)


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """Turns SIGTERM and SIGINT into an exception, so that kernels are stopped and the lock is released."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: Any) -> None:
        del frame
        raise Interrupted(number)

    before = {n: signal.signal(n, stop) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
