"""How well would each model have forecast past years, seen from then? Errors that later ranges are made of."""

from __future__ import annotations

__all__ = ["Backtest", "accuracy", "backtest", "half_width", "seasons"]

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.targets.forecasters import FALLBACK, MODELS, Season, effects, middles, positive, volatility

_YEAR, _FEWEST, _MOST_ORIGINS, _SPACING, _BLOCKS, _OWN = 12, 24, 9, 3, 6, 2
_HORIZONS = (3, 12)
_LEVELS = ("total", "product", "region", "customer_group", "channel")


@dataclass(frozen=True)
class Backtest:
    """Rolling origins, a year ahead each, of every series.

    levels: dimension per series. origins: months of history each origin saw. errors: log(actual / forecast)
    [model, origin, series, step]. scales: volatility [log] known at the origin [origin, series]. measures: mean
    absolute and squared error, in units of last year's change [model, origin, series, horizon, 2].
    """

    levels: np.ndarray
    origins: tuple[int, ...]
    errors: np.ndarray
    scales: np.ndarray
    measures: np.ndarray


def seasons(values: np.ndarray, *, holidays: np.ndarray, steps: int) -> list[Season]:
    """The season of each column of ``values`` [month, series; first column the company], from history alone.

    holidays: rows for history and ``steps`` more. With two years or more: a member's month effects shrunk towards
    the company's by years / (years + 2), and the company's holiday coefficients; else no season.
    """
    n = len(values)
    none = Season(np.zeros(_YEAR), np.zeros(n), np.zeros(steps))
    if n < _FEWEST or not (values[:, 0] > 0).any():
        return [none] * values.shape[1]
    known = holidays[:n] if n >= 3 * _YEAR else np.zeros((n, 0))
    company, weights = effects(np.log(positive(values[:, 0])), holidays=known)
    moved = holidays[:, : len(weights)] @ weights if len(weights) else np.zeros(n + steps)
    own_weight = (n // _YEAR) / (n // _YEAR + 2)
    found = []
    for series in values.T:
        if not (series > 0).any():
            found.append(none)
            continue
        own, _ = effects(np.log(positive(series)) - moved[:n], holidays=np.zeros((n, 0)))
        found.append(Season(own_weight * own + (1 - own_weight) * company, moved[:n], moved[n : n + steps]))
    return found


def backtest(history: pd.DataFrame, *, holidays: np.ndarray) -> Backtest:
    """Forecasts each past year from what was known before it, at up to nine origins a quarter apart.

    history: months × (dimension, member) [cents], first column the total. holidays: a row per month of history, and
    more. Without 36 months there is none: origins are empty.
    """
    values = history.to_numpy(dtype="float64")
    n, count = values.shape
    last = n - _YEAR
    origins = tuple(sorted(o for o in (last - _SPACING * k for k in range(_MOST_ORIGINS)) if o >= _FEWEST))
    errors = np.full((len(MODELS), len(origins), count, _YEAR), np.nan)
    measures = np.full((len(MODELS), len(origins), count, len(_HORIZONS), 2), np.nan)
    scales = np.full((len(origins), count), np.nan)
    for at, origin in enumerate(origins):
        seen = values[:origin]
        for s, season in enumerate(seasons(seen, holidays=holidays[: origin + _YEAR], steps=_YEAR)):
            actual = values[origin : origin + _YEAR, s]
            scales[at, s] = volatility(seen[:, s], moved=season.past)
            for m, middle in enumerate(middles(seen[:, s], season=season, steps=_YEAR).values()):
                errors[m, at, s] = _log_errors(actual, middle)
                measures[m, at, s] = _scaled(actual, middle, seen[:, s])
    levels = np.array([str(key[0]) for key in history.columns])
    return Backtest(levels, origins, errors, scales, measures)


def half_width(test: Backtest, *, model: int, level: str, share: float, without: int | None = None) -> float:
    """How many volatilities from its middle does a range of ``share`` reach? (conformal quantile; NaN without any)

    Pooled over the series of the level; over all series where that is a single year of one. ``without`` leaves out
    every origin whose year overlaps the year of that origin, so that a range is never judged by its own errors.
    Neighbouring months and members share their shocks, so that the correction for few scores, (n + 1) / n, counts
    pairs of months, six per origin, not months. Source: Vovk et al. (2005), split-conformal prediction.
    """
    far = [
        at for at, origin in enumerate(test.origins) if without is None or abs(origin - test.origins[without]) >= _YEAR
    ]
    inside = test.levels == level
    if inside.sum() * len(far) < _OWN:
        inside = np.ones(len(test.levels), dtype=bool)
    scores = np.abs(test.errors[model][far][:, inside] / test.scales[far][:, inside, None]).ravel()
    scores = np.sort(scores[np.isfinite(scores)])
    if not len(scores):
        return float("nan")
    blocks = _BLOCKS * len(far)
    rank = min(int(np.ceil(share * (blocks + 1) / blocks * len(scores))), len(scores))
    return float(scores[rank - 1])


def accuracy(test: Backtest) -> pd.DataFrame:
    """The table targets/accuracy: model, level, horizon [months], mase, rmsse, coverage80, coverage95, chosen.

    One row per model, dimension and horizon; chosen is the smallest MASE over twelve months, one per level. Without a
    back-test each level has the one row of the fallback, whose figures are missing.
    """
    levels = [level for level in _LEVELS if (test.levels == level).any()]
    if not test.origins:
        rows = [(FALLBACK, level, _YEAR, *[np.nan] * 4, True) for level in levels]
    else:
        rows = [
            (name, level, horizon, *_figures(test, model=m, level=level, horizon=horizon), False)
            for level in levels
            for m, name in enumerate(MODELS)
            for horizon in _HORIZONS
        ]
    columns = ["model", "level", "horizon", "mase", "rmsse", "coverage80", "coverage95", "chosen"]
    table = pd.DataFrame(rows, columns=columns)
    if test.origins:
        full = table[table["horizon"] == _YEAR]
        table.loc[full.groupby("level")["mase"].idxmin(), "chosen"] = True
    return table


def _figures(test: Backtest, *, model: int, level: str, horizon: int) -> tuple[float, float, float, float]:
    inside = test.levels == level
    mase, rmsse = np.nanmean(test.measures[model][:, inside, _HORIZONS.index(horizon)], axis=(0, 1))
    covered = []
    for share in (0.8, 0.95):
        hits = []
        for at in range(len(test.origins)):
            reach = half_width(test, model=model, level=level, share=share, without=at)
            scores = np.abs(test.errors[model, at][inside, :horizon] / test.scales[at, inside, None])
            hits.append((scores <= reach).mean() if np.isfinite(reach) else np.nan)
        covered.append(float(np.mean([h for h in hits if np.isfinite(h)])) if np.isfinite(hits).any() else np.nan)
    return float(mase), float(rmsse), covered[0], covered[1]


def _log_errors(actual: np.ndarray, middle: np.ndarray) -> np.ndarray:
    lowest = 0.01 * max(float(np.mean(np.abs(actual))), float(middle.mean()), 1.0)
    return np.log(np.maximum(actual, lowest) / np.maximum(middle, lowest))


def _scaled(actual: np.ndarray, middle: np.ndarray, seen: np.ndarray) -> np.ndarray:
    change = seen[_YEAR:] - seen[:-_YEAR]
    absolute, squared = np.abs(change).mean(), np.sqrt((change**2).mean())
    if absolute == 0:
        return np.full((len(_HORIZONS), 2), np.nan)
    miss = actual - middle
    return np.array(
        [[np.abs(miss[:h]).mean() / absolute, np.sqrt((miss[:h] ** 2).mean()) / squared] for h in _HORIZONS]
    )
