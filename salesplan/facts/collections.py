"""What was invoiced, fell due and was paid."""

from __future__ import annotations

__all__ = ["collections_by_month", "due_by_month", "due_payments", "paid_in_time"]

from typing import Any

import pandas as pd

from salesplan.config import DIMENSIONS
from salesplan.facts.lines import collect, dated, in_cents
from salesplan.periods import FiscalCalendar


def collections_by_month(orders: Any, payments: pd.DataFrame, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """What was invoiced, fell due and was collected in each month?

    Ibis table of order lines (invoice_date, due_date where known) and frame payments (payment_date, amount_cents) to
    frame: period (month), invoiced_cents, due_cents (missing everywhere where no line has a due date),
    collected_cents [cents]. Where no line has an invoice date, lines count as invoiced on the day of the order; where
    some have one, the others were paid at once and do not count. Months run from the first to the last invoice or
    payment; what falls due later is left out.
    """
    known = orders.aggregate(invoiced=orders.invoice_date.count(), due=orders.due_date.count()).execute().iloc[0]
    flows = {
        "invoiced_cents": _by_month(orders, "invoice_date" if known["invoiced"] else "order_date", calendar),
        "due_cents": _by_month(orders, "due_date", calendar),
        "collected_cents": payments["amount_cents"].groupby(_labels(payments["payment_date"], calendar)).sum(),
    }
    seen = [*flows["invoiced_cents"].index, *flows["collected_cents"].index]
    months = calendar.span(min(seen), max(seen)) if seen else []
    frame = pd.DataFrame({name: flow.reindex(months, fill_value=0) for name, flow in flows.items()}, index=months)
    frame = frame.astype("Int64")
    if not known["due"]:
        frame["due_cents"] = pd.array([pd.NA] * len(frame), dtype="Int64")
    return frame.rename_axis("period").reset_index()


def due_by_month(orders: Any, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """What falls due in each month, the months ahead included?

    Ibis table of order lines (due_date) to frame: due_period (month), due_cents [cents]; empty without due dates.
    """
    return _by_month(orders, "due_date", calendar).rename_axis("due_period").rename("due_cents").reset_index()


def due_payments(orders: Any, payments: pd.DataFrame, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """Of what fell due in each month, how much was paid in which month?

    Ibis table of order lines (order_id, due_date) and frame payments (order_id, payment_date, amount_cents) to frame:
    due_period, paid_period (months), paid_cents [cents]. Payments beyond an order's amount do not count. Empty where
    payments name no orders.
    """
    columns = ["due_period", "paid_period", "paid_cents"]
    named = payments[payments["order_id"].notna()]
    if named.empty:
        return pd.DataFrame({"due_period": [], "paid_period": [], "paid_cents": []}).astype({"paid_cents": "int64"})
    paid = _paid(orders, named, calendar=calendar)
    return paid.groupby(columns[:2], as_index=False).agg(paid_cents=("paid_cents", "sum"))


def paid_in_time(orders: Any, payments: pd.DataFrame, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """Of what fell due in each month, how much of which part of the business was paid by the end of that month?

    Ibis table of order lines (order_id, due_date) and frame payments (order_id, payment_date, amount_cents) to frame:
    period (month of the due date), product, region, customer_group, channel, due_cents, paid_cents [cents]; what was
    paid of an order is shared over its lines by their amounts. Empty where payments name no orders.
    """
    import ibis

    columns = ["period", *DIMENSIONS, "due_cents", "paid_cents"]
    named = payments[payments["order_id"].notna()]
    if named.empty or (paid := _paid(orders, named, calendar=calendar)).empty:
        return pd.DataFrame({c: [] for c in columns})
    paid = paid[paid["paid_period"] <= paid["due_period"]]
    shares = (paid.groupby("order_id")["paid_cents"].sum() / paid.groupby("order_id")["owed"].first()).rename("share")
    kept = ibis.memtable(shares.reset_index().astype({"order_id": "str"}))
    lines = dated(orders.filter(orders.due_date.notnull()).drop("order_date").rename(order_date="due_date"), calendar)
    lines = lines.left_join(kept, "order_id").rename(period="month")
    lines = lines.mutate(paid=lines.net_sales.cast("float64") * lines.share.fill_null(0.0))
    sums = lines.group_by("period", *DIMENSIONS).aggregate(
        due_cents=in_cents(lines.net_sales), paid_cents=(lines.paid.sum() * 100).round().cast("int64")
    )
    return collect(sums, columns=columns, by=["period", *DIMENSIONS])


def _paid(orders: Any, payments: pd.DataFrame, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """Each payment of an order: what of it counts (up to the order's amount), when it came and when it was due."""
    paid = payments.merge(_owed(orders, payments), on="order_id")
    paid = paid.sort_values(["order_id", "payment_date", "amount_cents"], kind="stable")
    so_far = paid.groupby("order_id")["amount_cents"].cumsum()
    capped = so_far.clip(upper=paid["owed"])
    paid["paid_cents"] = capped - capped.groupby(paid["order_id"]).shift(fill_value=0)
    paid["due_period"] = _labels(paid["due_date"], calendar)
    paid["paid_period"] = _labels(paid["payment_date"], calendar)
    return paid


def _owed(orders: Any, payments: pd.DataFrame) -> pd.DataFrame:
    """What each order that a payment names was to bring, and when it was due."""
    import ibis

    named = ibis.memtable(payments[["order_id"]].drop_duplicates().astype({"order_id": "str"}))
    lines = orders.filter(orders.due_date.notnull()).semi_join(named, "order_id")
    owed = lines.group_by("order_id").aggregate(due_date=lines.due_date.max(), owed=in_cents(lines.net_sales))
    return collect(owed, columns=["order_id", "due_date", "owed"], by=["order_id"])


def _by_month(orders: Any, column: str, calendar: FiscalCalendar) -> pd.Series:
    """Net sales [cents] by the fiscal month of one of the dates."""
    lines = orders.filter(orders[column].notnull())
    lines = lines.drop("order_date").rename(order_date=column) if column != "order_date" else lines
    lines = dated(lines, calendar)
    sums = lines.group_by("month").aggregate(cents=in_cents(lines.net_sales))
    return collect(sums, columns=["month", "cents"], by=["month"]).set_index("month")["cents"]


def _labels(days: pd.Series, calendar: FiscalCalendar) -> pd.Series:
    if days.empty:
        return days.astype("object")
    table = calendar.day_table(days.min().date(), days.max().date()).set_index("date")["month"]
    return days.dt.normalize().map(table)
