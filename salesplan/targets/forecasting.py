"""Where do sales go if nothing changes, and how surely? Joint sample paths whose members add up to the company."""

from __future__ import annotations

__all__ = ["Forecast", "forecast", "foreseen", "quantiles", "say_accuracy", "say_forecast"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.config import DIMENSIONS, EVERYTHING, TargetChoices
from salesplan.findings import Check, Finding
from salesplan.futures import Grid, to_frame, whole_cents, year_of
from salesplan.periods import FiscalCalendar
from salesplan.stats import units
from salesplan.targets.accuracy import accuracy, chosen_models
from salesplan.targets.alarms import past_courses
from salesplan.targets.backtest import Backtest, backtest
from salesplan.targets.events import event_rows, undone
from salesplan.targets.forecasters import level_only, middles
from salesplan.targets.kinds import APART, OwnWay, followed, method_rows, own_ways
from salesplan.targets.reconciling import leaf_history, reconciled
from salesplan.targets.series import evened, history, moving
from salesplan.targets.uncertainty import noise
from salesplan.words import Words

_YEAR = 12
_FEW_DRAWS = 2000


@dataclass(frozen=True)
class Forecast:
    """What the plan year brings.

    paths: dimension, member, period (months of the plan year), draw, baseline [cents]; closed months hold what came.
    accuracy: the table targets/accuracy. methods: the table targets/methods. events: what was found in the books, as in
    targets/events. courses: how past years looked on their way (see ``alarms.past_courses``). months: length of
    history. year: the plan year.
    """

    paths: pd.DataFrame
    accuracy: pd.DataFrame
    methods: pd.DataFrame
    events: pd.DataFrame
    courses: pd.DataFrame
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
    choices: TargetChoices | None = None,
) -> Forecast:
    """What will the plan year bring if things go on as they did?

    Frame of period (month), the four dimensions and net_sales_cents [cents] to sample paths of the total and of every
    member, whose sums over a dimension's members are the total's to the cent in every month and draw. Rows after
    ``as_of`` are not looked at. lunar, days: months are freed of the Chinese New Year, and of working days and
    promotions where targets/workdays is given (36 months and more), and of a 53rd week. choices: whose events are
    undone first (see ``undone``), and whose analogues new members follow.

    Middle: per dimension the model with the smallest MASE in the back-test; series that are no regular ones by methods
    of their own (see ``kinds.own_ways``). Ranges: conformal, from back-test errors; errors of one origin are kept
    together over months and members (wild bootstrap with normal weights), so that the year's range is not that of
    independent months. Under 36 months: last year's months and a wide range, which narrows as months come in; under 13
    months: the recent level.
    """
    came = history(cube, calendar=calendar, as_of=as_of)
    moves: dict[str, Any] = {"calendar": calendar, "days": days, "lunar": lunar}
    plain = evened(cube[cube["period"] <= came.index[-1]], calendar=calendar)
    plain = undone(plain, events=choices.events, **moves)[0] if choices else plain
    past = history(plain, calendar=calendar, as_of=as_of).reindex(columns=came.columns, fill_value=0.0)
    year = calendar.plan_year(as_of)
    closed = [month for month in calendar.months(year) if month in past.index]
    ahead = len(calendar.months(year)) - len(closed)
    test = backtest(past, holidays=moving([*past.index, *_after(past.index[-1], calendar)], **moves))
    table = accuracy(test)
    keys = [(str(key[0]), str(key[1])) for key in past.columns]
    like = followed(choices.analogues if choices else (), keys, cube=cube)
    ways = own_ways(test.past, test.kinds, season=test.season, like=like, steps=ahead)
    about: dict[str, Any] = {"chosen": chosen_models(table), "ways": ways, "steps": ahead}
    middle = _middles(test, keys, leaves=leaf_history(plain, months=past.index), **about)
    errors = noise(test, **about, draws=draws, rng=stats.generator(seed, "paths"))
    apart = np.isin(test.kinds, APART)
    values = _reconciled(middle[:, :, None] * np.exp(errors), levels=test.levels, apart=apart)
    values *= np.array([calendar.longer(month) for month in calendar.months(year)[len(closed) :]])[:, None]
    months = np.concatenate([np.repeat(came.loc[closed].to_numpy().T[:, :, None], draws, axis=2), values], axis=1)
    paths = to_frame(Grid(keys, calendar.months(year), whole_cents(months, keys=keys)), column="baseline")
    methods = method_rows(test.past, keys, kinds=test.kinds, ways=ways, like=like, chosen=about["chosen"])
    courses = past_courses(test, past, chosen=about["chosen"], calendar=calendar)
    return Forecast(paths, table, methods, event_rows(test.events, past), courses, len(past), year)


def foreseen(
    cube: pd.DataFrame, *, calendar: FiscalCalendar, months: Sequence[str], seed: int, lunar: bool
) -> tuple[float, float] | None:
    """What was the company to sell in these months of one year, as could be told when the year began?

    Frame as of ``forecast``. Returns the middle [cents] and its standard error [log]; None where fewer than 13 months
    of history lay before.
    """
    opening = calendar.shift(f"{calendar.year_of(months[0])}Q1", -1)
    known = cube[cube["period"] <= calendar.months(opening)[-1]]
    if known["period"].nunique() <= _YEAR or known["net_sales_cents"].sum() <= 0:
        return None
    company = known.assign(**dict.fromkeys(DIMENSIONS, EVERYTHING))
    paths = forecast(company, calendar=calendar, as_of=opening, seed=seed, draws=_FEW_DRAWS, lunar=lunar).paths
    whole = paths[(paths["dimension"] == "total") & paths["period"].isin(months)]
    sums = whole.groupby("draw")["baseline"].sum().clip(lower=1).to_numpy("float64")
    return float(np.median(sums)), float(np.log(sums).std())


def _after(last: str, calendar: FiscalCalendar) -> list[str]:
    return [calendar.shift(last, step) for step in range(1, _YEAR + 1)]


def _middles(
    test: Backtest,
    keys: list[tuple[str, str]],
    *,
    leaves: pd.DataFrame,
    chosen: dict[str, str],
    ways: Mapping[int, OwnWay],
    steps: int,
) -> np.ndarray:
    """The mean of each series and month ahead [cents], made to add up where two years and more are known."""
    season = [own._replace(ahead=own.ahead[:steps]) for own in test.season]
    found = []
    for at, (level, series) in enumerate(zip(test.levels, test.past.T, strict=True)):
        if at in ways:
            found.append(ways[at].middle)
        elif test.months <= _YEAR:
            found.append(level_only(series, steps=steps))
        else:
            found.append(middles(series, season=season[at], steps=steps)[chosen[level]])
    middle = np.array(found)
    if test.months < 2 * _YEAR:
        return middle
    past = pd.DataFrame(test.past, index=leaves.index, columns=pd.MultiIndex.from_tuples(keys))
    whole = reconciled(past, leaves, middle=middle, growth=np.array([own.growth for own in season]))
    return np.where(np.isin(test.kinds, APART)[:, None], middle, whole)


def _reconciled(values: np.ndarray, *, levels: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Members that sum to the total of their month and draw: those ``apart`` as drawn, so far as the total allows, the
    others moved in proportion.
    """
    total, found = values[levels == "total"][0], values.copy()
    for dimension in DIMENSIONS:
        first, others = (levels == dimension) & apart, (levels == dimension) & ~apart
        if first.any():
            found[first] = _scaled(values[first], to=total, whole=not others.any())
        if others.any():
            found[others] = _scaled(values[others], to=total - found[first].sum(axis=0), whole=True)
    return found


def _scaled(values: np.ndarray, *, to: np.ndarray, whole: bool) -> np.ndarray:
    """Members in their proportions that sum to this; where it need not be the whole of it, at most to this."""
    members = np.maximum(values, 0.0)
    summed = members.sum(axis=0)
    share = np.divide(members, summed, out=np.full(members.shape, 1 / len(members)), where=summed > 0)
    return np.asarray(share * (to if whole else np.minimum(to, summed)))


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
    plain = table.query("level == 'total' and model == 'snaive'").set_index("horizon")["mase"][total["horizon"]]
    better = words.say("targets_accuracy_better" if total["mase"] < plain else "targets_accuracy_worse")
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
