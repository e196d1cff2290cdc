"""Small frames out of any number of order lines, computed where the lines lie."""

from salesplan.facts.collections import collections_by_month, due_by_month, due_payments, paid_in_time
from salesplan.facts.comparisons import customer_flows, product_sides, quarter_ends
from salesplan.facts.cubes import (
    cumulative_share,
    last_sellers,
    monthly_cube,
    order_days,
    period_totals,
    rep_months,
    window_sales,
    withdrawn_articles,
)
from salesplan.facts.customers import (
    basket_pairs,
    cohorts,
    customer_months,
    customer_parts,
    customer_summary,
    customer_years,
    first_baskets,
)
from salesplan.facts.market import market_sizes, market_years
from salesplan.facts.prices import price_moves, price_outliers, price_panel, price_spread, product_months

__all__ = [
    "basket_pairs",
    "cohorts",
    "collections_by_month",
    "cumulative_share",
    "customer_flows",
    "customer_months",
    "customer_parts",
    "customer_summary",
    "customer_years",
    "due_by_month",
    "due_payments",
    "first_baskets",
    "last_sellers",
    "market_sizes",
    "market_years",
    "monthly_cube",
    "order_days",
    "paid_in_time",
    "period_totals",
    "price_moves",
    "price_outliers",
    "price_panel",
    "price_spread",
    "product_months",
    "product_sides",
    "quarter_ends",
    "rep_months",
    "window_sales",
    "withdrawn_articles",
]
