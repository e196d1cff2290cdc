"""The plan as it would have been made, held against what came: how far can these numbers be trusted?"""

from __future__ import annotations

__all__ = ["graded", "plan_then", "reliability", "say_replay"]

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from salesplan import futures
from salesplan.config import DIMENSIONS, TargetChoices
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.stats import units
from salesplan.targets.cells import splits
from salesplan.targets.forecasting import Forecast, forecast
from salesplan.targets.segments import segments
from salesplan.targets.topline import chosen_goal, topline
from salesplan.targets.workdays import workdays
from salesplan.words import Words

_NAME = "targets/replay"
_OF_THIS_PLAN = ("amount", "strategic_goal")  # bases that name an amount of the plan at hand
_TENTHS = 10
_FEWEST = 30  # grades below which nothing is said of probabilities


def plan_then(
    cube: pd.DataFrame,
    *,
    as_of: str,
    calendar: FiscalCalendar,
    choices: TargetChoices,
    words: Words,
    seed: int,
    frames: Mapping[str, pd.DataFrame | None],
    country: str | None = None,
) -> pd.DataFrame:
    """Which goals, with which ranges and probabilities, would have been planned at the end of ``as_of``?

    cube: as from ``facts.monthly_cube``, of sources that end there. frames: market, competitors, team, reps as
    ``topline`` takes them, and calendar (the company's own days). Frame: as_of, year, dimension, member, target,
    p_reach, p10, p50, p90 [currency] of the plan year. Initiatives, limits and amounts of the plan at hand were not
    known then and are left out; where its basis is such an amount, the goal is the one of the probability ``target``.
    """
    opening = calendar.shift(f"{calendar.plan_year(as_of)}Q1", -1)
    kept: dict[str, Any] = {name: frame for name, frame in frames.items() if name != "calendar"}
    span = calendar.span(str(cube["period"].min()), calendar.shift(calendar.months(as_of)[-1], 12))
    days = workdays(span, calendar=calendar, country=country, own=frames.get("calendar"))
    basis = "target" if choices.basis in _OF_THIS_PLAN else choices.basis
    then = choices.model_copy(update={"basis": basis, "amount": None, "limits": []})
    seen: dict[str, pd.DataFrame] = {}
    for quarter in dict.fromkeys((opening, as_of)):
        made: Forecast = forecast(cube, calendar=calendar, as_of=quarter, seed=seed, lunar=country == "CN", days=days)
        about: dict[str, Any] = {"initiatives": [], "calendar": calendar, "as_of": quarter, "seed": seed}
        seen[quarter] = futures.future(made.paths, cube, **about).paths
    begin, now, year = seen[opening], seen[as_of], calendar.plan_year(as_of)
    table = topline(cube, start=begin, now=now, calendar=calendar, choices=then, year=year, words=words, **kept)
    ways = splits(cube, paths=begin, calendar=calendar, year=year, change=then.change)
    cells = ways.share(chosen_goal(table), split=then.split)
    rows = segments(cells, paths=now, calendar=calendar)
    rows = rows[rows["level"] == "year"].rename(columns={"period": "year"})
    return rows[["year", "dimension", "member", "target", "p_reach", "p10", "p50", "p90"]].assign(as_of=as_of)


def graded(plans: pd.DataFrame, cube: pd.DataFrame, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """What came of each goal and range? Of years that are whole in ``cube``.

    plans: as from ``plan_then``. Frame targets/replay: as_of, year, dimension, member, target, p_reach, p10, p50, p90,
    actual [currency], reached and inside (the range from p10 to p90) [flags], landing_error [share: p50 ÷ actual − 1].
    """
    last = str(cube["period"].max())
    years = [year for year in plans["year"].unique() if calendar.months(str(year))[-1] <= last]
    table = plans[plans["year"].isin(years)].reset_index(drop=True)
    sold = cube.assign(year=cube["period"].map(calendar.year_of), total="total")
    sums = {d: sold.groupby(["year", d], observed=True)["net_sales_cents"].sum() for d in ("total", *DIMENSIONS)}
    came = [sums[d].get((y, m), 0) for y, d, m in zip(table["year"], table["dimension"], table["member"], strict=True)]
    table["actual"] = units(np.array(came, dtype="int64"))
    table["reached"] = table["actual"] >= table["target"]
    table["inside"] = table["actual"].between(table["p10"], table["p90"])
    error = table["p50"] / table["actual"].where(table["actual"] > 0) - 1
    return table.assign(landing_error=error)[list(COLUMNS[_NAME])]


def reliability(table: pd.DataFrame) -> pd.DataFrame:
    """How often did goals of each stated probability come true?

    table: targets/replay. Four statements each: the goal, and that what comes is at least p10, p50 and p90. Frame
    targets/replay_reliability: low and high [of the tenth], n, stated and reached [mean shares].
    """
    stated, came = _statements(table)
    tenth = np.minimum((stated * _TENTHS).astype(int), _TENTHS - 1)
    rows = [
        (at / _TENTHS, (at + 1) / _TENTHS, int(inside.sum()), stated[inside].mean(), came[inside].mean())
        for at in range(_TENTHS)
        if (inside := tenth == at).any()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS["targets/replay_reliability"]))


def _statements(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Every probability stated of years that were not over, and whether it came true."""
    open_ = table[(table["p90"] > table["p10"])]
    stated = [open_["p_reach"].to_numpy(dtype="float64")]
    came = [open_["reached"].to_numpy(dtype="float64")]
    for quantile, chance in (("p10", 0.9), ("p50", 0.5), ("p90", 0.1)):
        stated.append(np.full(len(open_), chance))
        came.append((open_["actual"] >= open_[quantile]).to_numpy(dtype="float64"))
    return np.concatenate(stated), np.concatenate(came)


class _Grades(NamedTuple):
    """Of plans that are over: how many, how many ranges, their coverage, Brier score, that of the base rate, error."""

    plans: int
    statements: int
    coverage: float
    brier: float
    base: float
    error: float
    reached: int


def _grades(table: pd.DataFrame) -> _Grades:
    """The figures of a replay. table: targets/replay."""
    company = table[table["dimension"] == "total"]
    p, came = table["p_reach"].to_numpy(dtype="float64"), table["reached"].to_numpy(dtype="float64")
    return _Grades(
        len(company),
        len(table),
        float(table["inside"].mean()),
        float(((p - came) ** 2).mean()),
        float(came.mean() * (1 - came.mean())),
        float(company["landing_error"].abs().median()),
        int(company["reached"].sum()),
    )


def say_replay(table: pd.DataFrame, *, words: Words) -> Finding:
    """How far could earlier plans of this kind be trusted? From targets/replay; empty where none was replayed."""
    if table.empty:
        return Finding(_NAME, words.say("targets_replay_none"), _NAME, (), ("orders", "plan"))
    found = _grades(table)
    text = words.say(
        "targets_replay",
        plans=words.number(found.plans),
        first=str(table["as_of"].min()),
        last=str(table["as_of"].max()),
        reached=words.number(found.reached),
        error=words.share(found.error),
        coverage=words.share(found.coverage),
        ranges=words.number(found.statements),
    )
    better = words.say(
        "targets_replay_better" if found.brier < found.base else "targets_replay_worse",
        brier=words.number(found.brier, digits=3),
        base=words.number(found.base, digits=3),
    )
    honest = None if found.statements < _FEWEST else bool(0.7 <= found.coverage <= 0.9)
    said = words.say("targets_replay_coverage", coverage=words.share(found.coverage))
    return Finding(_NAME, words.text([text, better]), _NAME, (Check("coverage", honest, said),), ("orders", "plan"))
