"""What a run said, and the tables it published: heard while it runs, looked up as its sentences are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from salesplan.words import Words


@dataclass(frozen=True)
class Said:
    """One sentence: its place in the glossary, what filled it, how it read, and who spoke."""

    key: str
    values: dict[str, Any]
    text: str
    words: Words


@contextmanager
def heard() -> Iterator[list[Said]]:
    """All that is said while the context lasts."""
    told: list[Said] = []
    real = Words.say

    def say(self: Words, key: str, **values: Any) -> str:
        text = real(self, key, **values)
        told.append(Said(key, values, text, self))
        return text

    with mock.patch.object(Words, "say", say):
        yield told


class Page:
    """The findings and tables of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every published table by its name."""
        place = self.folder / "tables"
        return {p.relative_to(place).with_suffix("").as_posix(): pd.read_parquet(p) for p in place.rglob("*.parquet")}

    @cached_property
    def sections(self) -> list[tuple[str, str, str]]:
        """Name, table and text of each finding; the first page, which repeats others, at the end."""
        found = [
            (f["name"], f["table"], "\n".join([f["text"], *(c["text"] for c in f["checks"])]))
            for p in sorted((self.folder / "findings").glob("*.json"))
            for f in json.loads(p.read_text(encoding="utf-8"))["findings"]
        ]
        return sorted(found, key=lambda section: section[0] == "review/year")

    def table(self, name: str, **where: Any) -> pd.DataFrame:
        """A published table's rows in which columns have these values; empty where it was not published."""
        table = self.tables.get(name, pd.DataFrame())
        for column, value in where.items():
            table = table[table[column] == value] if column in table else table.head(0)
        return table

    @cached_property
    def shown(self) -> dict[str, set[str]]:
        """Numbers that a table bears out as they stand, by table; filled as asked for."""
        return {}

    def bears(self, name: str, text: str, words: Words) -> bool:
        """Does the table hold this number: in a cell, as a column's sum, as the count of its rows or of a value?"""
        key = f"{words.language}/{name}"
        if key not in self.shown:
            self.shown[key] = set().union(*(written(x, words) for x in _numbers(self.table(name))))
        return text in self.shown[key]


def _numbers(table: pd.DataFrame) -> Iterator[float]:
    yield float(len(table))
    for _, values in table.items():
        if is_numeric_dtype(values) and not is_bool_dtype(values):
            yield from map(float, values.dropna().unique())
            yield float(values.sum())
            yield float((values > 0).sum())
        else:
            yield from map(float, values.astype(str).value_counts())
            yield float(values.astype(str).nunique())
            yield float((values == True).sum())  # noqa: E712


def written(x: float, words: Words) -> set[str]:
    """Every way in which a number is written."""
    if not np.isfinite(x):
        return {words.term("none")}
    ways = {words.chance(x)} if 0 <= x <= 1 else set()
    for one in (x, abs(x)):
        ways |= {words.money(one), words.money(one, signed=True), words.points(one)}
        for digits in (0, 1, 2):
            ways |= {words.number(one, digits=digits), words.share(one, digits=digits)}
            ways.add(words.share(one, signed=True, digits=digits))
    return ways
