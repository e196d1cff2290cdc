"""Every public function of the domain, as the notebooks call it, changes nothing and answers twice alike."""

from __future__ import annotations

import importlib
import inspect
import os

import pandas as pd
import pytest

from tests.conftest import run_notebooks
from tests.purity import ImpureError, guarded, same

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
    # mid-year, where every section of the fourth notebook has something to say
    run_notebooks(monkeypatch, as_of="2026Q2", language="en", folder=os.fspath(tmp_path))
    assert sorted(set(functions) - seen) == [], "public functions that no notebook calls: use them, or hide them"


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
