"""Wraps functions so that every call proves that it changes none of its inputs and answers twice alike."""

from __future__ import annotations

import copy
import dataclasses
import functools
import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

DOMAIN = (
    "review",
    "review.causes",
    "review.effects",
    "swot",
    "targets",
    "strategies.market",
    "strategies.customer",
    "strategies.product",
    "strategies.price",
    "strategies.elasticity",
    "strategies.channel",
    "initiatives",
    "execution",
)


class ImpureError(AssertionError):
    """A function changed what it was given, or gave two answers to one question."""


def same(left: Any, right: Any) -> bool:
    """Are two values equal, frames and arrays included?"""
    if type(left) is not type(right):
        return False
    if isinstance(left, pd.DataFrame | pd.Series | pd.Index):
        return _frames_alike(left, right)
    if isinstance(left, np.ndarray):
        return left.dtype == right.dtype and np.array_equal(left, right, equal_nan=left.dtype.kind == "f")
    if isinstance(left, csr_matrix):
        return left.shape == right.shape and (left != right).nnz == 0
    if dataclasses.is_dataclass(left) and not isinstance(left, type):
        return all(same(getattr(left, f.name), getattr(right, f.name)) for f in dataclasses.fields(left))
    if isinstance(left, functools.partial):
        return left.func is right.func and same((left.args, left.keywords), (right.args, right.keywords))
    if isinstance(left, Mapping):
        return list(left) == list(right) and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right) or (left != left and right != right)


def _frames_alike(left: Any, right: Any) -> bool:
    if isinstance(left, pd.Index):
        return left.identical(right)
    check = pd.testing.assert_frame_equal if isinstance(left, pd.DataFrame) else pd.testing.assert_series_equal
    try:
        check(left, right, check_exact=True)
    except AssertionError:
        return False
    return getattr(left, "attrs", None) == getattr(right, "attrs", None)


def guarded(function: Callable[..., Any], *, seen: set[str], name: str) -> Callable[..., Any]:
    """``function`` with the proof around it; ``name`` is added to ``seen`` when it is called."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        before = copy.deepcopy((args, kwargs))
        answer = function(*args, **kwargs)
        if not same((args, kwargs), before):
            raise ImpureError(f"{name} changed what it was given")
        if name not in seen and not same(answer, function(*args, **kwargs)):
            raise ImpureError(f"{name} gave two answers to one question")
        seen.add(name)
        return answer

    return wrapper


def public_functions() -> dict[str, tuple[object, str]]:
    """Name to (module, attribute) of every function that a domain module offers."""
    found = {}
    for name in DOMAIN:
        module = importlib.import_module(f"salesplan.{name}")
        for attribute in module.__all__:
            if inspect.isfunction(getattr(module, attribute)):
                found[f"{name}.{attribute}"] = (module, attribute)
    return found


def guard_domain(monkeypatch: pytest.MonkeyPatch) -> tuple[set[str], set[str]]:
    """Puts the proof around every public domain function: the names of all, and of those called since."""
    functions, seen = public_functions(), set[str]()
    for name, (module, attribute) in functions.items():
        monkeypatch.setattr(module, attribute, guarded(getattr(module, attribute), seen=seen, name=name))
    return set(functions), seen
