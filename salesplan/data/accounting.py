"""What came in, what was accepted and what was not, in rows and money, exactly."""

from __future__ import annotations

__all__ = ["QUARANTINE", "RECONCILIATION", "Unread", "quarantine", "reconciled", "unread_money"]

from decimal import Decimal
from typing import Any, NamedTuple

import pandas as pd

from salesplan import config
from salesplan.data.engine import quoted
from salesplan.data.gathering import Gathered
from salesplan.data.judging import Judged
from salesplan.data.values import best_reading
from salesplan.stats import running_cents

_PARTS = ("accepted", "quarantined", "excluded")
RECONCILIATION = (
    "source",
    "currency",
    *(f"{kind}_{part}" for kind in ("rows", "amount") for part in ("in", *_PARTS, "after_cut_off")),
    "rows_unread",
)
QUARANTINE = ("source", "file", "row", "column", "code", "raw")


class Unread(NamedTuple):
    """A row whose amount cannot be read for certain: where it stands, its text, and what it most likely is."""

    file: str
    row: int
    raw: str
    likely: Decimal | None


def reconciled(judged: Judged, *, home: str, unread: list[Unread]) -> pd.DataFrame:
    """Does what came in equal what was accepted, set aside and excluded, per currency?

    Frame of one row per currency: the columns of ``RECONCILIATION`` [rows; currency units]. Amounts are exact sums of
    what was delivered, rounded cumulatively so that the parts add to the whole; missing where the source carries no
    money. unread: ``unread_money``; such an amount counts as what it most likely is, and rows_unread counts the rows.
    Rows after the cut-off are part of the excluded.
    """
    rows, valued_by = judged.rows, _valued(judged.rows)
    amount = f"coalesce(sum({quoted(valued_by)}), 0)" if valued_by else "0"
    sums = rows.engine.rows(
        f"SELECT currency_of_row, verdict, late, count(*), {amount} FROM {judged.table} GROUP BY ALL"
    )
    currencies = sorted({home, *(s[0] for s in sums)}, key=lambda c: (c != home, c))
    lines = [_line(rows, [s[1:] for s in sums if s[0] == c], currency=c, home=home, unread=unread) for c in currencies]
    return pd.DataFrame([line for line in lines if line["rows_in"]], columns=list(RECONCILIATION))


def unread_money(judged: Judged) -> list[Unread]:
    """The rows set aside whose amount nobody knows for certain, lines whose fields cannot be told apart among them."""
    rows, valued_by = judged.rows, _valued(judged.rows)
    if valued_by is None:
        return []
    cell = quoted(valued_by)
    found = rows.engine.rows(
        f"SELECT j.file, j.row, d.{cell} FROM {judged.table} AS j JOIN {rows.view} AS d "
        f"ON j.file = d.file AND j.row = d.row WHERE verdict = 'quarantined' AND j.{cell} IS NULL ORDER BY ALL"
    )
    told = [
        Unread(rows.files[f].file, rows.files[f].seen(row), raw or "", best_reading(raw or "")) for f, row, raw in found
    ]
    return [*told, *(Unread(file, row, line, None) for file, row, line in rows.ragged)]


def _line(
    rows: Gathered, sums: list[tuple[Any, ...]], *, currency: str, home: str, unread: list[Unread]
) -> dict[str, Any]:
    """sums: verdict, late, rows and amount of each group. What has no currency of its own is in ``home``."""
    ragged, unread = (len(rows.ragged), unread) if currency == home else (0, [])
    valued = _valued(rows) is not None
    line: dict[str, Any] = {"source": rows.name, "currency": currency, "rows_in": sum(s[2] for s in sums) + ragged}
    exact: dict[str, Decimal] = {}
    for part in _PARTS:
        mine = [s for s in sums if s[0] == part]
        line[f"rows_{part}"] = sum(s[2] for s in mine) + (ragged if part == "quarantined" else 0)
        exact[part] = sum((Decimal(s[3]) for s in mine), Decimal(0))
    exact["quarantined"] += sum((one.likely or Decimal(0) for one in unread), Decimal(0))
    line["rows_unread"] = len(unread)
    line["rows_after_cut_off"] = sum(s[2] for s in sums if s[1])
    line |= _amounts(exact, valued=valued)
    held = exact["accepted"] + exact["quarantined"]
    late = sum((Decimal(s[3]) for s in sums if s[1]), Decimal(0))
    line["amount_after_cut_off"] = running_cents([100 * held, 100 * late])[1] / 100 if valued else float("nan")
    return line


def _amounts(exact: dict[str, Decimal], *, valued: bool) -> dict[str, float]:
    whole = running_cents(100 * exact[part] for part in _PARTS) if valued else [float("nan")] * len(_PARTS)
    return {"amount_in": sum(whole) / 100, **{f"amount_{p}": w / 100 for p, w in zip(_PARTS, whole, strict=True)}}


def _valued(rows: Gathered) -> str | None:
    valued_by = config.SOURCES[rows.name].valued_by
    return valued_by if valued_by in rows.columns else None


def quarantine(judged: Judged) -> pd.DataFrame:
    """Which rows were set aside, and why?

    Frame of one row per row set aside, sorted by file and row: source, file, row [as seen in the file, the header is
    row 1], column, code, raw [the cell's text as delivered; the line where its fields cannot be told apart].
    """
    rows = judged.rows
    cells = " ".join(f"WHEN '{c}' THEN d.{quoted(c)}" for c in rows.columns)
    aside = rows.engine.rows(
        f"SELECT j.file, j.row, fault_column, fault, CASE fault_column {cells} END "
        f"FROM {judged.table} AS j JOIN {rows.view} AS d ON j.file = d.file AND j.row = d.row "
        "WHERE verdict = 'quarantined'"
    )
    found = [
        (rows.name, rows.files[f].file, rows.files[f].seen(row), column, code, raw or "")
        for f, row, column, code, raw in aside
    ]
    found += [(rows.name, file, row, "", "wrong_field_count", line[:500]) for file, row, line in rows.ragged]
    table = pd.DataFrame(found, columns=list(QUARANTINE)).astype({"row": "int64"})
    return table.sort_values(["source", "file", "row"], kind="stable", ignore_index=True)
