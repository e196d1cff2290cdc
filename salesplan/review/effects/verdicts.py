"""Which past strategies worked, which did not, and of which the data cannot tell."""

from __future__ import annotations

__all__ = ["say_strategy_effects", "strategy_effects"]

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan.findings import Check, Finding, not_supplied
from salesplan.periods import FiscalCalendar
from salesplan.review.assortment import same_range
from salesplan.review.effects.comparisons import Comparison, compared_members, weighed_by_market
from salesplan.review.effects.matching import compared_customers
from salesplan.review.effects.strategies import Strategy, strategies_of
from salesplan.schemas import COLUMNS
from salesplan.stats import normal_quantile
from salesplan.words import Words, scope_of

NAME = "review/strategy_effects"
_LEVEL = 0.1
_POWER = normal_quantile(0.8)  # standard errors between being found every second time and four times of five
_VERDICTS = ("worked", "did not work", "cannot tell")


def strategy_effects(
    cube: pd.DataFrame,
    activities: pd.DataFrame | None,
    *,
    active: pd.DataFrame,
    calendar: FiscalCalendar,
    seed: int,
    customers: pd.DataFrame | None = None,
    market: pd.DataFrame | None = None,
    broken: pd.DataFrame | None = None,
    withdrawn: pd.DataFrame | None = None,
    partial: Collection[str] = (),
) -> pd.DataFrame:
    """What did each past strategy change in net sales, and is that more than chance?

    Frames ``facts.monthly_cube``, the source ``activities`` and ``facts.customer_months`` to review/strategy_effects,
    one row per strategy: effect, low, high (90 % interval) and minimum_detectable (what four of five comparisons would
    find at the 10 % level) [currency units over the months it ran], p_value, verdict; claimed, design (did,
    synthetic_did, matched: see ``compared_members`` and ``compared_customers``), comparisons [count of placebos],
    window, reason; worth [currency units]: the sales whose margin pays its cost, at most what was claimed; half the
    claim where cost or margin is not known.

    p_value: the rank of the effect among placebos, both directions (Abadie, Diamond and Hainmueller 2010). Interval:
    the effects that the same ranking would not refuse at 10 %. Verdict: worked (p at most 10 %, and up), did not work
    (not that, and the interval ends below worth), else cannot tell; so is everything with fewer than nine placebos.

    customers: ``facts.customer_summary``, for their groups. market: the source; products are compared after their
    markets' growth. broken: review/root_causes; a slice with a cause of its own is no part of what others are compared
    with. withdrawn: ``facts.withdrawn_articles``, which are left out (see ``same_range``). partial: months that are not
    whole (``coverage``).
    """
    if activities is None or activities.empty or cube.empty:
        return pd.DataFrame({c: pd.Series(dtype="object") for c in COLUMNS[NAME]})
    whole = sorted(set(cube["period"]) - set(partial))
    weighed = weighed_by_market(cube, market, calendar=calendar)
    known = strategies_of(activities, calendar=calendar, until=str(cube["period"].max()))
    told = {str(row["activity_id"]): row for row in activities.to_dict("records")}
    groups = {} if customers is None else dict(zip(customers["customer_id"], customers["customer_group"], strict=True))
    rows = []
    for strategy in known:
        if not strategy.months:
            found = Comparison("", np.nan, np.array([]), np.nan, "effect_not_yet")
        elif strategy.customers:
            about = {"groups": groups, "calendar": calendar, "first": whole[0], "seed": seed}
            found = compared_customers(active, strategy, **about)
        elif strategy.scope:
            others = [s for s in known if s is not strategy]
            steady = same_range(weighed, withdrawn, months=strategy.months, calendar=calendar)
            sound = _without(steady, broken, strategy)
            found = compared_members(sound, strategy, others=others, calendar=calendar, first=whole[0])
        else:
            found = Comparison("", np.nan, np.array([]), np.nan, "effect_alone")
        claimed, cost = (_money_of(told[strategy.name].get(c)) for c in ("claimed_effect_cents", "cost_cents"))
        worth = _worth(cost, claimed, rate=_margin(cube, strategy))
        rows.append(_row(strategy, found, claimed=claimed, worth=worth))
    numbers = ("effect", "low", "high", "p_value", "minimum_detectable", "claimed", "worth")
    return pd.DataFrame(rows, columns=[*COLUMNS[NAME], "worth"]).astype(dict.fromkeys(numbers, "float64"))


def _margin(cube: pd.DataFrame, strategy: Strategy) -> float:
    """The gross margin [share] where and while the strategy ran, of cells whose cost is known; NaN where none is."""
    ran = cube["period"].isin(strategy.months)
    for dimension, members in strategy.scope.items():
        ran &= cube[dimension].isin(members)
    rows = cube[ran].dropna(subset=["cost_cents"]) if "cost_cents" in cube else cube.iloc[:0]
    sold = float(rows["net_sales_cents"].sum())
    return 1 - float(rows["cost_cents"].sum()) / sold if sold > 0 else np.nan


def _worth(cost: float, claimed: float, *, rate: float) -> float:
    """From which sales on a strategy was worth while [currency]; missing where neither cost nor claim is known."""
    if cost > 0 and rate > 0:
        return round(float(np.fmin(cost / rate, claimed)), 2)
    return round(claimed / 2, 2)


def _without(cube: pd.DataFrame, broken: pd.DataFrame | None, strategy: Strategy) -> pd.DataFrame:
    """The cube without slices that have a cause of their own and lie wholly outside of the strategy's scope."""
    if broken is None:
        return cube
    kept = pd.Series(True, index=cube.index)
    for text in broken.loc[broken["verdict"] == "cause", "slice"]:
        named = scope_of(str(text))
        if any(member not in strategy.scope.get(d, {member}) for d, member in named.items()):
            kept &= ~(cube[list(named)] == pd.Series(named)).all(axis=1)
    return cube[kept]


def _row(strategy: Strategy, found: Comparison, *, claimed: float, worth: float) -> dict[str, Any]:
    chance = found.placebos[np.isfinite(found.placebos)]
    rank = int(_LEVEL * (len(chance) + 1))
    row = dict.fromkeys(("effect", "low", "high", "p_value", "minimum_detectable"), np.nan)
    why = found.why or ("" if rank and np.isfinite(found.effect) else "effect_few")
    if not why:
        usual = found.sold / np.exp(found.effect)
        limit = float(np.sort(np.abs(chance))[::-1][rank - 1])
        least = limit + _POWER * float(np.sqrt((chance**2).mean()))
        ends = (found.effect - limit, found.effect + limit)
        row = {
            "effect": _money(found.sold - usual),
            **{name: _money(found.sold * -np.expm1(-end)) for name, end in zip(("low", "high"), ends, strict=True)},
            "p_value": float((1 + (np.abs(chance) >= abs(found.effect)).sum()) / (1 + len(chance))),
            "minimum_detectable": _money(usual * np.expm1(least)),
        }
    return {
        "strategy_id": strategy.name,
        **row,
        "verdict": _verdict(row, worth),
        "claimed": claimed,
        "design": found.design or "none",
        "comparisons": len(chance),
        "window": f"{strategy.months[0]}/{strategy.months[-1]}" if strategy.months else "",
        "reason": why,
        "worth": worth,
    }


def _money_of(cents: Any) -> float:
    """What a strategy was to bring, or cost [currency]; missing where nobody said."""
    return np.nan if cents is None or pd.isna(cents) else float(cents) / 100


def _money(cents: float) -> float:
    return round(float(cents)) / 100


def _verdict(row: Mapping[str, float], worth: float) -> str:
    if row["p_value"] <= _LEVEL and row["effect"] > 0:
        return "worked"
    return "did not work" if row["high"] < worth else "cannot tell"


def say_strategy_effects(
    table: pd.DataFrame, claims: pd.DataFrame, *, words: Words, activities: pd.DataFrame | None = None
) -> Finding:
    """Which strategies worked, by how much against what was claimed, and what could not have been seen.

    claims: ``claims_kept``. activities: the source, for the names of those without labels.
    """
    if table.empty:
        return not_supplied(NAME, source="source_activities", gives="gives_strategy_effects", words=words)
    given = {} if activities is None else dict(zip(activities["activity_id"], activities["name"], strict=True))
    names = {str(code): str(name) for code, name in given.items() if isinstance(name, str)}
    counts = table["verdict"].value_counts()
    keys = zip(("yes", "no", "open"), _VERDICTS, strict=True)
    about = {key: words.number(int(counts.get(verdict, 0))) for key, verdict in keys}
    parts = [words.say("review_strategies", all=words.number(len(table)), **about)]
    parts += [_say(row, words, names) for row in table.to_dict("records") if np.isfinite(row["effect"])]
    whole = claims[claims["lever"] == "total"]
    if len(whole):
        row = whole.iloc[0]
        money = {c: words.money(row[c]) for c in ("claimed", "effect")}
        span = words.interval(words.money(row["low"]), words.money(row["high"]))
        parts.append(words.say("review_claims", **money, range=span, share=words.share(row["realised"], digits=0)))
    checks = [
        Check(row["strategy_id"], None, words.say("review_effect_open", name=_named(row, words, names), why=why))
        for row in table.to_dict("records")
        if row["reason"] and (why := words.term(row["reason"]))
    ]
    return Finding(NAME, words.text(parts), NAME, tuple(checks), ("orders", "activities"))


def _named(row: Mapping[Any, Any], words: Words, names: Mapping[str, str]) -> str:
    code = str(row["strategy_id"])
    label = words.name(code)
    return label if label != code else names.get(code, code)


def _say(row: Mapping[Any, Any], words: Words, names: Mapping[str, str]) -> str:
    key = {"worked": "review_worked", "did not work": "review_did_not", "cannot tell": "review_untold"}[row["verdict"]]
    key += "_unclaimed" if np.isnan(row["claimed"]) else ""
    about = {"name": _named(row, words, names), "claimed": words.money(row["claimed"])}
    if row["verdict"] == "did not work":
        about["worth"] = words.money(row["worth"])
    about["range"] = words.interval(*(words.money(row[c], signed=True) for c in ("low", "high")))
    about["effect"] = words.money(row["effect"], signed=True)
    if row["verdict"] == "cannot tell":
        about["least"] = words.money(row["minimum_detectable"])
    return words.say(key, **about)
