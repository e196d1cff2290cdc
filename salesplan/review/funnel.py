"""Where do deals get stuck? The funnel by cohort: who goes on, who is lost, how long it takes."""

from __future__ import annotations

__all__ = ["funnel", "say_funnel"]

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.findings import Check, Finding, not_supplied
from salesplan.periods import FiscalCalendar
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "review/funnel"
_WHOLE = "whole_way"  # the stage of deals whose stages are not known
_FEWEST = 20  # decided deals a side, below which no change can be told
_YES = {"true", "1", "yes", "won", "y", "是"}


def funnel(
    pipeline: pd.DataFrame | None, *, window: Window, calendar: FiscalCalendar, rate: float = 0.1
) -> pd.DataFrame:
    """At which stage are deals lost, and is that more than a year before?

    The source ``pipeline`` (one row per stage that a deal reached) to review/funnel, one row per stage in the order in
    which deals reach them: entered, advanced, lost, open (deals opened in the window's months) [counts], conversion =
    advanced ÷ (advanced + lost), low, high (90 %, Wilson), prior (that of deals opened in the same months a year
    before), days (median until they went on), amount (of those lost there) [currency units], p_value (Fisher's exact
    test of conversion against prior), q_value (Benjamini and Hochberg), verdict: fell, rose, as before, or cannot tell
    with fewer than twenty decided deals on a side. Deals that are still open decide nothing. Where every deal has one
    row, as a list of a CRM has, one row of the whole way (advanced: won): where they stood before is not known.
    """
    nothing = pd.DataFrame({c: pd.Series(dtype="object") for c in COLUMNS[NAME]})
    if pipeline is None or pipeline.empty:
        return nothing
    steps = _deals(pipeline) if pipeline["opportunity_id"].is_unique else _steps(pipeline)
    month = _month_of(steps["created"], calendar)
    sides = [steps[month.isin(part)] for part in (window.months, window.earlier)]
    rows = [_row(stage, *(side[side["stage"] == stage] for side in sides)) for stage in _order(steps)]
    table = pd.DataFrame(rows, columns=[c for c in COLUMNS[NAME] if c not in ("q_value", "verdict")])
    change = table["conversion"] - table["prior"]
    table["q_value"], table["verdict"] = stats.told_changes(change, table["p_value"], rate=rate)
    return table[list(COLUMNS[NAME])]


def _steps(pipeline: pd.DataFrame) -> pd.DataFrame:
    """One row per deal and open stage: what became of it (advanced, lost, open) and after how many days."""
    rows = pipeline.sort_values(["opportunity_id", "stage_date", "closed"], kind="stable", na_position="first")
    by = rows.groupby("opportunity_id", sort=False)
    won = rows["won"].astype("string").str.lower().isin(_YES)
    ends = rows["closed"].notna()
    after = pd.DataFrame({"ends": by["closed"].shift(-1).notna(), "date": by["stage_date"].shift(-1)})
    next_won = won.astype("boolean").groupby(rows["opportunity_id"], sort=False).shift(-1).fillna(False).astype("bool")
    became = np.select([after["date"].isna(), after["ends"] & ~next_won], ["open", "lost"], "advanced")
    steps = rows.assign(became=became, days=(after["date"] - rows["stage_date"]).dt.days)
    return steps[~ends]


def _deals(pipeline: pd.DataFrame) -> pd.DataFrame:
    """One row per deal: what became of it and after how many days."""
    won = pipeline["won"].astype("string").str.lower().isin(_YES)
    became = np.select([pipeline["closed"].isna(), won], ["open", "advanced"], "lost")
    return pipeline.assign(stage=_WHOLE, became=became, days=(pipeline["closed"] - pipeline["created"]).dt.days)


def _order(steps: pd.DataFrame) -> list[str]:
    """Stages in the order in which deals reach them."""
    place = steps.groupby("opportunity_id").cumcount()
    return [str(s) for s in place.groupby(steps["stage"]).mean().sort_values(kind="stable").index]


def _month_of(days: pd.Series, calendar: FiscalCalendar) -> pd.Series:
    table = calendar.day_table(days.min().date(), days.max().date()).set_index("date")["month"]
    return days.dt.normalize().map(table)


def _row(stage: str, now: pd.DataFrame, before: pd.DataFrame) -> tuple[Any, ...]:
    from scipy.stats import fisher_exact

    counts, prior = ([int((s["became"] == b).sum()) for b in ("advanced", "lost")] for s in (now, before))
    conversion, earlier = (c[0] / sum(c) if sum(c) else np.nan for c in (counts, prior))
    low, high = stats.proportion_interval(counts[0], sum(counts)) if sum(counts) else (np.nan, np.nan)
    known = min(sum(counts), sum(prior)) >= _FEWEST
    p = float(fisher_exact([counts, prior])[1]) if known else np.nan
    days = now.loc[now["became"] == "advanced", "days"].median()
    lost = now.loc[now["became"] == "lost", "amount_cents"].sum() / 100
    left = int((now["became"] == "open").sum())
    return stage, len(now), *counts, left, conversion, low, high, earlier, days, round(float(lost), 2), p


def say_funnel(table: pd.DataFrame, *, words: Words) -> Finding:
    """Where most money is lost, what changed, and how long each stage takes."""
    if table.empty:
        return not_supplied(NAME, source="source_pipeline", gives="gives_funnel", words=words)
    if table["stage"].tolist() == [_WHOLE]:
        return Finding(NAME, _say_whole(table.iloc[0], words), NAME, (), ("pipeline",))
    worst = table.sort_values("amount", ascending=False, kind="stable").to_dict("records")[0]
    parts = [_say_worst(worst, table["amount"].sum(), words)]
    moved = table[table["verdict"].isin(["fell", "rose"])]
    for row in moved.to_dict("records"):
        ends = {"now": words.share(row["conversion"], digits=0), "prior": words.share(row["prior"], digits=0)}
        key = "review_funnel_fell" if row["verdict"] == "fell" else "review_funnel_rose"
        parts.append(words.say(key, stage=words.name(row["stage"]), **ends))
    if moved.empty and (table["verdict"] == "as before").any():
        parts.append(words.say("review_funnel_same"))
    slow = table.sort_values("days", ascending=False, kind="stable").to_dict("records")[0]
    if np.isfinite(slow["days"]):
        parts.append(words.say("review_funnel_slow", stage=words.name(slow["stage"]), days=words.number(slow["days"])))
    open_ones = table[table["verdict"] == "cannot tell"]
    names = words.join([words.name(s) for s in open_ones["stage"]])
    checks = [Check("funnel", None, words.say("review_funnel_open", stages=names))] if len(open_ones) else []
    return Finding(NAME, words.text(parts), NAME, tuple(checks), ("pipeline",))


def _say_worst(worst: Mapping[Any, Any], lost: float, words: Words) -> str:
    """At which stage most money is lost; that none is."""
    if not worst["amount"] > 0:
        return words.say("review_funnel_nothing")
    about = {
        "stage": words.name(worst["stage"]),
        "amount": words.money(worst["amount"]),
        "share": words.share(worst["amount"] / lost, digits=0),
        "conversion": words.share(worst["conversion"], digits=0),
        "range": words.interval(*(words.share(worst[c], digits=0) for c in ("low", "high"))),
    }
    return words.say("review_funnel", **about)


def _say_whole(row: pd.Series, words: Words) -> str:
    """What became of deals of which only the end is known."""
    counts = {c: words.number(row[c]) for c in ("entered", "advanced", "lost", "open")}
    parts = [words.say("review_funnel_deals", **counts)]
    if np.isfinite(row["conversion"]):
        ends = words.interval(*(words.share(row[c], digits=0) for c in ("low", "high")))
        parts.append(words.say("review_funnel_won", conversion=words.share(row["conversion"], digits=0), range=ends))
    if row["verdict"] in ("fell", "rose"):
        parts.append(words.say("review_funnel_before", prior=words.share(row["prior"], digits=0)))
    return words.text([*parts, words.say("review_funnel_one_row")])
