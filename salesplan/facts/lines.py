"""How order lines become periods, amounts and plain frames, on whatever engine holds them."""

from __future__ import annotations

__all__ = [
    "collect",
    "dated",
    "exact",
    "in_cents",
    "in_parts",
    "line_cents",
    "main_attributes",
    "measures",
    "named_customers",
    "sells",
]

from collections.abc import Sequence
from typing import Any

import pandas as pd

from salesplan.config import UNASSIGNED
from salesplan.periods import FiscalCalendar

_MAY_BE_MISSING = ("cost_cents", "list_cents", "discount_cents", "costed_sales_cents")


def dated(orders: Any, calendar: FiscalCalendar) -> Any:
    """Which fiscal month, quarter and year does each order line belong to?

    Ibis table of order lines to the same with columns month, quarter, year (joined by day, so that any calendar works).
    """
    import ibis

    first, last = orders.aggregate(first=orders.order_date.min(), last=orders.order_date.max()).execute().iloc[0]
    if pd.isna(first):
        first = last = pd.Timestamp("2000-01-01")
    table = calendar.day_table(pd.Timestamp(first).date(), pd.Timestamp(last).date())
    days = ibis.memtable(table)
    days = days.mutate(date=days["date"].cast("date"))
    # an order_type or promotion column never clashes; a source's own month, quarter or year would
    own = [c for c in ("month", "quarter", "year", "date") if c in orders.columns]
    lines = orders.drop(*own) if own else orders
    return lines.inner_join(days, lines.order_date == days["date"]).drop("date")


def in_cents(amount: Any) -> Any:
    """The sum of a money column in cents [float64, exact to a hundredth]: added as DECIMAL, rounded by nobody."""
    return (amount.cast("decimal(38, 4)").sum() * 10_000).cast("int64") / 100


def line_cents(amount: Any) -> Any:
    """Whole cents of one line's computed amount (list price times quantity), rounded line by line."""
    return (amount.cast("float64") * 100).round().cast("int64")


def exact(number: Any) -> Any:
    """The sum of a plain number to four decimals, the same whatever the order of lines."""
    return number.cast("decimal(38, 4)").sum().cast("float64")


def measures(lines: Any) -> dict[str, Any]:
    """What is added up in every cell: sales, quantity, cost and list value (missing where no line has one), lines."""
    listed = line_cents(lines.list_price.cast("float64") * lines.quantity.cast("float64"))
    return {
        "net_sales_cents": in_cents(lines.net_sales),
        "quantity": exact(lines.quantity),
        "cost_cents": in_cents(lines.cost),
        "list_cents": listed.sum().cast("int64"),
        "lines": lines.count(),
    }


def sells(lines: Any) -> Any:
    """Is this line a sale, and no return or credit? Only orders with such a line count as orders."""
    return ~((lines.quantity < 0) | (lines.net_sales < 0))


def main_attributes(lines: Any, *, by: Sequence[str], attributes: Sequence[str]) -> Any:
    """Per key, the member of each attribute that most was sold under (the smaller name where two sold the same)."""
    import ibis

    found = None
    for attribute in attributes:
        sums = lines.group_by(*by, attribute).aggregate(sold=lines.net_sales.cast("decimal(38, 2)").sum())
        window = ibis.window(group_by=list(by), order_by=[ibis.desc(sums.sold), sums[attribute]])
        ranked = sums.mutate(place=ibis.row_number().over(window))
        best = ranked.filter(ranked.place == 0).select(*by, attribute)
        found = best if found is None else found.inner_join(best, list(by))
    return found


def named_customers(lines: Any) -> Any:
    """The lines of customers that are somebody: not those sold to nobody in particular, or to nobody that was said."""
    return lines.filter(lines.customer_id != UNASSIGNED)


def in_parts(lines: Any, *, parts: int) -> Any:
    """The same lines with ``part`` (0 to parts − 1): every customer is in one, dealt out by the order of codes."""
    import ibis

    customers = lines.select("customer_id").distinct()
    place = ibis.row_number().over(ibis.window(order_by=customers.customer_id))
    return lines.inner_join(customers.mutate(part=(place % parts).cast("int64")), "customer_id")


def collect(expression: Any, *, columns: Sequence[str], by: Sequence[str]) -> pd.DataFrame:
    """The computed frame in memory: ``columns`` in this order, sorted by ``by``, whole numbers as whole numbers."""
    import pyarrow as pa

    found = expression.select(*columns).to_pyarrow()
    frame = found.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get, date_as_object=False)
    for column in frame.columns:
        if frame[column].dtype == "Int64" and column not in _MAY_BE_MISSING:
            frame[column] = frame[column].astype("int64")
        elif str(frame[column].dtype).startswith("datetime64"):
            frame[column] = frame[column].astype("datetime64[ns]")
    return frame.sort_values(list(by), kind="stable", ignore_index=True)
