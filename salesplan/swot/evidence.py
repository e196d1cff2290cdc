"""Tested deviations: every one a measured gap to a benchmark with its 80 % interval and p-value."""

from __future__ import annotations

__all__ = ["COLUMNS", "deviations", "market_moves", "price_pressure", "scope_of"]

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats

CONFIDENCE = 0.8
COLUMNS = "kind dimension member metric unit effect low high p_value stake source scope".split()  # noqa: SIM905
_DIMENSIONS = ("product", "region", "customer_group", "channel")
_FEWEST = 3


def deviations(cube: pd.DataFrame, *, months: Sequence[str], earlier: Sequence[str]) -> pd.DataFrame:
    """Which members grew faster or slower than the rest of the company, beyond what months scatter by?

    cube: ``facts.monthly_cube``. months and earlier: the months looked at and those they are compared with, in pairs.
    The effect is how much the member's growth factor lies above the rest's, as the geometric mean over the months
    [share]; at stake are the earlier sales [currency units] times the effect. A month in which either side sold nothing
    is left out; below three months a member is left out. Months are taken as independent, which makes the interval a
    little narrow where they are not.
    """
    total = cube.groupby("period")["net_sales_cents"].sum()
    rows = []
    for dimension in _DIMENSIONS:
        wide = cube.pivot_table(index="period", columns=dimension, values="net_sales_cents", aggfunc="sum")
        for member in sorted(wide.columns):
            own = wide[member].fillna(0)
            gaps = _growth(own, months, earlier) - _growth(total - own, months, earlier)
            stake = own.reindex(list(earlier)).sum() / 100
            about = ("growth", dimension, member, "growth", "share")
            rows.append(_tested(about, gaps, stake=stake, source="orders", logs=True))
    return _frame(rows)


def market_moves(sizes: pd.DataFrame, *, years: Sequence[str]) -> pd.DataFrame:
    """Which parts of the market grow or shrink against the market as a whole?

    Frame ``facts.market_years`` of these fiscal years. The effect is the mean yearly growth of the part
    minus that of the whole of its dimension [share]; the stake is the effect on the part's latest size.
    """
    yearly = sizes[sizes["year"].isin(list(years))]
    rows = []
    for dimension, part in yearly[yearly["dimension"] != "total"].groupby("dimension"):
        wide = part.pivot_table(index="year", columns="member", values="market_size_cents", aggfunc="sum")
        wide = wide.reindex(list(years))
        whole = wide.sum(axis=1, min_count=len(wide.columns)).pct_change(fill_method=None)
        for member in sorted(wide.columns):
            gaps = (wide[member].pct_change(fill_method=None) - whole).dropna()
            about = ("market", dimension, member, "market_size", "share")
            rows.append(_tested(about, gaps, stake=wide[member].dropna().iloc[-1] / 100, source="market"))
    return _frame(rows)


def price_pressure(competitors: pd.DataFrame, *, since: pd.Timestamp) -> pd.DataFrame:
    """Which competitors sell above or below our price level?

    competitors: date, competitor, price_index (1 = our own price). The effect is the mean index minus 1 [share]; what
    is at stake is not known.
    """
    recent = competitors[(competitors["date"] >= since) & competitors["price_index"].notna()]
    rows = [
        _tested(("price", "competitor", name, "price_index", "share"), part["price_index"] - 1, source="competitors")
        for name, part in recent.groupby("competitor")
    ]
    return _frame(rows)


def _growth(sales: pd.Series, months: Sequence[str], earlier: Sequence[str]) -> np.ndarray:
    now, then = (sales.reindex(list(labels)).to_numpy(dtype="float64") for labels in (months, earlier))
    both = (now > 0) & (then > 0)
    return np.where(both, np.log(np.where(both, now, 1.0) / np.where(both, then, 1.0)), np.nan)


def _tested(
    about: tuple[Any, ...], gaps: Any, *, source: str, stake: float = np.nan, logs: bool = False
) -> tuple[Any, ...] | None:
    """logs: the gaps are logarithms of factors; the test is made on them, effect and interval are told as shares."""
    from scipy.stats import ttest_1samp

    values = np.asarray(gaps, dtype="float64")
    values = values[np.isfinite(values)]
    if len(values) < _FEWEST or np.ptp(values) == 0:
        return None
    low, high = stats.mean_interval(values, confidence=CONFIDENCE)
    told = [float(np.expm1(v) if logs else v) for v in (values.mean(), low, high)]
    return *about, *told, float(ttest_1samp(values, 0).pvalue), round(abs(stake * told[0]), 2), source


def _frame(rows: Sequence[tuple[Any, ...] | None]) -> pd.DataFrame:
    numbers = dict.fromkeys(("effect", "low", "high", "p_value", "stake"), "float64")
    table = pd.DataFrame([row for row in rows if row is not None], columns=COLUMNS[:-1]).astype(numbers)
    return table.assign(scope=[scope_of(row) for row in table.to_dict("records")])


def scope_of(row: Mapping[Any, Any]) -> str:
    """The member of a dimension that a row is about, as scopes are written ("region=EC"); "" for the whole business."""
    return f"{row['dimension']}={row['member']}" if row["dimension"] in _DIMENSIONS else ""
