"""Split a goal over product, region, customer group, channel and month so that every margin adds up to the cent."""

from __future__ import annotations

__all__ = ["Splits", "say_cells", "splits", "summed"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.allocation import Margin, raked
from salesplan.config import DIMENSIONS, REP, UNASSIGNED, Limit
from salesplan.errors import PlanFileError, nearest
from salesplan.findings import Check, Finding
from salesplan.futures import member_years
from salesplan.periods import FiscalCalendar, level_of
from salesplan.stats import cents, units
from salesplan.targets.agreement import equally_likely
from salesplan.targets.carriers import rep_margins
from salesplan.targets.limits import between, ends, named, own_ends, spoken_of, within
from salesplan.words import Words

_KEYS = [*DIMENSIONS, "period"]
_YEARS_BACK = 3


@dataclass(frozen=True)
class Splits:
    """All that sharing a goal needs but the goal and the rule: prepared once, so that a what-if can ask often.

    cells: the keys of each cell and month. even, mean: their weights by last year and by the mean of years. months: of
    the year, as likely. draws: of each dimension's members [member × draw, cents]. ends: the least and most of each
    member that a limit names. held: limits and changes as margins over cells. by_rep: where limits name representatives
    (``limits``), who carries which share of each cell, else None.
    """

    cells: pd.DataFrame
    even: np.ndarray
    mean: np.ndarray
    months: pd.Series
    draws: Mapping[str, pd.DataFrame]
    ends: Mapping[str, np.ndarray]
    held: Sequence[Margin]
    room: pd.DataFrame | None
    by_rep: pd.DataFrame | None
    limits: Sequence[Limit]
    calendar: FiscalCalendar

    def share(self, goal: float, *, split: str, hedge: float = 0.0) -> pd.DataFrame:
        """What does the goal [currency] ask of each product × region × customer group × channel × month?

        Returns product, region, customer_group, channel, period, target [currency]: every cell with sales last year ×
        the twelve months; cells sum to the goal to the cent, and so every margin is exact by summation.

        split: history = the cells' mean shares of the last three years, half by their own months and half by the
        company's; potential = history raked to the middle of the draws of members, and what the goal asks beyond it by
        their white space; equal_difficulty = history raked so that all members of a dimension are equally likely, but
        for those that a limit holds. Months of these are raked to the middle of the company's draws: season, working
        days and promotions. equal_growth = every month of every cell grows alike. Limits and changes are kept by the
        least change in proportion (see ``allocation.allocated``), those of representatives (which count a ``hedge`` in)
        in the same solution.
        Errors: PlanFileError where limits cannot hold together; the smallest set that cannot is named.
        """
        return summed(self.leaves(goal, split=split, hedge=hedge))

    def leaves(self, goal: float, *, split: str, hedge: float = 0.0) -> pd.DataFrame:
        """What ``share`` sums: the cells; where limits name representatives, the part of each in each cell (rep_id)."""
        weight = self._weight(goal, split=split)
        frame, held = self.cells, list(self.held)
        if self.by_rep is not None:
            at, part = self.by_rep["cell"].to_numpy(), 1 / (1 + hedge)
            frame, weight = self.by_rep.drop(columns=["cell", "share"]), weight[at] * self.by_rep["share"].to_numpy()
            held = [Margin(m.of[at], m.names, m.low, m.high) for m in held]
            held += rep_margins(frame, limits=self.limits, calendar=self.calendar, part=part)
        order = [*_KEYS, REP] if self.by_rep is not None else _KEYS
        keys = frame[order].astype(str).agg("\x1f".join, axis=1).tolist()
        whole = within(weight, total=cents(goal), held=held, keys=keys)
        return frame.assign(target=units(whole)).sort_values(order, ignore_index=True)

    def _weight(self, goal: float, *, split: str) -> np.ndarray:
        """What each cell has before limits, in proportion."""
        weight = self.even
        if split != "equal_growth":
            margins = {"period": self.months, **(self._members(split, goal=goal) if split != "history" else {})}
            weight = raked(self.cells, margins={n: _positive(m) for n, m in margins.items()}, weight=self.mean)
        return weight

    def _members(self, split: str, *, goal: float) -> dict[str, pd.Series]:
        """What each member of each dimension is to have [cents], by the rule."""
        found = {}
        for dimension, draws in self.draws.items():
            if split == "potential":
                likely = draws.median(axis=1).clip(lower=0.0)
                rise = max(100 * goal - float(likely.sum()), 0.0)
                found[dimension] = likely + rise * _room(self.room, dimension, likely)
            else:
                low, high = self.ends[dimension]
                amounts = equally_likely(draws.to_numpy(), goal=100 * goal, low=low, high=high)
                found[dimension] = pd.Series(amounts, index=draws.index)
        return found


def summed(leaves: pd.DataFrame) -> pd.DataFrame:
    """What do leaves come to by cell and month, whoever carries them? As from ``Splits.leaves`` to targets/cells."""
    if REP not in leaves:
        return leaves
    whole = cents(leaves["target"]).groupby([leaves[key] for key in _KEYS], sort=True, observed=True).sum()
    return units(whole).rename("target").reset_index()


def splits(
    cube: pd.DataFrame,
    *,
    paths: pd.DataFrame,
    calendar: FiscalCalendar,
    year: str,
    limits: Sequence[Limit] = (),
    change: Mapping[str, tuple[float, float]] | None = None,
    room: pd.DataFrame | None = None,
    carriers: pd.DataFrame | None = None,
    persons: bool = False,
) -> Splits:
    """What do goals of one year have in common, however high and by whatever rule they are shared?

    cube: as from ``facts.monthly_cube``; years before ``year`` are looked at. paths: as from ``futures.future``, of the
    plan year. limits: the plan file's. change: the least and most that every member of a dimension may change on last
    year [shares]. room: targets/potential. carriers: as from ``carriers``; needed where limits name representatives.
    persons: whether each cell is split by them anyway.
    Errors: PlanFileError where a limit names what is not there.
    """
    even, mean = (_weighted(cube, calendar=calendar, year=year, even=e) for e in (True, False))
    company = paths[paths["dimension"] == "total"]
    months = company.groupby(["period", "draw"])["planned"].sum().groupby(level=0).median().clip(lower=0.0)
    draws, allowed = {}, {}
    for dimension in DIMENSIONS:
        members = sorted(mean[dimension].unique())
        draws[dimension] = member_years(paths, dimension=dimension).reindex(members).fillna(0.0)
        own = [own_ends(limits, dimension=dimension, member=str(m), period=year, year=year) for m in members]
        allowed[dimension] = np.array(own).T * 100
    by_rep = [limit for limit in limits if REP in limit.where]
    held = [_margin(limit, mean, calendar=calendar, year=year) for limit in limits if limit not in by_rep]
    held += _changes(mean, cube, change=change or {}, before=calendar.months(calendar.shift(year, -1)))
    weights = even["weight"].to_numpy(), mean["weight"].to_numpy()
    monthly = months.reindex(calendar.months(year)).fillna(0.0)
    parts = _by_rep(mean[_KEYS], carriers) if by_rep or persons else None
    return Splits(mean[_KEYS], *weights, monthly, draws, allowed, held, room, parts, by_rep, calendar)


def _by_rep(cells: pd.DataFrame, carriers: pd.DataFrame | None) -> pd.DataFrame:
    """Each cell once for each who carries a share of it; once as "unassigned" where nobody does."""
    known = pd.DataFrame(columns=["region", "channel", REP, "share"]) if carriers is None else carriers
    held = cells.assign(cell=np.arange(len(cells))).merge(known, on=["region", "channel"], how="left")
    return held.fillna({REP: UNASSIGNED, "share": 1.0})


def _weighted(cube: pd.DataFrame, *, calendar: FiscalCalendar, year: str, even: bool) -> pd.DataFrame:
    """Cells × months of the plan year with a starting weight; months and cells always in one order."""
    before = calendar.months(calendar.shift(year, -1))
    rows = cube[cube["period"].isin(before)]
    if rows["net_sales_cents"].clip(lower=0).sum() == 0:
        rows = cube[cube["period"] < calendar.months(year)[0]]
    rows = cube if rows.empty else rows  # books that begin in the plan year: what has come so far names the cells
    wide = _by_cell(rows, columns=before)
    if wide.to_numpy().sum() == 0:
        wide[:] = 1.0
    wide = wide[wide.sum(axis=1) > 0]
    own = wide.to_numpy()
    if not even:
        company = own.sum(axis=0)
        season = np.maximum(company, 0.01 * company.mean())
        held = _mean_share(cube, wide, calendar=calendar, year=year)
        months = own / own.sum(axis=1, keepdims=True)
        own = held[:, None] * (0.5 * months + 0.5 * season / season.sum())
    months = calendar.months(year)
    cells = wide.index.to_frame(index=False)
    long = cells.loc[np.repeat(np.arange(len(cells)), len(months))].reset_index(drop=True)
    return long.assign(period=np.tile(months, len(cells)), weight=own.ravel())


def _by_cell(rows: pd.DataFrame, *, columns: list[str]) -> pd.DataFrame:
    wide = rows.pivot_table(
        index=list(DIMENSIONS), columns="period", values="net_sales_cents", aggfunc="sum", observed=True, sort=True
    )
    return wide.reindex(columns=columns).astype("float64").fillna(0.0).clip(lower=0.0)


def _mean_share(cube: pd.DataFrame, last: pd.DataFrame, *, calendar: FiscalCalendar, year: str) -> np.ndarray:
    """Each cell's share of the company's sales, the mean over the last three years in which there were any."""
    shares = [last.sum(axis=1) / last.to_numpy().sum()]
    for back in range(2, _YEARS_BACK + 1):
        months = calendar.months(calendar.shift(year, -back))
        rows = cube[cube["period"].isin(months)]
        sold = _by_cell(rows, columns=months).sum(axis=1) if len(rows) else pd.Series(dtype="float64")
        if sold.sum() > 0:
            shares.append(sold.reindex(last.index).fillna(0.0) / sold.sum())
    return np.asarray(pd.concat(shares, axis=1).mean(axis=1).to_numpy())


def _room(room: pd.DataFrame | None, dimension: str, likely: pd.Series) -> pd.Series:
    """Each member's part of the room in the market; where none is known, of what is likely."""
    known = pd.DataFrame() if room is None else room[room["dimension"] == dimension]
    space = known.set_index("member")["white_space"].reindex(likely.index).fillna(0.0) if len(known) else likely
    space = space if float(space.sum()) > 0 else likely
    return space / float(space.sum()) if float(space.sum()) > 0 else space


def _changes(
    cells: pd.DataFrame, cube: pd.DataFrame, *, change: Mapping[str, tuple[float, float]], before: list[str]
) -> list[Margin]:
    """What every member of a dimension may change on last year; one that sold nothing then is free."""
    found, rows = [], cube[cube["period"].isin(before)]
    for dimension, (least, most) in change.items():
        members = sorted(cells[dimension].unique())
        sold = rows.groupby(dimension, observed=True)["net_sales_cents"].sum().reindex(members).fillna(0)
        base = sold.to_numpy(dtype="float64")
        low = np.where(base > 0, np.ceil(base * (1 + least)), 0).astype("int64")
        high = np.where(base > 0, np.floor(base * (1 + most)), np.iinfo("int64").max // 4).astype("int64")
        names = [f"[targets.change] {dimension}={m} between {least:+.1%} and {most:+.1%} on last year" for m in members]
        found.append(Margin(pd.Index(members).get_indexer(pd.Index(cells[dimension])), names, low, high))
    return found


def _positive(share: pd.Series) -> pd.Series:
    """Shares that sum to one; a member that nothing is forecast of keeps a trace."""
    found = share.fillna(0.0)
    found = found.clip(lower=max(1.0, 1e-6 * float(found.sum())))
    return found / found.sum()


def _margin(limit: Limit, cells: pd.DataFrame, *, calendar: FiscalCalendar, year: str) -> Margin:
    period = limit.period or year
    level_of(period)
    name = named(limit)
    inside = cells["period"].isin(calendar.months(period)).to_numpy()
    if not inside.any():
        raise PlanFileError(f"[[targets.limits]] {name}: {period} lies outside the plan year {year}.")
    for dimension, member in limit.where.items():
        members = sorted(cells[dimension].astype(str).unique())
        if member not in members:
            raise PlanFileError(
                f"[[targets.limits]] {name}: {dimension} {member!r} sold nothing last year.{nearest(member, members)}"
            )
    low, high = ends(limit)
    return between(name, inside & spoken_of(cells, limit.where), low=low, high=high)


def say_cells(table: pd.DataFrame, *, words: Words) -> Finding:
    """Into how many parts was the goal split, and do they add up? From targets/cells."""
    whole = cents(table["target"])
    goal = int(whole.sum())
    exact = all(int(whole.groupby(table[key]).sum().sum()) == goal for key in _KEYS)
    largest = table.groupby("period")["target"].sum()
    text = words.say(
        "targets_cells",
        cells=words.number(len(table)),
        goal=words.money(goal / 100),
        month=str(largest.idxmax()),
        most=words.money(float(largest.max())),
    )
    said = words.say("targets_cells_exact" if exact else "targets_cells_off")
    return Finding("targets/cells", text, "targets/cells", (Check("sums", exact, said),))
