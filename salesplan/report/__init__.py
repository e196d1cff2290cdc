"""The published faces of a run: page, document and workbook, all from the same tables and findings."""

from __future__ import annotations

__all__ = ["publish", "write"]

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from salesplan.errors import ChainError
from salesplan.workspace import Workspace


def publish(folder: Path, *, workspace: Workspace) -> Sequence[Path]:
    """Writes report.html, plan.docx, plan.xlsx and the letter mail.txt and mail.html of a run; returns their places.

    Each further language of the run gets its own, with the language before the ending (report.zh.html), written by a
    process of its own meanwhile. Everything comes from what the run saved in the workspace's folder; the same run gives
    the same bytes. Sections without their source are printed as such. Raises OSError where a file cannot be written,
    ChainError where a further language could not be.
    """
    beside = [_beside(folder, workspace=workspace, language=language) for language in workspace.languages[1:]]
    try:
        places = write(folder, workspace=workspace, language=workspace.languages[0])
        for process in beside:
            _, told = process.communicate()
            if process.returncode:
                raise ChainError(f"the report in a further language could not be written: {told.strip()[-2000:]}")
    finally:
        for process in beside:
            process.kill()
    return places + [place for language in workspace.languages[1:] for place in _places(folder, workspace, language)]


def write(folder: Path, *, workspace: Workspace, language: str) -> list[Path]:
    """Writes the faces of a run in one of its languages into ``folder``; returns their places."""
    from salesplan.report import book, contents, document, mail, page

    content = contents.collect(workspace.spoken(language))
    places = _places(folder, workspace, language)
    for place, face in zip(places, (page, document, book, mail, mail), strict=True):
        face.write(place, content=content)
    return places


def _places(folder: Path, workspace: Workspace, language: str) -> list[Path]:
    own = "" if language == workspace.languages[0] else f".{language}"
    names = (f"report{own}.html", f"plan{own}.docx", f"plan{own}.xlsx", f"mail{own}.txt", f"mail{own}.html")
    return [folder / name for name in names]


def _beside(folder: Path, *, workspace: Workspace, language: str) -> subprocess.Popen[str]:
    """A process that writes one language of the same run."""
    asked = [str(workspace.plan.path), workspace.as_of, str(folder), language]
    command = [sys.executable, "-m", "salesplan.report", *asked]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # noqa: S603
