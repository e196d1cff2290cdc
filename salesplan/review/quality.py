"""How good are the sales? Quarter ends that were stuffed, stock left with distributors, growth on credit, returns."""

from __future__ import annotations

__all__ = ["quality", "say_quality"]

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "review/quality"
METRICS = ("closing_share", "return_rate", "stock_days", "credit_days")
_FEWEST = 6  # quarters before
_SEASONED = 3  # of the same quarter of the year, from which on they have a level of their own
_SIDES = 0.9  # of cases within low and high
_QUARTER = 91.0


def quality(
    ends: pd.DataFrame,
    *,
    window: Window,
    calendar: FiscalCalendar,
    distributors: pd.DataFrame | None = None,
    receivables: pd.DataFrame | None = None,
    rate: float = 0.1,
) -> pd.DataFrame:
    """Did sales come as they usually do, or were they pulled forward, left in stock, given on credit, taken back?

    Frame ``facts.quarter_ends``, the sources ``distributors`` and ``receivables`` to review/quality, one row per
    metric, member and closed quarter (those of the window and the one before it): value, usual, low, high (90 %),
    amount (sales beyond or below the usual ones [currency units]; of closing_share what, taken away, leaves the usual
    share; of stock and credit: none), p_value, q_value
    (Benjamini and Hochberg over the rows of the metric), verdict: unusual (q at most ``rate``), usual, or cannot tell
    with fewer than six quarters before. closing_share: the part of the quarter's sales that fell into its last 15 days
    [share], of each customer group and channel against all others (the difference of their log odds). reversal, after
    an unusual quarter end only: the growth of the next quarter on a year before [share], against all others.
    return_rate: returned ÷ sold [share]; stock_days: distributors' stock ÷ what they sell on in a day [days];
    credit_days: receivables ÷ the quarter's sales of a day [days]. Usual is the mean of the quarters before, of the
    same quarter of the year where there are three; the p-value is Student's t of the next value, to the one side that
    is no good.
    """
    months = (calendar.shift(window.months[0], -1), *window.months)
    quarters = sorted({calendar.quarter_of(month) for month in months})
    series = [*_closings(ends), _returns(ends), _stock(distributors, calendar), _credit(receivables, ends, calendar)]
    table = _frame([row for about in series for quarter in quarters for row in _judged(about, quarter)], rate)
    odd = table[(table["metric"] == "closing_share") & (table["verdict"] == "unusual")]
    after = [
        (d, m, calendar.shift(q, 1)) for d, m, q in zip(odd["dimension"], odd["member"], odd["period"], strict=True)
    ]
    back = [row for d, m, quarter in after for row in _judged(_growth(ends, d, m), quarter)]
    return pd.concat([table, _frame(back, rate)], ignore_index=True) if back else table


def _frame(rows: list[tuple[Any, ...]], rate: float) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=[c for c in COLUMNS[NAME] if c not in ("q_value", "verdict")])
    table = table.astype(dict.fromkeys(("value", "usual", "low", "high", "p_value", "amount"), "float64"))
    q = [pd.Series(stats.false_discovery(p), index=p.index) for _, p in table.groupby("metric")["p_value"]]
    table["q_value"] = pd.concat(q).reindex(table.index) if q else np.nan
    told = np.select([table["p_value"].isna(), table["q_value"] <= rate], ["cannot tell", "unusual"], "usual")
    return table.assign(verdict=told)[list(COLUMNS[NAME])]


def say_quality(table: pd.DataFrame, *, words: Words) -> Finding:
    """What was unusual last, most certain first; that nothing was; and what could not be looked at."""
    odd = table[table["verdict"] == "unusual"].sort_values(["p_value", "member"], kind="stable")
    latest = odd[odd["period"] == odd.groupby("metric")["period"].transform("max")]
    firsts = latest.drop_duplicates("metric")
    parts = [_say(row, words) for row in firsts.to_dict("records")]
    judged = table[table["verdict"] != "cannot tell"]
    if len(judged) and not parts:
        parts = [words.say("review_quality_usual", count=words.number(len(judged)))]
    seen = set(table.loc[table["value"].notna(), "metric"])
    checks = [
        Check(m, None, words.say("review_quality_open", metric=words.term(m)))
        for m in METRICS
        if m not in set(judged["metric"])
    ]
    sources = [s for m, s in (("stock_days", "distributors"), ("credit_days", "receivables")) if m in seen]
    return Finding(
        NAME, words.text(parts) or words.say("review_quality_none"), NAME, tuple(checks), ("orders", *sources)
    )


def _say(row: Mapping[Any, Any], words: Words) -> str:
    show = words.number if row["metric"].endswith("days") else words.share
    about = {
        "period": str(row["period"]),
        "value": show(row["value"], digits=0),
        "usual": show(row["usual"], digits=0),
        "p": words.chance(row["p_value"]),
    }
    if row["metric"] in ("closing_share", "reversal"):
        about |= {"amount": words.money(abs(row["amount"])), "member": words.name(row["member"])}
    return words.say(f"review_{row['metric']}", **about)


Series = tuple[tuple[str, str, str], pd.DataFrame, int]
"""Metric, dimension and member; per quarter score (what is compared), value, beside (added to the score's usual before
it is turned back into a value), base [cents]; and on which side of the usual it counts: 1 above, -1 below."""


def _closings(ends: pd.DataFrame) -> Iterator[Series]:
    for dimension in ("customer_group", "channel"):
        own = ends.pivot_table(index="quarter", columns=dimension, values="closing_cents", aggfunc="sum")
        all_sold = ends.pivot_table(index="quarter", columns=dimension, values="sold_cents", aggfunc="sum")
        for member in own.columns if own.shape[1] > 1 else []:
            inside, sold = own[member], all_sold[member]
            rest = _odds(own.sum(axis=1) - inside, all_sold.sum(axis=1) - sold)
            about = {"score": _odds(inside, sold) - rest, "value": inside / sold, "beside": rest, "base": sold}
            yield ("closing_share", dimension, str(member)), pd.DataFrame(about), 1


def _growth(ends: pd.DataFrame, dimension: str, member: str) -> Series:
    sold = ends.pivot_table(index="quarter", columns=dimension, values="sold_cents", aggfunc="sum")
    own, rest = sold[member], sold.sum(axis=1) - sold[member]
    grown = {q: f"{int(q[:4]) - 1}{q[4:]}" for q in sold.index}
    before = {q: p for q, p in grown.items() if p in sold.index}
    logs = [np.log(side.where(side > 0)) for side in (own, rest)]
    steps = [pd.Series({q: log[q] - log[p] for q, p in before.items()}, dtype="float64") for log in logs]
    base = pd.Series({q: own[p] for q, p in before.items()}, dtype="float64")
    frame = {"score": steps[0] - steps[1], "value": np.expm1(steps[0]), "beside": steps[1], "base": base}
    return ("reversal", dimension, member), pd.DataFrame(frame), -1


def _odds(part: pd.Series, whole: pd.Series) -> pd.Series:
    left = whole - part
    good = (part > 0) & (left > 0)
    return (np.log(part.where(good)) - np.log(left.where(good))).astype("float64")


def _returns(ends: pd.DataFrame) -> Series:
    sums = ends.groupby("quarter")[["sold_cents", "returned_cents"]].sum()
    value = -sums["returned_cents"] / sums["sold_cents"].where(sums["sold_cents"] > 0)
    return ("return_rate", "total", "total"), _plain(value, base=sums["sold_cents"]), 1


def _stock(distributors: pd.DataFrame | None, calendar: FiscalCalendar) -> Series:
    about = ("stock_days", "total", "total")
    if distributors is None or distributors.empty:
        return about, _plain(pd.Series(dtype="float64")), 1
    known = distributors[distributors["period"].astype(str).str.fullmatch(r"\d{4}-\d{2}")]
    by = known.groupby("period")[["sell_out", "stock_end"]].sum(min_count=1)
    quarter = by.index.map(calendar.quarter_of)
    last = by["stock_end"].groupby(quarter).last()
    gone, months = by["sell_out"].groupby(quarter).sum(), by["sell_out"].groupby(quarter).size()
    return about, _plain((last / gone.where((gone > 0) & (months == 3))) * _QUARTER), 1


def _credit(receivables: pd.DataFrame | None, ends: pd.DataFrame, calendar: FiscalCalendar) -> Series:
    about = ("credit_days", "total", "total")
    if receivables is None or receivables.empty:
        return about, _plain(pd.Series(dtype="float64")), 1
    owed = receivables.groupby("as_of")["open_amount_cents"].sum()
    lasts = {pd.Timestamp(calendar.bounds(q)[1]): q for q in ends["quarter"].unique()}
    owed = owed[owed.index.isin(list(lasts))]
    owed.index = pd.Index([lasts[day] for day in owed.index])
    sold = ends.groupby("quarter")["sold_cents"].sum()
    return about, _plain(owed / sold.where(sold > 0) * _QUARTER), 1


def _plain(value: pd.Series, *, base: pd.Series | None = None) -> pd.DataFrame:
    """A series that is compared by its logarithm."""
    positive = value.astype("float64").where(value > 0)
    frame = pd.DataFrame({"score": np.log(positive), "value": value, "beside": 0.0})
    return frame.assign(base=np.nan if base is None else base)


def _judged(series: Series, quarter: str) -> list[tuple[Any, ...]]:
    """One row where the quarter has a value: against the quarters before it."""
    from scipy.stats import t

    (metric, dimension, member), frame, side = series
    if quarter not in frame.index or not np.isfinite(frame["value"].get(quarter, np.nan)):
        return []
    now = frame.loc[quarter]
    before = frame.loc[frame.index < quarter, "score"].dropna()
    unit = "days" if metric.endswith("days") else "share"
    about = (metric, dimension, member, quarter, unit, float(now["value"]))
    if len(before) < _FEWEST or not np.isfinite(now["score"]):
        return [(*about, np.nan, np.nan, np.nan, np.nan, np.nan)]
    season = before.index.str[-2:]
    sizes = season.value_counts()
    seasoned = bool((sizes >= _SEASONED).all()) and len(sizes) == 4
    means = before.groupby(season).transform("mean") if seasoned else before.mean()
    free = len(before) - (4 if seasoned else 1)
    alike = before[season == quarter[-2:]] if seasoned else before
    middle, spread = float(alike.mean()), float(np.sqrt(((before - means) ** 2).sum() / free))
    error = spread * np.sqrt(1 + 1 / len(alike))
    if error == 0:
        return [(*about, np.nan, np.nan, np.nan, np.nan, np.nan)]
    reach = t.ppf((1 + _SIDES) / 2, free) * error
    usual, low, high = (_back(metric, middle + off + float(now["beside"])) for off in (0.0, -reach, reach))
    p = float(t.sf(side * (now["score"] - middle) / error, free))
    beyond = (now["value"] - usual) * now["base"]
    if metric == "closing_share":  # what was pulled forward is part of the quarter's sales, too
        beyond = beyond / (1 - usual)
    return [(*about, usual, low, high, p, round(float(beyond)) / 100 if np.isfinite(beyond) else np.nan)]


def _back(metric: str, score: float) -> float:
    """The value whose score this is."""
    if metric == "closing_share":
        return float(1 / (1 + np.exp(-score)))
    return float(np.expm1(score)) if metric == "reversal" else float(np.exp(score))
