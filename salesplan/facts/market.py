"""How large the market is: one answer for every chapter, in each period as it was told and in each whole year."""

from __future__ import annotations

__all__ = ["market_sizes", "market_years"]

import pandas as pd

from salesplan.config import DIMENSIONS
from salesplan.periods import FiscalCalendar, tiling
from salesplan.scopes import added_up

_KEYS = ["dimension", "member", "period"]


def market_sizes(market: pd.DataFrame | None, cube: pd.DataFrame, *, calendar: FiscalCalendar) -> pd.DataFrame | None:
    """What is the size of the market, as it was told last?

    market: the source (period, dimension, member, market_size_cents, published_on), or None. cube: ``monthly_cube``.
    One row per dimension, member and period: market_size_cents. Of a period that was told more than once the one
    published last counts. The whole market, where nobody told it, is the sum of the members of the first dimension of
    which all that are sold have a size; a market told where members of several dimensions meet adds up likewise.
    """
    if market is None:
        return None
    rows = market.reindex(columns=[*_KEYS, "market_size_cents", "published_on"])
    rows["dimension"] = rows["dimension"].fillna("total")
    rows["member"] = rows["member"].where(rows["dimension"] != "total", "total")
    rows["period"] = rows["period"].astype(str)
    last = rows.sort_values("published_on", kind="stable", na_position="first").drop_duplicates(_KEYS, keep="last")
    months = {label: list(calendar.months(label)) for label in last["period"].unique()}
    found = added_up(last, value="market_size_cents", cube=cube, months_of=months)
    return found.sort_values(_KEYS, kind="stable", ignore_index=True)


def market_years(sizes: pd.DataFrame | None, *, calendar: FiscalCalendar) -> pd.DataFrame | None:
    """How large was the market in each fiscal year that is wholly told?

    Frame ``market_sizes``. One row per dimension (total and the company's own), member and year: market_size_cents,
    the sum of the year itself, its quarters or its months, the coarsest that are all told.
    """
    if sizes is None:
        return None
    rows = []
    for (dimension, member), part in sizes.groupby(["dimension", "member"], sort=True):
        if dimension not in ("total", *DIMENSIONS):
            continue
        own = part.set_index("period")["market_size_cents"]
        for year in sorted({calendar.year_of(label) for label in own.index}):
            if tiles := tiling(own.index, calendar.months(year), calendar=calendar):
                rows.append((dimension, member, year, own[tiles].sum()))
    return pd.DataFrame(rows, columns=["dimension", "member", "year", "market_size_cents"])
