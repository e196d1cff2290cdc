"""Which other measures have to hold or move for the goal to be reached, and how far?"""

from __future__ import annotations

__all__ = ["driver_tree", "next_change", "say_supporting", "supporting", "yearly_changes"]

from collections.abc import Mapping
from math import sqrt

import numpy as np
import pandas as pd
from scipy import special

from salesplan.config import UNASSIGNED, SupportingGoal, TargetChoices
from salesplan.findings import Check, Finding
from salesplan.targets.drivers import LEAVES, driver_goals, log_changes
from salesplan.targets.satisfaction import score_for
from salesplan.words import Words

_CENT = 0.01
_FEWEST = 3  # changes from year to year that tell how far the next may go
_UP = ("gross_margin", "collection_rate", "market_share", "satisfaction")
_DOWN = ("dso_days", "selling_expense_ratio")
_TREE = ("customers", "churn_rate", "new_customers", "regained_customers", "orders_per_customer", "average_order_value")
_UNITS = {"churn_rate": "share", "orders_per_customer": "number", "average_order_value": "money"}
_ABOVE = {
    "net_sales": "",
    "customers": "net_sales",
    "churn_rate": "customers",
    "new_customers": "customers",
    "regained_customers": "customers",
    "orders_per_customer": "net_sales",
    "average_order_value": "net_sales",
}
_COLUMNS = ["metric", "period", "target", "baseline", "unit", "p_reach", "owner"]


def supporting(
    kpis: pd.DataFrame,
    years: pd.DataFrame,
    *,
    goal: float,
    last_year: float,
    p_goal: float,
    year: str,
    before: str,
    choices: TargetChoices,
    tie: pd.DataFrame | None = None,
    held: pd.DataFrame | None = None,
    delivered: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """What has to be true of the other measures when the goal is reached?

    kpis: review/kpis (metric, period, level, value, unit) of as many years as there are. years: as from
    ``drivers.driver_years``. goal and last_year: net sales [currency]. tie: targets/satisfaction. before: the year the
    baseline is taken from. held: targets/supporting as it was approved: its goals stay; delivered: else what was
    delivered for the year, by metric. Returns metric, period, target,
    baseline, unit, p_reach, owner; measures without a baseline are left out, save delivered ones.

    Customers, orders a customer and order value multiply to the goal (see ``drivers.driver_goals``): to what named
    customers have to order before returns, whose part of net sales stays what it was in the last year; every other
    measure has to hold, within the plan's bounds, satisfaction to rise as far as churn is shown to fall with it.
    p_reach: Student's t by how the measure, or the logarithm of a leaf, changed from year to year: the chance that it
    changes as far again; missing below three such changes. Errors: PlanFileError where the plan's bounds cannot make
    the goal.
    """
    known = kpis[kpis["value"].notna()]
    base = known[(known["level"] == "year") & (known["period"] == before)].set_index("metric")
    signed = {} if held is None else dict(zip(held["metric"], held["target"].astype("float64"), strict=True))
    given = dict(delivered or {}) if held is None else {}
    choices = _bounded(choices, given)
    rows = [("net_sales", goal, last_year, "money", p_goal)]
    if last_year > 0:
        rows.append(("growth", goal / last_year - 1, _value(base, "growth"), "share", p_goal))
    if len(years) and str(years["year"].iloc[-1]) == before and goal > 0:
        rows += _tree(years, goal=_ordered(years, goal=goal, last_year=last_year), choices=choices, held=signed)
    for metric in (*_UP, *_DOWN):
        if metric in base.index or metric in given:
            value, unit = _value(base, metric), _unit(kpis, metric)
            target = {**given, **signed}.get(metric)
            if target is None:
                wanted = _tied(value, rows, tie=tie) if metric == "satisfaction" else value
                target = _limited(wanted, metric=metric, unit=unit, choices=choices)
            rows.append((metric, target, value, unit, _chance(known, metric, value=value, target=target)))
    there = {metric for metric, *_ in rows}
    for metric in sorted((set(given) - there) & set(kpis["metric"])):
        rows.append((metric, given[metric], _value(base, metric), _unit(kpis, metric), float("nan")))
    table = pd.DataFrame(rows, columns=["metric", "target", "baseline", "unit", "p_reach"])
    table[["target", "baseline", "p_reach"]] = table[["target", "baseline", "p_reach"]].astype("float64")
    return table.assign(period=year, owner=[_owner(m, choices) for m in table["metric"]])[_COLUMNS]


def _bounded(choices: TargetChoices, given: Mapping[str, float]) -> TargetChoices:
    """The choices with delivered targets of the driver tree's leaves as their only values."""
    fixed = [metric for metric in LEAVES if metric in given]
    rest = [goal for goal in choices.supporting if goal.metric not in fixed]
    own = [
        (choices.bounds_of(metric) or SupportingGoal(metric=metric)).model_copy(
            update={"bounds": (given[metric], given[metric])}
        )
        for metric in fixed
    ]
    return choices.model_copy(update={"supporting": [*rest, *own]})


def _unit(kpis: pd.DataFrame, metric: str) -> str:
    units = kpis.loc[kpis["metric"] == metric, "unit"]
    return str(units.iloc[0]) if len(units) else "number"


def _ordered(years: pd.DataFrame, *, goal: float, last_year: float) -> float:
    """What named customers have to order, before returns, for the goal: as much of net sales as in the last year."""
    sold = float(years["sold"].iloc[-1])
    return goal if abs(sold - last_year) < _CENT or not last_year > 0 else round(goal * sold / last_year, 2)


def _tree(
    years: pd.DataFrame, *, goal: float, choices: TargetChoices, held: Mapping[str, float]
) -> list[tuple[str, float, float, str, float]]:
    """The driver tree's rows: targets that multiply to the goal, beside the last year's values."""
    goals = {**driver_goals(years, goal=goal, choices=choices), **held}
    base = years.iloc[-1].rename({"regained": "regained_customers"})
    return [
        (
            metric,
            goals[metric],
            float(base[metric]),
            _UNITS.get(metric, "count"),
            _leaf_chance(years.rename(columns={"regained": "regained_customers"}), metric, target=goals[metric]),
        )
        for metric in _TREE
    ]


def _tied(value: float, rows: list[tuple[str, float, float, str, float]], *, tie: pd.DataFrame | None) -> float:
    """The satisfaction that the goal for churn needs, where the two are tied."""
    churn = next(((baseline, target) for metric, target, baseline, *_ in rows if metric == "churn_rate"), None)
    return value if tie is None or churn is None else score_for(tie, baseline=value, churn=churn)


def _leaf_chance(years: pd.DataFrame, leaf: str, *, target: float) -> float:
    """By how a leaf's logarithm changed from year to year: the chance that it changes as far again."""
    moved = log_changes(years, leaf)
    base = float(years[leaf].iloc[-1])
    if base <= 0 or target <= 0:
        return float("nan")
    return _as_far(moved, np.log((1 - target) / (1 - base)) if leaf == "churn_rate" else np.log(target / base))


def _value(base: pd.DataFrame, metric: str) -> float:
    return float(base["value"].to_dict()[metric]) if metric in base.index else float("nan")


def _limited(target: float, *, metric: str, unit: str, choices: TargetChoices) -> float:
    asked = choices.bounds_of(metric)
    if asked and asked.bounds:
        target = min(max(target, asked.bounds[0]), asked.bounds[1])
    if unit == "share":
        target = min(target, 1.0)
    return float(round(target)) if unit == "count" else round(target, 2 if unit == "money" else 4)


def yearly_changes(known: pd.DataFrame, metric: str) -> np.ndarray:
    """Changes of a measure from one year to the next."""
    rows = known[(known["metric"] == metric) & (known["level"] == "year")].set_index("period")["value"].dropna()
    earlier = rows.rename(lambda period: str(int(period) + 1))
    return (rows - earlier.reindex(rows.index)).dropna().to_numpy("float64")


def next_change(changes: np.ndarray) -> tuple[float, float, int] | None:
    """Middle, scale and degrees of freedom of the change that comes next (Student's t); None below three changes."""
    if len(changes) < _FEWEST:
        return None
    return float(changes.mean()), float(changes.std(ddof=1)) * sqrt(1 + 1 / len(changes)), len(changes) - 1


def _as_far(changes: np.ndarray, wanted: float) -> float:
    """How likely is a next change of at least this much?"""
    ahead = next_change(changes)
    if ahead is None or not ahead[1] > 0:
        return float("nan")
    middle, scale, freedom = ahead
    return float(special.stdtr(freedom, (middle - wanted) / scale))


def _chance(known: pd.DataFrame, metric: str, *, value: float, target: float) -> float:
    sign = 1 if metric in _UP else -1
    return _as_far(sign * yearly_changes(known, metric), sign * (target - value))


def _owner(metric: str, choices: TargetChoices) -> str:
    asked = choices.bounds_of(metric)
    named = asked.owner if asked and asked.owner else choices.owners.get(metric)
    return named or choices.default_owner or UNASSIGNED


def driver_tree(table: pd.DataFrame) -> pd.DataFrame:
    """The driver tree for a chart: each measure under the one it makes up. From targets/supporting.

    Frame: node, parent, target, baseline, unit, p_reach; empty where the tree is not known.
    """
    rows = table[table["metric"].isin(_ABOVE)]
    if "customers" not in set(rows["metric"]):
        rows = rows.head(0)
    return rows.assign(node=rows["metric"], parent=rows["metric"].map(_ABOVE))[
        ["node", "parent", "target", "baseline", "unit", "p_reach"]
    ].reset_index(drop=True)


def say_supporting(table: pd.DataFrame, *, words: Words) -> Finding:
    """Which supporting goal is the least likely? From targets/supporting."""
    others = table[~table["metric"].isin(["net_sales", "growth"])]
    known = others.dropna(subset=["p_reach"]).sort_values(["p_reach", "metric"])
    text = words.say("targets_supporting", goals=words.number(len(others)), known=words.number(len(known)))
    if others.empty:
        text = words.say("targets_supporting_none")
    elif len(known):
        row = known.iloc[0]
        chance = words.chance(row["p_reach"])
        least = words.say("targets_supporting_least", metric=words.term(row["metric"]), p_reach=chance)
        text = words.text([text, least])
    text = words.text([text, *_say_ordered(table.set_index("metric")["target"], words)])
    owned = not (table["owner"] == UNASSIGNED).any()
    said = words.say("targets_owned" if owned else "targets_not_owned")
    return Finding(
        "targets/supporting", text, "targets/supporting", (Check("owners", owned, said),), ("orders", "plan")
    )


def _say_ordered(target: pd.Series, words: Words) -> list[str]:
    """What the tree multiplies to, where that is not the goal itself."""
    if "customers" not in target.index or not target["net_sales"] > 0:
        return []
    ordered = float(target["customers"] * target["orders_per_customer"] * target["average_order_value"])
    part = ordered / float(target["net_sales"])
    if round(part, 3) == 1:
        return []
    return [words.say("targets_supporting_ordered", amount=words.money(ordered), share=words.share(part))]
