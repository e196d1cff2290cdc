"""What happened outside: competitors' prices and moves, and the register of what the environment may bring."""

from __future__ import annotations

__all__ = ["competitor_moves", "competitors", "environment", "say_competitors", "say_environment"]

from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.config import DIMENSIONS
from salesplan.findings import Check, Finding, not_supplied
from salesplan.periods import FiscalCalendar
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.words import Words, scope_of

NAME = "review/competitors"
_MOVES = "review/competitors_moves"
_REGISTER = "review/environment"
_SCOPE = ("category", "region", "customer_group", "channel")
_CHECK = "price_check"
_SIDES = 0.9
_FEWEST = 2


def competitors(
    sightings: pd.DataFrame | None, *, window: Window, calendar: FiscalCalendar, rate: float = 0.1
) -> pd.DataFrame:
    """Have competitors' prices moved against ours?

    The source ``competitors`` (price_index: theirs ÷ ours) to review/competitors, one row per competitor and category
    with price checks in the window and in the same months a year before: member (the category, or total), index, prior
    [ratios], change = index − prior, low, high (90 %), p_value (Student's t; the noise of a check is that of the year
    before, within competitor and category, pooled), q_value (Benjamini and Hochberg), verdict: fell, rose, as before,
    or cannot tell with fewer than two checks on a side.
    """
    checks = _priced(sightings)
    if checks.empty:
        return pd.DataFrame({c: pd.Series(dtype="object") for c in COLUMNS[NAME]})
    sides = [checks[checks["date"].between(*_days(part, calendar))] for part in (window.months, window.earlier)]
    keys = ["competitor", "member"]
    both = sorted(set(map(tuple, sides[0][keys].to_numpy())) | set(map(tuple, sides[1][keys].to_numpy())))
    noise = _scatter(sides[1])
    own = [(key, [s[(s[keys] == key).all(axis=1)]["price_index"] for s in sides]) for key in both]
    rows = [(*key, *_moved(*prices, noise=noise)) for key, prices in own]
    table = pd.DataFrame(rows, columns=[c for c in COLUMNS[NAME] if c not in ("q_value", "verdict")])
    table["q_value"], table["verdict"] = stats.told_changes(table["change"], table["p_value"], rate=rate)
    return table[list(COLUMNS[NAME])]


def _priced(sightings: pd.DataFrame | None) -> pd.DataFrame:
    if sightings is None or "price_index" not in sightings:
        return pd.DataFrame({"competitor": [], "member": [], "date": [], "price_index": []})
    rows = sightings[sightings["price_index"].notna()]
    regular = rows[rows["event"] == _CHECK] if (rows["event"] == _CHECK).any() else rows
    return regular.assign(member=regular["category"].fillna("total"))


def _days(months: tuple[str, ...], calendar: FiscalCalendar) -> tuple[pd.Timestamp, pd.Timestamp]:
    return pd.Timestamp(calendar.bounds(months[0])[0]), pd.Timestamp(calendar.bounds(months[-1])[1])


def _scatter(checks: pd.DataFrame) -> tuple[float, int]:
    """How far checks of one competitor and category lie apart within a window, and on how many that rests."""
    by = checks.groupby(["competitor", "member"])["price_index"]
    free = int((by.size() - 1).clip(lower=0).sum())
    off = checks["price_index"] - by.transform("mean")
    return (float(np.sqrt((off**2).sum() / free)) if free else 0.0), free


def _moved(now: pd.Series, before: pd.Series, *, noise: tuple[float, int]) -> tuple[float, ...]:
    from scipy.stats import t

    index, prior = (float(s.mean()) if len(s) else np.nan for s in (now, before))
    error = noise[0] * np.sqrt(sum(1 / len(s) for s in (now, before) if len(s)))
    if min(len(now), len(before)) < _FEWEST or error == 0:
        return index, prior, index - prior, np.nan, np.nan, np.nan
    change, reach = index - prior, t.ppf((1 + _SIDES) / 2, noise[1]) * error
    return index, prior, change, change - reach, change + reach, float(2 * t.sf(abs(change) / error, noise[1]))


def competitor_moves(sightings: pd.DataFrame | None, *, window: Window, calendar: FiscalCalendar) -> pd.DataFrame:
    """Which moves of competitors were noticed in the window, price checks apart? Frame review/competitors_moves: date,
    competitor, event, scope, price_index, source, by date."""
    columns = list(COLUMNS[_MOVES])
    if sightings is None or sightings.empty:
        return pd.DataFrame({c: pd.Series(dtype="object") for c in columns})
    seen = sightings[sightings["date"].between(*_days(window.months, calendar)) & (sightings["event"] != _CHECK)]
    seen = seen.assign(scope=[_scope(row) for row in seen.to_dict("records")])
    return seen.sort_values(["date", "competitor"], kind="stable")[columns].reset_index(drop=True)


def _scope(row: dict[Any, Any]) -> str:
    """Where something holds, as scopes are written: "region=EC, product=KIT"; empty for everywhere."""
    named = zip(DIMENSIONS, _SCOPE, strict=True)
    return ", ".join(f"{d}={row[c]}" for d, c in named if row.get(c) is not None and not pd.isna(row.get(c)))


def say_competitors(table: pd.DataFrame, moves: pd.DataFrame, *, words: Words) -> Finding:
    """Whose prices moved against ours and by how much; which moves were seen; what cannot be told."""
    if table.empty and moves.empty:
        return not_supplied(NAME, source="source_competitors", gives="gives_competitors", words=words)
    moved = table[table["verdict"].isin(["fell", "rose"])].sort_values("p_value", kind="stable")
    said = []
    for row in moved.head(3).to_dict("records"):
        about = {"competitor": words.name(row["competitor"]), "member": words.name(row["member"])}
        about["change"] = words.share(row["change"], signed=True)
        about["range"] = words.interval(*(words.share(row[c], signed=True) for c in ("low", "high")))
        said.append(words.say("review_competitor", **about))
    parts = [words.say("review_competitors", list=words.join(said)) if said else words.say("review_no_competitor")]
    named = [
        words.say(
            "review_move",
            date=words.date(row["date"].date()),
            competitor=words.name(row["competitor"]),
            event=words.name(row["event"]),
            scope=words.name(row["scope"]) if row["scope"] else words.term("everywhere"),
        )
        for row in moves.to_dict("records")
    ]
    parts += [words.say("review_moves", list=words.join(named))] if named else []
    open_ones = int((table["verdict"] == "cannot tell").sum())
    check = [Check("competitors", None, words.say("review_competitors_open", count=words.number(open_ones)))]
    return Finding(NAME, words.text(parts), NAME, tuple(check if open_ones else ()), ("competitors",))


def environment(
    register: pd.DataFrame | None, cube: pd.DataFrame, *, window: Window, calendar: FiscalCalendar
) -> pd.DataFrame:
    """What may the environment bring, in money, and which entries are out of date?

    The source ``environment`` (low, high: share of the sales in scope) and ``facts.monthly_cube`` to
    review/environment: factor, kind, driver, scope, low, high [share], amount_low, amount_high (of what was sold in
    scope in the window) [currency units], review_date, state (current, or expired: its review date lies in the window
    or before it), source. The latest note of a factor first; expired ones count for nothing.
    """
    if register is None or register.empty:
        return pd.DataFrame({c: pd.Series(dtype="object") for c in COLUMNS[_REGISTER]})
    last = _days(window.months, calendar)[1]
    inside = cube[cube["period"].isin(window.months)]
    rows = []
    for row in register.to_dict("records"):
        scope = _scope(row)
        named = scope_of(scope)
        part = inside[(inside[list(named)] == pd.Series(named)).all(axis=1)] if named else inside
        sold = float(part["net_sales_cents"].sum()) / 100
        ends = tuple(round(sold * float(row[c]), 2) for c in ("low", "high"))
        state = "expired" if pd.notna(row["review_date"]) and row["review_date"] <= last else "current"
        about = (row["factor"], row["kind"], row["driver"], scope, float(row["low"]), float(row["high"]))
        rows.append((*about, *ends, row["review_date"], state, row.get("source")))
    table = pd.DataFrame(rows, columns=list(COLUMNS[_REGISTER]))
    size = table[["amount_low", "amount_high"]].abs().max(axis=1)
    order = table.assign(old=table["state"] == "expired", size=-size)
    order = order.sort_values(["old", "size", "factor"], kind="stable")
    return order[list(COLUMNS[_REGISTER])].reset_index(drop=True)


def say_environment(table: pd.DataFrame, *, words: Words) -> Finding:
    """What weighs most up and down, and which entries have to be looked at again."""
    if table.empty:
        return not_supplied(_REGISTER, source="source_environment", gives="gives_environment", words=words)
    live = table[table["state"] == "current"]
    parts = [words.say("review_environment", count=words.number(len(live)))]
    up, down = (live.sort_values(c, kind="stable") for c in ("amount_high", "amount_low"))
    most = {"up": up[up["amount_high"] > 0].tail(1), "down": down[down["amount_low"] < 0].head(1)}
    if len(most["up"]) and most["up"].index.equals(most["down"].index):
        most = {"both": most["up"]}
    for key, rows in most.items():
        for row in rows.to_dict("records"):
            ends = words.interval(*(words.money(row[c], signed=True) for c in ("amount_low", "amount_high")))
            parts.append(words.say(f"review_environment_{key}", factor=words.name(row["factor"]), range=ends))
    old = table[table["state"] == "expired"]
    checks = [
        Check(str(row["factor"]), False, words.say("review_expired", factor=words.name(row["factor"]), date=date))
        for row in old.to_dict("records")
        if (date := words.date(row["review_date"].date()))
    ]
    return Finding(_REGISTER, words.text(parts), _REGISTER, tuple(checks), ("environment",))
