"""What numbers were made with: hashes of files, of contents and of the code, and the versions of the libraries."""

from __future__ import annotations

__all__ = ["code_hash", "sha256_of", "versions"]

import hashlib
import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from salesplan import __version__

_CODE = {".py", ".toml", ".ttf", ".otf", ".css", ".docx"}
_PACKAGES = (
    "duckdb",
    "hierarchicalforecast",
    "ibis-framework",
    "matplotlib",
    "nbclient",
    "numpy",
    "pandas",
    "papermill",
    "pyarrow",
    "pydantic",
    "python-docx",
    "scipy",
    "statsforecast",
    "statsmodels",
    "XlsxWriter",
)


def sha256_of(content: Any) -> str:
    """SHA-256 of the canonical JSON of ``content``; of a file's bytes where it is a path."""
    if isinstance(content, Path):
        with content.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def code_hash(package: Path) -> str:
    """The SHA-256 of a package's code, texts and fonts."""
    places = [p for p in sorted(package.rglob("*")) if p.suffix in _CODE and p.is_file()]
    return sha256_of({p.relative_to(package).as_posix(): sha256_of(p) for p in places})


def versions() -> dict[str, str]:
    """The versions that a number may depend on."""
    there = {"salesplan": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            there[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return there
