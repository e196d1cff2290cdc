"""Middle forecasts of one monthly series: last year's months, and smoothing around a season lent by the company."""

from __future__ import annotations

__all__ = ["FALLBACK", "MODELS", "Season", "effects", "level_only", "middles", "positive", "unsure", "volatility"]

from typing import NamedTuple

import numpy as np

MODELS = ("snaive", "snaive_growth", "ets_pooled", "theta_pooled", "trend_pooled", "mean_of_models")
FALLBACK = "recent_level"
_YEAR = 12
_FLOOR_SD, _LARGEST_SD, _UNKNOWN_SD = 0.02, 1.0, 0.25


class Season(NamedTuple):
    """Month effects by position in the series modulo 12, and what moving holidays add per row and to come [log]."""

    months: np.ndarray
    past: np.ndarray
    ahead: np.ndarray


def positive(series: np.ndarray) -> np.ndarray:
    """A series with months of nothing or of returns lifted to a hundredth of its mean, so that it has a logarithm."""
    sold = series[series > 0]
    return np.maximum(series, 0.01 * sold.mean()) if len(sold) else np.zeros(len(series))


def effects(log: np.ndarray, *, holidays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Month effects [log, by position modulo 12] and holiday coefficients of a series of at least 24 months.

    Least squares on a straight trend, months and the holiday columns; a small ridge keeps the latter near zero where
    the months cannot tell them apart.
    """
    n, width = len(log), holidays.shape[1]
    design = np.hstack([np.ones((n, 1)), np.arange(n)[:, None] / _YEAR, np.eye(_YEAR)[np.arange(n) % _YEAR], holidays])
    ridge = np.diag([0.0, 0.0, *([1e-6] * _YEAR), *([0.05] * width)])
    solved = np.linalg.solve(design.T @ design + ridge + 1e-9 * np.eye(len(ridge)), design.T @ log)
    months = solved[2 : 2 + _YEAR]
    return months - months.mean(), solved[2 + _YEAR :]


def volatility(series: np.ndarray, *, moved: np.ndarray | None = None) -> float:
    """How far a month strays from the same month a year before [log], as far as this history shows.

    moved: what moving holidays added to each month [log]; that is no noise.
    """
    log = np.log(positive(series)) if (series > 0).any() else np.zeros(len(series))
    log = log if moved is None else log - moved
    if len(log) < _YEAR + 6:
        return _UNKNOWN_SD
    yearly = log[_YEAR:] - log[:-_YEAR]
    return float(np.clip(np.std(yearly) / np.sqrt(2) + _FLOOR_SD / 2, _FLOOR_SD, _LARGEST_SD))


def unsure(series: np.ndarray) -> float:
    """The volatility [log] to assume without a back-test: a year of belief in 25 %, outweighed as months come in."""
    own = max(len(series) - _YEAR, 0)
    return float(np.sqrt((own * volatility(series) ** 2 + _YEAR * _UNKNOWN_SD**2) / (own + _YEAR)))


def middles(series: np.ndarray, *, season: Season, steps: int) -> dict[str, np.ndarray]:
    """The middle forecast [cents] of each model for the next ``steps`` months; needs 13 months of history.

    snaive: last year's months. snaive_growth: times the root of last year's growth. ets_pooled: damped smoothing
    ETS(A,Ad,N) of the logarithm freed of the season (Hyndman & Khandakar 2008). theta_pooled: theta of the same
    (Fiorucci et al. 2016). trend_pooled: the straight line through its last three years. mean_of_models: mean of
    snaive_growth, ets_pooled and theta_pooled, in logarithms.
    """
    if not (series > 0).any():
        return {name: np.zeros(steps) for name in MODELS}
    log = np.log(positive(series))
    naive = np.resize((log - season.past)[-_YEAR:], steps) + season.ahead
    drift = 0.0
    if len(log) >= 2 * _YEAR:
        latest, before = series[-_YEAR:].sum(), series[-2 * _YEAR : -_YEAR].sum()
        drift = float(np.clip(0.5 * np.log(latest / before), -0.3, 0.3)) if min(latest, before) > 0 else 0.0
    flat = log - season.past - np.resize(season.months, len(log))
    again = np.resize(np.roll(season.months, -(len(log) % _YEAR)), steps) + season.ahead
    found = {"snaive": naive, "snaive_growth": naive + drift}
    found["ets_pooled"] = _smoothed(flat, steps=steps) + again
    found["theta_pooled"] = _theta(flat, steps=steps) + again
    found["trend_pooled"] = _line(flat, steps=steps) + again
    found["mean_of_models"] = np.mean([found[m] for m in MODELS[1:4]], axis=0)
    highest = log.max() + np.log(3)
    return {name: np.exp(np.minimum(values, highest)) for name, values in found.items()}


def level_only(series: np.ndarray, *, steps: int) -> np.ndarray:
    """The mean of the last months there are, held: what can be said with less than 13 months of history."""
    return np.full(steps, max(float(series[-_YEAR:].mean()), 0.0) if len(series) else 0.0)


def _smoothed(flat: np.ndarray, *, steps: int) -> np.ndarray:
    if len(flat) < _YEAR or np.std(flat) < 1e-9:
        return np.full(steps, flat[-3:].mean())
    from statsforecast.models import AutoETS

    model = AutoETS(season_length=1, model="AAN", damped=True)
    return np.asarray(model.forecast(y=flat.astype("float64"), h=steps)["mean"])


def _line(flat: np.ndarray, *, steps: int) -> np.ndarray:
    recent = flat[-3 * _YEAR :]
    if len(recent) < 2 * _YEAR:
        return np.full(steps, flat[-3:].mean())
    slope, level = np.polyfit(np.arange(len(recent)), recent, 1)
    return np.asarray(level + slope * np.arange(len(recent), len(recent) + steps))


def _theta(flat: np.ndarray, *, steps: int) -> np.ndarray:
    if len(flat) < _YEAR or np.std(flat) < 1e-9:
        return np.full(steps, flat[-3:].mean())
    from statsforecast.models import OptimizedTheta

    return np.asarray(OptimizedTheta(season_length=1).forecast(y=flat.astype("float64"), h=steps)["mean"])
