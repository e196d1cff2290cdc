"""Two windows of months side by side: who bought in which, and what of it was sold."""

from __future__ import annotations

__all__ = ["customer_flows", "product_sides", "quarter_ends"]

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd

from salesplan.config import DIMENSIONS
from salesplan.facts.lines import collect, dated, exact, in_cents, in_parts, sells
from salesplan.periods import FiscalCalendar

_PARTS = 20
_AMOUNTS = ("orders", "quantity", "net_sales_cents")


def customer_flows(
    orders: Any, *, calendar: FiscalCalendar, months: Sequence[str], earlier: Sequence[str]
) -> pd.DataFrame:
    """How many customers were kept, won, won back and lost from the earlier to the later months, and what did they buy?

    Ibis table of order lines to frame: dimension (total, then each that has more than one member), member, status (kept
    bought in both; new first bought in the later months, regained bought before the earlier ones too, lost only in the
    earlier), customers [count], orders_earlier, orders_later [counts], quantity_…, net_sales_cents_… [cents]. Within a
    member a customer is one of its own: who only moved from one channel to another is lost here and new there.
    """
    import ibis

    lines = dated(orders, calendar)
    start = min((calendar.bounds(month)[0] for month in earlier), default=dt.date.max)
    sided = lines.mutate(
        later=lines.month.isin(list(months)), earlier=lines.month.isin(list(earlier)), older=lines.order_date < start
    )
    frames = []
    for dimension in ("total", *DIMENSIONS):
        member = ibis.literal("total") if dimension == "total" else sided[dimension].cast("string")
        flows = _flows(sided.mutate(member=member))
        columns = ["member", "status", "customers", *(f"{a}_{s}" for a in _AMOUNTS for s in ("earlier", "later"))]
        frame = collect(flows, columns=columns, by=["member", "status"])
        frame.insert(0, "dimension", dimension)
        frames += [frame] if dimension == "total" or frame["member"].nunique() > 1 else []
    return pd.concat(frames, ignore_index=True)


def _flows(lines: Any) -> Any:
    """Per member and status, the sums over customers of what each bought in either window."""
    import ibis

    bought = {f"{a}_{s}": _of(a, lines, lines[s]) for a in _AMOUNTS for s in ("earlier", "later")}
    seen = {s: lines[s].cast("int64").max() for s in ("earlier", "later", "older")}
    each = lines.group_by("member", "customer_id").aggregate(**bought, **seen)
    each = each.filter((each.earlier == 1) | (each.later == 1))
    status = ibis.cases(
        ((each.earlier == 1) & (each.later == 1), "kept"),
        (each.earlier == 1, "lost"),
        (each.older == 1, "regained"),
        else_="new",
    )
    each = each.mutate(status=status)
    sums = {name: each[name].sum() for name in bought}
    return each.group_by("member", "status").aggregate(customers=each.count(), **sums)


def _of(amount: str, lines: Any, inside: Any) -> Any:
    import ibis

    if amount == "orders":
        return lines.order_id.nunique(where=inside & sells(lines))
    if amount == "quantity":
        return exact(ibis.ifelse(inside, lines.quantity, 0))
    return in_cents(ibis.ifelse(inside, lines.net_sales, 0))


def product_sides(
    orders: Any, *, calendar: FiscalCalendar, months: Sequence[str], earlier: Sequence[str]
) -> pd.DataFrame:
    """What was sold of each product in the earlier and in the later months, to customers of both or of one of them?

    Ibis table of order lines to frame: part (0 to 19: every customer is in one, so that what single customers do by
    chance can be told), side (earlier, later), status (kept: the customer bought on both sides; new, lost: on one),
    kind (sale, return: taken back or called off, fee), product_id, product, channel, quantity, net_sales_cents [cents].
    """
    import ibis

    lines = dated(orders, calendar)
    later = lines.month.isin(list(months))
    lines = lines.filter(later | lines.month.isin(list(earlier)))
    lines = lines.mutate(side=ibis.ifelse(lines.month.isin(list(months)), "later", "earlier"), kind=_kind(lines))
    customers = lines.group_by("customer_id").aggregate(sides=lines.side.nunique())
    lines = in_parts(lines.inner_join(customers, "customer_id"), parts=_PARTS)
    one = ibis.ifelse(lines.side == "later", "new", "lost")
    lines = lines.mutate(status=ibis.ifelse(lines.sides == 2, "kept", one))
    keys = ["part", "side", "status", "kind", "product_id", "product", "channel"]
    sums = lines.group_by(*keys).aggregate(quantity=exact(lines.quantity), net_sales_cents=in_cents(lines.net_sales))
    return collect(sums, columns=[*keys, "quantity", "net_sales_cents"], by=keys)


def quarter_ends(orders: Any, *, calendar: FiscalCalendar, days: int = 15) -> pd.DataFrame:
    """How much of each quarter's sales fell into its last days, and how much came back?

    Ibis table of order lines to frame: quarter, product, region, customer_group, channel, sold_cents (all but what was
    taken back), closing_cents (of it in the last ``days`` days), returned_cents [cents].
    """
    import ibis

    lines = dated(orders, calendar)
    seen = lines.select("quarter").distinct().order_by("quarter").execute()["quarter"].tolist()
    ends, step = seen or ["2000Q1"], dt.timedelta(days=days)
    lasts = [calendar.bounds(quarter)[1] for quarter in ends]
    table = ibis.memtable(pd.DataFrame({"ending": ends, "after": [pd.Timestamp(d) - step for d in lasts]}))
    lines = lines.mutate(kind=_kind(lines)).inner_join(table, lines.quarter == table.ending)
    sold = lines.kind != "return"
    parts = {
        "sold": sold,
        "closing": sold & (lines.order_date > lines.after.cast("date")),
        "returned": ~sold,
    }
    sums = {f"{name}_cents": in_cents(ibis.ifelse(inside, lines.net_sales, 0)) for name, inside in parts.items()}
    keys = ["quarter", *DIMENSIONS]
    return collect(lines.group_by(*keys).aggregate(**sums), columns=[*keys, *sums], by=keys)


def _kind(lines: Any) -> Any:
    import ibis

    told = lines.order_type.fill_null("").lower()
    back = (lines.quantity < 0) | told.isin(["return", "cancellation"])
    return ibis.cases((told == "fee", "fee"), (back.fill_null(False), "return"), else_="sale")
