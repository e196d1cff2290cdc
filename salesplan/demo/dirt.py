"""The few hundred faulty order lines that a real delivery has, added to the true ones with known codes."""

from __future__ import annotations

__all__ = ["COUNTS", "delivered", "dirty", "reformatted"]

from collections.abc import Callable

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.demo.delivery import yuan

# how many rows of each fault are added to so many lines, fewer to fewer; none is part of the company's true sales
_OF_LINES = 150_000
COUNTS = {
    "impossible_date": 40,
    "far_date": 20,
    "text_in_amount": 40,
    "no_number": 20,
    "missing_quantity": 30,
    "missing_product": 30,
    "negative_list_price": 30,
    "repeated_line": 60,
    "contradicting_line": 30,
}
_DATES = ("2025-02-30", "2024-13-05", "0225-03-01", "2023-00-17", "待定")
_FAR = ("9999-12-31", "2099-01-01", "2062-05-18")
_TEXTS = ("约三万", "见附件", "1.2.3", "12,0O0")
_NOT_NUMBERS = ("NaN", "inf", "#REF!", "#N/A")
_WIDE = str.maketrans("0123456789.-", "０１２３４５６７８９．－")


def delivered(table: pd.DataFrame) -> pd.DataFrame:
    """The order lines as text, as they stand in the files: dates as YYYY-MM-DD, money in yuan."""
    return pd.DataFrame(
        {
            **{c: table[c].to_numpy() for c in ("order_id", "line_no")},
            "order_date": table.order_date.dt.strftime("%Y-%m-%d").to_numpy(),
            **{c: table[c].to_numpy() for c in ("customer_id", "product_id", "category", "region")},
            **{c: table[c].to_numpy() for c in ("customer_group", "channel", "rep_id", "quantity")},
            "net_sales": yuan(table.net_cents).to_numpy(),
            "list_price": yuan(table.list_cents).to_numpy(),
            "discount": yuan(table.discount_cents).to_numpy(),
            "cost": yuan(table.cost_cents).to_numpy(),
            **{c: table[c].to_numpy() for c in ("promotion", "order_type")},
            **{c: table[c].dt.strftime("%Y-%m-%d").fillna("").to_numpy() for c in ("invoice_date", "due_date")},
        }
    ).astype("object")


def reformatted(lines: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Writes about 200 true lines in other ways that say the same: full-width digits, thousands, other dates."""
    rng = stats.generator(seed, "reformatted")
    sales = np.flatnonzero((lines.order_type == "sale").to_numpy())
    wide, thousands, chinese, slashes, spaced = np.sort(rng.choice(sales, (5, 40), replace=False))
    found = lines.copy()
    _rewrite(found, wide, "net_sales", lambda v: v.translate(_WIDE))
    _rewrite(found, thousands, "net_sales", lambda v: f"¥{float(v):,.2f}")
    _rewrite(found, chinese, "order_date", lambda v: "{}年{}月{}日".format(*v.split("-")))
    _rewrite(found, slashes, "order_date", lambda v: v.replace("-", "/"))
    _rewrite(found, spaced, "customer_id", lambda v: f" {v.translate(_WIDE)}\u3000")
    return found


def _rewrite(lines: pd.DataFrame, rows: np.ndarray, column: str, to: Callable[[str], str]) -> None:
    values = lines[column].to_numpy(copy=True)
    values[rows] = [to(str(value)) for value in values[rows]]
    lines[column] = values


def dirty(lines: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """The faulty rows alone, with the column ``fault``; each is a copy of a true line, most under a number of its own.

    "repeated_line" is an exact copy of a true line; each "contradicting_line" comes as a pair with one key and two
    amounts, of which neither can be believed.
    """
    rng = stats.generator(seed, "dirty")
    small = pd.to_numeric(lines.net_sales).between(1, 8_000) & lines.order_type.eq("sale")
    part = min(1.0, len(lines) / _OF_LINES)
    fault = np.repeat(list(COUNTS), [max(2, round(count * part)) for count in COUNTS.values()])
    found = lines.iloc[np.sort(rng.choice(np.flatnonzero(small.to_numpy()), len(fault), replace=False))]
    found = found.assign(fault=rng.permutation(fault), origin=found.index).reset_index(drop=True)
    own = found.fault != "repeated_line"
    found.loc[own, "order_id"] = [f"SX{n:06d}" for n in range(1, int(own.sum()) + 1)]
    for kind, column, values in _FAULTS:
        here = found.fault == kind
        found.loc[here, column] = [values[n % len(values)] for n in range(int(here.sum()))]
    negative = found.fault == "negative_list_price"
    found.loc[negative, "list_price"] = "-" + found.list_price[negative].astype("str")
    pairs = found[found.fault == "contradicting_line"].copy()
    pairs["net_sales"] = [f"{float(v) + 100:.2f}" for v in pairs.net_sales]
    return pd.concat([found, pairs], ignore_index=True)


_FAULTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("impossible_date", "order_date", _DATES),
    ("far_date", "order_date", _FAR),
    ("text_in_amount", "net_sales", _TEXTS),
    ("no_number", "net_sales", _NOT_NUMBERS),
    ("missing_quantity", "quantity", ("",)),
    ("missing_product", "product_id", ("",)),
)
