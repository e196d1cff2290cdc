"""What customers owe, how old it is, how it rolls on, and what will come in."""

from __future__ import annotations

__all__ = ["ageing", "cash_forecast", "say_receivables"]

from itertools import pairwise

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "review/ageing"
_FORECAST = "review/ageing_forecast"
BUCKETS = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90")
_OVERDUE = BUCKETS[1:]
_YEAR, _AHEAD, _LATEST = 12, 3, 12
_DRAWS = 500
_LOW, _HIGH = 0.1, 0.9
_FEWEST = 6
_ROOM = 0.01


def ageing(due: pd.DataFrame, paid: pd.DataFrame | None, *, window: Window, calendar: FiscalCalendar) -> pd.DataFrame:
    """How much of what was invoiced is open, since when is it due, and how much of it rolls on into the next month?

    Frames ``facts.due_by_month`` and ``facts.due_payments`` to review/ageing: at the end of the window's last month,
    per bucket (not yet due; due in this month, the month before, the one before that, longer ago) amount and prior (a
    year earlier; of what was not due then nothing is known) [currency units], share [0-1 of all open], and roll_rate
    [0-1]: of what stood in the bucket before a month earlier, the part now in this one, over the last twelve months (of
    days_1_30: of what fell due, the part not paid by the end of its month). Empty without due dates or payments that
    name their orders. Ages are counted in months, as due dates are.
    """
    if paid is None or due.empty or paid.empty:
        return pd.DataFrame({c: pd.Series(dtype="float64") for c in COLUMNS[NAME]})
    last = window.months[-1]
    now, before = (_open(due, paid, at=month, calendar=calendar) for month in (last, calendar.shift(last, -_YEAR)))
    amounts = {bucket: now[bucket] for bucket in BUCKETS}
    total = sum(amounts.values())
    rolls = _rolls(due, paid, last=last, calendar=calendar)
    rows = [
        (last, b, a / 100, np.nan if b == "not_due" else before[b] / 100, a / total if total > 0 else np.nan, rolls[b])
        for b, a in amounts.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS[NAME]))


def cash_forecast(
    due: pd.DataFrame, paid: pd.DataFrame | None, *, window: Window, calendar: FiscalCalendar, seed: int
) -> pd.DataFrame:
    """What will come in over the next three months of what is invoiced today?

    Frames ``facts.due_by_month`` and ``facts.due_payments`` to review/ageing_forecast: per month due (what falls due in
    it and is not paid yet), low, mid, high [currency units; 10, 50 and 90 % of the draws]. What fell due in each of the
    last twelve months was paid so many months before or after; every open month of dues is paid on as one of them was
    from the same age on, drawn anew for each (500 draws). What is still to be invoiced is not in it. Empty with fewer
    than six months of dues.
    """
    columns = list(COLUMNS[_FORECAST])
    last = window.months[-1]
    hazards = None if paid is None or paid.empty else _hazards(due, paid, last=last, calendar=calendar)
    if paid is None or hazards is None or len(hazards) < _FEWEST:
        return pd.DataFrame({c: pd.Series(dtype="float64") for c in columns})
    ahead = calendar.span(calendar.shift(last, 1), calendar.shift(last, _AHEAD))
    still = _still_open(due, paid, last=last)
    chance = stats.generator(seed, _FORECAST)
    come = np.zeros((_DRAWS, _AHEAD))
    for month, amount in still.items():
        left = np.full(_DRAWS, float(amount))
        for step, at in enumerate(ahead):
            age = _months_between(str(month), at, calendar=calendar)
            known = hazards.get(age, pd.Series(dtype="float64")).dropna().to_numpy()
            part = left * chance.choice(known, _DRAWS) if len(known) else 0.0 * left
            come[:, step] += part
            left = left - part
    spread = np.quantile(come, [_LOW, 0.5, _HIGH], axis=0)
    rows = [
        (month, float(still.get(month, 0.0)) / 100, *(round(v) / 100 for v in spread[:, step]))
        for step, month in enumerate(ahead)
    ]
    return pd.DataFrame(rows, columns=columns)


def say_receivables(
    table: pd.DataFrame,
    forecast: pd.DataFrame,
    *,
    words: Words,
    calendar: FiscalCalendar,
    receivables: pd.DataFrame | None = None,
) -> Finding:
    """What is open and overdue, how much rolls on, and what comes in next.

    receivables: the source, whose balance of the same day what is open here is held against where it was delivered.
    """
    if table.empty:
        text = words.say("review_no_ageing")
        return Finding(NAME, text, NAME, (Check("ageing", None, text),), ())
    by = table.set_index("bucket")
    late, total = by.loc[list(_OVERDUE), "amount"], float(by["amount"].sum())
    about = {
        "month": str(table["period"].iloc[0]),
        "open": words.money(total),
        "overdue": words.money(float(late.sum())),
        "share": words.share(float(late.sum()) / total if total > 0 else np.nan),
        "oldest": words.money(float(late["over_90"])),
    }
    parts = [words.say("review_ageing", **about)]
    rolls = by.loc[["days_1_30", "days_31_60"], "roll_rate"].astype("float64")
    if rolls.notna().all():
        parts.append(words.say("review_rolls", first=words.share(rolls.iloc[0]), then=words.share(rolls.iloc[1])))
    if len(forecast):
        by_month = zip(forecast["period"], forecast["mid"], strict=True)
        mids = words.join([words.say("review_cash_month", month=p, amount=words.money(m)) for p, m in by_month])
        ends = words.interval(*(words.money(forecast[c].iloc[0]) for c in ("low", "high")))
        parts.append(words.say("review_cash", months=mids, range=ends, month=str(forecast["period"].iloc[0])))
    checks = _agreeing(table, receivables, words=words, calendar=calendar)
    return Finding(NAME, words.text(parts), NAME, tuple(checks), ("orders", "payments"))


def _agreeing(
    table: pd.DataFrame, receivables: pd.DataFrame | None, *, words: Words, calendar: FiscalCalendar
) -> list[Check]:
    day = pd.Timestamp(calendar.bounds(str(table["period"].iloc[0]))[1])
    if receivables is None or not (receivables["as_of"] == day).any():
        return []
    owed = float(receivables.loc[receivables["as_of"] == day, "open_amount_cents"].sum()) / 100
    off = float(table["amount"].sum()) - owed
    if abs(off) <= _ROOM * abs(owed):
        return [Check("ageing", True, words.say("review_ageing_agrees", delivered=words.money(owed)))]
    about = {"delivered": words.money(owed), "amount": words.money(off, signed=True)}
    return [Check("ageing", False, words.say("review_ageing_differs", **about))]


def _months_between(first: str, then: str, *, calendar: FiscalCalendar) -> int:
    """How many months after ``first`` is ``then``? Negative before it."""
    ahead = first <= then
    return (len(calendar.span(*sorted((first, then)))) - 1) * (1 if ahead else -1)


def _still_open(due: pd.DataFrame, paid: pd.DataFrame, *, last: str) -> pd.Series:
    """Of each month's dues what is not paid by the end of ``last`` [cents]."""
    owed = due.set_index("due_period")["due_cents"].astype("float64")
    came = paid[paid["paid_period"] <= last].groupby("due_period")["paid_cents"].sum()
    return (owed - came.reindex(owed.index, fill_value=0)).clip(lower=0)


def _open(due: pd.DataFrame, paid: pd.DataFrame, *, at: str, calendar: FiscalCalendar) -> dict[str, float]:
    """Open cents by bucket at the end of a month."""
    still = _still_open(due, paid, last=at)
    ages = [calendar.shift(at, -step) for step in range(len(_OVERDUE) - 1)]
    found = {bucket: float(still.get(month, 0.0)) for bucket, month in zip(_OVERDUE, ages, strict=False)}
    return {
        "not_due": float(still[still.index > at].sum()),
        **found,
        "over_90": float(still[still.index < ages[-1]].sum()),
    }


def _rolls(due: pd.DataFrame, paid: pd.DataFrame, *, last: str, calendar: FiscalCalendar) -> dict[str, float]:
    """Of what stood a bucket younger a month earlier, the part that stands in each bucket, over twelve months."""
    months = [calendar.shift(last, -step) for step in range(_YEAR)]
    owed = due.set_index("due_period")["due_cents"].astype("float64")
    ends = {month: _open(due, paid, at=month, calendar=calendar) for month in (*months, calendar.shift(last, -_YEAR))}
    rolled = {"not_due": np.nan, "over_90": np.nan}
    base = sum(float(owed.get(month, 0.0)) for month in months)
    rolled["days_1_30"] = sum(ends[m]["days_1_30"] for m in months) / base if base > 0 else np.nan
    for younger, older in pairwise(_OVERDUE[:3]):
        stood = sum(ends[calendar.shift(m, -1)][younger] for m in months)
        rolled[older] = sum(ends[m][older] for m in months) / stood if stood > 0 else np.nan
    return rolled


def _hazards(due: pd.DataFrame, paid: pd.DataFrame, *, last: str, calendar: FiscalCalendar) -> pd.DataFrame:
    """Month of dues × months after it: of what was open before that month, the part paid in it; missing if not seen."""
    owed = due.set_index("due_period")["due_cents"].astype("float64")
    first = str(paid["paid_period"].min()) if len(paid) else ""
    months = [
        m for m in (calendar.shift(last, -step) for step in range(_YEAR + _LATEST)) if m in owed.index and m > first
    ]
    rows = {}
    for month in months:
        own = paid[paid["due_period"] == month].groupby("paid_period")["paid_cents"].sum()
        left, row = float(owed[month]), {}
        for age in range(-_LATEST, _LATEST + 1):
            at = calendar.shift(month, age)
            if at <= last and left > 0:
                row[age] = min(float(own.get(at, 0.0)) / left, 1.0)
                left -= float(own.get(at, 0.0))
        rows[month] = row
    return pd.DataFrame.from_dict(rows, orient="index")
