"""Keeps committed notebooks free of everything but their source and the outputs of golden cells.

    python tools/clean_notebooks.py            cleans every notebook in place
    python tools/clean_notebooks.py --check    names the notebooks that are not clean; exit 1 where there is one
    python tools/clean_notebooks.py --golden   runs them on the demo and keeps what the golden cells say

A golden cell is tagged ``nbval-check-output``. Its count is kept at 1: nbval compares nothing in a cell without one.
"""

from __future__ import annotations

import argparse
import copy
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # nbformat would spend seconds on its grammar

import nbformat  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = "nbval-check-output"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python"}
# what an output may hold beside its text: pictures and pages are not compared, so they are not kept
COMPARED = ("text/plain",)


def notebooks(folder: Path) -> list[Path]:
    """The notebooks of a folder, in the order in which they run."""
    return sorted(p for p in folder.glob("*.ipynb") if p.is_file())


def is_golden(cell: Any) -> bool:
    """Is this a cell whose output is compared?"""
    return cell.cell_type == "code" and GOLDEN in cell.metadata.get("tags", [])


def plain_output(output: Any) -> Any:
    """An output with its count fixed and nothing but its text."""
    kept = copy.deepcopy(output)
    kept.pop("execution_count", None)
    if kept.output_type == "execute_result":
        kept["execution_count"] = 1
    if "data" in kept:
        kept["data"] = {kind: text for kind, text in kept.data.items() if kind in COMPARED}
        kept["metadata"] = {}
    return kept


def cleaned(notebook: Any) -> Any:
    """The notebook as it may be committed; the one given stays as it is."""
    clean = copy.deepcopy(notebook)
    clean.metadata = nbformat.from_dict({"kernelspec": dict(KERNEL), "language_info": dict(LANGUAGE)})
    for cell in clean.cells:
        tags = cell.metadata.get("tags", [])
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        cell.pop("attachments", None)
        if cell.cell_type != "code":
            continue
        golden = is_golden(cell)
        cell.outputs = [plain_output(o) for o in cell.outputs if o.output_type != "error"] if golden else []
        cell.execution_count = 1 if golden and cell.outputs else None
    return clean


def as_text(notebook: Any) -> str:
    """How a notebook is written to disk, the same bytes every time."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def problems(path: Path) -> list[str]:
    """What keeps this notebook from being committed; empty where nothing does."""
    notebook = nbformat.read(path, as_version=4)
    clean = cleaned(notebook)
    found = []
    for number, (is_, should) in enumerate(zip(notebook.cells, clean.cells, strict=True), 1):
        for part in ("outputs", "execution_count", "metadata", "attachments"):
            if is_.get(part) != should.get(part):
                found.append(f"cell {number} ({is_.get('id', 'no id')}): {part}")
    if notebook.metadata != clean.metadata:
        found.append("metadata of the notebook")
    if not found and path.read_text(encoding="utf-8") != as_text(clean):
        found.append("layout of the file")
    return found


def clean_in_place(path: Path) -> bool:
    """Cleans one notebook; True where something had to go."""
    text = as_text(cleaned(nbformat.read(path, as_version=4)))
    if path.read_text(encoding="utf-8") == text:
        return False
    path.write_text(text, encoding="utf-8")
    return True


def executed(notebook: Any, *, parameters: dict[str, str], where: Path) -> Any:
    """The notebook after a run with other parameters, in the folder where nbval would run it."""
    from nbclient import NotebookClient
    from papermill.parameterize import parameterize_notebook
    from traitlets.config import Config

    quiet = Config({"KernelManager": {"transport_encryption": "auto"}})
    ready = copy.deepcopy(notebook)
    for cell in ready.cells:
        cell.metadata.setdefault("tags", [])
    ready.metadata.setdefault("papermill", nbformat.from_dict({}))
    ready = parameterize_notebook(ready, parameters, kernel_name="python3", language="python")
    client = NotebookClient(
        ready, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(where)}}, config=quiet
    )
    return client.execute()


def store_golden(paths: list[Path], *, plan: str, as_of: str) -> None:
    """Runs the notebooks in order in a temporary folder and keeps what their golden cells said."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SALESPLAN_CACHE"] = str(Path(folder, "cache"))
        given = {"plan": plan, "as_of": as_of, "folder": str(Path(folder, "run"))}
        for path in paths:
            source = nbformat.read(path, as_version=4)
            done = executed(source, parameters=given, where=path.parent)
            said = {c.id: c.outputs for c in done.cells if is_golden(c)}
            for cell in source.cells:
                if is_golden(cell):
                    cell.outputs = said[cell.id]
            text = as_text(cleaned(source))
            if folder in text:
                raise SystemExit(f"{path.name}: a golden cell prints where the run lies. Print what was found instead.")
            path.write_text(text, encoding="utf-8")
            print(f"{path.name}: {len(said)} golden cells kept")


def main(arguments: list[str] | None = None) -> int:
    """Cleans, checks or runs; returns the exit status."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--check", action="store_true", help="change nothing; exit 1 where a notebook is not clean")
    ask.add_argument("--golden", action="store_true", help="run the notebooks and keep the outputs of golden cells")
    ask.add_argument("--folder", type=Path, default=ROOT / "notebooks")
    ask.add_argument("--plan", default="data/demo/plan.toml")
    ask.add_argument("--as-of", default="2025Q4")
    asked = ask.parse_args(arguments)
    paths = notebooks(asked.folder)
    if asked.check:
        found = {path.name: problems(path) for path in paths}
        for name, wrong in found.items():
            for what in wrong:
                print(f"{name}: {what}")
        return int(any(found.values()))
    if asked.golden:
        store_golden(paths, plan=asked.plan, as_of=asked.as_of)
        return 0
    for path in paths:
        if clean_in_place(path):
            print(f"{path.name}: cleaned")
    return 0


if __name__ == "__main__":
    sys.exit(main())
