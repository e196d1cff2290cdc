"""What each thing looks like in every chart: what was, what is wanted, what is likely, and colours with one meaning."""

from __future__ import annotations

__all__ = ["PALETTE", "SERIES", "look", "seaborn", "series"]

from typing import Any

from salesplan.words import Words

# One meaning per colour, in every chart; the pair for differences is told apart by people who see few colours.
PALETTE = {
    "actual": "#2b3a48",
    "last_year": "#b9c0c7",
    "good": "#2c7fb8",
    "bad": "#d95f0e",
    "range": "#d3d9df",
    "quiet": "#8a929a",
    "accent": "#2c7fb8",
}
# What a column means, and how that is drawn (the notation of the International Business Communication Standards).
_LOOKS = {
    **dict.fromkeys(("actual", "value"), "actual"),
    **dict.fromkeys(("prior", "prior_year", "last_year", "prior_per_head"), "before"),
    **dict.fromkeys(("target", "quota", "goal"), "plan"),
    "market_growth": "market",
    "usual": "usual",
    **dict.fromkeys(("p50", "landing_p50", "forecast"), "forecast"),
}
# Series without such a meaning; told apart by people who see few colours (after Okabe and Ito).
SERIES = ("#1f4e79", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7a6f9b", "#8c8c3a", "#555555", "#b0b0b0")


def look(column: str) -> dict[str, Any]:
    """How bars of this column are drawn: solid what was, light the year before, outlined a goal, hatched a forecast."""
    dark = PALETTE["actual"]
    looks: dict[str, dict[str, Any]] = {
        "before": {"color": PALETTE["last_year"]},
        "usual": {"color": PALETTE["last_year"]},
        "plan": {"facecolor": "white", "edgecolor": dark, "linewidth": 1.2},
        "market": {"color": PALETTE["quiet"]},
        "forecast": {"facecolor": "white", "edgecolor": dark, "hatch": "/////", "linewidth": 0.8},
    }
    return looks.get(_LOOKS.get(column, ""), {"color": dark})


def series(column: str, *, words: Words) -> str:
    """What a series is called in a legend: by its meaning where it has one, else by its column."""
    return words.term(f"look_{_LOOKS[column]}") if column in _LOOKS else words.term(column)


def seaborn() -> Any:
    """The library that draws what has groups; imported where it is first asked for, for it takes a second."""
    import seaborn as library

    return library
