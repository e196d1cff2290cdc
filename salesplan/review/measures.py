"""How each key figure is computed over some months, and why it cannot be where it cannot."""

from __future__ import annotations

__all__ = ["MEASURES", "Inputs", "Reading", "measure"]

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from salesplan.periods import FiscalCalendar, tiling
from salesplan.review.windows import Window

_YEAR = 12


class Reading(NamedTuple):
    """A value, or why there is none: a phrase of the glossary, with the source or first month it speaks of."""

    value: float
    reason: str = ""
    about: str = ""


@dataclass(frozen=True)
class Inputs:
    """What key figures are computed from.

    months: one row per month (period as index) of ``facts.period_totals``. active: customer -> months with an order,
    as ``facts.customer_months``. frames: the optional sources by name. choices: churn_months and collection_rate.
    partial: the months of the history of which some days are missing.
    """

    months: pd.DataFrame
    active: pd.DataFrame
    calendar: FiscalCalendar
    frames: dict[str, pd.DataFrame | None] = field(default_factory=dict)
    choices: tuple[int, str] = (_YEAR, "due")
    partial: frozenset[str] = frozenset()

    @property
    def first(self) -> str:
        """The first month whose order lines are whole; missing labels sort behind."""
        return min(set(self.months.index) - self.partial, default="9999-12")

    def whole(self, months: Sequence[str]) -> bool:
        """Whether all of these months lie in the history, each with all of its days."""
        return min(months) >= self.first and not self.partial & set(months)

    def total(self, column: str, months: Sequence[str]) -> float:
        """The sum of a column over months; NaN where no month has it."""
        return float(self.months[column].reindex(list(months)).sum(min_count=1))


def measure(metric: str, inputs: Inputs, *, window: Window, whole: bool = False) -> Reading:
    """The value of one metric in one window, or why there is none.

    Months before the first order line count as none sold, unless ``whole``: then the window must lie in the history.
    """
    if not inputs.whole(window.months) if whole else window.months[-1] < str(inputs.months.index.min()):
        return Reading(np.nan, "review_no_history", inputs.first)
    return MEASURES[metric](inputs, window)


def _ratio(above: float, below: float) -> Reading:
    if not (np.isfinite(above) and np.isfinite(below)) or below <= 0:
        return Reading(np.nan, "review_nothing_to_divide")
    return Reading(above / below)


def _sum(column: str) -> Callable[[Inputs, Window], Reading]:
    def summed(inputs: Inputs, window: Window) -> Reading:
        total = inputs.total(column, window.months)
        return Reading(0.0 if np.isnan(total) else total)

    return summed


def _growth(inputs: Inputs, window: Window) -> Reading:
    """Like for like: over the months that are whole in both years."""
    like = [both for both in zip(window.months, window.earlier, strict=True) if inputs.whole(both)]
    if not like:
        return Reading(np.nan, "review_no_history", inputs.first)
    sales, before = (inputs.total("net_sales_cents", months) for months in zip(*like, strict=True))
    grown = _ratio(sales, before)
    if not np.isfinite(grown.value):
        return grown
    weeks, then = (inputs.calendar.weeks(months) for months in zip(*like, strict=True))
    some = {} if weeks == then else {"reason": "review_weeks", "about": f"{weeks:.0f}/{then:.0f}"}
    if len(like) < len(window.months):
        some = {"reason": "review_like", "about": f"{like[0][0]}/{like[-1][0]}"}
    return grown._replace(value=grown.value * then / weeks - 1, **some)


def _gross_margin(inputs: Inputs, window: Window) -> Reading:
    cost, costed = (inputs.total(c, window.months) for c in ("cost_cents", "costed_sales_cents"))
    if np.isnan(cost):
        return Reading(np.nan, "review_no_column")
    return _ratio(costed - cost, costed)


def _new_customers(inputs: Inputs, window: Window) -> Reading:
    """Every customer is new when the books begin: a year of orders must lie before the window."""
    if inputs.calendar.shift(window.months[0], -_YEAR) < inputs.first:
        return Reading(np.nan, "review_no_history", inputs.first)
    return _sum("new_customers")(inputs, window)


def _average_order_value(inputs: Inputs, window: Window) -> Reading:
    return _ratio(*(inputs.total(c, window.months) for c in ("sold_cents", "orders")))


def _churn_rate(inputs: Inputs, window: Window) -> Reading:
    months, last = inputs.choices[0], window.months[-1]
    recent = {inputs.calendar.shift(last, -step) for step in range(months)}
    before = {inputs.calendar.shift(month, -months) for month in recent}
    if min(before) < inputs.first:
        return Reading(np.nan, "review_no_history", inputs.first)
    had = set(inputs.active.loc[inputs.active["period"].isin(before), "customer_id"])
    kept = had & set(inputs.active.loc[inputs.active["period"].isin(recent), "customer_id"])
    return _ratio(float(len(had) - len(kept)), float(len(had)))


def _collection_rate(inputs: Inputs, window: Window) -> Reading:
    ledger, months, rule = _ledger(inputs, window), list(window.months), inputs.choices[1]
    if isinstance(ledger, Reading):
        return ledger
    flows = ledger.reindex(months).sum(min_count=1)
    if rule == "sales":
        return _ratio(flows["collected_cents"], flows["invoiced_cents"])
    if rule == "opening":
        before = _balance(inputs, inputs.calendar.shift(months[0], -1))
        if before.reason:
            return before
        return _ratio(flows["collected_cents"], before.value + flows["invoiced_cents"])
    paid = inputs.frames.get("due_payments")
    if paid is None or paid.empty or np.isnan(flows["due_cents"]):
        return Reading(np.nan, "review_no_invoices")
    in_time = paid["due_period"].isin(months) & (paid["paid_period"] <= months[-1])
    return _ratio(float(paid.loc[in_time, "paid_cents"].sum()), flows["due_cents"])


def _dso_days(inputs: Inputs, window: Window) -> Reading:
    owed, months = _balance(inputs, window.months[-1]), list(window.months)
    if owed.reason:
        return owed
    ledger = _ledger(inputs, window)
    billed = inputs.total("net_sales_cents", months)
    if not isinstance(ledger, Reading):
        billed = float(ledger["invoiced_cents"].reindex(months).sum())
    start, end = (inputs.calendar.bounds(window.months[at])[at] for at in (0, -1))
    turned = _ratio(owed.value, billed)
    return turned._replace(value=turned.value * ((end - start).days + 1))


def _balance(inputs: Inputs, month: str) -> Reading:
    """What customers owed [cents] at the end of a month."""
    frame = inputs.frames.get("receivables")
    if frame is None:
        return Reading(np.nan, "not_supplied", "receivables")
    at = frame.loc[frame["as_of"] == pd.Timestamp(inputs.calendar.bounds(month)[1]), "open_amount_cents"]
    return Reading(np.nan, "review_not_covered", "receivables") if at.empty else Reading(float(at.sum()))


def _ledger(inputs: Inputs, window: Window) -> pd.DataFrame | Reading:
    frame = inputs.frames.get("collections")
    if frame is None:
        return Reading(np.nan, "not_supplied", "payments")
    ledger = frame.set_index("period").astype("float64")
    if ledger.empty or window.months[0] < ledger.index.min() or window.months[-1] > ledger.index.max():
        return Reading(np.nan, "review_not_covered", "payments")
    return ledger


def _market_share(inputs: Inputs, window: Window) -> Reading:
    frame = inputs.frames.get("market")
    if frame is None:
        return Reading(np.nan, "not_supplied", "market")
    size = _tiled(frame[frame["dimension"] == "total"], "market_size_cents", inputs=inputs, window=window)
    if np.isnan(size):
        return Reading(np.nan, "review_not_covered", "market")
    return _ratio(inputs.total("net_sales_cents", window.months), size)


def _selling_expense_ratio(inputs: Inputs, window: Window) -> Reading:
    frame = inputs.frames.get("expenses")
    if frame is None:
        return Reading(np.nan, "not_supplied", "expenses")
    spent = _tiled(frame, "amount_cents", inputs=inputs, window=window)
    if np.isnan(spent):
        return Reading(np.nan, "review_not_covered", "expenses")
    return _ratio(spent, inputs.total("net_sales_cents", window.months))


def _satisfaction(inputs: Inputs, window: Window) -> Reading:
    frame = inputs.frames.get("feedback")
    if frame is None:
        return Reading(np.nan, "not_supplied", "feedback")
    start, end = (pd.Timestamp(inputs.calendar.bounds(window.months[at])[at]) for at in (0, -1))
    scores = frame.loc[frame["date"].between(start, end + pd.Timedelta("1D"), inclusive="left"), "score"].dropna()
    if scores.empty:
        return Reading(np.nan, "review_not_covered", "feedback")
    return Reading(float(scores.astype("float64").mean()))


def _tiled(frame: pd.DataFrame, column: str, *, inputs: Inputs, window: Window) -> float:
    """The sum over the rows whose periods cover the window exactly, on one level; NaN where none do."""
    periods = frame["period"].astype(str)
    tiles = tiling(set(periods), window.months, calendar=inputs.calendar)
    return float(frame.loc[periods.isin(tiles), column].sum()) if tiles else np.nan


MEASURES: dict[str, Callable[[Inputs, Window], Reading]] = {
    "net_sales": _sum("net_sales_cents"),
    "growth": _growth,
    "gross_margin": _gross_margin,
    "collection_rate": _collection_rate,
    "dso_days": _dso_days,
    "market_share": _market_share,
    "new_customers": _new_customers,
    "churn_rate": _churn_rate,
    "average_order_value": _average_order_value,
    "selling_expense_ratio": _selling_expense_ratio,
    "satisfaction": _satisfaction,
}
