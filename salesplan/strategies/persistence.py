"""What is said of this year: does it hold of the next? Learned from the company's own years."""

from __future__ import annotations

__all__ = ["holding"]

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

_FEWEST = 20  # members' years to learn from
_CLEAREST = 0.98  # no resample is believed beyond this
_MOST_STEPS, _DIGITS = 50, 6
_SPREAD = 1.0  # standard deviation of what is expected of slope and classes [log odds]


def holding(years: Sequence[pd.DataFrame]) -> np.ndarray:
    """With which probability is each member's class the same a year on?

    years: this one and earlier ones, latest first, each with the same members in the same order: class, sure (how clear
    it is within its year, 0 to 1; missing where nothing is known) and, where members of one class are to be told apart,
    apart (a text). Returns the share [0-1] per member, missing where nothing is known now or fewer than twenty members'
    years are there to learn from.

    Method: logistic regression of whether a class was kept on how clear it was (log odds) and on the class itself, with
    normal priors of standard deviation 1 on slope and classes, so that a class seen seldom leans on the others.
    """
    now, pairs = years[0], [b.assign(kept=b["class"].eq(a["class"])) for a, b in pairwise(years)]
    known = pd.concat([pair[pair["sure"].notna()] for pair in pairs]) if pairs else now.iloc[:0]
    if len(known) < _FEWEST:
        return np.full(len(now), np.nan)
    kinds = sorted(set(_kind(known)) | set(_kind(now)))
    at = _fitted(_design(known, kinds), known["kept"].to_numpy("float64"))
    found = 1 / (1 + np.exp(-_design(now, kinds) @ at))
    # the last digits of dot products change with the number of threads
    return np.where(now["sure"].notna(), found.round(_DIGITS), np.nan)


def _fitted(design: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Coefficients by Newton's method."""
    at = np.zeros(design.shape[1])
    penalty = np.array([1e-6, *([1 / _SPREAD**2] * (len(at) - 1))])
    for _ in range(_MOST_STEPS):
        p = 1 / (1 + np.exp(-design @ at))
        bent = (design * (p * (1 - p))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(bent, design.T @ (kept - p) - penalty * at)
        at = at + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    return at


def _kind(rows: pd.DataFrame) -> pd.Series:
    """The class, told apart where that is asked for."""
    return rows["class"].astype(str) + ("/" + rows["apart"].astype(str) if "apart" in rows else "")


def _design(rows: pd.DataFrame, kinds: list[str]) -> np.ndarray:
    """An intercept, the log odds of clearness, and a column per class."""
    sure = rows["sure"].fillna(0.5).clip(1 - _CLEAREST, _CLEAREST).to_numpy("float64")
    own = (_kind(rows).to_numpy()[:, None] == np.array(kinds)[None, :]).astype("float64")
    return np.column_stack([np.ones(len(rows)), np.log(sure / (1 - sure)), own])
