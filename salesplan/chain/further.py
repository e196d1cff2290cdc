"""The plan's further languages: the same run once more in each, beside the first, for page, Word and Excel alone."""

from __future__ import annotations

__all__ = ["Further", "collect", "start", "stop"]

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from salesplan.chain.preflight import Ground
from salesplan.chain.request import Request
from salesplan.errors import ChainError

_FACES = ("report.html", "plan.docx", "plan.xlsx")


@dataclass(frozen=True)
class Further:
    """One further language under way: the process that runs it, and where its outputs go."""

    language: str
    process: subprocess.Popen[str]
    outputs: Path


def start(request: Request, *, ground: Ground, staged: Path) -> list[Further]:
    """Starts a run in each further language of the plan; none where the request asks for one language alone."""
    if request.language:
        return []
    return [
        _started(language, request, ground=ground, staged=staged) for language in ground.plan.file.company.languages[1:]
    ]


def _started(language: str, request: Request, *, ground: Ground, staged: Path) -> Further:
    outputs = staged.with_name(f"{staged.name}-{language}")
    command = [sys.executable, "-m", "salesplan.cli", "run", "--quiet", "--plan", str(ground.plan.path)]
    command += ["--as-of", ground.as_of, "--language", language, "--outputs", str(outputs)]
    process = subprocess.Popen(  # noqa: S603 (our own command, our own arguments)
        command,
        cwd=ground.root,
        env={**os.environ, "SALESPLAN_CACHE": str(ground.layout.cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Further(language, process, outputs)


def collect(running: Iterable[Further], *, ground: Ground, staged: Path, deadline: float) -> list[Path]:
    """Waits for the further languages and takes their faces over, the language before the ending; their places.

    Errors: ChainError where one did not end well, with what it said.
    """
    taken = []
    for one in running:
        try:
            said, _ = one.process.communicate(timeout=max(1.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise ChainError(f"the faces in {one.language} took longer than run_seconds allows.") from error
        if one.process.returncode:
            raise ChainError(f"the faces in {one.language} could not be made: {said.strip()[-2000:]}")
        published = one.outputs / ground.plan.name / ground.as_of
        for face in _FACES:
            stem, ending = face.split(".")
            place = staged / f"{stem}.{one.language}.{ending}"
            shutil.copyfile(published / face, place)
            taken.append(place)
        shutil.rmtree(one.outputs)
    return taken


def stop(running: Iterable[Further]) -> None:
    """Ends what is still under way and leaves nothing of it."""
    for one in running:
        if one.process.poll() is None:
            one.process.terminate()
            one.process.wait()
        shutil.rmtree(one.outputs, ignore_errors=True)
