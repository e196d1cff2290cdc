"""What does a person earn, what does the pay plan cost over the year's draws, and does it cost most when it should?"""

from __future__ import annotations

__all__ = ["incentives", "incentives_people", "say_incentives"]

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from salesplan.config import Incentives
from salesplan.findings import Check, Finding, not_supplied
from salesplan.schemas import COLUMNS
from salesplan.stats import cents, generator
from salesplan.words import Words

_NAME, _PEOPLE = "execution/incentives", "execution/incentives_people"
_AT = {"at_80": 0.8, "at_100": 1.0, "at_120": 1.2}
_SPREAD = (0.1, 0.5, 0.9)


def incentives_people(
    sold: pd.DataFrame,
    quotas: pd.DataFrame,
    *,
    pay: Incentives | None,
    team: pd.DataFrame | None,
    supporting: pd.DataFrame,
    seed: int,
) -> pd.DataFrame:
    """What does each representative earn at 80, 100 and 120 % of quota, and over the year's draws?

    sold: what each sells in the year (rep_id × draw; see ``rep_draws``) [cents]. quotas: execution/quotas. pay: the
    plan file's, or None. team: the source (target_pay, variable_share), or None. supporting: targets/supporting. Frame
    execution/incentives_people: rep_id, quota, variable [the pay at 100 % of everything], at_80, at_100, at_120 [all
    measures there], expected, low, high [mean, 10 and 90 % quantile of the draws; all currency]. Those whose variable
    pay nobody says are left out.
    """
    rows = []
    for rep, (quota, whole) in _paid(quotas, pay=pay, team=team).items():
        drawn = whole * _share(sold.loc[rep].to_numpy(), quota, pay=pay, supporting=supporting, seed=seed)
        at = [whole * float(_payout(np.array([a]), pay.curve)[0]) for a in _AT.values()] if pay else []
        low, high = np.quantile(drawn, [_SPREAD[0], _SPREAD[2]])
        rows.append((rep, quota, whole, *at, float(drawn.mean()), float(low), float(high)))
    table = pd.DataFrame(rows, columns=list(COLUMNS[_PEOPLE]))
    return table.round({c: 2 for c in table.columns if c != "rep_id"})


def incentives(
    sold: pd.DataFrame,
    quotas: pd.DataFrame,
    *,
    pay: Incentives | None,
    team: pd.DataFrame | None,
    supporting: pd.DataFrame,
    landings: np.ndarray,
    goal: float,
    seed: int,
) -> pd.DataFrame:
    """What does the pay plan cost, in all draws, where the company reaches its goal, and where it does not?

    As ``incentives_people``. landings: the company's year in each draw [cents]; goal [currency]. Frame
    execution/incentives, one row per scenario (all_draws, goal_reached, goal_missed, and everybody at_80, at_100,
    at_120): payout_p10, payout_p50, payout_p90 [currency], share_at_quota [mean share of people who reach their quota],
    p_company [share of its draws in which the company reaches its goal], share_of_margin [the middle payout ÷ the
    middle gross margin; missing where no margin is known]. Empty where the plan file says nothing of pay.
    """
    paid = _paid(quotas, pay=pay, team=team)
    if pay is None or not paid:
        return pd.DataFrame(columns=list(COLUMNS[_NAME]))
    drawn = partial(_share, pay=pay, supporting=supporting, seed=seed)
    shares = {rep: drawn(sold.loc[rep].to_numpy(), quota) for rep, (quota, _) in paid.items()}
    cost = np.sum([paid[r][1] * share for r, share in shares.items()], axis=0)
    reached = np.mean([sold.loc[r].to_numpy() >= cents(q) for r, (q, _) in paid.items()], axis=0)
    company, rate = landings >= cents(goal), _value(supporting, "gross_margin", "baseline")
    rows = []
    for scenario, draws in (("all_draws", company | ~company), ("goal_reached", company), ("goal_missed", ~company)):
        if draws.any():
            ends = np.quantile(cost[draws], _SPREAD)
            margin = rate * float(np.median(landings[draws])) / 100
            about = float(reached[draws].mean()), float(company[draws].mean())
            rows.append((scenario, *ends.round(2), *about, ends[1] / margin if margin > 0 else float("nan")))
    for scenario, attained in _AT.items():
        amount = round(sum(w for _, w in paid.values()) * float(_payout(np.array([attained]), pay.curve)[0]), 2)
        rows.append((scenario, amount, amount, amount, float(attained >= 1), float("nan"), float("nan")))
    return pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))


def _paid(quotas: pd.DataFrame, *, pay: Incentives | None, team: pd.DataFrame | None) -> dict[str, tuple[float, float]]:
    """Quota of the year and variable pay [currency] of each who has both."""
    if pay is None:
        return {}
    year = quotas[(quotas["level"] == "year") & quotas["p_reach"].notna()]
    own: Mapping[str, float] = {}
    if team is not None and {"target_pay_cents", "variable_share"} <= set(team.columns):
        known = team.dropna(subset=["target_pay_cents", "variable_share"])
        amounts = known["target_pay_cents"].astype("float64") / 100 * known["variable_share"].astype("float64")
        own = dict(zip(known["rep_id"].astype(str), amounts, strict=True))
    asked = {str(r): float(q) for r, q in zip(year["rep_id"], year["quota"], strict=True)}
    found = {r: (q, float(own.get(r, pay.variable or float("nan")))) for r, q in asked.items() if q > 0}
    return {r: both for r, both in sorted(found.items()) if both[1] == both[1]}


def _share(
    sold: np.ndarray, quota: float, *, pay: Incentives | None, supporting: pd.DataFrame, seed: int
) -> np.ndarray:
    """Pay as a share of the whole, draw by draw.

    Net sales by the person's own quota. What else is paid for is reached by the company with the probability that
    targets/supporting gives, and stays where it was in the other draws.
    """
    assert pay is not None
    whole = np.zeros(len(sold))
    for metric, weight in pay.weights.items():
        if metric == "net_sales":
            attained = sold / cents(quota)
        else:
            chance = _value(supporting, metric, "p_reach")
            stays = _value(supporting, metric, "baseline") / _value(supporting, metric, "target")
            luck = generator(seed, "pay", metric).random(len(sold))
            attained = np.where(luck < (chance if chance == chance else 0.0), max(stays, 1.0), min(stays, 1.0))
        whole += weight * _payout(np.nan_to_num(attained), pay.curve)
    return whole


def _payout(attained: np.ndarray, curve: Sequence[tuple[float, float]]) -> np.ndarray:
    """Pay for attainment [shares]: straight between the points, nothing before them, flat after them."""
    at, paid = zip(*curve, strict=True)
    return np.asarray(np.interp(attained, at, paid))


def _value(supporting: pd.DataFrame, metric: str, column: str) -> float:
    own = supporting.loc[supporting["metric"] == metric, column]
    return float(own.iloc[0]) if len(own) else float("nan")


def say_incentives(table: pd.DataFrame, people: pd.DataFrame, *, words: Words) -> Finding:
    """What pay is earned for what, what it costs, and does it cost more where the goal is reached?

    From execution/incentives and execution/incentives_people.
    """
    if table.empty:
        return not_supplied(_NAME, source="source_incentives", gives="gives_incentives", words=words)
    row = {str(r["scenario"]): r for r in table.to_dict("records")}
    ranked = people.sort_values(["variable", "rep_id"], kind="stable").to_dict("records")
    like, whole = ranked[len(ranked) // 2], row["all_draws"]
    earns = {c: words.money(like[c]) for c in ("variable", *_AT)}
    text = [words.say("execution_pay", people=words.number(len(people)), **earns)]
    span = words.interval(words.money(whole["payout_p10"]), words.money(whole["payout_p90"]))
    text.append(words.say("execution_pay_cost", mid=words.money(whole["payout_p50"]), range=span))
    if whole["share_of_margin"] == whole["share_of_margin"]:
        text.append(words.say("execution_pay_margin", share=words.share(whole["share_of_margin"])))
    ends = [row[name]["payout_p50"] for name in ("goal_reached", "goal_missed") if name in row]
    if len(ends) == 2:
        text.append(words.say("execution_pay_when", reached=words.money(ends[0]), missed=words.money(ends[1])))
    fits = bool(ends[0] >= ends[1]) if len(ends) == 2 else None
    said = words.say({True: "execution_pay_fits", False: "execution_pay_contrary", None: "execution_pay_open"}[fits])
    return Finding(_NAME, words.text(text), _NAME, (Check("pay", fits, said),), ("plan", "team", "orders"))
