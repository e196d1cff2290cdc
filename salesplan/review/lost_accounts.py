"""Which customers have gone: silences longer than their own habit explains."""

from __future__ import annotations

__all__ = ["lost_accounts", "say_lost_accounts"]

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "review/lost_accounts"
_HABIT, _FEWEST, _SHORTEST = 24, 6, 2
_NAMED = 3


def lost_accounts(active: pd.DataFrame, *, window: Window, calendar: FiscalCalendar, rate: float = 0.1) -> pd.DataFrame:
    """Which customers fell silent, is that more than their usual pause, and what did they buy?

    Frame ``facts.customer_months`` to review/lost_accounts, largest first: customer_id, last_period (the last month
    with an order), months_silent, habit (the part of up to 24 months before with an order) [share], p_value (so long a
    silence of somebody who still buys at that habit), q_value (Benjamini and Hochberg over all with six months of habit
    or more; of others nothing can be told), amount (bought in the silent months of the window, a year before)
    [currency units]. Listed are those silent for two months or more whose q-value is at most ``rate`` and whose amount
    is above nothing. p-value: orders by month as coin tosses, the habit's chance with Jeffreys' prior (beta-binomial).
    """
    months = calendar.span(str(active["period"].min()), window.months[-1]) if len(active) else []
    place = {month: at for at, month in enumerate(months)}
    seen = active[active["period"].isin(place) & (active["orders"] > 0)]
    at = seen["period"].map(place).astype("int64")
    spans = at.groupby(seen["customer_id"]).agg(["min", "max"])
    silent = len(months) - 1 - spans["max"]
    length = (spans["max"] - spans["min"]).clip(upper=_HABIT)
    recent = at >= seen["customer_id"].map(spans["max"] - length)
    bought = recent.groupby(seen["customer_id"]).sum() - 1
    known = length >= _FEWEST
    p = _silence(bought.to_numpy("float64"), length.to_numpy("float64"), silent.to_numpy("float64"))
    table = pd.DataFrame({"months_silent": silent, "habit": bought / length.where(length > 0), "p_value": p})[known]
    table["q_value"] = stats.false_discovery(table["p_value"])
    table["last_period"] = [months[n] for n in spans.loc[table.index, "max"]]
    table["amount"] = _year_before(active, table, window=window)
    gone = (table["q_value"] <= rate) & (table["amount"] > 0) & (table["months_silent"] >= _SHORTEST)
    found = table[gone].rename_axis("customer_id").reset_index()
    found = found.sort_values(["amount", "customer_id"], ascending=[False, True], kind="stable")
    return found[list(COLUMNS[NAME])].reset_index(drop=True)


def _silence(bought: np.ndarray, length: np.ndarray, silent: np.ndarray) -> np.ndarray:
    """The chance of so many months without an order after so many of so many with one."""
    from scipy.special import betaln

    yes, no = bought + 0.5, np.maximum(length - bought, 0) + 0.5
    return np.asarray(np.exp(betaln(yes, no + silent) - betaln(yes, no)))


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
