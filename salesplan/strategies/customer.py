"""Which customers carry the business, how regularly do they buy, and who is slipping away?"""

from __future__ import annotations

__all__ = ["say_tiers", "tier_shares", "tiers"]

import numpy as np
import pandas as pd

from salesplan.customers import customer_states
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.stats import generator, units
from salesplan.strategies.growth import monthly_amounts, windows
from salesplan.strategies.persistence import holding
from salesplan.words import Words

_CUTS = (0.8, 0.95)
_TIERS = np.array(["A", "B", "C"])
_STEADY, _SWINGING = 0.5, 1.0
_MOST_YEARS = 3  # earlier years that tell how tiers hold


def tiers(
    customers: pd.DataFrame,
    months: pd.DataFrame,
    *,
    calendar: FiscalCalendar,
    as_of: str,
    seed: int,
    draws: int = 200,
) -> pd.DataFrame:
    """Which customers are A, B and C by what they contribute, how sure is that, and how do they buy?

    customers: ``facts.customer_summary``. months: ``facts.customer_months``. draws: resamples of the twelve months.
    Returns one row per known customer: tier (A up to 80 % of contribution, B up to 95 %, C the rest and everyone
    without contribution), p_tier [share 0-1: that it is in the same tier a year on, see ``persistence.holding``;
    missing without two years of history], xyz (X: coefficient of variation of seasonally adjusted monthly sales up to
    0.5, Y up to 1, Z above or no sales), rfm_segment (lost and at_risk by ``customers.customer_states``, the others by
    quintiles of last order, orders and sales), days_since_last_order [days to the cut-off], orders, net_sales and
    margin [currency], all three of the last twelve months.

    Contribution is gross margin where cost is supplied (each customer's margin rate over all history, since months
    carry no cost), else net sales; margin is then NaN. Source: ABC after Dickie, Factory Management 109 (1951).
    """
    span = windows(months["period"], calendar=calendar, as_of=as_of)
    table = customers.sort_values("customer_id", ignore_index=True)
    sales = _by_customer(table, months, span.latest, "net_sales_cents")
    rate = _margin_rate(table)
    weight = 1.0 if rate.isna().all() else rate.fillna(rate.mean()).to_numpy()[:, None]
    contribution = sales * weight
    found = _tier_of(contribution.sum(axis=1))
    states = customer_states(months, calendar=calendar, last=span.latest[-1]).set_index("customer_id")["state"]
    state = states.reindex(table["customer_id"]).fillna("lost").to_numpy()
    end = pd.Timestamp(calendar.bounds(as_of)[1])
    result = pd.DataFrame(
        {
            "customer_id": table["customer_id"],
            "tier": _TIERS[found],
            "p_tier": _next_year(table, months, weight=weight, calendar=calendar, as_of=as_of, seed=seed, draws=draws),
            "xyz": _regularity(sales),
            "days_since_last_order": (end - table["last_order"].dt.normalize()).dt.days,
            "orders": _by_customer(table, months, span.latest, "orders").sum(axis=1).astype("int64"),
            "net_sales": units(sales.sum(axis=1).round().astype("int64")),
        }
    )
    result["margin"] = (result["net_sales"] * rate).round(2)
    result.insert(4, "rfm_segment", _rfm(result, state))
    result["region"], result["customer_group"] = table["region"], table["customer_group"]
    return result.sort_values(["net_sales", "customer_id"], ascending=[False, True], ignore_index=True)


def tier_shares(table: pd.DataFrame) -> pd.DataFrame:
    """How many customers and how much of sales does each tier hold? From ``tiers`` to tier, customers, net_sales."""
    held = table.groupby("tier").agg(customers=("customer_id", "size"), net_sales=("net_sales", "sum"))
    return held.reindex(list(_TIERS), fill_value=0).round(2).reset_index()


def _by_customer(table: pd.DataFrame, months: pd.DataFrame, latest: tuple[str, ...], value: str) -> np.ndarray:
    wide = monthly_amounts(months, by=["customer_id"], months=latest, value=value)
    return wide.reindex(table["customer_id"]).fillna(0.0).to_numpy()


def _margin_rate(table: pd.DataFrame) -> pd.Series:
    cost = table["cost_cents"].astype("float64")
    sales = table["net_sales_cents"].astype("float64")
    return (1 - cost / sales).where(sales > 0)


def _tier_of(contribution: np.ndarray) -> np.ndarray:
    """Tier number per customer; the one that crosses a cut still belongs above it, ties keep the order of ids."""
    earned = np.where(contribution > 0, contribution, 0.0)
    order = np.argsort(-earned, kind="stable")
    total = earned.sum()
    before = (np.cumsum(earned[order]) - earned[order]) / total if total > 0 else np.ones(len(earned))
    tier = np.empty(len(earned), dtype="int64")
    tier[order] = np.searchsorted(_CUTS, before + 1e-12, side="right")
    tier[earned == 0] = 2
    return tier


def _next_year(
    table: pd.DataFrame,
    months: pd.DataFrame,
    *,
    weight: float | np.ndarray,
    calendar: FiscalCalendar,
    as_of: str,
    seed: int,
    draws: int,
) -> np.ndarray:
    """With which probability is each customer in the same tier a year on? From how tiers held in earlier years."""
    seen: list[pd.DataFrame] = []
    if months.empty:
        return np.full(len(table), np.nan)
    first = str(months["period"].min())
    for back in range(_MOST_YEARS + 1):
        then = calendar.shift(as_of, -4 * back)
        span = windows(months["period"], calendar=calendar, as_of=then)
        if calendar.bounds(span.latest[0])[0] < calendar.bounds(first)[0]:
            break
        contribution = _by_customer(table, months, span.latest, "net_sales_cents") * weight
        tier = _tier_of(contribution.sum(axis=1))
        sure = _stability(contribution, tier, seed=seed, draws=draws if back == 0 else draws // 4)
        states = customer_states(months, calendar=calendar, last=span.latest[-1]).set_index("customer_id")["state"]
        state = states.reindex(table["customer_id"])
        rows = {"class": _TIERS[tier], "sure": np.where(state.isna(), np.nan, sure)}
        seen.append(pd.DataFrame({**rows, "apart": state.where(state.isin(["slipping", "lost"]), "").to_numpy()}))
    return holding(seen) if seen else np.full(len(table), np.nan)


def _stability(contribution: np.ndarray, found: np.ndarray, *, seed: int, draws: int) -> np.ndarray:
    chance = generator(seed, "customer tiers")
    months = contribution.shape[1]
    same = np.zeros(len(found))
    for _ in range(draws):
        weight = chance.multinomial(months, np.full(months, 1 / months))
        same += _tier_of(contribution @ weight) == found
    return same / draws


def _regularity(sales: np.ndarray) -> np.ndarray:
    by_month = sales.sum(axis=0)
    season = np.where(by_month > 0, by_month / by_month.mean(), 1.0) if by_month.mean() > 0 else np.ones(len(by_month))
    level = sales / season
    mean = level.mean(axis=1)
    variation = np.divide(level.std(axis=1, ddof=1), mean, out=np.full(len(mean), np.inf), where=mean > 0)
    return np.select([variation <= _STEADY, variation <= _SWINGING], ["X", "Y"], "Z")


def _quintile(values: pd.Series) -> np.ndarray:
    return np.ceil(values.rank(method="average", pct=True).to_numpy() * 5)


def _rfm(result: pd.DataFrame, state: np.ndarray) -> np.ndarray:
    recent = _quintile(-result["days_since_last_order"])
    often, much = _quintile(result["orders"]), _quintile(result["net_sales"])
    worth = (often + much) / 2
    rules = [state == "lost", state == "slipping", (recent >= 4) & (worth >= 4), worth >= 3, recent >= 4]
    return np.select(rules, ["lost", "at_risk", "champion", "loyal", "promising"], "fading")


def say_tiers(table: pd.DataFrame, *, words: Words) -> Finding:
    """What do the tiers say? ``table`` as from ``tiers``."""
    name = "strategies/customer/tiers"
    total = table["net_sales"].sum()
    top = table[table["tier"] == "A"]
    parts = [
        words.say(
            "customer_tiers",
            top=words.number(len(top)),
            customers=words.number(len(table)),
            share=words.share(top["net_sales"].sum() / total if total else float("nan")),
            basis=words.say("customer_by_sales" if table["margin"].isna().all() else "customer_by_margin"),
        ),
        _say_kept(top, words),
    ]
    gone = top[top["rfm_segment"] == "lost"]
    if len(gone):
        sold = words.money(gone["net_sales"].sum())
        parts.append(words.say("customer_gone", count=words.number(len(gone)), amount=sold))
    risk = table[(table["rfm_segment"] == "at_risk") & table["tier"].isin(["A", "B"])]
    parts.append(
        words.say(
            "customer_at_risk",
            count=words.number(len(risk)),
            amount=words.money(risk["net_sales"].sum()),
            days=words.number(float(risk["days_since_last_order"].median()) if len(risk) else float("nan")),
        )
        if len(risk)
        else words.say("customer_none_at_risk")
    )
    costed = not table["margin"].isna().all()
    check = Check("margin", True if costed else None, words.say("customer_costed" if costed else "customer_uncosted"))
    return Finding(name, words.text(parts), name, (check,))


def _say_kept(top: pd.DataFrame, words: Words) -> str:
    """How many of the A customers are to be expected among them a year on."""
    if top["p_tier"].isna().all():
        return words.say("customer_kept_unknown")
    expected = float(top["p_tier"].sum())
    return words.say("customer_kept", top=words.number(len(top)), expected=words.number(round(expected)))
