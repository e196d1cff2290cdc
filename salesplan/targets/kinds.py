"""What kind of series is each, and how is one forecast that the models of regular series do not fit?"""

from __future__ import annotations

__all__ = ["APART", "REGULAR", "OwnWay", "followed", "history_of", "kinds", "method_rows", "own_ways", "say_methods"]

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from salesplan.config import Analogue
from salesplan.errors import PlanFileError, nearest
from salesplan.findings import Finding
from salesplan.schemas import COLUMNS
from salesplan.targets.forecasters import Season, ages, months_of, positive
from salesplan.words import Words

_NAME = "targets/methods"
REGULAR = "regular"
APART = ("lumpy", "constant")  # whose way nothing that others do changes
_YEAR = 12
_EMPTY = 0.25  # of months without sales, beyond which a series is lumpy
_LATEST = 3  # months that the level of a new series is taken from
_SAME = 1e-3  # of their mean: months no further apart are the same
_FADES = 0.1  # weight of the latest month in a lumpy series' mean (Teunter, Syntetos & Babai 2011)


class OwnWay(NamedTuple):
    """The forecast of one series by its own method: the mean per step [cents], and where it is lumpy the sizes of past
    months by their mean [12 or more, nought where nothing was sold].
    """

    method: str
    middle: np.ndarray
    sizes: np.ndarray | None = None


def kinds(values: np.ndarray, *, year: int = _YEAR) -> list[str]:
    """What each column of ``values`` [month, series; first column the company] is.

    ended: nothing sold in the last year. constant: all months of the last year the same. lumpy: more than a quarter of
    the last two years' months (since its first sale) without sales. new: first sold less than two years ago, the
    company before; year: periods in one. regular: what is left; the models of ``forecasters.middles`` are for these.
    """
    return [_kind(series, company=int(ages(values[:, 0])), year=year) for series in values.T]


def _kind(series: np.ndarray, *, company: int, year: int) -> str:
    last, since = series[-year:], int(ages(series))
    if not (last > 0).any():
        return "ended"
    if since >= year and np.ptp(last) <= _SAME * last.mean():
        return "constant"
    if since >= year // 2 and (series[-min(since, 2 * year) :] <= 0).mean() > _EMPTY:
        return "lumpy"
    return "new" if since < min(2 * year, company) else REGULAR


def own_ways(
    values: np.ndarray, kinds: Sequence[str], *, season: Sequence[Season], like: Mapping[int, int], steps: int
) -> dict[int, OwnWay]:
    """The forecasts of the series that are not regular, by their place.

    like: the place of the older series that a new one is expected to follow, by the place of the new one.
    ended: nothing. constant: the same. lumpy: the rate of Teunter, Syntetos & Babai (European J. of Operational
    Research 214, 2011), from the library statsforecast, in the company's season. new: the level of its latest three
    months (the first one is seldom whole) on the course of the series it is ``like`` at the same age; where that one is
    as old as the books or none is named, in its season, or that of the company without it, and the company's growth.
    """
    found = {}
    for at, kind in enumerate(kinds):
        series = values[:, at]
        if kind == "ended":
            found[at] = OwnWay("nothing", np.zeros(steps))
        elif kind == "constant":
            found[at] = OwnWay("the_same", np.full(steps, series[-1]))
        elif kind == "lumpy":
            found[at] = _lumpy(series, season=season[0], steps=steps)
        elif kind == "new":
            other = like.get(at)
            shape, course = _lent(values, at, season=season[0]) if other is None else season[other], None
            if other is not None and ages(values[:, other]) < len(values):
                shape = season[0]
                course = _levels(values[:, other], season=shape)
            middle = _young(series, season=shape, growth=season[0].growth, course=course, steps=steps)
            found[at] = OwnWay("company_profile" if other is None else "analogue", middle)
    return found


def followed(analogues: Sequence[Analogue], keys: Sequence[tuple[str, str]], *, cube: pd.DataFrame) -> dict[int, int]:
    """The place of the older series by that of the new one which is to follow it; of those the books know by now.

    keys: dimension and member of each series. cube: all there are, now and later.
    Errors: PlanFileError for a member that never sold.
    """
    place, found = {(str(d), str(m)): at for at, (d, m) in enumerate(keys)}, {}
    for analogue in analogues:
        dimension, member = next(iter(analogue.where.items()))
        there = sorted(cube[dimension].astype(str).unique())
        for name in (member, analogue.like):
            if name not in there:
                raise PlanFileError(f"[[targets.analogues]] {dimension} {name!r} never sold.{nearest(name, there)}")
        if (dimension, member) in place and (dimension, analogue.like) in place:
            found[place[(dimension, member)]] = place[(dimension, analogue.like)]
    return found


def method_rows(
    values: np.ndarray,
    keys: Sequence[tuple[str, str]],
    *,
    kinds: Sequence[str],
    ways: Mapping[int, OwnWay],
    like: Mapping[int, int],
    chosen: Mapping[str, str],
) -> pd.DataFrame:
    """The table targets/methods: dimension, member, months since the first sale, empty [share of the last two years'
    months since then], kind, method, like (the member that is followed; missing where none is).
    """
    rows = []
    for at, ((dimension, member), series) in enumerate(zip(keys, values.T, strict=True)):
        age = int(ages(series)) if (series > 0).any() else 0
        empty = float((series[len(series) - min(age, 2 * _YEAR) :] <= 0).mean()) if age else 1.0
        method = ways[at].method if at in ways else chosen[dimension]
        other = keys[like[at]][1] if method == "analogue" else None
        rows.append((dimension, member, age, empty, kinds[at], method, other))
    return pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))


def history_of(methods: pd.DataFrame) -> int:
    """How many months of history the company's forecast rests on, from targets/methods."""
    return int(methods.loc[methods["dimension"] == "total", "months"].iloc[0])


def say_methods(table: pd.DataFrame, *, words: Words) -> Finding:
    """Which series are forecast by a method of their own, and why? From targets/methods."""
    odd = table[table["kind"] != REGULAR]
    counts = {"regular": words.number(len(table) - len(odd)), "series": words.number(len(table))}
    parts = [words.say("targets_methods", **counts)]
    for kind, rows in odd.groupby("kind", sort=True):
        parts.append(words.say(f"targets_methods_{kind}", list=words.join([words.name(m) for m in rows["member"]])))
    return Finding(_NAME, words.text(parts), _NAME, (), ("orders", "plan"))


def _shape(season: Season, *, months: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """What season and moving holidays make of past months and of those to come [log]."""
    year = len(season.months)
    ahead = np.resize(np.roll(season.months, -(months % year)), steps) + season.ahead[:steps]
    return season.past + np.resize(season.months, months), ahead


def _lumpy(series: np.ndarray, *, season: Season, steps: int) -> OwnWay:
    from statsforecast.models import TSB

    past, ahead = _shape(season, months=len(series), steps=steps)
    since = len(series) - int(ages(series))
    flat = np.maximum(series, 0.0)[since:] * np.exp(-past[since:])
    rate = float(TSB(alpha_d=_FADES, alpha_p=_FADES).forecast(y=flat, h=1)["mean"][0])
    sizes = flat[-2 * _YEAR :]
    return OwnWay("tsb", rate * np.exp(ahead), sizes / sizes.mean())


def _lent(values: np.ndarray, at: int, *, season: Season) -> Season:
    """The season of the company without this series: its first months would look like one."""
    others = values[:, 0] - values[:, at]
    if len(others) < 2 * len(season.months) or not (others > 0).any():
        return season
    return season._replace(months=months_of(others, moved=season.past, year=len(season.months)))


def _levels(series: np.ndarray, *, season: Season) -> np.ndarray:
    """The level [log] of each month of a series since its first sale, free of season."""
    age = int(ages(series))
    return np.log(positive(series[-age:])) - _shape(season, months=len(series), steps=0)[0][-age:]


def _young(series: np.ndarray, *, season: Season, growth: float, course: np.ndarray | None, steps: int) -> np.ndarray:
    age, ahead = int(ages(series)), _shape(season, months=len(series), steps=steps)[1]
    latest = _levels(series, season=season)[-min(_LATEST, max(age - 1, 1)) :]
    level = float(np.log(np.exp(latest).mean()))
    way = growth / _YEAR * (np.arange(steps) + (len(latest) + 1) / 2)
    if course is not None and len(course) > age:
        then = float(np.log(np.exp(course[age - len(latest) : age]).mean()))
        seen = course[age : age + steps] - then
        way[: len(seen)] = seen
        way[len(seen) :] = seen[-1] + growth / _YEAR * (np.arange(steps - len(seen)) + 1)
    return np.exp(level + way + ahead)
