"""Every delivered row is accepted, set aside with the reason, or excluded by declaration: never dropped."""

from __future__ import annotations

__all__ = ["ACCEPTED", "EXCLUDED", "QUARANTINED", "Judged", "judge"]

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from salesplan import config
from salesplan.data.gathering import Gathered
from salesplan.data.repeats import repeated
from salesplan.data.text import clean, tidy
from salesplan.data.totals import subtotals
from salesplan.errors import DataError, nearest
from salesplan.periods import FiscalCalendar

ACCEPTED, QUARANTINED, EXCLUDED = 0, 1, 2


@dataclass(frozen=True)
class Judged:
    """Per row: the verdict, and for a row set aside the column, the code and the raw text; late rows marked."""

    verdict: Any
    column: Any
    code: Any
    late: Any
    currency: Any
    notes: list[tuple[str, str]] = field(default_factory=list)


def judge(rows: Gathered, *, plan: config.Plan, cut_off: dt.date | None) -> Judged:
    """What becomes of each row. Errors: DataError for what no row-wise verdict can mend (unclear dates, currency)."""
    import numpy as np

    count = len(rows.row)
    source = plan.file.sources[rows.name]
    column, code = np.full(count, "", dtype=object), np.full(count, "", dtype=object)
    _faults(rows, column, code)
    period_ends = _period_ends(rows, plan, column, code)
    notes: list[tuple[str, str]] = []
    late = _late(rows, cut_off, period_ends)
    out = late | _declared(rows, source)
    out |= subtotals(rows, suspicious=(code != "") & ~out)
    _check_unclear(rows, code, out)
    currency = _currency(rows, plan.file.company.currency, out)
    _signs(rows, column, code, out, notes)
    key = source.key or list(config.SOURCES[rows.name].key)
    repeated(rows, key=key, column=column, code=code, usable=(code == "") & ~out, notes=notes)
    verdict = np.where(out, EXCLUDED, np.where(code != "", QUARANTINED, ACCEPTED))
    _count_fixed(rows, notes)
    return Judged(verdict, column, code, late, currency, notes)


def _mark(column: Any, code: Any, where: Any, *, name: str, fault: str) -> None:
    """The first fault of a row is the one that is told."""
    fresh = where & (code == "")
    column[fresh], code[fresh] = name, fault


def _faults(rows: Gathered, column: Any, code: Any) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    for name, kind in config.SOURCES[rows.name].columns.items():
        if name not in rows.read:
            continue
        reading = rows.read[name]
        for fault in sorted(set(reading.codes) - {""}):
            _mark(column, code, reading.codes == fault, name=name, fault=fault)
        if kind.required:
            missing = pc.is_null(reading.values).to_numpy(zero_copy_only=False)
            fault = "missing_key" if kind.kind == "key" else "missing_value"
            _mark(column, code, missing, name=name, fault=fault)
        if kind.kind in ("number", "money", "share") and not kind.may_be_negative and len(reading.values):
            zero = pa.scalar(0).cast(reading.values.type)
            negative = pc.fill_null(pc.less(reading.values, zero), False)
            _mark(column, code, np.asarray(negative.to_numpy(zero_copy_only=False)), name=name, fault="negative")


def _period_ends(rows: Gathered, plan: config.Plan, column: Any, code: Any) -> Any:
    """The last day of each row's period; a period that the calendar does not have is a fault."""
    import numpy as np

    if "period" not in rows.read:
        return None
    calendar = FiscalCalendar(**plan.file.calendar.model_dump())
    texts = rows.read["period"].values.to_pylist()
    ends: dict[str, dt.date | None] = {}
    for text in set(texts) - {None}:
        try:
            ends[text] = calendar.bounds(text)[1]
        except Exception:
            ends[text] = None
    wrong = np.array([t is not None and ends[t] is None for t in texts])
    _mark(column, code, wrong, name="period", fault="bad_period")
    return [ends.get(t) if t is not None else None for t in texts]


def _late(rows: Gathered, cut_off: dt.date | None, period_ends: Any) -> Any:
    """Which rows lie after the last day that exists for this run: by their own date, else by their period's end."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    none = np.zeros(len(rows.row), dtype=bool)
    if cut_off is None:
        return none
    dated_by = config.SOURCES[rows.name].dated_by
    if dated_by in rows.read:
        after = pc.greater(rows.read[dated_by].values, pa.scalar(cut_off, pa.date32()))
        return pc.fill_null(after, False).to_numpy(zero_copy_only=False)
    if period_ends is None or rows.name == "targets":
        return none
    return np.array([end is not None and end > cut_off for end in period_ends])


def _declared(rows: Gathered, source: config.SourceFile) -> Any:
    """Which rows the plan file declares out."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    out = np.zeros(len(rows.row), dtype=bool)
    for exclusion in source.exclude:
        values = pa.array(sorted({tidy(v) for v in exclusion.values}), pa.string())
        for cells in _cells_of(rows, exclusion.column):
            out |= pc.is_in(clean(cells), value_set=values).to_numpy(zero_copy_only=False)
    return out


def _cells_of(rows: Gathered, name: str) -> list[Any]:
    """The cells of one of our columns, as delivered and as read, or of one of theirs."""
    import pyarrow as pa

    if name in rows.text:
        values = rows.read[name].values
        return [rows.text[name], *([values] if pa.types.is_string(values.type) else [])]
    found = [{tidy(h): h for h in raw.table.column_names} for raw in rows.files]
    if not all(tidy(name) in headers for headers in found):
        known = [*rows.text, *found[0]]
        raise DataError(f"sources.{rows.name}.exclude: there is no column {name!r}.{nearest(name, known)}")
    pieces = [r.table.column(h[tidy(name)]).combine_chunks() for r, h in zip(rows.files, found, strict=True)]
    return [pa.concat_arrays(pieces)]


def _check_unclear(rows: Gathered, code: Any, out: Any) -> None:
    unclear = (code == "ambiguous_date") & ~out
    if not unclear.any():
        return
    at = int(unclear.argmax())
    name = next(n for n, r in rows.read.items() if r.codes[at] == "ambiguous_date")
    found = str(rows.text[name][at])
    raise DataError(
        f"sources.{rows.name}: {rows.file[at]}, row {rows.row[at]}, {name}: {found!r} may be day or month first. "
        f'Write dates = "%d/%m/%Y" or dates = "%m/%d/%Y" under [sources.{rows.name}].',
        places=[(rows.file[at], int(rows.row[at]), name, found)],
    )


def _currency(rows: Gathered, home: str, out: Any) -> Any:
    """Each row's currency; another one than the plan's stops the source unless its rows are declared out."""
    import numpy as np

    if "currency" not in rows.read:
        return np.full(len(rows.row), home, dtype=object)
    texts = rows.read["currency"].values
    coded = texts.dictionary_encode()
    found = np.array([*(t.upper() for t in coded.dictionary.to_pylist()), home], dtype=object)
    indices = coded.indices.fill_null(len(found) - 1).to_numpy(zero_copy_only=False)
    currency = found[indices]
    foreign = (currency != home) & ~out
    if foreign.any():
        at = int(foreign.argmax())
        other = str(currency[at])
        raise DataError(
            f"sources.{rows.name}: {rows.file[at]}, row {rows.row[at]}, currency: found {other!r} in "
            f"{int((currency[foreign] == other).sum())} rows, and the plan is in {home}. Deliver the amounts in {home}"
            f', or declare the rows out: [[sources.{rows.name}.exclude]] column = "currency", values = ["{other}"].',
            places=[(rows.file[at], int(rows.row[at]), "currency", other)],
        )
    return currency


def _signs(rows: Gathered, column: Any, code: Any, out: Any, notes: list[tuple[str, str]]) -> None:
    """Quantity and amount have one sign; a negative quantity is a return, where the source says what a return is."""
    import numpy as np

    if rows.name != "orders":
        return
    quantity, amount = (_signs_of(rows.read[c].values) for c in ("quantity", "net_sales"))
    kinds = np.full(len(quantity), "", dtype=object)
    if "order_type" in rows.read:
        kinds = np.array([str(k or "").casefold() for k in rows.read["order_type"].values.to_pylist()], dtype=object)
        unsaid = (quantity < 0) & ~np.isin(kinds, ["return", "cancellation", "fee"])
        _mark(column, code, unsaid & ~out, name="quantity", fault="negative_without_return")
    else:
        returned = int(((quantity < 0) & (code == "") & ~out).sum())
        notes += [("negative_quantity", str(returned))] if returned else []
    against = (quantity * amount < 0) & ~np.isin(kinds, ["return", "cancellation", "fee"])
    _mark(column, code, (against | ((quantity < 0) & (amount > 0))) & ~out, name="net_sales", fault="sign_mismatch")


def _signs_of(values: Any) -> Any:
    import pyarrow.compute as pc

    return pc.fill_null(pc.sign(values), 0).to_numpy(zero_copy_only=False).astype("int64")


def _count_fixed(rows: Gathered, notes: list[tuple[str, str]]) -> None:
    fixed = {name: reading.fixed for name, reading in rows.read.items() if reading.fixed}
    notes += [("fixed", f"{name}: {number}") for name, number in fixed.items()]
