"""Rows that were delivered more than once."""

from __future__ import annotations

__all__ = ["repeated"]

from collections.abc import Sequence

from salesplan import config
from salesplan.data.engine import literal, quoted
from salesplan.data.gathering import Gathered
from salesplan.errors import DataError, nearest


def repeated(rows: Gathered, table: str, *, key: Sequence[str], notes: list[tuple[str, str]]) -> None:
    """Marks repeats among the sound rows of the judged ``table``.

    Under a key, of equal rows all but the first are duplicates; rows of one key that differ are all in conflict.
    Without a key a repeated line may be real: it is kept and counted in ``notes``.
    """
    if unknown := [name for name in key if name not in rows.columns]:
        known = list(config.SOURCES[rows.name].columns)
        if unknown[0] in known:
            raise DataError(
                f"sources.{rows.name}.key: no file has a column for {unknown[0]}. Map it under "
                f"[sources.{rows.name}.columns], or take it out of the key."
            )
        raise DataError(f"sources.{rows.name}.key: there is no column {unknown[0]!r}.{nearest(unknown[0], known)}")
    content = ", ".join(map(quoted, rows.columns))
    usable = f"SELECT * FROM {table} WHERE fault IS NULL AND NOT out"
    if not key:
        (again,) = rows.engine.row(f"SELECT count(*) - count(DISTINCT hash({content})) FROM ({usable})")
        notes.extend([("repeated_lines", str(again))] if again else [])
        return
    named = ", ".join(map(quoted, key))
    same = " AND ".join(f"u.{quoted(k)} IS NOT DISTINCT FROM t.{quoted(k)}" for k in key)
    rows.engine.run(f"CREATE OR REPLACE TABLE twice AS SELECT {named} FROM ({usable}) GROUP BY ALL HAVING count(*) > 1")
    rows.engine.run(
        "CREATE OR REPLACE TABLE repeats AS "
        f"SELECT file, row, row_number() OVER (PARTITION BY {content} ORDER BY file, row) AS time, "
        f"count(DISTINCT ROW({content})) OVER (PARTITION BY {named}) AS kinds "
        f"FROM (SELECT u.* FROM ({usable}) AS u JOIN twice AS t ON {same})"
    )
    rows.engine.run(
        f"UPDATE {table} SET fault_column = {literal(key[-1])}, fault = CASE WHEN kinds > 1 "
        "THEN 'conflicting_duplicate' ELSE 'duplicate' END FROM repeats "
        f"WHERE {table}.file = repeats.file AND {table}.row = repeats.row AND (kinds > 1 OR time > 1)"
    )
