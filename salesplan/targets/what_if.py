"""What if the goal were another, or shared by another rule? Answers at once, from the draws that are there."""

from __future__ import annotations

__all__ = ["YearDraws", "what_if", "year_draws"]

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS
from salesplan.errors import PlanFileError
from salesplan.futures import member_years, year_of
from salesplan.stats import cents
from salesplan.targets.cells import Splits
from salesplan.words import Words


class YearDraws(NamedTuple):
    """The plan year in each draw [cents]: the company with initiatives and if nothing changes, and the members."""

    planned: np.ndarray
    baseline: np.ndarray
    dimension: str
    members: Mapping[str, np.ndarray]


def year_draws(paths: pd.DataFrame) -> YearDraws:
    """The years behind every answer, summed once.

    paths: as from ``futures.future``. Members: the regions, or the first dimension that has more than one.
    """
    counts = paths.groupby("dimension")["member"].nunique()
    order = ("region", *(d for d in DIMENSIONS if d != "region"))
    dimension = next((d for d in order if counts.get(d, 0) > 1), order[0])
    years = member_years(paths, dimension=dimension)
    members = {str(member): np.asarray(row) for member, row in zip(years.index, years.to_numpy(), strict=True)}
    return YearDraws(year_of(paths), year_of(paths, column="baseline"), dimension, members)


def what_if(
    splits: Splits, draws: YearDraws, *, set_goal: float, change: float, split: str, hedge: float, words: Words
) -> str:
    """What if the goal were so much off the one set [currency], shared by this rule, with this hedge?

    The goal and its probabilities, each member's part and probability, and what representatives are asked for: the
    same numbers as of a run whose plan says so. Limits that cannot hold together are told, not raised.
    """
    goal = round(set_goal * (1 + change), 2)
    parts = [
        words.say(
            "targets_what_if",
            change=words.share(change, signed=True),
            goal=words.money(goal),
            p_reach=words.chance(float((draws.planned >= cents(goal)).mean())),
            p_baseline=words.chance(float((draws.baseline >= cents(goal)).mean())),
        )
    ]
    try:
        cells = splits.share(goal, split=split, hedge=hedge)
    except PlanFileError as error:
        return "\n".join([*parts, str(error)])
    asked = cents(cells["target"]).groupby(cells[draws.dimension].astype(str)).sum()
    for member, amount in asked.items():
        likely = draws.members.get(str(member), np.zeros(1))
        about = {"member": words.name(str(member)), "amount": words.money(int(amount) / 100)}
        parts.append(words.say("targets_what_if_member", **about, p=words.chance(float((likely >= amount).mean()))))
    if hedge:
        parts.append(words.say("targets_what_if_hedge", amount=words.money(goal * (1 + hedge))))
    return "\n".join(parts)
