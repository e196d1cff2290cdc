"""Price, volume, mix, new and lost: why net sales changed, exactly."""

from __future__ import annotations

__all__ = ["bridge", "bridge_steps", "say_bridge"]

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.findings import Check, Finding
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "review/bridge"
CONVENTIONS = ("sequential", "midpoint", "shapley")
GRAINS = {"by_product": ["product_id"], "by_product_channel": ["product_id", "channel"]}
EFFECTS = ("volume", "mix", "price", "new", "lost", "other")
_TURNS: dict[str, list[tuple[str, ...]]] = {
    "sequential": [("volume", "mix", "price")],
    "midpoint": [("volume", "mix", "price"), ("price", "mix", "volume")],
    "shapley": list(permutations(("volume", "mix", "price"))),
}


def bridge(panel: pd.DataFrame, *, window: Window) -> pd.DataFrame:
    """Why did net sales change against the same months a year earlier?

    Frame of form ``facts.product_months`` (period, product_id, product, channel, quantity, net_sales_cents) to
    review/bridge: one row per convention, grain, effect and product category (member) with its amount
    [currency units]. At the grain's keys sold in both periods a key's sales are Q·s·p: all units Q, its share s of
    them, its price p; volume, mix and price are what each adds when it changes from the earlier to the later value.
    "sequential" changes volume, mix, price in this order, so that price = (p1 − p0)·q1; "midpoint" is the mean of this
    order and its reverse (Marshall-Edgeworth: price at the mean quantity); "shapley" the mean of all six orders. new
    and lost are the sales of keys with units sold in the later or the earlier period only, other what stands against
    no units sold (returns of what is no longer sold, rebates). The amounts sum to the change, to the cent, in each
    convention and grain; units of unlike goods are added, so that mix means little where they are not alike. Amounts
    are missing where there are no months a year earlier.
    Source: Marshall (1887) and Edgeworth (1925) for the midpoint, Shapley (1953), Shorrocks (2013).
    """
    months = set(panel["period"])
    if not months or window.earlier[0] < min(months):
        rows: list[tuple[Any, ...]] = [
            (c, g, e, "total", np.nan) for c in CONVENTIONS for g in GRAINS for e in EFFECTS[:-1]
        ]
    else:
        rows = [row for grain, keys in GRAINS.items() for row in _grain_rows(panel, keys, grain=grain, window=window)]
    table = pd.DataFrame(rows, columns=["convention", "grain", "effect", "member", "amount"])
    table = table.assign(from_period=window.earlier_period, to_period=window.period, window=window.span)
    order = {name: place for place, name in enumerate((*CONVENTIONS, *GRAINS, *EFFECTS))}
    table["amount"] = table["amount"].astype("float64")
    by = table.assign(c=table["convention"].map(order), g=table["grain"].map(order), e=table["effect"].map(order))
    return by.sort_values(["c", "g", "e", "member"], kind="stable", ignore_index=True)[[*COLUMNS[NAME], "window"]]


def bridge_steps(
    table: pd.DataFrame,
    kpis: pd.DataFrame,
    *,
    convention: str = "midpoint",
    grain: str = "by_product_channel",
) -> pd.DataFrame:
    """How do the effects of one convention and grain lead from one year's net sales to the next's?

    Frames review/bridge and review/kpis to frame: step (period or effect), amount [currency units], total (True for
    the first and last row), as a bridge chart draws it.
    """
    chosen = table[(table["convention"] == convention) & (table["grain"] == grain)]
    sums = chosen.groupby("effect", sort=False)["amount"].sum(min_count=1)
    first, last = (str(table[c].iloc[0]) for c in ("from_period", "to_period"))
    sales = kpis[(kpis["metric"] == "net_sales") & (kpis["level"] == "year") & (kpis["period"] == last)].iloc[0]
    effects = [(e, sums[e], False) for e in EFFECTS if e in sums.index and np.isfinite(sums[e])]
    rows = [(first, sales["prior"], True), *effects, (last, sales["value"], True)]
    return pd.DataFrame(rows, columns=["step", "amount", "total"])


def say_bridge(table: pd.DataFrame, kpis: pd.DataFrame, *, words: Words) -> Finding:
    """The change, its effects in the middle convention, and how far the answer depends on convention and grain.

    Frames review/bridge and review/kpis to the finding; its check holds the sums against the change of net sales.
    """
    if table["amount"].isna().any():
        text = words.say("review_bridge_none")
        return Finding(NAME, text, NAME, (Check("bridge", None, text),))
    steps = bridge_steps(table, kpis)
    effects = steps[~steps["total"]]
    named = [
        words.say("review_bridge_effect", effect=words.term(effect), amount=words.money(amount, signed=True))
        for effect, amount in zip(effects["step"], effects["amount"], strict=True)
    ]
    change = words.money(effects["amount"].sum(), signed=True)
    about = {"from": steps["step"].iloc[0], "to": steps["step"].iloc[-1], "window": table["window"].iloc[0]}
    sums = table.groupby(["convention", "grain", "effect"])["amount"].sum().unstack("effect")
    ranges = {e: _range(sums[e], words) for e in ("price", "volume", "mix")}
    counts = {"conventions": table["convention"].nunique(), "grains": table["grain"].nunique()}
    parts = [
        words.say("review_bridge", **about, change=change, effects=words.join(named)),
        words.say("review_bridge_range", **counts, **ranges),
    ]
    return Finding(NAME, words.text(parts), NAME, (_exact(table, kpis, words),))


def _grain_rows(panel: pd.DataFrame, keys: Sequence[str], *, grain: str, window: Window) -> list[tuple[Any, ...]]:
    sides = [_side(panel, keys, months) for months in (window.earlier, window.months)]
    both = sides[0].join(sides[1], how="outer", lsuffix="0", rsuffix="1")
    numbers = both[["r0", "r1", "q0", "q1"]].fillna(0)
    member = both["member1"].fillna(both["member0"])
    rows: list[tuple[Any, ...]] = []
    for convention in CONVENTIONS:
        effects = _effects(numbers, member, convention=convention)
        rows += [(convention, grain, e, m, amount / 100) for (e, m), amount in effects.items()]
    return rows


def _side(panel: pd.DataFrame, keys: Sequence[str], months: Sequence[str]) -> pd.DataFrame:
    order = [*keys, "product", "period", "quantity", "net_sales_cents"]
    inside = panel[panel["period"].isin(months)].sort_values(order, kind="stable")
    sums = inside.groupby(list(keys))
    return pd.DataFrame(
        {"r": sums["net_sales_cents"].sum(), "q": sums["quantity"].sum(), "member": sums["product"].first()}
    )


def _effects(numbers: pd.DataFrame, member: pd.Series, *, convention: str) -> dict[tuple[str, str], int]:
    """Whole cents per effect and member; mix takes what rounding leaves, so that every member adds up."""
    names, at = np.unique(member.to_numpy(dtype="str"), return_inverse=True)
    r0, r1, q0, q1 = (numbers[column].to_numpy(dtype="float64") for column in ("r0", "r1", "q0", "q1"))

    def whole(amounts: np.ndarray, rows: np.ndarray) -> dict[str, int]:
        there = np.unique(at[rows])
        sums = np.bincount(at[rows], amounts[rows], len(names))[there]
        return dict(zip(names[there].tolist(), stats.running_cents(sums.tolist()), strict=True))

    had, has = q0 > 0, q1 > 0
    kept = had & has
    other = {("other", n): v for n, v in whole(np.where(has, 0, r1) - np.where(had, 0, r0), ~kept).items() if v}
    found = {("new", n): v for n, v in whole(r1, has & ~had).items()}
    found |= {("lost", n): v for n, v in whole(-r0, had & ~has).items()} | other
    parts = _shares(np.stack([r0, r1, q0, q1])[:, kept], _TURNS[convention])
    price, volume = (whole(_spread(parts[effect], kept), kept) for effect in ("price", "volume"))
    total = whole(r1 - r0, kept)
    for name, change in total.items():
        found |= {("price", name): price[name], ("volume", name): volume[name]}
        found["mix", name] = change - price[name] - volume[name]
    rest = round(float(r1.sum())) - round(float(r0.sum())) - sum(found.values())
    last = ("mix", next(reversed(total))) if total else next(reversed(found), None)
    return found | ({last: found[last] + rest} if last and rest else {})


def _spread(amounts: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Amounts of some rows as amounts of all."""
    whole = np.zeros(len(rows))
    whole[rows] = amounts
    return whole


def _shares(kept: np.ndarray, turns: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
    """What volume, mix and price each add per key [cents], as the mean over the orders in which they change."""
    r0, r1, q0, q1 = kept
    units = q0.sum(), q1.sum()
    levels: dict[str, Any] = {"volume": units, "mix": (q0 / units[0], q1 / units[1]), "price": (r0 / q0, r1 / q1)}
    added = {effect: np.zeros(len(q0)) for effect in levels}
    for turn in turns:
        state = dict.fromkeys(levels, 0)
        for effect in turn:
            others = [levels[name][state[name]] for name in levels if name != effect]
            added[effect] += (levels[effect][1] - levels[effect][0]) * others[0] * others[1] / len(turns)
            state[effect] = 1
    return added


def _range(amounts: pd.Series, words: Words) -> str:
    low, high = (words.money(v, signed=True) for v in (amounts.min(), amounts.max()))
    return words.interval(low, high) if low != high else low


def _exact(table: pd.DataFrame, kpis: pd.DataFrame, words: Words) -> Check:
    steps = bridge_steps(table, kpis)
    change = stats.cents(steps["amount"].iloc[-1]) - stats.cents(steps["amount"].iloc[0])
    sums = stats.cents(table["amount"]).groupby([table["convention"], table["grain"]]).sum()
    off = int((sums - change).abs().max())
    if off:
        return Check("bridge", False, words.say("review_bridge_differs", amount=words.money(stats.units(off))))
    return Check("bridge", True, words.say("review_bridge_exact"))
