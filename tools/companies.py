"""Companies made from other seeds, with larger and smaller effects, and what the review makes of what was planted."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd

from salesplan import config, data, demo, facts, review
from salesplan.demo import history
from salesplan.periods import FiscalCalendar

AS_OF, CUT_OFF = "2025Q4", dt.date(2025, 12, 31)
_NOTHING = ("nothing", "chosen_for_decline", "cannibalised")


def planted(seed: int, *, strength: float) -> dict[str, str]:
    """What is said of a company of this seed with its planted effects raised to a power: finding -> what was said."""
    effects = tuple(dataclasses.replace(e, factor=e.factor**strength) for e in history.EFFECTS)
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(history, "EFFECTS", effects):
        demo.write(folder, seed=seed)
        truth = json.loads((Path(folder) / "TRUTH.json").read_text(encoding="utf-8"))
        plan = config.load(Path(folder) / "plan.toml")
        sources = data.read(plan, cut_off=CUT_OFF, cache=Path(folder) / "cache")
        return _said(sources, truth)


def _said(sources: data.Sources, truth: dict[str, Any]) -> dict[str, str]:
    calendar = FiscalCalendar()
    window = review.window(AS_OF, calendar=calendar)
    cube = facts.monthly_cube(sources.orders, calendar=calendar)
    active = facts.customer_months(sources.orders, calendar=calendar)
    parts = facts.customer_parts(sources.orders, calendar=calendar, months=window.months)
    withdrawn = facts.withdrawn_articles(sources.orders, sources.frame("products"), calendar=calendar)
    steady = review.same_range(cube, withdrawn, months=window.months, calendar=calendar)
    leaves = review.causes.expected_leaves(steady, parts, window=window, calendar=calendar)
    broken = review.causes.root_causes(review.causes.scan(leaves, parts, seed=1))
    given = {"active": active, "customers": facts.customer_summary(sources.orders), "market": sources.frame("market")}
    about = {**given, "broken": broken, "withdrawn": withdrawn, "calendar": calendar, "seed": 1}
    worked = review.effects.strategy_effects(cube, sources.frame("activities"), **about).set_index("strategy_id")
    gone = review.lost_accounts(active, window=window, calendar=calendar)
    ends = facts.quarter_ends(sources.orders, calendar=calendar)
    quality = review.quality(ends, window=window, calendar=calendar)
    return {
        "slices named as causes": "; ".join(broken.loc[broken["verdict"] == "cause", "slice"]) or "none",
        "largest account gone": _first(gone["customer_id"]),
        "quarter ends called unusual": _ends(quality),
        **{f"strategy {n} ({t['verdict']})": _judged(worked.loc[n], t) for n, t in truth["strategies"].items()},
    }


def _first(values: pd.Series) -> str:
    return str(values.iloc[0]) if len(values) else "none"


def _ends(quality: pd.DataFrame) -> str:
    odd = quality[(quality["metric"] == "closing_share") & (quality["verdict"] == "unusual")]
    return "; ".join(f"{m} {p}" for m, p in zip(odd["member"], odd["period"], strict=True)) or "none"


def _judged(row: pd.Series, truth: dict[str, Any]) -> str:
    """The verdict, and whether what was brought in the strategy's year lies in the interval."""
    brought = truth["brought"].get(str(row["window"])[:4], 0.0)
    held = "in" if row["low"] <= brought <= row["high"] else "outside"
    false = row["verdict"] == "worked" and truth["verdict"] in _NOTHING
    return f"{row['verdict']}{' (false)' if false else ''}, truth {held} the interval"
