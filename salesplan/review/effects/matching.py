"""A strategy for named customers against customers like them."""

from __future__ import annotations

__all__ = ["compared_customers"]

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.periods import FiscalCalendar
from salesplan.review.effects.comparisons import Comparison
from salesplan.review.effects.strategies import Strategy

_YEAR = 12
_LIKE, _PLACEBOS = 10, 99
_FEWEST = 20  # customers to choose from


def compared_customers(
    active: pd.DataFrame,
    strategy: Strategy,
    *,
    groups: Mapping[str, str],
    calendar: FiscalCalendar,
    first: str,
    seed: int,
) -> Comparison:
    """A strategy for named customers: what they bought, against the ten most like each of them.

    Frame ``facts.customer_months``; groups: customer -> customer group, as far as known. Like is who belongs to the
    same group and bought about as much in the same months of each of the two years before (nearest in logarithms,
    what difference remains levelled out by regression);
    who fell before is so compared with others who fell, and what would have come back anyhow is in both (regression
    to the mean). Placebos: 99 lists of customers drawn from those like the named ones, each compared in the same way.
    """
    spans = [list(strategy.months)]
    while len(spans) < 3 and calendar.shift(spans[-1][0], -_YEAR) >= first:
        spans.append([calendar.shift(m, -_YEAR) for m in spans[-1]])
    if len(spans) < 2:
        return Comparison("", np.nan, np.array([]), np.nan, "effect_short")
    bought = pd.DataFrame(
        {
            k: active[active["period"].isin(span)].groupby("customer_id")["net_sales_cents"].sum()
            for k, span in enumerate(spans)
        }
    )
    bought = bought.fillna(0.0).clip(lower=0.0).sort_index()
    bought = bought[(bought.iloc[:, 1:] > 0).any(axis=1)]
    named = bought.index.isin(strategy.customers)
    if not named.any() or (~named).sum() < max(_FEWEST, 2 * _LIKE):
        return Comparison("", np.nan, np.array([]), np.nan, "effect_unsold" if not named.any() else "effect_few")
    rest, listed = np.flatnonzero(~named), np.flatnonzero(named)
    places = _places(bought.iloc[:, 1:], [groups.get(str(c), "") for c in bought.index])
    near = _nearest(places, listed, rest)
    usual = _usual(bought.iloc[:, 1:], bought[0], pool=np.unique(near))
    ratio = bought[0].to_numpy() / usual
    chance = stats.generator(seed, "review/strategy_effects", strategy.name)
    placebos = [_placebo(places, ratio, usual, near=near, rest=rest, chance=chance) for _ in range(_PLACEBOS)]
    effect = _beside(ratio, usual, listed=listed, near=near)
    return Comparison("matched", effect, np.array(placebos), float(bought[0].to_numpy()[listed].sum()))


def _places(before: pd.DataFrame, groups: Sequence[str]) -> np.ndarray:
    """Customers as points: logarithms of what they bought, groups so far apart that they never mix."""
    logs = np.log1p(before.to_numpy() / 100)
    scale = np.maximum(logs.std(axis=0), 1e-9)
    return np.column_stack([logs / scale, 1e3 * pd.factorize(np.array(groups, dtype=object))[0]])


def _nearest(places: np.ndarray, of: np.ndarray, among: np.ndarray) -> np.ndarray:
    from scipy.spatial import KDTree

    return np.asarray(among[KDTree(places[among]).query(places[of], k=_LIKE)[1]])


def _usual(before: pd.DataFrame, now: pd.Series, *, pool: np.ndarray) -> np.ndarray:
    """What customers who had bought so much usually buy, up to a factor that all share (Poisson regression).

    It levels out how far those like a customer are from it (bias-corrected matching: Abadie and Imbens, Journal of
    Business & Economic Statistics 29, 2011).
    """
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    logs = np.log1p(before.to_numpy() / 100)
    centred = logs - logs[pool].mean(axis=0)
    unit = max(float(now.iloc[pool].mean()), 1.0)
    design = np.column_stack([np.ones(len(pool)), centred[pool]])
    fitted = GLM(now.to_numpy()[pool] / unit, design, family=Poisson()).fit()
    return np.asarray(np.exp(centred @ fitted.params[1:]))


def _beside(ratio: np.ndarray, usual: np.ndarray, *, listed: np.ndarray, near: np.ndarray) -> float:
    """ln of what the listed bought over what they would have, had they done as those like them."""
    now, expected = (ratio * usual)[listed].sum(), (ratio[near].mean(axis=1) * usual[listed]).sum()
    return float(np.log(now / expected)) if now > 0 and expected > 0 else np.nan


def _placebo(
    places: np.ndarray,
    ratio: np.ndarray,
    usual: np.ndarray,
    *,
    near: np.ndarray,
    rest: np.ndarray,
    chance: np.random.Generator,
) -> float:
    """The same for one customer like each of the listed, drawn without any of them twice."""
    drawn = np.unique(near[np.arange(len(near)), chance.integers(0, near.shape[1], len(near))])
    return _beside(ratio, usual, listed=drawn, near=_nearest(places, drawn, np.setdiff1d(rest, drawn)))
