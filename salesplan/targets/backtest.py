"""How well would each model have forecast past years, seen from then? Errors that later ranges are made of."""

from __future__ import annotations

__all__ = ["Backtest", "backtest", "seasons", "usual_year"]

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.targets.events import Found, settled
from salesplan.targets.forecasters import MODELS, Season, begin, effects, middles, positive, volatility
from salesplan.targets.kinds import REGULAR, kinds

_YEAR, _MOST_ORIGINS = 12, 9
_STEEPEST = 0.4  # growth of a year [log] that is still believed
_NOMINAL, _BELIEVED = 0.045, 0.1  # growth of prices and the economy; how far a company usually lies from it
_PERSISTENCE, _MEMBERS = 0.3, 10
_SHARED = 1.2  # a company's year, against a member's: months even out over members, what moves all of them does not


@dataclass(frozen=True)
class Backtest:
    """Rolling origins, a year ahead each, of every series.

    months: length of history. year: periods in one. horizons: a quarter and a year, in periods. levels: dimension per
    series. origins: months of history each origin saw. errors: log(actual / forecast) [model, origin, series, step].
    scales: volatility [log] known at the origin [origin, series]. years: log(actual / forecast) of the year [model,
    origin, series]. measures: mean absolute and squared error, in units of last year's change [model, origin, series,
    horizon, 2]. usual: see ``usual_year`` [origin and last of all today, series]. kinds: what each series is; ranges
    are made of the errors of regular ones. season: of each series today, ahead as far as ``holidays`` reached. past:
    the history without its one-offs [period, series]; events: what was found in it, by series.
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


def usual_year(season: list[Season], *, levels: np.ndarray, months: int) -> np.ndarray:
    """By how many volatilities a year usually strays from its forecast, per series.

    (0.38 + 0.71 memory) · (1 + 0.55 · (years − 1)^-1.3), and of the company a fifth more, so far as planted companies
    and real series show, see docs/calibration.md. 1 below two years.
    """
    years = months / len(season[0].months)
    if years < 2:
        return np.ones(len(season))
    longer = 1 + 0.55 * (years - 1) ** -1.3
    wider = np.where(levels == "total", _SHARED, 1.0)
    return wider * longer * np.array([0.38 + 0.71 * own.memory for own in season])


def seasons(values: np.ndarray, *, levels: np.ndarray, holidays: np.ndarray, year: int = _YEAR) -> list[Season]:
    """Season and growth of each column of ``values`` [month, series; first column the company], from history alone.

    holidays: rows for history, and as many more as are looked ahead. year: periods in one. With two years or more: a
    member's month effects shrunk towards the company's by years / (years + 2), the company's holiday coefficients, and
    growth (see ``_growth``); else none.
    """
    n, steps = len(values), len(holidays) - len(values)
    none = Season(np.zeros(year), np.zeros(n), np.zeros(steps), 0.0, 0.0)
    if n < 2 * year or not (values[:, 0] > 0).any():
        return [none] * values.shape[1]
    known = holidays[:n] if n >= 3 * year else np.zeros((n, 0))
    company, weights = effects(np.log(positive(values[:, 0])), holidays=known, year=year)
    moved = holidays[:, : len(weights)] @ weights if len(weights) else np.zeros(n + steps)
    own_weight = (n // year) / (n // year + 2)
    found = []
    for series, grown in zip(values.T, _growth(values, levels, year=year), strict=True):
        if not (series > 0).any():
            found.append(none)
            continue
        start = begin(series, year=2 * year)
        own, _ = effects(
            np.log(positive(series[start:])) - moved[start:n], holidays=np.zeros((n - start, 0)), year=year
        )
        own = np.roll(own, start % year)
        found.append(Season(own_weight * own + (1 - own_weight) * company, moved[:n], moved[n:], grown, 0.0))
    memory = _memory(values, levels=levels, season=found)
    return [own._replace(memory=m) for own, m in zip(found, memory, strict=True)]


def _memory(values: np.ndarray, *, levels: np.ndarray, season: list[Season]) -> np.ndarray:
    """How far a month freed of season and line takes after the one before, per series: the correlation over the series
    of its dimension, freed of its bias by 4 (1 + m) ÷ months.
    """
    months = len(values)
    line = np.arange(months) - (months - 1) / 2
    logs = np.array([np.log(np.maximum(positive(y), 1.0)) for y in values.T])
    flat = logs - np.array([own.past + np.resize(own.months, months) for own in season])
    flat = flat - flat.mean(axis=1, keepdims=True)
    rest = flat - (flat @ line / (line @ line))[:, None] * line
    found = np.zeros(len(levels))
    for level in dict.fromkeys(levels):
        inside = levels == level
        squares = (rest[inside] ** 2).sum()
        memory = (rest[inside, 1:] * rest[inside, :-1]).sum() / squares if squares > 0 else 0.0
        found[inside] = np.clip(memory + 4 * (1 + memory) / months, 0.0, 0.9)
    return found


def _growth(values: np.ndarray, levels: np.ndarray, *, year: int) -> np.ndarray:
    """The growth of a year to expect of each series [log]: half last year's, half the mean of two years.

    The company's is held to 4.5 per cent, about what prices and economies together grow (the United States' gross
    domestic product at the prices of each year, 1990 to 2023), by how noisy its years are.
    A member's is held to the company's by how little the growth of one year says of the next in its dimension (the
    slope of one on the other over members, itself held to 0.3 by as much as ten members tell).
    """
    now, before = values[-year:].sum(axis=0), values[-2 * year : -year].sum(axis=0)
    oldest = values[-3 * year : -2 * year].sum(axis=0) if len(values) >= 3 * year else np.zeros(len(now))
    last, earlier = _steps(now, before), _steps(before, oldest)
    both = np.where(oldest > 0, 0.75 * last + 0.25 * earlier, last)
    grown = both.copy()
    chance = 2 * volatility(values[:, 0], year=year) ** 2 / year  # of the growth of years that are nothing but noise
    grown[0] = _NOMINAL + (grown[0] - _NOMINAL) * _BELIEVED**2 / (_BELIEVED**2 + 2 * chance)
    for level in dict.fromkeys(levels):
        inside = levels == level
        if level != "total":
            own = _persistence(last[inside], earlier[inside]) if (oldest[inside] > 0).all() else _PERSISTENCE
            grown[inside] = own * both[inside] + (1 - own) * grown[0]
    return grown


def _steps(later: np.ndarray, earlier: np.ndarray) -> np.ndarray:
    good = (later > 0) & (earlier > 0)
    return np.clip(np.log(np.where(good, later, 1.0) / np.where(good, earlier, 1.0)), -_STEEPEST, _STEEPEST)


def _persistence(last: np.ndarray, earlier: np.ndarray) -> float:
    off, before = last - last.mean(), earlier - earlier.mean()
    slope = float((off * before).sum() / (before**2).sum()) if (before**2).sum() > 0 else 0.0
    own = (len(last) * np.clip(slope, 0.0, 1.0) + _MEMBERS * _PERSISTENCE) / (len(last) + _MEMBERS)
    return float(own)


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
    scales = np.full((len(origins), count), np.nan)
    usual = np.ones((len(origins) + 1, count))
    own = kinds(values, year=year)
    past, events = settled(values, own, holidays=holidays[:n], year=year)
    today = seasons(past, levels=levels, holidays=holidays, year=year)
    usual[-1] = usual_year(today, levels=levels, months=n)
    for at, origin in enumerate(origins):
        seen, _ = settled(values[:origin], own, holidays=holidays[:origin], year=year)
        season_then = seasons(seen, levels=levels, holidays=holidays[: origin + year], year=year)
        usual[at] = usual_year(season_then, levels=levels, months=origin)
        for s, season in enumerate(season_then):
            actual = values[origin : origin + year, s]
            scales[at, s] = volatility(seen[:, s], moved=season.past, year=year)
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
