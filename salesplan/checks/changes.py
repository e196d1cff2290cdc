"""How did the landing, its probability and the goal get from the last publication to this one?"""

from __future__ import annotations

__all__ = ["Edition", "changes", "edition", "making", "redone", "say_changes", "stair"]

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import salesplan
from salesplan.config import DIMENSIONS, Plan
from salesplan.findings import Check, Finding
from salesplan.futures import drawn
from salesplan.periods import FiscalCalendar
from salesplan.provenance import code_hash, versions
from salesplan.published import Published
from salesplan.schemas import COLUMNS
from salesplan.stats import cents
from salesplan.targets import forecast
from salesplan.words import Words

_NAME = "changes/bridge"
_STEPS = ("model", "restated", "actuals", "forecast", "initiatives", "goal", "rolled")
_STATES = [
    *("dimension", "member", "step", "landing", "landing_change"),
    *("p_reach", "p_change", "target", "target_change"),
]
_TOLD = 3  # steps that a sentence names
_CENT = 0.005  # currency; less is none


@dataclass(frozen=True)
class Edition:
    """What a run knew and promised: its quarter, monthly cells, drawn paths, and its goals and landings of the year."""

    as_of: str
    cube: pd.DataFrame
    paths: pd.DataFrame
    goals: pd.DataFrame


def edition(run: Published) -> Edition | None:
    """What a published run knew and promised; None where it was published before runs kept their monthly cells."""
    cube, paths, goals = run.kept("cube"), run.kept("paths"), run.table("targets/segments")
    if cube is None or paths is None or goals is None:
        return None
    return Edition(run.as_of, cube, paths, goals)


def making(plan: Plan) -> dict[str, Any]:
    """What today's run is made with: code, libraries, plan file; as ``Published.making`` says it of a published one."""
    code = code_hash(Path(salesplan.__file__).parent)
    return {"code": code, "versions": versions(), "plan": plan.sha256}


def redone(
    before: Edition, now: Edition, *, calendar: FiscalCalendar, same: bool, **how: Any
) -> dict[str, pd.DataFrame]:
    """The earlier run's forecast made again with one thing changed at a time: sample paths by the step they answer.

    same: whether code, libraries and plan file are those of the earlier run; then ``model`` is not made again. how: the
    further arguments of ``targets.forecast`` as they are today. ``restated`` is made where cells that the earlier run
    knew read differently now: from today's cells of the same months.
    """
    found = {}
    if not same:
        found["model"] = forecast(before.cube, calendar=calendar, as_of=before.as_of, **how).paths
    known = now.cube[now.cube["period"] <= calendar.months(before.as_of)[-1]]
    if not _cells(known).equals(_cells(before.cube)):
        found["restated"] = forecast(known, calendar=calendar, as_of=before.as_of, **how).paths
    return found


def _cells(cube: pd.DataFrame) -> pd.Series:
    """Net sales [cents] by cell and month, whatever the order of rows; those of nought left out."""
    sums = cube.groupby([*DIMENSIONS, "period"], sort=True, observed=True)["net_sales_cents"].sum()
    return sums[sums != 0].astype("int64")


def changes(
    before: Edition | None, now: Edition, *, redone: Mapping[str, pd.DataFrame], calendar: FiscalCalendar
) -> pd.DataFrame:
    """Which step moved the year's landing, probability and goal by how much, for the company and each member?

    before, now: the two runs, the earlier first. redone: as from ``redone``. Frame changes/bridge, in this order of
    steps for each dimension and member: before, then model (the earlier forecast with today's code, libraries and plan
    file), restated (and today's reading of the months it knew), actuals (what came since in place of what was drawn),
    forecast (the open months as they are drawn today), initiatives (what they add today), goal, rolled (the next plan
    year in place of a year that is over), then after. landing, target, gap = target − landing [currency] and p_reach
    stand as they are once the step is made; landing_change, target_change and p_change are what it changed: they sum
    to the whole change to the cent. Landing: the middle of the draws.
    """
    columns = list(COLUMNS[_NAME])
    if before is None:
        return pd.DataFrame(columns=columns)
    years = calendar.plan_year(before.as_of), calendar.plan_year(now.as_of)
    keys = sorted({*_members(before.goals), *_members(now.goals)})
    draws = _draws(before, now, redone=redone, keys=keys, calendar=calendar)
    old, new = (_goals(e.goals, keys=keys) for e in (before, now))
    asked = {step: new if step in ("goal", "rolled") else old for step in ("before", *_STEPS)}
    if years[0] != years[1]:
        asked["goal"] = old
        draws["rolled"] = _summed(drawn(now.paths, keys=keys, months=calendar.months(years[1])))
    rows = [row for n, key in enumerate(keys) for row in _rows(key, {s: d[n] for s, d in draws.items()}, asked, n)]
    table = pd.DataFrame(rows, columns=_STATES)
    rank = {dimension: n for n, dimension in enumerate(("total", *DIMENSIONS))}
    table = table.assign(gap=table["target"] - table["landing"])[columns]
    return table.sort_values("dimension", key=lambda d: d.map(rank), kind="stable", ignore_index=True)


def _members(goals: pd.DataFrame) -> list[tuple[str, str]]:
    year = goals[goals["level"] == "year"]
    return list(year[["dimension", "member"]].astype(str).itertuples(index=False, name=None))


def _goals(goals: pd.DataFrame, *, keys: list[tuple[str, str]]) -> np.ndarray:
    """The year's goals [cents]; of a member that has none, nought."""
    year = goals[goals["level"] == "year"]
    asked = dict(zip(_members(goals), cents(year["target"]), strict=True))
    return np.array([int(asked.get(key, 0)) for key in keys], dtype="int64")


def _draws(
    before: Edition,
    now: Edition,
    *,
    redone: Mapping[str, pd.DataFrame],
    keys: list[tuple[str, str]],
    calendar: FiscalCalendar,
) -> dict[str, np.ndarray]:
    """The earlier plan year [member, draw; cents] after each step that does not change the goal."""
    months = calendar.months(calendar.plan_year(before.as_of))
    array = partial(drawn, keys=keys, months=months)
    calm, lifted = (array(before.paths, column=column) for column in ("baseline", "planned"))
    model = array(redone["model"], column="baseline") if "model" in redone else calm
    restated = array(redone["restated"], column="baseline") if "restated" in redone else model
    ends = [calendar.months(e.as_of)[-1] for e in (before, now)]
    since = np.array([ends[0] < month <= ends[1] for month in months])
    closed = np.array([month <= ends[1] for month in months])
    came = _came(now.cube, keys=keys, months=months)[:, :, None]
    lift = lifted - calm
    moved = restated + lift
    found = {"before": lifted, "model": model + lift, "restated": moved}
    found["actuals"] = np.where(since[None, :, None], came, moved)
    found["forecast"] = found["initiatives"] = found["actuals"]
    if not closed.all():
        again, planned = (array(now.paths, column=column) for column in ("baseline", "planned"))
        found["forecast"] = np.where(closed[None, :, None], again, again + lift)
        found["initiatives"] = planned
    summed = {step: _summed(values) for step, values in found.items()}
    return {**summed, "goal": summed["initiatives"], "rolled": summed["initiatives"]}


def _came(cube: pd.DataFrame, *, keys: list[tuple[str, str]], months: list[str]) -> np.ndarray:
    """What came [member, month; cents]."""
    inside = cube[cube["period"].isin(months)].assign(total="total")
    found = np.zeros((len(keys), len(months)))
    for dimension in {d for d, _ in keys}:
        sums = inside.groupby([dimension, "period"], observed=True)["net_sales_cents"].sum()
        for n, (own, member) in enumerate(keys):
            if own == dimension:
                found[n] = [float(sums.get((member, month), 0)) for month in months]
    return found


def _summed(values: np.ndarray) -> np.ndarray:
    return np.asarray(values.sum(axis=1))


def _rows(
    key: tuple[str, str], draws: Mapping[str, np.ndarray], asked: Mapping[str, np.ndarray], n: int
) -> list[tuple[Any, ...]]:
    """One member's steps: where each leaves landing, probability and goal, and what it changed."""
    rows, last = [], None
    for step in ("before", *_STEPS):
        goal = int(asked[step][n])
        landing = int(np.rint(np.median(draws[step])))
        state = landing, float((draws[step] >= goal).mean()), goal
        moved = (float("nan"),) * 3 if last is None else tuple(a - b for a, b in zip(state, last, strict=True))
        rows.append((*key, step, landing / 100, moved[0] / 100, state[1], moved[1], goal / 100, moved[2] / 100))
        last = state
    return [*rows, (*key, "after", *rows[-1][3:4], float("nan"), rows[-1][5], float("nan"), rows[-1][7], float("nan"))]


def stair(table: pd.DataFrame) -> pd.DataFrame:
    """The company's steps for a chart: step (a term of the glossary), amount [currency], total (the sum stands last).

    From changes/bridge; steps that change nothing are left out, and nothing is drawn where none does.
    """
    whole = table[(table["dimension"] == "total") & table["step"].isin(_STEPS)]
    moved = whole[whole["landing_change"].abs() >= _CENT]
    rows = [(f"step_{s}", float(a), False) for s, a in zip(moved["step"], moved["landing_change"], strict=True)]
    rows += [("step_all", float(moved["landing_change"].sum()), True)] if rows else []
    return pd.DataFrame(rows, columns=["step", "amount", "total"])


def say_changes(
    table: pd.DataFrame, goals: pd.DataFrame, *, words: Words, earlier: str, years: tuple[str, str]
) -> Finding:
    """What changed since the last publication, and which steps changed most? From changes/bridge.

    goals: targets/segments of this run, which the last row is held against. earlier: the quarter published before, or
    nothing. years: the plan years of both runs.
    """
    if table.empty:
        text = words.say("changes_none", quarter=earlier) if earlier else words.say("changes_first")
        return Finding(_NAME, text, _NAME, (Check("adds up", None, text),))
    whole = {str(row["step"]): row for row in table[table["dimension"] == "total"].to_dict("records")}
    first, last = whole["before"], whole["after"]
    rolled = years[0] != years[1]
    about = {
        "quarter": earlier,
        "year": years[0],
        "then": words.money(first["landing"]),
        "now": words.money(last["landing"]),
        "p_then": words.chance(first["p_reach"]),
        "p_now": words.chance(last["p_reach"]),
    }
    parts = [words.say("changes_rolled", **about, next=years[1]) if rolled else words.say("changes", **about)]
    moved = [s for s in _STEPS[:-1] if abs(whole[s]["landing_change"]) >= _CENT]
    most = sorted(moved, key=lambda s: -abs(whole[s]["landing_change"]))[:_TOLD]
    told = [f"{words.term(f'step_{s}')} {words.money(whole[s]['landing_change'], signed=True)}" for s in most]
    parts.append(words.say("changes_steps", steps=words.join(told)) if told else words.say("changes_no_step"))
    if abs(change := whole["goal"]["target_change"]) >= _CENT:
        parts.append(words.say("changes_goal", change=words.money(change, signed=True)))
    exact = _exact(table, goals)
    said = words.say("changes_exact" if exact else "changes_off")
    return Finding(_NAME, words.text(parts), _NAME, (Check("adds up", exact, said),), ("orders", "plan"))


def _exact(table: pd.DataFrame, goals: pd.DataFrame) -> bool:
    """Do the steps sum to the whole change, and does the last row say what this run publishes, to the cent?"""
    ends = [table[table["step"] == s].set_index(["dimension", "member"]) for s in ("before", "after")]
    sums = table.groupby(["dimension", "member"])[["landing_change", "target_change"]].sum()
    for column in ("landing", "target"):
        if (cents(ends[1][column] - ends[0][column]) != cents(sums[f"{column}_change"].reindex(ends[0].index))).any():
            return False
    year = goals[goals["level"] == "year"].set_index(["dimension", "member"])
    held = ends[1].reindex(year.index)
    return bool((cents(held[["landing", "target"]].to_numpy()) == cents(year[["p50", "target"]].to_numpy())).all())
