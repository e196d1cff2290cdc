"""Which customers have gone: silences longer than their own habit explains."""

from __future__ import annotations

__all__ = ["lost_accounts", "say_lost_accounts"]

import pandas as pd

from salesplan.customers import customer_states
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "review/lost_accounts"
_NAMED = 3


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
