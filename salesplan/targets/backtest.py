"""How well would each model have forecast past years, seen from then? Errors that later ranges are made of."""

from __future__ import annotations

__all__ = ["Backtest", "backtest", "beyond_chance", "seasons", "usual_year"]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.targets.events import Found, settled
from salesplan.targets.forecasters import (
    MODELS,
    Season,
    effects,
    middles,
    months_of,
    positive,
    volatility,
    yearly_growth,
)
from salesplan.targets.kinds import REGULAR, kinds

_YEAR, _MOST_ORIGINS = 12, 9
# growth of a year [log]: how far that of a company usually lies from none over years, how far one year lies off the
# others and how many years that weighs; what usually lasts of how a member differs, and its weight [years]
_GROWS, _VARIES, _VARIES_BELIEF, _LATEST = 0.05, 0.04, 2.0, 3
_KEEPS, _KEEPS_BELIEF = 0.1, 20.0
# how far a year strays from its forecast: see ``usual_year``
_WIDTH, _POWER, _AND_MEMORY, _LONGER, _LASTS = 0.157, 0.38, 0.45, 0.3, 1.51
_SHORT = 0.16  # with less than two years
_LEAST = 0.005  # stray: nothing is surer


@dataclass(frozen=True)
class Backtest:
    """Rolling origins, a year ahead each, of every series.

    months: length of history. year: periods in one. horizons: a quarter and a year, in periods. levels: dimension per
    series. origins: months of history each origin saw. errors: log(actual / forecast) [model, origin, series, step],
    missing where a model needs more history. scales: volatility [log] known at the origin [origin and last of all
    today, series]. years: log(actual / forecast) of the year [model, origin, series]. measures: mean absolute and
    squared error, in units of last year's change [model, origin, series, horizon, 2]. usual: see ``usual_year`` [as
    scales]. kinds: what each series is; ranges are made of the errors of regular ones. season: of each series today,
    ahead as far as ``holidays`` reached. past: the history without its one-offs [period, series]; events: what was
    found in it, by series.
    """

    months: int
    year: int
    horizons: tuple[int, int]
    levels: np.ndarray
    origins: tuple[int, ...]
    errors: np.ndarray
    years: np.ndarray
    scales: np.ndarray
    measures: np.ndarray
    usual: np.ndarray
    kinds: list[str]
    season: list[Season]
    past: np.ndarray
    events: dict[int, list[Found]]

    @property
    def regular(self) -> np.ndarray:
        """Which series the models are for."""
        return np.array([kind == REGULAR for kind in self.kinds])


def usual_year(season: Sequence[Season], *, months: int) -> np.ndarray:
    """How far a year usually strays from its forecast, per series: a standard deviation [log].

    0.157 · stray^(0.38 + 0.45 · memory) · exp(0.3 ÷ (years − 1) + 1.51 · memory), and 0.16 below two years of history:
    the width of Student's t with 7.4 degrees of freedom that is likeliest for monthly series of M3 and of Australian
    retail trade, see docs/calibration.md. Months without memory even out in a year.
    """
    years = months / len(season[0].months)
    if years < 2:
        return np.full(len(season), _SHORT)
    strays = np.maximum([own.stray for own in season], _LEAST)
    memory = np.array([own.memory for own in season])
    even = strays ** (_POWER + _AND_MEMORY * memory)
    return np.asarray(_WIDTH * even * np.exp(_LONGER / (years - 1) + _LASTS * memory))


def seasons(values: np.ndarray, *, levels: np.ndarray, holidays: np.ndarray, year: int = _YEAR) -> list[Season]:
    """Season and growth of each column of ``values`` [month, series; first column the company], from history alone.

    holidays: rows for history, and as many more as are looked ahead. year: periods in one. With two years or more:
    month effects of members, held to the company's as far as those of their dimension are alike (see ``_held``), growth
    (see ``_growth``), and the company's holiday coefficients; else none.
    """
    n, steps = len(values), len(holidays) - len(values)
    none = Season(np.zeros(year), np.zeros(n), np.zeros(steps))
    if n < 2 * year or not (values[:, 0] > 0).any():
        return [none] * values.shape[1]
    known = holidays[:n] if n >= 3 * year else np.zeros((n, 0))
    company, weights = effects(np.log(positive(values[:, 0])), holidays=known, year=year)
    moved = holidays[:, : len(weights)] @ weights if len(weights) else np.zeros(n + steps)
    sold = [bool((series > 0).any()) for series in values.T]
    own = np.array(
        [
            months_of(series, moved=moved[:n], year=year) if s else company
            for series, s in zip(values.T, sold, strict=True)
        ]
    )
    own[0] = company
    scales = np.array([volatility(series, moved=moved[:n], year=year) for series in values.T])
    months = _held(own, noise=scales**2 * year / n, levels=levels)
    growth = _growth(values, levels, year=year)
    strays, memory = _rests(values, months=months, moved=moved[:n], levels=levels)
    known_of = zip(months, growth, strays, memory, scales, sold, strict=True)
    return [Season(m, moved[:n], moved[n:], *rest) if s else none for m, *rest, s in known_of]


def _rests(
    values: np.ndarray, *, months: np.ndarray, moved: np.ndarray, levels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How far months lie off season and straight line, per series [log], and how far they take after the one before:
    the correlation over the series of a dimension, freed of its bias by 4 (1 + m) ÷ months.
    """
    n, year = len(values), months.shape[1]
    line = np.arange(n) - (n - 1) / 2
    logs = np.array([np.log(np.maximum(positive(y), 1.0)) for y in values.T])
    flat = logs - moved - np.array([np.resize(own, n) for own in months])
    flat = flat - flat.mean(axis=1, keepdims=True)
    rest = flat - (flat @ line / (line @ line))[:, None] * line
    memory = np.zeros(len(levels))
    for level in dict.fromkeys(levels):
        inside = levels == level
        squares = (rest[inside] ** 2).sum()
        found = (rest[inside, 1:] * rest[inside, :-1]).sum() / squares if squares > 0 else 0.0
        memory[inside] = np.clip(found + 4 * (1 + found) / n, 0.0, 0.9)
    return np.sqrt((rest**2).sum(axis=1) / max(n - year - 1, 1)), memory


def _held(own: np.ndarray, *, noise: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """What members show [series, effect], held to the company's [first row] by as much as is chance (empirical Bayes).

    noise: variance of each series' effects. How far members differ in truth is told by those of their dimension (Efron
    & Morris, J. of the American Statistical Association 70, 1975). Alone in its dimension, a member is the company.
    """
    found = own.copy()
    for level in dict.fromkeys(levels):
        inside = levels == level
        if level != "total":
            off = own[inside] - own[0]
            apart = beyond_chance((off**2).mean(axis=1), chance=noise[inside])
            found[inside] = own[0] + (apart / (apart + noise[inside]))[:, None] * off
    return found


def beyond_chance(squares: np.ndarray, *, chance: np.ndarray | float) -> float:
    """How far members differ in truth: the mean square of how far they lie off, less the chance in each [variances]."""
    return max(float((squares - chance).mean()), 0.0)


def _growth(values: np.ndarray, levels: np.ndarray, *, year: int) -> np.ndarray:
    """The growth of a year to expect of each series [log].

    The company's is the mean of its last three years, held to none by how much years differ; of a single year half. A
    member's is the company's and, of what it grew beside it last year, the part that lasts: the slope of one year on
    the one before over the members of its dimension, held to the usual 0.1. What is usual: of M3 and Australian retail
    trade, which lie on either side of none, see docs/calibration.md.
    """
    grown = yearly_growth(values, year=year)
    last = grown[-_LATEST:, 0]
    varies = (((last - last.mean()) ** 2).sum() + _VARIES_BELIEF * _VARIES**2) / (len(last) - 1 + _VARIES_BELIEF)
    own = len(last) * _GROWS**2 / (len(last) * _GROWS**2 + varies) if len(last) > 1 else 0.5
    found = np.full(len(levels), own * last.mean())
    beside = grown - grown[:, :1]
    for level in dict.fromkeys(levels):
        inside = levels == level
        if level != "total":
            before, after = beside[:-1, inside], beside[1:, inside]
            slope = float((before * after).sum() / (before**2).sum()) if (before**2).sum() > 0 else 0.0
            keeps = (before.size * np.clip(slope, 0, 1) + _KEEPS_BELIEF * _KEEPS) / (before.size + _KEEPS_BELIEF)
            found[inside] += keeps * beside[-1, inside]
    return found


def backtest(history: pd.DataFrame, *, holidays: np.ndarray, year: int = _YEAR) -> Backtest:
    """Forecasts each past year from what was known before it, at up to nine origins a quarter apart.

    history: periods × (dimension, member) [cents], first column the total. holidays: a row per period of history, and
    more. year: periods in one (12 months, 4 quarters). Months unlike all others (see ``events.settled``) are taken out
    of what was known then, never out of what came. Without three years there is none: origins are empty.
    """
    values = history.to_numpy(dtype="float64")
    n, count = values.shape
    levels = np.array([str(key[0]) for key in history.columns])
    last, horizons = n - year, (year // 4, year)
    origins = tuple(sorted(o for o in (last - year // 4 * k for k in range(_MOST_ORIGINS)) if o >= 2 * year))
    errors = np.full((len(MODELS), len(origins), count, year), np.nan)
    years = np.full(errors.shape[:3], np.nan)
    measures = np.full((len(MODELS), len(origins), count, len(horizons), 2), np.nan)
    scales = np.full((len(origins) + 1, count), np.nan)
    usual = np.ones(scales.shape)
    own = kinds(values, year=year)
    past, events = settled(values, own, holidays=holidays[:n], year=year)
    today = seasons(past, levels=levels, holidays=holidays, year=year)
    scales[-1] = [own.scale for own in today]
    usual[-1] = usual_year(today, months=n)
    for at, origin in enumerate(origins):
        seen, _ = settled(values[:origin], own, holidays=holidays[:origin], year=year)
        season_then = seasons(seen, levels=levels, holidays=holidays[: origin + year], year=year)
        scales[at] = [own.scale for own in season_then]
        usual[at] = usual_year(season_then, months=origin)
        for s, season in enumerate(season_then):
            actual = values[origin : origin + year, s]
            for m, middle in enumerate(middles(seen[:, s], season=season, steps=year).values()):
                errors[m, at, s] = _log_errors(actual, middle)
                years[m, at, s] = _log_errors(actual.sum(keepdims=True), middle.sum(keepdims=True))[0]
                measures[m, at, s] = _scaled(actual, middle, seen[:, s], horizons=horizons)
    known = (levels, origins, errors, years, scales, measures, usual)
    return Backtest(n, year, horizons, *known, own, today, past, events)


def _log_errors(actual: np.ndarray, middle: np.ndarray) -> np.ndarray:
    lowest = 0.01 * max(float(np.mean(np.abs(actual))), float(middle.mean()), 1.0)
    return np.log(np.maximum(actual, lowest) / np.maximum(middle, lowest))


def _scaled(actual: np.ndarray, middle: np.ndarray, seen: np.ndarray, *, horizons: tuple[int, int]) -> np.ndarray:
    change = seen[horizons[-1] :] - seen[: -horizons[-1]]
    absolute, squared = np.abs(change).mean(), np.sqrt((change**2).mean())
    if absolute == 0:
        return np.full((len(horizons), 2), np.nan)
    miss = actual - middle
    return np.array([[np.abs(miss[:h]).mean() / absolute, np.sqrt((miss[:h] ** 2).mean()) / squared] for h in horizons])
