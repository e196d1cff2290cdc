"""Forecasts of the company, its members and its smallest parts, made to add up where all of them are seen together."""

from __future__ import annotations

__all__ = ["leaf_history", "minimum_trace", "reconciled"]

import warnings
from typing import Any

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS
from salesplan.targets.forecasters import ages

_YEAR, _MOST_LEAVES, _FEWEST_RESIDUALS = 12, 600, 24
_STILL = 1e-7  # of the company's month: errors below it are none


def leaf_history(cube: pd.DataFrame, *, months: pd.Index) -> pd.DataFrame:
    """Net sales [cents, float] by month (rows) of every product × region × customer group × channel (columns) that
    sold anything in the last year; of more than 600 the largest.
    """
    rows = cube[cube["period"].isin(months)]
    wide = rows.pivot_table(index="period", columns=list(DIMENSIONS), values="net_sales_cents", aggfunc="sum")
    wide = wide.reindex(months).fillna(0.0).astype("float64")
    year = wide.tail(_YEAR).sum().sort_values(ascending=False, kind="stable")
    return wide[sorted(year[year > 0].index[:_MOST_LEAVES])]


def reconciled(past: pd.DataFrame, leaves: pd.DataFrame, *, middle: np.ndarray, growth: np.ndarray) -> np.ndarray:
    """The middle forecasts of the same series, such that members sum to the company in every month; none below nought.

    past: months × (dimension, member) [cents]; leaves: as from ``leaf_history``; middle: series × steps [cents];
    growth: of a year, per series [log]. A leaf's own forecast is its last year in the months its product category is
    forecast in, grown by what its members grow beside the company. All nodes are reconciled at once by minimum trace
    with shrunk covariances of their errors against last year's months (where there are fewer than 24 of them, a series
    never erred, or a node would fall below nought: by structure). Source: Wickramasuriya, Athanasopoulos & Hyndman, J.
    of the American Statistical Association 114 (2019), from the library hierarchicalforecast. A member without a leaf
    (see ``leaf_history``) keeps its own forecast, or nothing where it sold nothing in a year.
    """
    keys = [(str(key[0]), str(key[1])) for key in past.columns]
    place = {key: n for n, key in enumerate(keys)}
    codes = np.array([[place[(d, str(m))] for m in leaves.columns.get_level_values(d)] for d in DIMENSIONS])
    if not codes.size or not (middle[0] > 0).any():
        return middle
    since = ages(past.to_numpy())
    own = _leaf_middles(leaves.to_numpy(), middle=middle, growth=growth, codes=codes, since=since)
    several = {d for d, _ in keys if sum(k[0] == d for k in keys) > 1}
    nodes = [0, *(n for n, (d, _) in enumerate(keys) if d in several and (codes == n).any())]
    at = np.array([np.ones(len(own)) if n == 0 else (codes == n).any(axis=0) for n in nodes], dtype="float64")
    seen = np.hstack([past.to_numpy()[:, nodes], leaves.to_numpy()]).T
    found = minimum_trace(
        np.vstack([at, np.eye(len(own))]),
        np.vstack([middle[nodes], own]),
        actual=seen[:, _YEAR:],
        fitted=seen[:, :-_YEAR] * np.exp(growth[0]),
    )
    sold = (past.to_numpy()[-_YEAR:] > 0).sum(axis=0) > 0
    whole = np.where(sold[:, None], middle, np.zeros(middle.shape))
    whole[nodes] = found[: len(nodes)]
    whole[[n for n, (d, _) in enumerate(keys) if d not in several]] = found[0]
    return whole


def _leaf_middles(
    leaves: np.ndarray, *, middle: np.ndarray, growth: np.ndarray, codes: np.ndarray, since: np.ndarray
) -> np.ndarray:
    """Each leaf's forecast [leaf, step]; one of a member that was not there all year counts as if it had been."""
    there = np.minimum(since[codes].min(axis=0), _YEAR)
    product, year = codes[0], leaves[-_YEAR:].sum(axis=0) * _YEAR / there
    share = year / np.bincount(product, year, len(middle))[product]
    beside = (growth[codes[1:]] - growth[0]).sum(axis=0)
    return np.asarray((share * np.exp(beside))[:, None] * middle[product])


def minimum_trace(summing: np.ndarray, base: np.ndarray, *, actual: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Forecasts [node × step] as near to ``base`` as their errors tell, such that every node is the sum of its leaves.

    summing: which leaves [columns, the last rows of all nodes] each node sums. actual, fitted: of past periods, for the
    errors' covariance. With the constraint that none is negative only where one would be: it costs seconds.
    """
    from hierarchicalforecast.methods import MinTrace
    from qpsolvers.warnings import SparseConversionWarning
    from threadpoolctl import threadpool_limits

    unit = float(base[0].mean())  # solvers want numbers near one
    known = actual.shape[1] >= _FEWEST_RESIDUALS and bool(((actual - fitted).std(axis=1) > _STILL * unit).all())
    given: dict[str, Any] = {"S": summing, "y_hat": base / unit}
    if known:
        given |= {"y_insample": actual / unit, "y_hat_insample": fitted / unit}
    method = "mint_shrink" if known else "wls_struct"
    # sums of several threads differ in their last digits from run to run: one thread gives the same bytes again
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", SparseConversionWarning)  # of the library's own making
        found = MinTrace(method).fit_predict(**given)["mean"]
        if (found < 0).any():
            found = MinTrace("wls_struct", nonnegative=True).fit_predict(S=summing, y_hat=base / unit)["mean"]
    return np.asarray(found) * unit
