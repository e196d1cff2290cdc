"""Which articles were withdrawn meanwhile, and what was sold without them."""

from __future__ import annotations

__all__ = ["left_out", "same_range"]

from collections.abc import Sequence

import pandas as pd

from salesplan.config import DIMENSIONS
from salesplan.periods import FiscalCalendar

_MOST = 0.2  # of what was sold: if more than this was withdrawn, what is left no longer tells of the business


def same_range(
    cube: pd.DataFrame, withdrawn: pd.DataFrame | None, *, months: Sequence[str], calendar: FiscalCalendar
) -> pd.DataFrame:
    """What was sold of the articles that were still on sale at the end of these months?

    Frames ``facts.monthly_cube`` and ``facts.withdrawn_articles`` to the cube with net_sales_cents (and ``weighed``,
    where it has it, in proportion) without the articles that were withdrawn before the last day of these months, in all
    periods. Launched ones stay: what they took from others and what they brought belong together. Where more than a
    fifth of what was sold in these months, or in those a year before, would go, the range was made anew and the cube is
    returned as it is; so it is where no dates are known.
    """
    if withdrawn is None or withdrawn.empty or not months:
        return cube
    away = withdrawn["withdrawn"] < pd.Timestamp(calendar.bounds(months[-1])[1])
    keys = ["period", *DIMENSIONS]
    gone = withdrawn[away].groupby(keys, observed=True)["net_sales_cents"].sum()
    out = gone.reindex(pd.MultiIndex.from_frame(cube[keys])).fillna(0.0).to_numpy("float64")
    sold = cube["net_sales_cents"].to_numpy("float64")
    for some in (list(months), [calendar.shift(month, -12) for month in months]):
        inside = cube["period"].isin(some).to_numpy()
        if abs(out[inside]).sum() > _MOST * abs(sold[inside].sum()):
            return cube
    left = cube.assign(net_sales_cents=sold - out)
    if "weighed" in cube:
        left["weighed"] = cube["weighed"] - out * (cube["weighed"] / cube["net_sales_cents"]).fillna(0.0)
    return left


def left_out(cube: pd.DataFrame, left: pd.DataFrame, *, earlier: Sequence[str]) -> float:
    """How much of what was sold the year before did ``same_range`` leave out? [share 0-1]

    Frames: the cube, and what ``same_range`` made of it. earlier: the months of the year before.
    """
    inside = cube["period"].isin(list(earlier))
    whole, rest = (float(frame.loc[inside, "net_sales_cents"].sum()) for frame in (cube, left))
    return 1 - rest / whole if whole else 0.0
