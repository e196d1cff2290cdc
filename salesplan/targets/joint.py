"""Sales, margin and cash: how likely is each goal, and how likely are all of them at once?"""

from __future__ import annotations

__all__ = ["joint", "say_joint"]

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.config import TargetChoices
from salesplan.findings import Check, Finding
from salesplan.futures import year_of
from salesplan.schemas import COLUMNS
from salesplan.targets.supporting import next_change, yearly_changes
from salesplan.words import Words

NAME = "targets/joint"
_RATES = {"gross_margin": "gross_profit", "collection_rate": "cash_in"}


def joint(
    paths: pd.DataFrame, kpis: pd.DataFrame, *, goal: float, before: str, choices: TargetChoices, seed: int
) -> pd.DataFrame:
    """With what probability does the year reach its sales, its gross profit and its cash, and all of them?

    paths: as from ``futures.future``. kpis: review/kpis. goal: net sales [currency]. Frame targets/joint, one row each
    for net_sales, gross_profit, cash_in: rate (of sales; that of the year ``before`` unless the plan sets
    margin_goal or collection_goal), target = goal × rate, p10, p50, p90 [currency], p_reach, p_all (this one and those
    above it). A measure whose rate, or whose changes, are not known is left out. Amounts in a draw: the same sales that
    every other probability is read from, times a rate that changes against the year before as it did from year to
    year (Student's t); rates are drawn on their own, so that what ties them to sales is not in.
    """
    sales = year_of(paths) / 100
    asked = {"gross_margin": choices.margin_goal, "collection_rate": choices.collection_goal}
    rows = [("net_sales", 1.0, goal, sales)]
    known = kpis[(kpis["level"] == "year") & (kpis["period"] == before)].set_index("metric")["value"].astype("float64")
    for metric, measure in _RATES.items():
        ahead = next_change(yearly_changes(kpis, metric))
        if ahead is None or metric not in known or not np.isfinite(known[metric]):
            continue
        base = float(known[metric])
        wanted = asked[metric]
        rate = base if wanted is None else wanted
        middle, scale, freedom = ahead
        moved = stats.generator(seed, NAME, metric).standard_t(freedom, size=len(sales))
        drawn = base + middle + scale * moved
        rows.append((measure, rate, goal * rate, sales * drawn))
    return _table(rows)


def _table(rows: list[tuple[str, float, float, np.ndarray]]) -> pd.DataFrame:
    told, both = [], np.ones(len(rows[0][3]), dtype=bool)
    for measure, rate, target, drawn in rows:
        reached = drawn >= target
        both &= reached
        low, middle, high = np.quantile(drawn, [0.1, 0.5, 0.9]).round(2)
        told.append((measure, rate, round(target, 2), low, middle, high, reached.mean(), both.mean()))
    return pd.DataFrame(told, columns=list(COLUMNS[NAME]))


def say_joint(table: pd.DataFrame, *, words: Words) -> Finding:
    """How likely each goal is, and all of them; which are not known."""
    each = [
        words.say("targets_joint_one", measure=words.term(str(m)), p=words.chance(p))
        for m, p in zip(table["measure"], table["p_reach"], strict=True)
    ]
    parts = [words.say("targets_joint_each", list=words.join(each))]
    if len(table) > 1:
        parts.append(words.say("targets_joint_all", p=words.chance(float(table["p_all"].iloc[-1]))))
    lost = [words.term(measure) for measure in _RATES.values() if measure not in set(table["measure"])]
    said = words.say("targets_joint_open", list=words.join(lost))
    return Finding(NAME, words.text(parts), NAME, (Check("joint", None, said),) if lost else (), ("orders", "plan"))
