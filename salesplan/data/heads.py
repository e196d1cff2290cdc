"""Where the header of a delivered file stands: below titles, units and remarks, where there are any."""

from __future__ import annotations

__all__ = ["LOOKED_AT", "header_at"]

from collections.abc import Sequence

from salesplan.data.text import tidy

LOOKED_AT = 30


def header_at(rows: Sequence[Sequence[str]], expected: set[str]) -> int:
    """The number of rows above the header: it holds most of the headers that the plan file speaks of.

    Where no row holds one of them, the first row that is about as wide as the rows below.
    """
    found = [len(expected & {tidy(cell) for cell in row}) for row in rows[:LOOKED_AT]]
    if max(found, default=0):
        return found.index(max(found))
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:LOOKED_AT]]
    usual = max(set(filled), key=lambda n: (filled.count(n), n), default=0)
    return next((at for at, n in enumerate(filled) if n >= max(2, 0.6 * usual)), 0)
