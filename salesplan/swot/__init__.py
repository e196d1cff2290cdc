"""Where do we stand? Strengths, weaknesses, opportunities and threats: tested deviations and the planner's judgements.

An item is evidence, not an adjective: a measured gap to a benchmark with its interval, the source it comes from, and
how sure it is after looking at many. What the interval leaves open is listed as to be verified, never as a strength.
"""

from salesplan.swot.evidence import customers_voice, deviations, market_moves, outlook, price_pressure
from salesplan.swot.items import items, say_items, tested_rows

__all__ = [
    "customers_voice",
    "deviations",
    "items",
    "market_moves",
    "outlook",
    "price_pressure",
    "say_items",
    "tested_rows",
]
