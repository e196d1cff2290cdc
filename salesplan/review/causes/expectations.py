"""What was to be expected of every leaf of the business, from the years before alone."""

from __future__ import annotations

__all__ = ["expected_leaves"]

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from salesplan import stats
from salesplan.config import DIMENSIONS
from salesplan.periods import FiscalCalendar
from salesplan.review.windows import Window

_YEAR, _MOST_YEARS, _FEWEST_YEARS = 12, 5, 2
_RECENT = 0.25  # each year further back weighs a quarter as much
_DAMPED = 0.85  # of a trend, what is taken to go on
_SPREAD = 0.05  # how far trends of members lie apart a year, before the data are seen
_FEWEST = 8
_FARTHEST, _ROUNDS, _LEAST = 3.0, 20, 1e-4


def expected_leaves(
    cube: pd.DataFrame, parts: pd.DataFrame, *, window: Window, calendar: FiscalCalendar
) -> pd.DataFrame:
    """What should each product category × region × customer group × channel have sold in these months?

    Frames ``facts.monthly_cube`` and ``facts.customer_parts`` to one row per leaf: product, region, customer_group,
    channel, actual_cents, expected_cents, error (the standard error of the logarithm of actual ÷ expected), pull (how
    far the same forecast of the year before was off, in errors). Expected is a forecast from the same months of up to
    five years before, made without the window: a leaf's level, recent years first, times the trend that all share and
    its members' own, which are held to it the more the noisier they are (ridge regression on logarithms) and damped.
    error is how far such a forecast of the year before was off in leaves that hang as much on single customers: error²
    = a + b × the sum of squared shares of customers (Herfindahl index). Leaves without sales in each of those years, or
    in the window, are left out, and so is everything with fewer than two years before.
    """
    years = _years(cube, window=window, calendar=calendar)
    columns = [*DIMENSIONS, "actual_cents", "expected_cents", "error", "pull"]
    nothing = pd.DataFrame({c: pd.Series(dtype="float64" if c not in DIMENSIONS else "object") for c in columns})
    if len(years) < _FEWEST_YEARS + 1:
        return nothing
    sold = [cube[cube["period"].isin(months)].groupby(list(DIMENSIONS))["net_sales_cents"].sum() for months in years]
    sums = pd.concat(sold, axis=1)
    whole = sums[(sums > 0).all(axis=1)].sort_index()
    if len(whole) < _FEWEST:
        return nothing
    past = whole.to_numpy("float64")[:, :-1]
    members = [pd.Categorical(whole.index.get_level_values(d)).codes for d in DIMENSIONS]
    found = whole.index.to_frame(index=False)
    found["actual_cents"] = whole.to_numpy("float64")[:, -1]
    found["expected_cents"] = _ahead(past, members)
    found["error"], found["pull"] = _errors(past, members, lumps=_lumps(parts, whole.index))
    return found[columns]


def _years(cube: pd.DataFrame, *, window: Window, calendar: FiscalCalendar) -> list[list[str]]:
    """The window's months and the same ones of the years before, oldest first, as far as the history reaches."""
    if cube.empty or not window.months:
        return []
    first = str(cube["period"].min())
    found = [list(window.months)]
    while len(found) <= _MOST_YEARS:
        before = [calendar.shift(month, -_YEAR) for month in found[0]]
        if before[0] < first:
            break
        found.insert(0, before)
    return found


def _ahead(past: np.ndarray, members: Sequence[np.ndarray]) -> np.ndarray:
    """Next year's value of each leaf from its past years (leaves × years)."""
    logs = np.log(past)
    years = np.arange(past.shape[1], dtype="float64")
    recent = _RECENT ** (years[-1] - years)
    level, middle = (logs * recent).sum(axis=1) / recent.sum(), (years * recent).sum() / recent.sum()
    slope = ((logs - level[:, None]) * recent) @ (years - middle) / max((recent * (years - middle) ** 2).sum(), _LEAST)
    trend = _trends(slope, members, weights=past.mean(axis=1)) if past.shape[1] > 1 else np.zeros(len(past))
    return np.asarray(np.exp(level + _DAMPED * trend * (years[-1] + 1 - middle)))


def _trends(slope: np.ndarray, members: Sequence[np.ndarray], *, weights: np.ndarray) -> np.ndarray:
    """Each leaf's trend a year, made of what all share and what each of its members adds."""
    w = np.sqrt(weights / weights.mean())
    design = np.column_stack([np.ones(len(slope)), *(np.eye(m.max() + 1)[m] for m in members)])
    scatter = float(np.average((slope - np.average(slope, weights=w)) ** 2, weights=w))
    hold = np.full(design.shape[1], scatter / _SPREAD**2)
    hold[0] = 0.0
    found = np.linalg.solve((design.T * w) @ design + np.diag(hold + 1e-9), (design.T * w) @ slope)
    return np.asarray(design @ found)


def _lumps(parts: pd.DataFrame, leaves: pd.Index) -> np.ndarray:
    """Per leaf, the sum of its customers' squared shares, one and two years before (leaves × 2)."""
    found = []
    for back in (1, 2):
        sums = parts[parts["back"] == back].groupby(list(DIMENSIONS))[["net_sales_cents", "squared"]].sum()
        sums = sums.reindex(leaves)
        found.append((sums["squared"] / sums["net_sales_cents"] ** 2).fillna(1.0).clip(0.0, 1.0))
    return np.column_stack(found)


def _errors(past: np.ndarray, members: Sequence[np.ndarray], *, lumps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far off such a forecast is in leaves as lumpy as each one, and how far the last one was, in errors.

    The last past year is forecast from those before it; its squared misses, none further out than three errors, are
    explained by what all leaves share and by how lumpy they were (weighted least squares, repeated).
    """
    off = np.log(past[:, -1] / _ahead(past[:, :-1], members))
    off = off - np.median(off)
    now, before = (np.column_stack([np.ones(len(past)), lumps[:, place]]) for place in (0, 1))
    variance = np.full(len(past), np.median(off**2) / stats.MEDIAN_OF_CHI2 + _LEAST)
    for _ in range(_ROUNDS):
        squared = np.minimum(off**2, _FARTHEST**2 * variance)
        shares = np.maximum(nnls(before / variance[:, None], squared / variance)[0], _LEAST)
        variance = before @ shares
    return np.sqrt(now @ shares), off / np.sqrt(variance)
