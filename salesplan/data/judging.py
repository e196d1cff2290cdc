"""Every delivered row is accepted, set aside with the reason, or excluded by declaration: never dropped."""

from __future__ import annotations

__all__ = ["Judged", "judge"]

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from salesplan import config
from salesplan.data.engine import literal, quoted
from salesplan.data.gathering import Gathered
from salesplan.data.meaning import Meaning, meanings
from salesplan.data.repeats import repeated
from salesplan.data.text import tidy
from salesplan.data.totals import repeated_headers, subtotals
from salesplan.errors import DataError, PlanFileError
from salesplan.periods import FiscalCalendar

_GIVEN_BACK = "('return', 'cancellation', 'fee')"
_AGAINST_ITS_SIGN = ("negative_without_return", "sign_mismatch")


@dataclass(frozen=True)
class Judged:
    """What becomes of each row of a source.

    table: on the engine, file and row, a typed column per delivered canonical column, fault_column and fault (its code;
    missing where the row is sound), late, out (excluded), currency_of_row, verdict (accepted, quarantined, excluded).
    narrow: the columns of numbers that are DECIMAL(18, 4); others are DECIMAL(38, 10).
    """

    rows: Gathered
    table: str
    notes: list[tuple[str, str]] = field(default_factory=list)
    narrow: frozenset[str] = frozenset()


def judge(rows: Gathered, *, plan: config.Plan, cut_off: dt.date | None) -> Judged:
    """What becomes of each row. Errors: DataError for what no row-wise verdict can mend (unclear dates, currency)."""
    source = plan.file.sources[rows.name]
    _check_epochs(rows)
    read = meanings(rows, source=source, currency=plan.file.company.currency)
    judged = Judged(rows, f"judged_{rows.name}", narrow=frozenset(name for name, m in read.items() if m.narrow))
    _typed(judged, read, plan=plan, cut_off=cut_off)
    repeated_headers(rows, judged.table, notes=judged.notes)
    subtotals(rows, judged.table, not_suspicious=_AGAINST_ITS_SIGN)
    _check_unclear(judged)
    _check_currency(judged, plan.file.company.currency)
    _count_returns(judged)
    key = source.key or list(config.SOURCES[rows.name].key)
    repeated(rows, judged.table, key=key, notes=judged.notes)
    judged.notes.extend(("fixed", f"{name}: {m.fixed}") for name, m in read.items() if m.fixed)
    judged.notes.extend(("offsets", f"{name}: {m.offsets}") for name, m in read.items() if m.offsets)
    with_verdict = f"verdict_{rows.name}"
    rows.engine.run(
        f"CREATE VIEW {with_verdict} AS SELECT *, CASE WHEN out THEN 'excluded' WHEN fault IS NOT NULL "
        f"THEN 'quarantined' ELSE 'accepted' END AS verdict FROM {judged.table}"
    )
    return replace(judged, table=with_verdict)


def _check_epochs(rows: Gathered) -> None:
    other = [raw for raw in rows.files if raw.epoch != rows.files[0].epoch]
    if other:
        raise DataError(
            f"sources.{rows.name}: {other[0].file} counts its days from {other[0].epoch.year} and "
            f"{rows.files[0].file} from {rows.files[0].epoch.year}. Save both workbooks with one date system.",
            places=[(other[0].file, None, "", str(other[0].epoch))],
        )


def _typed(judged: Judged, read: dict[str, Meaning], *, plan: config.Plan, cut_off: dt.date | None) -> None:
    """Makes the table: one pass that types every cell and finds each row's first fault."""
    rows, source = judged.rows, plan.file.sources[judged.rows.name]
    ends = _period_ends(rows, read, plan) if "period" in read else ""
    typed = ", ".join(f"{m.value} AS {quoted(n)}, {m.code} AS {quoted('code ' + n)}" for n, m in read.items())
    joins = "".join(m.join for m in read.values())
    inner = f"SELECT file, row, {typed}, {_declared(rows, source)} AS declared FROM {rows.view}{joins}"
    late = _late(rows, read, cut_off)
    outer = (
        f"SELECT * EXCLUDE ({', '.join(quoted('code ' + n) for n in read)}, declared), {late} AS late, "
        f"({late}) OR declared AS out, {_currency(read, plan.file.company.currency)} AS currency_of_row, "
        f"{_first_fault(rows, read)} AS found FROM ({inner}) AS typed{ends}"
    )
    extra = ", period_end" if ends else ""
    rows.engine.run(
        f"CREATE TABLE {judged.table} AS SELECT * EXCLUDE (found{extra}), "
        "nullif(split_part(found, '|', 1), '') AS fault_column, nullif(split_part(found, '|', 2), '') AS fault "
        f"FROM (SELECT * REPLACE ({_with_sign(rows, read)} AS found) FROM ({outer}))"
    )


def _first_fault(rows: Gathered, read: dict[str, Meaning]) -> str:
    """The first fault of a row, "column|code", is the one that is told; "|" where there is none."""
    shape = config.SOURCES[rows.name].columns
    cases = []
    for name in read:
        value, kind = quoted(name), shape[name]
        cases.append(
            f"WHEN {quoted('code ' + name)} IS NOT NULL THEN {literal(name + '|')} || {quoted('code ' + name)}"
        )
        if kind.required and not kind.may_be_blank:
            fault = "missing_key" if kind.kind == "key" else "missing_value"
            cases.append(f"WHEN {value} IS NULL THEN {literal(f'{name}|{fault}')}")
        if kind.kind in ("number", "money", "share") and not kind.may_be_negative:
            cases.append(f"WHEN {value} < 0 THEN {literal(f'{name}|negative')}")
    if "period" in read:
        cases.append("WHEN period IS NOT NULL AND period_end IS NULL THEN 'period|bad_period'")
    if {"dimension", "member"} <= shape.keys() and not shape["member"].required:
        cases += _half_scopes(read)
    return f"CASE {' '.join(cases)} ELSE '|' END"


def _half_scopes(read: dict[str, Meaning]) -> Iterator[str]:
    """A dimension says nothing without its member, and the other way round; the total needs none."""
    dimension, member = ("dimension" in read, "member" in read)
    if dimension:
        without = "member IS NULL AND " if member else ""
        yield f"WHEN {without}dimension IS NOT NULL AND dimension <> 'total' THEN 'dimension|half_scope'"
    if member:
        without = "dimension IS NULL AND " if dimension else ""
        yield f"WHEN {without}member IS NOT NULL THEN 'member|half_scope'"


def _with_sign(rows: Gathered, read: dict[str, Meaning]) -> str:
    """Quantity and amount have one sign; a negative quantity is a return, where the source says what a return is."""
    if rows.name != "orders":
        return "found"
    kind = "lower(coalesce(order_type, ''))" if "order_type" in read else "''"
    unsaid = f"WHEN quantity < 0 AND {kind} NOT IN {_GIVEN_BACK} THEN 'quantity|negative_without_return'"
    return (
        f"CASE WHEN found <> '|' OR out THEN found {unsaid if 'order_type' in read else ''} "
        f"WHEN sign(quantity) * sign(net_sales) < 0 AND {kind} NOT IN {_GIVEN_BACK} THEN 'net_sales|sign_mismatch' "
        "WHEN quantity < 0 AND net_sales > 0 THEN 'net_sales|sign_mismatch' ELSE found END"
    )


def _period_ends(rows: Gathered, read: dict[str, Meaning], plan: config.Plan) -> str:
    """The join that gives the last day of each row's period; missing where the calendar does not have it."""
    import pyarrow as pa

    calendar = FiscalCalendar(**plan.file.calendar.model_dump())
    meaning = read["period"]
    texts = rows.engine.rows(f"SELECT DISTINCT {meaning.value} FROM {rows.view}{meaning.join}")
    known = {str(text): _end(calendar, str(text)) for (text,) in texts if text is not None}
    table = f"ends_{rows.name}"
    content = pa.table({"label": pa.array(known, pa.string()), "period_end": pa.array(known.values(), pa.date32())})
    rows.engine.load(table, content.to_batches(), schema=content.schema)
    return f" LEFT JOIN (SELECT label, period_end FROM {table}) AS ends ON typed.period = ends.label"


def _end(calendar: FiscalCalendar, period: str) -> dt.date | None:
    try:
        return calendar.bounds(period)[1]
    except PlanFileError:
        return None


def _late(rows: Gathered, read: dict[str, Meaning], cut_off: dt.date | None) -> str:
    """Which rows lie after the last day that exists for this run: by their own date, else by their period's end."""
    dated_by = config.SOURCES[rows.name].dated_by
    if cut_off is None:
        return "false"
    if dated_by in read:
        return f"coalesce({quoted(dated_by)} > DATE '{cut_off}', false)"
    if "period" not in read or rows.name == "targets":
        return "false"
    return f"coalesce(period_end > DATE '{cut_off}', false)"


def _declared(rows: Gathered, source: config.SourceFile) -> str:
    """Which rows the plan file declares out, by a text as delivered or as read."""
    found = ["false"]
    for exclusion in source.exclude:
        values = {tidy(v) for v in exclusion.values}
        own = exclusion.column in rows.columns
        cell = f"{rows.view}.{quoted(exclusion.column if own else rows.theirs[exclusion.column])}"
        texts = rows.engine.rows(f"SELECT DISTINCT {cell} FROM {rows.view}")
        codes = source.values.get(exclusion.column, {})
        ours = {tidy(left): right for left, right in codes.items()}
        meant = [t for (t,) in texts if tidy(t) in values or (own and ours.get(tidy(t), tidy(t)) in values)]
        if meant:
            found.append(f"{cell} IN ({', '.join(map(literal, sorted(meant)))})")
    return " OR ".join(found)


def _check_unclear(judged: Judged) -> None:
    unclear = judged.rows.engine.rows(
        f"SELECT file, row, fault_column, fault FROM {judged.table} "
        "WHERE fault IN ('ambiguous_date', 'ambiguous_month') AND NOT out ORDER BY file, row LIMIT 1"
    )
    if not unclear:
        return
    number, row, name, fault = unclear[0]
    (found,) = judged.rows.engine.row(
        f"SELECT {quoted(name)} FROM {judged.rows.view} WHERE file = {number} AND row = {row}"
    )
    file = judged.rows.files[number]
    place, source = (file.file, file.seen(row), name, found), judged.rows.name
    told = f"sources.{source}: {place[0]}, row {place[1]}, {name}: {found!r} "
    if fault == "ambiguous_month":
        told += (
            f"may be {found[:4]}-01 or {found[:4]}-10, from which a spreadsheet takes the nought. Write months as "
            f"{found[:4]}-01, or as text."
        )
    else:
        told += f'may be day or month first. Write dates = "%d/%m/%Y" or dates = "%m/%d/%Y" under [sources.{source}].'
    raise DataError(told, places=[place])


def _currency(read: dict[str, Meaning], home: str) -> str:
    return f"upper(coalesce(currency, {literal(home)}))" if "currency" in read else literal(home)


def _check_currency(judged: Judged, home: str) -> None:
    """Another currency than the plan's stops the source unless its rows are declared out."""
    foreign = judged.rows.engine.rows(
        f"SELECT file, row, currency_of_row, count(*) OVER (PARTITION BY currency_of_row) FROM {judged.table} "
        f"WHERE currency_of_row <> {literal(home)} AND NOT out ORDER BY file, row LIMIT 1"
    )
    if not foreign:
        return
    number, found, other, count = foreign[0]
    place, row = judged.rows.files[number].file, judged.rows.files[number].seen(found)
    raise DataError(
        f"sources.{judged.rows.name}: {place}, row {row}, currency: found {other!r} in {count} rows, and the plan is "
        f"in {home}. Deliver the amounts in {home}, or declare the rows out: "
        f'[[sources.{judged.rows.name}.exclude]] column = "currency", values = ["{other}"].',
        places=[(place, row, "currency", other)],
    )


def _count_returns(judged: Judged) -> None:
    """Without an order type a negative quantity is taken for a return, and told."""
    if judged.rows.name != "orders" or "order_type" in judged.rows.columns:
        return
    (count,) = judged.rows.engine.row(
        f"SELECT count(*) FROM {judged.table} WHERE quantity < 0 AND NOT out "
        "AND coalesce(fault, 'sign_mismatch') = 'sign_mismatch'"
    )
    judged.notes.extend([("negative_quantity", str(count))] if count else [])
