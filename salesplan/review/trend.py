"""The course of monthly net sales: trend, season, and what lies outside their scatter."""

from __future__ import annotations

__all__ = ["member_trends", "say_trend", "trend"]

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.findings import Finding
from salesplan.periods import FiscalCalendar
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.stats import normal_quantile
from salesplan.words import Words

NAME = "review/trend"
_YEAR = 12
_EIGHTY = normal_quantile(0.9)


def trend(totals: pd.DataFrame, *, as_of: str, calendar: FiscalCalendar) -> pd.DataFrame:
    """How did each month go, and where is it heading without its season?

    Frame ``facts.period_totals`` to review/trend, one row per month from the first with an order to the last closed:
    actual, prior_year [currency units], trend (centred twelve-month mean; the last and first six months go on with the
    mean monthly growth of the year of trend beside them), season (mean ratio of actual to trend per month of the year,
    averaging 1) [share of an average month], low and high (trend × season, widened by 1.28 standard deviations of
    log(actual ÷ (trend × season)): 80 % of months of this history lie about within). Below 24 months, or where a month
    sold nothing or less, trend, season and range are missing.
    Source: classical decomposition, Hyndman & Athanasopoulos, Forecasting: Principles and Practice (2021), 3.4.
    """
    sold = totals[totals["level"] == "month"].set_index("period")["net_sales_cents"].round().astype("int64")
    months = calendar.span(min(sold.index), calendar.months(as_of)[-1])
    actual = sold.reindex(months, fill_value=0)
    earlier = [calendar.shift(month, -_YEAR) for month in months]
    level, season = _decomposed(actual, pd.Series([calendar.month_number(m) for m in months], index=months))
    expected = level * season
    scatter = np.log(actual.where(actual > 0) / expected).std(ddof=1)
    table = pd.DataFrame(
        {
            "period": months,
            "actual": stats.units(actual).to_numpy(),
            "trend": (level / 100).round(2).to_numpy(),
            "season": season.to_numpy(),
            "low": (expected * np.exp(-_EIGHTY * scatter) / 100).round(2).to_numpy(),
            "high": (expected * np.exp(_EIGHTY * scatter) / 100).round(2).to_numpy(),
            "prior_year": stats.units(actual.reindex(earlier).astype("float64")).to_numpy(),
        }
    )
    return table[[*COLUMNS[NAME], "prior_year"]]


def member_trends(cube: pd.DataFrame, *, window: Window) -> pd.DataFrame:
    """How did each region go, month by month, beside its year before? Products, groups or channels where there is one.

    Frame ``facts.monthly_cube`` to frame: member, period, actual, prior_year [currency units], the largest first; empty
    where no dimension has two members.
    """
    columns = ["member", "period", "actual", "prior_year"]
    dimension = next((d for d in ("region", "product", "customer_group", "channel") if cube[d].nunique() > 1), None)
    if dimension is None:
        return pd.DataFrame(columns=columns)
    sums = cube.pivot_table(index=dimension, columns="period", values="net_sales_cents", aggfunc="sum", fill_value=0)
    now, before = (sums.reindex(columns=list(m), fill_value=0) for m in (window.months, window.earlier))
    order = now.sum(axis=1).sort_values(ascending=False, kind="stable").index
    rows = [
        (str(member), month, round(now.loc[member, month]) / 100, round(before.loc[member, earlier]) / 100)
        for member in order
        for month, earlier in zip(window.months, window.earlier, strict=True)
    ]
    return pd.DataFrame(rows, columns=columns)


def say_trend(table: pd.DataFrame, *, window: Window, words: Words, calendar: FiscalCalendar) -> Finding:
    """The growth of the trend, how many months beat the year before or fell out of the range, and the season."""
    if table["trend"].isna().any():
        return Finding(NAME, words.say("review_trend_short", months=words.number(len(table))), NAME)
    seen = table[table["period"].isin(window.months)]
    growth = table["trend"].iloc[-1] / table["trend"].iloc[-1 - _YEAR] - 1
    outside = (seen["actual"] < seen["low"]) | (seen["actual"] > seen["high"])
    year = table.tail(_YEAR).sort_values("season", kind="stable")
    weak, strong = year.iloc[0], year.iloc[-1]
    parts = [
        words.say(
            "review_trend",
            growth=words.share(growth, signed=True),
            above=words.number(int((seen["actual"] > seen["prior_year"]).sum())),
            months=words.number(len(seen)),
            outside=words.number(int(outside.sum())),
        ),
        words.say(
            "review_trend_season",
            high=_month(strong["period"], calendar, words),
            high_factor=words.share(strong["season"], digits=0),
            low=_month(weak["period"], calendar, words),
            low_factor=words.share(weak["season"], digits=0),
        ),
    ]
    return Finding(NAME, words.text(parts), NAME)


def _month(label: str, calendar: FiscalCalendar, words: Words) -> str:
    """A month of the year in words; of a calendar of weeks, its number."""
    number = words.number(int(label[5:7]))
    return words.say("review_month", number=number) if calendar.pattern != "months" else words.term(f"month_{number}")


def _decomposed(actual: pd.Series, numbers: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Trend [cents] and season factor of each month; missing where there is too little to tell them apart."""
    values = actual.to_numpy(dtype="float64")
    unknown = pd.Series(np.nan, index=actual.index)
    if len(values) < 2 * _YEAR or (values <= 0).any():
        return unknown, unknown
    weights = np.r_[0.5, np.ones(_YEAR - 1), 0.5] / _YEAR
    middle = np.log(np.convolve(values, weights, mode="valid"))
    span = max(1, min(_YEAR, len(middle) - 1))
    first, last = (middle[span] - middle[0]) / span, (middle[-1] - middle[-1 - span]) / span
    steps = np.arange(1, _YEAR // 2 + 1)
    level = np.exp(np.r_[middle[0] - first * steps[::-1], middle, middle[-1] + last * steps])
    inside = slice(_YEAR // 2, len(values) - _YEAR // 2)
    ratio = pd.Series(values / level, index=actual.index)
    factors = ratio.iloc[inside].groupby(numbers.iloc[inside]).mean()
    factors = factors.reindex(range(1, _YEAR + 1))
    return pd.Series(level, index=actual.index), numbers.map(factors / factors.mean())
