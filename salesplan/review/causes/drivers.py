"""The driver tree: customers × orders each × units per order × price per unit, and who was kept, won and lost."""

from __future__ import annotations

__all__ = ["driver_steps", "drivers", "say_drivers"]

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.findings import Check, Finding
from salesplan.review.causes.extremes import extremes
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "review/drivers"
_UNITS = {"customers": "count", "orders_per_customer": "number", "units_per_order": "number", "price_per_unit": "money"}
_MANY = 100  # from here on nobody wants decimals
_WHOLE = ("lost", "regained", "new")
_ABSENT = {"earlier": ("regained", "new"), "later": ("lost",)}


def drivers(flows: pd.DataFrame, *, window: Window) -> pd.DataFrame:
    """What moved net sales: how many customers bought, how often, how many units an order, at what price a unit?

    Frame ``facts.customer_flows`` to review/drivers: per dimension and member two trees, each of which sums to the
    change of its net sales to the cent. status "all": the four drivers of everybody, whose product is net sales. The
    other: what kept customers changed by orders each, units per order and price per unit, and in "customers" what new
    and regained ones bought and lost ones had bought. before and after are in ``unit`` (customers, orders, units,
    currency units), amount [currency units]. A price per unit moves with what is bought too; the bridge tells the two
    apart. Where a driver is not positive on both sides nothing can be divided, and the change stands in driver "other".
    Source: log-mean decomposition, ``stats.log_mean_parts``.
    """
    keys = ["dimension", "member"]
    rows = [(*key, *row) for key, part in flows.groupby(keys, sort=False) for row in _trees(part.set_index("status"))]
    table = pd.DataFrame(rows, columns=[*keys, "status", "driver", "unit", "before", "after", "amount"])
    table = table.astype(dict.fromkeys(("before", "after", "amount"), "float64"))
    table = table.assign(from_period=window.earlier_period, to_period=window.period, window=window.span)
    return table[[*COLUMNS[NAME], "window"]]


def driver_steps(table: pd.DataFrame, flows: pd.DataFrame) -> pd.DataFrame:
    """How do lost, kept, regained and new customers lead from one period's net sales to the next's?

    Frames review/drivers and ``facts.customer_flows`` to frame: step (period, driver of the kept, or status), amount
    [currency units], total (True for the first and last row). Empty where there are no earlier months.
    """
    if table.empty:
        return pd.DataFrame({"step": [], "amount": [], "total": []})
    own = table[(table["dimension"] == "total") & (table["status"] != "all")]
    order = own.assign(place=own["status"].map({"lost": 0, "kept": 1, "regained": 2, "new": 3}))
    order = order.sort_values("place", kind="stable")
    names = order["driver"].where(order["status"] == "kept", "customers_" + order["status"])
    first, last = (str(table[c].iloc[0]) for c in ("from_period", "to_period"))
    before, after = (amount / 100 for amount in _sold(flows))
    steps = [(name, amount, False) for name, amount in zip(names, order["amount"], strict=True)]
    rows = [(first, before, True), *steps, (last, after, True)]
    return pd.DataFrame(rows, columns=["step", "amount", "total"])


def say_drivers(table: pd.DataFrame, flows: pd.DataFrame, *, words: Words) -> Finding:
    """By which drivers net sales moved, and what kept, new, regained and lost customers did; its check adds them up.

    Frames review/drivers and ``facts.customer_flows`` to the finding.
    """
    if table.empty:
        text = words.say("review_bridge_none")
        return Finding(NAME, text, NAME, (Check("drivers", None, text),))
    total = table[table["dimension"] == "total"]
    every = total[total["status"] == "all"]
    moved = [_moved(row, words) for row in every.to_dict("records")]
    change = words.money(every["amount"].sum(), signed=True)
    about = {"from": str(table["from_period"].iloc[0]), "to": str(table["to_period"].iloc[0]), "change": change}
    parts = [
        words.say("review_drivers", **about, extremes=extremes(every.set_index("driver")["amount"], words=words)),
        words.say("review_bridge_all", effects=words.join(moved)),
        words.say("review_drivers_groups", list=words.join(list(_groups(total, words)))),
    ]
    said = words.text(parts)
    return Finding(NAME, said, NAME, (_adds(table, flows, words),))


def _trees(by: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Both trees of one member: status, driver, unit, before, after, amount."""
    before, after = (_side(by, side) for side in _ABSENT)
    yield from _divided("all", before, after, cents=round(after[-1]) - round(before[-1]))
    left = round(after[-1]) - round(before[-1])
    for status in (s for s in _WHOLE if s in by.index):
        gone = status == "lost"
        bought = _side(by.loc[[status]], "earlier" if gone else "later")
        cents = round(bought[-1]) * (-1 if gone else 1)
        left -= cents
        ends = (bought[0], 0.0) if gone else (0.0, bought[0])
        yield status, "customers", _UNITS["customers"], *ends, cents / 100
    if "kept" in by.index:
        before, after = (_side(by.loc[["kept"]], side) for side in _ABSENT)
        yield from (row for row in _divided("kept", before, after, cents=left) if row[1] != "customers")


def _side(by: pd.DataFrame, side: str) -> np.ndarray:
    """Customers, orders, units and net sales [cents] of one side."""
    there = by[~by.index.isin(_ABSENT[side])]
    return there[["customers", *(f"{c}_{side}" for c in ("orders", "quantity", "net_sales_cents"))]].sum().to_numpy()


def _divided(status: str, before: np.ndarray, after: np.ndarray, *, cents: int) -> Iterator[tuple[Any, ...]]:
    """The change by driver, in whole cents that add up to it."""
    if min(before.min(), after.min()) <= 0:
        yield status, "other", "money", before[-1] / 100, after[-1] / 100, cents / 100
        return
    ends = [np.r_[side[0], side[1:] / side[:-1]] for side in (before, after)]
    parts = stats.running_cents(stats.log_mean_parts(*ends).tolist())
    parts[-1] += cents - sum(parts)
    for (driver, unit), old, new, part in zip(_UNITS.items(), *ends, parts, strict=True):
        shown = 100 if unit == "money" else 1
        yield status, driver, unit, old / shown, new / shown, part / 100


def _moved(row: dict[Any, Any], words: Words) -> str:
    values = {c: row[c] for c in ("before", "after")}
    if row["unit"] == "money":
        ends = {side: words.money(value) for side, value in values.items()}
    else:
        digits = 2 if row["unit"] == "number" and max(values.values()) < _MANY else 0
        ends = {side: words.number(value, digits=digits) for side, value in values.items()}
    driver = words.term(row["driver"])
    return words.say("review_driver", driver=driver, amount=words.money(row["amount"], signed=True), **ends)


def _groups(total: pd.DataFrame, words: Words) -> Iterator[str]:
    """What kept, new, regained and lost customers did, with how many they are."""
    for status in ("kept", "new", "regained", "lost"):
        rows = total[total["status"] == status]
        if rows.empty:
            continue
        amount = words.money(rows["amount"].sum(), signed=True)
        if status == "kept":
            yield words.say("review_drivers_kept", amount=amount)
        else:
            count = words.number(rows[["before", "after"]].to_numpy().sum())
            yield words.say(f"review_drivers_{status}", count=count, amount=amount)


def _sold(flows: pd.DataFrame) -> tuple[int, int]:
    """Net sales of everybody before and after [cents]."""
    total = flows[flows["dimension"] == "total"]
    return round(float(total["net_sales_cents_earlier"].sum())), round(float(total["net_sales_cents_later"].sum()))


def _adds(table: pd.DataFrame, flows: pd.DataFrame, words: Words) -> Check:
    """Every tree of every dimension whose members are parts of the whole against the change of net sales."""
    before, after = _sold(flows)
    change = after - before
    whole = table["status"].eq("all")
    sums = stats.cents(table["amount"]).groupby([table["dimension"], whole]).sum()
    # members round their two sides each on their own: a cent apiece
    room = table.groupby("dimension")["member"].nunique().reindex(sums.index.get_level_values(0)).to_numpy()
    room = np.where(sums.index.get_level_values(0) == "total", 0, room)
    off = (sums - change).abs()
    if (off > room).any():
        text = words.say("review_bridge_differs", amount=words.money(stats.units(int(off.max()))))
        return Check("drivers", False, text)
    return Check("drivers", True, words.say("review_drivers_exact"))
