"""What other sources say of next year: the market's size, the margin, what the team can sell."""

from __future__ import annotations

__all__ = ["gross_margin", "last_year_sales", "team_capacity", "whole_market"]

import datetime as dt

import pandas as pd

from salesplan.periods import FiscalCalendar


def last_year_sales(cube: pd.DataFrame, *, calendar: FiscalCalendar, year: str) -> float:
    """Net sales [currency] of the fiscal year before ``year``, in as many weeks as ``year`` has; NaN where the books do
    not hold the whole of it.
    """
    months = calendar.months(calendar.shift(year, -1))
    if cube.empty or str(cube["period"].min()) > months[0]:
        return float("nan")
    sold = float(cube.loc[cube["period"].isin(months), "net_sales_cents"].sum()) / 100
    return sold * calendar.weeks(calendar.months(year)) / calendar.weeks(months)


def gross_margin(cube: pd.DataFrame, *, months: list[str]) -> float:
    """The gross margin [share 0-1] of the cells whose cost is known in ``months``; NaN where none is."""
    rows = cube[cube["period"].isin(months)].dropna(subset=["cost_cents"])
    sales = float(rows["net_sales_cents"].sum())
    return 1 - float(rows["cost_cents"].sum()) / sales if sales > 0 else float("nan")


def whole_market(market: pd.DataFrame | None, *, calendar: FiscalCalendar, before: str) -> pd.Series:
    """The whole market's size [currency] of the latest fiscal years in a row before ``before``, oldest first.

    market: ``facts.market_years``, or None. Empty where the whole market is not known.
    """
    if market is None:
        return pd.Series(dtype="float64")
    rows = market[(market["dimension"] == "total") & (market["year"] < before)].sort_values("year")
    gaps = rows["year"].shift(1) != rows["year"].map(lambda year: calendar.shift(year, -1))
    latest = rows[gaps.cumsum() == gaps.sum()]
    return latest.set_index("year")["market_size_cents"].astype("float64") / 100


def team_capacity(
    reps: pd.DataFrame, *, team: pd.DataFrame, months: list[str], until: dt.date
) -> tuple[pd.Series, int]:
    """What one representative sold in the year [currency, those who sold in all months], and how many remain [count].

    reps: rep_id, period, net_sales_cents. team: rep_id and, where it has them, hired and left.
    """
    rows = reps[reps["period"].isin(months)]
    by_rep = rows.groupby("rep_id", sort=True).agg(sales=("net_sales_cents", "sum"), active=("period", "nunique"))
    day = pd.Timestamp(until)
    gone = set(team.loc[team["left"] <= day, "rep_id"]) if "left" in team else set()
    late = set(team.loc[team["hired"] > day, "rep_id"]) if "hired" in team else set()
    selling = set(by_rep.index[by_rep["sales"] > 0])
    heads = len({rep for rep in team["rep_id"] if rep in selling and rep not in gone | late})
    return by_rep.loc[by_rep["active"] == len(months), "sales"] / 100, heads
