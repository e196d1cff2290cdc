"""Own growth against the market's: what the market brought, and what gained or lost share did."""

from __future__ import annotations

__all__ = ["market_share", "say_market_share"]

from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.config import DIMENSIONS
from salesplan.findings import Check, Finding, not_supplied
from salesplan.periods import FiscalCalendar, tiling
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "review/market_share"


def market_share(
    cube: pd.DataFrame, sizes: pd.DataFrame | None, *, window: Window, calendar: FiscalCalendar
) -> pd.DataFrame:
    """Did we grow with the market or against it?

    Frames ``facts.monthly_cube`` and ``facts.market_sizes`` to
    review/market_share: per dimension and member whose size is known in the reviewed months and in the same months a
    year earlier, market_size, prior_size, net_sales, prior_sales [currency units], their growth, share and prior_share
    [0-1 of the market]. Net sales = market × share: market_effect is what net sales would have changed by with the
    market, share_effect what gained or lost share brought (log-mean decomposition, ``stats.log_mean_parts``); together
    they are the change of net sales to the cent. They are missing where a side is not positive. Empty without the
    source.
    """
    rows = []
    if sizes is not None:
        known = sizes[sizes["dimension"].isin(["total", *DIMENSIONS])]
        for (dimension, member), part in known.groupby(["dimension", "member"], sort=True):
            own = cube if dimension == "total" else cube[cube[dimension] == member]
            sides = [_side(own, part, months, calendar=calendar) for months in (window.earlier, window.months)]
            rows += [] if np.isnan(sides).any() else [(dimension, member, *_row(*sides))]
    columns = [c for c in COLUMNS[NAME] if c not in ("from_period", "to_period")]
    table = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[2:], "float64"))
    order = {name: place for place, name in enumerate(("total", *DIMENSIONS))}
    table = table.sort_values(["dimension", "member"], key=lambda c: c.map(order) if c.name == "dimension" else c)
    table = table.assign(from_period=window.earlier_period, to_period=window.period, window=window.span)
    return table[[*COLUMNS[NAME], "window"]].reset_index(drop=True)


def say_market_share(table: pd.DataFrame, *, words: Words) -> Finding:
    """The market's growth and our own, what the market and share brought, and where share was won and lost most."""
    if table.empty:
        return not_supplied(NAME, source="source_market", gives="market_share", words=words)
    text = []
    whole = table[table["dimension"] == "total"]
    if len(whole):
        text.append(_say_whole(whole.iloc[0], words))
    parts = table[(table["dimension"] != "total") & table["share_effect"].notna()]
    for dimension, members in parts.groupby("dimension", sort=False):
        text.append(_say_members(str(dimension), members, words))
    checks = [
        Check(str(row["member"]), None, words.say("review_market_unsplit", member=words.name(row["member"])))
        for _, row in table[table["share_effect"].isna()].iterrows()
    ]
    return Finding(NAME, words.text(text), NAME, tuple(checks), ("orders", "market"))


def _side(own: pd.DataFrame, sizes: pd.DataFrame, months: tuple[str, ...], *, calendar: FiscalCalendar) -> list[float]:
    """Size of the market (missing where it does not cover these months) and own net sales in them [cents]."""
    tiles = tiling(set(sizes["period"].astype(str)), months, calendar=calendar)
    size = float(sizes.loc[sizes["period"].astype(str).isin(tiles), "market_size_cents"].sum()) if tiles else np.nan
    return [size, float(own.loc[own["period"].isin(months), "net_sales_cents"].sum())]


def _row(before: list[float], after: list[float]) -> list[float]:
    (size0, sales0), (size1, sales1) = before, after
    shares = [sales / size if size > 0 else np.nan for size, sales in (before, after)]
    growth = [new / old - 1 if old > 0 else np.nan for old, new in zip(before, after, strict=True)]
    effects = [np.nan, np.nan]
    if min(size0, size1, sales0, sales1) > 0:
        parts = stats.log_mean_parts([size0, shares[0]], [size1, shares[1]])
        first = round(float(parts[0]))
        effects = [first / 100, (round(sales1) - round(sales0) - first) / 100]
    money = [round(amount) / 100 for amount in (size1, size0, sales1, sales0)]
    return [*money[:2], growth[0], *money[2:], growth[1], shares[1], shares[0], *effects]


def _say_whole(row: pd.Series, words: Words) -> str:
    effects = {c: words.money(row[c], signed=True) for c in ("market_effect", "share_effect")}
    grown = {c: words.share(row[c], signed=True) for c in ("market_growth", "sales_growth")}
    held = {c: words.share(row[c], digits=2) for c in ("share", "prior_share")}
    return words.say("review_market", **effects, **grown, **held, window=row["window"])


def _say_members(dimension: str, members: pd.DataFrame, words: Words) -> str:
    """Of one dimension, the member that won and the one that lost most by its share."""
    ordered = members.sort_values(["share_effect", "member"])
    told = {}
    for row, key, sign in ((ordered.iloc[-1], "won", 1), (ordered.iloc[0], "lost", -1)):
        if row["share_effect"] * sign > 0:
            about: dict[str, Any] = {c: words.share(row[c], signed=True) for c in ("market_growth", "sales_growth")}
            about["amount"] = words.money(abs(row["share_effect"]))
            told[key] = words.say(f"review_market_{key}", member=words.name(row["member"]), **about)
    said = words.say("review_market_both", **told) if len(told) == 2 else "".join(told.values())
    return words.say("review_market_by", dimension=words.term(dimension), told=said) if told else ""
