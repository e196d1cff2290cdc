"""Which files were delivered, and what are their bytes?"""

from __future__ import annotations

__all__ = ["SUFFIXES", "Delivered", "found", "inputs", "opened"]

import gzip
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pandas as pd

from salesplan import config
from salesplan.errors import DataError

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xls", ".parquet")
_DATABASES = (".sqlite", ".sqlite3", ".db", ".duckdb")
_CHUNK = 1 << 20
# what the first bytes of other kinds of files are
_MARKS = {
    b"PK\x03\x04": "a workbook or another archive",
    b"\xd0\xcf\x11\xe0": "a workbook of the old kind",
    b"SQLite format 3": "an SQLite database",
    b"PAR1": "a parquet file",
    b"%PDF": "a PDF",
}


@dataclass(frozen=True)
class Delivered:
    """One delivered file: its name from the plan's root, its place and its kind (a suffix)."""

    name: str
    place: Path
    suffix: str

    @contextmanager
    def unpacked(self) -> Iterator[IO[bytes]]:
        """A stream of the file's bytes, unpacked where it is packed."""
        with self.place.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
            stream.seek(0)
            yield gzip.GzipFile(fileobj=stream) if packed else stream  # type: ignore[misc]

    @property
    def sha256(self) -> str:
        """The SHA-256 of the unpacked bytes."""
        digest = hashlib.sha256()
        with self.unpacked() as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
        return digest.hexdigest()


def found(paths: str | Sequence[str], *, root: Path, source: str) -> list[Path]:
    """Which files do these paths and globs name, in a fixed order whatever the disk lists first?

    Errors: DataError where a path names nothing.
    """
    places: set[Path] = set()
    for pattern in [paths] if isinstance(paths, str) else paths:
        whole = root / pattern
        matches = [whole] if whole.is_file() else _matching(pattern, root)
        if not matches:
            raise DataError(
                f"sources.{source}: {pattern} names no file in {root}. Deliver it, or correct path in the plan file.",
                places=[(pattern, None, "", "no such file")],
            )
        places.update(matches)
    return sorted(places, key=lambda p: _name(p, root))


def _check_kind(delivered: Delivered, *, source: str) -> None:
    if delivered.suffix in _DATABASES:
        raise DataError(
            f"sources.{source}: {delivered.name} is a database. Put its URL (as in sqlite:///sales.db) into an "
            "environment variable, and write url_env and table instead of path."
        )
    if delivered.suffix not in SUFFIXES:
        raise DataError(
            f"sources.{source}: {delivered.name} is of a kind that is not read "
            f"(read are {', '.join(SUFFIXES)}, and each packed as .gz). Save it as one of these."
        )


def _check_start(start: bytes, delivered: Delivered, *, source: str) -> None:
    """Refuses text that is none: a workbook, a database or another file under the name of a text."""
    kind = next((kind for mark, kind in _MARKS.items() if start.startswith(mark)), None)
    if kind and delivered.suffix not in (".xlsx", ".xls", ".parquet"):
        raise DataError(
            f"sources.{source}: {delivered.name} is no {delivered.suffix} file but {kind}. Give it the name that goes "
            "with what it is, or export it as text.",
            places=[(delivered.name, 1, "", kind)],
        )


def opened(place: Path, *, root: Path, source: str) -> Delivered:
    """One delivered file; refuses one of a kind that is not read, that is empty or cannot be unpacked."""
    delivered = Delivered(_name(place, root), place, _suffix(place))
    _check_kind(delivered, source=source)
    try:
        with delivered.unpacked() as stream:
            _check_start(stream.read(16), delivered, source=source)
            stream.seek(0)
            blank = all(not chunk.strip() for chunk in iter(lambda: stream.read(_CHUNK), b""))
    except (OSError, EOFError) as error:
        raise DataError(f"sources.{source}: {delivered.name} cannot be read ({error}). Deliver it again.") from error
    if blank:
        raise DataError(
            f"sources.{source}: {delivered.name} is empty. Deliver it again, or take it out of the plan file.",
            places=[(delivered.name, 1, "", "empty")],
        )
    return delivered


def inputs(plan: config.Plan) -> pd.DataFrame:
    """What is a run of this plan computed from?

    Frame of one row per delivered file or database table: source, path and file [from the plan's root], bytes,
    sha256 [of the file as it lies on disk; of the rows, in order, where it is a database]. The plan file itself is not
    among them. Errors: DataError where a file is missing.
    """
    rows = [row for name in sorted(plan.file.sources) for row in _listed(name, plan)]
    return pd.DataFrame(rows, columns=["source", "path", "file", "bytes", "sha256"])


def _listed(name: str, plan: config.Plan) -> list[dict[str, object]]:
    source = plan.file.sources[name]
    if source.url_env is not None:
        from salesplan.data.databases import fingerprint

        return [{"source": name, **fingerprint(source, name=name)}]
    wanted = source.path if source.path is not None else list(source.files.values())
    places = found(wanted, root=plan.root, source=name)
    rows: list[dict[str, object]] = []
    for place in places:
        with place.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        label = _name(place, plan.root)
        rows.append({"source": name, "path": label, "file": label, "bytes": place.stat().st_size, "sha256": digest})
    return rows


def _matching(pattern: str, root: Path) -> list[Path]:
    if Path(pattern).is_absolute():
        base = Path(Path(pattern).anchor)
        return _files(base, str(Path(pattern).relative_to(base)))
    base = root
    parts = Path(pattern).parts
    while parts and parts[0] == "..":
        base, parts = base.parent, parts[1:]
    return _files(base, "/".join(parts))


def _files(base: Path, pattern: str) -> list[Path]:
    try:
        return [p for p in base.glob(pattern) if p.is_file()] if pattern not in ("", ".") else []
    except (ValueError, OSError):  # no pattern that a file system knows
        return []


def _name(place: Path, root: Path) -> str:
    return Path(os.path.relpath(place, root)).as_posix()


def _suffix(place: Path) -> str:
    return Path(place.stem).suffix.lower() if place.suffix.lower() == ".gz" else place.suffix.lower()
