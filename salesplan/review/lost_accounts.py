"""Which customers have gone: silences longer than their own habit explains."""

from __future__ import annotations

__all__ = ["account_moves", "lost_accounts", "say_lost_accounts"]

import pandas as pd

from salesplan.customers import customer_states
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.review.windows import Window, year_before
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "review/lost_accounts"
_NAMED = 3
_YEAR, _USUAL_YEARS = 12, 2


def lost_accounts(active: pd.DataFrame, *, window: Window, calendar: FiscalCalendar, rate: float = 0.1) -> pd.DataFrame:
    """Which customers fell silent, is that more than their usual pause, and what did they buy?

    Frame ``facts.customer_months`` to review/lost_accounts, largest first: customer_id, last_period, months_silent,
    habit, p_value, q_value (see ``customers.customer_states``), amount (bought in the silent months of the window, a
    year before) [currency units]. Listed are the lost ones whose silence is more than their habit explains and whose
    amount is above nothing.
    """
    table = customer_states(active, calendar=calendar, last=window.months[-1], rate=rate).set_index("customer_id")
    table["amount"] = _year_before(active, table, window=window)
    gone = (table["state"] == "lost") & (table["q_value"] <= rate) & (table["amount"] > 0)
    found = table[gone].reset_index()
    found = found.sort_values(["amount", "customer_id"], ascending=[False, True], kind="stable")
    return found[list(COLUMNS[NAME])].reset_index(drop=True)


def account_moves(
    active: pd.DataFrame, lost: pd.DataFrame, *, window: Window, calendar: FiscalCalendar, least: float
) -> tuple[pd.DataFrame, float]:
    """Which large accounts were won or lost in the window, and how much of that is usual?

    Frames ``facts.customer_months`` and review/lost_accounts to customer_id, amount [currency units: what one that
    never bought before bought in the window, or, below nothing, what a lost one bought a year before]; and the sum of
    such amounts of at least ``least`` in the same months of up to two years before, a year's mean. Missing years count
    as nothing usual.
    """
    moves, past, earlier = _moves(active, lost, window), [], window
    for _ in range(_USUAL_YEARS):
        earlier = year_before(earlier, calendar=calendar)
        if not len(active) or calendar.shift(earlier.months[0], -_YEAR) < str(active["period"].min()):
            break
        gone = lost_accounts(active, window=earlier, calendar=calendar)
        found = _moves(active, gone, earlier)["amount"]
        past.append(float(found[found.abs() >= least].sum()))
    return moves, round(sum(past) / len(past), 2) if past else 0.0


def _moves(active: pd.DataFrame, lost: pd.DataFrame, window: Window) -> pd.DataFrame:
    first = active[active["orders"] > 0].groupby("customer_id")["period"].min()
    fresh = first.index[first.isin(window.months)]
    inside = active[active["period"].isin(window.months) & active["customer_id"].isin(fresh)]
    won = (inside.groupby("customer_id")["net_sales_cents"].sum() / 100).rename("amount").reset_index()
    left = lost[["customer_id", "amount"]].assign(amount=lambda t: -t["amount"].astype("float64"))
    return pd.concat([won, left], ignore_index=True)


def _year_before(active: pd.DataFrame, table: pd.DataFrame, *, window: Window) -> pd.Series:
    """What each bought in those months of the year before whose like of this window were silent [currency units]."""
    later = dict(zip(window.earlier, window.months, strict=True))
    earlier = active[active["period"].isin(later) & active["customer_id"].isin(table.index)]
    gone = earlier["period"].map(later) > earlier["customer_id"].map(table["last_period"])
    sums = earlier[gone].groupby("customer_id")["net_sales_cents"].sum()
    return (sums.reindex(table.index, fill_value=0.0) / 100).round(2)


def say_lost_accounts(table: pd.DataFrame, *, words: Words) -> Finding:
    """How many are gone, what they bought, and who the largest are; that nobody is."""
    if table.empty:
        text = words.say("review_no_lost")
        return Finding(NAME, text, NAME, (Check("lost", None, text),))
    largest = [
        words.say(
            "review_lost_one",
            customer=words.name(row["customer_id"]),
            amount=words.money(row["amount"]),
            month=str(row["last_period"]),
        )
        for row in table.head(_NAMED).to_dict("records")
    ]
    about = {"count": words.number(len(table)), "amount": words.money(table["amount"].sum())}
    return Finding(NAME, words.say("review_lost", **about, list=words.join(largest)), NAME)
