"""One future: the plan year's joint draws, without and with initiatives, that every probability is read from.

Sample paths are a frame of dimension, member, period (month), draw and one column of whole cents per view of the year:
``baseline`` if nothing changes, ``planned`` with the initiatives that were chosen.
"""

from __future__ import annotations

__all__ = [
    "Future",
    "Grid",
    "drawn",
    "expected",
    "future",
    "landings",
    "member_years",
    "moves",
    "odds",
    "overlaps",
    "reach",
    "to_frame",
    "to_grid",
    "whole_cents",
    "year_of",
]

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS, Initiative
from salesplan.periods import FiscalCalendar
from salesplan.stats import cents, generator, units

_KEYS = ["dimension", "member", "period"]
_WHOLE = "total"
_MONTH_DAYS = 30.4375
_TRACE = 1e-3


class Grid(NamedTuple):
    """Sample paths as an array: values[series, period, draw] in cents."""

    keys: list[tuple[str, str]]
    periods: list[str]
    values: np.ndarray

    def series(self, dimension: str, member: str) -> np.ndarray:
        """Values [period, draw] of one member."""
        return self.values[self.keys.index((dimension, member))]


@dataclass(frozen=True)
class Future:
    """The plan year as it is drawn.

    paths: dimension, member, period, draw, baseline, planned [cents]. steps: step (each chosen initiative, then
    "overlap"), draw, amount [cents]: what it adds to the year's open months.
    """

    paths: pd.DataFrame
    steps: pd.DataFrame


def future(
    paths: pd.DataFrame,
    cube: pd.DataFrame,
    *,
    initiatives: Sequence[Initiative],
    calendar: FiscalCalendar,
    as_of: str,
    seed: int,
) -> Future:
    """What will the plan year bring if the chosen initiatives are carried out?

    paths: sample paths with the column ``baseline``. cube: as from ``facts.monthly_cube``; the year before the plan
    year is what the initiatives work on. Only those that are selected count, and only their months after ``as_of``:
    what they brought before is in the sales. Returns ``paths`` with ``planned`` beside it, members summing to the
    total to the cent in every month and draw, and the steps from one to the other.

    Formula: an initiative comes with its probability and then brings a triangular amount (low, middle, high; one
    stratified uniform number a draw), over the months from its start on as its ramp allows and over the cells of its
    scope by last year's sales; see ``overlaps`` for what several bring to the same cells.
    Source: Vose, Risk Analysis (2008), on risk events and triangular estimates.
    """
    grid = to_grid(paths, column="baseline")
    lifts = _lifts(initiatives, cube, calendar=calendar, year=calendar.plan_year(as_of), after=as_of)
    brought = _amounts(lifts.chosen, seed=seed, draws=grid.values.shape[2])
    added = _by_member(lifts, brought, keys=grid.keys)
    planned = to_frame(Grid(grid.keys, grid.periods, grid.values + added), column="planned")
    baseline = to_frame(grid, column="baseline")
    return Future(baseline.assign(planned=planned["planned"]), _steps(lifts, brought))


def moves(
    cube: pd.DataFrame,
    *,
    initiatives: Sequence[Initiative],
    calendar: FiscalCalendar,
    as_of: str,
    seed: int,
    draws: int,
) -> pd.DataFrame:
    """What do the chosen initiatives bring, draw by draw? The ``steps`` of ``future`` alone, from the same numbers."""
    lifts = _lifts(initiatives, cube, calendar=calendar, year=calendar.plan_year(as_of), after=as_of)
    return _steps(lifts, _amounts(lifts.chosen, seed=seed, draws=draws))


def overlaps(
    cube: pd.DataFrame, *, initiatives: Sequence[Initiative], calendar: FiscalCalendar, year: str
) -> pd.DataFrame:
    """How much of the sum of the initiatives' expected amounts is counted twice in ``year``?

    Returns one row per pair of selected initiatives with cells in common: left, right, declared, shared_base [last
    year's sales there, currency] and amount [currency, zero or negative]; last the row "total", which is what all of
    them together lose (less than the sum of the pairs where three meet).

    Formula: an initiative lifts every cell of its scope by r = amount / base of its scope; independent moves lift a
    cell by 1 - Π(1 - r), not Σr; of moves that declare to overlap, a cell counts only the largest. What loses sales
    takes no part.
    """
    lifts = _lifts(initiatives, cube, calendar=calendar, year=year, after=None)
    brought = np.array([[expected(i)] for i in lifts.chosen]).reshape(len(lifts.chosen), 1)
    ids = [i.initiative_id for i in lifts.chosen]
    rows = []
    for i, left in enumerate(ids):
        for j in range(i + 1, len(ids)):
            shared = lifts.inside[i] & lifts.inside[j]
            if shared.any():
                pair = lifts.only([i, j])
                amount = units(cents(_twice(pair, brought[[i, j]]).sum() / 100))
                rows.append((left, ids[j], len(pair.groups) == 1, lifts.base[shared].sum() / 100, amount))
    whole = units(cents(_twice(lifts, brought).sum() / 100))
    declared = any(len(group) > 1 for group in lifts.groups)
    rows.append((_WHOLE, _WHOLE, declared, float(lifts.base.sum()) / 100, whole))
    return pd.DataFrame(rows, columns=["left", "right", "declared", "shared_base", "amount"])


def expected(initiative: Initiative) -> float:
    """What an initiative is expected to bring [cents]: its probability times the mean of its triangle."""
    mean = (initiative.impact_low + initiative.impact_mid + initiative.impact_high) / 3
    return 100 * initiative.probability * mean


def year_of(paths: pd.DataFrame, *, column: str = "planned") -> np.ndarray:
    """The company's year [cents] in each draw."""
    whole = paths[paths["dimension"] == _WHOLE]
    return np.asarray(whole.groupby("draw", sort=True)[column].sum().to_numpy(dtype="float64"))


def member_years(paths: pd.DataFrame, *, dimension: str) -> pd.DataFrame:
    """The year of each member of a dimension [member × draw, cents], initiatives included; members in their order."""
    rows = paths[paths["dimension"] == dimension]
    return rows.groupby(["member", "draw"], sort=True)["planned"].sum().unstack("draw")


def reach(paths: pd.DataFrame, *, goal: float, column: str = "planned") -> float:
    """With what probability does the year reach ``goal`` [currency]? Share of the draws at or above it."""
    return float((year_of(paths, column=column) >= cents(goal)).mean()) if np.isfinite(goal) else float("nan")


def drawn(
    paths: pd.DataFrame, *, keys: Sequence[tuple[str, str]], months: Sequence[str], column: str = "planned"
) -> np.ndarray:
    """The draws [member, month, draw; cents] of these members and months; nought where nothing is drawn of them."""
    grid = to_grid(paths, column=column)
    place = {key: n for n, key in enumerate(grid.keys)}
    found = np.zeros((len(keys), len(months), grid.values.shape[2]))
    held = [n for n, key in enumerate(keys) if key in place]
    there = [n for n, month in enumerate(months) if month in grid.periods]
    at = np.ix_([place[keys[n]] for n in held], [grid.periods.index(months[n]) for n in there])
    found[np.ix_(held, there)] = grid.values[at]
    return found


def landings(paths: pd.DataFrame) -> pd.DataFrame:
    """In which amounts does the year end? One row per draw: with_initiatives and without_initiatives [currency]."""
    views = {"with_initiatives": year_of(paths), "without_initiatives": year_of(paths, column="baseline")}
    return pd.DataFrame({name: view / 100 for name, view in views.items()})


def odds(paths: pd.DataFrame) -> pd.DataFrame:
    """With what probability is each amount reached? amount [currency], p_reach with and p_baseline without initiatives.

    Amounts: every hundredth of both views of the year, in order; no probability ever rises with the amount.
    """
    views = {"p_reach": year_of(paths), "p_baseline": year_of(paths, column="baseline")}
    steps = np.arange(1, 100) / 100
    amounts = np.unique(np.concatenate([np.quantile(view, steps) for view in views.values()]))
    found = {name: (view[None, :] >= amounts[:, None]).mean(axis=1) for name, view in views.items()}
    return pd.DataFrame({"amount": amounts / 100, **found})


def to_frame(grid: Grid, *, column: str) -> pd.DataFrame:
    """Sample paths as a long frame: dimension, member, period, draw and ``column`` [cents, int64]."""
    count, months, draws = grid.values.shape
    each = months * draws
    return pd.DataFrame(
        {
            "dimension": np.repeat([k[0] for k in grid.keys], each),
            "member": np.repeat([k[1] for k in grid.keys], each),
            "period": np.tile(np.repeat(grid.periods, draws), count),
            "draw": np.tile(np.arange(draws), count * months),
            column: np.rint(grid.values).astype("int64").ravel(),
        }
    )


def to_grid(paths: pd.DataFrame, *, column: str = "planned") -> Grid:
    """The array behind a long frame of sample paths, whatever the order of its rows; what is not there is nought."""
    months, labels = pd.factorize(paths["period"], sort=True)
    periods = [str(p) for p in labels]
    which, first = _codes(paths)
    values = np.zeros((len(first), len(periods), int(paths["draw"].max()) + 1))
    values[which, months, paths["draw"].to_numpy()] = paths[column].to_numpy(dtype="float64")
    keys = paths[["dimension", "member"]].iloc[first].astype(str)
    return Grid(list(keys.itertuples(index=False, name=None)), periods, values)


def _codes(paths: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Which series each row belongs to, and the first row of each series, series in alphabetical order."""
    dimension, _ = pd.factorize(paths["dimension"], sort=True)
    member, others = pd.factorize(paths["member"], sort=True)
    _, first, which = np.unique(dimension * len(others) + member, return_index=True, return_inverse=True)
    return which, first


class _Lifts(NamedTuple):
    """Where initiatives work. inside[initiative, cell]; base[cell, month] in cents; share[initiative, month]: of its
    amount per cent of base, nought in months that are closed or before its start."""

    chosen: list[Initiative]
    cells: pd.DataFrame
    inside: np.ndarray
    base: np.ndarray
    rate: np.ndarray
    groups: list[list[int]]

    def only(self, which: list[int]) -> _Lifts:
        """The same for some of the initiatives."""
        chosen = [self.chosen[i] for i in which]
        return self._replace(chosen=chosen, inside=self.inside[which], rate=self.rate[which], groups=_declared(chosen))


def _lifts(
    initiatives: Sequence[Initiative], cube: pd.DataFrame, *, calendar: FiscalCalendar, year: str, after: str | None
) -> _Lifts:
    before = calendar.months(calendar.shift(year, -1))
    rows = cube[cube["period"].isin(before)]
    wide = rows.pivot_table(index=list(DIMENSIONS), columns="period", values="net_sales_cents", aggfunc="sum")
    wide = wide.reindex(columns=before).fillna(0.0).clip(lower=0.0)
    wide = wide[wide.sum(axis=1) > 0]
    base = wide.to_numpy(dtype="float64")
    base = np.maximum(base, _TRACE * base.mean(axis=1, keepdims=True))
    chosen = [i for i in initiatives if i.selected]
    cells = wide.index.to_frame(index=False).astype(str)
    inside = np.array([_inside(i, cells) for i in chosen], dtype=bool).reshape(len(chosen), len(cells))
    ramps = np.array([_ramp(i, calendar=calendar, year=year) for i in chosen]).reshape(len(chosen), len(before))
    worked = (inside @ base * ramps).sum(axis=1, keepdims=True)
    rate = np.divide(ramps, worked, out=np.zeros_like(ramps), where=worked > 0)
    if after is not None:
        closed = [m <= calendar.months(after)[-1] for m in calendar.months(year)]
        rate[:, closed] = 0.0
    return _Lifts(chosen, cells, inside, base, rate, _declared(chosen))


def _inside(initiative: Initiative, cells: pd.DataFrame) -> np.ndarray:
    """The cells an initiative works on; a scope without sales last year is spread like the company."""
    held = np.ones(len(cells), dtype=bool)
    for dimension, member in initiative.scope.items():
        held &= (cells[dimension] == member).to_numpy()
    return held if held.any() else np.ones(len(cells), dtype=bool)


def _ramp(initiative: Initiative, *, calendar: FiscalCalendar, year: str) -> np.ndarray:
    """How far an initiative works in each month of the year [share 0-1]: not before its start, then as it ramps up;
    not at all in a year it ends before, whose sales hold it already."""
    if initiative.due < calendar.bounds(year)[0]:
        return np.zeros(12)
    full = max(initiative.ramp_months * _MONTH_DAYS, 1.0)
    since = [
        np.arange(first.toordinal(), last.toordinal() + 1) - initiative.start.toordinal() + 1
        for first, last in map(calendar.bounds, calendar.months(year))
    ]
    return np.array([np.clip(days / full, 0.0, 1.0).mean() for days in since])


def _declared(chosen: Sequence[Initiative]) -> list[list[int]]:
    """Groups of initiatives, by place, that the plan says overlap; one that overlaps nothing is a group of its own."""
    place = {i.initiative_id: n for n, i in enumerate(chosen)}
    group = {n: {n} for n in place.values()}
    for n, initiative in enumerate(chosen):
        for other in (place[i] for i in initiative.overlaps if i in place):
            merged = group[n] | group[other]
            group.update(dict.fromkeys(merged, merged))
    return [list(members) for members in sorted({tuple(sorted(g)) for g in group.values()})]


def _amounts(chosen: Sequence[Initiative], *, seed: int, draws: int) -> np.ndarray:
    """What each initiative brings [initiative, draw; cents] if it works all the year it claims."""
    return np.array([_drawn(i, seed=seed, draws=draws) for i in chosen]).reshape(len(chosen), draws)


def _drawn(initiative: Initiative, *, seed: int, draws: int) -> np.ndarray:
    rng = generator(seed, "initiative", initiative.initiative_id)
    at = (rng.permutation(draws) + rng.random(draws)) / draws
    low, mid, high = (100 * v for v in (initiative.impact_low, initiative.impact_mid, initiative.impact_high))
    comes = at > 1 - initiative.probability
    above = np.where(comes, at - (1 - initiative.probability), 0.0)
    inside = np.divide(above, initiative.probability, out=np.zeros(draws), where=comes).clip(0.0, 1.0)
    turn = (mid - low) / (high - low) if high > low else 0.5
    size = np.where(
        inside < turn,
        low + np.sqrt(inside * (high - low) * (mid - low)),
        high - np.sqrt((1 - inside) * (high - low) * (high - mid)),
    )
    return np.where(comes, size, 0.0)


def _kinds(lifts: _Lifts) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """Sets of cells that the same two or more initiatives work on, and those initiatives' places."""
    if not lifts.chosen or not len(lifts.cells):
        return
    patterns, which = np.unique(lifts.inside, axis=1, return_inverse=True)
    for n, pattern in enumerate(patterns.T):
        if pattern.sum() > 1:
            yield np.flatnonzero(which.ravel() == n), np.flatnonzero(pattern)


def _lost(lifts: _Lifts, brought: np.ndarray, *, working: np.ndarray) -> np.ndarray:
    """The share of base [month, draw; zero or negative] that cells lose on which ``working`` meet."""
    lift = {i: np.clip(lifts.rate[i][:, None] * brought[i], 0.0, 1.0) for i in working}
    left = np.ones((lifts.rate.shape[1], brought.shape[1]))
    for group in lifts.groups:
        if here := [lift[i] for i in group if i in lift]:
            left = left * (1 - np.maximum.reduce(here))
    return np.minimum(1 - left - np.sum(list(lift.values()), axis=0), 0.0)


def _twice(lifts: _Lifts, brought: np.ndarray) -> np.ndarray:
    """What is counted twice [draw; cents, zero or negative]."""
    lost = np.zeros(brought.shape[1])
    for cells, working in _kinds(lifts):
        lost += lifts.base[cells].sum(axis=0) @ _lost(lifts, brought, working=working)
    return lost


def _steps(lifts: _Lifts, brought: np.ndarray) -> pd.DataFrame:
    open_share = (lifts.inside @ lifts.base * lifts.rate).sum(axis=1, keepdims=True)
    parts = np.vstack([brought * open_share, _twice(lifts, brought)[None]])
    names = [*(i.initiative_id for i in lifts.chosen), "overlap"]
    draws = parts.shape[1]
    return pd.DataFrame(
        {
            "step": np.repeat(names, draws),
            "draw": np.tile(np.arange(draws), len(names)),
            "amount": np.rint(parts).astype("int64").ravel(),
        }
    )


def _by_member(lifts: _Lifts, brought: np.ndarray, *, keys: list[tuple[str, str]]) -> np.ndarray:
    """What the initiatives add [series, month, draw; whole cents]; a dimension's members sum to the total."""
    added = np.zeros((len(keys), lifts.rate.shape[1], brought.shape[1]))
    members = np.array([_held(lifts, key) for key in keys]).reshape(len(keys), len(lifts.cells))
    for inside, rate, amount in zip(lifts.inside, lifts.rate, brought, strict=True):
        added += ((members * inside) @ lifts.base * rate)[:, :, None] * amount
    for cells, working in _kinds(lifts):
        base = members[:, cells] @ lifts.base[cells]
        added += base[:, :, None] * _lost(lifts, brought, working=working)
    return whole_cents(added, keys=keys)


def _held(lifts: _Lifts, key: tuple[str, str]) -> np.ndarray:
    dimension, member = key
    return np.ones(len(lifts.cells)) if dimension == _WHOLE else (lifts.cells[dimension] == member).to_numpy() * 1.0


def whole_cents(values: np.ndarray, *, keys: list[tuple[str, str]]) -> np.ndarray:
    """Amounts [series, …] as whole cents whose members sum to the total; the largest takes what rounding leaves."""
    found = np.rint(values)
    total = found[[d == _WHOLE for d, _ in keys]].sum(axis=0)
    for dimension in DIMENSIONS:
        inside = np.flatnonzero([d == dimension for d, _ in keys])
        if len(inside):
            largest = np.abs(values[inside]).argmax(axis=0)[None]
            parts = found[inside]
            rest = total - parts.sum(axis=0)
            np.put_along_axis(parts, largest, np.take_along_axis(parts, largest, axis=0) + rest, axis=0)
            found[inside] = parts
    return found
