"""The accepted rows in their final form: one order whatever the files' order, money in whole cents."""

from __future__ import annotations

__all__ = ["accepted", "framed", "with_dimensions"]

from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from typing import Any

import pandas as pd

from salesplan import config
from salesplan.data.gathering import Gathered
from salesplan.data.judging import ACCEPTED, Judged
from salesplan.errors import DataError

_CENT = Decimal("0.01")
_UNIT_PRICES = ("list_price", "net_price")
_COMES_FROM = {"region": "customers", "customer_group": "customers", "channel": "customers", "product": "products"}
_SCOPE = {
    "category": "product",
    "region": "region",
    "customer_group": "customer_group",
    "channel": "channel",
    "rep_id": "rep_id",
}
_BY = {"customers": "customer_id", "products": "product_id"}


def accepted(rows: Gathered, judged: Judged, *, plan: config.Plan) -> Any:
    """The accepted rows as a pyarrow table with all canonical columns, sorted by date, then by every other column.

    Money is DECIMAL(38, 2). Amounts with more decimals are rounded cumulatively in this order, so that their total is
    the rounded true total and later rows change no earlier one; unit prices are rounded each for itself.
    """
    import pyarrow as pa

    shape = config.SOURCES[rows.name]
    keep = pa.array(judged.verdict == ACCEPTED)
    count = int((judged.verdict == ACCEPTED).sum())
    columns: dict[str, Any] = {}
    for name, kind in shape.columns.items():
        values = rows.read[name].values.filter(keep) if name in rows.read else pa.nulls(count, _type_of(kind.kind))
        columns[name] = _whole_ids(values) if kind.kind == "key" else values
    if plan.file.sources[rows.name].covers == "until_next":
        columns["end"] = _until_next(columns)
    table = _sorted(pa.table(columns), first=shape.dated_by)
    for name, kind in shape.columns.items():
        at = table.column_names.index(name)
        if kind.kind == "money":
            table = table.set_column(at, name, _in_cents(table.column(name), each=name in _UNIT_PRICES))
        elif kind.kind in ("number", "share"):
            table = table.set_column(at, name, table.column(name).cast(pa.float64()))
    return table


def _type_of(kind: str) -> Any:
    import pyarrow as pa

    if kind in ("number", "money", "share"):
        return pa.decimal128(38, 10)
    return pa.date32() if kind == "date" else pa.string()


def _whole_ids(values: Any) -> Any:
    """Whole numbers that an export wrote as "18.0" in every row are the keys "18"."""
    import pyarrow.compute as pc

    if len(values) == values.null_count or not pc.all(pc.match_substring_regex(values, r"^\d+\.0$")).as_py():
        return values
    return pc.replace_substring_regex(values, r"\.0$", "")


def _sorted(table: Any, *, first: str | None) -> Any:
    import pyarrow.compute as pc

    order = [c for c in (first, *table.column_names) if c and table.column(c).null_count < table.num_rows]
    keys = [(c, "ascending") for c in dict.fromkeys(order)]
    return table.take(pc.sort_indices(table, sort_keys=keys)) if keys else table


def _in_cents(column: Any, *, each: bool) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    target = pa.decimal128(38, 2)
    rounded = pc.round(column, ndigits=2)
    if each or pc.all(pc.equal(rounded, column)).as_py() is not False:
        return rounded.cast(target)
    running, before = Decimal(0), Decimal(0)
    found: list[Decimal | None] = []
    for amount in column.to_pylist():
        if amount is None:
            found.append(None)
            continue
        running += amount
        now = running.quantize(_CENT, rounding=ROUND_HALF_EVEN)
        found.append(now - before)
        before = now
    return pa.chunked_array([pa.array(found, target)])


def _until_next(columns: dict[str, Any]) -> Any:
    """Each target ends the day before the next of the same member begins.

    A member's last ends before the next one of anybody, and where there is none lasts as long as the one before.
    """
    import datetime as dt

    import pyarrow as pa

    start, end = columns["start"].to_pylist(), columns["end"].to_pylist()
    named = [columns[c].to_pylist() for c in ("dimension", "member", *_SCOPE, "metric")]
    member = list(zip(*named, strict=True))
    begun: dict[Any, list[dt.date]] = {}
    for who, day in zip(member, start, strict=True):
        if day is not None and day not in begun.setdefault(who, []):
            begun[who].append(day)
    everyone = sorted({day for days in begun.values() for day in days})
    after = dict(pairwise(everyone))
    ends: dict[Any, dt.date] = {}
    one = dt.timedelta(days=1)
    for who, days in begun.items():
        days.sort()
        ends |= {(who, left): right - one for left, right in pairwise(days)}
        last = days[-1]
        if last in after:
            ends[who, last] = after[last] - one
        elif len(days) > 1:
            ends[who, last] = last + (last - days[-2]) - one
    found = [ends.get((who, day), given) for who, day, given in zip(member, start, end, strict=True)]
    return pa.array(found, pa.date32())


def with_dimensions(tables: dict[str, Any], *, delivered: set[str], plan: config.Plan) -> Any:
    """Order lines with product, region, customer_group and channel in every row.

    A dimension the orders do not carry comes from customers or products, by key. Blank is "unassigned"; a dimension
    that is switched off is "all". Errors: DataError where a dimension is nowhere and not switched off.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    orders = tables["orders"]
    for dimension in config.DIMENSIONS:
        name = "category" if dimension == "product" else dimension
        if plan.file.dimensions.get(dimension, True) is False:
            values = pa.array(["all"]).take(pa.array([0] * orders.num_rows, pa.int32()))
        elif name in delivered:
            values = pc.fill_null(orders.column(name), "unassigned")
        else:
            other = tables.get(_COMES_FROM.get(dimension, ""))
            values = pc.fill_null(_looked_up(orders, other, dimension=dimension, name=name), "unassigned")
        if dimension in orders.column_names:
            orders = orders.set_column(orders.column_names.index(dimension), dimension, values)
        else:
            orders = orders.append_column(dimension, values)
    return orders.set_column(orders.column_names.index("category"), "category", orders.column("product"))


def _looked_up(orders: Any, other: Any, *, dimension: str, name: str) -> Any:
    import pyarrow as pa

    if other is None or other.column(name).null_count == other.num_rows:
        raise DataError(
            f"sources.orders has no column for {name}, and no other source says it. Map it under "
            f"[sources.orders.columns], or declare that the company has none: [dimensions] {dimension} = false.",
            places=[("", None, name, "missing")],
        )
    key = _BY[_COMES_FROM[dimension]]
    at = pd.Index(other.column(key).to_pylist()).get_indexer(orders.column(key).to_pylist())
    return other.column(name).combine_chunks().take(pa.array(at, mask=at < 0))


def framed(table: Any, *, name: str) -> pd.DataFrame:
    """A source as a plain frame: canonical columns, money as <column>_cents [int64], dates as datetime64."""
    shape = config.SOURCES[name]
    columns: dict[str, Any] = {}
    for column, kind in shape.columns.items():
        values = table.column(column)
        if kind.kind == "money":
            columns[f"{column}_cents"] = _cents(values.to_pylist())
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
    scope = [c for c in _SCOPE if c in frame]
    if "dimension" not in frame or not scope:
        return frame
    dimension, member = frame["dimension"].copy(), frame["member"].copy()
    for at in frame.index[frame["dimension"].isna()]:
        told = {_SCOPE[c]: str(frame.at[at, c]) for c in scope if pd.notna(frame.at[at, c])}
        if len(told) > 1:
            dimension[at], member[at] = "scope", ", ".join(f"{d}={m}" for d, m in told.items())
        else:
            dimension[at], member[at] = next(iter(told.items()), ("total", "total"))
    return frame.assign(dimension=dimension, member=member)


def _cents(amounts: list[Decimal | None]) -> pd.Series:
    whole = pd.array([None if a is None else int(a * 100) for a in amounts], dtype="Int64")
    series = pd.Series(whole)
    return series if series.isna().any() else series.astype("int64")
