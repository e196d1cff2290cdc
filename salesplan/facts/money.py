"""What fell due, what was paid and what is still open."""

from __future__ import annotations

__all__ = ["collections_by_month", "due_payments"]

import pandas as pd

from salesplan.periods import FiscalCalendar


def collections_by_month(
    payments: pd.DataFrame, receivables: pd.DataFrame, *, calendar: FiscalCalendar
) -> pd.DataFrame:
    """What fell due, was invoiced and was collected in each month, and what was open at its end?

    Frames payments (payment_date, amount_cents) and receivables (invoice_date, due_date, amount_cents) to frame:
    period (month), due_cents, invoiced_cents, collected_cents, receivable_cents (invoiced − collected so far) [cents].
    Months run from the first to the last invoice or payment; what falls due later is left out.
    """
    flows = {
        "due_cents": _by_month(receivables, "due_date", calendar),
        "invoiced_cents": _by_month(receivables, "invoice_date", calendar),
        "collected_cents": _by_month(payments, "payment_date", calendar),
    }
    seen = [*flows["invoiced_cents"].index, *flows["collected_cents"].index]
    months = calendar.span(min(seen), max(seen)) if seen else []
    frame = pd.DataFrame({name: flow.reindex(months, fill_value=0) for name, flow in flows.items()}, index=months)
    frame["receivable_cents"] = (frame["invoiced_cents"] - frame["collected_cents"]).cumsum()
    return frame.astype("int64").rename_axis("period").reset_index()


def due_payments(payments: pd.DataFrame, receivables: pd.DataFrame, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """Of what fell due in each month, how much was paid in which month?

    Frames payments (invoice_id, payment_date, amount_cents) and receivables (invoice_id, due_date, amount_cents) to
    frame: due_period, paid_period (months), paid_cents [cents]. Payments beyond an invoice's amount do not count.
    Empty where payments name no invoices.
    """
    columns = ["due_period", "paid_period", "paid_cents"]
    if "invoice_id" not in payments or payments["invoice_id"].isna().all():
        return pd.DataFrame({"due_period": [], "paid_period": [], "paid_cents": []}).astype({"paid_cents": "int64"})
    bills = receivables.groupby("invoice_id").agg(due_date=("due_date", "max"), owed=("amount_cents", "sum"))
    paid = payments.sort_values(["invoice_id", "payment_date", "amount_cents"], kind="stable").merge(
        bills.reset_index(), on="invoice_id"
    )
    so_far = paid.groupby("invoice_id")["amount_cents"].cumsum()
    capped = so_far.clip(upper=paid["owed"])
    paid["paid_cents"] = capped - capped.groupby(paid["invoice_id"]).shift(fill_value=0)
    paid["due_period"] = _labels(paid["due_date"], calendar)
    paid["paid_period"] = _labels(paid["payment_date"], calendar)
    return paid.groupby(columns[:2], as_index=False).agg(paid_cents=("paid_cents", "sum"))


def _labels(days: pd.Series, calendar: FiscalCalendar) -> pd.Series:
    if days.empty:
        return days.astype("object")
    table = calendar.day_table(days.min().date(), days.max().date()).set_index("date")["month"]
    return days.dt.normalize().map(table)


def _by_month(frame: pd.DataFrame, column: str, calendar: FiscalCalendar) -> pd.Series:
    known = frame[frame[column].notna()]
    return known["amount_cents"].groupby(_labels(known[column], calendar)).sum()
