"""Rows that lie in a database, by a URL from a named environment variable: read-only, and never shown."""

from __future__ import annotations

__all__ = ["fingerprint", "rows_of"]

import hashlib
import os
import re
import sqlite3
from typing import Any
from urllib.parse import unquote

from salesplan import config
from salesplan.data.raw import Raw, as_text_table, one_select
from salesplan.errors import DataError


def rows_of(source: config.SourceFile, *, name: str) -> Raw:
    """All rows of the table or query of one source, each cell as text, in the order of their contents.

    Read are sqlite:///FILE and duckdb:///FILE; other URLs through Ibis where its backend is installed.
    """
    import pyarrow as pa

    plain = as_text_table(_table(source, name=name))
    return Raw(_label(source), plain, pa.array(range(1, plain.num_rows + 1), pa.int64()))


def fingerprint(source: config.SourceFile, *, name: str) -> dict[str, object]:
    """How the rows of a database are listed among a run's inputs: by kind and table, and the hash of their contents."""
    rows = rows_of(source, name=name).table
    digest = hashlib.sha256(repr(rows.column_names).encode())
    size = 0
    for column in rows.columns:
        for text in column.to_pylist():
            cell = text.encode()
            size += len(cell)
            digest.update(str(len(cell)).encode() + b":" + cell)
    label = _label(source)
    return {"path": label, "file": label, "bytes": size, "sha256": digest.hexdigest()}


def _label(source: config.SourceFile) -> str:
    what = source.table or "query-" + hashlib.sha256((source.select or "").encode()).hexdigest()[:8]
    return f"{source.url_env}.{what}"


def _statement(source: config.SourceFile, *, name: str) -> str:
    if source.table:
        quoted = (part.replace('"', '""') for part in source.table.split("."))
        return "SELECT * FROM " + ".".join(f'"{part}"' for part in quoted)  # noqa: S608 (quoted names only)
    return one_select(source.select or "", name=name)


def _table(source: config.SourceFile, *, name: str) -> Any:
    url = os.environ.get(source.url_env or "")
    if not url:
        raise DataError(
            f"sources.{name}: the environment variable {source.url_env} is not set. "
            "Set it to the database's URL, as in sqlite:///sales.db."
        )
    scheme, _, rest = url.partition("://")
    statement = _statement(source, name=name)
    try:
        if scheme in ("sqlite", "duckdb"):
            return (_from_sqlite if scheme == "sqlite" else _from_duckdb)(_file(rest), statement)
        return _from_ibis(url, statement)
    except DataError:
        raise
    except Exception as error:
        told = f"{type(error).__name__}: {error}".replace(url, "the URL").replace(_file(rest), "…")
        told = re.sub(r"://[^\s@]*@", "://…@", told)
        raise DataError(
            f"sources.{name}: the database behind {source.url_env} ({scheme}) cannot be read ({told[:300]}). "
            "Check the URL, the table's name and that the database's Ibis backend is installed."
        ) from None


def _file(rest: str) -> str:
    """The file of sqlite:///relative or sqlite:////absolute."""
    return unquote(rest[1:] if rest.startswith("/") else rest)


def _from_sqlite(place: str, statement: str) -> Any:
    import pyarrow as pa

    if not os.path.isfile(place):
        raise FileNotFoundError("there is no such database file")
    connection = sqlite3.connect(f"file:{place}?mode=ro", uri=True)
    try:
        cursor = connection.execute(statement)
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
    finally:
        connection.close()
    from salesplan.data.raw import shown

    return pa.table([pa.array([shown(row[n]) for row in rows], pa.string()) for n in range(len(names))], names=names)


def _from_duckdb(place: str, statement: str) -> Any:
    import duckdb

    connection = duckdb.connect(place, read_only=True)
    try:
        return connection.execute(statement).to_arrow_table()
    finally:
        connection.close()


def _from_ibis(url: str, statement: str) -> Any:
    import ibis

    return ibis.connect(url).sql(statement).to_pyarrow()
