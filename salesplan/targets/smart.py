"""Is each goal specific, measurable, achievable, relevant and dated? Rules, not adjectives."""

from __future__ import annotations

__all__ = ["say_smart", "smart", "smart_matrix"]

from dataclasses import dataclass

import pandas as pd

from salesplan.config import UNASSIGNED, TargetChoices
from salesplan.findings import Check, Finding
from salesplan.stats import cents
from salesplan.words import Words

_LETTERS = "SMART"
_LEAST, _MOST, _RELEVANT = 0.35, 0.75, 0.01
_DRIVERS = (
    "growth",
    "customers",
    "churn_rate",
    "new_customers",
    "regained_customers",
    "orders_per_customer",
    "average_order_value",
    "market_share",
    "gross_margin",
    "collection_rate",
)
_SHOWN = 12


def smart_matrix(table: pd.DataFrame) -> pd.DataFrame:
    """Goals × letters for a chart: goal (its member or measure), letter, passed. Those that fail a letter, most letters
    first; where none does, the first twelve.
    """
    missed = 1 - table["passed"].astype("int64")
    failed = missed.groupby(table["target_id"], sort=False).sum()
    order = failed[failed > 0].sort_values(ascending=False, kind="stable").index
    order = order if len(order) else failed.index[:_SHOWN]
    rows = table.set_index("target_id").loc[order, ["letter", "passed"]].reset_index()
    return rows.assign(goal=rows["target_id"].str.split("/").str[-1])


@dataclass(frozen=True)
class _Goal:
    name: str
    owner: str
    baseline: float
    p_reach: float
    relevance: float


def smart(
    segments: pd.DataFrame, *, supporting: pd.DataFrame, choices: TargetChoices, words: Words, year: str
) -> pd.DataFrame:
    """Which goals pass which letter, why not, and what would mend it?

    segments: targets/segments. supporting: targets/supporting. Returns target_id ("net_sales", "region/EC",
    "churn_rate"), letter, passed, reason, remedy (empty where passed), five rows per goal.

    Rules: S an owner is named; M there is a baseline to measure from; A the probability lies between 35
    and 75 %; R at least 1 % of the goal, or a measure in the driver tree of
    net sales, gross profit or cash; T the goal is dated
    and its months sum to it. A goal is as good as its weakest letter.
    """
    profile = _profile_holds(segments, year=year)
    rows = []
    for goal in (*_segment_goals(segments, choices=choices, year=year), *_measure_goals(supporting)):
        dated = profile.get(goal.name, True)
        for letter, passed in zip(_LETTERS, _judged(goal, dated), strict=True):
            key = f"targets_smart_{letter.lower()}_{'yes' if passed else 'no'}"
            reason = words.say(key, **_values(letter, goal, words=words, year=year))
            remedy = "" if passed else words.say(f"targets_smart_{letter.lower()}_remedy")
            rows.append((goal.name, letter, passed, reason, remedy))
    return pd.DataFrame(rows, columns=["target_id", "letter", "passed", "reason", "remedy"])


def _segment_goals(segments: pd.DataFrame, *, choices: TargetChoices, year: str) -> list[_Goal]:
    rows = segments[(segments["level"] == "year") & (segments["period"] == year) & (segments["dimension"] != "total")]
    found = []
    for row in rows.to_dict("records"):
        name = f"{row['dimension']}/{row['member']}"
        owner = choices.owners.get(name) or choices.owners.get(str(row["member"]))
        whole = float(rows.loc[rows["dimension"] == row["dimension"], "target"].sum())
        share = float(row["target"]) / whole if whole > 0 else 0.0
        found.append(
            _Goal(name, owner or choices.default_owner or UNASSIGNED, float(row["p50"]), float(row["p_reach"]), share)
        )
    return found


def _measure_goals(supporting: pd.DataFrame) -> list[_Goal]:
    return [
        _Goal(
            str(row["metric"]),
            str(row["owner"]),
            float(row["baseline"]),
            float(row["p_reach"]),
            1.0 if row["metric"] in ("net_sales", *_DRIVERS) else 0.0,
        )
        for row in supporting.to_dict("records")
    ]


def _judged(goal: _Goal, dated: bool) -> tuple[bool, ...]:
    return (
        goal.owner != UNASSIGNED,
        bool(pd.notna(goal.baseline)),
        _LEAST <= goal.p_reach <= _MOST,
        goal.relevance >= _RELEVANT,
        dated,
    )


def _values(letter: str, goal: _Goal, *, words: Words, year: str) -> dict[str, str]:
    if letter == "S":
        return {"owner": words.name(goal.owner)} if goal.owner != UNASSIGNED else {}
    if letter == "A":
        known = pd.notna(goal.p_reach)
        return {"p_reach": words.chance(goal.p_reach) if known else words.term("cannot_tell")}
    return {"year": year} if letter == "T" else {}


def _profile_holds(segments: pd.DataFrame, *, year: str) -> dict[str, bool]:
    """Do the months of each member sum to its year?"""
    whole = segments.assign(cents=cents(segments["target"]))
    sums = whole.groupby(["dimension", "member", "level"], sort=True)["cents"].sum().unstack()
    return {
        "net_sales" if row["dimension"] == "total" else f"{row['dimension']}/{row['member']}": row["year"]
        == row["month"]
        for row in sums.reset_index().to_dict("records")
    }


def say_smart(table: pd.DataFrame, *, words: Words) -> Finding:
    """How many goals pass all five letters, and which letter fails most? From targets/smart."""
    whole = table.groupby("target_id")["passed"].all()
    failed = table[~table["passed"]].groupby("letter").size().reindex(list(_LETTERS)).fillna(0).astype(int)
    text = words.say("targets_smart", passed=words.number(int(whole.sum())), goals=words.number(len(whole)))
    if failed.sum():
        letter = str(failed.idxmax())
        count = words.number(int(failed.max()))
        weakest = words.say("targets_smart_weakest", letter=words.term(f"smart_{letter}"), count=count)
        text = words.text([text, weakest])
    checks = tuple(
        Check(
            letter,
            bool(failed[letter] == 0),
            words.say(
                "targets_smart_letter", letter=words.term(f"smart_{letter}"), count=words.number(int(failed[letter]))
            ),
        )
        for letter in _LETTERS
    )
    return Finding("targets/smart", text, "targets/smart", checks, ("orders", "plan"))
