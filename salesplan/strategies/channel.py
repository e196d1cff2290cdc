"""What does each channel bring after its own cost, and what part should it play?"""

from __future__ import annotations

__all__ = ["say_scorecard", "scorecard"]

import numpy as np
import pandas as pd

from salesplan.config import EVERYTHING
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.stats import units
from salesplan.strategies.growth import Windows, growth_posterior, monthly_amounts, windows
from salesplan.words import Words


def scorecard(
    cube: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    calendar: FiscalCalendar,
    as_of: str,
    expenses: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Which channels earn, grow and win customers, and which do neither?

    cube: ``facts.monthly_cube``. customers: ``facts.customer_summary``. expenses: the expenses source (period,
    channel, amount_cents) or None. Returns one row per channel over the last twelve months: net_sales [currency],
    margin_after_cost [share of net sales left after cost of goods and the channel's own expenses; NaN without cost],
    growth [share on the year before], new_customer_share [share of the channel's active customers whose first order
    lies in these months, by main channel], role, expenses [currency, its own; NaN where not supplied] and
    share_of_sales.

    Role, against the company as a whole: expand (grows faster, earns more), repair (grows faster, earns less), hold
    (earns more, grows slower), rethink (neither); cannot_tell where growth or margin is unknown. Growth enters after
    the noise of single months is taken out.
    """
    span = windows(cube["period"], calendar=calendar, as_of=as_of)
    latest = monthly_amounts(cube, by=["channel"], months=span.latest, value="net_sales_cents")
    prior = monthly_amounts(cube, by=["channel"], months=span.prior, value="net_sales_cents")
    sales = latest.sum(axis=1).round().astype("int64")
    cost = _costs(cube, span).reindex(sales.index)
    spent = _expenses(expenses, span=span, calendar=calendar, channels=sales.index)
    left = sales.astype("float64") - cost - spent.fillna(0.0)
    growth = growth_posterior(latest, prior) if span.has_prior else None
    table = pd.DataFrame({"channel": sales.index, "net_sales": units(sales.to_numpy())})
    table["margin_after_cost"] = (left / sales.where(sales > 0)).to_numpy(dtype="float64")
    table["growth"] = np.nan if growth is None else growth["growth"].to_numpy()
    table["new_customer_share"] = _new_share(customers, calendar=calendar, span=span).reindex(sales.index).to_numpy()
    company = (left.sum(skipna=False) / sales.sum(), latest.to_numpy().sum(), prior.to_numpy().sum())
    table["role"] = _roles(table, growth, company)
    table["expenses"] = units(spent.to_numpy())
    table["share_of_sales"] = (sales / sales.sum()).to_numpy() if sales.sum() else np.nan
    return table.sort_values(["net_sales", "channel"], ascending=[False, True], ignore_index=True)


def _costs(cube: pd.DataFrame, span: Windows) -> pd.Series:
    held = cube[cube["period"].isin(span.latest)]
    cost = held["cost_cents"].astype("float64")
    return cost.groupby(held["channel"]).agg(lambda c: c.sum(skipna=False))


def _expenses(
    expenses: pd.DataFrame | None, *, span: Windows, calendar: FiscalCalendar, channels: pd.Index
) -> pd.Series:
    if expenses is None or "channel" not in expenses:
        return pd.Series(np.nan, index=channels)
    latest = set(span.latest)
    inside = expenses["period"].map(lambda p: set(calendar.months(str(p))) <= latest)
    held = expenses[inside.astype(bool) & expenses["channel"].notna()]
    spent = held.groupby(held["channel"].astype(str))["amount_cents"].sum()
    return spent.reindex(channels).astype("float64").fillna(0.0 if len(spent) else np.nan)


def _new_share(customers: pd.DataFrame, *, calendar: FiscalCalendar, span: Windows) -> pd.Series:
    begin = pd.Timestamp(calendar.bounds(span.latest[0])[0])
    active = customers[customers["last_order"] >= begin]
    return (active["first_order"] >= begin).astype("float64").groupby(active["channel"]).mean()


def _roles(table: pd.DataFrame, growth: pd.DataFrame | None, company: tuple[float, float, float]) -> np.ndarray:
    margin, latest, prior = company
    if growth is None or prior <= 0:
        return np.full(len(table), "cannot_tell")
    pace, rate = growth["shrunk"].to_numpy(), table["margin_after_cost"].to_numpy()
    unknown = ~np.isfinite(pace) | ~np.isfinite(rate) | ~np.isfinite(margin)
    faster, richer = pace >= latest / prior - 1, rate >= margin
    return np.select([unknown, faster & richer, faster, richer], ["cannot_tell", "expand", "repair", "hold"], "rethink")


def say_scorecard(table: pd.DataFrame, *, words: Words) -> Finding:
    """What does the scorecard say? ``table`` as from ``scorecard``."""
    name = "strategies/channel/scorecard"
    if set(table["channel"]) == {EVERYTHING}:
        text = words.say("channel_none")
        return Finding(name, text, name, (Check("channels", None, text),))
    top = table.iloc[0]
    parts = [
        words.say(
            "channel_largest",
            channel=words.name(top["channel"]),
            amount=words.money(top["net_sales"]),
            share=words.share(top["share_of_sales"]),
        )
    ]
    grown = table.dropna(subset="growth").sort_values(["growth", "channel"])
    if _apart(grown["growth"], words):
        parts.append(_pace(grown, words))
    costed = table.dropna(subset="margin_after_cost").sort_values(["margin_after_cost", "channel"])
    expensed = bool(table["expenses"].notna().any())
    if _apart(costed["margin_after_cost"], words):
        parts.append(_earnings(costed, words, key="channel_margin" if expensed else "channel_margin_before"))
    if grown.empty or costed.empty:
        parts.append(words.say("channel_cannot_tell"))
    check = Check(
        "expenses", True if expensed else None, words.say("channel_expensed" if expensed else "channel_unexpensed")
    )
    return Finding(name, words.text(parts), name, (check,), ("orders", "expenses") if expensed else ("orders",))


def _pace(grown: pd.DataFrame, words: Words) -> str:
    slow, fast = grown.iloc[0], grown.iloc[-1]
    return words.say(
        "channel_growth",
        fast=words.name(fast["channel"]),
        growth=words.share(fast["growth"], signed=True),
        slow=words.name(slow["channel"]),
        least=words.share(slow["growth"], signed=True),
    )


def _apart(rates: pd.Series, words: Words) -> bool:
    """Do the first and the last of these rates, in order of size, differ as they are shown?"""
    return len(rates) > 1 and words.share(rates.iloc[0]) != words.share(rates.iloc[-1])


def _earnings(costed: pd.DataFrame, words: Words, *, key: str) -> str:
    poor, rich = costed.iloc[0], costed.iloc[-1]
    return words.say(
        key,
        rich=words.name(rich["channel"]),
        margin=words.share(rich["margin_after_cost"]),
        poor=words.name(poor["channel"]),
        least=words.share(poor["margin_after_cost"]),
    )
