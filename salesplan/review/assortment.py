"""Which articles came or went meanwhile, and what was sold without them."""

from __future__ import annotations

__all__ = ["same_range", "say_same_range"]

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from salesplan.config import DIMENSIONS
from salesplan.periods import FiscalCalendar
from salesplan.words import Words

_MOST = 0.2  # of what was sold: more than this came or went, and what is left no longer tells of the business


def same_range(
    cube: pd.DataFrame,
    changed: pd.DataFrame | None,
    *,
    months: Sequence[str],
    calendar: FiscalCalendar,
    own: Mapping[str, Collection[str]] | None = None,
) -> pd.DataFrame:
    """What was sold of the articles that were on sale in these months and in the same of the year before?

    Frames ``facts.monthly_cube`` and ``facts.range_changes`` to the cube with net_sales_cents (and ``weighed``, where
    it has it, in proportion) of such articles alone, over all periods. own: dimension -> members of a strategy that is
    looked at: what was launched in them in its own months is its own doing and stays. Where more than a fifth of what
    was sold in these months, or in those a year before, would go, the range was made anew and the cube is returned as
    it is; so it is where no dates are known.
    """
    if changed is None or changed.empty or not months:
        return cube
    first, earlier = calendar.bounds(months[0])[0], calendar.shift(months[0], -12)
    start, end = pd.Timestamp(calendar.bounds(earlier)[0]), pd.Timestamp(calendar.bounds(months[-1])[1])
    kept = changed["launched"] >= pd.Timestamp(first) if own is not None else pd.Series(False, index=changed.index)
    for dimension, members in (own or {}).items():
        kept &= changed[dimension].astype(str).isin(members)
    away = (changed["withdrawn"] < end) | ((changed["launched"] > start) & ~kept)
    keys = ["period", *DIMENSIONS]
    gone = changed[away].groupby(keys, observed=True)["net_sales_cents"].sum()
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


def say_same_range(cube: pd.DataFrame, left: pd.DataFrame, *, months: Sequence[str], words: Words) -> str:
    """How much was left out because its articles came or went; nothing where nothing was.

    Frames: the cube, and what ``same_range`` made of it.
    """
    inside = cube["period"].isin(list(months))
    whole, rest = (float(frame.loc[inside, "net_sales_cents"].sum()) for frame in (cube, left))
    if not whole or whole == rest:
        return ""
    return words.say("review_same_range", share=words.share(1 - rest / whole))
