"""The engine that delivered rows are typed, judged and added up on: DuckDB, bounded in memory, spilling to disk."""

from __future__ import annotations

__all__ = ["Engine", "literal", "opened_engine", "quoted", "schema_of"]

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

_MEMORY = "2GB"


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
