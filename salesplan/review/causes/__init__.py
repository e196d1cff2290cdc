"""Why net sales changed: price, volume and mix; customers and orders; the market and our share of it."""

from salesplan.review.causes.attribution import (
    Knowledge,
    attribution,
    attribution_details,
    attribution_steps,
    knowledge,
    say_attribution,
)
from salesplan.review.causes.bridge import bridge, bridge_effects, bridge_steps, say_bridge, tell_bridge
from salesplan.review.causes.drivers import driver_steps, drivers, say_drivers
from salesplan.review.causes.expectations import expected_leaves
from salesplan.review.causes.market_share import market_share, say_market_share
from salesplan.review.causes.ratios import ratios, say_ratios
from salesplan.review.causes.root_causes import (
    Scan,
    cause_tree,
    detectable,
    root_causes,
    say_root_causes,
    scan,
    tell_cause,
)

__all__ = [
    "Knowledge",
    "Scan",
    "attribution",
    "attribution_details",
    "attribution_steps",
    "bridge",
    "bridge_effects",
    "bridge_steps",
    "cause_tree",
    "detectable",
    "driver_steps",
    "drivers",
    "expected_leaves",
    "knowledge",
    "market_share",
    "ratios",
    "root_causes",
    "say_attribution",
    "say_bridge",
    "say_drivers",
    "say_market_share",
    "say_ratios",
    "say_root_causes",
    "scan",
    "tell_bridge",
    "tell_cause",
]
