"""Goals of parts and the goal of the whole: how likely is the one when the other is as likely as asked?"""

from __future__ import annotations

__all__ = ["agreement", "equally_likely", "say_agreement"]

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS, TargetChoices
from salesplan.findings import Finding
from salesplan.futures import member_years, year_of
from salesplan.schemas import COLUMNS
from salesplan.words import Words

_NAME = "targets/agreement"
_HALVINGS = 60


def agreement(paths: pd.DataFrame, *, choices: TargetChoices) -> pd.DataFrame:
    """If every part has a goal of one probability, how likely is their sum, and the other way round?

    paths: as from ``futures.future``. Frame targets/agreement, for each dimension and each probability of the plan
    (commit, target, stretch): parts [count], given ("each": every part has this probability; "whole": the sum of the
    goals has it), p_each, p_whole, p_all (every part reaches its goal) [shares of the same draws], amount [currency].
    Parts of one probability do not make a whole of that probability: what they miss and exceed evens out, the more the
    less they move together.
    """
    whole, rows = year_of(paths), []
    for dimension in DIMENSIONS:
        parts = member_years(paths, dimension=dimension).to_numpy()
        parts = parts[(parts > 0).any(axis=1)]
        if len(parts) < 2:
            continue
        for chance in dict.fromkeys((choices.commit, choices.target, choices.stretch)):
            each = np.quantile(parts, 1 - chance, axis=1)
            asked = equally_likely(parts, goal=float(np.quantile(whole, 1 - chance)))
            for given, goals in (("each", each), ("whole", asked)):
                reached = parts >= goals[:, None]
                p_each = chance if given == "each" else float(reached.mean())
                p_whole = chance if given == "whole" else float((whole >= goals.sum()).mean())
                amount = round(float(goals.sum()) / 100, 2)
                rows.append((dimension, len(parts), given, p_each, p_whole, float(reached.all(axis=0).mean()), amount))
    return pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))


def equally_likely(
    draws: np.ndarray, *, goal: float, low: np.ndarray | None = None, high: np.ndarray | None = None
) -> np.ndarray:
    """Amounts of one probability each that sum to ``goal``; a part that an end holds stays there, the others even out.

    draws: [part, draw]. low, high: ends of each part, in the draws' unit.
    """
    floor = np.zeros(len(draws)) if low is None else low
    cap = np.full(len(draws), np.inf) if high is None else high
    ranked, places = np.sort(draws, axis=1), np.linspace(0, 1, draws.shape[1])
    down, up, found = 0.0, 1.0, floor
    for _ in range(_HALVINGS):
        middle = (down + up) / 2
        found = np.clip([np.interp(middle, places, row) for row in ranked], floor, cap)
        down, up = (middle, up) if found.sum() < goal else (down, middle)
    return np.asarray(found)


def say_agreement(table: pd.DataFrame, *, words: Words) -> Finding:
    """What do goals of one probability make together? The dimension in which parts and whole lie farthest apart."""
    if table.empty:
        return Finding(_NAME, words.say("targets_agreement_none"), _NAME, (), ("orders", "plan"))
    each = table[table["given"] == "each"].assign(apart=lambda t: (t["p_whole"] - t["p_each"]).abs())
    row = each.sort_values(["apart", "dimension"], ascending=[False, True]).iloc[0]
    mine = table[(table["dimension"] == row["dimension"]) & (table["given"] == "whole")]
    back = mine.iloc[(mine["p_whole"] - row["p_each"]).abs().argmin()]
    text = words.say(
        "targets_agreement",
        parts=words.number(int(row["parts"])),
        dimension=words.term(f"parts_{row['dimension']}"),
        each=words.chance(row["p_each"]),
        whole=words.chance(row["p_whole"]),
        all=words.chance(row["p_all"]),
        wanted=words.chance(back["p_whole"]),
        needed=words.chance(back["p_each"]),
    )
    return Finding(_NAME, text, _NAME, (), ("orders", "plan"))
