"""Middle forecasts of one series: last year's months, and smoothing around a season lent by the company."""

from __future__ import annotations

__all__ = [
    "MIXTURE",
    "MODELS",
    "Season",
    "ages",
    "begin",
    "effects",
    "level_only",
    "middles",
    "positive",
    "untested",
    "volatility",
]

from typing import NamedTuple

import numpy as np

MODELS = ("snaive", "snaive_growth", "ets_pooled", "theta_pooled", "line_pooled", "mean_pooled", "mean_of_models")
MIXTURE = "mean_of_models"
_MIXED = ("snaive_growth", "theta_pooled", "line_pooled")
_YEAR = 12
_FLOOR_SD, _LARGEST_SD, _UNKNOWN_SD, _FARTHEST = 0.02, 1.0, 0.25, 3.0


class Season(NamedTuple):
    """Effects by position in the series modulo the periods of a year, what moving holidays add per row and to come,
    the growth to expect of a year [all log], and how far a period takes after the one before (0 to 1).
    """

    months: np.ndarray
    past: np.ndarray
    ahead: np.ndarray
    growth: float
    memory: float


def positive(series: np.ndarray) -> np.ndarray:
    """A series with months of nothing or of returns lifted to a hundredth of its mean, so that it has a logarithm."""
    sold = series[series > 0]
    return np.maximum(series, 0.01 * sold.mean()) if len(sold) else np.zeros(len(series))


def ages(values: np.ndarray) -> np.ndarray:
    """Months since the first sale, that month included, of each series [month, series]; all where nothing was sold."""
    return np.asarray(len(values) - np.argmax(values > 0, axis=0))


def begin(series: np.ndarray, *, year: int = _YEAR) -> int:
    """Where a series begins: its first sale; its first month where no more than ``year`` months are left from there."""
    age = int(ages(series))
    return len(series) - age if age > year else 0


def effects(log: np.ndarray, *, holidays: np.ndarray, year: int = _YEAR) -> tuple[np.ndarray, np.ndarray]:
    """Effects of each period of the year [log, by position] and holiday coefficients of a series of two years or more.

    year: periods in one. Least squares on a straight trend, periods and the holiday columns; a small ridge keeps the
    latter near zero where the periods cannot tell them apart.
    """
    n, width = len(log), holidays.shape[1]
    design = np.hstack([np.ones((n, 1)), np.arange(n)[:, None] / year, np.eye(year)[np.arange(n) % year], holidays])
    ridge = np.diag([0.0, 0.0, *([1e-6] * year), *([0.05] * width)])
    solved = np.linalg.solve(design.T @ design + ridge + 1e-9 * np.eye(len(ridge)), design.T @ log)
    own = solved[2 : 2 + year]
    return own - own.mean(), solved[2 + year :]


def volatility(series: np.ndarray, *, moved: np.ndarray | None = None, year: int = _YEAR) -> float:
    """How far a month strays from the same month a year before [log], as far as this history shows.

    year: periods in one. moved: what moving holidays added to each month [log]; that is no noise.
    """
    log = np.log(positive(series)) if (series > 0).any() else np.zeros(len(series))
    log = log if moved is None else log - moved
    if len(log) < 2 * year:
        return _UNKNOWN_SD
    yearly = log[year:] - log[:-year]
    off = yearly - np.median(yearly)
    most = _FARTHEST * 1.4826 * max(float(np.median(np.abs(off))), _FLOOR_SD)  # a month of nothing is one miss
    return float(np.clip(np.std(np.clip(off, -most, most)) / np.sqrt(2) + _FLOOR_SD / 2, _FLOOR_SD, _LARGEST_SD))


def untested(months: int) -> str:
    """The model that is taken where the history is too short for a back-test."""
    if months <= _YEAR:
        return "recent_level"
    return MIXTURE if months >= 2 * _YEAR else "snaive"


def middles(series: np.ndarray, *, season: Season, steps: int) -> dict[str, np.ndarray]:
    """The mean forecast [cents] of each model for the next ``steps`` periods; needs more than a year. Months before the
    first sale are left out.

    snaive: last year's months. snaive_growth: and the growth to expect. ets_pooled: damped smoothing ETS(A,Ad,N) of the
    logarithm freed of season and growth (Hyndman & Khandakar 2008). theta_pooled: theta of the same (Fiorucci et al.
    2016). line_pooled: its last half year, and the growth to expect on from there. mean_pooled: the mean of its last
    two years, grown on. mean_of_models: snaive_growth, theta_pooled and line_pooled in equal parts, and the more of
    mean_pooled the less memory months have: (1 − memory)² of all; in logarithms.
    """
    if not (series > 0).any():
        return {name: np.zeros(steps) for name in MODELS}
    year, start = len(season.months), begin(series, year=len(season.months))
    season = season._replace(months=np.roll(season.months, -(start % year)), past=season.past[start:])
    log = np.log(positive(series[start:]))
    naive = np.resize((log - season.past)[-year:], steps) + season.ahead
    flat = log - season.past - np.resize(season.months, len(log))
    again = np.resize(np.roll(season.months, -(len(log) % year)), steps) + season.ahead
    found = {"snaive": naive, "snaive_growth": naive + season.growth * (1 + np.arange(steps) // year)}
    straight = season.growth / year * np.arange(len(log) + steps)
    on = straight[len(log) :] + again + _smear(flat, latest=year // 2)
    flat = flat - straight[: len(log)]
    found["ets_pooled"] = _smoothed(flat, steps=steps) + on
    found["theta_pooled"] = _theta(flat, steps=steps) + on
    found["line_pooled"] = flat[-(year // 2) :].mean() + on
    found["mean_pooled"] = flat[-2 * year :].mean() + on
    own = (1 - season.memory) ** 2
    found["mean_of_models"] = (1 - own) * np.mean([found[m] for m in _MIXED], axis=0) + own * found["mean_pooled"]
    highest = log.max() + np.log(3)
    return {name: np.exp(np.minimum(values, highest)) for name, values in found.items()}


def level_only(series: np.ndarray, *, steps: int) -> np.ndarray:
    """The mean of the last months there are, held: what can be said with less than 13 months of history."""
    return np.full(steps, max(float(series[-_YEAR:].mean()), 0.0) if len(series) else 0.0)


def _smoothed(flat: np.ndarray, *, steps: int) -> np.ndarray:
    if np.std(flat) < 1e-9:
        return np.full(steps, flat[-3:].mean())
    from statsforecast.models import AutoETS

    model = AutoETS(season_length=1, model="AAN", damped=True)
    return np.asarray(model.forecast(y=flat.astype("float64"), h=steps)["mean"])


def _smear(flat: np.ndarray, *, latest: int) -> float:
    """How far the logarithm of a mean lies above the mean of logarithms, from one period to the next
    (Duan, JASA 78, 1983)."""
    blocks = np.lib.stride_tricks.sliding_window_view(flat, latest)
    above = np.log(np.exp(blocks - blocks.max()).mean(axis=1)) + blocks.max() - blocks.mean(axis=1)
    return float(above.mean()) * latest / (latest - 1)


def _theta(flat: np.ndarray, *, steps: int) -> np.ndarray:
    if np.std(flat) < 1e-9:
        return np.full(steps, flat[-3:].mean())
    from statsforecast.models import OptimizedTheta

    return np.asarray(OptimizedTheta(season_length=1).forecast(y=flat.astype("float64"), h=steps)["mean"])
