"""Actual against target, by dimension, member and period, and where the gap lies."""

from __future__ import annotations

__all__ = ["attainment", "past_attainment", "say_attainment", "target_windows"]

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan import delivered, stats
from salesplan.config import DIMENSIONS, EVERYTHING
from salesplan.findings import Check, Finding, not_supplied
from salesplan.periods import FiscalCalendar, level_of, tiling
from salesplan.review.windows import Window, closed_windows
from salesplan.schemas import COLUMNS
from salesplan.scopes import SCOPE, added_up
from salesplan.words import Words, scope_of

NAME = "review/attainment"
_LEVELS = ("year", "quarter", "month")
_ORDER = {name: place for place, name in enumerate(("total", *DIMENSIONS, SCOPE, "rep_id"))}
_KEYS = ["dimension", "member"]
_ROUNDING = 1e-4  # of the total: what rounding each member's target may leave


def target_windows(targets: pd.DataFrame | None, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """Which targets run from one day to another that fit no fiscal period?

    Frame of the source ``targets`` to the windows ``facts.window_sales`` asks for: dimension, member, start, end, and
    period: the fiscal month, quarter or year of about that length that holds the middle day. Empty without such.
    """
    rows = delivered.current(targets, calendar=calendar)
    return rows.loc[rows["odd"], [*_KEYS, "start", "end", "period", "target_cents"]].reset_index(drop=True)


def attainment(
    cube: pd.DataFrame,
    targets: pd.DataFrame | None,
    *,
    as_of: str,
    calendar: FiscalCalendar,
    words: Words,
    sold: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Did each product, region, customer group and channel reach its target, and whose gap is it?

    Frames ``facts.monthly_cube`` and the source ``targets`` (period or start and end, dimension, member, target_cents;
    the latest set counts) to review/attainment: the reviewed year (its closed months), its closed quarters and months.
    actual, target, gap = actual − target [currency units], attainment = actual ÷ target, gap_share = gap ÷ the gap of
    the whole dimension [share]. A target of a longer period is the sum of its parts where all are given, the total's
    that of the first dimension whose every member has one; where there is none it is missing, with the reason.
    A target that names members of several dimensions (dimension "scope", member "region=EC, channel=DIS") is compared
    with the sales where they meet; targets of all that is sold between them add up to their members and the total.
    sold: ``facts.window_sales`` of ``target_windows``, for targets between other days; listed over their own days.
    """
    spans = closed_windows(as_of, calendar=calendar, levels=_LEVELS)
    known = delivered.current(targets, calendar=calendar)
    told = known[~known["odd"]]
    told = told[told["period"].map(calendar.year_of).eq(spans[0].period)]
    months = {label: list(calendar.months(label)) for label in told["period"].unique()}
    whole = added_up(told, value="target_cents", cube=cube, months_of=months)
    aims = whole.set_index([*_KEYS, "period"])["target_cents"].to_dict()
    rows = [row for w in spans for row in _measured(cube, aims, window=w, calendar=calendar)]
    if sold is not None and len(sold):
        rows += _own_days(target_windows(targets, calendar=calendar), sold, {w.period for w in spans})
    return _finished(pd.DataFrame(rows, columns=[*_KEYS, "period", "level", "window", "actual_c", "target_c"]), words)


def past_attainment(
    cube: pd.DataFrame,
    targets: pd.DataFrame | None,
    *,
    as_of: str,
    calendar: FiscalCalendar,
    words: Words,
    sold: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What was reached of every target since the first, up to the reviewed quarter?

    As ``attainment``, of every fiscal year that has targets; only rows with a target, of quarters and years.
    """
    known, year = delivered.current(targets, calendar=calendar), calendar.year_of(as_of)
    first = [calendar.year_of(str(p)) for p in known["period"]]
    found = []
    while first and min(first) <= year:
        table = attainment(cube, targets, as_of=as_of, calendar=calendar, words=words, sold=sold)
        found.append(table[table["target"].notna() & (table["level"] != "month")])
        year = calendar.shift(year, -1)
        as_of = f"{year}Q4"
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS[NAME])


def say_attainment(table: pd.DataFrame, *, words: Words) -> Finding:
    """Attainment of the year, how many quarters reached theirs, and in which members most of the gap lies."""
    total = table[table["dimension"] == "total"]
    year = total[total["level"] == "year"].iloc[0]
    if table["target"].isna().all():
        missing = not_supplied(NAME, source="source_targets", gives="gives_attainment", words=words)
        return Finding(NAME, f"{_actual_only(year, words)}\n{missing.text}", NAME, missing.checks)
    parts = [_say_year(year, words) if np.isfinite(year["target"]) else _actual_only(year, words)]
    quarters = total[(total["level"] == "quarter") & total["target"].notna()]
    if len(quarters):
        reached = int((quarters["gap"] >= 0).sum())
        parts.append(words.say("review_quarters", reached=words.number(reached), all=words.number(len(quarters))))
    whole = table[(table["level"] == "year") & table["gap"].notna()]
    parts += [_say_gap(part, words) for d, part in whole.groupby("dimension", sort=False) if d in DIMENSIONS]
    if len(scoped := whole[whole["dimension"] == SCOPE]):
        reached = int((scoped["gap"] >= 0).sum())
        parts.append(words.say("review_scopes", reached=words.number(reached), all=words.number(len(scoped))))
    parts.append(_say_quotas(table[(table["dimension"] == "rep_id") & table["target"].notna()], words))
    return Finding(NAME, words.text(parts), NAME, tuple(_adding(whole, words)), ("orders", "targets"))


def _measured(
    cube: pd.DataFrame, aims: Mapping[Any, int], *, window: Window, calendar: FiscalCalendar
) -> Iterator[tuple[Any, ...]]:
    inside = cube[cube["period"].isin(window.months)]
    aimed: dict[str, dict[str, float]] = {}
    sold: dict[str, dict[str, int]] = {}
    for dimension in DIMENSIONS:
        members = sorted({*cube[dimension], *(m for d, m, _ in aims if d == dimension)})
        if members == [EVERYTHING]:
            continue
        sums = inside.groupby(dimension)["net_sales_cents"].sum()
        sold[dimension] = {m: int(sums.get(m, 0)) for m in members}
        aimed[dimension] = {m: _aim(aims, (dimension, m), window, calendar) for m in members}
    whole = _aim(aims, ("total", "total"), window, calendar)
    if np.isnan(whole):
        complete = (list(a.values()) for a in aimed.values() if not np.isnan(list(a.values())).any())
        whole = float(sum(next(complete, [np.nan])))
    about = (window.period, window.level, window.span)
    yield "total", "total", *about, int(inside["net_sales_cents"].sum()), whole
    for dimension, targets in aimed.items():
        for member, target in targets.items():
            if sold[dimension][member] or not np.isnan(target):
                yield dimension, member, *about, sold[dimension][member], target
    for scope in sorted({m for d, m, _ in aims if d == SCOPE}):
        target = _aim(aims, (SCOPE, scope), window, calendar)
        if not np.isnan(target):
            yield SCOPE, scope, *about, _sold_within(inside, scope), target


def _sold_within(cube: pd.DataFrame, scope: str) -> float:
    """What was sold where all members of a scope ("region=EC, channel=DIS") meet [cents]; missing where not known."""
    named = scope_of(scope)
    if not set(named) <= set(DIMENSIONS):
        return np.nan
    meeting = (cube[list(named)].astype(str) == pd.Series(named)).all(axis=1)
    return float(cube.loc[meeting, "net_sales_cents"].sum())


def _aim(aims: Mapping[Any, int], key: tuple[str, str], window: Window, calendar: FiscalCalendar) -> float:
    """The target of one member in one window [cents]: its own, else the sum of its parts, else missing."""
    own = {p: amount for (d, m, p), amount in aims.items() if (d, m) == key}
    tiles = tiling(own, window.months, calendar=calendar)
    return float(sum(own[tile] for tile in tiles)) if tiles else np.nan


def _own_days(windows: pd.DataFrame, sold: pd.DataFrame, periods: set[str]) -> list[tuple[Any, ...]]:
    """Targets over days of their own: one row per member and period, listed with those days."""
    keys = [*_KEYS, "start", "end"]
    both = windows[windows["period"].isin(periods)].merge(sold[[*keys, "net_sales_cents"]], on=keys)
    rows = []
    for (dimension, member, period), part in both.groupby([*_KEYS, "period"], sort=True):
        span = f"{part['start'].min():%Y-%m-%d}/{part['end'].max():%Y-%m-%d}"
        amounts = int(part["net_sales_cents"].sum()), float(part["target_cents"].sum())
        rows.append((dimension, member, period, level_of(str(period)), span, *amounts))
    return rows


def _finished(rows: pd.DataFrame, words: Words) -> pd.DataFrame:
    gap = rows["actual_c"] - rows["target_c"]
    whole = gap.groupby([rows["dimension"], rows["period"]]).transform("sum", min_count=1)
    whole = whole.where(rows["dimension"] != SCOPE)  # scopes may overlap: they are parts of no whole
    unknown = [rows["target_c"].isna(), rows["actual_c"].isna()]
    table = rows[[*_KEYS, "period", "level"]].assign(
        actual=stats.units(rows["actual_c"]),
        target=stats.units(rows["target_c"]),
        attainment=rows["actual_c"] / rows["target_c"].where(rows["target_c"] > 0),
        gap=stats.units(gap),
        gap_share=gap / whole.where(whole != 0),
        reason=np.select(unknown, [words.say("review_no_target"), words.say("review_scope_unknown")], ""),
        window=rows["window"],
    )
    levels = {name: place for place, name in enumerate(_LEVELS)}
    order = table.assign(d=table["dimension"].map(_ORDER), v=table["level"].map(levels))
    order = order.sort_values(["v", "period", "d", "member", "window"], kind="stable")
    return order[[*COLUMNS[NAME], "reason", "window"]].reset_index(drop=True)


def _actual_only(year: pd.Series, words: Words) -> str:
    actual = words.money(year["actual"])
    return words.say("review_actual_only", period=year["period"], window=year["window"], actual=actual)


def _say_year(year: pd.Series, words: Words) -> str:
    gap = words.say("review_short" if year["gap"] < 0 else "review_over", amount=words.money(abs(year["gap"])))
    return words.say(
        "review_attainment",
        period=year["period"],
        window=year["window"],
        attainment=words.share(year["attainment"]),
        actual=words.money(year["actual"]),
        target=words.money(year["target"]),
        gap=gap,
    )


def _say_quotas(quotas: pd.DataFrame, words: Words) -> str:
    """How far representatives together reached their quotas, each over its own days; silent without any."""
    if quotas.empty:
        return ""
    own = quotas[quotas["level"] == quotas["level"].iloc[0]]  # the coarsest they have: finer ones are the same money
    actual, target = float(own["actual"].sum()), float(own["target"].sum())
    return words.say(
        "review_rep_quotas",
        count=words.number(own["member"].nunique()),
        share=words.share(actual / target) if target > 0 else words.money(actual - target, signed=True),
        actual=words.money(actual),
        target=words.money(target),
    )


def _say_gap(part: pd.DataFrame, words: Words) -> str:
    """Of one dimension's gap, the member that has most of it; silent where the gap is nobody's."""
    whole = part["gap"].sum()
    if whole == 0 or part["gap_share"].isna().all():
        return ""
    most = part.sort_values("gap_share", ascending=False, kind="stable").iloc[0]
    return words.say(
        "review_gap_by",
        dimension=words.name(most["dimension"]),
        member=words.name(most["member"]),
        amount=words.money(most["gap"], signed=True),
        part=words.part(most["gap_share"]),
    )


def _adding(whole: pd.DataFrame, words: Words) -> Iterable[Check]:
    total = whole.loc[whole["dimension"] == "total", "target"]
    for dimension in DIMENSIONS:
        parts = whole[whole["dimension"] == dimension]
        if parts.empty or total.empty:
            continue
        off = stats.cents(parts["target"]).sum() - stats.cents(total).sum()
        adds = abs(off) <= _ROUNDING * abs(stats.cents(total).sum())
        key = "review_targets_add" if adds else "review_targets_differ"
        amount = {} if adds else {"amount": words.money(stats.units(int(abs(off))))}
        yield Check(f"targets/{dimension}", bool(adds), words.say(key, dimension=words.name(dimension), **amount))
