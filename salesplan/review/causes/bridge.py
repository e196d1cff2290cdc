"""Price, volume, mix, new and lost: why net sales changed, exactly, and which of it is more than chance."""

from __future__ import annotations

__all__ = ["bridge", "bridge_effects", "bridge_steps", "say_bridge", "tell_bridge"]

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.findings import Check, Finding
from salesplan.review.causes.conventions import CONVENTIONS, split
from salesplan.review.causes.extremes import extremes
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "review/bridge"
GRAINS = {"by_product": ["product_id"], "by_category": ["product"], "by_product_channel": ["product_id", "channel"]}
_SPLIT = ("volume", "mix", "price")
_OF_GOODS = (*_SPLIT, "new", "lost", "other")
EFFECTS = (*_SPLIT, "new", "lost", "new_customers", "lost_customers", "returns", "other")
_SHOWN = {"convention": "midpoint", "grain": "by_product"}
_FEWEST_PARTS = 5
_ONE_WAY = ("new", "lost", "new_customers", "lost_customers")  # of one sign whatever happens
_UNTESTED = {"p_value": np.nan, "verdict": "cannot_tell"}
_EIGHTY, _SURE = 0.8, 0.05


def bridge(sides: pd.DataFrame, *, window: Window) -> pd.DataFrame:
    """Why did net sales change against the same months a year earlier?

    Frame ``facts.product_sides`` to review/bridge: one row per convention, grain, effect and product category (member)
    with its amount [currency units]. First come customers: new_customers is what customers bought who bought nothing
    in the earlier months, lost_customers what those had bought who bought nothing in the later ones. Of the kept
    customers, returns is the change of what was taken back or called off; new and lost are products (the grain's keys)
    sold in the later or earlier months only; what both sides sold at a price above nothing is split into volume, mix
    and price as ``conventions.split`` says; other is the rest (fees, free goods). The amounts sum to the change, to the
    cent, in each convention and grain; units of unlike goods are added, so that mix means little where they are not
    alike. Amounts are missing where there are no earlier months.
    """
    if not {"earlier", "later"} <= set(sides["side"]):
        rows: list[tuple[Any, ...]] = [(c, g, e, "total", np.nan) for c in CONVENTIONS for g in GRAINS for e in EFFECTS]
    else:
        rows = [row for grain in GRAINS for row in _rows(sides, grain)]
        rows = rows or [(c, g, "volume", "total", 0.0) for c in CONVENTIONS for g in GRAINS]  # nothing moved at all
    table = pd.DataFrame(rows, columns=["convention", "grain", "effect", "member", "amount"])
    table = table.assign(from_period=window.earlier_period, to_period=window.period, window=window.span)
    order = {name: place for place, name in enumerate((*CONVENTIONS, *GRAINS, *EFFECTS))}
    table["amount"] = table["amount"].astype("float64")
    by = table.assign(c=table["convention"].map(order), g=table["grain"].map(order), e=table["effect"].map(order))
    return by.sort_values(["c", "g", "e", "member"], kind="stable", ignore_index=True)[[*COLUMNS[NAME], "window"]]


def bridge_effects(table: pd.DataFrame, sides: pd.DataFrame, *, window: Window) -> pd.DataFrame:
    """Which effects are more than what single customers do by chance, and which hang on convention or grain?

    Frames review/bridge and ``facts.product_sides`` to review/bridge_effects: per convention, grain and effect its
    amount, low and high (80 % interval) [currency units], p_value of no effect, and verdict: differs (below 0.05),
    chance, cannot_tell (customers in fewer than five parts, or nothing there; and what came or went, which is never
    nothing). by_convention: steady, or changes_sign where the effect is above nothing in one convention or grain and
    below in another. Empty where there are no earlier months.
    Method: the bridge again without each twentieth of the customers (delete-a-group jackknife, Kott, J. of Official
    Statistics 17, 2001), Student's t with a degree of freedom less than parts.
    """
    name = "review/bridge_effects"
    about = {"from_period": window.earlier_period, "to_period": window.period}
    rows = []
    if {"earlier", "later"} <= set(sides["side"]):
        rows = [{**about, **row} for grain in GRAINS for row in _tested(sides, grain)]
    effects = pd.DataFrame(rows, columns=[c for c in COLUMNS[name] if c != "by_convention"])
    # to the cent what its members sum to: each of them is whole cents
    sums = table.groupby(["convention", "grain", "effect"])["amount"].sum()
    at = pd.MultiIndex.from_frame(effects[["convention", "grain", "effect"]])
    effects["amount"] = sums.reindex(at).fillna(0.0).round(2).to_numpy()
    signs = effects.assign(sign=np.sign(effects["amount"])).groupby("effect")["sign"]
    steady = effects["effect"].map((signs.min() * signs.max()).ge(0)).astype("bool")
    effects["by_convention"] = np.where(steady, "steady", "changes_sign")
    return effects.astype(dict.fromkeys(("amount", "low", "high", "p_value"), "float64"))


def bridge_steps(
    table: pd.DataFrame,
    sides: pd.DataFrame,
    *,
    convention: str = _SHOWN["convention"],
    grain: str = _SHOWN["grain"],
) -> pd.DataFrame:
    """How do the effects of one convention and grain lead from one year's net sales to the next's?

    Frames review/bridge and ``facts.product_sides`` to frame: step (period or effect), amount [currency units], total
    (True for the first and last row), as a bridge chart draws it; effects that are nothing are left out. Empty where
    there are no earlier months.
    """
    if sides.empty:
        return pd.DataFrame({"step": [], "amount": [], "total": []})
    chosen = table[(table["convention"] == convention) & (table["grain"] == grain)]
    sums = chosen.groupby("effect", sort=False)["amount"].sum(min_count=1)
    named = {"new": "new_products", "lost": "lost_products"}
    named |= {"new_customers": "customers_won", "lost_customers": "customers_lost"}
    there = [e for e in EFFECTS if np.isfinite(sums.get(e, np.nan)) and (sums[e] or e in _SPLIT)]
    effects = [(named.get(e, e), sums[e], False) for e in there]
    first, last = (str(table[c].iloc[0]) for c in ("from_period", "to_period"))
    before, after = (amount / 100 for amount in _sold(sides))
    rows = [(first, before, True), *effects, (last, after, True)]
    return pd.DataFrame(rows, columns=["step", "amount", "total"])


def say_bridge(
    table: pd.DataFrame, sides: pd.DataFrame, *, effects: pd.DataFrame, kpis: pd.DataFrame, words: Words
) -> Finding:
    """The change, its effects, which of them are more than chance, and which hang on convention or grain.

    Frames review/bridge and ``facts.product_sides`` to the finding. effects: review/bridge_effects. kpis: review/kpis,
    against whose change of net sales the sums are held where it is of the same months, else against the sides.
    """
    if table["amount"].isna().any():
        text = words.say("review_bridge_none")
        return Finding(NAME, text, NAME, (Check("bridge", None, text),))
    steps = bridge_steps(table, sides)
    moved = steps[~steps["total"]]
    change = words.money(moved["amount"].sum(), signed=True)
    about = {"from": steps["step"].iloc[0], "to": steps["step"].iloc[-1], "window": table["window"].iloc[0]}
    parts = [
        words.say(
            "review_bridge", **about, change=change, extremes=extremes(moved.set_index("step")["amount"], words=words)
        ),
        tell_bridge(table, sides, **_SHOWN, words=words),
        *_noise(effects, words),
        _range(table, words),
    ]
    return Finding(NAME, words.text(parts), NAME, (_exact(table, sides, kpis, words), *_signs(effects, words)))


def tell_bridge(table: pd.DataFrame, sides: pd.DataFrame, *, convention: str, grain: str, words: Words) -> str:
    """The effects of one convention and grain in a sentence: what a reader sees who chooses another."""
    steps = bridge_steps(table, sides, convention=convention, grain=grain)
    moved = steps[~steps["total"].astype("bool")]
    named = [
        words.say("review_bridge_effect", effect=words.term(effect), amount=words.money(amount, signed=True))
        for effect, amount in zip(moved["step"], moved["amount"], strict=True)
    ]
    return words.say("review_bridge_all", effects=words.join(named)) if named else words.say("review_bridge_none")


def _rows(sides: pd.DataFrame, grain: str) -> list[tuple[Any, ...]]:
    """Whole cents per convention, effect and member."""
    goods, members = _goods(sides, GRAINS[grain])
    beside: dict[Any, float] = dict(_beside(sides).groupby(["effect", "product"])["cents"].sum())
    names, at = np.unique(members, return_inverse=True)
    before, after = _sold(sides)
    rows = []
    for convention in CONVENTIONS:
        amounts = _of_goods(goods.sum(axis=1), convention=convention)
        found = dict(beside)
        for place, effect in enumerate(_OF_GOODS):
            sums = np.bincount(at, amounts[place], len(names))
            touched = np.bincount(at, amounts[: len(_SPLIT)].any(axis=0), len(names)) if effect in _SPLIT else sums
            for name, amount in zip(names[touched != 0].tolist(), sums[touched != 0].tolist(), strict=True):
                found[effect, name] = found.get((effect, name), 0.0) + amount
        cents = _whole(found, change=after - before)
        rows += [(convention, grain, effect, member, amount / 100) for (effect, member), amount in cents.items()]
    return rows


def _sold(sides: pd.DataFrame) -> tuple[int, int]:
    """Net sales before and after [cents]."""
    by = sides.groupby("side")["net_sales_cents"].sum()
    return round(float(by["earlier"])), round(float(by["later"]))


def _whole(amounts: Mapping[tuple[str, str], float], *, change: int) -> dict[tuple[str, str], int]:
    """Whole cents that add up to the change: effect by effect, then mix by member, then what is left in one of them."""
    cents: dict[tuple[str, str], int] = {}
    for effect in EFFECTS:
        own = sorted(key for key in amounts if key[0] == effect)
        cents |= dict(zip(own, stats.running_cents(amounts[key] for key in own), strict=True))
    for _, member in [key for key in cents if key[0] == "mix"]:
        together = round(sum(amounts[e, member] for e in _SPLIT))
        cents["mix", member] = together - cents["price", member] - cents["volume", member]
    if cents:
        cents[max(cents, key=lambda key: (key[0] == "mix", abs(cents[key]), key))] += change - sum(cents.values())
    return cents


def _goods(sides: pd.DataFrame, keys: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """What kept customers bought: (r0, r1, q0, q1) × parts × keys, and the category of each key."""
    sold = sides[sides["status"].eq("kept") & sides["kind"].eq("sale")]
    sold = sold.sort_values([*keys, *sides.columns], kind="stable")
    by = sold.groupby(keys, sort=True)
    at = sold["side"].eq("later").to_numpy("int64"), sold["part"].to_numpy("int64"), by.ngroup().to_numpy("int64")
    shape = (2, int(sides["part"].max()) + 1, by.ngroups)
    money, units = np.zeros(shape), np.zeros(shape)
    np.add.at(money, at, sold["net_sales_cents"].to_numpy("float64"))
    np.add.at(units, at, sold["quantity"].to_numpy("float64"))
    return np.concatenate([money, units]), by["product"].first().to_numpy(dtype="str")


def _of_goods(goods: np.ndarray, *, convention: str) -> np.ndarray:
    """Effects × keys [cents] of (r0, r1, q0, q1) × keys."""
    had, has = goods[2] > 0, goods[3] > 0
    there = (goods > 0).all(axis=0)
    place = np.select([has & ~had, had & ~has], [3, 4], 5)
    amounts = np.zeros((len(_OF_GOODS), goods.shape[1]))
    amounts[:3, there] = split(goods[:, there], convention=convention)
    rest = np.flatnonzero(~there)
    amounts[place[rest], rest] = (goods[1] - goods[0])[rest]
    return amounts


def _beside(sides: pd.DataFrame) -> pd.DataFrame:
    """What is no sale to a kept customer: part, effect, product and its change [cents]."""
    rows = sides[~(sides["status"].eq("kept") & sides["kind"].eq("sale"))]
    came, left = rows["status"].eq("new"), rows["status"].eq("lost")
    effect = np.select([came, left, rows["kind"].eq("return")], ["new_customers", "lost_customers", "returns"], "other")
    cents = rows["net_sales_cents"] * np.where(rows["side"].eq("later"), 1, -1)
    return rows[["part", "product"]].assign(effect=effect, cents=cents.astype("float64"))


def _tested(sides: pd.DataFrame, grain: str) -> list[dict[str, Any]]:
    """Each effect of one grain with its interval and p-value, in every convention."""
    goods, _ = _goods(sides, GRAINS[grain])
    beside = _beside(sides).groupby(["effect", "part"])["cents"].sum().unstack().fillna(0.0)
    others = beside.reindex(index=list(EFFECTS), columns=range(goods.shape[1]), fill_value=0.0).to_numpy()
    parts = np.unique(sides["part"])
    less = [goods.sum(axis=1), *(goods.sum(axis=1) - goods[:, part] for part in parts)]
    apart = np.stack([others.sum(axis=1), *(others.sum(axis=1) - others[:, part] for part in parts)])
    place = [EFFECTS.index(effect) for effect in _OF_GOODS]
    found = []
    for convention in CONVENTIONS:
        amounts = apart.copy()
        amounts[:, place] += [_of_goods(some, convention=convention).sum(axis=1) for some in less]
        about = {"convention": convention, "grain": grain}
        found += [
            {**about, "effect": e, **_chance(amounts[:, n]), **(_UNTESTED if e in _ONE_WAY else {})}
            for n, e in enumerate(EFFECTS)
        ]
    return found


def _chance(amounts: np.ndarray) -> dict[str, Any]:
    """An amount [cents] and what it would be without each part of the customers, to its interval, p and verdict."""
    from scipy.stats import t

    parts = len(amounts) - 1
    again = amounts[1:] * parts / max(parts - 1, 1)
    error = np.sqrt((parts - 1) / parts * ((again - again.mean()) ** 2).sum())
    told = parts >= _FEWEST_PARTS and error > 0
    half = t.ppf((1 + _EIGHTY) / 2, parts - 1) * error if told else np.nan
    p = 2 * t.sf(abs(amounts[0]) / error, parts - 1) if told else np.nan
    ends = {"amount": amounts[0], "low": amounts[0] - half, "high": amounts[0] + half}
    cents = {name: round(value) / 100 if np.isfinite(value) else np.nan for name, value in ends.items()}
    verdict = ("differs" if p < _SURE else "chance") if told else "cannot_tell"
    return {**cents, "p_value": p, "verdict": verdict}


def _noise(effects: pd.DataFrame, words: Words) -> list[str]:
    """Which effects of the shown convention and grain differ from nothing."""
    shown = effects[effects["convention"].eq(_SHOWN["convention"]) & effects["grain"].eq(_SHOWN["grain"])]
    known = shown[shown["verdict"] != "cannot_tell"]
    if known.empty:
        return [words.say("review_bridge_noise_unknown")]
    sure, chance = (_named(known[known["verdict"] == verdict], words) for verdict in ("differs", "chance"))
    if not sure:
        return [words.say("review_bridge_noise_none")]
    if not chance:
        return [words.say("review_bridge_noise_all")]
    return [words.say("review_bridge_noise", sure=words.join(sure), chance=words.join(chance))]


def _named(rows: pd.DataFrame, words: Words) -> list[str]:
    return [words.name(effect, column="effect") for effect in rows["effect"]]


def _range(table: pd.DataFrame, words: Words) -> str:
    sums = table.groupby(["convention", "grain", "effect"])["amount"].sum().unstack("effect")
    counts = {"conventions": table["convention"].nunique(), "grains": table["grain"].nunique()}
    ranges = {e: _between(sums[e], words) for e in ("price", "volume", "mix") if e in sums}
    return words.say("review_bridge_range", **counts, **ranges) if len(ranges) == len(_SPLIT) else ""


def _between(amounts: pd.Series, words: Words) -> str:
    low, high = (words.money(v, signed=True) for v in (amounts.min(), amounts.max()))
    return words.interval(low, high) if low != high else low


def _signs(effects: pd.DataFrame, words: Words) -> list[Check]:
    """The effects whose sign hangs on convention or grain, each a check that cannot tell."""
    moot = effects.loc[effects["by_convention"] == "changes_sign", "effect"].unique()
    return [Check(e, None, words.say("review_bridge_sign", effect=words.name(e, column="effect"))) for e in moot]


def _exact(table: pd.DataFrame, sides: pd.DataFrame, kpis: pd.DataFrame, words: Words) -> Check:
    before, after = _sold(sides)
    same = kpis[kpis["metric"].eq("net_sales") & kpis["window"].eq(table["window"].iloc[0]) & kpis["level"].eq("year")]
    told = same["change"].dropna()
    change = int(stats.cents(told.iloc[0])) if len(told) else after - before
    sums = stats.cents(table["amount"]).groupby([table["convention"], table["grain"]]).sum()
    off = int((sums - change).abs().max())
    if off:
        return Check("bridge", False, words.say("review_bridge_differs", amount=words.money(stats.units(off))))
    return Check("bridge", True, words.say("review_bridge_exact"))
