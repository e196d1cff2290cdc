"""How much did something grow, and how sure is that against its own monthly noise? Shared by the levers."""

from __future__ import annotations

__all__ = ["THRESHOLD", "Windows", "growth_posterior", "likeliest", "monthly_amounts", "windows"]

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.periods import FiscalCalendar

THRESHOLD = 0.05
_FEWEST_MONTHS = 6
_APART, _USUAL_APART = np.geomspace(0.005, 2.0, 61), 0.1  # how far members' growth may differ, and usually does [log]


@dataclass(frozen=True)
class Windows:
    """The twelve months up to the cut-off and the twelve before them, and whether history reaches back that far."""

    latest: tuple[str, ...]
    prior: tuple[str, ...]
    has_prior: bool


def windows(periods: pd.Series, *, calendar: FiscalCalendar, as_of: str) -> Windows:
    """Which twelve months are the last year, and which the year before?

    periods: month labels that history holds (any order, repeated). as_of: the last closed quarter. ``has_prior`` is
    True where history begins no later than the first prior month, so that growth is comparable.
    """
    last = calendar.months(as_of)[-1]
    latest = tuple(calendar.shift(last, step) for step in range(-11, 1))
    prior = tuple(calendar.shift(last, step) for step in range(-23, -11))
    known = periods.dropna()
    return Windows(latest, prior, bool(len(known)) and calendar.bounds(known.min())[0] <= calendar.bounds(prior[0])[0])


def monthly_amounts(frame: pd.DataFrame, *, by: list[str], months: tuple[str, ...], value: str) -> pd.DataFrame:
    """How much came in each month? One row per member (index ``by``, all members of the frame), one column a month."""
    members = frame[by].drop_duplicates().sort_values(by)
    index = pd.MultiIndex.from_frame(members) if len(by) > 1 else pd.Index(members[by[0]], name=by[0])
    held = frame[frame["period"].isin(months)]
    wide = held.pivot_table(index=by, columns="period", values=value, aggfunc="sum", observed=True)
    return wide.reindex(index=index, columns=list(months)).astype("float64").fillna(0.0)


def growth_posterior(latest: pd.DataFrame, prior: pd.DataFrame, *, threshold: float = THRESHOLD) -> pd.DataFrame:
    """How much did each member grow, and with what probability did it really rise, hold or fall?

    latest, prior: member × month [cents], the same calendar months in the same order. Returns per member: growth
    [share], shrunk [share], p_up, p_flat, p_down [share 0-1]; all NaN where either year has no positive sales or
    fewer than six months hold any.

    Formula: R = Σlatest / Σprior with the standard error of a ratio estimate over paired months; log R is shrunk
    towards the members' common growth by as much as is noise, over all that members may differ by (half-Cauchy with
    scale 0.1; Gelman, Bayesian Analysis 1, 2006): an estimate of how much they differ that comes out as nothing would
    give all the common growth. "Up" means above ``threshold``.
    """
    new, old = latest.to_numpy(dtype="float64"), prior.to_numpy(dtype="float64")
    total, base = new.sum(axis=1), old.sum(axis=1)
    ratio = np.divide(total, base, out=np.full(len(total), np.nan), where=base > 0)
    paired = ((new != 0) | (old != 0)).sum(axis=1)
    usable = (ratio > 0) & np.isfinite(ratio) & (paired >= _FEWEST_MONTHS)
    mean, spread = _shrunk(ratio, new - np.nan_to_num(ratio)[:, None] * old, base, usable)
    return _probabilities(ratio, mean, spread, index=latest.index, threshold=threshold)


def likeliest(posterior: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Did each member rise (0), hold (1) or fall (2), most likely, and with what probability?

    posterior: as from ``growth_posterior``. What a member's own growth speaks against is never said of it: one that
    sold more has held at worst, whatever the others did. -1 and NaN where nothing is known.
    """
    chances = posterior[["p_up", "p_flat", "p_down"]].to_numpy()
    known = np.isfinite(chances).all(axis=1)
    against = np.column_stack([posterior["growth"] < 0, np.zeros(len(posterior), dtype=bool), posterior["growth"] > 0])
    best = np.where(against, -1.0, np.nan_to_num(chances, nan=-1.0)).argmax(axis=1)
    chance = chances[np.arange(len(chances)), best]
    return np.where(known, best, -1), np.where(known, chance, np.nan)


def _shrunk(
    ratio: np.ndarray, residual: np.ndarray, base: np.ndarray, usable: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    months = residual.shape[1]
    mean, spread = np.full(len(ratio), np.nan), np.full(len(ratio), np.nan)
    if not usable.any():
        return mean, spread
    y = np.log(ratio[usable])
    error = np.sqrt(months / (months - 3) * (residual[usable] ** 2).sum(axis=1)) / base[usable] / ratio[usable]
    variance = np.maximum(error, 1e-4) ** 2
    mean[usable], spread[usable] = _pooled(y, variance)
    return mean, spread


def _pooled(y: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of what each member truly grew [log], over how far members may differ from one another."""
    if len(y) == 1:
        return y, np.sqrt(variance)
    between = _APART[:, None] ** 2
    weight = 1 / (variance + between)
    centre = (weight * y).sum(axis=1) / weight.sum(axis=1)
    off = (weight * (y - centre[:, None]) ** 2).sum(axis=1)
    likely = -0.5 * (off + np.log(weight.sum(axis=1)) - np.log(weight).sum(axis=1))
    likely += np.log(_APART) - np.log1p((_APART / _USUAL_APART) ** 2)  # half-Cauchy, on a grid of equal log steps
    chance = np.exp(likely - likely.max())
    chance = (chance / chance.sum())[:, None]
    keep = between / (between + variance)
    means = centre[:, None] + keep * (y - centre[:, None])
    own = keep * variance + (1 - keep) ** 2 / weight.sum(axis=1)[:, None]
    mean = (chance * means).sum(axis=0)
    return mean, np.sqrt((chance * (own + means**2)).sum(axis=0) - mean**2)


def _probabilities(
    ratio: np.ndarray, mean: np.ndarray, spread: np.ndarray, *, index: pd.Index, threshold: float
) -> pd.DataFrame:
    from scipy.stats import norm

    up = norm.sf(np.log1p(threshold), mean, spread)
    down = norm.cdf(np.log1p(-threshold), mean, spread)
    return pd.DataFrame(
        {
            "growth": ratio - 1,
            "shrunk": np.exp(mean) - 1,
            "p_up": up,
            "p_flat": np.clip(1 - up - down, 0, 1),
            "p_down": down,
        },
        index=index,
    )
