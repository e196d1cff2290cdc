"""The driver tree: which customers, orders and order values make a year's net sales, and which would make the goal?"""

from __future__ import annotations

__all__ = ["LEAVES", "driver_goals", "driver_years", "log_changes"]

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from salesplan.config import TargetChoices
from salesplan.errors import PlanFileError
from salesplan.periods import FiscalCalendar

LEAVES = ("churn_rate", "new_customers", "orders_per_customer", "average_order_value")
_USUAL = {"churn_rate": 0.02, "new_customers": 0.15, "orders_per_customer": 0.04, "average_order_value": 0.05}
_USUAL_WEIGHS = 2  # years
_CLOSE = 1e-9


def driver_years(active: pd.DataFrame, *, calendar: FiscalCalendar, before: str) -> pd.DataFrame:
    """Of which customers, orders and order values was each whole year made?

    active: ``facts.customer_months`` (period, customer_id, net_sales_cents, sold_cents, orders). Frame, one row a
    fiscal year up to ``before`` that follows a whole one: year, before_customers [of the year before], kept, new (never
    seen before), regained (seen before, but not in the year before), customers = kept + new + regained, churn_rate = 1
    − kept ÷ before_customers (on the cohort of the year before), orders, orders_per_customer, average_order_value,
    net_sales and sold [currency]: what was ordered before returns, customers × orders a customer × order value.
    """
    columns = ["year", "before_customers", "kept", "new", "regained", "customers", "orders", "net_sales", "sold"]
    months = sorted(active["period"].unique())
    if not months:
        return pd.DataFrame(columns=[*columns, *LEAVES])
    labels = {month: calendar.year_of(month) for month in months}
    whole = [y for y in dict.fromkeys(labels.values()) if calendar.months(y)[0] >= months[0] and y <= before]
    rows = active.assign(year=active["period"].map(labels))
    bought = {str(y): set(part["customer_id"]) for y, part in rows.groupby("year")}
    sums = rows.groupby("year")[["orders", "net_sales_cents", "sold_cents"]].sum()
    found, seen = [], set().union(*(bought.get(y, set()) for y in bought if whole and y < whole[0]))
    for last, year in pairwise(whole):
        seen |= bought.get(last, set())
        had, now = bought.get(last, set()), bought.get(year, set())
        if had and now:
            kept, new = len(had & now), len(now - seen)
            made = [float(sums[c][year]) for c in ("orders", "net_sales_cents", "sold_cents")]
            won_back = len(now) - kept - new
            found.append((year, len(had), kept, new, won_back, len(now), made[0], made[1] / 100, made[2] / 100))
    table = pd.DataFrame(found, columns=columns)
    return table.assign(
        churn_rate=1 - table["kept"] / table["before_customers"],
        new_customers=table["new"].astype("float64"),
        orders_per_customer=table["orders"] / table["customers"],
        average_order_value=table["sold"] / table["orders"].where(table["orders"] > 0),
    )


def driver_goals(years: pd.DataFrame, *, goal: float, choices: TargetChoices) -> dict[str, float]:
    """Which churn, new customers, orders a customer and order value make the goal, with the least that is unusual?

    years: as from ``driver_years``; the last one is the baseline. goal: what is to be ordered, before returns
    [currency]. Returns the four leaves and customers and regained_customers; (kept + new + regained) × orders a
    customer × order value is the goal to the cent.

    Smallest Σ w·(Δ/v)² with Δ the change of a leaf's logarithm (of 1 − churn), v how much it moved from year to year, w
    the plan's weight, within the plan's bounds. Customers are whole, orders a customer have four decimals; what that
    leaves, the order value takes, or, where a bound holds it, the orders a customer.
    Errors: PlanFileError where no values within the bounds make the goal, with what they make at most or at least.
    """
    base = years.iloc[-1]
    start = {leaf: float(base[leaf]) for leaf in LEAVES}
    moves = _moves(years)
    ends = _ends(start, choices)
    wanted = float(np.log(goal / base["sold"]))
    reach = [_rise(np.array([e[side] for e in ends.values()]), base) for side in (0, 1)]
    if not reach[0] - _CLOSE <= wanted <= reach[1] + _CLOSE:
        raise PlanFileError(_refused(base, ends, goal=goal, most=wanted > reach[1], end=reach[int(wanted > reach[1])]))
    asked = [choices.bounds_of(leaf) for leaf in LEAVES]
    weights = np.array([1.0 if one is None else one.weight for one in asked])
    changes = _least(base, moves=moves, weights=weights, ends=np.array(list(ends.values())), wanted=wanted)
    return _whole(base, changes, ends=np.array(list(ends.values())), goal=goal)


def _refused(base: pd.Series, ends: Mapping[str, tuple[float, float]], *, goal: float, most: bool, end: float) -> str:
    """What the bounds make at most or at least, and how far each would have to give way by itself."""
    made, short = float(base["sold"]) * float(np.exp(end)), float(np.log(goal / base["sold"])) - end
    ways = []
    for leaf, bounds in ends.items():
        bound = bounds[int(most)]
        if np.isfinite(bound) and leaf != "new_customers":
            start = 1 - float(base[leaf]) if leaf == "churn_rate" else float(base[leaf])
            value = start * float(np.exp(bound + short))
            ways.append(f"{leaf} to {1 - value if leaf == 'churn_rate' else value:,.4g}")
    side = "most" if most else "least"
    return (
        f"[[targets.supporting]] within the bounds orders come to {made:,.2f} at {side}; the goal is {goal:,.2f}. "
        f"Widen a bound ({', or '.join(ways) or 'of new_customers'}, by itself), or change the goal."
    )


def _moves(years: pd.DataFrame) -> np.ndarray:
    """How much each leaf moves from year to year [log]; the usual amount counts as two years more."""
    found = []
    for leaf in LEAVES:
        moved = log_changes(years, leaf)
        squares = float((moved**2).sum()) + _USUAL_WEIGHS * _USUAL[leaf] ** 2
        found.append(np.sqrt(squares / (len(moved) + _USUAL_WEIGHS)))
    return np.array(found)


def log_changes(years: pd.DataFrame, leaf: str) -> np.ndarray:
    """Changes of a leaf's logarithm from year to year; of churn, those of what is kept."""
    values = 1 - years[leaf] if leaf == "churn_rate" else years[leaf]
    moved = np.diff(np.log(values.where(values > 0).to_numpy(dtype="float64")))
    return np.asarray(moved[np.isfinite(moved)])


def _ends(start: Mapping[str, float], choices: TargetChoices) -> dict[str, tuple[float, float]]:
    """How far each leaf's logarithm may move."""
    found = {}
    for leaf, value in start.items():
        asked = choices.bounds_of(leaf)
        low, high = asked.bounds if asked and asked.bounds else ((0.0, 1.0) if leaf == "churn_rate" else (0.0, np.inf))
        if leaf == "churn_rate":
            low, high, value = 1 - high, 1 - max(low, 0.0), 1 - value
        with np.errstate(divide="ignore"):
            found[leaf] = (float(np.log(low / value)), float(np.log(high / value))) if value > 0 else (0.0, 0.0)
    return found


def _rise(changes: np.ndarray, base: pd.Series) -> float:
    """The change of the logarithm of net sales that changes of the leaves make."""
    kept, new, often, large = changes
    with np.errstate(divide="ignore"):
        customers = base["kept"] * np.exp(kept) + base["new"] * np.exp(new) + base["regained"]
        return float(np.log(customers / base["customers"]) + often + large)


def _slopes(changes: np.ndarray, base: pd.Series) -> np.ndarray:
    """How the change of net sales answers to each leaf's."""
    kept, new = base["kept"] * np.exp(changes[0]), base["new"] * np.exp(changes[1])
    customers = kept + new + base["regained"]
    return np.array([kept / customers, new / customers, 1.0, 1.0])


def _least(base: pd.Series, *, moves: np.ndarray, weights: np.ndarray, ends: np.ndarray, wanted: float) -> np.ndarray:
    """The changes with the smallest weighted squares that make the wanted one."""
    from scipy.optimize import minimize

    found = minimize(
        lambda u: float((weights * u**2).sum()),
        np.clip(np.full(4, wanted / 4) / moves, *(ends / moves[:, None]).T),
        jac=lambda u: 2 * weights * u,
        bounds=[(max(low, -50.0), min(high, 50.0)) for low, high in ends / moves[:, None]],
        constraints={
            "type": "eq",
            "fun": lambda u: _rise(u * moves, base) - wanted,
            "jac": lambda u: _slopes(u * moves, base) * moves,
        },
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    return np.asarray(found.x * moves)


def _whole(base: pd.Series, changes: np.ndarray, *, ends: np.ndarray, goal: float) -> dict[str, float]:
    """Values with whole customers whose product is the goal."""
    kept = round(float(base["kept"] * np.exp(changes[0])))
    new = round(float(base["new"] * np.exp(changes[1])))
    customers = kept + new + int(base["regained"])
    often, large = (float(base[leaf] * np.exp(c)) for leaf, c in zip(LEAVES[2:], changes[2:], strict=True))
    inside = ends[3][0] + _CLOSE < changes[3] < ends[3][1] - _CLOSE
    often, large = round(often, 4), round(large, 2)
    often, large = (often, goal / (customers * often)) if inside else (goal / (customers * large), large)
    return {
        "customers": float(customers),
        "churn_rate": 1 - kept / float(base["before_customers"]),
        "new_customers": float(new),
        "regained_customers": float(base["regained"]),
        "orders_per_customer": often,
        "average_order_value": large,
    }
