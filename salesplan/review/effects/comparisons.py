"""What happened where a strategy ran against where it did not, and what such a comparison makes of nothing."""

from __future__ import annotations

__all__ = ["Comparison", "compared_members", "weighed_by_market"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from salesplan.periods import FiscalCalendar, level_of
from salesplan.review.effects.strategies import Strategy
from salesplan.review.effects.synthetic import synthetic_effects

_YEAR = 12
_FEWEST = 9  # placebos: with fewer none can be as rare as one in ten
_MANY, _LONG = 10, 24  # members for comparison and months before: what weights of their own are worth while for
_SPREAD = 0.5  # how far from none the part of last year's difference that stays is thought to lie, before data
_TREATED = "treated"


@dataclass(frozen=True)
class Comparison:
    """A strategy's part of the business against others, and the same done where and when no strategy ran.

    effect: ln of what was sold over what was to be expected. placebos: the same of parts where nothing happened,
    already scaled to the size of the strategy's own (a sum of many customers scatters by one over the root of its
    size). sold: in the strategy's months [cents]. why: a term of the glossary where there is no comparison.
    """

    design: str
    effect: float
    placebos: np.ndarray
    sold: float
    why: str = ""


def compared_members(
    cube: pd.DataFrame,
    strategy: Strategy,
    *,
    others: Sequence[Strategy],
    calendar: FiscalCalendar,
    first: str,
) -> Comparison:
    """A strategy with a scope: its members' growth on the same months a year before, against other members'.

    Frame ``facts.monthly_cube`` with ``weighed``: net sales with the markets' own growth taken out
    (``weighed_by_market``) or as they are; ``first`` is its first whole month. Members are those of the scope's
    dimension that has most of them, within the rest of the scope. Placebos: each other member in those months, and
    every member in the same months of years before, where no strategy ran. Where at least nine of them have a year
    before that, too, the part of a year's difference that stays or comes back in the next is taken out (trend, and
    regression to the mean). With ten members to compare and two years of months, synthetic difference in differences
    stands against it, and the one whose placebos scatter less is taken.
    """
    home = max(strategy.scope, key=lambda d: (cube[d].nunique(), d))
    within = {d: members for d, members in strategy.scope.items() if d != home}
    part = cube
    for dimension, members in within.items():
        part = part[part[dimension].isin(members)]
    wide = part.pivot_table(index="period", columns=home, values="weighed", aggfunc="sum").fillna(0.0)
    own = [m for m in wide.columns if m in strategy.scope[home]]
    if not own or len(own) == len(wide.columns):
        return _none("effect_unsold" if not own else "effect_alone")
    units = wide.drop(columns=own).assign(**{_TREATED: wide[own].sum(axis=1)})
    ran = {u: frozenset(own) if u == _TREATED else frozenset([u]) for u in units.columns}
    busy = {
        unit: frozenset(m for s in (strategy, *others) if s.touches(home, ran[unit], within=within) for m in s.months)
        for unit in units.columns
    }
    found = _differences(units, busy, months=strategy.months, calendar=calendar, first=first)
    synthetic = _synthetic(units, busy, months=strategy.months, calendar=calendar, first=first)
    if synthetic is not None and _scatter(synthetic) < _scatter(found):
        found = synthetic
    ran_in = part[part[home].isin(own) & part["period"].isin(strategy.months)]
    return replace(found, sold=float(ran_in["net_sales_cents"].sum()))


def weighed_by_market(cube: pd.DataFrame, market: pd.DataFrame | None, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """The cube with ``weighed``: net sales over the product's part of the market in that quarter, on its average.

    Frames ``facts.monthly_cube`` and ``facts.market_sizes``. A quarter without sizes takes the part of the one nearest
    before, else after. Without sizes of each product sold, ``weighed`` is what was sold.
    """
    plain = cube.assign(weighed=cube["net_sales_cents"].astype("float64"))
    if market is None:
        return plain
    sizes = market[market["dimension"] == "product"]
    quarters = {m: calendar.quarter_of(m) for m in cube["period"].unique()}
    labels = {m: calendar.quarter_of(m) if level_of(m) == "month" else m for m in sizes["period"].unique()}
    by = sizes.groupby([sizes["period"].map(labels), "member"])["market_size_cents"].sum().unstack()
    by = by.reindex(sorted(set(quarters.values())))
    if not set(cube["product"]) <= set(by.columns) or by.dropna().empty:
        return plain
    parts = by.div(by.sum(axis=1, min_count=len(by.columns)), axis=0).ffill().bfill()
    index = (parts / parts.mean()).stack()
    keys = pd.MultiIndex.from_arrays([cube["period"].map(quarters), cube["product"]])
    return plain.assign(weighed=plain["weighed"] / index.reindex(keys).to_numpy())


def _none(why: str) -> Comparison:
    return Comparison("", np.nan, np.array([]), np.nan, why)


def _scatter(comparison: Comparison) -> float:
    return float(np.sqrt((comparison.placebos**2).mean())) if len(comparison.placebos) >= _FEWEST else np.inf


def _differences(
    units: pd.DataFrame,
    busy: Mapping[str, frozenset[str]],
    *,
    months: Sequence[str],
    calendar: FiscalCalendar,
    first: str,
) -> Comparison:
    """Difference in differences, its placebos in space and time."""
    spans = [list(months)]
    while calendar.shift(spans[-1][0], -_YEAR) >= first:
        spans.append([calendar.shift(m, -_YEAR) for m in spans[-1]])
    if len(spans) < 2:
        return _none("effect_short")
    sums = pd.DataFrame({k: units.reindex(span).sum() for k, span in enumerate(spans)})
    gaps = pd.DataFrame({k: _gaps(sums, spans, busy, k=k) for k in range(len(spans) - 1)})
    beside = [
        pd.DataFrame({"gap": gaps[k], "before": gaps.get(k + 1, np.nan), "size": sums[k + 1]})
        for k in range(gaps.shape[1])
    ]
    cases = pd.concat(beside, keys=range(gaps.shape[1])).dropna(subset=["gap"])
    own, size = gaps.loc[[_TREATED]].to_numpy()[0], float(sums.loc[[_TREATED]].to_numpy()[0, 1])
    if not np.isfinite(own[0]):
        return _none("effect_busy")
    effect, before = float(own[0]), float(own[1]) if len(own) > 1 else np.nan
    placebos = cases.drop(index=(0, _TREATED))
    known = placebos.dropna(subset=["before"])
    if np.isfinite(before) and len(known) >= _FEWEST:
        left = [_carried(known.drop(index=at)) for at in known.index]
        placebos = known.assign(gap=known["gap"] - np.array(left) * known["before"])
        effect -= _carried(known) * before
    scaled = placebos["gap"].to_numpy() * np.sqrt(placebos["size"].to_numpy() / size)
    return Comparison("did", effect, scaled, np.nan)


def _gaps(
    sums: pd.DataFrame, spans: Sequence[Sequence[str]], busy: Mapping[str, frozenset[str]], *, k: int
) -> pd.Series:
    """Each unit's growth from span k + 1 to k less that of the others [logarithm]; missing where a strategy ran."""
    touched = pd.Series({u: bool(months & {*spans[k], *spans[k + 1]}) for u, months in busy.items()})
    now, then = sums[k], sums[k + 1]
    free = ~touched & (now > 0) & (then > 0)
    asked = free | ((touched.index == _TREATED) if k == 0 else False)
    rest_now, rest_then = (s[free].sum() - s.where(free, 0.0) for s in (now, then))
    good = asked & (now > 0) & (then > 0) & (rest_now > 0) & (rest_then > 0)
    return (np.log(now[good] / then[good]) - np.log(rest_now[good] / rest_then[good])).reindex(sums.index)


def _carried(cases: pd.DataFrame) -> float:
    """Which part of a difference stays in the next year (below none: comes back); held to none by its own scatter."""
    weights = (cases["size"] / cases["size"].mean()).to_numpy()
    gap, before = cases["gap"].to_numpy(), cases["before"].to_numpy()
    hold = float((weights * gap**2).mean()) / _SPREAD**2
    return float((weights * gap * before).sum() / ((weights * before**2).sum() + hold))


def _synthetic(
    units: pd.DataFrame,
    busy: Mapping[str, frozenset[str]],
    *,
    months: Sequence[str],
    calendar: FiscalCalendar,
    first: str,
) -> Comparison | None:
    """Synthetic difference in differences on logarithms of months; None where too few members or months allow it."""
    if months[0] <= first:  # nothing is known of before
        return None
    span = calendar.span(first, months[-1])
    free = [u for u in units.columns if u == _TREATED or not busy[u] & set(span)]
    panel = units.reindex(span)[free]
    positive = panel.columns[(panel > 0).all()]
    before = sum(m < months[0] for m in span)
    if _TREATED not in positive or len(positive) - 1 < _MANY or before < _LONG:
        return None
    logs = panel[positive].apply(np.log)
    about = {"first": months[0], "designs": ("synthetic_did",)}
    effect = synthetic_effects(logs, treated=[_TREATED], **about)["synthetic_did"]
    rest = logs.drop(columns=_TREATED)
    sizes = panel[rest.columns].sum() / panel[_TREATED].sum()
    alone = {str(u): synthetic_effects(rest, treated=[str(u)], **about)["synthetic_did"] for u in rest.columns}
    placebos = [own * np.sqrt(sizes[unit]) for unit, own in alone.items()]
    return Comparison("synthetic_did", effect, np.array(placebos), np.nan)
