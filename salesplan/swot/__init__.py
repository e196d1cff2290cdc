"""Where do we stand? Strengths, weaknesses, opportunities and threats: tested deviations and the planner's judgements.

An item is evidence, not an adjective: a measured gap to a benchmark with its interval, the source it comes from, and
how sure it is after looking at many. What the interval leaves open is listed as to be verified, never as a strength.
"""

from salesplan.swot.evidence import deviations, market_moves, price_pressure
from salesplan.swot.findings import from_review
from salesplan.swot.items import items, say_items, standing_rows, tested_rows
from salesplan.swot.scores import say_scores, scores
from salesplan.swot.tows import check_links, say_tows, tows

__all__ = [
    "check_links",
    "deviations",
    "from_review",
    "items",
    "market_moves",
    "price_pressure",
    "say_items",
    "say_scores",
    "say_tows",
    "scores",
    "standing_rows",
    "tested_rows",
    "tows",
]
