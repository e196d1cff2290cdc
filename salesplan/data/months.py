"""Months that stand as columns become rows, as everything else reads them."""

from __future__ import annotations

__all__ = ["months_down", "value_column"]

from dataclasses import replace

from salesplan import config
from salesplan.data.engine import Engine, literal
from salesplan.data.raw import Raw
from salesplan.data.text import tidy
from salesplan.errors import DataError, nearest


def months_down(engine: Engine, raw: Raw, *, source: config.SourceFile, name: str) -> Raw:
    """The file with a row for each filled cell of its months: the period, or the date, and the amount, as we call them.

    Errors: DataError where a column that is said to be a month is not there, or the source has no periods.
    """
    given = source.months_as_columns
    if not given:
        return raw
    wanted = given if isinstance(given, dict) else {header: header for header in given}
    months = {tidy(header): str(period) for header, period in wanted.items()}
    headers = {tidy(header): n for n, header in enumerate(raw.names)}
    if missing := [m for m in months if m not in headers]:
        raise DataError(
            f"sources.{name}: {raw.file} has no column {missing[0]!r} of months_as_columns."
            f"{nearest(missing[0], headers)}",
            places=[(raw.file, 1, missing[0], "missing")],
        )
    period, amount = value_column(name)
    others = [n for header, n in headers.items() if header not in months]
    kept = "".join(f"c{n} AS c{at}, " for at, n in enumerate(others))
    parts = [
        f"SELECT ({raw.row}) * {len(months)} + {k} AS line, {kept}{literal(label)} AS c{len(others)}, "
        f"c{headers[header]} AS c{len(others) + 1} FROM {raw.table} WHERE trim(c{headers[header]}) <> ''"
        for k, (header, label) in enumerate(months.items())
    ]
    table = engine.free_name()
    engine.run(f"CREATE TABLE {table} AS {' UNION ALL '.join(parts)}")
    (count,) = engine.row(f"SELECT count(*) FROM {table}")
    engine.run(f"DROP TABLE {raw.table}")
    names = [*(raw.names[n] for n in others), period, amount]
    return replace(raw, table=table, names=names, row="line", count=count, per_row=len(months))


def value_column(name: str) -> tuple[str, str]:
    """Of a source, the columns of ours that a month's header and its cells belong to."""
    shape = config.SOURCES[name]
    period = "period" if "period" in shape.columns else shape.dated_by
    money = [c for c, kind in shape.columns.items() if kind.kind == "money" and kind.required]
    amount = shape.valued_by or next(iter(money), None)
    if period is None or amount is None:
        raise DataError(f"sources.{name}: it has no periods, and takes no months_as_columns.")
    return period, amount
