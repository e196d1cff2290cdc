"""Who bought, when first and last, and what together."""

from __future__ import annotations

__all__ = [
    "basket_pairs",
    "cohorts",
    "customer_months",
    "customer_parts",
    "customer_summary",
    "customer_years",
    "first_baskets",
]

from collections.abc import Sequence
from typing import Any

import pandas as pd

from salesplan.config import DIMENSIONS
from salesplan.facts.lines import collect, dated, in_cents, in_parts, main_attributes, named_customers, sells
from salesplan.periods import FiscalCalendar

_ATTRIBUTES = ["region", "customer_group", "channel"]
_PARTS = 200
_YEAR, _BACK = 12, (0, 1, 2)


def customer_summary(orders: Any) -> pd.DataFrame:
    """Who are the customers, since when, and what did each buy in all?

    Ibis table of order lines to frame: customer_id, region, customer_group, channel (each the one most was sold
    under), first_order, last_order [dates], orders [count], net_sales_cents, cost_cents [cents, missing where no line
    has a cost].
    """
    orders = named_customers(orders)
    sums = orders.group_by("customer_id").aggregate(
        first_order=orders.order_date.min().cast("date"),
        last_order=orders.order_date.max().cast("date"),
        orders=orders.order_id.nunique(where=sells(orders)),
        net_sales_cents=in_cents(orders.net_sales),
        cost_cents=in_cents(orders.cost),
    )
    joined = sums.inner_join(main_attributes(orders, by=["customer_id"], attributes=_ATTRIBUTES), "customer_id")
    columns = ["customer_id", *_ATTRIBUTES, "first_order", "last_order", "orders", "net_sales_cents", "cost_cents"]
    return collect(joined, columns=columns, by=["customer_id"])


def customer_years(orders: Any, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """What did each customer buy in each fiscal year?

    Ibis table of order lines to frame: year, customer_id, region, customer_group, channel (each the one most was sold
    under that year), net_sales_cents, cost_cents [cents], orders [count].
    """
    lines = dated(named_customers(orders), calendar)
    keys = ["year", "customer_id"]
    sums = lines.group_by(*keys).aggregate(
        net_sales_cents=in_cents(lines.net_sales),
        cost_cents=in_cents(lines.cost),
        orders=lines.order_id.nunique(where=sells(lines)),
    )
    joined = sums.inner_join(main_attributes(lines, by=keys, attributes=_ATTRIBUTES), keys)
    return collect(joined, columns=[*keys, *_ATTRIBUTES, "net_sales_cents", "cost_cents", "orders"], by=keys)


def customer_parts(orders: Any, *, calendar: FiscalCalendar, months: Sequence[str]) -> pd.DataFrame:
    """How is what each part of the business sells spread over customers, in these months and the same of two years?

    Ibis table of order lines to frame: back (0 these months, 1 and 2 a year and two earlier), part (0 to 199: every
    customer is in one, so that what single customers do can be told), product, region, customer_group, channel,
    net_sales_cents [cents], squared (of what each customer bought there, summed: cents²).
    """
    import ibis

    lines = dated(orders, calendar)
    years = {back: [calendar.shift(month, -_YEAR * back) for month in months] for back in _BACK}
    back = ibis.cases(*((lines.month.isin(some), number) for number, some in years.items()), else_=None)
    lines = lines.mutate(back=back.cast("int64")).filter(lambda t: t.back.notnull())
    lines = in_parts(lines, parts=_PARTS)
    keys = ["back", "part", *DIMENSIONS]
    each = lines.group_by(*keys, "customer_id").aggregate(net_sales_cents=in_cents(lines.net_sales))
    amount = each.net_sales_cents.cast("float64")
    sums = each.group_by(*keys).aggregate(net_sales_cents=each.net_sales_cents.sum(), squared=(amount * amount).sum())
    return collect(sums, columns=[*keys, "net_sales_cents", "squared"], by=keys)


def customer_months(orders: Any, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """What did each customer buy in each month?

    Ibis table of order lines to frame: period (month), customer_id, net_sales_cents, sold_cents (before returns)
    [cents], orders (without returns) [count].
    """
    import ibis

    lines = dated(named_customers(orders), calendar).rename(period="month")
    keys = ["period", "customer_id"]
    sums = lines.group_by(*keys).aggregate(
        net_sales_cents=in_cents(lines.net_sales),
        sold_cents=in_cents(ibis.ifelse(sells(lines), lines.net_sales, 0)),
        orders=lines.order_id.nunique(where=sells(lines)),
    )
    return collect(sums, columns=[*keys, "net_sales_cents", "sold_cents", "orders"], by=keys)


def cohorts(orders: Any, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """How many customers won in one year still buy in later ones, and for how much?

    Ibis table of order lines to frame: cohort (year of the first order), year, customers [count],
    net_sales_cents [cents].
    """
    lines = dated(named_customers(orders), calendar)
    firsts = lines.group_by("customer_id").aggregate(cohort=lines.year.min())
    lines = lines.inner_join(firsts, "customer_id")
    sums = lines.group_by("cohort", "year").aggregate(
        customers=lines.customer_id.nunique(), net_sales_cents=in_cents(lines.net_sales)
    )
    return collect(sums, columns=["cohort", "year", "customers", "net_sales_cents"], by=["cohort", "year"])


def basket_pairs(orders: Any, *, minimum: int) -> pd.DataFrame:
    """Which products are bought in the same order at least ``minimum`` times?

    Ibis table of order lines to frame: left, right (product_id, left before right), both, left_orders, right_orders,
    all_orders [counts of orders], by_chance [orders with both, were products shared out by lot over orders of these
    sizes]. Lines without a positive quantity (returns) do not count.

    by_chance: left_orders × right_orders × Σ size (size − 1) ÷ (Σ size)², size being the products of an order: orders
    of one product hold no pair, large ones many (Chung & Lu, Annals of Combinatorics 6, 2002).
    """
    sold = orders.filter(orders.quantity > 0).select("order_id", "product_id").distinct()
    single = sold.group_by("product_id").aggregate(orders=sold.count())
    other = sold.view()
    pairs = sold.inner_join(other, [sold.order_id == other.order_id, sold.product_id < other.product_id])
    pairs = pairs.group_by(left="product_id", right="product_id_right").aggregate(both=pairs.count())
    pairs = pairs.filter(pairs.both >= minimum)
    for side in ("left", "right"):
        counts = single.select(**{f"{side}_id": "product_id", f"{side}_orders": "orders"})
        pairs = pairs.inner_join(counts, pairs[side] == counts[f"{side}_id"]).drop(f"{side}_id")
    frame = collect(pairs, columns=["left", "right", "both", "left_orders", "right_orders"], by=["left", "right"])
    sizes = sold.group_by("order_id").aggregate(size=sold.count())
    held = sizes["size"]
    sums = sizes.aggregate(orders=sizes.count(), lines=held.sum(), pairs=(held * (held - 1)).sum())
    whole = collect(sums, columns=["orders", "lines", "pairs"], by=["orders"]).fillna(0).iloc[0]
    factor = float(whole["pairs"]) / max(float(whole["lines"]) ** 2, 1.0)
    by_chance = frame["left_orders"].astype("float64") * frame["right_orders"].astype("float64") * factor
    return frame.assign(all_orders=int(whole["orders"]), by_chance=by_chance)


def first_baskets(orders: Any) -> pd.DataFrame:
    """Which products do customers start with?

    Ibis table of order lines to frame: product_id, customers (who ever bought it), first_customers (who bought it on
    the day of their first order) [counts].
    """
    orders = named_customers(orders)
    firsts = orders.group_by("customer_id").aggregate(first=orders.order_date.min())
    lines = orders.select("customer_id", "product_id", "order_date").inner_join(firsts, "customer_id")
    opening = lines.order_date == lines["first"]
    sums = lines.group_by("product_id").aggregate(
        customers=lines.customer_id.nunique(), first_customers=lines.customer_id.nunique(where=opening)
    )
    return collect(sums, columns=["product_id", "customers", "first_customers"], by=["product_id"])
