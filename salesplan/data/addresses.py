"""What the URL of a database may be, and what of it may never be seen."""

from __future__ import annotations

__all__ = ["Address", "address_of", "hushed", "secrets"]

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from salesplan.errors import DataError

# each scheme has one spelling; the value is its dialect of SQL
_FILES = {"sqlite": "sqlite", "duckdb": "duckdb"}
_SERVERS = {
    "postgresql": "postgres",
    "mysql": "mysql",
    "mssql": "tsql",
    "oracle": "oracle",
    "clickhouse": "clickhouse",
    "trino": "trino",
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "databricks": "databricks",
}
_SPELLING = re.compile(r"([a-z]+)://(\S.*)", re.DOTALL)
_TELLING = r"(?i)pass|key|token|secret"
_QUIET = "…"


@dataclass(frozen=True)
class Address:
    """Where a database is: its scheme, the dialect it is asked in, and the file of a database that is one."""

    url: str = field(repr=False)
    scheme: str
    dialect: str
    file: str = field(default="", repr=False)


def address_of(url: str, *, variable: str, name: str) -> Address:
    """The address in an environment variable, before anything is opened.

    Errors: DataError where its scheme is none that is read, or is spelled otherwise; the value is not repeated.
    """
    found = _SPELLING.fullmatch(url.strip())
    scheme, rest = found.groups() if found else ("", "")
    if scheme in _FILES and rest.startswith("/") and rest.strip("/"):
        return Address(url.strip(), scheme, _FILES[scheme], unquote(rest[1:]))
    if scheme in _SERVERS:
        return Address(url.strip(), scheme, _SERVERS[scheme])
    raise DataError(
        f"sources.{name}: what the environment variable {variable} holds is no URL of a database that is read. Write "
        f"sqlite:///FILE, duckdb:///FILE or postgresql://USER@HOST/DATABASE; with Ibis' driver installed also "
        f"{', '.join(f'{s}://' for s in _SERVERS if s != 'postgresql')}: in small letters, as here."
    )


def secrets(value: str, *, kind: Literal["all", "telling"] = "telling") -> list[str]:
    """The parts of such a variable that nobody may see, longest first: of a value that is no URL, the whole.

    telling: those that give something away wherever they stand; all: host, user and the names of database and file too.
    """
    found = {value, *_parts(value, whole=kind == "all")}
    return sorted({text for part in found for text in (part, unquote(part)) if text}, key=lambda t: (-len(t), t))


def hushed(text: str, *, value: str) -> str:
    """A driver's complaint without any part of the value."""
    telling = secrets(value)
    for part in secrets(value, kind="all"):
        edge = "{}" if part in telling and len(part) > 3 else r"(?<!\w){}(?!\w)"
        text = re.sub(edge.format(re.escape(part)), _QUIET, text)
    return re.sub(r"://[^\s@]*@", f"://{_QUIET}@", text)


def _parts(value: str, *, whole: bool) -> Iterator[str]:
    scheme, mark, rest = value.partition("://")
    if whole:
        yield from re.split(r"[\s/?&=,;:@.]+", rest if mark else value)
    if mark and scheme in _FILES:
        yield rest[1:] if whole or rest.startswith("//") else ""
    elif mark:
        user, at, place = rest.rpartition("@")
        yield from user.partition(":")[::2] if whole else user.partition(":")[2:] if at else ()
        yield from (v for k, v in parse_qsl(urlsplit(f"x://{place}").query) if whole or re.search(_TELLING, k))
