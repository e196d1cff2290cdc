"""Rows that lie in a database, by a URL from a named environment variable: read-only, and never shown."""

from __future__ import annotations

__all__ = ["fingerprint", "rows_of"]

import hashlib
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from salesplan import config
from salesplan.data.engine import Engine, opened_engine, quoted
from salesplan.data.raw import Raw, of_relation, of_rows, one_select, shown
from salesplan.errors import DataError


def rows_of(engine: Engine, source: config.SourceFile, *, name: str) -> Raw:
    """All rows of the table or query of one source, each cell as text, in the order of their contents.

    Read are sqlite:///FILE, duckdb:///FILE and postgresql://…; others through Ibis where its backend is installed.
    """
    url = os.environ.get(source.url_env or "")
    if not url:
        raise DataError(
            f"sources.{name}: the environment variable {source.url_env} is not set. "
            "Set it to the database's URL, as in sqlite:///sales.db."
        )
    scheme, _, rest = url.partition("://")
    statement = _statement(source, name=name)
    try:
        if scheme == "sqlite":
            return _from_sqlite(engine, _file(rest), statement, label=_label(source))
        opened = {"duckdb": _from_duckdb, "postgresql": _from_postgresql, "postgres": _from_postgresql}
        with opened.get(scheme, _from_ibis)(url, statement) as reader:
            engine.connection.register("delivered", reader)
            engine.run("CREATE OR REPLACE TABLE selected AS SELECT * FROM delivered")
            engine.connection.unregister("delivered")
        return of_relation(engine, "selected", file=_label(source))
    except Exception as error:
        told = f"{type(error).__name__}: {error}".replace(url, "the URL").replace(_file(rest), "…")
        told = re.sub(r"://[^\s@]*@", "://…@", told)
        raise DataError(
            f"sources.{name}: the database behind {source.url_env} ({scheme}) cannot be read ({told[:300]}). "
            "Check the URL, the table's name, and that its driver is installed: salesplan[postgresql] or Ibis' own."
        ) from None


def fingerprint(source: config.SourceFile, *, name: str) -> dict[str, object]:
    """How the rows of a database are listed among a run's inputs: by kind and table, and the hash of their contents."""
    digest, size = hashlib.sha256(), 0
    with opened_engine() as engine:
        raw = rows_of(engine, source, name=name)
        digest.update(repr(raw.names).encode())
        answer = engine.connection.execute(f"SELECT * EXCLUDE (line) FROM {raw.table} ORDER BY line")
        while rows := answer.fetchmany(10_000):
            for cell in (text.encode() for row in rows for text in row):
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
        return "SELECT * FROM " + ".".join(f'"{part}"' for part in quoted)
    return one_select(source.select or "", name=name)


def _file(rest: str) -> str:
    """The file of sqlite:///relative or sqlite:////absolute."""
    return unquote(rest[1:] if rest.startswith("/") else rest)


def _from_sqlite(engine: Engine, place: str, statement: str, *, label: str) -> Raw:
    if not os.path.isfile(place):
        raise FileNotFoundError("there is no such database file")
    connection = sqlite3.connect(f"file:{place}?mode=ro", uri=True)
    try:
        cursor = connection.execute(statement)
        names = [column[0] for column in cursor.description]
        rows = sorted([shown(cell) for cell in row] for row in cursor)
    finally:
        connection.close()
    return of_rows(engine, rows, file=label, names=names)


@contextmanager
def _from_duckdb(url: str, statement: str) -> Iterator[Any]:
    import duckdb

    connection = duckdb.connect(_file(url.partition("://")[2]), read_only=True)
    try:
        yield connection.sql(statement).to_arrow_reader()
    finally:
        connection.close()


@contextmanager
def _from_postgresql(url: str, statement: str) -> Iterator[Any]:
    """Cells as the server itself writes them, in a transaction that cannot write; floats stay what they are."""
    import pyarrow as pa
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        cursor.execute(f"SELECT * FROM ({statement}) AS delivered LIMIT 0")
        shape = cursor.fetch_arrow_table().schema
        names = ((quoted(field.name), pa.types.is_floating(field.type)) for field in shape)
        cells = ", ".join(name if floating else f"{name}::text AS {name}" for name, floating in names)
        cursor.execute(f"SELECT {cells} FROM ({statement}) AS delivered")
        yield cursor.fetch_record_batch()


@contextmanager
def _from_ibis(url: str, statement: str) -> Iterator[Any]:
    import ibis

    yield ibis.connect(url).sql(statement).to_pyarrow_batches()
