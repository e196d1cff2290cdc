"""Rows that lie in a database, by a URL from a named environment variable: read-only, and never shown."""

from __future__ import annotations

__all__ = ["fingerprint", "rows_of"]

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from salesplan import config
from salesplan.data.addresses import Address, address_of, hushed
from salesplan.data.engine import ALONE, Engine, opened_engine, quoted, time_limit
from salesplan.data.raw import Raw, of_relation, of_rows, shown
from salesplan.data.statements import one_select
from salesplan.errors import DataError

# what a statement may do in an SQLite database
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


def rows_of(engine: Engine, source: config.SourceFile, *, name: str) -> Raw:
    """All rows of the table or query of one source, each cell as text, in the order of their contents.

    Read are the schemes of ``addresses``, others are refused before anything is opened; a statement is one SELECT, and
    is ended where it takes too long. Errors: DataError, with no part of the URL.
    """
    url = os.environ.get(source.url_env or "")
    if not url:
        raise DataError(
            f"sources.{name}: the environment variable {source.url_env} is not set. "
            "Set it to the database's URL, as in sqlite:///sales.db."
        )
    address = address_of(url, variable=source.url_env or "", name=name)
    statement = _statement(source, dialect=address.dialect, name=name)
    try:
        if address.file and not os.path.isfile(address.file):
            raise FileNotFoundError("there is no such database file; a path from the root has four slashes")
        if address.scheme == "sqlite":
            return _from_sqlite(engine, address.file, statement, label=_label(source))
        with _OPENED.get(address.scheme, _from_ibis)(address, statement) as reader:
            engine.keep("selected", reader)
        return of_relation(engine, "selected", file=_label(source))
    except Exception as error:
        told = hushed(f"{type(error).__name__}: {error}", value=url)
        raise DataError(
            f"sources.{name}: the database behind {source.url_env} ({address.scheme}) cannot be read ({told[:300]}). "
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


def _statement(source: config.SourceFile, *, dialect: str, name: str) -> str:
    if source.table:
        return "SELECT * FROM " + ".".join(quoted(part) for part in source.table.split("."))
    return one_select(source.select or "", dialect=dialect, name=name)


def _from_sqlite(engine: Engine, place: str, statement: str, *, label: str) -> Raw:
    connection = sqlite3.connect(f"file:{quote(place)}?mode=ro", uri=True, check_same_thread=False)
    connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY)
    try:
        with time_limit(connection.interrupt):
            cursor = connection.execute(statement)
            names = [column[0] for column in cursor.description]
            rows = sorted([shown(cell) for cell in row] for row in cursor)
    finally:
        connection.close()
    return of_rows(engine, rows, file=label, names=names)


@contextmanager
def _from_duckdb(address: Address, statement: str) -> Iterator[Any]:
    import duckdb

    connection = duckdb.connect(address.file, read_only=True, config={**ALONE})
    try:
        with time_limit(connection.interrupt):
            yield connection.sql(statement).to_arrow_reader()
    finally:
        connection.close()


@contextmanager
def _from_postgresql(address: Address, statement: str) -> Iterator[Any]:
    """Cells as the server itself writes them, in a transaction that cannot write; floats stay what they are."""
    import pyarrow as pa
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(address.url) as connection, connection.cursor() as cursor, time_limit(cursor.adbc_cancel):
        cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        cursor.execute(f"SELECT * FROM ({statement}\n) AS delivered LIMIT 0")
        shape = cursor.fetch_arrow_table().schema
        names = ((quoted(field.name), pa.types.is_floating(field.type)) for field in shape)
        cells = ", ".join(name if floating else f"{name}::text AS {name}" for name, floating in names)
        cursor.execute(f"SELECT {cells} FROM ({statement}\n) AS delivered")
        yield cursor.fetch_record_batch()


@contextmanager
def _from_ibis(address: Address, statement: str) -> Iterator[Any]:
    import ibis

    backend = ibis.connect(address.url)
    with time_limit(backend.disconnect):
        yield backend.sql(statement, dialect=address.dialect).to_pyarrow_batches()


_OPENED = {"duckdb": _from_duckdb, "postgresql": _from_postgresql}
