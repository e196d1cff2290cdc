"""Where the header of a delivered file stands: below titles, units and remarks, where there are any."""

from __future__ import annotations

__all__ = ["LOOKED_AT", "header_at", "joined"]

from collections.abc import Sequence

from salesplan.data.text import tidy

LOOKED_AT = 30


def header_at(rows: Sequence[Sequence[str]], expected: set[str], *, deep: int = 1) -> int:
    """The number of rows above the header: it holds most of the headers that the plan file speaks of.

    deep: how many rows the header has. Where no row holds two of them (a cell may be one by chance), the first row that
    is about as wide as the rows below.
    """
    starts = range(min(len(rows), LOOKED_AT))
    wanted = {name.casefold() for name in expected}
    found = [len(wanted & {name.casefold() for name in joined(rows[at : at + deep])}) for at in starts]
    filled = [sum(bool(cell.strip()) for cell in rows[at]) for at in starts]
    usual = max(set(filled), key=lambda n: (filled.count(n), n), default=0)
    wide = [n >= max(2, 0.6 * usual) for n in filled]
    if (most := max(found, default=0)) >= min(2, len(wanted)):
        # where the header stands once more below, and is whole only there, what lies between are rows
        return next(at for at, n in enumerate(found) if n == most or (wide[at] and n >= 2 and n > most / 2))
    return wide.index(True) if True in wide else 0


def joined(rows: Sequence[Sequence[str]]) -> list[str]:
    """The names of the columns below one or more header rows, "" for none; one over several is carried to the right."""
    parts = [[tidy(cell) for cell in row] for row in rows]
    for row in parts[:-1]:
        for n in range(1, len(row)):
            row[n] = row[n] or row[n - 1]
    width = max((len(row) for row in parts), default=0)
    columns = ([row[n] for row in parts if n < len(row) and row[n]] for n in range(width))
    return ["/".join(dict.fromkeys(column)) for column in columns]
