"""Is the delivery whole enough, and recent enough, to plan on?"""

from __future__ import annotations

__all__ = ["check_customers", "check_fall", "check_fresh", "check_share"]

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from salesplan import config
from salesplan.data.accounting import Unread
from salesplan.data.engine import Engine, quoted
from salesplan.data.judging import Judged
from salesplan.errors import DataError
from salesplan.words import words

_TOLD = 5
_MANY = 20  # customers, from which on their coming and going says something
_FEW_STAY, _MOST_COME_BACK = 0.15, 0.5
_QUIET_DAYS = 7
_SHORT_DAYS = 730


def check_share(
    judged: Judged, *, quarantined: pd.DataFrame, unread: Sequence[Unread], checks: config.Checks
) -> list[tuple[str, str]]:
    """Refuses a source of which too much was set aside; nothing after the cut-off counts on either side.

    An amount that cannot be read counts as what it most likely is; a warning says where the first of them stand.
    """
    aside, valued_by = len(quarantined), config.SOURCES[judged.rows.name].valued_by
    if not aside:
        return []
    size = f"coalesce(sum(abs({quoted(valued_by)})), 0)" if valued_by in judged.rows.columns else "0"
    sums = judged.rows.engine.rows(f"SELECT verdict, count(*), {size}::DOUBLE FROM {judged.table} GROUP BY ALL")
    kept = {verdict: (count, amount) for verdict, count, amount in sums}
    if "accepted" not in kept and "excluded" in kept:
        return []  # nothing lies before the cut-off: that is said better than as a share
    rows, amounts = (tuple(kept.get(v, (0, 0.0))[n] for v in ("quarantined", "accepted")) for n in (0, 1))
    amounts = (amounts[0] + float(sum(abs(one.likely) for one in unread if one.likely)), amounts[1])
    shares = [("rows", aside / (aside + rows[1]), checks.max_quarantined_rows)]
    shares.append(("amount", amounts[0] / sum(amounts) if sum(amounts) else 0.0, checks.max_quarantined_amount))
    for what, share, limit in shares:
        if share > limit:
            raise _too_much(judged.rows.name, quarantined, what=what, share=share, limit=limit)
    first = "; ".join(f"{one.file}:{one.row} {valued_by} {one.raw[:40]!r}" for one in unread[:_TOLD])
    return [("unread_money", first)] if unread else []


def _too_much(name: str, quarantined: pd.DataFrame, *, what: str, share: float, limit: float) -> DataError:
    first = quarantined.head(5).to_dict("records")
    places = [(r["file"], int(r["row"]), r["column"], r["raw"]) for r in first]
    term = words("en").term
    listed = "; ".join(
        f"{r['file']}, row {r['row']}, {r['column']}: {r['code']} ({term(r['code'])}), found {r['raw'][:60]!r}"
        for r in first
    )
    return DataError(
        f"sources.{name}: {share:.2%} of the {what} would be set aside, and [checks] allows {limit:.2%}. The first: "
        f"{listed}. Correct the rows, declare them out under [[sources.{name}.exclude]], or raise "
        f"max_quarantined_{what} under [checks].",
        places=places,
    )


def check_fall(reconciliation: pd.DataFrame, before: pd.DataFrame | None, *, checks: config.Checks) -> list[str]:
    """Which sources came in with far fewer rows, or far less money, than in the delivery accepted before?

    Frames of form data/reconciliation, before None where there was none, to a sentence per source that fell; empty
    where all may be used.
    """
    if before is None:
        return []
    keys = ["source", "currency"]
    both = before.merge(reconciliation, on=keys, suffixes=("_before", ""))
    found = []
    for line in both[~both["source"].isin(checks.may_fall)].to_dict("records"):
        for what, name in (("rows", "rows_in"), ("amount", "amount_in")):
            was, now = float(line[f"{name}_before"]), float(line[name])
            if was > 0 and was - now > checks.max_fall * was:
                found.append(
                    f"sources.{line['source']}: {what} in {now:,.2f} {line['currency']} against {was:,.2f} in the "
                    f"delivery published last, {1 - now / was:.0%} less; [checks] allows {checks.max_fall:.0%}. "
                    f'Deliver what is missing; where this is right, say may_fall = ["{line["source"]}"] under [checks]'
                )
                break
    return found


def check_fresh(judged: Judged, *, cut_off: dt.date | None, checks: config.Checks) -> list[tuple[str, str]]:
    """Warnings on order lines that end early or began late; refuses a delivery that is older than the plan allows."""
    if judged.rows.name != "orders":
        return []
    first, last, later = judged.rows.engine.row(
        "SELECT min(order_date) FILTER (verdict = 'accepted'), max(order_date) FILTER (verdict = 'accepted'), "
        f"min(order_date) FILTER (late AND fault IS NULL) FROM {judged.table}"
    )
    if first is None:
        told = f" {cut_off}; the first order is of {later}. Plan a later quarter, or deliver" if later else ". Deliver"
        raise DataError(
            f"sources.orders: no row was accepted up to the cut-off{told} the order lines of this quarter.",
            places=[("", None, "order_date", "no rows")],
        )
    notes = [("short_history", f"{first} – {last}")] if (last - first).days < _SHORT_DAYS else []
    if cut_off is None:
        return notes
    silent = (cut_off - last).days
    if silent > checks.stale_days:
        raise DataError(
            f"sources.orders: the last order is of {last}, {silent} days before the cut-off {cut_off}, and [checks] "
            f"allows {checks.stale_days}. Deliver the missing orders, plan an earlier quarter, or raise stale_days.",
            places=[("", None, "order_date", str(last))],
        )
    return notes + ([("partial_last_month", f"{last}")] if silent > _QUIET_DAYS else [])


def check_customers(engine: Engine, orders: str, *, cut_off: dt.date | None) -> list[tuple[str, str]]:
    """What share of the last year's sales went to nobody in particular; refuses books whose customers changed names.

    Customers of a year who come back within it and are nearly all gone in the next, while as many appear, were not lost
    and won: their codes changed. Errors: DataError with the two likeliest causes.
    """
    end = f"DATE '{cut_off}'" if cut_off else f"(SELECT max(order_date) FROM {orders})"
    unknown, whole = engine.row(
        f"SELECT coalesce(sum(net_sales) FILTER (customer_id = '{config.UNASSIGNED}'), 0)::DOUBLE, "
        f"coalesce(sum(net_sales), 0)::DOUBLE FROM {orders} WHERE order_date > {end} - INTERVAL 1 YEAR"
    )
    _check_codes(engine, orders, end=end)
    return [("anonymous", f"{unknown / whole:.1%}")] if unknown and whole > 0 else []


def _check_codes(engine: Engine, orders: str, *, end: str) -> None:
    halves = "CAST(floor(date_diff('day', order_date, last) / 182.5) AS INTEGER)"
    each = (
        "SELECT customer_id, bool_or(half = 0) AS d, bool_or(half = 1) AS c, bool_or(half = 2) AS b, "
        "bool_or(half = 3) AS a "
        f"FROM (SELECT customer_id, {halves} AS half FROM {orders}, (SELECT {end} AS last) "
        f"WHERE customer_id <> '{config.UNASSIGNED}' AND order_date <= last) WHERE half BETWEEN 0 AND 3 GROUP BY 1"
    )
    before, after, both, within_before, back_before, within, back = engine.row(
        "SELECT count_if(a OR b), count_if(c OR d), count_if((a OR b) AND (c OR d)), "
        f"count_if(a), count_if(a AND b), count_if(c), count_if(c AND d) FROM ({each})"
    )
    if before is None or min(before, after) < _MANY or min(within_before, within) == 0:
        return
    stays = both / before
    usual = min(back_before / within_before, back / within)
    if stays > _FEW_STAY or usual < _MOST_COME_BACK or not 0.5 <= before / after <= 2:
        return
    gone, come = (
        engine.row(f"SELECT min(customer_id) FROM ({each}) WHERE ({one}) AND NOT ({other})")[0]
        for one, other in (("a OR b", "c OR d"), ("c OR d", "a OR b"))
    )
    raise DataError(
        f"sources.orders: of {before:,} customers of the year before last {both:,} bought in the last year, and of its "
        f"{after:,} customers {after - both:,} are new. Either customer_id is written otherwise since then ({gone!r} "
        f"before, {come!r} now): translate it by parent_id of the customers, or under [sources.orders.values]. Or a "
        "file of one of the two years is another company's or branch's: deliver both years of the same.",
        places=[("", None, "customer_id", str(come))],
    )
