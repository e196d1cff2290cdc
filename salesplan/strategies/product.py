"""What is each product for, where is it in its life, and what is bought with what?"""

from __future__ import annotations

__all__ = ["affinity", "roles", "say_affinity", "say_roles"]

import numpy as np
import pandas as pd

from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.stats import false_discovery, generator, units
from salesplan.strategies.growth import Windows, growth_posterior, likeliest, monthly_amounts, windows
from salesplan.strategies.persistence import holding
from salesplan.words import Words

_ROLES = np.array(["core", "profit", "strategic", "traffic"])
_MOST_YEARS = 3  # earlier years that tell how roles hold
_KNOWN_PAIR = 0.1


def roles(
    months: pd.DataFrame,
    *,
    pairs: pd.DataFrame,
    baskets: pd.DataFrame,
    calendar: FiscalCalendar,
    as_of: str,
    seed: int,
    draws: int = 200,
) -> pd.DataFrame:
    """Which part does each product play, and how stable is that answer?

    months: ``facts.product_months``. pairs: ``facts.basket_pairs``. baskets: ``facts.first_baskets``. Returns one row
    per product sold in the last twelve months: role, p_role [share 0-1: that it plays the same role a year on, see
    ``persistence.holding``; missing without two years of history], margin_rate [share of net sales; NaN without cost],
    growth [share on the year before, NaN without it], attachment [share of its orders that hold its most frequent
    companion; NaN where no pair is known], stage (introduction: first sold within the last twelve months; growth,
    maturity, decline beyond five per cent after noise; cannot_tell), product (its category), net_sales [currency] and
    entry [share of its customers who began with it].

    The role is the one of four in which the product ranks highest among all: core by net sales, profit by margin
    rate, strategic by growth, traffic by entry; what is not known ranks nowhere; equal ranks in that order.
    """
    span = windows(months["period"], calendar=calendar, as_of=as_of)
    latest = monthly_amounts(months, by=["product_id"], months=span.latest, value="net_sales_cents")
    prior = monthly_amounts(months, by=["product_id"], months=span.prior, value="net_sales_cents")
    cost = _costs(months, span).loc[(latest != 0).any(axis=1)]
    latest, prior = latest.loc[cost.index], prior.loc[cost.index]
    entry = _entry(baskets).reindex(latest.index)
    score = _scores(latest, prior if span.has_prior else None, cost, entry)
    found = _role_of(score)
    table = pd.DataFrame({"product_id": latest.index, "role": _ROLES[found]})
    table["p_role"] = _next_year(months, entry, calendar=calendar, as_of=as_of, seed=seed, draws=draws)
    table["margin_rate"] = score["profit"].to_numpy()
    table["growth"] = score["strategic"].to_numpy()
    table["attachment"] = _attachment(pairs).reindex(latest.index).to_numpy()
    table["stage"] = _stage(months, latest, prior, span=span, calendar=calendar)
    table["product"] = months.groupby("product_id")["product"].agg("max").reindex(latest.index).to_numpy()
    table["net_sales"] = units(latest.sum(axis=1).round().astype("int64").to_numpy())
    table["entry"] = entry.to_numpy()
    return table.sort_values(["net_sales", "product_id"], ascending=[False, True], ignore_index=True)


def _next_year(
    months: pd.DataFrame, entry: pd.Series, *, calendar: FiscalCalendar, as_of: str, seed: int, draws: int
) -> np.ndarray:
    """With which probability does each product play the same role a year on? From how roles held in earlier years."""
    seen: list[pd.DataFrame] = []
    if months.empty:
        return np.full(len(entry), np.nan)
    first = calendar.bounds(str(months["period"].min()))[0]
    for back in range(_MOST_YEARS + 1):
        span = windows(months["period"], calendar=calendar, as_of=calendar.shift(as_of, -4 * back))
        if calendar.bounds(span.latest[0])[0] < first:
            break
        latest, prior = (
            monthly_amounts(months, by=["product_id"], months=some, value="net_sales_cents").reindex(entry.index)
            for some in (span.latest, span.prior)
        )
        sides = (latest, prior if span.has_prior else None, _costs(months, span).reindex(entry.index), entry)
        found = _role_of(_scores(*sides))
        sure = _stability(*sides, found, seed=seed, draws=draws if back == 0 else draws // 4)
        sold = (latest != 0).any(axis=1).to_numpy()
        seen.append(pd.DataFrame({"class": _ROLES[found], "sure": np.where(sold, sure, np.nan)}))
    return holding(seen) if seen else np.full(len(entry), np.nan)


def _costs(months: pd.DataFrame, span: Windows) -> pd.DataFrame:
    known = months.assign(cost_cents=months["cost_cents"].astype("float64"))
    cost = monthly_amounts(known, by=["product_id"], months=span.latest, value="cost_cents")
    held = known[known["period"].isin(span.latest)]
    complete = held["cost_cents"].notna().groupby(held["product_id"]).all().reindex(cost.index, fill_value=False)
    return cost.where(complete, axis=0)


def _entry(baskets: pd.DataFrame) -> pd.Series:
    indexed = baskets.set_index("product_id")
    return (indexed["first_customers"] / indexed["customers"].where(indexed["customers"] > 0)).astype("float64")


def _attachment(pairs: pd.DataFrame) -> pd.Series:
    left = pd.DataFrame({"product_id": pairs["left"], "share": pairs["both"] / pairs["left_orders"]})
    right = pd.DataFrame({"product_id": pairs["right"], "share": pairs["both"] / pairs["right_orders"]})
    return pd.concat([left, right]).groupby("product_id")["share"].max().astype("float64")


def _scores(
    latest: pd.DataFrame,
    prior: pd.DataFrame | None,
    cost: pd.DataFrame,
    entry: pd.Series,
    weight: np.ndarray | None = None,
) -> pd.DataFrame:
    by = np.ones(latest.shape[1]) if weight is None else weight
    sales = latest.to_numpy() @ by
    spent = cost.to_numpy() @ by
    base = np.full(len(sales), np.nan) if prior is None else prior.to_numpy() @ by
    margin = np.divide(sales - spent, sales, out=np.full(len(sales), np.nan), where=sales > 0)
    growth = np.divide(sales - base, base, out=np.full(len(sales), np.nan), where=base > 0)
    columns = {"core": sales, "profit": margin, "strategic": growth, "traffic": entry.to_numpy()}
    return pd.DataFrame(columns, index=latest.index)


def _role_of(score: pd.DataFrame) -> np.ndarray:
    ranks = score.rank(pct=True).to_numpy()
    return np.nan_to_num(ranks, nan=-1.0).argmax(axis=1)


def _stability(
    latest: pd.DataFrame,
    prior: pd.DataFrame | None,
    cost: pd.DataFrame,
    entry: pd.Series,
    found: np.ndarray,
    *,
    seed: int,
    draws: int,
) -> np.ndarray:
    chance = generator(seed, "product roles")
    months = latest.shape[1]
    same = np.zeros(len(found))
    for _ in range(draws):
        weight = chance.multinomial(months, np.full(months, 1 / months)).astype("float64")
        same += _role_of(_scores(latest, prior, cost, entry, weight)) == found
    return same / draws


def _stage(
    months: pd.DataFrame, latest: pd.DataFrame, prior: pd.DataFrame, *, span: Windows, calendar: FiscalCalendar
) -> np.ndarray:
    if not span.has_prior:
        return np.full(len(latest), "cannot_tell")
    sold = months[months["net_sales_cents"] > 0]
    first = sold.groupby("product_id")["period"].min().reindex(latest.index)
    new = first.map(lambda p: isinstance(p, str) and p >= span.latest[0]).to_numpy(dtype=bool)
    best, _ = likeliest(growth_posterior(latest, prior))
    return np.select(
        [new, best < 0, best == 0, best == 1], ["introduction", "cannot_tell", "growth_stage", "maturity"], "decline"
    )


def affinity(pairs: pd.DataFrame) -> pd.DataFrame:
    """What is bought together more often than chance would have it?

    pairs: ``facts.basket_pairs`` (left, right, both, left_orders, right_orders, all_orders, by_chance). Returns left,
    right, support [share of all orders with both], confidence [share of left's orders that hold right], lift [times
    what independence would give], q_value [share 0-1: chance of at least so many (Poisson) if products were shared out
    by lot over orders of these sizes, false discovery rate over all pairs after Benjamini & Hochberg] and orders [with
    both], surest first.
    """
    from scipy.stats import poisson

    both, left, right, total = (pairs[c].astype("int64") for c in ("both", "left_orders", "right_orders", "all_orders"))
    table = pairs[["left", "right"]].copy()
    table["support"] = (both / total).astype("float64")
    table["confidence"] = (both / left).astype("float64")
    table["lift"] = both * (total / left) / right
    table["q_value"] = false_discovery(poisson.sf(both - 1, pairs["by_chance"].to_numpy()))
    table["orders"] = both
    return table.sort_values(
        ["q_value", "lift", "left", "right"], ascending=[True, False, True, True], ignore_index=True
    )


def say_roles(table: pd.DataFrame, *, words: Words) -> Finding:
    """What do the roles say? ``table`` as from ``roles``."""
    name = "strategies/product/roles"
    total = table["net_sales"].sum()
    counted = [
        words.say(
            "product_role_count",
            role=words.term(f"role_{role}"),
            count=words.number(int((table["role"] == role).sum())),
        )
        for role in _ROLES
    ]
    best = table.iloc[0]
    costed = bool(table["margin_rate"].notna().any())
    parts = [
        words.say("product_roles", products=words.number(len(table)), roles=words.join(counted)),
        words.say(
            "product_largest",
            product=words.name(best["product_id"]),
            share=words.share(best["net_sales"] / total if total else float("nan")),
            stage=words.term(best["stage"]),
        ),
        _say_kept(table, words),
    ]
    parts.append(_say_decline(table, words))
    check = Check("margin", True if costed else None, words.say("product_costed" if costed else "product_uncosted"))
    return Finding(name, words.text(parts), name, (check,))


def _say_kept(table: pd.DataFrame, words: Words) -> str:
    """How many products are to be expected to play the same role a year on."""
    if table["p_role"].isna().all():
        return words.say("product_kept_unknown")
    return words.say("product_kept", expected=words.number(round(float(table["p_role"].sum()))))


def _say_decline(table: pd.DataFrame, words: Words) -> str:
    if (table["stage"] == "cannot_tell").all():
        return words.say("product_no_prior")
    aging, total = table[table["stage"] == "decline"], table["net_sales"].sum()
    if aging.empty:
        return words.say("product_none_decline")
    share = words.share(aging["net_sales"].sum() / total if total else float("nan"))
    return words.say("product_decline", count=words.number(len(aging)), share=share)


def say_affinity(table: pd.DataFrame, *, words: Words) -> Finding:
    """What do the pairs say? ``table`` as from ``affinity``."""
    name = "strategies/product/affinity"
    real = table[(table["q_value"] <= _KNOWN_PAIR) & (table["lift"] > 1)]
    parts = [words.say("product_pairs", pairs=words.number(len(table)), real=words.number(len(real)))]
    if len(real):
        first = real.sort_values(["orders", "left", "right"], ascending=[False, True, True]).iloc[0]
        parts.append(
            words.say(
                "product_best_pair",
                left=words.name(first["left"]),
                right=words.name(first["right"]),
                confidence=words.share(first["confidence"]),
                lift=words.number(first["lift"], digits=2),
            )
        )
    else:
        parts.append(words.say("product_no_pair"))
    check = Check("pairs", True if len(real) else None, words.say("product_pairs_tested"))
    return Finding(name, words.text(parts), name, (check,))
