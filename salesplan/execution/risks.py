"""What could go wrong, has it begun, and who answers?"""

from __future__ import annotations

__all__ = ["risks", "say_risks"]

import operator
import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from salesplan.config import Risk
from salesplan.findings import Check, Finding
from salesplan.schemas import COLUMNS
from salesplan.words import Words

_NAME = "execution/risks"
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_TRIGGER = re.compile(r"^\s*([a-z_]+)(?:\s+([a-z_]+)/(.+?))?\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$")


def risks(plan: Sequence[Risk], *, kpis: pd.DataFrame, tracking: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Which risks does the plan name, and which of them has begun?

    plan: the plan file's. kpis: review/kpis. tracking: execution/tracking. Returns risk_id, risk, probability [share],
    impact [currency], trigger, owner, response, state and expected_loss [currency: probability × impact], the largest
    first. A trigger is "metric < number" over the newest quarter of review/kpis, or "p_reach < number" over the year
    of execution/tracking, for one member as "p_reach region/EC < 0.3". state: begun, quiet, or cannot_tell where the
    figure is not there.
    """
    rows = [
        {
            **risk.model_dump(include={"risk_id", "probability", "impact", "trigger", "owner"}),
            "risk": words.pick(risk.risk),
            "response": words.pick(risk.response),
            "state": _state(risk.trigger, kpis=kpis, tracking=tracking),
            "expected_loss": round(risk.probability * risk.impact, 2),
        }
        for risk in plan
    ]
    table = pd.DataFrame(rows, columns=[*COLUMNS[_NAME], "expected_loss"])
    numbers = table.astype(dict.fromkeys(("probability", "impact", "expected_loss"), "float64"))
    return numbers.sort_values(["expected_loss", "risk_id"], ascending=[False, True], ignore_index=True)


def _state(trigger: str, *, kpis: pd.DataFrame, tracking: pd.DataFrame) -> str:
    found = _TRIGGER.match(trigger)
    if found is None:
        return "cannot_tell"
    metric, dimension, member, sign, limit = found.groups()
    value = _reached(tracking, dimension, member) if metric == "p_reach" else _newest(kpis, metric)
    if not np.isfinite(value):
        return "cannot_tell"
    return "begun" if _OPERATORS[sign](value, float(limit)) else "quiet"


def _reached(tracking: pd.DataFrame, dimension: str | None, member: str | None) -> float:
    rows = tracking[(tracking["level"] == "year") & (tracking["dimension"] == (dimension or "total"))]
    rows = rows[rows["member"] == member] if dimension else rows
    return float(rows["p_reach"].iloc[0]) if len(rows) else float("nan")


def _newest(kpis: pd.DataFrame, metric: str) -> float:
    rows = kpis[(kpis["metric"] == metric) & (kpis["level"] == "quarter")].dropna(subset=["value"])
    return float(rows.sort_values("period")["value"].iloc[-1]) if len(rows) else float("nan")


def say_risks(table: pd.DataFrame, *, words: Words) -> Finding:
    """What is at stake, and which risk has begun? From execution/risks."""
    if table.empty:
        text = words.say("execution_no_risks")
        return Finding(_NAME, text, "", (Check("risks", None, text),), ("plan",))
    worst = table.iloc[0]
    text = words.say(
        "execution_risks",
        risks=words.number(len(table)),
        loss=words.money(table["expected_loss"].sum()),
        worst=str(worst["risk"]),
        amount=words.money(worst["expected_loss"]),
        owner=words.name(worst["owner"]),
    )
    begun = table.loc[table["state"] == "begun", "risk"].tolist()
    blind = int((table["state"] == "cannot_tell").sum())
    if blind:
        text += words.say("execution_risks_blind", count=words.number(blind))
    said = words.say("execution_begun", risks=words.join(begun)) if begun else words.say("execution_none_begun")
    return Finding(_NAME, text, _NAME, (Check("risks", not begun, said),), ("plan",))
