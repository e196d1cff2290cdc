"""The key figures of the reviewed year, against the same months a year earlier."""

from __future__ import annotations

__all__ = ["kpi_definitions", "kpis", "say_kpis"]

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.review.measures import MEASURES, Inputs, Reading, measure
from salesplan.review.windows import Window, closed_windows, year_before
from salesplan.schemas import COLUMNS
from salesplan.words import Words

UNITS = {
    "net_sales": "money",
    "average_order_value": "money",
    "dso_days": "days",
    "new_customers": "count",
    "satisfaction": "score",
}
_BASIS = {"dso_days": "balance", "satisfaction": "given", "selling_expense_ratio": "period"}
_IN_CENTS = ("net_sales", "average_order_value")
_SOURCES = {
    "collection_rate": ("payments",),
    "dso_days": ("receivables",),
    "market_share": ("market",),
    "selling_expense_ratio": ("expenses",),
    "satisfaction": ("feedback",),
}


def kpis(
    totals: pd.DataFrame,
    active: pd.DataFrame,
    *,
    as_of: str,
    calendar: FiscalCalendar,
    words: Words,
    frames: Mapping[str, pd.DataFrame | None] | None = None,
    churn_months: int = 12,
    collection_rate: str = "due",
    partial: Collection[str] = (),
    levels: Collection[str] = ("year", "quarter"),
    years: int = 1,
) -> pd.DataFrame:
    """How did we do, by every key figure, and against a year earlier?

    Frames of form ``facts.period_totals`` (totals) and ``facts.customer_months`` (active) to review/kpis: the reviewed
    year (its closed months), its closed quarters, and the same quarters so many ``years`` back; at a fourth quarter the
    years before too, as far as orders reach. ``value``, ``prior`` and ``change`` (value − prior) are in ``unit``: money
    [currency units], share [0-1], days, count or score; ``window`` is the months meant. frames: collections
    (``facts.collections_by_month``), due_payments (``facts.due_payments``), receivables, market, expenses, feedback; a
    missing one makes its metrics unavailable, with the reason in the plan's language. partial: months that are not
    whole (``coverage``): growth is read like for like over the others, and nothing is compared with them. Formulas:
    ``kpi_definitions``.
    """
    months = totals[totals["level"] == "month"].set_index("period")
    numbers = months.drop(columns="level").apply(lambda c: c.astype("Float64").astype("float64"))
    choices = (churn_months, collection_rate)
    inputs = Inputs(numbers.sort_index(), active, calendar, dict(frames or {}), choices, frozenset(partial))
    kept = spans = closed_windows(as_of, calendar=calendar, levels=levels)
    for _ in range(years):
        spans = [year_before(w, calendar=calendar) for w in spans if w.level == "quarter" or as_of.endswith("Q4")]
        kept = [*kept, *(w for w in spans if w.months[0] >= inputs.first)]
    rows = [_row(metric, inputs, window=w, words=words) for metric in MEASURES for w in kept]
    table = pd.DataFrame(rows, columns=[*COLUMNS["review/kpis"], "window"])
    return table.astype(dict.fromkeys(("value", "prior", "change"), "float64"))


def kpi_definitions(*, words: Words, churn_months: int = 12, collection_rate: str = "due") -> pd.DataFrame:
    """What does each key figure mean here, and which date counts? Frame of metric, unit, definition (in words)."""
    rows = []
    for metric in MEASURES:
        key = f"review_define_{metric}" + (f"_{collection_rate}" if metric == "collection_rate" else "")
        fills = {"months": words.number(churn_months)} if metric == "churn_rate" else {}
        text = words.text([words.say(key, **fills), words.say(f"review_basis_{_basis(metric, collection_rate)}")])
        rows.append((metric, UNITS.get(metric, "share"), text))
    return pd.DataFrame(rows, columns=["metric", "unit", "definition"])


def _basis(metric: str, collection_rate: str) -> str:
    """By which date a figure's amounts fall into a month."""
    if metric == "collection_rate":
        return "due" if collection_rate == "due" else "cash"
    return _BASIS.get(metric, "order")


def say_kpis(table: pd.DataFrame, *, words: Words) -> Finding:
    """Net sales and their change, and every other figure beside its prior.

    Frame review/kpis to the finding; a metric without a value is a check that cannot tell.
    """
    year = table[(table["level"] == "year") & (table["period"] == _reviewed(table))]
    sales = year[year["metric"] == "net_sales"].iloc[0]
    others = year[year["available"] & ~year["metric"].isin(["net_sales", "growth"])]
    named = [_named(row, words) for _, row in others.iterrows()]
    parts = [_say_sales(sales, year, words)]
    parts += [words.say("review_kpi_list", list=words.join(named))] if named else []
    lacking = year[~year["available"]]
    checks = [
        Check(metric, None, words.say("review_kpi_missing", metric=words.term(metric), reason=reason))
        for metric, reason in zip(lacking["metric"], lacking["reason"], strict=True)
    ]
    used = [s for metric in others["metric"] for s in _SOURCES.get(metric, ())]
    return Finding(
        "review/kpis", words.text(parts), "review/kpis", tuple(checks), tuple(dict.fromkeys(["orders", *used]))
    )


def _reviewed(table: pd.DataFrame) -> str:
    return str(table.loc[table["level"] == "year", "period"].max())


def _row(metric: str, inputs: Inputs, *, window: Window, words: Words) -> dict[str, Any]:
    now = measure(metric, inputs, window=window)
    before = measure(metric, inputs, window=year_before(window, calendar=inputs.calendar), whole=True)
    known = bool(np.isfinite(now.value))
    value, prior = (_in_units(metric, reading.value) for reading in (now, before))
    reason = _reason(metric, now, words=words) if now.reason else ""
    if inputs.partial & set(window.months):
        prior = np.nan
        reason = reason or words.say("review_window_partial")
    elif known and not reason and not np.isfinite(prior):
        part = window.months[0] < inputs.first
        reason = words.say("review_part", first=inputs.first) if part else words.say("review_prior_missing")
    return {
        "metric": metric,
        "period": window.period,
        "level": window.level,
        "value": value,
        "unit": UNITS.get(metric, "share"),
        "prior": prior,
        "change": _change(metric, value=value, prior=prior),
        "available": known,
        "reason": reason,
        "window": window.span,
    }


def _in_units(metric: str, value: float) -> float:
    if metric not in _IN_CENTS or not np.isfinite(value):
        return value
    return float(stats.units(round(value)))


def _change(metric: str, *, value: float, prior: float) -> float:
    if not (np.isfinite(value) and np.isfinite(prior)):
        return np.nan
    if metric in _IN_CENTS:
        return float(stats.units(stats.cents(value) - stats.cents(prior)))
    return value - prior


def _reason(metric: str, reading: Reading, *, words: Words) -> str:
    if reading.reason == "not_supplied":
        source = words.term(f"source_{reading.about}")
        return words.say("not_supplied", source=source, gives=words.term(metric))
    if reading.reason == "review_no_history":
        return words.say(reading.reason, first=reading.about)
    if reading.reason == "review_like":
        return words.say(reading.reason, window=reading.about)
    if reading.reason == "review_weeks":
        weeks, then = reading.about.split("/")
        return words.say(reading.reason, weeks=weeks, then=then)
    if reading.reason == "review_not_covered":
        return words.say(reading.reason, source=words.term(f"source_{reading.about}"))
    return words.say(reading.reason)


def _say_sales(sales: pd.Series, year: pd.DataFrame, words: Words) -> str:
    about = {"period": sales["period"], "window": sales["window"], "sales": words.money(sales["value"])}
    growth = year[year["metric"] == "growth"].iloc[0]
    if not np.isfinite(growth["value"]):
        return words.say("review_kpis_alone", **about)
    change = words.share(growth["value"], signed=True)
    if not np.isfinite(sales["change"]):
        return words.say("review_kpis_like", **about, change=change, reason=growth["reason"])
    return words.text([words.say("review_kpis", **about, change=change), growth["reason"]])


def _named(row: pd.Series, words: Words) -> str:
    value, prior = (_shown(row[c], row["unit"], words) for c in ("value", "prior"))
    name = words.term(row["metric"])
    if not np.isfinite(row["prior"]):
        return words.say("review_kpi_alone", metric=name, value=value)
    return words.say("review_kpi_moved", metric=name, value=value, prior=prior)


def _shown(value: float, unit: str, words: Words) -> str:
    if unit == "money":
        return words.money(value)
    if unit == "share":
        return words.share(value)
    return words.number(value, digits=0 if unit == "count" else 1)
