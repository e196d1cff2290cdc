"""The engine that delivered rows are typed, judged and added up on: DuckDB, bounded in memory, spilling to disk."""

from __future__ import annotations

__all__ = ["ALONE", "Engine", "literal", "opened_engine", "quoted", "schema_of", "time_limit"]

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

_MEMORY = "2GB"
# how long one statement of a plan may take
_SECONDS = 600.0
# DuckDB without other files, other databases, extensions, or our own variables
ALONE = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}


@dataclass(frozen=True)
class Engine:
    """A connection of one reading, and a folder that is gone when it ends."""

    connection: Any
    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def free_name(self) -> str:
        """A name that no table of this reading has."""
        return f"raw_{next(self._numbers)}"

    def run(self, statement: str) -> None:
        """Runs a statement whose answer nobody asks for."""
        self.connection.execute(statement)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """All rows of a small answer."""
        found: list[tuple[Any, ...]] = self.connection.execute(statement).fetchall()
        return found

    def row(self, statement: str) -> tuple[Any, ...]:
        """The one row of an answer."""
        (found,) = self.rows(statement)
        return found

    def lock(self) -> None:
        """From here on a statement reaches nothing but the tables that are there."""
        for setting, value in ALONE.items():
            self.run(f"SET {setting} = {value}")

    def keep(self, table: str, reader: Any) -> None:
        """Replaces a table by the rows of a stream, under its own names."""
        self.connection.register("delivered", reader)
        try:
            self.run(f"CREATE OR REPLACE TABLE {quoted(table)} AS SELECT * FROM delivered")
        finally:
            self.connection.unregister("delivered")

    def load(self, table: str, batches: Iterable[Any], *, schema: Any, where: str = "true") -> None:
        """Makes a table of a stream of record batches; it is never whole in memory."""
        import pyarrow as pa

        reader = pa.RecordBatchReader.from_batches(schema, iter(batches))
        self.connection.register("incoming", reader)
        self.run(f"CREATE TABLE {quoted(table)} AS SELECT * FROM incoming WHERE {where}")
        self.connection.unregister("incoming")


@contextmanager
def opened_engine() -> Iterator[Engine]:
    """An engine of one's own, with its scratch folder; both are gone afterwards."""
    import duckdb

    folder = Path(tempfile.mkdtemp(prefix="salesplan-"))
    connection = duckdb.connect(config={"temp_directory": str(folder), "memory_limit": _MEMORY})
    try:
        yield Engine(connection, folder)
    finally:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def time_limit(stop: Callable[[], Any]) -> Iterator[None]:
    """Ends what runs inside by calling ``stop`` from beside it. Errors: TimeoutError where that was needed."""
    over = threading.Event()

    def end() -> None:
        over.set()
        stop()

    timer = threading.Timer(_SECONDS, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if over.is_set():
            raise TimeoutError(f"it took longer than {_SECONDS:g} s and was ended") from error
        raise
    finally:
        timer.cancel()


def quoted(name: str) -> str:
    """A name as the engine's identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as the engine's string."""
    return "'" + text.replace("'", "''") + "'"


def schema_of(columns: int) -> Any:
    """The form of a text table: line, then c0, c1, …"""
    import pyarrow as pa

    return pa.schema([("line", pa.int64()), *((f"c{n}", pa.string()) for n in range(columns))])
