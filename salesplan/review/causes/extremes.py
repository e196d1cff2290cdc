"""Which part of a change brought most, and which took most?"""

from __future__ import annotations

__all__ = ["extremes"]

import pandas as pd

from salesplan.words import Words


def extremes(amounts: pd.Series, *, words: Words) -> str:
    """Half a sentence that names the largest gain and the largest loss [currency units], as far as there are any.

    amounts: by code, each of which has a term. The larger of the two comes first.
    """
    found: list[tuple[float, str]] = []
    if amounts.empty:
        return words.say("review_nothing_moved")
    for key, name in (("brought", amounts.idxmax()), ("taken", amounts.idxmin())):
        amount = float(amounts[name])
        if amount * (1 if key == "brought" else -1) > 0:
            about = {"name": words.name(name), "amount": words.money(amount, signed=True)}
            found.append((abs(amount), words.say(f"review_most_{key}", **about)))
    told = [text for _, text in sorted(found, reverse=True)]
    if len(told) == 2:
        return words.say("review_most_both", first=told[0], second=told[1])
    return "".join(told) or words.say("review_nothing_moved")
