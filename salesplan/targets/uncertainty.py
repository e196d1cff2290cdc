"""How far does a year stray from its middle, month by month and as a whole, and what strays together?"""

from __future__ import annotations

__all__ = ["Spread", "growing", "noise", "spread"]

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from salesplan.targets.backtest import Backtest, beyond_chance
from salesplan.targets.forecasters import MODELS
from salesplan.targets.kinds import APART, OwnWay

_YEAR = 12
_FARTHEST = 4.0  # volatilities: a miss further out counts as this
_BELIEF = 20.0  # how many years of one independent series what is usual weighs
_MOST_MEMBERS = 5.0  # members of one year never count as more independent series
_USUAL_ALONE = 0.8  # mean square of what is of one month alone, in squared volatilities
_CLOSEST = 0.9  # members' years are never tied closer
_FREEDOM = 7.4  # of Student's t, of years
_NEW = 1.5  # how much wider the year of a new series is than that of the regular ones beside it


class Spread(NamedTuple):
    """How far one model strays: in the year, in units of what is usual (see ``backtest.usual_year``), and in what is
    of one month alone, in volatilities [standard deviations].
    """

    year: float
    month: float

    def lasting(self, usual: np.ndarray, scales: np.ndarray, *, year: int) -> np.ndarray:
        """The standard deviation [log] of what lasts all year, of series with this usual year and volatility."""
        whole = (self.year * usual) ** 2
        return np.asarray(np.sqrt(np.maximum(whole - (self.month * scales) ** 2 / year, 0.1 * whole)))


def growing(steps: int, *, year: int = _YEAR) -> np.ndarray:
    """How the lasting part of an error grows from period to period; its mean over a year is one."""
    return 0.6 + 0.8 * (np.arange(steps) + 0.5) / year


def spread(test: Backtest, *, model: str, level: str, without: int | None = None) -> Spread:
    """How wide are the errors of one model in one dimension?

    From the back-test's errors there, whose mean squares of years and of months alone are held to what is usual at this
    volatility and length of history; without: an origin whose year, and every one that overlaps it, is left out, so
    that a range is never judged by its own errors. An error is a part that lasts all year and grows (see ``growing``),
    and one of each month alone.
    """
    bent = float((growing(test.year, year=test.year) ** 2).mean())
    inside = (test.levels == level) & test.regular
    years, alone = 1.0, _USUAL_ALONE
    far = [a for a, o in enumerate(test.origins) if without is None or abs(o - test.origins[without]) >= test.year]
    if far and inside.any():
        scale = test.scales[far][:, inside]
        scaled = np.clip(test.errors[MODELS.index(model)][far][:, inside] / scale[:, :, None], -_FARTHEST, _FARTHEST)
        seen = np.isfinite(scaled).all(axis=2)
        whole = test.years[MODELS.index(model)][far][:, inside] / test.usual[far][:, inside]
        own = np.clip(whole, -_FARTHEST, _FARTHEST)[seen]
        if len(own):
            weight = ((test.origins[far[-1]] - test.origins[far[0]]) / test.year + 1) * min(inside.sum(), _MOST_MEMBERS)
            months = max(((scaled[seen] ** 2).mean() - bent * (scaled[seen].mean(axis=1) ** 2).mean()), 0.0)
            years = (weight * (own**2).mean() + _BELIEF) / (weight + _BELIEF)
            alone = (weight * months / (1 - bent / test.year) + _BELIEF * alone) / (weight + _BELIEF)
    return Spread(float(np.sqrt(years)), float(np.sqrt(alone)))


def noise(
    test: Backtest,
    *,
    chosen: dict[str, str],
    ways: Mapping[int, OwnWay],
    steps: int,
    draws: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Errors [log; series, step, draw] of the plan year, tied between the members of a dimension.

    chosen: model per level. ways: the series with a method of their own. What lasts all year is Student's t with 7.4
    degrees of freedom, scaled to its deviation; one factor ties the members of a dimension so that together they stray
    as the company does (see ``_tie`` and ``_summed``).
    """
    wide, alone = _widths(test, chosen=chosen)
    factor, free = rng.normal(size=draws), rng.normal(size=(len(wide), draws))
    heavy = np.sqrt((_FREEDOM - 2) / rng.chisquare(_FREEDOM, size=(len(wide), draws)))
    lasting = wide[:, None] * heavy * free
    months = alone[:, None, None] * rng.normal(size=(len(wide), steps, draws))
    sales, regular = np.maximum(test.past[-test.year :].sum(axis=0), 0.0), ~np.isin(test.kinds, APART)
    for level in dict.fromkeys(test.levels[test.levels != "total"]):
        inside = (test.levels == level) & regular
        shares = sales[inside] / max(sales[0], 1.0)
        if shares.sum() > 0:
            tie = _tie(wide[inside], shares=shares, whole=wide[0])
            both = np.sqrt(tie) * factor + np.sqrt(1 - tie) * free[inside]
            own = wide[inside, None] * heavy[inside] * both
            lasting[inside] = _summed(own, whole=lasting[0], wide=wide[inside], shares=shares, tie=tie)
            months[inside] = _summed(months[inside], whole=months[0], wide=alone[inside], shares=shares, tie=0.0)
    months -= alone[:, None, None] ** 2 / 2  # so that the mean is the forecast
    found = lasting[:, None] * growing(steps, year=test.year)[:, None] + months
    for s, way in ways.items():
        if way.sizes is not None:
            found[s] = _single(way.sizes, lasting=lasting[0], steps=steps, rng=rng)
    return np.asarray(found)


def _widths(test: Backtest, *, chosen: dict[str, str]) -> tuple[np.ndarray, np.ndarray]:
    """The standard deviations [log] of each series: of what lasts all year, and of each month alone."""
    usual, scales = _usual(test), _scales(test)
    wide, alone = np.empty(len(usual)), np.empty(len(usual))
    for level in dict.fromkeys(test.levels):
        inside, own = test.levels == level, spread(test, model=chosen[level], level=level)
        wide[inside] = own.lasting(usual[inside], scales[inside], year=test.year)
        alone[inside] = own.month * scales[inside]
    return wide, alone


def _summed(errors: np.ndarray, *, whole: np.ndarray, wide: np.ndarray, shares: np.ndarray, tie: float) -> np.ndarray:
    """Members' errors [member, …, draw] given the company's: of all that sum to it the ones nearest to their own draws,
    as normal errors of these deviations and this correlation are conditioned on their sum.
    """
    weighed = (1 - tie) * wide**2 * shares + tie * wide * (wide @ shares)
    off = shares.sum() * whole - np.tensordot(shares, errors, axes=1)
    return np.asarray(errors + np.multiply.outer(weighed / max(shares @ weighed, 1e-12), off))


def _single(sizes: np.ndarray, *, lasting: np.ndarray, steps: int, rng: np.random.Generator) -> np.ndarray:
    """Errors [log; step, draw] of a lumpy series: its past months drawn anew, many of them empty (Willemain, Smart &
    Schwarz, International J. of Forecasting 20, 2004), on a rate known as well as so many months tell it.
    """
    draws = len(lasting)
    rate = np.sqrt(sizes.var() / len(sizes)) * rng.normal(size=draws)
    with np.errstate(divide="ignore"):  # the logarithm of nothing: a month without sales
        months = np.log(rng.choice(sizes, size=(steps, draws)))
    return np.asarray(months + lasting + rate - rate.var() / 2)


def _tie(wide: np.ndarray, *, shares: np.ndarray, whole: float) -> float:
    """How far the years of a dimension's members stray together: the correlation at which members of these deviations
    sum to a company as unsure as its own history says it is.
    """
    apart, together = ((shares * wide) ** 2).sum(), (shares @ wide) ** 2
    sought = (shares.sum() * whole) ** 2
    return float(np.clip((sought - apart) / (together - apart), 0.0, _CLOSEST)) if together > apart else 0.0


def _scales(test: Backtest) -> np.ndarray:
    """Volatilities of series, held to that of the regular ones of their dimension by as much as is chance (as months
    are, see ``backtest.seasons``); new series have none of their own.
    """
    logs, fresh = np.log(test.scales[-1]), _fresh(test)
    found = logs.copy()
    chance = 0.5 / max(test.months - test.year, 1)  # variance of the logarithm of a deviation of so many differences
    for level in dict.fromkeys(test.levels):
        inside, regular = test.levels == level, (test.levels == level) & test.regular
        usual = logs[regular].mean() if regular.any() else logs[0]
        count = regular.sum()
        squares = (logs[regular] - usual) ** 2 * count / max(count - 1, 1)
        apart = beyond_chance(squares, chance=chance) if count > 1 else 0.0
        own = np.where(fresh[inside], 0.0, apart / (apart + chance))
        found[inside] = own * logs[inside] + (1 - own) * usual
    return np.asarray(np.exp(found))


def _usual(test: Backtest) -> np.ndarray:
    """How far years usually stray; that of a new series as the regular ones of its dimension, and more."""
    found, fresh = test.usual[-1].copy(), _fresh(test)
    for level in dict.fromkeys(test.levels[fresh]):
        regular = (test.levels == level) & test.regular
        found[fresh & (test.levels == level)] = _NEW * (found[regular].mean() if regular.any() else found[0])
    return found


def _fresh(test: Backtest) -> np.ndarray:
    return np.array([kind == "new" for kind in test.kinds])
