"""The familiar summary: internal and external factors, weighed and rated, and how far it hangs on the weights."""

from __future__ import annotations

__all__ = ["say_scores", "scores"]

import numpy as np
import pandas as pd

from salesplan.findings import Finding
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "swot/scores"
_SIDES = {"internal": ("strength", "weakness"), "external": ("opportunity", "threat")}
_SURE = 0.9
NEUTRAL = 2.5


def scores(items: pd.DataFrame, tows: pd.DataFrame) -> pd.DataFrame:
    """How strong are we inside, and how well do we answer what is outside?

    Frames swot/items (those that stand) and swot/tows to swot/scores: side (internal: IFE, external: EFE), item_id,
    weight [share; sums to 1 a side], rating (1 to 4), score = weight × rating. Weight: money at stake × confidence
    (where no money is known, the median of the side's). Rating inside: strength 4 where its confidence is 90 % or more,
    else 3; weakness 1, else 2. Outside it is how we answer: 3 with an initiative in a pairing, else opportunity 2,
    threat 1. Neutral is 2.5. Source: David, Strategic Management (IFE and EFE matrices).
    """
    stands = items[items["accepted"].astype(bool)].reset_index(drop=True)
    answered = set(tows.loc[tows["initiative_id"] != "", "opportunity_or_threat"])
    rows = []
    for side, quadrants in _SIDES.items():
        part = stands[stands["quadrant"].isin(quadrants)]
        stake = part["stake"].where(part["stake"] > 0)
        stake = stake.fillna(stake.median() if stake.notna().any() else 1.0)
        raw = stake * part["confidence"].fillna(0.5).clip(lower=0.01)
        for (_, item), weight in zip(part.iterrows(), raw / raw.sum() if len(raw) else raw, strict=True):
            rating = _rating(str(item["quadrant"]), float(item["confidence"]), item["item_id"] in answered)
            rows.append((side, item["item_id"], float(weight), rating, float(weight) * rating))
    return pd.DataFrame(rows, columns=list(COLUMNS[NAME]))


def _rating(quadrant: str, confidence: float, answered: bool) -> int:
    if quadrant in _SIDES["internal"]:
        sure = confidence >= _SURE
        return (4 if sure else 3) if quadrant == "strength" else (1 if sure else 2)
    return 3 if answered else 2 if quadrant == "opportunity" else 1


def say_scores(table: pd.DataFrame, *, words: Words) -> Finding:
    """Both totals beside the neutral one, and between what they lie where every item weighs the same or one is left
    out."""
    parts = []
    for side, part in table.groupby("side", sort=False):
        total = float(part["score"].sum())
        others = [float(part["rating"].mean())]
        others += [
            float((rest["score"]).sum() / rest["weight"].sum())
            for _, rest in ((at, part.drop(index=at)) for at in part.index)
            if rest["weight"].sum() > 0
        ]
        ends = words.interval(*(words.number(v, digits=2) for v in (min(others), max(others))))
        about = {"total": words.number(total, digits=2), "neutral": words.number(NEUTRAL, digits=1), "range": ends}
        parts.append(words.say(f"swot_{side}", **about))
    sides = {str(s) for s in table["side"]} if len(table) else set()
    text = words.text(parts) if np.any([s in sides for s in _SIDES]) else words.say("swot_no_scores")
    return Finding(NAME, text, NAME)
