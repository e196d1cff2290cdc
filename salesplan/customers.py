"""In which state is each customer? One answer for review, strategies and goals."""

from __future__ import annotations

__all__ = ["STATES", "customer_states"]

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.periods import FiscalCalendar

STATES = ("new", "active", "slipping", "lost")
_HABIT, _FEWEST, _SHORTEST, _YEAR = 24, 6, 2, 12
_UNUSUAL = 0.1  # chance of a silence below which a customer is slipping


def customer_states(months: pd.DataFrame, *, calendar: FiscalCalendar, last: str, rate: float = 0.1) -> pd.DataFrame:
    """Who still buys, who is new, whose silence is unusual, and who is gone, as of the end of the month ``last``?

    Frame ``facts.customer_months`` to one row per customer with an order by then: customer_id, state, last_period (the
    last month with an order), months_silent, habit (the part of up to 24 months before with an order) [share], p_value
    (so long a silence of somebody who still buys at that habit), q_value (Benjamini and Hochberg over all with six
    months of habit or more; missing of the others, of whom nothing can be told).

    lost: silent for two months or more with a q-value of at most ``rate``, or for twelve months; slipping: silent for
    two months or more with a p-value of at most 0.1; new: first ordered within twelve months; active: the others.
    p-value: orders by month as coin tosses, the habit's chance with Jeffreys' prior (beta-binomial).
    """
    span = calendar.span(str(months["period"].min()), last) if len(months) else []
    place = {month: at for at, month in enumerate(span)}
    seen = months[months["period"].isin(place) & (months["orders"] > 0)]
    at = seen["period"].map(place).astype("int64")
    ends = at.groupby(seen["customer_id"]).agg(["min", "max"])
    silent = len(span) - 1 - ends["max"]
    length = (ends["max"] - ends["min"]).clip(upper=_HABIT)
    recent = at >= seen["customer_id"].map(ends["max"] - length)
    bought = recent.groupby(seen["customer_id"]).sum() - 1
    known = length >= _FEWEST
    p = _silence(bought.to_numpy("float64"), length.to_numpy("float64"), silent.to_numpy("float64"))
    table = pd.DataFrame({"months_silent": silent, "habit": bought / length.where(length > 0)})
    table["p_value"] = pd.Series(p, index=table.index).where(known)
    table["q_value"] = pd.Series(stats.false_discovery(table.loc[known, "p_value"]), index=table.index[known])
    table["last_period"] = [span[n] for n in ends["max"]]
    quiet = silent >= _SHORTEST
    rules = [
        (quiet & (table["q_value"] <= rate)) | (silent >= _YEAR),
        quiet & (table["p_value"] <= _UNUSUAL),
        ends["min"] > len(span) - 1 - _YEAR,
    ]
    table["state"] = np.select([rule.to_numpy("bool") for rule in rules], ["lost", "slipping", "new"], "active")
    columns = ["customer_id", "state", "last_period", "months_silent", "habit", "p_value", "q_value"]
    return table.rename_axis("customer_id").reset_index()[columns]


def _silence(bought: np.ndarray, length: np.ndarray, silent: np.ndarray) -> np.ndarray:
    """The chance of so many months without an order after so many of so many with one."""
    from scipy.special import betaln

    yes, no = bought + 0.5, np.maximum(length - bought, 0) + 0.5
    return np.asarray(np.exp(betaln(yes, no + silent) - betaln(yes, no)))
