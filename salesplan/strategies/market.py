"""Where do we sell, how is each market segment moving, and how sure is that?"""

from __future__ import annotations

__all__ = ["say_segments", "segments"]

import numpy as np
import pandas as pd

from salesplan.config import EVERYTHING
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.stats import units
from salesplan.strategies.growth import Windows, growth_posterior, likeliest, monthly_amounts, windows
from salesplan.strategies.persistence import holding
from salesplan.words import Words

_PARTS = ["region", "customer_group", "product"]
_FEWEST_ACTIVE = 3
_SURE = 0.8
_MOST_YEARS = 3  # earlier years that tell how classes hold


def segments(
    cube: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    calendar: FiscalCalendar,
    as_of: str,
    market: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Which segments are mature, growing, emerging or declining, and with what probability?

    cube: the monthly cube of ``facts.monthly_cube``. customers: ``facts.customer_summary``. market:
    ``facts.market_years``, or None. Returns one row per region × customer group × product with sales in either year:
    segment, its three members, net_sales [currency, last twelve months], growth [share, on the twelve months before],
    share [share of the company's net sales], penetration [share of the known customers of that region and customer
    group with an order in the last twelve months; customers are not counted by product], class, p_class [share 0-1:
    that it is of the same class a year on, see ``persistence.holding``; missing without three years of history],
    market_growth [share, of the product's market, else of the region's; NaN where not supplied] and sure [share 0-1: of
    the class being the true one of these twelve months].

    Growing and declining mean beyond five per cent after the noise of single months is taken out (see
    ``growth.growth_posterior``); emerging is growing with less than half an even share, or sold in at least three
    months after a year without sales. Without the year before: growth NaN, class "cannot_tell", sure 0.
    """
    span = windows(cube["period"], calendar=calendar, as_of=as_of)
    latest, prior = _amounts(cube, span)
    traded = (latest != 0).any(axis=1) | (prior != 0).any(axis=1)
    latest, prior = latest[traded], prior[traded]
    table = latest.index.to_frame(index=False)
    amounts = latest.sum(axis=1).round().astype("int64").to_numpy()
    table.insert(0, "segment", table[_named_by(table)].astype(str).agg(" / ".join, axis=1))
    table["net_sales"] = units(amounts)
    table["share"] = amounts / amounts.sum() if amounts.sum() else np.nan
    table = table.join(_classes(latest, prior, span=span, share=table["share"]))
    table["p_class"] = _next_year(cube, latest.index, table, calendar=calendar, as_of=as_of)
    table["penetration"] = _penetration(table, customers, calendar=calendar, first=span.latest[0])
    table["market_growth"] = _market_growth(table, market, calendar=calendar)
    order = ["segment", "growth", "share", "penetration", "class", "p_class", *_PARTS, "net_sales"]
    order = [*order, "market_growth", "sure"]
    return table[order].sort_values(["net_sales", "segment"], ascending=[False, True], ignore_index=True)


def _amounts(cube: pd.DataFrame, span: Windows) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Net sales of every segment by month [cents]: of the last twelve months, and of the twelve before."""
    latest, prior = (
        monthly_amounts(cube, by=_PARTS, months=months, value="net_sales_cents") for months in (span.latest, span.prior)
    )
    return latest, prior


def _next_year(
    cube: pd.DataFrame, of: pd.Index, now: pd.DataFrame, *, calendar: FiscalCalendar, as_of: str
) -> np.ndarray:
    """With which probability is each segment of the same class a year on? From how classes held in earlier years."""
    seen = [now[["class", "sure"]].where(now["class"] != "cannot_tell")]
    for back in range(1, _MOST_YEARS + 1):
        span = windows(cube["period"], calendar=calendar, as_of=calendar.shift(as_of, -4 * back))
        if not span.has_prior:
            break
        latest, prior = (amounts.reindex(of) for amounts in _amounts(cube, span))
        sums = latest.sum(axis=1).to_numpy()
        share = pd.Series(sums / sums.sum() if sums.sum() else np.full(len(sums), np.nan))
        rows = _classes(latest, prior, span=span, share=share)
        seen.append(rows[["class", "sure"]].where(rows["class"] != "cannot_tell"))
    return holding(seen)


def _classes(latest: pd.DataFrame, prior: pd.DataFrame, *, span: Windows, share: pd.Series) -> pd.DataFrame:
    found = pd.DataFrame({"growth": np.nan, "class": "cannot_tell", "sure": 0.0}, index=range(len(latest)))
    if not span.has_prior:
        return found
    posterior = growth_posterior(latest, prior).reset_index(drop=True)
    rising = np.where(share < 0.5 / len(latest), "emerging", "growing")
    best, chance = likeliest(posterior)
    known = best >= 0
    names = np.select([best == 0, best == 1], [rising, "mature"], "declining")
    found["growth"] = posterior["growth"]
    found.loc[known, "class"] = names[known]
    found.loc[known, "sure"] = chance[known]
    return _one_sided(found, latest, prior)


def _one_sided(found: pd.DataFrame, latest: pd.DataFrame, prior: pd.DataFrame) -> pd.DataFrame:
    # Sales in one year only: were the rate unchanged, k active months would all fall in one year with chance 0.5^k.
    for here, gone, name in ((latest, prior, "emerging"), (prior, latest, "declining")):
        active = (here != 0).sum(axis=1).to_numpy()
        alone = (gone == 0).all(axis=1).to_numpy() & (active >= _FEWEST_ACTIVE)
        found.loc[alone, "class"] = name
        found.loc[alone, "sure"] = 1 - 0.5 ** active[alone]
    return found


def _penetration(table: pd.DataFrame, customers: pd.DataFrame, *, calendar: FiscalCalendar, first: str) -> pd.Series:
    active = customers["last_order"] >= pd.Timestamp(calendar.bounds(first)[0])
    rate = active.astype("float64").groupby([customers["region"], customers["customer_group"]]).mean()
    keys = pd.MultiIndex.from_frame(table[["region", "customer_group"]])
    return pd.Series(rate.reindex(keys).to_numpy(), index=table.index)


def _market_growth(table: pd.DataFrame, market: pd.DataFrame | None, *, calendar: FiscalCalendar) -> pd.Series:
    growth = pd.Series(np.nan, index=table.index)
    if market is None or market.empty:
        return growth
    keys, size = ["dimension", "member"], market["market_size_cents"].astype("float64")
    follows = market.groupby(keys)["year"].shift(1) == market["year"].map(lambda year: calendar.shift(year, -1))
    before = size.groupby([market[k] for k in keys]).shift(1).where(follows)
    change = (size / before.where(before > 0) - 1).rename("change")
    newest = change.groupby([market[k] for k in keys]).last()
    for dimension in ("product", "region"):
        found = pd.MultiIndex.from_product([[dimension], table[dimension]])
        growth = growth.fillna(pd.Series(newest.reindex(found).to_numpy(), index=table.index))
    return growth


def say_segments(table: pd.DataFrame, *, words: Words) -> Finding:
    """What do the segments say? ``table`` as from ``segments``."""
    name = "strategies/market/segments"
    unknown = (table["class"] == "cannot_tell").all()
    biggest = table.iloc[0]
    parts = [
        words.say(
            "market_largest",
            segments=words.number(len(table)),
            segment=_named(biggest, table, words),
            share=words.share(biggest["share"]),
        )
    ]
    parts.append(words.say("market_no_prior") if unknown else _moves(table, words))
    parts.append(_reach(table, words))
    sure = table.loc[table["class"] != "cannot_tell", "sure"] >= _SURE
    text = words.say("market_sure", sure=words.number(int(sure.sum())), segments=words.number(len(table)))
    check = Check("classes", None if unknown else True, text)
    sources = ("orders", "market") if table["market_growth"].notna().any() else ("orders",)
    return Finding(name, words.text(parts), name, (check,), sources)


def _moves(table: pd.DataFrame, words: Words) -> str:
    parts = []
    for classes, key in ((("growing", "emerging"), "market_up"), (("declining",), "market_down")):
        sure = table[table["class"].isin(classes) & (table["sure"] >= _SURE)]
        if sure.empty:
            parts.append(words.say(f"{key}_none", sure=words.share(_SURE, digits=0)))
            continue
        first = sure.iloc[0]
        parts.append(
            words.say(
                key,
                count=words.number(len(sure)),
                share=words.share(sure["share"].sum()),
                segment=_named(first, table, words),
                growth=words.share(first["growth"], signed=True),
            )
        )
        again = sure["p_class"].sum(min_count=1)
        if np.isfinite(again):
            parts.append(words.say("market_again", expected=words.number(round(float(again)))))
    return words.text(parts)


def _reach(table: pd.DataFrame, words: Words) -> str:
    pairs = table.drop_duplicates(["region", "customer_group"]).dropna(subset="penetration")
    if pairs.empty:
        return words.say("market_no_penetration")
    low = pairs.sort_values(["penetration", "segment"]).iloc[0]
    named = [part for part in _named_by(table) if part != "product"]
    if not named:
        return ""
    if low["penetration"] >= 1:
        return words.say("market_penetration_all")
    place = words.join([words.name(low[part]) for part in named])
    return words.say("market_penetration", place=place, penetration=words.share(low["penetration"]))


def _named_by(table: pd.DataFrame) -> list[str]:
    """The dimensions that segments are told apart by: those the company has, more than one member or not."""
    return [part for part in _PARTS if not (table[part].astype(str) == EVERYTHING).all()] or _PARTS[:1]


def _named(row: pd.Series, table: pd.DataFrame, words: Words) -> str:
    return " / ".join(words.name(row[part]) for part in _named_by(table))
