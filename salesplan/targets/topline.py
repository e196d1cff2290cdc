"""What should the year's goal be? Every basis side by side, each with the probability of reaching it."""

from __future__ import annotations

__all__ = ["chosen_goal", "say_topline", "topline"]

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from salesplan.config import TargetChoices
from salesplan.errors import PlanFileError
from salesplan.findings import Check, Finding
from salesplan.futures import reach, year_of
from salesplan.periods import ENOUGH_MONTHS, FiscalCalendar
from salesplan.stats import mean_interval
from salesplan.targets.kinds import history_of
from salesplan.targets.outlook import gross_margin, team_capacity, whole_market
from salesplan.words import Words

_COLUMNS = ["basis", "amount", "low", "high", "p_reach", "p_baseline", "chosen", "reason"]
_SPREAD = (0.1, 0.5, 0.9)
Row = tuple[str, float, float, float, str]


def topline(
    cube: pd.DataFrame,
    *,
    start: pd.DataFrame,
    now: pd.DataFrame,
    choices: TargetChoices,
    calendar: FiscalCalendar,
    year: str,
    words: Words,
    market: pd.DataFrame | None = None,
    competitors: pd.DataFrame | None = None,
    reps: pd.DataFrame | None = None,
    team: pd.DataFrame | None = None,
    approved: Mapping[str, Any] | None = None,
    delivered: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Which amounts could the goal rest on, and with what probability is each reached?

    cube: as from ``facts.monthly_cube``; years before ``year`` count. start: draws as the year begins, as from
    ``futures.future``, which the amounts come from, so that a goal once set stays through the year; now: those of
    today, which the probabilities come from. market: ``facts.market_years``. reps: rep_id,
    period, net_sales_cents; team: rep_id, left. approved: goal, approver and day of the year's approved plan, where
    there is one and the plan file does not ask for another: it is the goal. delivered: goal [currency] and share of it
    that delivered targets name; the goal where nothing is approved. Returns basis, amount, low, high
    [currency; 10 and 90 % quantile or the range of the assumption], p_reach [share of the draws that reach it with the
    chosen initiatives], p_baseline [the same if nothing changes], chosen (one), reason. A basis that lacks its inputs
    has no amount and says what it
    needs. Growth is by the week, where years have 52 and 53.
    Errors: PlanFileError where the basis that the plan chose has no amount.
    """
    calm, lifted = (year_of(start, column=c) / 100 for c in ("baseline", "planned"))
    past = _past_years(cube, calendar=calendar, year=year)
    rows = [
        *_held(approved, delivered, words=words),
        _quantile("forecast", calm, words=words),
        _quantile("forecast_initiatives", lifted, words=words),
        *(_ambition(name, lifted, choices=choices, words=words) for name in ("commit", "target", "stretch")),
        _own_growth(_as_long(past, calendar=calendar, year=year), words=words),
        _strategic(_as_long(past, calendar=calendar, year=year), choices=choices, words=words),
        *(basis(choices, words=words) for basis in (_own_amount, _turnover, _value_added)),
        _market(market, past=past, choices=choices, calendar=calendar, year=year, words=words),
        _break_even(cube, choices=choices, calendar=calendar, year=year, words=words),
        _profit(cube, choices=choices, calendar=calendar, year=year, words=words),
        _competitors(competitors, market, past=past, calendar=calendar, year=year, words=words),
        _bottom_up(reps, team=team, past=past, calendar=calendar, year=year, words=words),
    ]
    table = pd.DataFrame(rows, columns=["basis", "amount", "low", "high", "reason"])
    for column, view in (("p_reach", "planned"), ("p_baseline", "baseline")):
        table[column] = [reach(now, goal=amount, column=view) for amount in table["amount"]]
    table["chosen"] = table["basis"] == (table["basis"].iloc[0] if approved or delivered else choices.basis)
    _refuse_unknown(table, choices)
    table["reason"] = _with_own(table, choices, words)
    return table[_COLUMNS]


def _refuse_unknown(table: pd.DataFrame, choices: TargetChoices) -> None:
    if not np.isfinite(chosen_goal(table)):
        raise PlanFileError(
            f"targets.basis is {choices.basis!r}, which cannot be computed: "
            f"{table.loc[table['chosen'], 'reason'].iloc[0]} Supply it, or choose another basis."
        )


def _with_own(table: pd.DataFrame, choices: TargetChoices, words: Words) -> list[str]:
    """The reasons, that of the plan's own basis with what the plan says of it."""
    own = "" if choices.reason is None else words.pick(choices.reason)
    rows = zip(table["reason"], table["basis"], strict=True)
    return [words.text([reason, own]) if basis == choices.basis and own else reason for reason, basis in rows]


def chosen_goal(table: pd.DataFrame) -> float:
    """The goal [currency]: the amount of the one chosen basis of targets/topline."""
    return float(table.loc[table["chosen"].astype(bool), "amount"].iloc[0])


def _past_years(cube: pd.DataFrame, *, calendar: FiscalCalendar, year: str) -> pd.Series:
    """Net sales [currency] of each whole fiscal year before ``year``, oldest first."""
    monthly = cube.groupby("period", sort=True)["net_sales_cents"].sum()
    before = monthly[[m for m in monthly.index if m < calendar.months(year)[0]]]
    years = pd.Series([calendar.year_of(m) for m in before.index], index=before.index, dtype="object")
    sums = before.groupby(years).agg(["sum", "size"])
    return sums.loc[sums["size"] == 12, "sum"] / 100


def _as_long(past: pd.Series, *, calendar: FiscalCalendar, year: str) -> pd.Series:
    """Past years' sales in as many weeks as ``year`` has."""
    weeks = calendar.weeks(calendar.months(year))
    return past * [weeks / calendar.weeks(calendar.months(str(y))) for y in past.index]


def _approved(approved: Mapping[str, Any], *, words: Words) -> Row:
    day = words.date(dt.date.fromisoformat(approved["day"]))
    reason = words.say("targets_reason_approved", approver=words.name(approved["approver"]), day=day)
    return "approved", round(float(approved["goal"]), 2), float("nan"), float("nan"), reason


def _held(approved: Mapping[str, Any] | None, delivered: Mapping[str, float] | None, *, words: Words) -> list[Row]:
    """Goals that are not computed, the one that holds first."""
    rows = [_approved(approved, words=words)] if approved else []
    return [*rows, *([_delivered(delivered, words=words)] if delivered else [])]


def _delivered(delivered: Mapping[str, float], *, words: Words) -> Row:
    basis, reason = "delivered", words.say("targets_reason_delivered")
    if delivered["share"] < 1:
        share = words.share(delivered["share"], digits=0)
        basis, reason = "delivered_part", words.say("targets_reason_delivered_part", share=share)
    return basis, round(float(delivered["goal"]), 2), float("nan"), float("nan"), reason


def _quantile(basis: str, draws: np.ndarray, *, words: Words) -> Row:
    low, mid, high = (round(float(q), 2) for q in np.quantile(draws, _SPREAD))
    return basis, mid, low, high, words.say(f"targets_reason_{basis}")


def _ambition(basis: str, draws: np.ndarray, *, choices: TargetChoices, words: Words) -> Row:
    """The amount that the forecast with initiatives reaches with the probability set in the plan, in round figures."""
    wanted = float(getattr(choices, basis))
    amount = _rounded(float(np.quantile(draws, 1 - wanted)))
    low, _, high = (round(float(q), 2) for q in np.quantile(draws, _SPREAD))
    reason = words.say("targets_reason_ambition", share=words.share(wanted, digits=0))
    return basis, amount, low, high, reason


def _rounded(amount: float) -> float:
    """Four significant figures: a goal that claims to know the cents claims too much."""
    return float(f"{amount:.4g}") if amount > 0 else 0.0


def _own_growth(past: pd.Series, *, words: Words) -> Row:
    if len(past) < 2 or past.iloc[-2] <= 0:
        return _without("own_growth", "targets_need_years", words)
    growth = (past / past.shift(1) - 1).dropna()
    now, last = float(growth.iloc[-1]), float(past.iloc[-1])
    reason = words.say("targets_reason_own_growth", growth=words.share(now, signed=True))
    low, high = (last * (1 + float(g)) for g in (growth.min(), growth.max()))
    if len(growth) < 2:
        low = high = float("nan")
    return "own_growth", round(last * (1 + now), 2), round(low, 2), round(high, 2), reason


def _own_amount(choices: TargetChoices, *, words: Words) -> Row:
    if choices.amount is None:
        return _without("amount", "targets_need_amount", words)
    return "amount", round(choices.amount, 2), float("nan"), float("nan"), words.say("targets_reason_amount")


def _strategic(past: pd.Series, *, choices: TargetChoices, words: Words) -> Row:
    growth = choices.strategic_growth
    if growth is None or past.empty:
        return _without("strategic_goal", "targets_need_strategic", words)
    amount = _rounded(float(past.iloc[-1]) * (1 + growth))
    reason = words.say("targets_reason_strategic", growth=words.share(growth, signed=True))
    return "strategic_goal", amount, float("nan"), float("nan"), reason


def _market(
    market: pd.DataFrame | None,
    *,
    past: pd.Series,
    choices: TargetChoices,
    calendar: FiscalCalendar,
    year: str,
    words: Words,
) -> Row:
    sizes = whole_market(market, calendar=calendar, before=year)
    growth = choices.market_growth
    if growth is None and len(sizes) >= 2:
        growth = float(sizes.iloc[-1] / sizes.iloc[-2] - 1)
    last = sizes.index[-1] if len(sizes) else ""
    if growth is None or last not in past.index:
        return _without("market_share", "targets_need_market", words)
    share = float(past[last] / sizes.iloc[-1]) if choices.market_share_goal is None else choices.market_share_goal
    ahead = float(sizes.iloc[-1]) * (1 + growth) ** (int(year) - int(last))
    reason = words.say(
        "targets_reason_market", growth=words.share(growth, signed=True), share=words.share(share), year=str(last)
    )
    return "market_share", round(ahead * share, 2), float("nan"), float("nan"), reason


def _break_even(
    cube: pd.DataFrame, *, choices: TargetChoices, calendar: FiscalCalendar, year: str, words: Words
) -> Row:
    rate = gross_margin(cube, months=calendar.months(calendar.shift(year, -1)))
    if choices.fixed_cost is None or not rate > 0:
        return _without("break_even", "targets_need_cost", words)
    reason = words.say("targets_reason_break_even", cost=words.money(choices.fixed_cost), margin=words.share(rate))
    return "break_even", round(choices.fixed_cost / rate, 2), float("nan"), float("nan"), reason


def _profit(cube: pd.DataFrame, *, choices: TargetChoices, calendar: FiscalCalendar, year: str, words: Words) -> Row:
    rate = gross_margin(cube, months=calendar.months(calendar.shift(year, -1)))
    absent = partial(_without, "net_profit", "targets_need_profit", words)
    if choices.fixed_cost is None or not rate > 0:
        return absent()
    if choices.planned_profit is not None:
        amount = (choices.fixed_cost + choices.planned_profit) / rate
    elif choices.net_profit_rate is not None and rate > choices.net_profit_rate:
        amount = choices.fixed_cost / (rate - choices.net_profit_rate)
    else:
        return absent()
    reason = words.say("targets_reason_net_profit", margin=words.share(rate))
    return "net_profit", round(amount, 2), float("nan"), float("nan"), reason


def _turnover(choices: TargetChoices, *, words: Words) -> Row:
    if choices.average_assets is None or choices.asset_turnover is None:
        return _without("asset_turnover", "targets_need_assets", words)
    amount = choices.average_assets * choices.asset_turnover
    reason = words.say(
        "targets_reason_assets",
        assets=words.money(choices.average_assets),
        turnover=words.number(choices.asset_turnover, digits=2),
    )
    return "asset_turnover", round(amount, 2), float("nan"), float("nan"), reason


def _value_added(choices: TargetChoices, *, words: Words) -> Row:
    given = choices.heads, choices.value_added_per_head, choices.value_added_rate
    if any(part is None for part in given) or not choices.value_added_rate:
        return _without("value_added", "targets_need_value_added", words)
    heads, each, rate = (float(part or 0.0) for part in given)
    reason = words.say(
        "targets_reason_value_added",
        heads=words.number(heads, digits=int(heads % 1 > 0)),
        each=words.money(each),
        rate=words.share(rate),
    )
    return "value_added", round(heads * each / rate, 2), float("nan"), float("nan"), reason


def _competitors(
    competitors: pd.DataFrame | None,
    market: pd.DataFrame | None,
    *,
    past: pd.Series,
    calendar: FiscalCalendar,
    year: str,
    words: Words,
) -> Row:
    """As much growth as the middle competitor had: its share of the whole market, times the market, in two years."""
    absent = partial(_without, "competitors", "targets_need_competitors", words)
    sizes = whole_market(market, calendar=calendar, before=year)
    if competitors is None or "share" not in competitors or len(sizes) < 2 or past.empty:
        return absent()
    known = competitors.dropna(subset=["share"])
    known = known.assign(year=[calendar.period_of(day.date(), "year") for day in known["date"]])
    shares = known.groupby(["competitor", "year"])["share"].mean().unstack()
    now, before = sizes.index[-1], sizes.index[-2]
    if not {now, before} <= set(shares.columns):
        return absent()
    growth = (shares[now] * sizes[now] / (shares[before] * sizes[before]) - 1).dropna()
    if growth.empty:
        return absent()
    last = float(past.iloc[-1])
    reason = words.say(
        "targets_reason_competitors",
        count=words.number(len(growth)),
        growth=words.share(float(growth.median()), signed=True),
        year=str(now),
    )
    amounts = [round(last * (1 + float(g)), 2) for g in (growth.median(), growth.min(), growth.max())]
    return "competitors", amounts[0], amounts[1], amounts[2], reason


def _bottom_up(
    reps: pd.DataFrame | None,
    *,
    team: pd.DataFrame | None,
    past: pd.Series,
    calendar: FiscalCalendar,
    year: str,
    words: Words,
) -> Row:
    if reps is None or team is None or past.empty:
        return _without("bottom_up", "targets_need_team", words)
    before = calendar.shift(year, -1)
    own, heads = team_capacity(reps, team=team, months=calendar.months(before), until=calendar.bounds(before)[1])
    if own.empty:
        return _without("bottom_up", "targets_need_team", words)
    unled = (
        float(past.iloc[-1])
        - float(reps.loc[reps["period"].isin(calendar.months(before)), "net_sales_cents"].sum()) / 100
    )
    low, high = mean_interval(own, confidence=0.8)
    reason = words.say(
        "targets_reason_bottom_up",
        heads=words.number(heads),
        each=words.money(float(own.mean())),
        rest=words.money(unled),
    )
    amounts = [round(heads * float(each) + unled, 2) for each in (own.mean(), low, high)]
    return "bottom_up", amounts[0], amounts[1], amounts[2], reason


def _without(basis: str, need: str, words: Words) -> Row:
    return basis, float("nan"), float("nan"), float("nan"), words.say(need)


def say_topline(
    table: pd.DataFrame,
    methods: pd.DataFrame,
    *,
    words: Words,
    last_year: float,
    weeks: tuple[float, float],
    proposal: str = "",
) -> Finding:
    """Which goal was chosen, on what ground, and how likely is it? From targets/topline and targets/methods.

    last_year: net sales [currency], NaN where the books hold no whole year: then no growth is told. weeks: how long
    last year and the plan year are (see ``FiscalCalendar.weeks``). proposal: the basis that the plan file chose, told
    beside an approved goal as what it is.
    """
    row, months = table[table["chosen"]].iloc[0], history_of(methods)
    known = table.dropna(subset=["amount"])
    likely = known.loc[known["basis"] == "forecast"].iloc[0]
    about = {
        "goal": words.money(row["amount"]),
        "basis": words.term(row["basis"]),
        "p_reach": words.chance(row["p_reach"]),
        "p_baseline": words.chance(row["p_baseline"]),
    }
    text = words.say("targets_topline_alone", **about)
    if last_year > 0:
        text = words.say("targets_topline", growth=words.share(row["amount"] / last_year - 1, signed=True), **about)
    gap = words.money(row["amount"] - likely["amount"], signed=True)
    more = words.say("targets_topline_gap", gap=gap, bases=words.number(len(known)))
    check = Check("one chosen", bool(table["chosen"].sum() == 1), words.say("targets_one_chosen"))
    short = words.say("targets_topline_short", months=words.number(months)) if months < ENOUGH_MONTHS else ""
    if last_year > 0 and weeks[0] != weeks[1]:
        long = [words.number(count) for count in weeks]
        text = words.text([text, words.say("targets_topline_weeks", then=long[0], weeks=long[1])])
    if row["basis"] in ("approved", "delivered", "delivered_part"):
        text = words.text([text, *_proposed(known, proposal, words)])
    return Finding("targets/topline", words.text([short, text, more]), "targets/topline", (check,))


def _proposed(known: pd.DataFrame, basis: str, words: Words) -> list[str]:
    """What would be aimed for if the year's plan were made today; and what was delivered beside an approved goal."""
    held = known.loc[known["chosen"]].iloc[0]
    key = "targets_topline_proposal" if held["basis"] == "approved" else "targets_topline_held"
    rows = known[known["basis"] == basis].to_dict("records")
    about = [(words.term(basis), words.money(r["amount"]), words.chance(r["p_reach"])) for r in rows]
    said = [words.say(key, basis=b, amount=a, p_reach=p) for b, a, p in about]
    for amount in known.loc[known["basis"].str.startswith("delivered") & ~known["chosen"], "amount"]:
        gap = words.money(amount - held["amount"], signed=True)
        said.append(words.say("targets_topline_both", amount=words.money(amount), gap=gap))
    return said
