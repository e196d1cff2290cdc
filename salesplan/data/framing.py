"""A source that is small by nature as a plain frame: money in whole cents, scopes as dimension and member."""

from __future__ import annotations

__all__ = ["framed"]

from decimal import Decimal
from typing import Any

import pandas as pd

from salesplan import config
from salesplan.scopes import SCOPE
from salesplan.stats import running_cents

# other words for a dimension
_CALLED = {"category": "product", "rep": "rep_id"}
_UNIT_PRICES = ("list_price", "net_price")
_COLUMNS = {
    "category": "product",
    "region": "region",
    "customer_group": "customer_group",
    "channel": "channel",
    "rep_id": "rep_id",
}


def framed(table: Any, *, name: str) -> pd.DataFrame:
    """A source as a plain frame: canonical columns, money as <column>_cents [int64], dates as datetime64.

    Amounts with more decimals are rounded cumulatively in this order, so that their total is the rounded true total and
    later rows change no earlier one; unit prices are rounded each for itself. Where rows name a ``metric``, those of
    another than net sales are no money: what they hold stands in a column without cents (rates, days, counts).
    """
    shape = config.SOURCES[name]
    columns: dict[str, Any] = {}
    for column, kind in shape.columns.items():
        values = table.column(column)
        if kind.kind == "money":
            amounts = values.to_pylist()
            if "metric" in shape.columns:
                columns[column] = pd.Series(amounts, dtype="float64")
                metrics = table.column("metric").to_pylist()
                amounts = [a if m in (None, "net_sales") else None for a, m in zip(amounts, metrics, strict=True)]
            columns[f"{column}_cents"] = _cents(amounts, each=column in _UNIT_PRICES)
        elif kind.kind == "date":
            columns[column] = pd.to_datetime(pd.Series(values.to_pylist(), dtype="object")).astype("datetime64[ns]")
        elif kind.kind in ("number", "share"):
            columns[column] = pd.Series(values.to_pandas(), dtype="float64")
        else:
            columns[column] = pd.Series(values.to_pylist(), dtype="object")
    return _scoped(pd.DataFrame(columns))


def _scoped(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with ``dimension`` and ``member``, taken from the scope columns where the source names no dimension.

    Rows that name nothing are about the total; rows that name several columns carry them all ("region=EC, channel=DIS"
    of the dimension "scope").
    """
    scope = [c for c in _COLUMNS if c in frame]
    if "dimension" not in frame or not scope:
        return frame
    dimension, member = frame["dimension"].replace(_CALLED), frame["member"].copy()
    for at in frame.index[frame["dimension"].isna()]:
        told = {_COLUMNS[c]: str(frame.at[at, c]) for c in scope if pd.notna(frame.at[at, c])}
        if len(told) > 1:
            dimension[at], member[at] = SCOPE, ", ".join(f"{d}={m}" for d, m in told.items())
        else:
            dimension[at], member[at] = next(iter(told.items()), ("total", "total"))
    return frame.assign(dimension=dimension, member=member.where(dimension != "total", "total"))


def _cents(amounts: list[Decimal | None], *, each: bool) -> pd.Series:
    known = [100 * amount for amount in amounts if amount is not None]
    whole = iter([round(amount) for amount in known] if each else running_cents(known))
    series = pd.Series(pd.array([None if amount is None else next(whole) for amount in amounts], dtype="Int64"))
    return series if series.isna().any() else series.astype("int64")
