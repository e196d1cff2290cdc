"""Why net sales changed: price, volume and mix; customers and orders; the market and our share of it."""

from salesplan.review.causes.bridge import bridge, bridge_effects, bridge_steps, say_bridge
from salesplan.review.causes.drivers import driver_steps, drivers, say_drivers
from salesplan.review.causes.market import market, say_market

__all__ = [
    "bridge",
    "bridge_effects",
    "bridge_steps",
    "driver_steps",
    "drivers",
    "market",
    "say_bridge",
    "say_drivers",
    "say_market",
]
