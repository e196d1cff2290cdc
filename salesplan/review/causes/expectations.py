"""What was to be expected of every leaf of the business, from the years before alone."""

from __future__ import annotations

__all__ = ["expected_leaves"]

from collections.abc import Sequence

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS
from salesplan.periods import FiscalCalendar
from salesplan.review.windows import Window

_YEAR, _MOST_YEARS, _FEWEST_YEARS = 12, 5, 2
_RECENT = 0.5  # each year further back weighs half as much in a leaf's level
_SPREAD = 0.05  # how far trends of members lie apart a year, before the data are seen
_BINS = 4


def expected_leaves(cube: pd.DataFrame, *, window: Window, calendar: FiscalCalendar) -> pd.DataFrame:
    """What should each product category × region × customer group × channel have sold in these months?

    Frame ``facts.monthly_cube`` to one row per leaf: product, region, customer_group, channel, actual_cents,
    expected_cents, error (the standard error of the logarithm of actual ÷ expected), pull (how far the same forecast of
    the year before was off, in errors). Expected is a forecast from the
    same months of up to five years before, made without the window: a leaf's level, recent years first, times the trend
    that all share and its members' own, which are held to it the more the noisier they are (ridge regression on
    logarithms). error is how far such a forecast of the year before was off, in leaves of about that size. Leaves
    without sales in each of those years, or in the window, are left out, and so is everything with fewer than two years
    before.
    """
    years = _years(cube, window=window, calendar=calendar)
    columns = [*DIMENSIONS, "actual_cents", "expected_cents", "error", "pull"]
    nothing = pd.DataFrame({c: pd.Series(dtype="float64" if c not in DIMENSIONS else "object") for c in columns})
    if len(years) < _FEWEST_YEARS + 1:
        return nothing
    parts = [cube[cube["period"].isin(months)] for months in years]
    sums = pd.concat([part.groupby(list(DIMENSIONS))["net_sales_cents"].sum() for part in parts], axis=1)
    whole = sums[(sums > 0).all(axis=1)].sort_index()
    if len(whole) < 2 * _BINS:
        return nothing
    past = whole.to_numpy("float64")[:, :-1]
    members = [pd.Categorical(whole.index.get_level_values(d)).codes for d in DIMENSIONS]
    found = whole.index.to_frame(index=False)
    found["actual_cents"] = whole.to_numpy("float64")[:, -1]
    found["expected_cents"] = _ahead(past, members)
    found["error"], found["pull"] = _errors(past, members)
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
    trend = _trends(logs, years, members, weights=past.mean(axis=1)) if past.shape[1] > 1 else np.zeros(len(past))
    return np.exp(level + trend * (years[-1] + 1 - middle))


def _trends(logs: np.ndarray, years: np.ndarray, members: Sequence[np.ndarray], *, weights: np.ndarray) -> np.ndarray:
    """Each leaf's trend a year: what all share, and what each of its members adds."""
    steps = years - years.mean()
    slope = (logs - logs.mean(axis=1, keepdims=True)) @ steps / (steps @ steps)
    w = np.sqrt(weights / weights.mean())
    design = np.column_stack([np.ones(len(slope)), *(np.eye(m.max() + 1)[m] for m in members)])
    scatter = float(np.average((slope - np.average(slope, weights=w)) ** 2, weights=w))
    hold = np.full(design.shape[1], scatter / _SPREAD**2)
    hold[0] = 0.0
    found = np.linalg.solve((design.T * w) @ design + np.diag(hold + 1e-9), (design.T * w) @ slope)
    return np.asarray(design @ found)


def _errors(past: np.ndarray, members: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """How far off such a forecast is in leaves of about each one's size, and how far the last one was, in errors.

    The last past year is forecast from those before it; its misses are taken by quarters of leaves by size, none
    further out than three median ones, and smoothed over the quarters.
    """
    before = past[:, :-1]
    off = np.log(past[:, -1] / _ahead(before, members))
    off = off - np.median(off)
    size = before.mean(axis=1).argsort(kind="stable").argsort(kind="stable") * _BINS // len(past)
    bins = np.arange(_BINS)
    spread = np.array([_scatter(off[size == n]) for n in bins])
    smooth = np.maximum(np.polyval(np.polyfit(bins, spread, 1), bins), spread.min())[size]
    return smooth, off / smooth


def _scatter(misses: np.ndarray) -> float:
    most = 3 * 1.4826 * np.median(np.abs(misses))
    return float(np.sqrt((np.clip(misses, -most, most) ** 2).mean()))
