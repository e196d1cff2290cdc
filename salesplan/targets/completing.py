"""The year's delivered targets in the cells: kept as they are, and completed where they leave levels open."""

from __future__ import annotations

__all__ = ["completed", "delivered", "held", "say_delivered"]

from collections.abc import Iterator

import numpy as np
import pandas as pd

from salesplan.allocation import Margin, allocated, scaled
from salesplan.config import DIMENSIONS, EVERYTHING, REP, UNASSIGNED
from salesplan.errors import AllocationError
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar, level_of
from salesplan.schemas import COLUMNS
from salesplan.scopes import SCOPE
from salesplan.stats import cents, round_to_total, units
from salesplan.words import Words, scope_of

_NAME = "targets/delivered"
_NEAR, _HALF = 0.01, 0.5  # cents by which a sum may stay off; by which it is another one


def completed(
    leaves: pd.DataFrame, goals: pd.DataFrame, *, calendar: FiscalCalendar, hedge: float = 0.0
) -> pd.DataFrame:
    """Which goals of cells keep every delivered target, and change least what they leave open?

    leaves: as from ``Splits.leaves`` (the dimensions, period, target [currency], rep_id where representatives have
    targets). goals: ``delivered.goals`` of the year. hedge: what is added to parts of representatives afterwards, so
    that their targets come out as delivered. Returns leaves with other targets and, for members that sold nothing last
    year, more rows. Cells under a target are scaled to it (raking, see ``allocation.scaled``); others stay, so that the
    sum is what was delivered and, of the rest, what was proposed. Where targets contradict one another the wider ones
    hold, the company's first; ``delivered`` names the others.
    """
    if goals.empty:
        return leaves
    asked = np.where(goals["dimension"] == REP, goals["target_cents"] / (1 + hedge), goals["target_cents"])
    goals = goals.assign(target_cents=np.rint(asked).astype("int64"))
    frame = _with_members(leaves, goals)
    margins = [margin for margin in _margins(frame, goals, calendar=calendar) if (margin.of >= 0).any()]
    real = scaled(cents(frame["target"]).to_numpy(dtype="float64"), [(m.of, m.low) for m in margins], near=_NEAR)
    keys = [c for c in (*DIMENSIONS, "period", REP) if c in frame]
    names = frame[keys].astype(str).agg("\x1f".join, axis=1).tolist()
    total = round(float(real.sum()))
    try:
        whole = allocated(real, total=total, margins=[_loose(m, real) for m in margins], keys=names)
    except AllocationError:  # sums that contradict one another by cents
        whole = round_to_total(real, total, keys=names)
    return frame.assign(target=units(whole)).sort_values(keys, ignore_index=True)


def held(leaves: pd.DataFrame, goals: pd.DataFrame, *, calendar: FiscalCalendar) -> dict[str, float] | None:
    """What do the delivered targets make the year's goal [currency], and which share of it do they name?

    leaves: as from ``completed``. Returns goal and share; None where nothing that can be carried was delivered.
    """
    named = np.zeros(len(leaves), dtype=bool)
    for margin in _margins(leaves, goals, calendar=calendar):
        named |= margin.of >= 0
    if not named.any():
        return None
    whole = cents(leaves["target"]).to_numpy()
    total = int(whole.sum())
    return {"goal": total / 100, "share": int(whole[named].sum()) / total if total else 1.0}


def _with_members(leaves: pd.DataFrame, goals: pd.DataFrame) -> pd.DataFrame:
    """The leaves, and cells for members that have targets and sold nothing: as the others' lie over the rest."""
    frames = [leaves]
    for dimension in DIMENSIONS:
        there = set(leaves[dimension].astype(str))
        own = goals[(goals["dimension"] == dimension) & ~goals["member"].isin(there)]
        asked = own.groupby("member")["target_cents"].sum()
        if there == {EVERYTHING} or not (asked > 0).any():
            continue
        rest = [c for c in (*DIMENSIONS, "period") if c != dimension]
        others = leaves.groupby(rest, sort=True, observed=True)["target"].sum()
        for member, amount in asked[asked > 0].items():
            rows = (others / max(float(others.sum()), 1.0) * amount / 100).reset_index().assign(**{dimension: member})
            frames.append(rows.assign(**({REP: UNASSIGNED} if REP in leaves else {})))
    return pd.concat(frames, ignore_index=True)[list(leaves.columns)]


def _margins(frame: pd.DataFrame, goals: pd.DataFrame, *, calendar: FiscalCalendar) -> Iterator[Margin]:
    """The targets by what they name and how long they are; those of the whole company last."""
    named = [_where(d, m) for d, m in goals[["dimension", "member"]].itertuples(index=False, name=None)]
    signs = [(tuple(sorted(where)), level_of(str(p))) for where, p in zip(named, goals["period"], strict=True)]
    for sign in sorted(dict.fromkeys(signs), key=lambda s: (-len(s[0]), REP not in s[0], s)):
        columns, level = sign
        if not set(columns) <= set(frame.columns):
            continue
        mine = [n for n, own in enumerate(signs) if own == sign]
        wanted = [(*(named[n][c] for c in columns), str(goals["period"].iloc[n])) for n in mine]
        label = {m: _holding(m, level, calendar) for m in frame["period"].unique()}
        parts = [frame[c].astype(str) for c in columns]
        have = list(zip(*parts, frame["period"].map(label), strict=True))
        amounts = goals["target_cents"].take(mine).to_numpy(dtype="int64")
        at = {key: n for n, key in enumerate(wanted)}
        yield Margin(np.array([at.get(key, -1) for key in have]), [" ".join(key) for key in wanted], amounts, amounts)


def _holding(month: str, level: str, calendar: FiscalCalendar) -> str:
    """The period of a level that a month lies in."""
    return month if level == "month" else calendar.quarter_of(month) if level == "quarter" else calendar.year_of(month)


def _where(dimension: str, member: str) -> dict[str, str]:
    """What a target names: column to member; nothing for the company."""
    return {} if dimension == "total" else scope_of(member) if dimension == SCOPE else {dimension: member}


def _loose(margin: Margin, real: np.ndarray) -> Margin:
    """The margin with room for sums that scaling could not bring to what is asked."""
    inside = margin.of >= 0
    have = np.bincount(margin.of[inside], weights=real[inside], minlength=len(margin.low))
    off = np.abs(have - margin.low) >= _HALF
    low = np.where(off, np.minimum(np.floor(have), margin.low), margin.low).astype("int64")
    high = np.where(off, np.maximum(np.ceil(have), low), margin.high).astype("int64")
    return Margin(margin.of, margin.names, low, high)


def delivered(
    goals: pd.DataFrame, cells: pd.DataFrame, *, carried: pd.DataFrame, calendar: FiscalCalendar
) -> pd.DataFrame:
    """Do the year's goals keep what was delivered?

    goals: ``delivered.goals`` of the year; cells: targets/cells; carried: as from ``carried``. Frame targets/delivered:
    dimension, member, period, level, delivered, target [currency], verdict: target_kept (to the cent),
    target_moved, or not_carried where nothing in the books can carry it (then there is no target).
    """
    rows = []
    for dimension, member, period, amount in goals.itertuples(index=False, name=None):
        where, months = _where(dimension, member), calendar.months(str(period))
        frame = carried if REP in where else cells
        inside = frame["period"].isin(months)
        for column, name in where.items():
            inside &= frame[column].astype(str) == name if column in frame else False
        held = float("nan") if not inside.any() else int(cents(frame.loc[inside, "target"]).sum()) / 100
        verdict = "not_carried" if held != held else "target_kept" if cents(held) == amount else "target_moved"
        rows.append((dimension, member, period, level_of(str(period)), amount / 100, held, verdict))
    table = pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))
    return table.astype({"delivered": "float64", "target": "float64"})


def say_delivered(table: pd.DataFrame, *, words: Words, rule: str) -> Finding:
    """How many delivered targets does the plan keep, and where does it differ? From targets/delivered.

    rule: the basis of the goal that holds.
    """
    if table.empty:
        return Finding(_NAME, words.say("targets_delivered_none"), _NAME, (), ("targets",))
    kept, left = (int((table["verdict"] == verdict).sum()) for verdict in ("target_kept", "not_carried"))
    parts = [words.say("targets_delivered", count=words.number(len(table)), kept=words.number(kept))]
    if left:
        parts.append(words.say("targets_delivered_left", count=words.number(left)))
    off = table[table["verdict"] == "target_moved"]
    if len(off):
        row = off.loc[[(off["delivered"] - off["target"]).abs().idxmax()]].to_dict("records")[0]
        parts.append(
            words.say(
                "targets_delivered_differs",
                count=words.number(len(off)),
                rule=words.term(rule),
                who=words.name(row["member"], column=str(row["dimension"])),
                period=str(row["period"]),
                delivered=words.money(row["delivered"]),
                target=words.money(row["target"]),
            )
        )
    said = words.say("targets_delivered_kept" if off.empty else "targets_delivered_off")
    check = Check("kept", bool(off.empty), said)
    return Finding(_NAME, words.text(parts), _NAME, (check,), ("targets",))
