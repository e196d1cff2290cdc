"""What the key figures are, in words: one definition per term, printed in every face's appendix."""

from __future__ import annotations

__all__ = ["definitions"]

from salesplan.words import Words

_DEFINED = (
    "net_sales",
    "growth",
    "gross_margin",
    "collection_rate",
    "dso_days",
    "market_share",
    "new_customers",
    "churn_rate",
    "average_order_value",
    "selling_expense_ratio",
    "satisfaction",
    "attainment",
    "p_reach",
    "p_baseline",
    "p50",
)


def definitions(words: Words) -> list[tuple[str, str]]:
    """(term, definition) in the plan's language, in a fixed order."""
    return [(words.term(key), words.say(f"report_definition_{key}")) for key in _DEFINED]
