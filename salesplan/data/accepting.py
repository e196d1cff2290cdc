"""The accepted rows in their final form: one order whatever the files' order, money as delivered."""

from __future__ import annotations

__all__ = ["accepted", "merged", "with_dimensions", "written"]

from itertools import pairwise
from pathlib import Path
from typing import Any

from salesplan import config
from salesplan.data.engine import Engine, literal, quoted
from salesplan.data.judging import Judged
from salesplan.data.meaning import NARROW
from salesplan.data.text import tidy
from salesplan.errors import DataError, nearest

_TYPES = {"date": "DATE", "number": "DOUBLE", "share": "DOUBLE"}
_PLACES, _CENTS, _MOST = 4, 2, 10**14
_COMES_FROM = {"region": "customers", "customer_group": "customers", "channel": "customers", "product": "products"}
_NO_KEY = config.Column("")
_BY = {"customers": "customer_id", "products": "product_id"}


def accepted(judged: Judged, *, plan: config.Plan) -> str:
    """The accepted rows as a relation of the engine with all canonical columns; its name.

    Money is DECIMAL(18, 4), or DECIMAL(38, 10) where an amount has more decimals or digits than that.
    """
    rows, relation = judged.rows, f"accepted_{judged.rows.name}"
    shape = config.SOURCES[rows.name].columns
    found = _looked_at(judged)
    source = plan.file.sources[rows.name]
    columns = []
    for name, kind in shape.items():
        value = _final(name, kind.kind, **found.get(name, {})) if name in rows.columns else "NULL"
        if kind.may_be_blank:
            value = _somebody(value, nobody={tidy(text) for text in source.anonymous})
        columns.append(f"{value}::{_type(kind.kind, **found.get(name, {}))} AS {quoted(name)}")
    rows.engine.run(
        f"CREATE VIEW {relation} AS SELECT {', '.join(columns)} FROM {judged.table} WHERE verdict = 'accepted'"
    )
    if source.covers == "until_next":
        relation = _until_next(rows.engine, relation)
    return relation


def _looked_at(judged: Judged) -> dict[str, dict[str, bool]]:
    """Per column: are its keys whole numbers, some written "18.0"; does its money fit four decimals?"""
    shape = config.SOURCES[judged.rows.name].columns
    asked: list[tuple[str, str, str]] = []
    for name in judged.rows.columns:
        cell, kind = quoted(name), shape[name].kind
        if kind == "key":
            # the pattern is dear and nearly no key ends so: it is asked where one does
            (ends,) = judged.rows.engine.row(
                f"SELECT coalesce(bool_or(ends_with({cell}, '.0')), false) FROM {judged.table}"
            )
            if ends:
                asked.append((name, "whole", f"coalesce(bool_and(regexp_full_match({cell}, '\\d+(\\.0)?')), false)"))
        elif kind == "money" and name not in judged.narrow:
            fits = f"coalesce(bool_and({cell} = round({cell}, {_PLACES}) AND abs({cell}) < {_MOST}), true)"
            asked.append((name, "fits", fits))
    if not asked:
        return {}
    answers = judged.rows.engine.row(
        f"SELECT {', '.join(test for *_, test in asked)} FROM {judged.table} WHERE verdict = 'accepted'"
    )
    return {name: {what: bool(answer)} for (name, what, _), answer in zip(asked, answers, strict=True)}


def _somebody(value: str, *, nobody: set[str]) -> str:
    """A customer; "unassigned" where there is none, or one that stands for nobody in particular."""
    unknown = literal(config.UNASSIGNED)
    if some := sorted(nobody - {""}):
        value = f"CASE WHEN {value} IN ({', '.join(map(literal, some))}) THEN {unknown} ELSE {value} END"
    return f"coalesce({value}, {unknown})"


def _final(name: str, kind: str, *, whole: bool = False, fits: bool = True) -> str:
    return f"regexp_replace({quoted(name)}, '^(\\d+)\\.0$', '\\1')" if kind == "key" and whole else quoted(name)


def _type(kind: str, *, whole: bool = False, fits: bool = True) -> str:
    if kind == "money":
        return NARROW if fits else "DECIMAL(38, 10)"
    return _TYPES.get(kind, "VARCHAR")


def _until_next(engine: Engine, relation: str) -> str:
    """The targets with the day each ends: the one before the next of the same member begins.

    A member's last ends before the next one of anybody, and where there is none lasts as long as the one before.
    """
    import datetime as dt

    import pyarrow as pa

    table = engine.connection.sql(f"SELECT * FROM {relation}").to_arrow_table()
    start, end = table.column("start").to_pylist(), table.column("end").to_pylist()
    names = [c for c in table.column_names if c not in ("start", "end", "period", "target", "set_on")]
    member = list(zip(*(table.column(c).to_pylist() for c in names), strict=True))
    begun: dict[Any, list[dt.date]] = {}
    for who, day in zip(member, start, strict=True):
        if day is not None and day not in begun.setdefault(who, []):
            begun[who].append(day)
    after = dict(pairwise(sorted({day for days in begun.values() for day in days})))
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
    ended = table.set_column(table.column_names.index("end"), "end", pa.array(found, pa.date32()))
    engine.load(f"{relation}_ended", ended.to_batches(), schema=ended.schema)
    return f"{relation}_ended"


def with_dimensions(engine: Engine, relations: dict[str, str], *, delivered: set[str], plan: config.Plan) -> str:
    """Order lines with product, region, customer_group and channel in every row, as a relation of the engine.

    A dimension the orders do not carry comes from customers or products, by key. Blank is "unassigned"; a dimension
    that is switched off is "all". Errors: DataError where a dimension is nowhere and not switched off.
    """
    found, joins = {}, []
    for dimension in config.DIMENSIONS:
        said = plan.file.dimensions.get(dimension)
        name = said or ("category" if dimension == "product" else dimension)
        if said is False:
            found[dimension] = literal(config.EVERYTHING)
        elif name in delivered and name in config.SOURCES["orders"].columns:
            found[dimension] = f"coalesce(o.{quoted(name)}, '{config.UNASSIGNED}')"
        else:
            joins.append(_looked_up(engine, relations, dimension=dimension, name=name))
            found[dimension] = f"coalesce({dimension}_of.found, '{config.UNASSIGNED}')"
    found["category"] = found["product"]
    replaced = ", ".join(f"{v} AS {quoted(d)}" for d, v in found.items() if d != "product")
    engine.run(
        f"CREATE VIEW lines AS SELECT o.* REPLACE ({replaced}), {found['product']} AS product "
        f"FROM {relations['orders']} AS o{''.join(joins)}"
    )
    return _in_whole_cents(engine, "lines", weeks=plan.file.calendar.pattern != "months")


def _in_whole_cents(engine: Engine, relation: str, *, weeks: bool) -> str:
    """The order lines with amounts of whole cents, so that parts sum to the whole wherever they are added up.

    Amounts of more decimals are carried on from line to line: what has been rounded off goes to the next one. Lines go
    month by month (day by day in a calendar of weeks), and within one by region, product, customer group and channel:
    so every total up to the end of a month is the true one to the cent, later months change no earlier one, and what a
    member is given or loses stays within a few cents.
    """
    columns = [str(name) for name, *_ in engine.rows(f"DESCRIBE SELECT * FROM {relation}")]
    money = [c for c in ("net_sales", "discount", "cost") if c in columns]
    tests = ", ".join(f"coalesce(bool_or({c} <> round({c}, {_CENTS})), false)" for c in money)
    fine = [c for c, more in zip(money, engine.row(f"SELECT {tests} FROM {relation}"), strict=True) if more]
    if not fine:
        return relation
    span = "order_date" if weeks else "date_trunc('month', order_date)"
    by = dict.fromkeys(["region", "product", "customer_group", "channel", "order_date", *columns])
    order = ", ".join([span, *map(quoted, by)])
    # a half goes to the even cent, as everywhere
    engine.run(
        "CREATE OR REPLACE MACRO whole_cents(x) AS floor(100 * x) + CASE WHEN 100 * x - floor(100 * x) > 0.5 OR "
        "(100 * x - floor(100 * x) = 0.5 AND floor(100 * x) % 2 <> 0) THEN 1 ELSE 0 END"
    )
    carried = ", ".join(
        f"CASE WHEN {c} IS NOT NULL THEN (whole_cents(sum({c}) OVER up_to) "
        f"- coalesce(whole_cents(sum({c}) OVER before), 0))::DECIMAL(24, 0) * 0.01::DECIMAL(3, 2) END::{NARROW} AS {c}"
        for c in fine
    )
    engine.run(
        f"CREATE TABLE cents AS SELECT * REPLACE ({carried}) FROM {relation} WINDOW "
        f"up_to AS (ORDER BY {order} ROWS UNBOUNDED PRECEDING), "
        f"before AS (ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    return "cents"


def _looked_up(engine: Engine, relations: dict[str, str], *, dimension: str, name: str) -> str:
    """The join that says a dimension of each order line by its customer or product."""
    source = _COMES_FROM[dimension]
    if name not in {*config.SOURCES["orders"].columns, *config.SOURCES[source].columns}:
        known_columns = [*config.SOURCES["orders"].columns, *config.SOURCES[source].columns]
        raise DataError(
            f"[dimensions] {dimension} = {name!r}: neither orders nor {source} have such a column."
            f"{nearest(name, known_columns)}",
            places=[("", None, name, "unknown")],
        )
    known = 0
    if source in relations and name in config.SOURCES[source].columns:
        (known,) = engine.row(f"SELECT count({quoted(name)}) FROM {relations[source]}")
    if not known:
        raise DataError(
            f"sources.orders has no column for {name}, and no other source says it. Map it under "
            f"[sources.orders.columns], or declare that the company has none: [dimensions] {dimension} = false.",
            places=[("", None, name, "missing")],
        )
    key = _BY[source]
    one = f"SELECT {key}, min({quoted(name)}) AS found FROM {relations[source]} GROUP BY ALL"
    return f" LEFT JOIN ({one}) AS {dimension}_of ON o.{key} = {dimension}_of.{key}"


def merged(engine: Engine, relations: dict[str, str]) -> tuple[dict[str, str], int]:
    """The relations with every customer that has a parent counted as that; and how many there are.

    Errors: DataError where parents go round in a circle.
    """
    if "customers" not in relations:
        return relations, 0
    pairs = engine.rows(
        f"SELECT customer_id, parent_id FROM {relations['customers']} "
        "WHERE parent_id IS NOT NULL AND parent_id <> customer_id"
    )
    if not pairs:
        return relations, 0
    parents = {str(child): str(parent) for child, parent in pairs}
    roots = {child: _root(child, parents) for child in parents}
    import pyarrow as pa

    table = pa.table({"child": pa.array(roots, pa.string()), "root": pa.array(roots.values(), pa.string())})
    engine.load("parents", table.to_batches(), schema=table.schema)
    made = dict(relations)
    for name, relation in relations.items():
        if config.SOURCES[name].columns.get("customer_id", _NO_KEY).kind != "key":
            continue
        new = f"merged_{name}"
        engine.run(
            f"CREATE VIEW {new} AS SELECT r.* REPLACE (coalesce(parents.root, r.customer_id) AS customer_id) "
            f"FROM {relation} AS r LEFT JOIN parents ON r.customer_id = parents.child"
            + (
                " QUALIFY row_number() OVER (PARTITION BY 1, coalesce(parents.root, r.customer_id) "
                "ORDER BY parents.child IS NOT NULL, r.customer_id) = 1"
                if name == "customers"
                else ""
            )
        )
        made[name] = new
    return made, len(roots)


def _root(child: str, parents: dict[str, str]) -> str:
    seen = [child]
    while (above := parents.get(seen[-1])) is not None:
        if above in seen:
            raise DataError(
                f"sources.customers: parent_id goes round in a circle: {' -> '.join([*seen, above])}. "
                "Correct one of them.",
                places=[("", None, "parent_id", above)],
            )
        seen.append(above)
    return seen[-1]


def written(engine: Engine, relation: str, *, place: Path, name: str) -> None:
    """Writes a source's accepted rows as parquet, sorted by date, then by every other column."""
    dated_by = config.SOURCES[name].dated_by
    columns = [str(r[0]) for r in engine.rows(f"DESCRIBE SELECT * FROM {relation}")]
    order = ", ".join(quoted(c) for c in dict.fromkeys([*([dated_by] if dated_by else []), *columns]))
    engine.run(
        f"COPY (SELECT * FROM {relation} ORDER BY {order}) TO {literal(str(place))} (FORMAT parquet, COMPRESSION zstd)"
    )
