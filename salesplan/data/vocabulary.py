"""What columns and files are called by others, in five languages: ``headers.toml``."""

from __future__ import annotations

__all__ = ["headers_known", "vocabulary"]

import tomllib
from functools import cache
from importlib import resources

from salesplan import config


@cache
def vocabulary() -> dict[str, dict[str, list[str]]]:
    """The words by source and column of ours; those of "any" stand for the column in every source."""
    text = resources.files("salesplan.data").joinpath("headers.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def headers_known() -> dict[str, dict[str, list[str]]]:
    """By source and column of ours: what it may be called, our own name first."""
    known = vocabulary()
    return {
        name: {c: [c, *known.get(name, {}).get(c, []), *known["any"].get(c, [])] for c in shape.columns}
        for name, shape in config.SOURCES.items()
    }
