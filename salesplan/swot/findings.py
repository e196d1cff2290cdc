"""What the review found, as evidence: strategies, slices, accounts, quality, signals, deals, rivals, environment."""

from __future__ import annotations

__all__ = ["from_review"]

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from salesplan.stats import normal_quantile
from salesplan.swot.evidence import COLUMNS, scope_of

_EIGHTY, _NINETY = normal_quantile(0.9), normal_quantile(0.95)  # errors on either side of such intervals
_Row = tuple[Any, ...]


def from_review(**tables: pd.DataFrame | None) -> pd.DataFrame:
    """What in the review's tables speaks for or against us?

    Tables by keyword, each may be missing: strategies (review/strategy_effects), broken (review/root_causes), lost
    (review/lost_accounts), quality (review/quality), signals (review/signals), funnel (review/funnel), competitors
    (review/competitors), environment (review/environment), to evidence as ``deviations`` gives it: every row that was
    tested there, with its effect, 80 % interval, p-value and the money at stake, so that all are judged together. A
    factor of the environment carries its source's own range and no p-value; one out of date is left out. Errors:
    TypeError for a table of another name.
    """
    unknown = sorted(set(tables) - set(_READERS))
    if unknown:
        raise TypeError(f"no evidence is read from {', '.join(unknown)}; there are {', '.join(_READERS)}")
    rows = [row for name, table in tables.items() if table is not None and len(table) for row in _READERS[name](table)]
    numbers = dict.fromkeys(("effect", "low", "high", "p_value", "stake"), "float64")
    return pd.DataFrame(rows, columns=COLUMNS).astype(numbers)


def _narrowed(low: float, mid: float, high: float) -> tuple[float, float]:
    """The 80 % interval of a 90 % one."""
    part = _EIGHTY / _NINETY
    return mid - part * (mid - low), mid + part * (high - mid)


def _strategies(table: pd.DataFrame) -> Iterator[_Row]:
    for row in table.dropna(subset=["effect"]).to_dict("records"):
        ends = _narrowed(row["low"], row["effect"], row["high"])
        about = ("strategy", "strategy", row["strategy_id"], "net_sales", "money")
        yield (*about, row["effect"], *ends, row["p_value"], abs(row["effect"]), "activities", "")


def _broken(table: pd.DataFrame) -> Iterator[_Row]:
    for row in table.to_dict("records"):
        ends = _narrowed(row["low"], row["amount"], row["high"])
        about = ("slice", "slice", row["slice"], "net_sales", "money", row["amount"])
        yield (*about, *ends, row["p_value"], abs(row["amount"]), "orders", row["slice"])


def _lost(table: pd.DataFrame) -> Iterator[_Row]:
    row = table.to_dict("records")[0]
    about = ("account", "customer", row["customer_id"], "net_sales", "money")
    yield (*about, *(-row["amount"],) * 3, row["p_value"], row["amount"], "orders", "")


def _quality(table: pd.DataFrame) -> Iterator[_Row]:
    """Above the usual is bad, so that the effect is what is usual less what came."""
    latest = table[table["period"] == table.groupby(["metric", "member"])["period"].transform("max")]
    for row in latest.dropna(subset=["p_value"]).to_dict("records"):
        low, high = _narrowed(row["low"] - row["value"], row["usual"] - row["value"], row["high"] - row["value"])
        about = (row["metric"], row["dimension"], row["member"], row["metric"], row["unit"])
        stake = abs(row["amount"]) if row["metric"] != "reversal" else np.nan
        sign = -1.0 if row["metric"] == "reversal" else 1.0
        ends = sorted((sign * low, sign * high))
        yield (*about, sign * (row["usual"] - row["value"]), *ends, row["p_value"], stake, "orders", scope_of(row))


def _signals(table: pd.DataFrame) -> Iterator[_Row]:
    for row in table.dropna(subset=["p_value"]).to_dict("records"):
        voiced = row["metric"] == "satisfaction" and row["dimension"] != "total"
        kind = "voice" if voiced else row["metric"]
        sign = -1.0 if row["metric"] == "complaints" else 1.0
        ends = sorted(sign * end for end in _narrowed(row["low"], row["change"], row["high"]))
        about = (kind, row["dimension"], row["member"], row["metric"], row["unit"])
        yield (*about, sign * row["change"], *ends, row["p_value"], np.nan, "feedback", scope_of(row))


def _funnel(table: pd.DataFrame) -> Iterator[_Row]:
    for row in table.dropna(subset=["p_value"]).to_dict("records"):
        change = row["conversion"] - row["prior"]
        ends = (change - (row["conversion"] - row["low"]), change + (row["high"] - row["conversion"]))
        about = ("funnel", "stage", row["stage"], "conversion", "share", change)
        yield (*about, *ends, row["p_value"], row["amount"], "pipeline", "")


def _competitors(table: pd.DataFrame) -> Iterator[_Row]:
    for row in table.dropna(subset=["p_value"]).to_dict("records"):
        ends = _narrowed(row["low"], row["change"], row["high"])
        scope = "" if row["member"] == "total" else f"product={row['member']}"
        about = ("price_change", "competitor", f"{row['competitor']} / {row['member']}", "price_index", "share")
        yield (*about, row["change"], *ends, row["p_value"], np.nan, "competitors", scope)


def _environment(table: pd.DataFrame) -> Iterator[_Row]:
    for row in table[table["state"] == "current"].sort_values("factor", kind="stable").to_dict("records"):
        stake = max(abs(row["amount_low"]), abs(row["amount_high"]))
        about = ("factor", "factor", row["factor"], "net_sales", "share", (row["low"] + row["high"]) / 2)
        yield (*about, row["low"], row["high"], None, stake, "environment", row["scope"])


_READERS: dict[str, Callable[[pd.DataFrame], Iterator[_Row]]] = {
    "strategies": _strategies,
    "broken": _broken,
    "lost": _lost,
    "quality": _quality,
    "signals": _signals,
    "funnel": _funnel,
    "competitors": _competitors,
    "environment": _environment,
}
