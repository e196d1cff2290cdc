"""Where do sales go if nothing changes, and how surely? Joint sample paths whose members add up to the company."""

from __future__ import annotations

__all__ = ["Forecast", "forecast", "quantiles", "say_accuracy", "say_forecast"]

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.config import DIMENSIONS
from salesplan.findings import Check, Finding
from salesplan.futures import Grid, to_frame, whole_cents, year_of
from salesplan.periods import FiscalCalendar
from salesplan.stats import units
from salesplan.targets.accuracy import accuracy, chosen_models
from salesplan.targets.backtest import backtest
from salesplan.targets.forecasters import Season, level_only, middles, volatility
from salesplan.targets.reconciling import leaf_history, reconciled
from salesplan.targets.series import history, moving
from salesplan.targets.uncertainty import noise
from salesplan.words import Words

_YEAR = 12


@dataclass(frozen=True)
class Forecast:
    """What the plan year brings.

    paths: dimension, member, period (months of the plan year), draw, baseline [cents]; closed months hold what came.
    accuracy: the table targets/accuracy. months: length of history. year: the plan year.
    """

    paths: pd.DataFrame
    accuracy: pd.DataFrame
    months: int
    year: str


def forecast(
    cube: pd.DataFrame,
    *,
    calendar: FiscalCalendar,
    as_of: str,
    seed: int,
    draws: int = 2000,
    lunar: bool = True,
    days: pd.DataFrame | None = None,
) -> Forecast:
    """What will the plan year bring if things go on as they did?

    Frame of period (month), the four dimensions and net_sales_cents [cents] to sample paths of the total and of every
    member, whose sums over a dimension's members are the total's to the cent in every month and draw. Rows after
    ``as_of`` are not looked at. lunar, days: months are freed of the Chinese New Year, and of working days and
    promotions where targets/workdays is given (36 months and more).

    Middle: per dimension the model with the smallest MASE in the back-test. Ranges: conformal, from back-test errors;
    errors of one origin are kept together over months and members (wild bootstrap with normal weights), so that the
    year's range is not that of independent months. Under 36 months: last year's months and a wide range, which
    narrows as months come in; under 13 months: the recent level.
    """
    past = history(cube, calendar=calendar, as_of=as_of)
    year = calendar.plan_year(as_of)
    ahead = [m for m in calendar.months(year) if m not in past.index]
    span = [*past.index, *_after(past.index[-1], calendar)]
    known = moving(span, calendar=calendar, days=days, lunar=lunar)
    test = backtest(past, holidays=known)
    table = accuracy(test)
    chosen = chosen_models(table)
    season = [own._replace(ahead=own.ahead[: len(ahead)]) for own in test.season]
    middle = _middles(past, chosen=chosen, season=season, steps=len(ahead))
    if len(past) >= 2 * _YEAR:
        grown = np.array([own.growth for own in season])
        middle = reconciled(past, leaf_history(cube, months=past.index), middle=middle, growth=grown)
    sigma = [volatility(y, moved=own.past) for y, own in zip(past.to_numpy().T, season, strict=True)]
    about = {"volatilities": np.array(sigma), "sales": past.to_numpy()[-_YEAR:].sum(axis=0), "chosen": chosen}
    errors = noise(test, **about, steps=len(ahead), draws=draws, rng=stats.generator(seed, "paths"))
    values = _reconciled(middle[:, :, None] * np.exp(errors), levels=test.levels)
    closed = past.loc[[m for m in calendar.months(year) if m in past.index]].to_numpy().T
    keys = [(str(key[0]), str(key[1])) for key in past.columns]
    months = np.concatenate([np.repeat(closed[:, :, None], draws, axis=2), values], axis=1)
    grid = Grid(keys, calendar.months(year), whole_cents(months, keys=keys))
    return Forecast(to_frame(grid, column="baseline"), table, len(past), year)


def _after(last: str, calendar: FiscalCalendar) -> list[str]:
    return [calendar.shift(last, step) for step in range(1, _YEAR + 1)]


def _middles(past: pd.DataFrame, *, chosen: dict[str, str], season: list[Season], steps: int) -> np.ndarray:
    values = past.to_numpy()
    if len(values) <= _YEAR:
        return np.array([level_only(series, steps=steps) for series in values.T])
    models = [chosen[dimension] for dimension in past.columns.get_level_values(0)]
    return np.array(
        [
            middles(series, season=own, steps=steps)[model]
            for series, own, model in zip(values.T, season, models, strict=True)
        ]
    )


def _reconciled(values: np.ndarray, *, levels: np.ndarray) -> np.ndarray:
    """Members that move in proportion until they sum to the total of their month and draw."""
    total, found = values[levels == "total"][0], values.copy()
    for dimension in DIMENSIONS:
        inside = levels == dimension
        members = np.maximum(values[inside], 0.0)
        summed = members.sum(axis=0)
        share = np.divide(members, summed, out=np.full(members.shape, 1 / len(members)), where=summed > 0)
        found[inside] = share * total
    return found


def quantiles(paths: pd.DataFrame) -> pd.DataFrame:
    """The table targets/forecast: dimension, member, period (month), p10, p50, p90 [currency] if nothing changes."""
    spread = (
        paths.groupby(["dimension", "member", "period"], sort=True)["baseline"]
        .quantile(np.array([0.1, 0.5, 0.9]))
        .unstack()
    )
    spread = units(spread.stack().round()).unstack()
    spread.columns = ["p10", "p50", "p90"]
    return spread.reset_index()


def say_accuracy(table: pd.DataFrame, *, words: Words, months: int) -> Finding:
    """How far can the forecast be trusted? From targets/accuracy; months: length of history."""
    chosen = table[table["chosen"]]
    total = chosen[chosen["level"] == "total"].iloc[0]
    model = words.term(str(total["model"]))
    if not np.isfinite(total["mase"]):
        text = words.say("targets_accuracy_short", months=words.number(months), model=model)
        return Finding("targets/accuracy", text, "targets/accuracy", (Check("coverage", None, text),))
    text = words.say(
        "targets_accuracy",
        model=model,
        mase=words.number(total["mase"], digits=2),
        coverage=words.share(total["coverage80"]),
        months=words.number(months),
    )
    honest = bool(chosen["coverage80"].dropna().between(0.7, 0.9).all())
    said = words.say(
        "targets_accuracy_range",
        low=words.share(chosen["coverage80"].min()),
        high=words.share(chosen["coverage80"].max()),
    )
    better = words.say("targets_accuracy_better" if total["mase"] < 1 else "targets_accuracy_worse")
    text = words.text([text, better])
    return Finding("targets/accuracy", text, "targets/accuracy", (Check("coverage", honest, said),))


def say_forecast(paths: pd.DataFrame, *, words: Words, year: str) -> Finding:
    """Where does the year land if nothing changes? From the sample paths."""
    low, mid, high = np.quantile(year_of(paths, column="baseline") / 100, [0.1, 0.5, 0.9])
    text = words.say(
        "targets_forecast",
        year=year,
        mid=words.money(mid),
        range=words.interval(words.money(low), words.money(high)),
    )
    return Finding("targets/forecast", text, "targets/forecast")
