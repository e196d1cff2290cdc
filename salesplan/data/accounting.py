"""What came in, what was accepted and what was not, in rows and money, exactly."""

from __future__ import annotations

__all__ = ["QUARANTINE", "RECONCILIATION", "quarantine", "reconciled"]

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pandas as pd

from salesplan import config
from salesplan.data.gathering import Gathered
from salesplan.data.judging import ACCEPTED, EXCLUDED, QUARANTINED, Judged

_PARTS = (("accepted", ACCEPTED), ("quarantined", QUARANTINED), ("excluded", EXCLUDED))
RECONCILIATION = (
    "source",
    "currency",
    *(f"{kind}_{part}" for kind in ("rows", "amount") for part in ("in", *(p for p, _ in _PARTS), "after_cut_off")),
)
QUARANTINE = ("source", "file", "row", "column", "code", "raw")
_CENT = Decimal("0.01")


def reconciled(rows: Gathered, judged: Judged, *, home: str) -> pd.DataFrame:
    """Does what came in equal what was accepted, set aside and excluded, per currency?

    Frame of one row per currency: the columns of ``RECONCILIATION`` [rows; currency units]. Amounts are exact sums of
    what was delivered (an amount that cannot be read counts as none), rounded cumulatively so that the parts add to
    the whole; missing where the source carries no money. Rows after the cut-off are part of the excluded.
    """
    currencies = sorted({home, *judged.currency.tolist()}, key=lambda c: (c != home, c))
    lines = [_line(rows, judged, currency, home=home) for currency in currencies]
    return pd.DataFrame([line for line in lines if line["rows_in"]], columns=list(RECONCILIATION))


def _line(rows: Gathered, judged: Judged, currency: str, *, home: str) -> dict[str, Any]:
    mine = judged.currency == currency
    ragged = len(rows.ragged) if currency == home else 0
    line: dict[str, Any] = {"source": rows.name, "currency": currency, "rows_in": int(mine.sum()) + ragged}
    exact: dict[str, Decimal] = {}
    for part, verdict in _PARTS:
        where = mine & (judged.verdict == verdict)
        line[f"rows_{part}"] = int(where.sum()) + (ragged if part == "quarantined" else 0)
        exact[part] = _sum(rows, where)
    line["rows_after_cut_off"] = int((mine & judged.late).sum())
    line |= _amounts(exact, valued=_valued(rows) is not None)
    held = exact["accepted"] + exact["quarantined"]
    late = _cents(held + _sum(rows, mine & judged.late)) - _cents(held)
    line["amount_after_cut_off"] = float(late) if _valued(rows) is not None else float("nan")
    return line


def _amounts(exact: dict[str, Decimal], *, valued: bool) -> dict[str, float]:
    """The parts in whole cents, each the step of the rounded running sum, so that they add to the rounded whole."""
    running, before, found = Decimal(0), Decimal(0), {}
    for part, _ in _PARTS:
        running += exact[part]
        found[f"amount_{part}"] = float(_cents(running) - before) if valued else float("nan")
        before = _cents(running)
    return {"amount_in": float(before) if valued else float("nan"), **found}


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, rounding=ROUND_HALF_EVEN)


def _valued(rows: Gathered) -> str | None:
    valued_by = config.SOURCES[rows.name].valued_by
    return valued_by if valued_by in rows.read else None


def _sum(rows: Gathered, where: Any) -> Decimal:
    import pyarrow as pa
    import pyarrow.compute as pc

    name = _valued(rows)
    if name is None:
        return Decimal(0)
    return pc.sum(rows.read[name].values.filter(pa.array(where))).as_py() or Decimal(0)


def quarantine(rows: Gathered, judged: Judged) -> pd.DataFrame:
    """Which rows were set aside, and why?

    Frame of one row per row set aside, sorted by file and row: source, file, row [as seen in the file, the header is
    row 1], column, code, raw [the cell's text as delivered; the line where its fields cannot be told apart].
    """
    import numpy as np

    at = np.flatnonzero(judged.verdict == QUARANTINED)
    found = [
        (rows.name, str(rows.file[n]), int(rows.row[n]), str(judged.column[n]), str(judged.code[n]), raw)
        for n, raw in zip(at, (_raw(rows, judged, int(n)) for n in at), strict=True)
    ]
    found += [(rows.name, file, row, "", "wrong_field_count", line[:500]) for file, row, line in rows.ragged]
    table = pd.DataFrame(found, columns=list(QUARANTINE)).astype({"row": "int64"})
    return table.sort_values(["source", "file", "row"], kind="stable", ignore_index=True)


def _raw(rows: Gathered, judged: Judged, at: int) -> str:
    column = judged.column[at]
    return str(rows.text[column][int(at)].as_py() or "") if column in rows.text else ""
