"""Rows that are sums of others: found by their label, believed only where the sum is right."""

from __future__ import annotations

__all__ = ["subtotals"]

import re
from decimal import Decimal
from typing import Any

from salesplan import config
from salesplan.data.gathering import Gathered
from salesplan.data.text import tidy
from salesplan.errors import DataError

_WORDS = r"^(.*\s)?(sub-?\s?total|grand total|total|sum)s?\s*:?$"
_LABEL = re.compile(_WORDS + r"|^(.*)(小计|合计|总计|总和|累计):?$", re.I)
_CENT = Decimal("0.01")


def subtotals(rows: Gathered, *, suspicious: Any) -> Any:
    """Which of the ``suspicious`` rows (something is missing in them) are subtotals or totals of a file?

    Such a row carries a label (小计, 合计, Total …) and the sum of the rows since the last one, or of all above or in
    the file. Errors: DataError where the label stands and the sum is another.
    """
    import numpy as np

    out = np.zeros(len(rows.row), dtype=bool)
    valued_by = config.SOURCES[rows.name].valued_by
    if valued_by not in rows.read or not suspicious.any():
        return out
    start = 0
    for raw in rows.files:
        stop = start + raw.table.num_rows
        at = [int(n) for n in np.flatnonzero(suspicious[start:stop]) if _labelled(raw.table, int(n))]
        if at:
            amounts = rows.read[valued_by].values[start:stop].to_pylist()
            at = [n for n in at if amounts[n] is not None]
            _check(rows, amounts, at, start=start, valued_by=valued_by)
            out[[start + n for n in at]] = True
        start = stop
    return out


def _labelled(table: Any, at: int) -> bool:
    return any(_LABEL.match(tidy(str(column[at].as_py() or ""))) for column in table.columns)


def _check(rows: Gathered, amounts: list[Any], at: list[int], *, start: int, valued_by: str) -> None:
    totals = set(at)
    detail = [Decimal(0) if n in totals or a is None else a for n, a in enumerate(amounts)]
    last = 0
    for n in at:
        sums = (sum(detail[last:n], Decimal(0)), sum(detail[:n], Decimal(0)), sum(detail, Decimal(0)))
        if min(abs(amounts[n] - s) for s in sums) > _CENT:
            place, row = rows.file[start + n], int(rows.row[start + n])
            raise DataError(
                f"sources.{rows.name}: {place}, row {row}, {valued_by}: a total of {amounts[n]:,.2f} stands over rows "
                f"that sum to {sums[0]:,.2f}. Rows are missing or changed: deliver the file again, or take it out.",
                places=[(place, row, valued_by, str(amounts[n]))],
            )
        last = n
