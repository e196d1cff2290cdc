"""How do quantities answer prices, and is it the prices that they answer?"""

from __future__ import annotations

__all__ = ["elasticity", "say_elasticity"]

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from salesplan.findings import Check, Finding
from salesplan.words import Words

_CELL = ["product_id", "region", "customer_group", "channel"]
_FEWEST_ROWS, _FEWEST_CLUSTERS = 30, 5
_FEW_PRODUCTS = 8
_LEAST_VARIATION = 0.005
_MOST_ROUNDS = 500
_STRONG = 10.0  # F of a first stage from which an instrument is one (Staiger & Stock, Econometrica 65, 1997)
_DIFFERS, _MOVED = 2.33, 1.96  # standard errors: two slopes differ; order sizes moved one
_BY_CHANCE = 0.01  # that a later price answers where none does
_GRADES = (("A", 0.5), ("B", 1.0), ("C", 2.0))
_TOLD = ("by_cost", "by_elsewhere", "follows_demand", "order_size")
_COLUMNS = ["product", "elasticity", "low", "high", "grade", "n", "products", "price_variation", "identified"]


class _Panel(NamedTuple):
    """Rows of one category with product × region × customer group × channel and month effects taken out."""

    quantity: np.ndarray
    price: np.ndarray
    weight: np.ndarray
    cluster: np.ndarray
    effects: list[np.ndarray]

    @property
    def groups(self) -> int:
        return int(self.cluster.max()) + 1

    def within(self, values: np.ndarray) -> np.ndarray:
        return _within(values, self.effects, weight=self.weight)


def elasticity(moves: pd.DataFrame, *, confidence: float = 0.9) -> pd.DataFrame:
    """By how much per cent does quantity change when the net price changes by one per cent?

    moves: ``facts.price_moves``. Returns one row per product category: product, elasticity, low, high [per cent per
    cent], grade, n (rows used), products, price_variation (standard deviation of log price within rows' effects),
    identified: what the number rests on.

    Formula: log quantity on log net price of single sales, weighted by lines, within (product × region × customer
    group × channel) and month effects, taken out by alternating projection; standard errors clustered by product (by
    product and channel below eight products); Student's t with clusters - 1 degrees of freedom. What larger orders get
    off is taken out of prices first (slope of price on quantity over the lines of a cell), so that a price that answers
    the size of an order is not read as its cause.

    Identification: where costs move, or prices of the same product elsewhere do, the slope on what they move of the
    price (two stages, F of 10 and more) is held against the plain one; where the two differ (Hausman, Econometrica 46,
    1978) the price answered demand, and the former is told (by_cost, by_elsewhere). Where next month's price is
    explained by this month's quantity, prices follow demand (follows_demand); where the slope without the cut for order
    sizes lies outside the interval, orders answer steps of price (order_size).

    Grade: A interval up to 0.5 wide, B 1, C 2, else D; at most C for a number that is not the plain one, D where prices
    follow demand and no instrument helps. D and NaN where prices hardly move (below 0.005), or below 30 rows or 5
    clusters (still, few). Sources: Cameron & Miller, J. Human Resources 50 (2015); Hausman (1997) on prices elsewhere.
    """
    members = sorted(moves["product"].unique())
    rows = [{"product": m, **_fitted(moves[moves["product"] == m], confidence=confidence)} for m in members]
    return pd.DataFrame(rows)[_COLUMNS]


def _fitted(part: pd.DataFrame, *, confidence: float) -> dict[str, Any]:
    products = int(part["product_id"].nunique())
    result = {"elasticity": np.nan, "low": np.nan, "high": np.nan, "grade": "D", "identified": "few"}
    result |= {"n": len(part), "products": products, "price_variation": np.nan}
    if len(part) < _FEWEST_ROWS:
        return result
    cluster = _codes(part, ["product_id"] if products >= _FEW_PRODUCTS else ["product_id", "channel"])
    plain = _panel(part, part["log_price"], cluster)
    moved = float(np.sqrt(np.average(plain.price**2, weights=plain.weight)))
    result["price_variation"] = moved
    if moved < _LEAST_VARIATION or plain.groups < _FEWEST_CLUSTERS:
        return result | {"identified": "still" if moved < _LEAST_VARIATION else "few"}
    even = _panel(part, part["log_price"] - _steps(part) * part["log_quantity"], cluster)
    slope, error, why = _identified(part, even, plain)
    return result | _graded(slope, error, groups=plain.groups, confidence=confidence, why=why)


def _panel(part: pd.DataFrame, price: pd.Series, cluster: np.ndarray) -> _Panel:
    weight = part["lines"].to_numpy(dtype="float64")
    effects = [_codes(part, _CELL), _codes(part, ["period"])]
    quantity, moved = (
        _within(values.to_numpy(dtype="float64"), effects, weight=weight) for values in (part["log_quantity"], price)
    )
    return _Panel(quantity, moved, weight, cluster, effects)


def _steps(part: pd.DataFrame) -> float:
    """By how much per cent the price falls with an order one per cent larger, over the lines of a cell; nought where
    cells hold a line each.
    """
    if "spread" not in part or not part["spread"].sum() > 0:
        return 0.0
    return min(float(part["bend"].sum() / part["spread"].sum()), 0.0)


def _identified(part: pd.DataFrame, even: _Panel, plain: _Panel) -> tuple[float, float, str]:
    """The slope to tell, its standard error, and what it rests on."""
    slope, error = _clustered(even, even.price)
    if not np.average(even.price**2, weights=even.weight) > _LEAST_VARIATION**2:
        return slope, error, "order_size"
    for why, values in (("by_cost", part.get("log_cost")), ("by_elsewhere", _elsewhere(part))):
        if values is None or values.isna().any():
            continue
        moved = even.within(values.to_numpy(dtype="float64"))
        if _first_stage(even, moved) < _STRONG:
            continue
        other, wide = _clustered(even, moved)
        if abs(other - slope) > _DIFFERS * np.sqrt(max(wide**2 - error**2, (0.1 * wide) ** 2)):
            return other, wide, why
    if _follows(part, even):
        return slope, error, "follows_demand"
    raw, _ = _clustered(plain, plain.price)
    return slope, error, "order_size" if abs(raw - slope) > _MOVED * error else "price"


def _elsewhere(part: pd.DataFrame) -> pd.Series | None:
    """The mean log price of the same product in the same month in other cells, weighted by lines."""
    keys, weighed = [part["product_id"], part["period"]], part["log_price"] * part["lines"]
    lines = part["lines"].groupby(keys).transform("sum") - part["lines"]
    return (weighed.groupby(keys).transform("sum") - weighed) / lines.where(lines > 0)


def _first_stage(panel: _Panel, moved: np.ndarray) -> float:
    """F of the instrument in explaining the price."""
    square = float(np.sum(panel.weight * moved * moved))
    if square <= 1e-12:
        return 0.0
    on_price = panel._replace(quantity=panel.price, price=moved)
    slope, error = _clustered(on_price, moved)
    return (slope / error) ** 2 if error > 0 else 0.0


def _follows(part: pd.DataFrame, panel: _Panel) -> bool:
    """Does next month's price answer this month's quantity, beside this month's price (at the 1 % level)?"""
    from scipy.stats import t

    cell, month = panel.effects[0], _codes(part.sort_values("period"), ["period"])
    rows = pd.DataFrame({"cell": cell, "quantity": panel.quantity, "price": panel.price, "weight": panel.weight})
    rows["month"] = pd.Series(month, index=part.sort_values("period").index).reindex(part.index).to_numpy()
    rows["cluster"] = panel.cluster
    later = rows[["cell", "month", "price"]].assign(month=rows["month"] - 1).rename(columns={"price": "later"})
    both = rows.merge(later, on=["cell", "month"])
    if len(both) < _FEWEST_ROWS:
        return False
    design, weight = both[["quantity", "price"]].to_numpy(), both["weight"].to_numpy()
    square = (design * weight[:, None]).T @ design
    if np.linalg.cond(square) > 1e12:
        return False
    found = np.linalg.solve(square, (design * weight[:, None]).T @ both["later"].to_numpy())
    score = design * (weight * (both["later"].to_numpy() - design @ found))[:, None]
    sums = np.array([np.bincount(both["cluster"], score[:, n]) for n in (0, 1)]).T
    inverse = np.linalg.inv(square)
    error = float(np.sqrt(_small(panel.groups, len(both)) * (inverse @ (sums.T @ sums) @ inverse)[0, 0]))
    return error > 0 and abs(found[0]) / error > float(t.ppf(1 - _BY_CHANCE / 2, panel.groups - 1))


def _codes(part: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """A number per combination of these columns, from nought."""
    return part.groupby(columns, sort=False, dropna=False).ngroup().to_numpy()


def _within(values: np.ndarray, effects: list[np.ndarray], *, weight: np.ndarray) -> np.ndarray:
    """``values`` less the effects: alternating weighted means until nothing moves."""
    rest = values - np.average(values, weights=weight)
    for _ in range(_MOST_ROUNDS):
        before = rest
        for code in effects:
            rest = rest - (np.bincount(code, weight * rest) / np.bincount(code, weight))[code]
        if np.abs(rest - before).max() < 1e-10:
            break
    return rest


def _clustered(panel: _Panel, by: np.ndarray) -> tuple[float, float]:
    """The slope of quantity on price by what ``by`` moves of it (the price itself: least squares), and its error."""
    # sums, not dot products, whose last digits change with the number of threads
    y, x, weight = panel.quantity, panel.price, panel.weight
    both = float(np.sum(weight * by * x))
    slope = float(np.sum(weight * by * y)) / both
    score = np.bincount(panel.cluster, weight * by * (y - slope * x))
    return slope, float(np.sqrt(_small(len(score), len(x)) * np.sum(score * score)) / abs(both))


def _small(groups: int, n: int) -> float:
    """What few clusters and rows widen a variance by."""
    return groups / (groups - 1) * (n - 1) / (n - 2)


def _graded(slope: float, error: float, *, groups: int, confidence: float, why: str) -> dict[str, Any]:
    from scipy.stats import t

    half = float(t.ppf((1 + confidence) / 2, groups - 1)) * error
    grade = next((g for g, width in _GRADES if 2 * half <= width), "D")
    if why == "follows_demand":
        grade = "D"
    elif why != "price":
        grade = max(grade, "C")
    return {"elasticity": slope, "low": slope - half, "high": slope + half, "grade": grade, "identified": why}


def say_elasticity(table: pd.DataFrame, *, words: Words) -> Finding:
    """What do the elasticities say? ``table`` as from ``elasticity``."""
    name = "strategies/price/elasticity"
    known = table[table["grade"].isin(["A", "B", "C"])]
    parts = []
    for _, row in known.iterrows():
        answer = "elastic" if row["high"] < -1 else "inelastic" if row["low"] > -1 else "unclear"
        parts.append(
            words.say(
                f"price_{answer}",
                product=words.name(row["product"]),
                elasticity=_signed(row["elasticity"], words),
                interval=words.interval(_signed(row["low"], words), _signed(row["high"], words)),
                grade=str(row["grade"]),
            )
        )
    for why in _TOLD:
        names = [words.name(m) for m in table.loc[table["identified"] == why, "product"]]
        if names:
            parts.append(words.say(f"price_{why}", products=words.join(names)))
    blank = [words.name(m) for m in table.loc[table["grade"] == "D", "product"]]
    if blank:
        parts.append(words.say("price_cannot_tell", products=words.join(blank)))
    parts.append(words.say("price_association"))
    check = Check("elasticity", True if len(known) else None, words.say("price_graded", known=words.number(len(known))))
    return Finding(name, words.text(parts), name, (check,))


def _signed(value: float, words: Words) -> str:
    return words.number(value, digits=2)
