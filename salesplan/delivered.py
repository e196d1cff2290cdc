"""Targets as they were delivered: which of them hold, of which period, and what they ask of a year."""

from __future__ import annotations

__all__ = ["current", "goals", "others", "without_years"]

from collections.abc import Collection
from typing import Any

import pandas as pd

from salesplan.periods import FiscalCalendar, level_of, tiling
from salesplan.scopes import added_up
from salesplan.stats import round_to_total

KEYS = ["dimension", "member"]
_LEVELS = ("year", "quarter", "month")
_COLUMNS = [*KEYS, "period", "target_cents"]


def current(targets: pd.DataFrame | None, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """Which targets of net sales hold: one a dimension, member and period, the latest set?

    targets: the source (period or start and end, dimension, member, target_cents), or None. Frame: dimension, member,
    period, start, end, target_cents, odd: whether its days fit no fiscal period; then ``period`` is the month, quarter
    or year of about that length that holds the middle day.
    """
    columns = [*_COLUMNS[:3], "start", "end", "target_cents", "odd"]
    if targets is None or targets.empty:
        return pd.DataFrame({c: pd.Series(dtype="object") for c in columns}).astype(
            {"start": "datetime64[ns]", "end": "datetime64[ns]", "target_cents": "int64", "odd": "bool"}
        )
    rows = targets.reindex(columns=[*KEYS, "period", "start", "end", "metric", "target_cents", "set_on"])
    rows = rows[rows["metric"].isna() | (rows["metric"] == "net_sales")]
    rows = rows.assign(dimension=rows["dimension"].fillna("total"))
    rows["member"] = rows["member"].where(rows["dimension"] != "total", "total")
    for day in ("start", "end", "set_on"):
        rows[day] = pd.to_datetime(rows[day])
    fitted = [_fitting(p, s, e, calendar) for p, s, e in zip(rows["period"], rows["start"], rows["end"], strict=True)]
    rows = rows.assign(odd=[odd for _, odd in fitted])
    rows["period"] = pd.Series([period for period, _ in fitted], index=rows.index, dtype="object")
    rows = rows[rows["period"].notna()]
    rows[["start", "end"]] = rows[["start", "end"]].where(rows["odd"])
    order = [*KEYS, "period", "start", "end", "set_on", "target_cents"]
    ordered = rows.sort_values(order, kind="stable", na_position="first")
    last = ordered.drop_duplicates([*KEYS, "period", "start", "end"], keep="last")
    return last.astype({"target_cents": "int64", "odd": "bool"})[columns].reset_index(drop=True)


def _fitting(period: Any, start: Any, end: Any, calendar: FiscalCalendar) -> tuple[str | None, bool]:
    """The fiscal period of a target, and whether its own days are others."""
    if isinstance(period, str) and period:
        return period, False
    if pd.isna(start) or pd.isna(end):
        return None, False
    labels = (calendar.period_of(start.date(), level) for level in _LEVELS)
    exact = next((label for label in labels if calendar.bounds(label) == (start.date(), end.date())), None)
    if exact:
        return exact, False
    days = (end - start).days + 1
    level = "month" if days < 60 else "quarter" if days < 200 else "year"
    return calendar.period_of((start + (end - start) / 2).date(), level), True


def goals(targets: pd.DataFrame | None, cube: pd.DataFrame, *, calendar: FiscalCalendar, year: str) -> pd.DataFrame:
    """What do the delivered targets ask of a fiscal year, at every level that they name?

    targets: the source, or None. cube: ``facts.monthly_cube``, which says whether targets cover all that is sold.
    Frame: dimension (a dimension, "scope", "rep_id", "total"), member, period, target_cents; of each member the
    shortest periods, scaled to the longer ones that they make up; members and totals that follow from the others too.
    Targets over days of their own count for the fiscal period that they are about.
    """
    known = current(targets, calendar=calendar)
    known = known[known["period"].map(calendar.year_of) == year]
    rows = known.groupby(_COLUMNS[:3], sort=True)["target_cents"].sum().reset_index()
    if rows.empty:
        return pd.DataFrame(columns=_COLUMNS).astype({"target_cents": "int64"})
    months = {str(label): list(calendar.months(label)) for label in rows["period"].unique()}
    rows = added_up(rows, value="target_cents", cube=cube, months_of=months)
    parts = [_finest(part, calendar=calendar) for _, part in rows.groupby(KEYS, sort=True)]
    return pd.concat(parts, ignore_index=True).astype({"target_cents": "int64"})


def _finest(rows: pd.DataFrame, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """One member's targets without those of longer periods that its own of shorter ones make up."""
    held = dict(zip(rows["period"].astype(str), rows["target_cents"].astype("int64"), strict=True))
    for level in reversed(_LEVELS[:2]):  # quarters before years
        for period in [p for p in held if level_of(p) == level]:
            parts = tiling([p for p in held if p != period], calendar.months(period), calendar=calendar)
            if not parts:
                continue
            amount, own = held.pop(period), [held[p] for p in parts]
            if sum(own):
                held.update(zip(parts, round_to_total(pd.Series(own), amount, keys=parts).tolist(), strict=True))
    return pd.DataFrame({"dimension": rows["dimension"].iloc[0], "member": rows["member"].iloc[0], **_pair(held)})


def _pair(held: dict[str, int]) -> dict[str, list[Any]]:
    return {"period": list(held), "target_cents": list(held.values())}


def without_years(targets: pd.DataFrame, years: Collection[str], *, calendar: FiscalCalendar) -> pd.DataFrame:
    """The source ``targets`` without those of net sales in these fiscal years."""
    rows = targets.reindex(columns=["period", "start", "end", "metric"])
    days = [pd.to_datetime(rows[day]) for day in ("start", "end")]
    fitted = [_fitting(p, s, e, calendar)[0] for p, s, e in zip(rows["period"], *days, strict=True)]
    inside = [p is not None and calendar.year_of(p) in years for p in fitted]
    sales = rows["metric"].isna() | (rows["metric"] == "net_sales")
    return targets[~(sales & pd.Series(inside, index=rows.index, dtype="bool"))]


def others(targets: pd.DataFrame | None, *, year: str) -> dict[str, float]:
    """The company's delivered targets of other measures than net sales for a year: metric to value, the latest set."""
    if targets is None or not {"metric", "period"} <= set(targets.columns):
        return {}
    rows = targets[targets["metric"].notna() & (targets["metric"] != "net_sales") & (targets["period"] == year)]
    rows = rows[rows.reindex(columns=["dimension"])["dimension"].fillna("total") == "total"]
    ordered = rows.reindex(columns=["metric", "target", "set_on"]).sort_values(
        "set_on", kind="stable", na_position="first"
    )
    last = ordered.drop_duplicates("metric", keep="last").sort_values("metric")
    return dict(zip(last["metric"].astype(str), last["target"].astype("float64"), strict=True))
