"""Exact money, exact rounding, reproducible randomness and plain intervals."""

from __future__ import annotations

__all__ = [
    "cents",
    "false_discovery",
    "generator",
    "log_mean_parts",
    "mean_interval",
    "normal_quantile",
    "proportion_interval",
    "round_to_total",
    "running_cents",
    "told_changes",
    "units",
]

import zlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

MEDIAN_OF_CHI2 = 0.4549364231195724  # with one degree of freedom
_LARGEST_CENTS = 2**62


def normal_quantile(share: float) -> float:
    """How many standard deviations above its mean a normal variable's quantile lies (its lower ``share`` below it)."""
    return NormalDist().inv_cdf(share)


def cents(amounts: Any) -> Any:
    """Whole cents (int64) of amounts in currency units, each rounded half to even; a scalar gives an int.

    Errors: ValueError where an amount is not finite or too large to be counted in cents.
    """
    values = np.asarray(amounts, dtype="float64") * 100
    if not np.isfinite(values).all() or (np.abs(values) > _LARGEST_CENTS).any():
        raise ValueError("an amount is missing, infinite or too large to be counted in whole cents")
    whole = np.rint(values).astype("int64")
    if isinstance(amounts, pd.Series):
        return pd.Series(whole, index=amounts.index, name=amounts.name)
    return whole if whole.ndim else int(whole)


def units(whole: Any) -> Any:
    """Currency units [float, exact to the cent] of whole cents."""
    if isinstance(whole, pd.Series):
        return whole.astype("float64") / 100
    return np.asarray(whole, dtype="float64") / 100 if np.ndim(whole) else float(whole) / 100


def round_to_total(weights: Any, total: int, *, keys: Sequence[Any] | None = None) -> np.ndarray:
    """How are ``total`` whole cents shared in proportion to non-negative ``weights``, exactly?

    Largest remainder: every part within one cent of its exact share, parts sum to ``total`` (which may be negative).
    Ties go to the smallest key, so that the order of rows does not matter; without ``keys`` to the earlier row.
    Errors: ValueError where weights are negative, or all zero while ``total`` is not.
    Source: Balinski & Young, Fair Representation (1982), method of Hamilton.
    """
    w = np.asarray(weights, dtype="float64")
    if (w < 0).any() or not np.isfinite(w).all():
        raise ValueError("weights must be finite and not negative")
    if w.sum() == 0:
        if total:
            raise ValueError("weights are all zero: there is nothing to share the total by")
        return np.zeros(len(w), dtype="int64")
    if total < 0:
        return -round_to_total(w, -total, keys=keys)
    # normalised first, so that neither very small nor very large weights lose precision or overflow
    exact = w / w.max()
    exact = exact / exact.sum() * total
    floor = np.floor(exact).astype("int64")
    rest = total - int(floor.sum())
    order = np.arange(len(w)) if keys is None else np.argsort(np.argsort([str(k) for k in keys], kind="stable"))
    remainder = np.where(w > 0, exact - floor, -1.0)
    ranked = np.lexsort((order, -np.round(remainder, 9)))
    step = 1 if rest > 0 else -1
    receivers = ranked if rest > 0 else ranked[::-1]
    receivers = receivers[w[receivers] > 0] if rest > 0 else receivers[floor[receivers] > 0]
    for index in range(abs(rest)):
        floor[receivers[index % len(receivers)]] += step
    return floor


def running_cents(amounts: Iterable[float | Decimal]) -> list[int]:
    """Whole cents of parts [cents with their fractions] that add to the rounded whole.

    The running sum is rounded half to even and each part is its step, so that later parts change no earlier one.
    """
    running: Any = 0
    before, found = 0, []
    for amount in amounts:
        running += amount
        now = round(running)
        found.append(now - before)
        before = now
    return found


def generator(seed: int, *names: str) -> np.random.Generator:
    """A random generator that depends on the seed and on what it is for, not on what was drawn before it."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def log_mean_parts(before: Any, after: Any) -> np.ndarray:
    """What does each factor add to the change of their product?

    Arrays of factors × cases, one value each before and after, to amounts of the same shape, which sum over the factors
    to the change exactly, whatever their order; missing in cases where a factor is not positive. Part = L · ln(after ÷
    before), L the logarithmic mean of the two products. Source: Vartia, Scand. J. of Economics 78 (1976); Ang, Energy
    Policy 33 (2005), LMDI-I.
    """
    old, new = (np.asarray(values, dtype="float64") for values in (before, after))
    positive = ((old > 0) & (new > 0)).all(axis=0)
    ratio = np.log(np.where(positive, new, 1)) - np.log(np.where(positive, old, 1))
    first, whole = np.where(positive, old, 1).prod(axis=0), ratio.sum(axis=0)
    grown = np.expm1(whole)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = first * np.where(np.abs(whole) < 1e-12, 1.0, grown / whole)
    return np.where(positive, mean * ratio, np.nan)


def proportion_interval(successes: int, trials: int, *, confidence: float = 0.9) -> tuple[float, float]:
    """Between which shares does a proportion lie? Wilson's score interval; (0, 1) without trials.

    Source: Wilson, JASA 22 (1927).
    """
    from scipy.stats import binomtest

    if trials == 0:
        return 0.0, 1.0
    found = binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def mean_interval(values: Any, *, confidence: float = 0.9) -> tuple[float, float]:
    """Between which values does the mean lie? Student's t; (nan, nan) below two values."""
    from scipy.stats import t

    clean = np.asarray(values, dtype="float64")
    clean = clean[np.isfinite(clean)]
    if len(clean) < 2:
        return float("nan"), float("nan")
    half = t.ppf((1 + confidence) / 2, len(clean) - 1) * clean.std(ddof=1) / np.sqrt(len(clean))
    return float(clean.mean() - half), float(clean.mean() + half)


def false_discovery(p_values: Any) -> np.ndarray:
    """q-values [share 0-1] of p-values by Benjamini and Hochberg; missing ones stay missing and do not count."""
    from scipy.stats import false_discovery_control

    p = np.asarray(p_values, dtype="float64")
    q = np.full(len(p), np.nan)
    known = np.isfinite(p)
    if known.any():
        q[known] = false_discovery_control(p[known])
    return q


def told_changes(changes: Any, p_values: Any, *, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """q-values of changes that are judged together, and what they say: rose, fell, as before, or cannot tell.

    Told is a change whose q-value is at most ``rate``; one without a p-value cannot be told.
    """
    p, change = (np.asarray(values, dtype="float64") for values in (p_values, changes))
    q = false_discovery(p)
    told = np.where(q <= rate, np.where(change > 0, "rose", "fell"), "as before")
    return q, np.where(np.isnan(p), "cannot tell", told)
