"""Which months are whole, so that growth is read off like months alone."""

from __future__ import annotations

__all__ = ["coverage", "last_closed", "like_for_like", "say_coverage"]

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd

from salesplan.errors import DataError
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "data/coverage"
_USUAL = 0.99
_MONTH_DAYS, _NEARLY_ALL = 31, 0.999
_LONG = 3  # so many times the usual silence inside the history is worth a word


def coverage(days: pd.DataFrame, *, calendar: FiscalCalendar, cut_off: dt.date, words: Words) -> pd.DataFrame:
    """Which months of the history are whole?

    Frame ``facts.order_days`` to data/coverage: per month from the first order line to the cut-off its first and last
    day with lines, days [count with lines], lines [count], longest_silence [days without lines in it or at its ends],
    complete, and the reason why not. The first month is partial where it begins, and the last where it ends, with a
    silence longer than nearly all (99 %) between two order days of the history: the books begin or end there. A month
    without any line inside the history is no part of growth either. Longer silences inside are told, not left out.
    """
    columns = list(COLUMNS[NAME])
    if days.empty:
        return pd.DataFrame({c: pd.Series(dtype="object") for c in columns})
    seen = days.sort_values("date", ignore_index=True)
    dates = pd.to_datetime(seen["date"])
    usual = _usual(dates)
    by = seen.assign(period=[calendar.period_of(day.date()) for day in dates], date=dates).groupby("period")
    months = calendar.span(calendar.period_of(dates.iloc[0].date()), calendar.period_of(cut_off))
    found = by.agg(first=("date", "min"), last=("date", "max"), days=("date", "size"), lines=("lines", "sum"))
    table = found.reindex(months).rename_axis("period").reset_index()
    table[["days", "lines"]] = table[["days", "lines"]].fillna(0).astype("int64")
    silent = [_silence(month, dates, calendar=calendar) for month in months]
    reasons = [""] * len(months)
    start, end = calendar.bounds(months[0])[0], calendar.bounds(months[-1])[1]
    if (dates.iloc[0].date() - start).days > usual:
        reasons[0] = words.say("review_partial_first", day=words.date(dates.iloc[0].date()))
    if (end - dates.iloc[-1].date()).days > usual:
        reasons[-1] = words.say("review_partial_last", day=words.date(dates.iloc[-1].date()))
    reasons = [words.say("review_no_lines") if n == 0 else r for n, r in zip(table["lines"], reasons, strict=True)]
    table = table.assign(longest_silence=silent, reason=reasons, complete=[r == "" for r in reasons])
    return table.assign(first=_days(table["first"]), last=_days(table["last"]))[columns]


def last_closed(days: pd.DataFrame, *, calendar: FiscalCalendar) -> str:
    """Which fiscal quarter do the books close last?

    Frame ``facts.order_days``. That is the last quarter after whose end something was ordered, or in whose last month
    something was, no longer before its end than nearly all (99 %) silences between two order days; what the clock
    says is not asked. A few lines (one in a thousand) that lie a month or more beyond all others are mistyped days.
    Errors: DataError where the books close none.
    """
    seen = days.sort_values("date", ignore_index=True)
    dates = pd.to_datetime(seen["date"])
    if dates.empty:
        raise DataError("sources.orders: there is no order line, so no quarter is closed. Deliver them.")
    sure = int(np.searchsorted(seen["lines"].cumsum(), _NEARLY_ALL * seen["lines"].sum()))
    apart = dates.diff().dt.days[sure + 1 :] > _MONTH_DAYS
    dates = dates[: int(apart.idxmax())] if apart.any() else dates
    last = dates.iloc[-1].date()
    running = calendar.period_of(last, "quarter")
    silent = (calendar.bounds(running)[1] - last).days
    ended = silent <= _usual(dates) and calendar.period_of(last) == calendar.months(running)[-1]
    quarter = running if ended else calendar.shift(running, -1)
    if calendar.bounds(quarter)[1] < dates.iloc[0].date():
        raise DataError(
            f"sources.orders: the books run from {dates.iloc[0].date()} to {last} and close no quarter yet."
        )
    return quarter


def like_for_like(window: Window, table: pd.DataFrame) -> Window:
    """The months of a window that are whole in both years; it may have none.

    table: data/coverage. What lies before the history is not whole.
    """
    whole = set(table.loc[table["complete"].astype("bool"), "period"])
    pairs = [(m, e) for m, e in zip(window.months, window.earlier, strict=True) if m in whole and e in whole]
    return replace(window, months=tuple(m for m, _ in pairs), earlier=tuple(e for _, e in pairs))


def say_coverage(table: pd.DataFrame, *, window: Window, words: Words) -> Finding:
    """From when to when the order lines reach, which months are not whole, and over which ones growth is read."""
    if table.empty:
        return Finding(NAME, words.say("review_no_lines_at_all"), NAME, (Check("coverage", None, NAME),))
    first, last = (words.date(day) for day in (table["first"].dropna().min(), table["last"].dropna().max()))
    text = [words.say("review_coverage", first=first, last=last, months=words.number(len(table)))]
    like = like_for_like(window, table)
    if like.months != window.months:
        key = "review_like_for_like" if like.months else "review_like_none"
        about = {"window": like.span} if like.months else {}
        text.append(words.say(key, reviewed=window.span, **about))
    checks = [
        Check(str(month), None, words.say("review_not_whole", month=str(month), reason=reason))
        for month, reason in table.loc[~table["complete"].astype("bool"), ["period", "reason"]].itertuples(index=False)
    ]
    usual = np.median(table["longest_silence"]) if len(table) else 0.0
    loud = table[table["complete"].astype("bool") & (table["longest_silence"] > max(_LONG * usual, 7))]
    checks += [
        Check(
            str(row["period"]),
            None,
            words.say("review_silent", month=row["period"], days=words.number(row["longest_silence"])),
        )
        for _, row in loud.tail(6).iterrows()
    ]
    return Finding(NAME, words.text(text), NAME, tuple(checks))


def _usual(dates: pd.Series) -> float:
    """How many days without a line are nothing unusual: nearly all silences of the history are as short."""
    gaps = np.diff(dates.to_numpy("datetime64[D]")).astype("float64")
    return float(np.ceil(np.quantile(gaps, _USUAL))) if len(gaps) else 1.0


def _silence(month: str, dates: pd.Series, *, calendar: FiscalCalendar) -> int:
    """The longest run of days without a line that touches this month, counted within it."""
    start, end = (pd.Timestamp(day) for day in calendar.bounds(month))
    inside = dates[dates.between(start, end)]
    marks = pd.concat([pd.Series([start - pd.Timedelta("1D")]), inside, pd.Series([end + pd.Timedelta("1D")])])
    return int(marks.diff().dt.days.max()) - 1


def _days(dates: pd.Series) -> pd.Series:
    return pd.Series([None if pd.isna(d) else d.date() for d in dates], index=dates.index, dtype="object")
