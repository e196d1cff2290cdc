"""Middle forecasts of one series: last year's months, and smoothing around a season lent by the company."""

from __future__ import annotations

__all__ = [
    "MIXTURE",
    "MODELS",
    "NAIVE",
    "Season",
    "ages",
    "begin",
    "effects",
    "level_only",
    "middles",
    "months_of",
    "positive",
    "untested",
    "volatility",
    "yearly_growth",
]

from typing import NamedTuple

import numpy as np

_ALONE = ("snaive", "snaive_growth")
NAIVE, MIXTURE = "snaive_growth", "mean_of_models"
MODELS = (*_ALONE, "growth_pooled", "mean_pooled", "ets_pooled", "theta_pooled", "ets", "theta", MIXTURE)
_STEEPEST = 0.4  # growth of a year [log] that is still believed
_SEASONAL_FROM = 3  # years: models with a season of their own are worse than none on less
_YEAR = 12
_FLOOR_SD, _LARGEST_SD, _UNKNOWN_SD, _FARTHEST = 0.02, 1.0, 0.12, 3.0


class Season(NamedTuple):
    """Effects by position in the series modulo the periods of a year, what moving holidays add per row and to come,
    the growth to expect of a year, how far months lie off season and line, and off the same month a year before (see
    ``volatility``) [all log]; and how far a month off the line takes after the one before (0 to 1).
    """

    months: np.ndarray
    past: np.ndarray
    ahead: np.ndarray
    growth: float = 0.0
    stray: float = 0.0
    memory: float = 0.0
    scale: float = _UNKNOWN_SD


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


def months_of(series: np.ndarray, *, moved: np.ndarray, year: int = _YEAR) -> np.ndarray:
    """The effects of a series' months from its first sale on [log, by position in the books]; two years or more.

    year: periods in one. moved: what moving holidays added to each month [log].
    """
    start = begin(series, year=2 * year)
    log = np.log(positive(series[start:])) - moved[start:]
    own, _ = effects(log, holidays=np.zeros((len(log), 0)), year=year)
    return np.asarray(np.roll(own, start % year))


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


def yearly_growth(values: np.ndarray, *, year: int = _YEAR) -> np.ndarray:
    """The growth [log] of each whole year on the one before, the last one last, of each column of ``values``."""
    whole = values[len(values) % year :].reshape(-1, year, values.shape[1]).sum(axis=1)
    good = (whole[1:] > 0) & (whole[:-1] > 0)
    return np.clip(np.log(np.where(good, whole[1:], 1.0) / np.where(good, whole[:-1], 1.0)), -_STEEPEST, _STEEPEST)


def untested(months: int) -> str:
    """The model that is taken where the history is too short for a back-test."""
    if months <= _YEAR:
        return "recent_level"
    return MIXTURE if months >= 2 * _YEAR else "snaive"


def middles(series: np.ndarray, *, season: Season, steps: int) -> dict[str, np.ndarray]:
    """The forecast [cents] of each model for the next ``steps`` periods, at most a year; needs more than a year. Months
    before the first sale are left out.

    snaive: last year's months. snaive_growth: and half its own growth. growth_pooled: and the growth to expect instead.
    mean_pooled: the mean of two years' months, grown by half the last one's growth and the one to expect. ets_pooled:
    damped smoothing ETS(A,Ad,N) of the logarithm freed of season (Hyndman & Khandakar 2008). theta_pooled: dynamic
    optimised theta of the same (Fiorucci et al. 2016). ets, theta: ETS(A,Z,A) and theta with a season of their own,
    missing below three years. mean_of_models: all but the first two in equal parts, in logarithms.
    """
    if not (series > 0).any():
        return {name: np.zeros(steps) for name in MODELS}
    year, start = len(season.months), begin(series, year=len(season.months))
    season = season._replace(months=np.roll(season.months, -(start % year)), past=season.past[start:])
    log = np.log(positive(series[start:])) - season.past
    flat = log - np.resize(season.months, len(log))
    again = np.resize(np.roll(season.months, -(len(log) % year)), steps)
    found = {"snaive": np.resize(log[-year:], steps)}
    half = yearly_growth(np.exp(log)[:, None], year=year)[-1, 0] / 2 if len(log) >= 2 * year else 0.0
    found["snaive_growth"] = found["snaive"] + half
    found["growth_pooled"] = found["snaive"] + season.growth
    if len(log) >= 2 * year:
        middle = (np.resize(log[-2 * year : -year], steps) + found["snaive"]) / 2
        found["mean_pooled"] = middle + half + season.growth
    found["ets_pooled"] = _own("AAN", flat, steps=steps, damped=True) + again
    found["theta_pooled"] = _theta(flat, steps=steps) + again
    if len(log) >= _SEASONAL_FROM * year:
        found["ets"] = _own("AZA", log, steps=steps, year=year)
        found["theta"] = _theta(log, steps=steps, year=year)
    highest = (log + season.past).max() + np.log(3)
    found[MIXTURE] = np.mean([values for name, values in found.items() if name not in _ALONE], axis=0)
    none = np.full(steps, np.nan)
    return {name: np.exp(np.minimum(found.get(name, none) + season.ahead[:steps], highest)) for name in MODELS}


def level_only(series: np.ndarray, *, steps: int) -> np.ndarray:
    """The mean of the last months there are, held: what can be said with less than 13 months of history."""
    return np.full(steps, max(float(series[-_YEAR:].mean()), 0.0) if len(series) else 0.0)


def _own(model: str, log: np.ndarray, *, steps: int, year: int = 1, damped: bool | None = None) -> np.ndarray:
    """Exponential smoothing; what repeats exactly is repeated."""
    if np.std(log[year:] - log[:-year]) < 1e-9:
        return np.resize(log[-year:], steps)
    from statsforecast.models import AutoETS

    fitted = AutoETS(season_length=year, model=model, damped=damped)
    return np.asarray(fitted.forecast(y=log.astype("float64"), h=steps)["mean"])


def _theta(log: np.ndarray, *, steps: int, year: int = 1) -> np.ndarray:
    if np.std(log[year:] - log[:-year]) < 1e-9:
        return np.resize(log[-year:], steps)
    from statsforecast.models import DynamicOptimizedTheta

    return np.asarray(DynamicOptimizedTheta(season_length=year).forecast(y=log.astype("float64"), h=steps)["mean"])
