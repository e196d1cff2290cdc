"""Which moves close the gap: one analysis each for market, customer, product, price and channel."""

from salesplan.strategies import channel, customer, elasticity, market, price, product

__all__ = ["channel", "customer", "elasticity", "market", "price", "product"]
