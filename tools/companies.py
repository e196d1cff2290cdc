"""Companies made from other seeds, with larger and smaller effects, and what the review makes of what was planted."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd

from salesplan import config, data, demo, facts, review, strategies, targets
from salesplan.demo import history
from salesplan.periods import FiscalCalendar
from salesplan.words import words

AS_OF, CUT_OFF = "2025Q4", dt.date(2025, 12, 31)
_NOTHING = ("nothing", "chosen_for_decline", "cannibalised")
_ENOUGH = 50  # members in a tenth
_SLICE = "product=KIT, region=EC"
_STUFFED = {"WHO 2025Q4", "DIS 2025Q4"}  # wholesalers buy through distributors


def planted(seed: int, *, strength: float) -> dict[str, str]:
    """What is said of a company of this seed with its planted effects raised to a power: what was asked -> answer."""
    effects = tuple(dataclasses.replace(e, factor=e.factor**strength) for e in history.EFFECTS)
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(history, "EFFECTS", effects):
        demo.write(folder, seed=seed)
        truth = json.loads((Path(folder) / "TRUTH.json").read_text(encoding="utf-8"))
        plan = config.load(Path(folder) / "plan.toml")
        sources = data.read(plan, cut_off=CUT_OFF, cache=Path(folder) / "cache")
        return {"seed, power": f"{seed}, {strength}", **_said(sources, truth)}


def _said(sources: data.Sources, truth: dict[str, Any]) -> dict[str, str]:
    calendar = FiscalCalendar()
    window = review.window(AS_OF, calendar=calendar)
    cube = facts.monthly_cube(sources.orders, calendar=calendar)
    active = facts.customer_months(sources.orders, calendar=calendar)
    parts = facts.customer_parts(sources.orders, calendar=calendar, months=window.months)
    withdrawn = facts.withdrawn_articles(sources.orders, sources.frame("products"), calendar=calendar)
    steady = review.same_range(cube, withdrawn, months=window.months, calendar=calendar)
    scanned = review.causes.scan(
        review.causes.expected_leaves(steady, parts, window=window, calendar=calendar), parts, seed=1
    )
    broken = review.causes.root_causes(scanned)
    sizes = facts.market_sizes(sources.frame("market"), cube, calendar=calendar)
    given = {"active": active, "customers": facts.customer_summary(sources.orders), "market": sizes}
    about = {**given, "broken": broken, "withdrawn": withdrawn, "calendar": calendar, "seed": 1}
    strategies = review.effects.strategy_effects(cube, sources.frame("activities"), **about)
    worked = strategies.set_index("strategy_id")
    gone = review.lost_accounts(active, window=window, calendar=calendar)
    ends = review.quality(facts.quarter_ends(sources.orders, calendar=calendar), window=window, calendar=calendar)
    known = {"strategies": strategies, "broken": broken, "lost": gone, "quality": ends}
    return {
        **_slices(broken, visible=review.causes.detectable(scanned)[2], fall=_fall(cube, window.months, truth)),
        "largest account gone": str(gone["customer_id"].iloc[0]) if len(gone) else "none",
        **_ends(ends),
        **_strategies(worked, truth),
        **_missed(sources, truth, cube=cube, scanned=scanned, tables=known),
        **_a_year_on(sources, cube),
    }


def _fall(cube: pd.DataFrame, months: Sequence[str], truth: dict[str, Any]) -> float:
    """By which share the slice's year was planted to fall."""
    own = cube[cube["period"].isin(months) & (cube["product"] == "KIT") & (cube["region"] == "EC")]
    lost = -truth["events"]["kit_east"]["amounts"]["2025"]
    return float(lost / (own["net_sales_cents"].sum() / 100 + lost))


def _slices(broken: pd.DataFrame, *, visible: float, fall: float) -> dict[str, str]:
    named = set(broken.loc[broken["verdict"] == "cause", "slice"])
    found = "yes" if _SLICE in named else f"no (p {broken.set_index('slice')['p_value'].get(_SLICE, 1.0):.2f})"
    return {
        "the slice's fall; visible every second time": f"{fall:.0%}; {visible:.0%}",
        "named": found,
        "other slices named": "; ".join(sorted(named - {_SLICE})) or "none",
    }


def _ends(quality: pd.DataFrame) -> dict[str, str]:
    odd = quality[(quality["metric"] == "closing_share") & (quality["verdict"] == "unusual")]
    found = {f"{m} {p}" for m, p in zip(odd["member"], odd["period"], strict=True)}
    other = "; ".join(sorted(found - _STUFFED)) or "none"
    return {"stuffed quarter end named": "yes" if found & _STUFFED else "no", "other quarter ends named": other}


def _strategies(worked: pd.DataFrame, truth: dict[str, Any]) -> dict[str, str]:
    """The two that worked, the five that did not, the one too small to tell, and the intervals of all."""
    told = {"worked": [], "nothing": [], "too_small_to_tell": []}
    held = 0
    for name, row in worked.iterrows():
        own = truth["strategies"][name]
        told["nothing" if own["verdict"] in _NOTHING else own["verdict"]].append((name, row["verdict"]))
        held += row["low"] <= own["brought"].get(str(row["window"])[:4], 0.0) <= row["high"]
    counts = {kind: [name for name, verdict in found if verdict == "worked"] for kind, found in told.items()}
    return {
        "that worked: told so": f"{len(counts['worked'])} of {len(told['worked'])}",
        "that did nothing: “worked”": "; ".join(counts["nothing"]) or "none",
        "too small: told “cannot tell”": "yes"
        if dict(told["too_small_to_tell"]).get("A25-04") == "cannot tell"
        else "no",
        "truth in the 90 % interval": f"{held} of {len(worked)}",
    }


def _missed(
    sources: data.Sources,
    truth: dict[str, Any],
    *,
    cube: pd.DataFrame,
    scanned: review.causes.Scan | None,
    tables: dict[str, pd.DataFrame],
) -> dict[str, str]:
    """Of each cause of the missed target whether its range holds what was planted [millions]."""
    calendar, window = FiscalCalendar(), review.window(AS_OF, calendar=FiscalCalendar())
    about = {"window": window, "calendar": calendar}
    sizes = facts.market_sizes(sources.frame("market"), cube, calendar=calendar)
    active = facts.customer_months(sources.orders, calendar=calendar)
    markets = review.causes.market_share(cube, sizes, **about)
    known = review.causes.knowledge(cube, sizes, active=active, scanned=scanned, markets=markets, **tables, **about)
    reached = review.attainment(cube, sources.frame("targets"), as_of=AS_OF, calendar=calendar, words=words("en"))
    then = targets.foreseen(cube, calendar=calendar, months=window.months, seed=1, lunar=True)
    items = review.causes.attribution_details(
        reached, sources.frame("assumptions"), cube=cube, known=known, foreseen=then, **about
    )
    table = review.causes.attribution(items).set_index("cause")
    told = {}
    for cause, planted in _causes(truth["missed"]["causes"]).items():
        row = table.loc[cause] / 1e6
        held = "in" if row["low"] <= planted / 1e6 <= row["high"] else "OUT"
        told[f"missed: {cause}"] = (
            f"{held}: {planted / 1e6:+.0f}; {row['amount']:+.0f} ({row['low']:+.0f} to {row['high']:+.0f})"
        )
    return told


def _causes(planted: dict[str, float]) -> dict[str, float]:
    """What was planted, under the five causes of the review."""
    execution = ("slice", "lost_account", "pulled_forward", "diversion")
    return {
        "target": planted["target_too_high"],
        "market": planted["market"],
        "initiatives": sum(amount for name, amount in planted.items() if name.startswith("strategy")),
        "execution": sum(planted[name] for name in execution),
        "noise": planted["noise"],
    }


def _a_year_on(sources: data.Sources, cube: pd.DataFrame) -> dict[str, str]:
    """Tiers, roles and classes of the year before with their stated probability, and how many were kept."""
    calendar, orders = FiscalCalendar(), sources.orders
    customers, months = facts.customer_summary(orders), facts.customer_months(orders, calendar=calendar)
    panel, pairs = facts.product_months(orders, calendar=calendar), facts.basket_pairs(orders, minimum=20)
    baskets, told = facts.first_baskets(orders), {}
    for name, key, kind, p, make in (
        (
            "tiers",
            "customer_id",
            "tier",
            "p_tier",
            lambda at: strategies.customer.tiers(customers, months, seed=1, **at),
        ),
        (
            "roles",
            "product_id",
            "role",
            "p_role",
            lambda at: strategies.product.roles(panel, pairs=pairs, baskets=baskets, seed=1, **at),
        ),
        ("classes", "segment", "class", "p_class", lambda at: strategies.market.segments(cube, customers, **at)),
    ):
        then, now = (make({"calendar": calendar, "as_of": as_of}).set_index(key) for as_of in ("2024Q4", AS_OF))
        both = then.join(now[kind].rename("later"), how="inner").dropna(subset=[p])
        kept = both[kind] == both["later"]
        by = pd.DataFrame({"p": both[p], "kept": kept}).groupby((both[p] * 10).astype(int).clip(upper=9))
        off = (by["p"].mean() - by["kept"].mean())[by.size() >= _ENOUGH].abs().max()
        told[f"{name} a year on"] = (
            f"{both[p].mean():.0%} stated, {kept.mean():.0%} kept; worst tenth {100 * off:.0f} points"
        )
    return told
