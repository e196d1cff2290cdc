"""What the sales force submits from below, held against the goal from above: where do they part, and what then?"""

from __future__ import annotations

__all__ = ["say_submissions", "submissions"]

from collections.abc import Sequence

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS, TargetChoices
from salesplan.errors import DataError, nearest
from salesplan.findings import Check, Finding, not_supplied
from salesplan.futures import member_years
from salesplan.schemas import COLUMNS
from salesplan.stats import cents, units
from salesplan.targets.limits import between, own_ends, within
from salesplan.words import Words

_NAME = "targets/submissions"
_SAME = 0.01  # of the goal: closer than this the two agree


def submissions(
    given: pd.DataFrame | None,
    segments: pd.DataFrame,
    *,
    paths: pd.DataFrame,
    year: str,
    choices: TargetChoices,
) -> pd.DataFrame:
    """How far is what each member submits from its goal, what lies between, and what is to be decided?

    given: the source (dimension, member, amount_cents, period, submitted_by, submitted_on), or None; the last one of
    each member for the plan year counts. segments: targets/segments. paths: as from ``futures.future``. Frame
    targets/submissions: dimension, member, submitted, target, gap = target − submitted, reconciled [currency],
    p_submitted, p_reach (of the target) [shares of draws], submitted_by and decision. reconciled: the submissions of a
    dimension, changed as little as can be in proportion until they sum to the goals of the same members, within the
    plan's limits. decision: accept (within one per cent, or more than the goal), raise (the submission is safer than
    commit), strengthen (the goal is harder than stretch), agree (what is left: to be talked about).
    Errors: DataError for a member that has no goal; PlanFileError where limits leave nothing between.
    """
    columns = list(COLUMNS[_NAME])
    if given is None or given.empty:
        return pd.DataFrame(columns=columns)
    rows = given.reindex(columns=["dimension", "member", "amount_cents", "period", "submitted_by", "submitted_on"])
    rows = rows[rows["period"].isna() | (rows["period"].astype(str) == year)]
    rows = rows.sort_values("submitted_on", kind="stable", na_position="first")
    rows = rows.drop_duplicates(["dimension", "member"], keep="last")
    goals = segments[(segments["level"] == "year") & segments["dimension"].isin(DIMENSIONS)]
    goals = goals.set_index(["dimension", "member"])
    parts = []
    for dimension, own in rows.groupby("dimension", sort=False):
        _check(str(dimension), own["member"].astype(str), known=goals)
        parts.append(_held(str(dimension), own, goals, paths=paths, choices=choices))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return table[columns].sort_values(["dimension", "gap"], ascending=[True, False], ignore_index=True)


def _check(dimension: str, members: pd.Series, *, known: pd.DataFrame) -> None:
    there = [str(m) for d, m in known.index if d == dimension]
    for member in members:
        if member not in there:
            raise DataError(f"sources.submissions: {dimension} {member!r} has no goal.{nearest(member, there)}")


def _held(
    dimension: str, own: pd.DataFrame, goals: pd.DataFrame, *, paths: pd.DataFrame, choices: TargetChoices
) -> pd.DataFrame:
    """One dimension's submissions beside its goals."""
    members = own["member"].astype(str).tolist()
    goal = goals.loc[[(dimension, m) for m in members]]
    target, asked = cents(goal["target"]).to_numpy(), own["amount_cents"].to_numpy(dtype="int64")
    draws = member_years(paths, dimension=dimension).reindex(members).fillna(0.0).to_numpy()
    year = str(goal["period"].iloc[0])
    allowed = [own_ends(choices.limits, dimension=dimension, member=m, period=year, year=year) for m in members]
    between = _between(members, asked, total=int(target.sum()), allowed=allowed, dimension=dimension)
    p_submitted, p_reach = ((draws >= amounts[:, None]).mean(axis=1) for amounts in (asked, target))
    safe, hard = p_submitted > choices.commit, p_reach < choices.stretch
    near = target - asked <= _SAME * target
    return pd.DataFrame(
        {
            "dimension": dimension,
            "member": members,
            "submitted": units(asked),
            "target": units(target),
            "gap": units(target - asked),
            "reconciled": units(between),
            "p_submitted": p_submitted,
            "p_reach": p_reach,
            "submitted_by": own["submitted_by"].to_numpy(),
            "decision": np.select([near, safe, hard], ["accept", "raise", "strengthen"], "agree"),
        }
    )


def _between(
    members: Sequence[str],
    asked: np.ndarray,
    *,
    total: int,
    allowed: Sequence[tuple[float, float]],
    dimension: str,
) -> np.ndarray:
    """The submissions changed least until they sum to the total, within what the year's limits allow each member."""
    held = []
    for place, (low, high) in enumerate(allowed):
        if low > 0 or np.isfinite(high):
            inside = np.arange(len(members)) == place
            held.append(between(f"{dimension}={members[place]}", inside, low=low, high=high))
    weight = np.maximum(asked.astype("float64"), 0.0)
    return within(weight if weight.sum() > 0 else weight + 1, total=total, held=held, keys=members)


def say_submissions(table: pd.DataFrame, *, words: Words) -> Finding:
    """How far are goals from above and from below apart, and which decisions are open? From targets/submissions."""
    if table.empty:
        return not_supplied(_NAME, source="source_submissions", gives="gives_submissions", words=words)
    widest = table.groupby("dimension", sort=False)["target"].size().idxmax()
    own = table[table["dimension"] == widest]
    open_ = own[own["decision"] != "accept"]
    parts = [
        words.say(
            "targets_submissions",
            members=words.number(len(own)),
            submitted=words.money(float(own["submitted"].sum())),
            target=words.money(float(own["target"].sum())),
            gap=words.money(float(own["gap"].sum()), signed=True),
        )
    ]
    for decision in ("raise", "strengthen", "agree"):
        names = [words.name(m) for m in open_.loc[open_["decision"] == decision, "member"]]
        if names:
            parts.append(words.say(f"targets_submissions_{decision}", list=words.join(names)))
    check = Check("decided", True if open_.empty else None, parts[0])
    return Finding(_NAME, words.text(parts), _NAME, (check,), ("orders", "plan"))
