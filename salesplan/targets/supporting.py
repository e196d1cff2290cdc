"""Which other measures have to hold or move for the goal to be reached, and how far?"""

from __future__ import annotations

__all__ = ["say_supporting", "supporting", "yearly_changes"]

from math import erf, exp, isfinite, log, sqrt

import pandas as pd

from salesplan.config import TargetChoices
from salesplan.findings import Check, Finding
from salesplan.words import Words

_UP = ("gross_margin", "collection_rate", "market_share", "new_customers", "average_order_value", "satisfaction")
_DOWN = ("dso_days", "churn_rate", "selling_expense_ratio")
_COLUMNS = ["metric", "period", "target", "baseline", "unit", "p_reach", "owner"]
_UNASSIGNED = "unassigned"


def supporting(
    kpis: pd.DataFrame,
    *,
    goal: float,
    last_year: float,
    p_goal: float,
    year: str,
    before: str,
    choices: TargetChoices,
) -> pd.DataFrame:
    """What has to be true of the other measures when the goal is reached?

    kpis: review/kpis (metric, period, level, value, unit). goal and last_year: net sales [currency]. before: the year
    the baseline is taken from. Returns metric, period, target, baseline, unit, p_reach, owner; measures without a
    baseline are left out.

    Formula: R = orders × average order value; ln(goal / last year) is shared by how much each moved in the past
    (Δ_i = v_i / Σv · ln(T/R0), the smallest weighted change); new customers rise with the orders' share and churn falls
    with it; every other measure has to hold. The plan's own limits come last. p_reach: normal, by how much the measure
    moved from quarter to same quarter; missing below four such changes.
    """
    known = kpis[kpis["value"].notna()]
    base = known[(known["level"] == "year") & (known["period"] == before)].set_index("metric")
    rise = log(goal / last_year) if goal > 0 and last_year > 0 else 0.0
    per_order = _moved(known, "average_order_value")
    share = per_order**2 / (per_order**2 + _moved(known, "net_sales") ** 2) if isfinite(per_order) else 0.0
    factors = {"average_order_value": exp(share * rise), "new_customers": exp((1 - share) * rise)}
    factors["churn_rate"] = exp(-(1 - share) * rise)
    rows = [("net_sales", goal, last_year, "money", p_goal)]
    if last_year > 0:
        rows.append(("growth", goal / last_year - 1, _value(base, "growth"), "share", p_goal))
    for metric in (*_UP, *_DOWN):
        if metric in base.index:
            value, unit = _value(base, metric), str(base.loc[metric, "unit"])
            target = _limited(value * factors.get(metric, 1.0), metric=metric, unit=unit, choices=choices)
            rows.append((metric, target, value, unit, _chance(known, metric, value=value, target=target)))
    table = pd.DataFrame(rows, columns=["metric", "target", "baseline", "unit", "p_reach"])
    table[["target", "baseline", "p_reach"]] = table[["target", "baseline", "p_reach"]].astype("float64")
    return table.assign(period=year, owner=[_owner(m, choices) for m in table["metric"]])[_COLUMNS]


def _value(base: pd.DataFrame, metric: str) -> float:
    return float(base["value"].to_dict()[metric]) if metric in base.index else float("nan")


def _limited(target: float, *, metric: str, unit: str, choices: TargetChoices) -> float:
    asked = choices.bounds_of(metric)
    if asked and asked.bounds:
        target = min(max(target, asked.bounds[0]), asked.bounds[1])
    if unit == "share":
        target = min(target, 1.0)
    return float(round(target)) if unit == "count" else round(target, 2 if unit == "money" else 4)


def yearly_changes(known: pd.DataFrame, metric: str) -> pd.Series:
    """Changes of a measure from a quarter to the same quarter a year later."""
    rows = known[(known["metric"] == metric) & (known["level"] == "quarter")].set_index("period")["value"].dropna()
    earlier = rows.rename(lambda period: f"{int(period[:4]) + 1}{period[4:]}")
    return (rows - earlier.reindex(rows.index)).dropna()


def _moved(known: pd.DataFrame, metric: str) -> float:
    """How much a measure usually moves in a year, as a share of itself; NaN where that is not known."""
    changes = yearly_changes(known, metric)
    rows = known[(known["metric"] == metric) & (known["level"] == "quarter")]
    size = float(rows["value"].abs().mean()) if len(rows) else 0.0
    return float(changes.abs().mean()) / size if len(changes) and size > 0 else float("nan")


def _chance(known: pd.DataFrame, metric: str, *, value: float, target: float) -> float:
    changes = yearly_changes(known, metric)
    if len(changes) < 4 or not float(changes.std()) > 0:
        return float("nan")
    better = (value - target) if metric in _UP else (target - value)
    drift = float(changes.mean()) if metric in _UP else -float(changes.mean())
    return 0.5 * (1 + erf((better + drift) / (float(changes.std()) * sqrt(2))))


def _owner(metric: str, choices: TargetChoices) -> str:
    asked = choices.bounds_of(metric)
    named = asked.owner if asked and asked.owner else choices.owners.get(metric)
    return named or choices.default_owner or _UNASSIGNED


def say_supporting(table: pd.DataFrame, *, words: Words) -> Finding:
    """Which supporting goal is the least likely? From targets/supporting."""
    others = table[~table["metric"].isin(["net_sales", "growth"])]
    known = others.dropna(subset=["p_reach"]).sort_values(["p_reach", "metric"])
    text = words.say("targets_supporting", goals=words.number(len(others)), known=words.number(len(known)))
    if len(known):
        row = known.iloc[0]
        chance = words.chance(row["p_reach"])
        least = words.say("targets_supporting_least", metric=words.term(row["metric"]), p_reach=chance)
        text = words.text([text, least])
    owned = not (table["owner"] == _UNASSIGNED).any()
    said = words.say("targets_owned" if owned else "targets_not_owned")
    return Finding(
        "targets/supporting", text, "targets/supporting", (Check("owners", owned, said),), ("orders", "plan")
    )
