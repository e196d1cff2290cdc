"""What other sources say of next year: the market's size, the margin, what the team can sell."""

from __future__ import annotations

__all__ = ["gross_margin", "last_year_sales", "market_years", "team_capacity"]

import datetime as dt

import pandas as pd

from salesplan.periods import FiscalCalendar


def last_year_sales(cube: pd.DataFrame, *, calendar: FiscalCalendar, year: str) -> float:
    """Net sales [currency] of the fiscal year before ``year``; 0 where there are none."""
    months = calendar.months(calendar.shift(year, -1))
    return float(cube.loc[cube["period"].isin(months), "net_sales_cents"].sum()) / 100


def gross_margin(cube: pd.DataFrame, *, months: list[str]) -> float:
    """The gross margin [share 0-1] of the cells whose cost is known in ``months``; NaN where none is."""
    rows = cube[cube["period"].isin(months)].dropna(subset=["cost_cents"])
    sales = float(rows["net_sales_cents"].sum())
    return 1 - float(rows["cost_cents"].sum()) / sales if sales > 0 else float("nan")


def market_years(market: pd.DataFrame, *, calendar: FiscalCalendar, before: str) -> pd.Series:
    """The whole market's size [currency] of each year before ``before`` that is fully covered, oldest first.

    market: period (year, quarter or month), dimension and member (total where missing), market_size_cents. Without
    rows of the total the members of the first dimension that has any are summed.
    """
    rows = market.assign(dimension=market["dimension"].fillna("total") if "dimension" in market else "total")
    known = set(rows["dimension"])
    level = next((d for d in ("total", "product", "region", "customer_group", "channel") if d in known), "total")
    rows = rows[rows["dimension"] == level]
    rows = rows.assign(year=[calendar.year_of(str(period)) for period in rows["period"]])
    sums = (
        rows[rows["year"].astype("str") < before].groupby("year", sort=True)["market_size_cents"].agg(["sum", "size"])
    )
    return sums.loc[sums["size"] == sums["size"].max(), "sum"] / 100


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
