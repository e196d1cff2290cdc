"""What was published and decided, in order, so that nothing can be changed afterwards without being seen."""

from __future__ import annotations

__all__ = ["GENESIS", "Event", "append", "events", "head", "verify"]

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salesplan.errors import ChainError
from salesplan.provenance import sha256_of

GENESIS = "0" * 64


@dataclass(frozen=True)
class Event:
    """One line of the ledger: its number from 1, what happened, the facts, and the hash that seals it.

    Who is named in ``facts`` is attributable, not authenticated: the ledger records what it was told.
    """

    number: int
    kind: str
    facts: Mapping[str, Any]
    previous: str
    sha256: str


def append(folder: Path, *, year: str, kind: str, facts: Mapping[str, Any]) -> Event | None:
    """Adds an event to the ledger of a fiscal year, safely on disk when it returns; under the run's lock only.

    A publication whose ``logical_id`` is already the year's latest for the same quarter adds nothing: None. A line
    that a crash left half-written is moved to ``<year>.torn`` first. Raises ChainError where the chain is broken.
    """
    place = _ledger(folder, year)
    _drop_torn_tail(place)
    if broken := verify(folder, year=year):
        raise ChainError(f"{broken[0]} Nothing is appended to a ledger that does not verify.")
    written = events(folder, year=year)
    if kind == "published" and _is_latest(written, facts):
        return None
    previous = written[-1].sha256 if written else GENESIS
    event = {"number": len(written) + 1, "kind": kind, "facts": dict(facts), "previous": previous}
    line = json.dumps({**event, "sha256": sha256_of(event)}, ensure_ascii=False, sort_keys=True) + "\n"
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        os.write(descriptor, line.encode("utf-8"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    written = events(folder, year=year)
    _seal(place, written[-1].sha256)
    return written[-1]


def events(folder: Path, *, year: str) -> list[Event]:
    """The events of a fiscal year, oldest first, up to the first line that is none; ``verify`` names that one."""
    found = []
    for line in _lines(_ledger(folder, year)):
        try:
            found.append(Event(**json.loads(line)))
        except (ValueError, TypeError, RecursionError):
            break
    return found


def head(folder: Path, *, year: str) -> str:
    """The hash of the latest event: kept in every manifest and in ``<year>.head`` beside the ledger, because a chain
    alone does not show a cut tail.
    """
    written = events(folder, year=year)
    return written[-1].sha256 if written else GENESIS


def verify(folder: Path, *, year: str | None = None) -> list[str]:
    """What is wrong with the ledger of one year, or of all; empty where every event is as it was written."""
    years = [year] if year else sorted(p.stem for p in folder.glob("*.jsonl"))
    return [problem for y in years for problem in _problems(_ledger(folder, y))]


def _problems(place: Path) -> list[str]:
    previous, seals = GENESIS, set()
    for number, line in enumerate(_lines(place), 1):
        try:
            row = json.loads(line)
            seal = row.pop("sha256")
            sound = row["number"] == number and row["previous"] == previous and seal == sha256_of(row)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            sound = False
        if not sound:
            return [f"{place.name}:{number}: this event is not what was written, or one before it is missing."]
        previous = seal
        seals.add(seal)
    head_of = place.with_suffix(".head")
    if head_of.is_file() and head_of.read_text(encoding="utf-8", errors="replace").strip() not in seals:
        return [f"{place.name}: its last events are missing."]
    return []


def _is_latest(written: list[Event], facts: Mapping[str, Any]) -> bool:
    same = [e for e in written if e.kind == "published" and e.facts.get("as_of") == facts.get("as_of")]
    return bool(same) and same[-1].facts.get("logical_id") == facts.get("logical_id")


def _ledger(folder: Path, year: str) -> Path:
    place = folder / f"{year}.jsonl"
    if place.is_symlink() or folder.is_symlink():
        raise ChainError(f"{place}: a link stands where the ledger belongs. Remove the link.")
    return place


def _seal(place: Path, seal: str) -> None:
    """Writes down which event is the last; where a crash came before that, it names the one before."""
    fresh = place.with_suffix(".head.new")
    with fresh.open("w", encoding="utf-8") as stream:
        stream.write(seal + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(place.with_suffix(".head"))


def _lines(place: Path) -> list[str]:
    if not place.is_file():
        return []
    text = place.read_bytes()
    return text[: text.rfind(b"\n") + 1].decode("utf-8", "replace").split("\n")[:-1]


def _drop_torn_tail(place: Path) -> None:
    if not place.is_file():
        return
    text = place.read_bytes()
    whole = text.rfind(b"\n") + 1
    if whole < len(text):
        place.with_suffix(".torn").write_bytes(text[whole:])
        with place.open("r+b") as stream:
            stream.truncate(whole)
            os.fsync(stream.fileno())
