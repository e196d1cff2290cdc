"""Where is there room in the market: who sells less than the market there would carry?"""

from __future__ import annotations

__all__ = ["potential", "say_potential"]

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS
from salesplan.findings import Finding, not_supplied
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.stats import units
from salesplan.words import Words

_NAME = "targets/potential"


def potential(
    cube: pd.DataFrame, market: pd.DataFrame | None, *, calendar: FiscalCalendar, before: str
) -> pd.DataFrame:
    """How much does each member sell of what its market carries, and how much more would the usual share be?

    cube: as from ``facts.monthly_cube``. market: ``facts.market_years``, or None.
    before: the year before the plan year; the last year up to it that is wholly covered is taken, and sales of the same
    year. Frame targets/potential, one row for each member of a dimension that has market sizes of two members or more:
    dimension, member, year, market_size, net_sales [currency], share [of its market], potential_index (its part of
    sales ÷ its part of the market; under one there is room; the brand development index) and white_space [currency]:
    what it would sell more at the company's mean share in these markets, 0 where it is above.
    """
    columns = list(COLUMNS[_NAME])
    if market is None or market.empty:
        return pd.DataFrame(columns=columns)
    full = market[market["year"] <= before]
    parts = []
    for dimension in (d for d in DIMENSIONS if d in set(full["dimension"])):
        rows = full[(full["dimension"] == dimension) & (full["market_size_cents"] > 0)]
        rows = rows[rows["year"] == rows["year"].max()]
        if len(rows) < 2:
            continue
        sold = cube[cube["period"].isin(calendar.months(str(rows["year"].iloc[0])))]
        sales = sold.groupby(sold[dimension].astype(str))["net_sales_cents"].sum().reindex(rows["member"]).fillna(0)
        parts.append(_measured(dimension, rows, sales.to_numpy(dtype="float64")))
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _measured(dimension: str, rows: pd.DataFrame, sales: np.ndarray) -> pd.DataFrame:
    size = rows["market_size_cents"].to_numpy(dtype="float64")
    usual = sales.sum() / size.sum()
    own = sales / size
    return pd.DataFrame(
        {
            "dimension": dimension,
            "member": rows["member"].to_numpy(),
            "year": rows["year"].to_numpy(),
            "market_size": units(np.rint(size)),
            "net_sales": units(np.rint(sales)),
            "share": own,
            "potential_index": own / usual if usual > 0 else np.nan,
            "white_space": units(np.rint(np.maximum(usual * size - sales, 0.0))),
        }
    )


def say_potential(table: pd.DataFrame, *, words: Words) -> Finding:
    """Where is the most room, and where is the market used best? From targets/potential."""
    if table.empty:
        return not_supplied(_NAME, source="source_market", gives="gives_potential", words=words)
    room = table.sort_values(["white_space", "member"], ascending=[False, True]).iloc[0]
    best = table[table["dimension"] == room["dimension"]].sort_values(
        ["potential_index", "member"], ascending=[False, True]
    )
    text = words.say(
        "targets_potential",
        member=words.name(room["member"]),
        index=words.number(room["potential_index"], digits=2),
        room=words.money(room["white_space"]),
        best=words.name(best["member"].iloc[0]),
        high=words.number(best["potential_index"].iloc[0], digits=2),
    )
    return Finding(_NAME, text, _NAME, (), ("orders", "market"))
