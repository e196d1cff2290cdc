"""Do customers who are less satisfied leave more often? Only then does a goal for satisfaction follow from churn."""

from __future__ import annotations

__all__ = ["satisfaction", "say_satisfaction", "score_for"]

import numpy as np
import pandas as pd

from salesplan.findings import Check, Finding, not_supplied
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.words import Words

_NAME = "targets/satisfaction"
_SURE, _FEWEST = 0.05, 30


def satisfaction(
    feedback: pd.DataFrame | None, active: pd.DataFrame, *, calendar: FiscalCalendar, before: str
) -> pd.DataFrame:
    """Did customers of lower scores leave more often in the year after they gave them?

    feedback: the source (date, customer_id, score), or None. active: ``facts.customer_months``. before: the last year
    of which it is known who stayed. Every customer with a score in a year counts in that year, by its mean score, in
    the lower or the upper half of all. Frame targets/satisfaction: half, score [mean], customers, lost [counts],
    churn_rate, low, high [95 %, Wilson], p_value [of the difference, Fisher's exact test]; empty without scores of 30.
    """
    columns = list(COLUMNS[_NAME])
    if feedback is None or not {"customer_id", "score"} <= set(feedback.columns):
        return pd.DataFrame(columns=columns)
    rows = feedback.dropna(subset=["customer_id", "score"])
    labels = [calendar.year_of(calendar.period_of(day.date(), "month")) for day in pd.to_datetime(rows["date"])]
    scored = rows.assign(year=labels).groupby(["customer_id", "year"])["score"].mean().reset_index()
    bought = active.assign(year=active["period"].map(calendar.year_of))[["customer_id", "year"]].drop_duplicates()
    known = set(zip(bought["customer_id"], bought["year"], strict=True))
    after = [calendar.shift(year, 1) for year in scored["year"]]
    pairs = zip(scored["customer_id"], scored["year"], after, strict=True)
    there = np.array([(c, y) in known and later <= before for c, y, later in pairs], dtype=bool)
    scored, after = scored[there], [later for later, inside in zip(after, there, strict=True) if inside]
    if len(scored) < _FEWEST or scored["score"].nunique() < 2:
        return pd.DataFrame(columns=columns)
    gone = np.array([(c, later) not in known for c, later in zip(scored["customer_id"], after, strict=True)])
    return _halves(scored["score"].to_numpy(dtype="float64"), gone)[columns]


def _halves(score: np.ndarray, gone: np.ndarray) -> pd.DataFrame:
    from scipy import stats as distributions

    middle = np.median(score)
    lower = score < middle if (score < middle).any() else score <= middle
    counts = [[int(gone[half].sum()), int((~gone[half]).sum())] for half in (lower, ~lower)]
    p = float(distributions.fisher_exact(counts).pvalue)
    rows = []
    for name, half, (lost, kept) in zip(("lower", "upper"), (lower, ~lower), counts, strict=True):
        ends = distributions.binomtest(lost, lost + kept).proportion_ci(0.95, method="wilson")
        share = lost / (lost + kept)
        rows.append((name, float(score[half].mean()), lost + kept, lost, share, float(ends.low), float(ends.high), p))
    return pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))


def score_for(table: pd.DataFrame, *, baseline: float, churn: tuple[float, float]) -> float:
    """The satisfaction that goes with a change of churn, by the difference of the halves; the baseline without a tie.

    table: targets/satisfaction. churn: of last year, and the goal.
    """
    if table.empty or float(table["p_value"].iloc[0]) >= _SURE:
        return baseline
    low, high = table.set_index("half").loc["lower"], table.set_index("half").loc["upper"]
    slope = (high["churn_rate"] - low["churn_rate"]) / (high["score"] - low["score"])
    return baseline + float((churn[1] - churn[0]) / slope) if slope < 0 else baseline


def say_satisfaction(table: pd.DataFrame, *, words: Words) -> Finding:
    """Is churn tied to satisfaction, so that the one can serve the other? From targets/satisfaction."""
    if table.empty:
        return not_supplied(_NAME, source="source_feedback", gives="gives_satisfaction", words=words)
    halves = table.set_index("half")
    low, high = halves.loc["lower"], halves.loc["upper"]
    tied = bool(low["p_value"] < _SURE and low["churn_rate"] > high["churn_rate"])
    about = {
        "low": words.share(float(low["churn_rate"])),
        "high": words.share(float(high["churn_rate"])),
        "customers": words.number(int(table["customers"].sum())),
        "p": words.number(float(low["p_value"]), digits=2),
    }
    text = words.say("targets_satisfaction_tied" if tied else "targets_satisfaction_free", **about)
    return Finding(_NAME, text, _NAME, (Check("tie", None if not tied else True, text),), ("orders", "feedback"))
