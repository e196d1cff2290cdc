"""Amounts given where members of several dimensions meet: do they cover the whole, and what do they add up to?"""

from __future__ import annotations

__all__ = ["SCOPE", "added_up", "covering"]

from collections.abc import Iterator

import pandas as pd

from salesplan.config import DIMENSIONS, UNASSIGNED
from salesplan.words import scope_of

SCOPE = "scope"  # the dimension of a row that names members of several: "region=EC, channel=DIS"


def covering(rows: pd.DataFrame, *, cells: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """Which rows, naming the same dimensions, cover all that is sold between them?

    rows: dimension, member and more, of one period. cells: what is sold, a column per dimension. Gives the dimensions
    and the rows with a column for each; combinations without an assigned member need no row.
    """
    named = [scope_of(str(m)) if d == SCOPE else {d: m} for d, m in zip(rows["dimension"], rows["member"], strict=True)]
    signs = [tuple(n) if set(n) <= set(DIMENSIONS) else () for n in named]
    for dimensions in sorted({s for s in signs if s}, key=lambda s: (len(s), [DIMENSIONS.index(d) for d in s])):
        inside = [n for n, sign in zip(named, signs, strict=True) if sign == dimensions]
        part = rows[[sign == dimensions for sign in signs]].assign(**{d: [n[d] for n in inside] for d in dimensions})
        sold = cells[list(dimensions)].astype(str).drop_duplicates()
        sold = sold[(sold != UNASSIGNED).all(axis=1)]
        if len(sold) and set(sold.itertuples(index=False, name=None)) <= set(
            part[list(dimensions)].itertuples(index=False, name=None)
        ):
            yield dimensions, part


def added_up(rows: pd.DataFrame, *, value: str, cube: pd.DataFrame, months_of: dict[str, list[str]]) -> pd.DataFrame:
    """The rows, and what follows from them: members and totals that nobody gave, where their parts are all given.

    rows: dimension, member, period and ``value``, one row each. cube: period and a column per dimension, from which
    what is sold is read: in the months of a row's period where it has them (months_of), else in its latest year.
    Returned are dimension, member, period and value.
    """
    columns = ["dimension", "member", "period", value]
    latest = cube[cube["period"].isin(sorted(cube["period"].unique())[-12:])]
    found = [rows[columns]]
    for period, part in rows.groupby("period", sort=True):
        inside = cube[cube["period"].isin(months_of[str(period)])]
        cells, there = (inside if len(inside) else latest), set(part["dimension"])
        for dimensions, own in covering(part, cells=cells):
            for dimension in dimensions if len(dimensions) > 1 else ():
                if dimension not in there:
                    sums = own.groupby(dimension, sort=True)[value].sum()
                    found.append(_rows(dimension, list(sums.index), str(period), list(sums), columns))
                    there.add(dimension)
            if "total" not in there:
                found.append(_rows("total", ["total"], str(period), [own[value].sum()], columns))
                there.add("total")
    return pd.concat(found, ignore_index=True)


def _rows(dimension: str, members: list[str], period: str, amounts: list[int], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame([(dimension, m, period, a) for m, a in zip(members, amounts, strict=True)], columns=columns)
