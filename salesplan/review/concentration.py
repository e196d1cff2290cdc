"""How few customers and products make up how much."""

from __future__ import annotations

__all__ = ["pareto", "pareto_products", "say_pareto"]

from collections.abc import Mapping

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.findings import Finding
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "review/pareto"
_MOST = 0.8


def pareto(shares: pd.DataFrame) -> pd.DataFrame:
    """How much do the largest customers make up?

    Frame ``facts.cumulative_share`` of the reviewed year to review/pareto: rank (1 = largest), customer_id, amount
    [currency units], share, cumulative_share [share of net sales; missing where net sales are not positive].
    """
    table = shares.assign(amount=stats.units(shares["net_sales_cents"]))
    return table[list(COLUMNS[NAME])].sort_values("rank", ignore_index=True)


def pareto_products(panel: pd.DataFrame, *, window: Window) -> pd.DataFrame:
    """How much do the best-selling products make up in the reviewed months?

    Frame ``facts.product_months`` to review/pareto_products: rank, product_id, product, amount [currency units], share,
    cumulative_share [share of net sales; missing where net sales are not positive].
    """
    inside = panel[panel["period"].isin(window.months)].sort_values(["product_id", "product"], kind="stable")
    sums = inside.groupby("product_id", as_index=False).agg(c=("net_sales_cents", "sum"), product=("product", "first"))
    sums = sums.sort_values(["c", "product_id"], ascending=[False, True], ignore_index=True)
    whole = float(sums["c"].sum())
    known = whole if whole > 0 else np.nan
    table = sums.assign(
        rank=range(1, len(sums) + 1),
        amount=stats.units(sums["c"]),
        share=sums["c"] / known,
        cumulative_share=sums["c"].cumsum() / known,
    )
    return table[list(COLUMNS[f"{NAME}_products"])]


def say_pareto(customers: pd.DataFrame, products: pd.DataFrame, *, window: Window, words: Words) -> Finding:
    """How many customers and products make up four fifths of net sales, and how evenly sales are spread.

    Frames review/pareto and review/pareto_products to the finding. As if over n equal customers: n = 1 ÷ Σ share²
    (inverse Herfindahl index). Source: Hirschman (1964).
    """
    if customers["share"].isna().any() or customers.empty:
        return Finding(NAME, words.say("review_pareto_none", period=window.period), NAME)
    spread = float((customers["share"] ** 2).sum())
    parts = [
        words.say(
            "review_pareto",
            **_few(customers, words),
            period=window.period,
            ten=words.share(customers["share"].head(10).sum()),
            first=words.share(customers["share"].iloc[0]),
            effective=words.number(1 / spread),
        ),
        words.say("review_pareto_products", **_few(products, words)),
    ]
    return Finding(NAME, words.text(parts), NAME)


def _few(ranked: pd.DataFrame, words: Words) -> Mapping[str, str]:
    """How many of how many make up four fifths, the one that crosses the line included."""
    count = int((ranked["cumulative_share"] < _MOST).to_numpy().argmin()) + 1
    return {
        "few": words.number(count),
        "all": words.number(len(ranked)),
        "share": words.share(count / len(ranked)),
    }
