"""Did a notebook really come to its end? Judged from what it did, never from what its metadata says."""

from __future__ import annotations

__all__ = ["Verdict", "judge", "locate", "sentinel_problems"]

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salesplan.chain.failures import NotebookError
from salesplan.provenance import sha256_of

_OURS = {"SalesplanError", "PlanFileError", "DataError", "ChainError", "LockHeldError"}


@dataclass(frozen=True)
class Verdict:
    """A notebook that came to its end: its code cells, the checks it made, the warnings it printed, its seconds."""

    chapter: str
    cells: int
    checks: list[dict[str, Any]]
    warnings: list[str]
    seconds: float


def judge(notebook: Any, *, chapter: str, folder: Path, seconds: float) -> Verdict:
    """The verdict on an executed notebook; raises NotebookError naming cell, section and message.

    It holds where no cell shows an error, every code cell was executed, and the sentinel is there with files of the
    hashes it names.
    """
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                raise _failure(notebook, index, chapter=chapter, message=_message(output))
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            raise _failure(notebook, index, chapter=chapter, message="was never executed")
    if found := sentinel_problems(folder, chapter):
        raise NotebookError(f"{chapter}: {found[0]}", place={"notebook": chapter, "cell": None, "section": ""})
    sentinel = json.loads((folder / "sentinels" / f"{chapter}.json").read_text(encoding="utf-8"))
    cells = sum(c.cell_type == "code" for c in notebook.cells)
    return Verdict(chapter, cells, sentinel["checks"], _warnings(notebook), round(seconds, 3))


def locate(notebook: Any, index: int) -> tuple[int, str]:
    """Where a cell stands for a person: its number among the notebook's own code cells, and its section's heading."""
    own = [
        c
        for c in notebook.cells[: index + 1]
        if c.cell_type == "code" and "injected-parameters" not in c.metadata.get("tags", [])
    ]
    heading = ""
    for cell in notebook.cells[: index + 1]:
        if cell.cell_type == "markdown" and (found := re.findall(r"^#+ +(.+)$", cell.source, flags=re.MULTILINE)):
            heading = found[-1].strip()
    return len(own), heading


def sentinel_problems(folder: Path, chapter: str) -> list[str]:
    """What is wrong with a chapter's sentinel, and with the files it vouches for; empty where nothing is."""
    place = folder / "sentinels" / f"{chapter}.json"
    if not place.is_file():
        return ["the notebook ended without its last cell, ws.close(); nothing vouches for what it wrote"]
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
        outputs, named = dict(content["outputs"]), content["chapter"]
    except (ValueError, KeyError, TypeError):
        return ["its sentinel cannot be read"]
    if named != chapter:
        return [f"its sentinel is that of {named}"]
    wrong = [n for n, sha in outputs.items() if not (folder / n).is_file() or sha256_of(folder / n) != sha]
    return [f"{name} is not what the notebook wrote" for name in wrong]


def _failure(notebook: Any, index: int, *, chapter: str, message: str) -> NotebookError:
    cell, section = locate(notebook, index)
    where = f"{chapter}, code cell {cell}" + (f", section {section!r}" if section else "")
    place = {"notebook": chapter, "cell": cell, "section": section}
    return NotebookError(f"{where}: {message}", place=place)


def _message(output: Any) -> str:
    """Our own errors speak for themselves; of others the kind is part of the message."""
    if output["ename"] in _OURS:
        return str(output["evalue"])
    if output["ename"] == "SystemExit":
        return f"the cell ended the notebook (SystemExit {output['evalue']})".rstrip()
    return f"{output['ename']}: {output['evalue']}"


def _warnings(notebook: Any) -> list[str]:
    texts = [
        output["text"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream" and output["name"] == "stderr"
    ]
    lines = [line.strip() for text in texts for line in text.splitlines() if "Warning" in line]
    return sorted(set(lines))
