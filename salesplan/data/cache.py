"""The outcome of a reading, kept on disk under the hash of everything it came from."""

from __future__ import annotations

__all__ = ["draft", "kept", "key_of", "stored"]

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache as once
from pathlib import Path

from salesplan import config
from salesplan.data.files import inputs

_INDEX = "index.json"
_ENTRIES = 8


def key_of(plan: config.Plan, cut_off: dt.date | None) -> str:
    """The hash of inputs, of the plan's words on them, of the cut-off and of the code that reads."""
    parts = {
        "inputs": inputs(plan).to_dict("records"),
        "plan": plan.file.model_dump(mode="json", include={"company", "calendar", "dimensions", "sources", "checks"}),
        "cut_off": str(cut_off),
        "code": _code(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@once
def _code() -> dict[str, str]:
    """The hash of every module that reads, as it was when it was first asked for."""
    code = [*Path(__file__).parent.glob("*.py"), *Path(config.__file__).parent.glob("*.py")]
    return {p.name + p.parent.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(code)}


def kept(cache: Path, *, key: str) -> Path | None:
    """The folder of an earlier outcome, if it is there and every file in it is as it was written."""
    folder = cache / key[:32]
    try:
        index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        whole = index.pop("key") == key and all(_hash(folder / name) == found for name, found in index.items())
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    return folder if whole else None


@contextmanager
def draft(cache: Path) -> Iterator[Path]:
    """A folder beside the kept ones to write an outcome into; gone afterwards unless it was ``stored``."""
    made = not cache.exists()
    cache.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".draft-", dir=cache))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if made and not any(cache.iterdir()):
            cache.rmdir()


def stored(folder: Path, *, cache: Path, key: str) -> Path:
    """Moves a drafted outcome in place in one step; returns where it lies now."""
    index = {"key": key, **{p.name: _hash(p) for p in sorted(folder.glob("*.parquet"))}}
    (folder / _INDEX).write_text(json.dumps(index, indent=1), encoding="utf-8")
    return _moved(folder, cache, key)


def _moved(drafted: Path, cache: Path, key: str) -> Path:
    folder = cache / key[:32]
    try:
        os.rename(drafted, folder)
    except OSError:
        # either another reading was first, or what stands there is broken: that one makes room
        if kept(cache, key=key) is None:
            aside = Path(tempfile.mkdtemp(prefix=".draft-", dir=cache))
            os.replace(folder, aside / "broken")
            shutil.rmtree(aside, ignore_errors=True)
            os.rename(drafted, folder)
    _prune(cache, keep=folder)
    return folder


def _prune(cache: Path, *, keep: Path) -> None:
    entries = [p for p in cache.iterdir() if (p / _INDEX).is_file() and p != keep and not p.name.startswith(".")]
    entries.sort(key=lambda p: p.stat().st_mtime, reverse=True)
    for old in entries[_ENTRIES - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def _hash(place: Path) -> str:
    with place.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
