"""Every public function of the domain, as the notebooks call it, changes nothing and answers twice alike."""

from __future__ import annotations

import importlib
import inspect
import os
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from salesplan.workspace import CHAPTERS
from tests.purity import ImpureError, guarded, same

ROOT = Path(__file__).parent.parent
DOMAIN = (
    "review",
    "swot",
    "targets",
    "strategies.market",
    "strategies.customer",
    "strategies.product",
    "strategies.price",
    "strategies.channel",
    "initiatives",
    "execution",
)


def public_functions() -> dict[str, tuple[object, str]]:
    """Name to (module, attribute) of every function that a domain module offers."""
    found = {}
    for name in DOMAIN:
        module = importlib.import_module(f"salesplan.{name}")
        for attribute in module.__all__:
            if inspect.isfunction(getattr(module, attribute)):
                found[f"{name}.{attribute}"] = (module, attribute)
    return found


@pytest.mark.slow
def test_every_public_domain_function_is_pure_in_the_notebooks(monkeypatch, tmp_path):
    seen: set[str] = set()
    functions = public_functions()
    for name, (module, attribute) in functions.items():
        monkeypatch.setattr(module, attribute, guarded(getattr(module, attribute), seen=seen, name=name))
    monkeypatch.chdir(ROOT)
    # mid-year, where every section of the fourth notebook has something to say
    for chapter in CHAPTERS:
        _run(chapter, as_of="2026Q2", folder=tmp_path)
    assert sorted(set(functions) - seen) == [], "public functions that no notebook calls: use them, or hide them"


def _run(chapter: str, *, as_of: str, folder: Path) -> None:
    notebook = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4)
    scope: dict[str, object] = {"__name__": chapter}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        exec(compile(cell.source, chapter, "exec"), scope)
        if "parameters" in cell.metadata.get("tags", []):
            scope |= {"as_of": as_of, "language": "en", "folder": os.fspath(folder)}


def test_the_wrapper_sees_a_changed_input():
    def impure(frame: pd.DataFrame) -> pd.DataFrame:
        frame["x"] = 1
        return frame

    with pytest.raises(ImpureError, match="changed what it was given"):
        guarded(impure, seen=set(), name="impure")(pd.DataFrame({"x": [0]}))


def test_the_wrapper_sees_two_answers():
    answers = iter([1, 2])
    with pytest.raises(ImpureError, match="two answers"):
        guarded(lambda: next(answers), seen=set(), name="moody")()


def test_equality_looks_into_frames_and_lists():
    assert same([pd.DataFrame({"a": [float("nan")]})], [pd.DataFrame({"a": [float("nan")]})])
    assert not same([pd.DataFrame({"a": [1]})], [pd.DataFrame({"a": [1.0]})])
    assert not same({"a": 1}, {"b": 1})
