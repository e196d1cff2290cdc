"""Is the delivery whole enough, and recent enough, to plan on?"""

from __future__ import annotations

__all__ = ["check_fresh", "check_share"]

import datetime as dt
from typing import Any

import pandas as pd

from salesplan import config
from salesplan.data.gathering import Gathered
from salesplan.data.judging import ACCEPTED, QUARANTINED, Judged
from salesplan.errors import DataError

_QUIET_DAYS = 7
_SHORT_DAYS = 730


def check_share(rows: Gathered, judged: Judged, *, quarantined: pd.DataFrame, checks: config.Checks) -> None:
    """Refuses a source of which too much was set aside; nothing after the cut-off counts on either side."""
    import numpy as np
    import pyarrow.compute as pc

    aside, kept = len(quarantined), int((judged.verdict == ACCEPTED).sum())
    if not aside:
        return
    shares = [("rows", aside / (aside + kept), checks.max_quarantined_rows)]
    valued_by = config.SOURCES[rows.name].valued_by
    if valued_by in rows.read:
        sizes = pc.abs(pc.fill_null(rows.read[valued_by].values.cast("float64"), 0.0)).to_numpy(zero_copy_only=False)
        sums = [float(np.sum(sizes[judged.verdict == verdict])) for verdict in (QUARANTINED, ACCEPTED)]
        shares.append(("amount", sums[0] / sum(sums) if sum(sums) else 0.0, checks.max_quarantined_amount))
    for what, share, limit in shares:
        if share > limit:
            raise _too_much(rows.name, quarantined, what=what, share=share, limit=limit)


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


def check_fresh(table: Any, *, name: str, cut_off: dt.date | None, checks: config.Checks) -> list[tuple[str, str]]:
    """Warnings on order lines that end early or began late; refuses a delivery that is older than the plan allows."""
    import pyarrow.compute as pc

    if name != "orders":
        return []
    if not table.num_rows:
        raise DataError(
            "sources.orders: no row was accepted up to the cut-off. Deliver the order lines of this quarter.",
            places=[("", None, "order_date", "no rows")],
        )
    first, last = pc.min_max(table.column("order_date")).as_py().values()
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
