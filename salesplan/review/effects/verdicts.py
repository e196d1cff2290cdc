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
    window, reason. p_value: the rank of the effect among placebos, both directions (Abadie, Diamond and Hainmueller
    2010). Interval: the effects that the same ranking would not refuse at 10 %. Verdict: worked (p at most 10 %, and
    up), did not work (not that, and the interval ends below what was claimed), else cannot tell; so is everything with
    fewer than nine placebos. customers: ``facts.customer_summary``, for their groups. market: the source; products are
    compared after their markets' growth. broken: review/root_causes; a slice with a cause of its own is no part of what
    others are compared with. withdrawn: ``facts.withdrawn_articles``, which are left out (see
    ``same_range``). partial: months that are not whole (``coverage``).
    """
    if activities is None or activities.empty or cube.empty:
        return pd.DataFrame({c: pd.Series(dtype="object") for c in COLUMNS[NAME]})
    whole = sorted(set(cube["period"]) - set(partial))
    weighed = weighed_by_market(cube, market, calendar=calendar)
    known = strategies_of(activities, calendar=calendar, until=str(cube["period"].max()))
    claims = dict(zip(activities["activity_id"].astype(str), activities["claimed_effect_cents"], strict=True))
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
        rows.append(_row(strategy, found, claimed=_claimed(claims[strategy.name])))
    numbers = ("effect", "low", "high", "p_value", "minimum_detectable", "claimed")
    return pd.DataFrame(rows, columns=list(COLUMNS[NAME])).astype(dict.fromkeys(numbers, "float64"))


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


def _row(strategy: Strategy, found: Comparison, *, claimed: float) -> dict[str, Any]:
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
        "verdict": _verdict(row, claimed),
        "claimed": claimed,
        "design": found.design or "none",
        "comparisons": len(chance),
        "window": f"{strategy.months[0]}/{strategy.months[-1]}" if strategy.months else "",
        "reason": why,
    }


def _claimed(cents: Any) -> float:
    """What a strategy was to bring [currency]; missing where nobody said."""
    return np.nan if pd.isna(cents) else float(cents) / 100


def _money(cents: float) -> float:
    return round(float(cents)) / 100


def _verdict(row: Mapping[str, float], claimed: float) -> str:
    if row["p_value"] <= _LEVEL and row["effect"] > 0:
        return "worked"
    return "did not work" if row["high"] < claimed else "cannot tell"


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
    about["range"] = words.interval(*(words.money(row[c], signed=True) for c in ("low", "high")))
    about["effect"] = words.money(row["effect"], signed=True)
    if row["verdict"] == "cannot tell":
        about["least"] = words.money(row["minimum_detectable"])
    return words.say(key, **about)
