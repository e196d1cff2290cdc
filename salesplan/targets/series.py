"""The monthly series that targets are forecast and split by."""

from __future__ import annotations

__all__ = ["evened", "history", "holidays", "moving"]

import datetime as dt

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS
from salesplan.periods import FiscalCalendar


def evened(cube: pd.DataFrame, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """The cube with net sales as they would be if no month had a 53rd week."""
    longer = {month: calendar.longer(month) for month in cube["period"].unique()}
    if all(factor == 1 for factor in longer.values()):
        return cube
    return cube.assign(net_sales_cents=cube["net_sales_cents"] / cube["period"].map(longer))


def history(cube: pd.DataFrame, *, calendar: FiscalCalendar, as_of: str) -> pd.DataFrame:
    """Net sales [cents, float] by month (rows, no gaps) of the total and of each member of each dimension (columns)."""
    last = calendar.months(as_of)[-1]
    rows = cube[cube["period"] <= last]
    if rows.empty:  # the books begin later: the company is there, and sold nothing yet
        members = [(d, str(m)) for d in DIMENSIONS for m in sorted(cube[d].unique())]
        return pd.DataFrame(0.0, index=[last], columns=pd.MultiIndex.from_tuples([("total", "total"), *members]))
    months = calendar.span(rows["period"].min(), last) if len(rows) else [last]
    wide = {("total", "total"): rows.groupby("period")["net_sales_cents"].sum()}
    for dimension in DIMENSIONS:
        by_member = rows.groupby([dimension, "period"])["net_sales_cents"].sum()
        for member in sorted(rows[dimension].unique()):
            wide[(dimension, str(member))] = by_member[member]
    return pd.DataFrame(wide).reindex(months).fillna(0.0).astype("float64")


def moving(months: list[str], *, calendar: FiscalCalendar, days: pd.DataFrame | None, lunar: bool) -> np.ndarray:
    """What moves between months from year to year, one row per month: the Chinese New Year where ``lunar`` (see
    ``holidays``), and where ``days`` is given (targets/workdays of at least these months) the logarithm of working days
    and the share of days with a promotion.
    """
    columns = [holidays(months, calendar=calendar)] if lunar else []
    if days is not None:
        own = days.set_index("period").reindex(months).bfill().ffill()  # before the books begin, as when they do
        longer = np.array([calendar.longer(month) for month in months])
        columns.append(np.log(own["workdays"].clip(lower=1).to_numpy("float64") / longer)[:, None])
        promoted = (own["promotion_days"] / own["days"]).to_numpy("float64")
        columns += [promoted[:, None]] if promoted.any() else []
    found = np.hstack(columns) if columns else np.zeros((len(months), 0))
    return np.asarray(found - found.mean(axis=0))


def holidays(months: list[str], *, calendar: FiscalCalendar) -> np.ndarray:
    """How much of the Chinese New Year's season falls into each month? [share 0-1], one row per month.

    Columns: the 21 days before the festival, its 7 days, the 8 days after them (windows as in genhol, X-13ARIMA-SEATS).
    """
    from lunardate import LunarDate

    windows = ((-21, -1), (0, 6), (7, 14))
    rows = []
    for month in months:
        first, last = calendar.bounds(month)
        festivals = [LunarDate(year, 1, 1).to_solar_date() for year in range(first.year, last.year + 2)]
        rows.append([sum(_days(f, window, first, last) for f in festivals) for window in windows])
    return np.array(rows, dtype="float64")


def _days(festival: dt.date, window: tuple[int, int], first: dt.date, last: dt.date) -> float:
    start, end = (festival + dt.timedelta(days=d) for d in window)
    common = (min(end, last) - max(start, first)).days + 1
    return max(common, 0) / (window[1] - window[0] + 1)
