"""The wrapper that proves a function pure sees what is not; the notebooks' run under it is in test_no_lookahead."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.purity import ImpureError, guarded, same


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
