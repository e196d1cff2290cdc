"""How often is an alarm false, and how often does none come? Over the draws of the year, and over past years."""

from __future__ import annotations

__all__ = ["alarms", "past_courses", "say_alarms"]

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesplan.course import AMBER, needed
from salesplan.findings import Finding
from salesplan.futures import drawn
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.targets.backtest import Backtest
from salesplan.targets.forecasters import MODELS
from salesplan.targets.segments import monthly_goals
from salesplan.words import Words

_NAME = "targets/alarms"
_PACE = 0.95  # the usual rule beside it: of what is due so far, below which it is red
_QUARTER = 3
_FEW = 5  # years that reached, or missed, their goal: of fewer nothing is said
_WITHIN = (0.2, 0.8)  # goals of past years are no easier and no harder than this
_COURSES = ["dimension", "member", "year", "quarter", "so_far", "ahead", "opened", "opened_so_far", "came"]


def past_courses(
    test: Backtest,
    past: pd.DataFrame,
    *,
    chosen: Mapping[str, str],
    calendar: FiscalCalendar,
) -> pd.DataFrame:
    """How did past years look from the end of each of their quarters?

    test: the back-test; past: the history that it forecast (months × (dimension, member)); chosen: the model of each
    dimension. One row per regular series, fiscal year and quarter 1 to 3 for which the year was forecast both when it
    began and at that quarter's end: so_far, ahead (forecast of the months still open), opened and opened_so_far (the
    forecast as the year began, of the year and of the months closed since), came (the year) [all in cents].
    """
    months, values, rows = [str(m) for m in past.index], past.to_numpy(dtype="float64"), []
    keys = [(str(key[0]), str(key[1])) for key in past.columns]
    for start, quarter, then in _origins(test, months, calendar=calendar):
        for s in np.flatnonzero(test.regular):
            dimension, member = keys[s]
            model = MODELS.index(chosen[dimension])
            first, last = test.origins[start], test.origins[then]
            real = values[first : first + test.year, s]
            done = last - first
            opened = real * np.exp(-test.errors[model, start, s])
            ahead = real[done:] * np.exp(-test.errors[model, then, s, : test.year - done])
            known = real[:done].sum(), ahead.sum(), opened.sum(), opened[:done].sum(), real.sum()
            rows.append((dimension, member, calendar.year_of(months[first]), quarter, *known))
    table = pd.DataFrame(rows, columns=_COURSES)
    return table.dropna(subset=_COURSES[4:], ignore_index=True)


def _origins(test: Backtest, months: Sequence[str], *, calendar: FiscalCalendar) -> Iterator[tuple[int, int, int]]:
    """Pairs of origins: when a fiscal year began, and at the end of its quarter 1, 2 or 3 (with that number)."""
    place = {origin: n for n, origin in enumerate(test.origins)}
    for origin, start in place.items():
        if calendar.months(calendar.year_of(months[origin]))[0] != months[origin]:
            continue
        for quarter in (1, 2, 3):
            if (then := place.get(origin + quarter * _QUARTER)) is not None:
                yield start, quarter, then


def alarms(cells: pd.DataFrame, *, paths: pd.DataFrame, past: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """How often is an alarm false, and how often does a year that misses its goal raise none?

    cells: targets/cells. paths: as from ``futures.future``, as the year began. past: as from ``past_courses``. Frame
    targets/alarms: rule (on_track: a probability under 25 %; pace: under 95 % of what is due so far), basis (draws: the
    company's year as it is drawn; backtest: past years of the company and its members, whose goals were as likely as
    theirs is now), period (quarter of the plan year), n (years judged), years_reached, years_missed [counts],
    false_alarms [share of the years that reached their goal], missed_alarms [share of those that missed it; both
    missing where there are none].
    """
    months = calendar.months(calendar.year_of(str(cells["period"].iloc[0])))
    quarters = list(dict.fromkeys(map(calendar.quarter_of, months)))[:-1]
    keys, asked = monthly_goals(cells, months=months)
    draws = drawn(paths, keys=keys, months=months)
    rows = []
    for number, period in enumerate(quarters, 1):
        closed = number * _QUARTER
        raised, reached = _drawn_alarms(draws[0], asked[0], closed=closed)
        rows += [(rule, "draws", period, *_rates(raised[rule], reached)) for rule in raised]
        own = past[past["quarter"] == number]
        raised, reached = _past_alarms(own, dict(zip(keys, zip(draws, asked, strict=True), strict=True)), closed=closed)
        rows += [(rule, "backtest", period, *_rates(raised[rule], reached)) for rule in raised]
    return pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))


def _drawn_alarms(draws: np.ndarray, asked: np.ndarray, *, closed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """In which draws [month, draw] of the year does each rule raise an alarm, and which reach the goal?"""
    come, whole, goal = draws[:closed].sum(axis=0), draws.sum(axis=0), asked.sum()
    bound = needed(come, whole, goal=goal, chance=AMBER)
    return {"on_track": come < bound, "pace": come < _PACE * asked[:closed].sum()}, whole >= goal


def _past_alarms(
    past: pd.DataFrame, now: Mapping[tuple[str, str], tuple[np.ndarray, np.ndarray]], *, closed: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The same of past years, with goals as likely as their own is now and with the scatter of today's draws."""
    rows: list[tuple[bool, bool, bool]] = []
    for r in past.to_dict("records"):
        key = str(r["dimension"]), str(r["member"])
        if key not in now or not (now[key][0].sum(axis=0) > 0).all():
            continue
        draws, asked = now[key]
        whole = draws.sum(axis=0)
        likely = float(np.clip((whole >= asked.sum()).mean(), *_WITHIN))
        goal = r["opened"] * float(np.quantile(whole, 1 - likely) / whole.mean())
        enough = r["so_far"] + r["ahead"] * _upper(draws, closed=closed) >= goal
        due = goal * r["opened_so_far"] / r["opened"]
        rows.append((not enough, r["so_far"] < _PACE * due, r["came"] >= goal))
    found = np.array(rows, dtype=bool).reshape(-1, 3)
    return {"on_track": found[:, 0], "pace": found[:, 1]}, found[:, 2]


def _upper(draws: np.ndarray, *, closed: int) -> float:
    """How many times the forecast of the open months comes with the probability of amber, what has come being known."""
    come, rest = draws[:closed].sum(axis=0), draws[closed:].sum(axis=0)
    if (spread := float(come.var())) > 0:
        rest = rest - float(np.cov(come, rest, bias=True)[0, 1]) / spread * (come - come.mean())
    return float(np.quantile(rest, 1 - AMBER) / rest.mean())


def _rates(raised: np.ndarray, reached: np.ndarray) -> tuple[Any, ...]:
    """Years judged, reached and missed; the shares of false and of missing alarms."""
    hits, misses = int(reached.sum()), int((~reached).sum())
    wrong = float(raised[reached].mean()) if hits else float("nan")
    silent = float((~raised[~reached]).mean()) if misses else float("nan")
    return len(reached), hits, misses, wrong, silent


def say_alarms(table: pd.DataFrame, *, words: Words) -> Finding:
    """How far can an alarm be trusted half-way through the year? From targets/alarms."""
    periods = list(dict.fromkeys(table["period"]))
    half = str(periods[len(periods) // 2])
    bounds = {"period": half, "amber": words.chance(AMBER), "pace": words.chance(_PACE)}
    past = table[(table["period"] == half) & (table["basis"] == "backtest")].iloc[0]
    count = {"n": words.number(past["n"]), "reached": words.number(past["years_reached"])}
    parts = []
    for basis, about, none in (("draws", bounds, {"period": half}), ("backtest", count, count)):
        own = table[(table["period"] == half) & (table["basis"] == basis)].set_index("rule").to_dict("index")
        if min(own["on_track"]["years_reached"], own["on_track"]["years_missed"]) < _FEW:
            parts.append(words.say(f"targets_alarms_{basis}_none", **none))
            continue
        rates = {
            f"{name}_{what}": words.share(own[rule][f"{what}_alarms"])
            for rule, name in (("on_track", "our"), ("pace", "usual"))
            for what in ("false", "missed")
        }
        parts.append(words.say(f"targets_alarms_{basis}", **about, **rates))
    return Finding(_NAME, words.text(parts), _NAME, (), ("orders", "plan"))
