"""Every goal on one card: how likely it still is, and who answers for it."""

from __future__ import annotations

__all__ = ["say_scorecard", "scorecard"]

from collections.abc import Mapping
from typing import Any

import pandas as pd

from salesplan import course
from salesplan.config import UNASSIGNED
from salesplan.findings import Check, Finding
from salesplan.schemas import COLUMNS
from salesplan.words import Words

_NAME = "execution/scorecard"


def scorecard(
    supporting: pd.DataFrame, tracking: pd.DataFrame, *, owners: Mapping[str, str], default: str
) -> pd.DataFrame:
    """Which goals of the year are green, amber and red?

    supporting: targets/supporting; tracking: execution/tracking, whose yearly goals of members count. owners: "region/
    EC" to who answers; default: for the rest. Frame execution/scorecard: goal (a measure, or dimension/member), owner,
    metric, target, p_reach, green, amber, red [the probabilities from which, down to which, and below which], state:
    green, amber, red, reached, missed, waiting, or cannot_tell where no probability is known. The same thresholds as
    in execution/tracking: a goal has one state.
    """
    year = tracking[tracking["level"] == "year"]
    rows = [_member(row, owners=owners, default=default) for row in year.to_dict("records")]
    rows += [
        (r["metric"], r["owner"], r["metric"], r["target"], r["p_reach"], course.state(float(r["p_reach"])))
        for r in supporting[~supporting["metric"].isin(["net_sales", "growth"])].to_dict("records")
    ]
    table = pd.DataFrame(rows, columns=["goal", "owner", "metric", "target", "p_reach", "state"])
    units = supporting.set_index("metric")["unit"].to_dict()
    table = table.assign(
        green=course.AMBER, amber=course.RED, red=course.RED, unit=[units.get(m, "money") for m in table["metric"]]
    )
    return table[[*COLUMNS[_NAME], "target", "unit", "p_reach"]]


def _member(row: Mapping[Any, Any], *, owners: Mapping[str, str], default: str) -> tuple[Any, ...]:
    whole = row["dimension"] == "total"
    goal = "net_sales" if whole else f"{row['dimension']}/{row['member']}"
    alarm = str(row["alarm"])
    state = {"none": "green", "amber": "amber", "red": "red"}.get(alarm, alarm)
    return goal, owners.get(goal, default) or UNASSIGNED, "net_sales", row["target"], row["p_reach"], state


def say_scorecard(table: pd.DataFrame, *, words: Words) -> Finding:
    """How many goals are red, and which is the least likely? From execution/scorecard."""
    red, amber = (table[table["state"] == state] for state in ("red", "amber"))
    unknown = int((table["state"] == "cannot_tell").sum())
    counts = {"goals": len(table), "red": len(red), "amber": len(amber), "open": unknown}
    text = [words.say("execution_scorecard", **{k: words.number(v) for k, v in counts.items()})]
    for row in red.sort_values(["p_reach", "goal"], kind="stable").head(1).to_dict("records"):
        about = {"goal": words.name(row["goal"]), "owner": words.name(row["owner"])}
        text.append(words.say("execution_scorecard_red", **about, p_reach=words.chance(row["p_reach"])))
    said = words.say("execution_scorecard_quiet" if red.empty else "execution_scorecard_loud")
    return Finding(_NAME, words.text(text), _NAME, (Check("red", bool(red.empty), said),), ("orders", "plan"))
