"""What sums of cells may be: one margin holds a low and a high end for each of its groups."""

from __future__ import annotations

__all__ = ["Margin", "Problem", "demand", "problem"]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse


@dataclass(frozen=True)
class Margin:
    """Sums over groups of cells, each no less than its ``low`` and no more than its ``high`` [whole cents].

    of: the group of each cell, -1 for a cell that is in none. names: of the groups, for messages.
    """

    of: np.ndarray
    names: Sequence[str]
    low: np.ndarray
    high: np.ndarray


def demand(name: str, inside: np.ndarray, *, low: int = 0, high: int | None = None) -> Margin:
    """One group: the cells ``inside``, whose sum is at least ``low`` and, where given, at most ``high``."""
    most = np.iinfo("int64").max // 4 if high is None else high
    return Margin(np.where(inside, 0, -1), (name,), np.array([low], "int64"), np.array([most], "int64"))


@dataclass(frozen=True)
class Problem:
    """Margins as one matrix [group, cell] of ones with the ends of each row; the total is the first row."""

    margins: tuple[Margin, ...]
    rows: sparse.csr_array
    low: np.ndarray
    high: np.ndarray

    @property
    def total(self) -> int:
        return int(self.low[0])

    @property
    def names(self) -> list[str]:
        """Of the rows after the total."""
        return [name for margin in self.margins for name in margin.names]

    def only(self, kept: Sequence[int]) -> Problem:
        """The problem in which all but these rows (numbered without the total) may be anything."""
        held, at, margins = np.zeros(len(self.low), dtype=bool), 0, []
        held[[n + 1 for n in kept]] = True
        for margin in self.margins:
            mine = held[at + 1 : at + 1 + len(margin.names)]
            low, high = np.where(mine, margin.low, 0), np.where(mine, margin.high, self.total)
            margins.append(Margin(margin.of, margin.names, low, high))
            at += len(margin.names)
        low, high = np.where(held, self.low, 0), np.where(held, self.high, self.total)
        low[0], high[0] = self.total, self.total
        return Problem(tuple(margins), self.rows, low, high)

    def off(self, amounts: np.ndarray) -> np.ndarray:
        """How far each row's sum lies outside its ends."""
        sums = self.rows @ amounts
        return np.asarray(np.maximum(np.maximum(self.low - sums, sums - self.high), 0))


def problem(count: int, *, total: int, margins: Sequence[Margin]) -> Problem:
    """The matrix of ``margins`` over ``count`` cells; high ends above the total are the total."""
    held = tuple(Margin(m.of, m.names, m.low, np.maximum(np.minimum(m.high, total), m.low)) for m in margins)
    rows, columns, at = [np.zeros(count, "int64")], [np.arange(count)], 1
    for margin in held:
        inside = np.flatnonzero(margin.of >= 0)
        rows.append(margin.of[inside] + at)
        columns.append(inside)
        at += len(margin.names)
    row, column = np.concatenate(rows), np.concatenate(columns)
    matrix = sparse.csr_array((np.ones(len(row)), (row, column)), shape=(at, count))
    ends = [np.concatenate([[total], *(getattr(m, end) for m in held)]).astype("int64") for end in ("low", "high")]
    return Problem(held, matrix, *ends)
