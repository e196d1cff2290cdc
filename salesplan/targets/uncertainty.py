"""How far does a year stray from its middle, month by month and as a whole, and what strays together?"""

from __future__ import annotations

__all__ = ["Spread", "growing", "noise", "spread"]

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from salesplan.targets.backtest import Backtest
from salesplan.targets.forecasters import MODELS, volatility
from salesplan.targets.kinds import OwnWay

_YEAR = 12
_FARTHEST = 4.0  # volatilities: a miss further out counts as this
_BELIEF = 6.0  # how many years of one independent series what is usual weighs
_MOST_MEMBERS = 5.0  # members of one year never count as more independent series
_USUAL_ALONE = 0.72  # mean square of what is of one month alone, in squared volatilities
_TIES, _TIES_BELIEF = 0.15, 3.0  # correlation of members' years that is usual, and how many years it weighs
_FREEDOM = 7.0  # of Student's t, of years
_NEW = 1.5  # how much wider the year of a new series is than that of the regular ones beside it
_OWN = 0.6  # of a member's logarithmic volatility its own, the rest its dimension's


class Spread(NamedTuple):
    """Standard deviations, in volatilities: of what lasts all year, and of one month alone."""

    year: float
    month: float


def growing(steps: int, *, year: int = _YEAR) -> np.ndarray:
    """How the lasting part of an error grows from period to period; its mean over a year is one."""
    return 0.6 + 0.8 * (np.arange(steps) + 0.5) / year


def spread(test: Backtest, *, model: str, level: str, without: int | None = None) -> Spread:
    """How wide are the errors of one model in one dimension? (in volatilities of their series)

    From the back-test's errors there, whose mean squares of years and of months alone are held to what is usual at this
    length of history and this memory (see ``backtest.usual_year``); without: an origin whose year, and every one that
    overlaps it, is left out, so that a range is never judged by its own errors. An error is a part that lasts all year
    and grows (see ``growing``), and one of each month alone.
    """
    bent = float((growing(test.year, year=test.year) ** 2).mean())
    inside = (test.levels == level) & test.regular
    usual = float(test.usual[-1][test.levels == level][0])
    years, alone = usual**2, _USUAL_ALONE
    far = [a for a, o in enumerate(test.origins) if without is None or abs(o - test.origins[without]) >= test.year]
    if far and inside.any():
        scaled = test.errors[MODELS.index(model)][far][:, inside] / test.scales[far][:, inside, None]
        scaled = np.clip(scaled, -_FARTHEST, _FARTHEST)
        seen = np.isfinite(scaled).all(axis=2)
        whole = test.years[MODELS.index(model)][far][:, inside] / test.scales[far][:, inside]
        own = (np.clip(whole, -_FARTHEST, _FARTHEST) / test.usual[far][:, inside])[seen]
        if len(own):
            weight = ((test.origins[far[-1]] - test.origins[far[0]]) / test.year + 1) * min(inside.sum(), _MOST_MEMBERS)
            months = max(((scaled[seen] ** 2).mean() - bent * (scaled[seen].mean(axis=1) ** 2).mean()), 0.0)
            years *= (weight * (own**2).mean() + _BELIEF) / (weight + _BELIEF)
            alone = (weight * months / (1 - bent / test.year) + _BELIEF * alone) / (weight + _BELIEF)
    return Spread(float(np.sqrt(max(years - alone / test.year, 0.1 * years))), float(np.sqrt(alone)))


def noise(
    test: Backtest,
    *,
    chosen: dict[str, str],
    ways: Mapping[int, OwnWay],
    steps: int,
    draws: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Errors [log; series, step, draw] of the plan year, tied between series as those of common dates were.

    chosen: model per level. ways: the series with a method of their own. What lasts all year is Student's t with seven
    degrees of freedom, scaled to its deviation; one factor ties the members, and the company to them by how evenly its
    sales of the last year are spread.
    """
    ties, sales = _ties(test, chosen=chosen), test.past[-test.year :].sum(axis=0)
    held = _held(test)
    factor = rng.normal(size=draws)
    found = np.empty((len(test.levels), steps, draws))
    for s, level in enumerate(test.levels):
        own = spread(test, model=chosen[level], level=level)
        tie = ties if level != "total" else ties / (ties + (1 - ties) * _uneven(sales, test.levels))
        heavy = np.sqrt((_FREEDOM - 2) / rng.chisquare(_FREEDOM, size=draws))
        lasting = heavy * (np.sqrt(tie) * factor + np.sqrt(1 - tie) * rng.normal(size=draws))
        way = ways.get(s)
        if way is not None and way.sizes is not None:
            found[s] = _single(way.sizes, lasting=held[0] * own.year * lasting, steps=steps, rng=rng)
            continue
        alone, wide = held[s] * own.month, _NEW if test.kinds[s] == "new" else 1.0
        months = alone * rng.normal(size=(steps, draws)) - alone**2 / 2  # so that the mean is the forecast
        found[s] = wide * held[s] * own.year * growing(steps, year=test.year)[:, None] * lasting + months
    return found


def _single(sizes: np.ndarray, *, lasting: np.ndarray, steps: int, rng: np.random.Generator) -> np.ndarray:
    """Errors [log; step, draw] of a lumpy series: its past months drawn anew, many of them empty (Willemain, Smart &
    Schwarz, International J. of Forecasting 20, 2004), on a rate known as well as so many months tell it.
    """
    draws = len(lasting)
    rate = np.sqrt(sizes.var() / len(sizes)) * rng.normal(size=draws)
    with np.errstate(divide="ignore"):  # the logarithm of nothing: a month without sales
        months = np.log(rng.choice(sizes, size=(steps, draws)))
    return np.asarray(months + lasting + rate - rate.var() / 2)


def _ties(test: Backtest, *, chosen: dict[str, str]) -> float:
    """How far the years of members of one dimension stray together: the correlation of errors of common dates."""
    found = []
    for level in dict.fromkeys(test.levels) if test.origins else ():
        inside = (test.levels == level) & test.regular
        if level == "total" or inside.sum() < 2:
            continue
        scaled = test.years[MODELS.index(chosen[level])][:, inside] / test.scales[:, inside]
        years = np.clip(np.nan_to_num(scaled), -_FARTHEST, _FARTHEST)
        count, squares = years.shape[1], (years**2).sum(axis=1)
        if squares.sum() > 0:
            pairs = (years.sum(axis=1) ** 2 - squares).sum() / (count - 1)
            found.append(pairs / squares.sum())
    span = (test.origins[-1] - test.origins[0]) / test.year + 1 if test.origins else 0.0
    seen = float(np.mean(found)) if found else _TIES
    return float(np.clip((span * seen + _TIES_BELIEF * _TIES) / (span + _TIES_BELIEF), 0.0, 0.9))


def _held(test: Backtest) -> np.ndarray:
    """Volatilities of members, held to that of the regular ones of their dimension: those of short series are told by
    chance, and new ones have none of their own.
    """
    own = [volatility(y, moved=s.past, year=test.year) for y, s in zip(test.past.T, test.season, strict=True)]
    logs, fresh = np.log(own), np.array([kind == "new" for kind in test.kinds])
    for level in dict.fromkeys(test.levels):
        inside = test.levels == level
        usual = logs[inside & test.regular].mean() if (inside & test.regular).any() else logs[0]
        logs[inside] = np.where(fresh[inside], usual, _OWN * logs[inside] + (1 - _OWN) * usual)
    return np.asarray(np.exp(logs))


def _uneven(sales: np.ndarray, levels: np.ndarray) -> float:
    """The sum of squared shares of sales in the dimension where they are spread most."""
    found = [1.0]
    for level in dict.fromkeys(levels):
        own = np.maximum(sales[levels == level], 0.0)
        if level != "total" and own.sum() > 0:
            found.append(float(((own / own.sum()) ** 2).sum()))
    return min(found)
