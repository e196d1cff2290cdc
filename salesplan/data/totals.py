"""Rows that are no data: the header once more, and sums of others, believed only where the sum is right."""

from __future__ import annotations

__all__ = ["repeated_headers", "subtotals"]

import re
from collections.abc import Sequence
from decimal import Decimal

from salesplan import config
from salesplan.data.engine import literal, quoted
from salesplan.data.gathering import Gathered
from salesplan.data.text import tidy
from salesplan.errors import DataError

_WORDS = r"^(.*\s)?(sub-?\s?total|grand total|total|sum|gesamt|summe|somme|suma|totale)s?(\s+g[eé]n[eé]ral)?\s*:?$"
_WORDS += r"|^(zwischensumme|gesamtsumme|sous-total)\s*:?$"
_LABEL = re.compile(_WORDS + r"|^(.*)(小计|合计|总计|总和|累计):?$", re.I)
_CENT = Decimal("0.01")
_FEWEST = 2  # columns that make a row a header


def repeated_headers(rows: Gathered, table: str, *, notes: list[tuple[str, str]]) -> None:
    """Marks as out the rows of the judged ``table`` that say their file's header once more; each file's are noted."""
    for number, raw in enumerate(rows.files):
        named = [(f"c{n}", name) for n, name in enumerate(raw.names) if name != f"column {n + 1}"]
        if len(named) < _FEWEST or raw.per_row > 1:
            continue
        same = " AND ".join(f"trim({cell}) = {literal(name)}" for cell, name in named)
        again = [row for (row,) in rows.engine.rows(f"SELECT {raw.row} FROM {raw.table} WHERE {same}")]
        if again:
            listed = ", ".join(map(str, again))
            rows.engine.run(f"UPDATE {table} SET out = true, fault = NULL WHERE file = {number} AND row IN ({listed})")
            notes.append(("repeated_header", f"{raw.file}: {len(again)}"))


def subtotals(rows: Gathered, table: str, *, not_suspicious: Sequence[str]) -> None:
    """Marks as out the rows of the judged ``table`` that are subtotals or totals of a file.

    Such a row has a fault (something is missing in it) that is none of ``not_suspicious``, carries a label (小计, 合计,
    Total …) and the sum of the rows since the last one, or of all above or in the file. Errors: DataError where the
    label stands and the sum is another. Where months stood as columns no row has a fault: there the label, and a sum
    that is right in every month, are enough.
    """
    valued_by = config.SOURCES[rows.name].valued_by
    if valued_by not in rows.columns:
        return
    amount = quoted(valued_by)
    for number in range(len(rows.files)):
        faulty = f"fault IS NOT NULL AND fault NOT IN {tuple(not_suspicious)}"
        suspicious = rows.engine.rows(
            f"SELECT row FROM {table} WHERE file = {number} AND NOT out AND {amount} IS NOT NULL "
            f"AND {'true' if rows.files[number].per_row > 1 else faulty}"
        )
        at = _labelled(rows, number, [row for (row,) in suspicious])
        if at:
            _check(rows, table, number, at=at, amount=amount)
            listed = ", ".join(map(str, at))
            rows.engine.run(f"UPDATE {table} SET out = true WHERE file = {number} AND row IN ({listed})")


def _labelled(rows: Gathered, number: int, suspicious: list[int]) -> list[int]:
    """The rows among these, in their order, that carry the label of a sum in any cell of their file."""
    if not suspicious:
        return []
    raw = rows.files[number]
    cells = rows.engine.rows(
        f"SELECT * FROM (SELECT {raw.row} AS seen, * EXCLUDE (line) FROM {raw.table}) "
        f"WHERE seen IN ({', '.join(map(str, suspicious))}) ORDER BY seen"
    )
    return [int(row) for row, *texts in cells if any(_LABEL.match(tidy(text or "")) for text in texts)]


def _check(rows: Gathered, table: str, number: int, *, at: list[int], amount: str) -> None:
    """Every total is the sum of the rows since the last one, of all above it, or of its file: of all rows it stands
    over, or of those that were not set aside."""
    listed, per = ", ".join(map(str, at)), rows.files[number].per_row
    sums = rows.engine.rows(
        f"SELECT row, {amount}, sum(own) OVER w, sum(own) OVER m, sum(sound) OVER w, sum(sound) OVER m FROM "
        "(SELECT *, CASE WHEN fault IS NULL THEN own ELSE 0 END AS sound FROM (SELECT row, "
        f"{amount}, fault, CASE WHEN row IN ({listed}) THEN 0 ELSE coalesce({amount}, 0) END AS own "
        f"FROM {table} WHERE file = {number})) "
        f"WINDOW w AS (PARTITION BY row % {per} ORDER BY row), m AS (PARTITION BY row % {per}) "
        f"QUALIFY row IN ({listed}) ORDER BY row"
    )
    befores: dict[int, tuple[Decimal, Decimal]] = {}
    for row, told, above, whole, above_sound, whole_sound in sums:
        month = int(row) % rows.files[number].per_row
        before, before_sound = befores.get(month, (Decimal(0), Decimal(0)))
        over = (above - before, above, whole, above_sound - before_sound, above_sound, whole_sound)
        if min(abs(told - s) for s in over) > _CENT:
            file, name = rows.files[number], amount.strip('"')
            sound = above_sound - before_sound
            other = "" if sound == above - before else f" ({sound:,.2f} without those that something is missing in)"
            raise DataError(
                f"sources.{rows.name}: {file.file}, row {file.seen(row)}, {name}: a total of {told:,.2f} stands over "
                f"rows that sum to {above - before:,.2f}{other}. Rows are missing or changed: deliver the file again, "
                "or take it out.",
                places=[(file.file, file.seen(row), name, str(told))],
            )
        befores[month] = (above, above_sound)
