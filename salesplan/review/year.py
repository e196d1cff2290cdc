"""The year in nine sentences: what the sections found, the first sentence of each."""

from __future__ import annotations

__all__ = ["YEAR", "say_year"]

from salesplan.findings import Finding
from salesplan.words import Words, sentences

NAME = "review/year"
# in the order in which a director asks; further down stand those that take the place of what cannot be said
YEAR = (
    "review/kpis",
    "review/attainment",
    "review/attribution",
    "review/root_causes",
    "review/market_share",
    "review/strategy_effects",
    "review/quality",
    "review/lost_accounts",
    "review/signals",
    "review/bridge",
    "review/drivers",
    "review/ageing",
    "review/trend",
    "review/pareto",
    "review/capacity_use",
    "review/ratios",
    "data/coverage",
)
_NINE = 9


def say_year(*told: Finding, words: Words) -> Finding:
    """The first sentence of the first nine findings that have something to say; one to a line.

    A finding whose whole text is what is missing has nothing to say. Every number is the section's own.
    """
    speaking = [f for f in told if all(check.passed is not None or check.text != f.text for check in f.checks)]
    chosen = speaking[:_NINE]
    text = "\n".join(sentences(f.text)[0] for f in chosen) or words.say("review_nothing_said")
    sources = dict.fromkeys(source for f in chosen for source in f.sources)
    return Finding(NAME, text, "", (), tuple(sources))
