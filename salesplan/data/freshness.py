"""Is the delivery whole enough, and recent enough, to plan on?"""

from __future__ import annotations

__all__ = ["check_fall", "check_fresh", "check_share"]

import datetime as dt

import pandas as pd

from salesplan import config
from salesplan.data.engine import quoted
from salesplan.data.judging import Judged
from salesplan.errors import DataError

_QUIET_DAYS = 7
_SHORT_DAYS = 730


def check_share(judged: Judged, *, quarantined: pd.DataFrame, checks: config.Checks) -> None:
    """Refuses a source of which too much was set aside; nothing after the cut-off counts on either side."""
    aside, valued_by = len(quarantined), config.SOURCES[judged.rows.name].valued_by
    if not aside:
        return
    size = f"coalesce(sum(abs({quoted(valued_by)})), 0)" if valued_by in judged.rows.columns else "0"
    sums = judged.rows.engine.rows(f"SELECT verdict, count(*), {size}::DOUBLE FROM {judged.table} GROUP BY ALL")
    kept = {verdict: (count, amount) for verdict, count, amount in sums}
    if "accepted" not in kept and "excluded" in kept:
        return  # nothing lies before the cut-off: that is said better than as a share
    rows, amounts = (tuple(kept.get(v, (0, 0.0))[n] for v in ("quarantined", "accepted")) for n in (0, 1))
    shares = [("rows", aside / (aside + rows[1]), checks.max_quarantined_rows)]
    shares.append(("amount", amounts[0] / sum(amounts) if sum(amounts) else 0.0, checks.max_quarantined_amount))
    for what, share, limit in shares:
        if share > limit:
            raise _too_much(judged.rows.name, quarantined, what=what, share=share, limit=limit)


def _too_much(name: str, quarantined: pd.DataFrame, *, what: str, share: float, limit: float) -> DataError:
    first = quarantined.head(5).to_dict("records")
    places = [(r["file"], int(r["row"]), r["column"], r["raw"]) for r in first]
    listed = "; ".join(
        f"{r['file']}, row {r['row']}, {r['column']}: {r['code']}, found {r['raw'][:60]!r}" for r in first
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
