"""Quantities and prices by product: what the bridge and the price chapter start from."""

from __future__ import annotations

__all__ = ["price_moves", "price_outliers", "price_panel", "price_spread", "product_months"]

from typing import Any

import pandas as pd

from salesplan.facts.lines import collect, dated, in_cents, measures
from salesplan.periods import FiscalCalendar

_FINE = 1e9


def product_months(orders: Any, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """What was sold of each product in each month, region, customer group and channel?

    Ibis table of order lines to frame: period (month), product_id, product, region, customer_group, channel, quantity,
    net_sales_cents, list_cents, cost_cents [cents, the last two missing where no line has one], lines [count].
    """
    lines = dated(orders, calendar).rename(period="month")
    keys = ["period", "product_id", "product", "region", "customer_group", "channel"]
    sums = lines.group_by(*keys).aggregate(**measures(lines))
    columns = [*keys, "quantity", "net_sales_cents", "list_cents", "cost_cents", "lines"]
    return collect(sums, columns=columns, by=keys)


def price_panel(orders: Any, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """At which prices was each product sold in each month and channel?

    Ibis table of order lines to frame: period (month), product_id, product, channel, quantity, net_sales_cents,
    list_cents, discount_cents, cost_cents [cents, the last three missing where no line has one], lines [count].
    """
    lines = dated(orders, calendar).rename(period="month")
    keys = ["period", "product_id", "product", "channel"]
    sums = lines.group_by(*keys).aggregate(**measures(lines), discount_cents=in_cents(lines.discount))
    columns = [*keys, "quantity", "net_sales_cents", "list_cents", "discount_cents", "cost_cents", "lines"]
    return collect(sums, columns=columns, by=keys)


def price_moves(orders: Any, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """How do prices and quantities of single sales move together in each month, region, customer group and channel?

    Ibis table of order lines to frame: period (month), product_id, product, region, customer_group, channel, log_price
    and log_quantity (means over the lines that sold units at a price), log_cost (the mean of unit costs; missing where
    a line has none), spread and bend (over the lines of a cell: the sum of squares of log_quantity off its mean, and of
    its products with log_price), lines [count]. Means of single sales, since the price of a sum of sales moves with who
    bought how much.
    """
    lines = dated(orders, calendar).rename(period="month")
    lines = lines.filter(lines.quantity > 0, lines.net_sales > 0)
    quantity, sales = lines.quantity.cast("float64"), lines.net_sales.cast("float64")
    keys = ["period", "product_id", "product", "region", "customer_group", "channel"]
    price, amount = (sales / quantity).ln(), quantity.ln()
    cost = lines.cost.cast("float64") / quantity
    sums = lines.group_by(*keys).aggregate(
        price=_fine(price),
        quantity=_fine(amount),
        cost=_fine((cost > 0).ifelse(cost, None).ln()),
        squares=_fine(amount * amount),
        products=_fine(amount * price),
        costed=(cost > 0).ifelse(1, None).count(),
        lines=lines.count(),
    )
    means = sums.mutate(
        log_price=sums.price / sums.lines / _FINE,
        log_quantity=sums.quantity / sums.lines / _FINE,
        log_cost=(sums.costed == sums.lines).ifelse(sums.cost / sums.lines / _FINE, None),
    )
    means = means.mutate(
        spread=means.squares / _FINE - means.lines * means.log_quantity * means.log_quantity,
        bend=means.products / _FINE - means.lines * means.log_quantity * means.log_price,
    )
    columns = [*keys, "log_price", "log_quantity", "log_cost", "spread", "bend", "lines"]
    return collect(means, columns=columns, by=keys)


def price_outliers(orders: Any, *, factor: float = 7.0) -> pd.DataFrame:
    """Which order lines have a price a unit so far from their product's usual one that a unit may be wrong?

    Ibis table of order lines to frame: order_id, line_no, order_date, product_id, unit_price, median_price [currency
    units, the median over the product's lines], net_sales_cents [cents]; of lines with units and net sales above
    nothing, those ``factor`` times above or below.
    """
    lines = orders.filter(orders.quantity > 0, orders.net_sales > 0)
    lines = lines.mutate(unit_price=lines.net_sales.cast("float64") / lines.quantity.cast("float64"))
    usual = lines.group_by("product_id").aggregate(median_price=lines.unit_price.median())
    both = lines.inner_join(usual, "product_id")
    ratio = both.unit_price / both.median_price
    far = both.filter((ratio > factor) | (ratio < 1 / factor))
    far = far.mutate(net_sales_cents=(far.net_sales.cast("decimal(38, 4)") * 10_000).cast("int64") / 100)
    columns = ["order_id", "line_no", "order_date", "product_id", "unit_price", "median_price", "net_sales_cents"]
    return collect(far, columns=columns, by=["order_id", "line_no", "product_id"])


def _fine(number: Any) -> Any:
    """The sum of a plain number to nine decimals in whole billionths: the same whatever the order of lines."""
    return (number * _FINE).round().cast("int64").sum()


def price_spread(orders: Any, *, calendar: FiscalCalendar, tolerance: float = 0.1) -> pd.DataFrame:
    """How far do net unit prices of one product lie apart?

    Ibis table of order lines to frame: year, product_id, lines [count], low, mid, high (10, 50 and 90 % quantile of
    net unit price over list price) [share of list], outside_share (lines further than ``tolerance`` × mid from mid)
    [share 0-1]. Lines without a positive quantity and list price are left out; empty where none has a list price.
    """
    lines = dated(orders, calendar)
    lines = lines.filter(lines.quantity > 0, lines.list_price > 0)
    lines = lines.mutate(
        ratio=lines.net_sales.cast("float64") / lines.quantity.cast("float64") / lines.list_price.cast("float64")
    )
    keys = ["year", "product_id"]
    spread = lines.group_by(*keys).aggregate(
        lines=lines.count(),
        low=lines.ratio.quantile(0.1),
        mid=lines.ratio.quantile(0.5),
        high=lines.ratio.quantile(0.9),
    )
    both = lines.select(*keys, "ratio").inner_join(spread, keys)
    far = ((both.ratio - both.mid).abs() > tolerance * both.mid).cast("int64")
    outside = both.group_by(*keys).aggregate(far=far.sum(), of=both.count())
    joined = spread.inner_join(outside, keys)
    joined = joined.mutate(outside_share=joined.far.cast("float64") / joined["of"].cast("float64"))
    return collect(joined, columns=[*keys, "lines", "low", "mid", "high", "outside_share"], by=keys)
