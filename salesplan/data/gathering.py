"""All files of one source, put together where the plan says how, as one set of rows under our names."""

from __future__ import annotations

__all__ = ["Gathered", "gather"]

from dataclasses import dataclass

from salesplan import config
from salesplan.data.columns import check_currency, named, used_headers
from salesplan.data.engine import Engine, literal, opened_engine, quoted, time_limit
from salesplan.data.files import Delivered, found, opened
from salesplan.data.months import months_down
from salesplan.data.raw import Raw, of_file, of_relation
from salesplan.data.statements import one_select
from salesplan.errors import DataError


@dataclass(frozen=True)
class Gathered:
    """One source's rows on the engine, as delivered.

    view: file (its number among ``files``), row (as seen), a column of text per delivered canonical column, and x0, x1,
    … for columns of theirs that the plan excludes rows by. columns: the canonical ones.
    """

    name: str
    engine: Engine
    view: str
    files: list[Raw]
    columns: list[str]
    theirs: dict[str, str]
    notes: list[tuple[str, str]]

    def forget(self) -> None:
        """Takes the delivered texts off the engine, once nobody asks for them any more: they fill its memory."""
        self.engine.run(f"DROP VIEW {self.view}")
        for raw in self.files:
            self.engine.run(f"DROP TABLE {raw.table}")

    @property
    def ragged(self) -> list[tuple[str, int, str]]:
        """File, row and text of the lines whose fields cannot be told apart."""
        return [(raw.file, row, line) for raw in self.files for row, line in raw.ragged]


def gather(name: str, plan: config.Plan, *, engine: Engine) -> Gathered:
    """Every delivered row of one source, under our names. Errors: DataError, with the remedy."""
    source = plan.file.sources[name]
    delivered = _delivered(name, source=source, plan=plan, engine=engine)
    raws = [months_down(engine, raw, source=source, name=name) for raw in delivered]
    if not any(raw.count for raw in raws):
        raise DataError(
            f"sources.{name}: {', '.join(r.file for r in raws)}: there are no rows below the header. "
            "Deliver the rows, or take the source out of the plan file.",
            places=[(r.file, 2, "", "no rows") for r in raws],
        )
    for raw in raws:
        check_currency(engine, raw, source=source, name=name)
    pieces = [named(r, source=source, name=name) for r in raws]
    columns = [c for c in config.SOURCES[name].columns if any(c in piece.cells for piece in pieces)]
    for piece in pieces:
        lacking = [c for c in columns if c not in piece.cells and piece.raw.count]
        if lacking:
            raise DataError(
                f"sources.{name}: {piece.raw.file} has no column for {lacking[0]}, other files of the source have. "
                "Deliver all files of one source in one shape."
            )
    theirs = {e.column: f"x{n}" for n, e in enumerate(source.exclude) if e.column not in columns}
    view = f"rows_{name}"
    selects = [
        f"SELECT {number} AS file, {piece.raw.row} AS row"
        + "".join(f", {piece.cells.get(c, literal(''))} AS {quoted(c)}" for c in columns)
        + "".join(f", {piece.theirs(column)} AS {x}" for column, x in theirs.items())
        + f" FROM {piece.raw.table}"
        for number, piece in enumerate(pieces)
    ]
    engine.run(f"CREATE VIEW {view} AS {' UNION ALL '.join(selects)}")
    told = [note for piece in pieces for note in piece.notes]
    return Gathered(name, engine, view, [p.raw for p in pieces], columns, theirs, told)


def _delivered(name: str, *, source: config.SourceFile, plan: config.Plan, engine: Engine) -> list[Raw]:
    if source.url_env is not None:
        from salesplan.data.databases import rows_of

        return [rows_of(engine, source, name=name)]
    if source.path is None:
        return [_selected(name, source=source, plan=plan, engine=engine)]
    expected = used_headers(source, name=name)
    places = found(source.path, root=plan.root, source=name)
    delivered = [opened(place, root=plan.root, source=name) for place in places]
    raws = [of_file(engine, d, shape=source, expected=expected, source=name) for d in delivered]
    _check_twice([d for d, raw in zip(delivered, raws, strict=True) if raw.count], name=name)
    return raws


def _check_twice(delivered: list[Delivered], *, name: str) -> None:
    if len(delivered) < 2:
        return
    seen: dict[str, str] = {}
    for file in delivered:
        first = seen.setdefault(file.sha256, file.name)
        if first != file.name:
            raise DataError(
                f"sources.{name}: {file.name} holds the same bytes as {first}. "
                "Every row would count twice: take one of the two away.",
                places=[(file.name, None, "", first)],
            )


def _selected(name: str, *, source: config.SourceFile, plan: config.Plan, engine: Engine) -> Raw:
    """The rows of the plan's SELECT over its files, every column of which is text; sorted, so that they have numbers.

    The statement runs on an engine of its own that reaches nothing but these files. Errors: DataError where it cannot
    be run, with what the engine says.
    """
    import duckdb

    with opened_engine() as side:
        for alias, path in source.files.items():
            raws = [
                of_file(side, opened(p, root=plan.root, source=name), shape=source, expected=set(), source=name)
                for p in found(path, root=plan.root, source=name)
            ]
            parts = " UNION ALL BY NAME ".join(f"SELECT {_renamed(raw)} FROM {raw.table}" for raw in raws)
            side.run(f"CREATE TABLE {quoted(alias)} AS {parts}")
        statement = one_select(source.select or "", dialect="duckdb", name=name)
        side.lock()
        try:
            with time_limit(side.connection.interrupt):
                engine.keep("selected", side.connection.sql(statement).to_arrow_reader())
        except (duckdb.Error, TimeoutError) as error:
            told = str(error).split("\n")[0][:300]
            raise DataError(
                f"sources.{name}.select cannot be run: {told}. Every column of a file is text there: CAST it."
            ) from error
    return of_relation(engine, "selected", file="+".join(source.files.values()))


def _renamed(raw: Raw) -> str:
    """A file's columns under its own headers."""
    return ", ".join(f"c{n} AS {quoted(header)}" for n, header in enumerate(raw.names))
