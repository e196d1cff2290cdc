"""What each published sentence asserts of its table: written from what the sentence says, not from how it is made.

A rule yields (field, number the field has to show) or (statement, whether the table bears it out).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from tests.said import Page, Said, written

Claims = Iterator[tuple[str, Any]]
Rule = Callable[[Page, Said, str], Claims]
RULES: dict[str, Rule] = {}
# Compare nothing that a table could bear out: what is missing, what the plan file has to name, how to read a number.
PLAIN: frozenset[str] = frozenset(
    [
        "data_note",
        "changes_first",
        "changes_none",
        "execution_capacity_unknown",
        "execution_load_unknown",
        "execution_pay_open",
        "execution_waiting",
        "execution_landing",
        "market_down_none",
        "market_up_none",
        "price_association",
        "price_by_elsewhere",
        "price_order_size",
        "price_cannot_tell",
        "review_basis_balance",
        "review_bridge_noise_unknown",
        "review_rolls",
        "targets_events_books",
        "review_ageing_agrees",
        "review_cause_unknown",
        "review_market_both",
        "review_blind",
        "review_blind_1",
        "review_blind_2",
        "review_blind_3",
        "review_attribution_unmeasured",
        "review_effect_open",
        "review_funnel_one_row",
        "review_quality_open",
        "review_untold_unclaimed",
        "review_define_new_customers",
        "swot_move_wt",
        "targets_reason_ambition",
        "targets_reason_own_growth",
        "targets_topline_alone",
        "targets_satisfaction_tied",
        "targets_satisfaction_free",
        "targets_smart_a_remedy",
        "review_doubts_same_name",
        "review_not_covered",
        "targets_joint_each",
        "targets_replay_none",
        "product_kept_unknown",
    ]
)

# Numbers that no table of the run holds: constants, what was delivered beside the books, what a test could see.
ELSEWHERE: frozenset[tuple[str, str]] = frozenset(
    [
        *((f"review_blind_{n}", "share") for n in (1, 2, 3)),
        ("data_note", "detail"),
        ("review_month", "number"),
        ("execution_progress_spent", "planned"),
        ("review_restated_same", "months"),
        ("review_restated", "months"),
        ("review_same_range", "share"),
        ("review_ageing_differs", "delivered"),
        ("review_ageing_differs", "amount"),
        ("review_ageing_agrees", "delivered"),
        ("swot_internal", "neutral"),
        ("swot_external", "neutral"),
        ("market_up_none", "sure"),
        ("market_down_none", "sure"),
    ]
)


def rule(*keys: str) -> Callable[[Rule], Rule]:
    """The rule of these sentences."""

    def add(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(keys, function))
        return function

    return add


def _named(said: Said, members: pd.Series, what: str, *, column: str = "") -> pd.Series:
    """Which of the members has the name that stands in the sentence."""
    return members.map(lambda m: said.words.name(m, column=column)) == said.values[what]


def _term(said: Said, code: str) -> str:
    """The term of an effect, driver or cause."""
    prefixed = (f"{kind}_{code}" for kind in ("effect", "driver", "cause") if said.words.has(f"{kind}_{code}"))
    return said.words.term(next(prefixed, code))


def _only(table: pd.DataFrame) -> pd.Series:
    return table.iloc[0] if len(table) else pd.Series(np.nan, index=table.columns)


# -- review ------------------------------------------------------------------------------------------------------------


def _sales(page: Page, said: Said) -> pd.Series:
    kpis = page.table("review/kpis", metric="net_sales", level="year")
    return _only(kpis[kpis["period"] == said.values["period"]] if "period" in said.values else kpis)


@rule("review_kpis", "review_kpis_alone")
def _(page: Page, said: Said, table: str) -> Claims:
    row = _sales(page, said)
    yield "sales", row["value"]
    yield "window", said.values["window"] == row["window"]
    if "change" in said.values:
        longer = _weeks(page, row["window"], 0) / _weeks(page, row["window"], 1)
        change = row["value"] / row["prior"] / (longer if longer == longer else 1) - 1
        yield "change", change
        yield "sign", (change > 0) == said.values["change"].startswith("+")


def _weeks(page: Page, window: str, back: int) -> float:
    """How many weeks the months of a window have, or the same months some years earlier; of calendars of weeks."""
    first, last = (f"{int(end[:4]) - back}{end[4:]}" for end in window.split("/"))
    days = page.table("data/coverage").set_index("period")["days"].loc[first:last].sum()
    return days / 7 if days % 7 == 0 else np.nan


@rule("review_weeks")
def _(page: Page, said: Said, table: str) -> Claims:
    window = str(_only(page.table("review/kpis", metric="net_sales", level="year"))["window"])
    yield "weeks", _weeks(page, window, 0)
    yield "then", _weeks(page, window, 1)


@rule("review_kpi_moved")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/kpis", level="year")
    row = _only(rows[rows["metric"].map(said.words.term) == said.values["metric"]])
    yield "value", row["value"]
    yield "prior", row["prior"]


def _total(page: Page) -> pd.Series:
    return _only(page.table("review/attainment", dimension="total", level="year"))


@rule("review_attainment")
def _(page: Page, said: Said, table: str) -> Claims:
    row = _total(page)
    yield "attainment", row["actual"] / row["target"]
    yield "actual", row["actual"]
    yield "target", row["target"]


@rule("review_short", "review_over")
def _(page: Page, said: Said, table: str) -> Claims:
    gap = _total(page)["actual"] - _total(page)["target"]
    yield "amount", abs(gap)
    yield "side", gap < 0 if said.key == "review_short" else gap >= 0


@rule("review_gap_by")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/attainment", level="year").dropna(subset=["gap"])
    rows = rows[rows["dimension"].map(said.words.term) == said.values["dimension"]]
    row = _only(rows[_named(said, rows["member"], "member")])
    side = np.sign(_total(page)["gap"]) if np.isfinite(_total(page)["gap"]) else np.sign(rows["gap"].sum())
    yield "amount", row["gap"]
    yield "most", row["gap"] * side >= (rows["gap"] * side).max() - 0.01


@rule("review_quarters")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/attainment", dimension="total", level="quarter").dropna(subset=["target"])
    yield "reached", (rows["actual"] >= rows["target"] - 0.004).sum()
    yield "all", len(rows)


@rule("review_scopes")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/attainment", level="year", dimension="scope").dropna(subset=["gap"])
    yield "reached", (rows["gap"] >= 0).sum()
    yield "all", len(rows)


@rule("review_rep_quotas")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/attainment", dimension="rep_id").dropna(subset=["target"])
    yield "share", rows["actual"].sum() / rows["target"].sum()
    yield "actual", rows["actual"].sum()
    yield "target", rows["target"].sum()


@rule("review_targets_add", "review_targets_differ")
def _(page: Page, said: Said, table: str) -> Claims:
    yield "delivered", _total(page)["target"] == _total(page)["target"]


def _moves(page: Page, table: str) -> pd.Series:
    """What moved sales, by effect or driver: the bridge as the plan reads it, or the drivers of the whole."""
    if table == "review/drivers":
        rows = page.table(table, dimension="total", status="all")
        return rows.set_index("driver")["amount"]
    rows = page.table("review/bridge_effects")
    first = rows.iloc[0] if len(rows) else None
    same = (rows["convention"] == first["convention"]) & (rows["grain"] == first["grain"]) if first is not None else []
    return rows[same].set_index("effect")["amount"] if len(rows) else pd.Series(dtype="float64")


@rule("review_bridge", "review_drivers")
def _(page: Page, said: Said, table: str) -> Claims:
    moves = _moves(page, table)
    yield "change", moves.sum()
    yield "sign", np.sign(round(moves.sum(), 2)) == {"+": 1, "−": -1}.get(said.values["change"][0], 0)


@rule("review_most_brought", "review_most_taken")
def _(page: Page, said: Said, table: str) -> Claims:
    moves = _moves(page, table)
    at = moves[[_term(said, m) == said.values["name"] for m in moves.index]]
    brought = said.key.endswith("brought")
    yield "amount", at.sum()
    yield "most", at.sum() == (moves.max() if brought else moves.min())
    yield "side", at.sum() > 0 if brought else at.sum() < 0


@rule("review_nothing_moved")
def _(page: Page, said: Said, table: str) -> Claims:
    yield "nothing", bool((_moves(page, table).abs() < 0.01).all())


@rule("review_bridge_effect")
def _(page: Page, said: Said, table: str) -> Claims:
    moves = _moves(page, table)
    yield "amount", moves[[_term(said, m) == said.values["effect"] for m in moves.index]].sum()


@rule("review_bridge_noise_none", "review_bridge_noise_all", "review_bridge_noise")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/bridge_effects")
    rows = rows[(rows["convention"] == rows["convention"].iloc[0]) & (rows["grain"] == rows["grain"].iloc[0])]
    tested = rows.dropna(subset=["p_value"])
    sure = tested["p_value"] <= 0.05
    if said.key.endswith("none"):
        yield "none", not sure.any()
    elif said.key.endswith("all"):
        yield "all", bool(sure.all())
    else:
        for effect, real in zip(tested["effect"], sure, strict=True):
            yield effect, _term(said, effect) in said.values["sure" if real else "chance"]


@rule("review_bridge_range")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/bridge_effects")
    yield "conventions", rows["convention"].nunique()
    yield "grains", rows["grain"].nunique()
    for effect in ("price", "volume", "mix"):
        amounts = rows.loc[rows["effect"] == effect, "amount"]
        ends = [said.words.money(x, signed=True) for x in (amounts.min(), amounts.max())]
        yield effect, said.values[effect] == (said.words.interval(*ends) if ends[0] != ends[1] else ends[0])


@rule("review_bridge_sign")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/bridge_effects")
    amounts = rows.loc[rows["effect"].map(lambda e: _term(said, e)) == said.values["effect"], "amount"]
    yield "both signs", amounts.min() < 0 < amounts.max()


@rule("review_drivers_kept", "review_drivers_new", "review_drivers_regained", "review_drivers_lost")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/drivers", dimension="total")
    status = said.key.removeprefix("review_drivers_")
    yield "amount", rows.loc[rows["status"] == status, "amount"].sum()


@rule("review_market")
def _(page: Page, said: Said, table: str) -> Claims:
    row = _only(page.table("review/market_share", dimension="total"))
    yield "market_growth", row["market_size"] / row["prior_size"] - 1
    yield "sales_growth", row["net_sales"] / row["prior_sales"] - 1
    for field in ("prior_share", "share", "market_effect", "share_effect"):
        yield field, row[field]


@rule("review_market_won", "review_market_lost")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/market_share")
    row = _only(rows[_named(said, rows["member"], "member")])
    peers = rows.loc[rows["dimension"] == row["dimension"], "share_effect"]
    won = said.key.endswith("won")
    for field in ("sales_growth", "market_growth"):
        yield field, row[field]
    yield "amount", row["share_effect"]
    yield "side", row["share_effect"] > 0 if won else row["share_effect"] < 0
    yield "most", row["share_effect"] == (peers.max() if won else peers.min())


@rule("review_ageing")
def _(page: Page, said: Said, table: str) -> Claims:
    due = page.table("review/ageing").set_index("bucket")["amount"]
    late = due.drop("not_due", errors="ignore").sum()
    yield "open", due.sum()
    yield "overdue", late
    yield "share", late / due.sum() if due.sum() else np.nan
    yield "oldest", due.iloc[-1]


@rule("review_ageing_differs")
def _(page: Page, said: Said, table: str) -> Claims:
    yield "differs", said.values["amount"].strip("+−") != said.words.money(0)


@rule("review_cash_month")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/ageing_forecast")
    yield "amount", _only(rows[rows["period"] == said.values["month"]])["mid"]


@rule("review_cash")
def _(page: Page, said: Said, table: str) -> Claims:
    row = _only(page.table("review/ageing_forecast"))
    ends = said.words.interval(said.words.money(row["low"]), said.words.money(row["high"]))
    yield "range", said.values["range"] == ends


@rule("review_causes", "review_no_cause")
def _(page: Page, said: Said, table: str) -> Claims:
    found = page.table("review/root_causes", verdict="cause")
    yield "found", len(found) > 0 if said.key == "review_causes" else len(found) == 0


@rule("data_orders")
def _(page: Page, said: Said, table: str) -> Claims:
    row = _only(page.table("data/reconciliation", source="orders"))
    yield "rows", row["rows_in"]
    yield "accepted", row["rows_accepted"]
    yield "quarantined", row["rows_quarantined"]
    yield "excluded", row["rows_excluded"]
    yield "late", row["rows_after_cut_off"]
    for field in ("in_money", "accepted_money", "quarantined_money"):
        yield field, row["amount_" + field.removesuffix("_money")]


@rule("data_code")
def _(page: Page, said: Said, table: str) -> Claims:
    codes = page.table("data/quarantine")["code"]
    yield "rows", codes.map(lambda code: said.words.name(code, column="code")).eq(said.values["code"]).sum()


@rule("data_others")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("data/reconciliation")
    yield "rows", rows.loc[rows["source"] != "orders", "rows_accepted"].sum()


@rule("review_ratio_open")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/ratios", verdict="cannot tell")
    yield "count", (rows["dimension"] != "total").sum()


@rule("review_ratio_moved", "review_ratio_still")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/ratios")
    moved = rows[(rows["dimension"] != "total") & rows["verdict"].isin(["rose", "fell"])]
    if said.key == "review_ratio_still":
        yield "some rate stands still", set(rows["metric"]) != set(moved["metric"])
    else:
        names = moved["member"].map(said.words.name)
        yield "each of them moved", any(name in said.values["list"] for name in names)


@rule("review_trend")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/trend")
    seen = rows.tail(int(said.values["months"]))
    yield "growth", rows["trend"].iloc[-1] / rows["trend"].iloc[-13] - 1
    yield "above", (seen["actual"] > seen["prior_year"]).sum()
    yield "outside", ((seen["actual"] < seen["low"]) | (seen["actual"] > seen["high"])).sum()
    yield "months", len(seen)


@rule("review_trend_season")
def _(page: Page, said: Said, table: str) -> Claims:
    season = page.table("review/trend").tail(12)["season"]
    yield "high_factor", season.max()
    yield "low_factor", season.min()
    yield "order", season.max() > season.min()


@rule("review_pareto", "review_pareto_products")
def _(page: Page, said: Said, table: str) -> Claims:
    products = said.key.endswith("products")
    rows = page.table("review/pareto_products" if products else "review/pareto")
    few = int((rows["cumulative_share"] < 0.8 - 1e-9).sum()) + 1
    yield "few", few
    yield "all", len(rows)
    yield "share", few / len(rows)
    if not products:
        yield "ten", rows["share"].nlargest(10).sum()
        yield "first", rows["share"].max()


@rule("review_strategies")
def _(page: Page, said: Said, table: str) -> Claims:
    verdicts = page.table("review/strategy_effects")["verdict"]
    yield "yes", (verdicts == "worked").sum()
    yield "no", (verdicts == "did not work").sum()
    yield "open", (verdicts == "cannot tell").sum()


def _effect(page: Page, said: Said) -> pd.Series:
    rows = page.table("review/strategy_effects")
    return _only(rows[rows["strategy_id"].map(said.words.name) == said.values["name"]])


@rule("review_worked", "review_worked_unclaimed")
def _(page: Page, said: Said, table: str) -> Claims:
    row = _effect(page, said)
    yield "effect", row["effect"]
    yield "excludes nothing", row["low"] > 0


@rule("review_did_not", "review_did_not_unclaimed")
def _(page: Page, said: Said, table: str) -> Claims:
    row = _effect(page, said)
    yield "effect", row["effect"]
    yield "excludes what was worth while", row["high"] < row["worth"]


@rule("review_untold")
def _(page: Page, said: Said, table: str) -> Claims:
    row = _effect(page, said)
    yield "effect", row["effect"]
    yield "neither", not (row["low"] > 0 and row["p_value"] <= 0.05) and not row["high"] < row["worth"]


@rule("review_claims")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/strategy_effects_claims")
    whole = _only(rows[rows["lever"] == "total"])
    ends = [said.words.money(whole[c]) for c in ("low", "high")]
    yield "claimed", rows.loc[rows["lever"] != "total", "claimed"].sum()
    yield "effect", rows.loc[rows["lever"] != "total", "effect"].sum()
    yield "share", whole["effect"] / whole["claimed"]
    yield "range", said.values["range"] == said.words.interval(*ends)


@rule("review_closing_share", "review_reversal")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/quality", metric=said.key.removeprefix("review_"), period=said.values["period"])
    row = _only(rows[_named(said, rows["member"], "member")])
    yield "side", row["value"] > row["usual"] if said.key.endswith("share") else row["value"] < row["usual"]
    yield "amount", row["amount"]


@rule("review_quality_usual")
def _(page: Page, said: Said, table: str) -> Claims:
    verdicts = page.table("review/quality")["verdict"]
    yield "none", not (verdicts == "unusual").any()
    yield "count", (verdicts != "cannot tell").sum()


@rule("review_lost", "review_no_lost")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/lost_accounts")
    yield "some", (len(rows) > 0) == (said.key == "review_lost")
    if len(rows):
        yield "amount", rows["amount"].sum()
        largest = rows.sort_values("amount", ascending=False)["customer_id"].iloc[0]
        yield "largest", said.values["list"].startswith(said.words.name(largest))


@rule("review_attribution")
def _(page: Page, said: Said, table: str) -> Claims:
    yield "gap", page.table("review/attribution")["amount"].sum()


@rule("review_attribution_most")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/attribution_details")
    rows = rows[rows["cause"].map(lambda e: _term(said, e)) == said.values["cause"]]
    shown = [said.words.money(x, signed=True) for x in rows["amount"]]
    cause = page.table("review/attribution")
    side = cause.loc[cause["cause"].map(lambda e: _term(said, e)) == said.values["cause"], "amount"].sum()
    yield "amount", said.values["amount"] in shown
    yield (
        "most",
        said.words.money((rows["amount"].max() if side > 0 else rows["amount"].min()), signed=True)
        == said.values["amount"],
    )


@rule("review_funnel_nothing")
def _(page: Page, said: Said, table: str) -> Claims:
    yield "nothing", not (page.table("review/funnel")["amount"] > 0).any()


@rule("review_funnel")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/funnel")
    row = _only(rows[_named(said, rows["stage"], "stage")])
    yield "amount", row["amount"]
    yield "most", row["amount"] == rows["amount"].max() and row["amount"] > 0
    yield "share", row["amount"] / rows["amount"].sum()


@rule("review_funnel_fell", "review_funnel_rose")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/funnel")
    row = _only(rows[_named(said, rows["stage"], "stage")])
    yield "side", (row["conversion"] > row["prior"]) == said.key.endswith("rose")


@rule("review_funnel_same")
def _(page: Page, said: Said, table: str) -> Claims:
    yield "none", not page.table("review/funnel")["verdict"].isin(["fell", "rose"]).any()


@rule("review_capacity")
def _(page: Page, said: Said, table: str) -> Claims:
    teams = page.table("review/capacity_use")
    yield "heads", teams["heads"].sum()
    yield "ramped", teams["ramped_heads"].sum()
    yield "each", teams["net_sales"].sum() / teams["heads"].sum()


@rule("review_capacity_use")
def _(page: Page, said: Said, table: str) -> Claims:
    use = page.table("review/capacity_use")["use"]
    yield "most_use", use.max()
    yield "least_use", use.min()


@rule(*(f"review_{m}_{v}" for m in ("satisfaction", "complaints", "praise") for v in ("rose", "fell")))
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/signals", metric=said.key.split("_")[1])
    row = _only(rows[_named(said, rows["member"], "member", column="member")])
    yield "now", row["value"]
    yield "prior", row["prior"]
    yield "side", (row["value"] > row["prior"]) == said.key.endswith("rose")


@rule("review_signals_same")
def _(page: Page, said: Said, table: str) -> Claims:
    verdicts = page.table("review/signals")["verdict"]
    yield "none", not verdicts.isin(["rose", "fell"]).any()
    yield "count", (verdicts != "cannot tell").sum()


@rule("review_signals_most")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/signals", metric="complaints")
    yield "share", rows["value"].max()
    yield (
        "topic",
        bool(_named(said, rows.loc[rows["value"] == rows["value"].max(), "member"], "topic", column="member").any()),
    )


@rule("review_no_competitor")
def _(page: Page, said: Said, table: str) -> Claims:
    yield "none", page.table("review/competitors")["verdict"].isin(["as before", "cannot tell"]).all()


@rule("review_environment_up", "review_environment_down", "review_environment_both")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/environment", state="current")
    row = _only(rows[_named(said, rows["factor"], "factor")])
    if not said.key.endswith("down"):
        yield "most gained", row["amount_high"] == rows["amount_high"].max() and row["amount_high"] > 0
    if not said.key.endswith("up"):
        yield "most lost", row["amount_low"] == rows["amount_low"].min() and row["amount_low"] < 0


@rule("review_ratio")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("review/ratios", dimension="total")
    row = _only(rows[rows["metric"].map(said.words.term) == said.values["metric"]])
    yield "now", row["value"]
    yield "prior", row["prior"]


@rule("review_restated")
def _(page: Page, said: Said, table: str) -> Claims:
    change = page.table("review/restated")["change"]
    yield "change", change.sum()
    yield "most", change[change.abs().idxmax()]


_ITEMS = [
    "growth",
    "satisfaction",
    "market",
    "price",
    "factor",
    "strategy",
    "slice",
    "account",
    "closing_share",
    "reversal",
    "return_rate",
    "stock_days",
    "credit_days",
    "voice",
    "complaints",
    "praise",
    "funnel",
    "price_change",
]
# -- SWOT --------------------------------------------------------------------------------------------------------------


@rule(*(f"swot_{m}_{side}" for m in _ITEMS for side in ("up", "down")))
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("swot/items")
    for row in rows[rows["claim"].str.rstrip(".。") == said.text.rstrip(".。")].to_dict("records"):
        side = row["quadrant"] in ("strength", "opportunity")
        yield "side of the sentence is its quadrant's", side == said.key.endswith("_up")
        yield "within its range", min(row["low"], row["high"]) <= row["effect"] <= max(row["low"], row["high"])


@rule("swot_internal", "swot_external")
def _(page: Page, said: Said, table: str) -> Claims:
    total = page.table("swot/scores", side=said.key.removeprefix("swot_"))["score"].sum()
    low, high = (float(part) for part in re.findall(r"[\d.]+", said.values["range"]))
    yield "total", total
    yield "range", low - 0.005 <= total <= high + 0.005


# -- strategies --------------------------------------------------------------------------------------------------------


@rule("market_largest")
def _(page: Page, said: Said, table: str) -> Claims:
    share = page.table(table)["share"]
    yield "share", share.max()
    yield "segments", len(share)


@rule("market_up", "market_down")
def _(page: Page, said: Said, table: str) -> Claims:
    classes = ["growing", "emerging"] if said.key == "market_up" else ["declining"]
    rows = page.table(table)
    rows = rows[rows["class"].isin(classes) & (rows["sure"] >= 0.8)]
    yield "count", len(rows)
    yield "share", rows["share"].sum()
    known = rows["growth"].dropna()
    yield "their own growth says so", bool((known > 0).all() if said.key == "market_up" else (known < 0).all())
    first = rows.loc[rows["share"].idxmax()]
    yield "growth", first["growth"]


@rule("market_sure")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table(table)
    yield "sure", ((rows["sure"] >= 0.8) & (rows["class"] != "cannot_tell")).sum()
    yield "segments", len(rows)


@rule("market_again")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table(table)
    rows = rows[rows["sure"] >= 0.8]
    sides = [rows["class"].isin(["growing", "emerging"]), rows["class"] == "declining"]
    yield "expected", said.values["expected"] in {said.words.number(round(rows.loc[s, "p_class"].sum())) for s in sides}


@rule("market_penetration", "market_penetration_all")
def _(page: Page, said: Said, table: str) -> Claims:
    least = page.table(table)["penetration"].min()
    yield "some", (least < 1) == (said.key == "market_penetration")
    if least < 1:
        yield "penetration", least


@rule("customer_tiers")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table(table)
    top = rows["tier"] == "A"
    yield "top", top.sum()
    yield "customers", len(rows)
    yield "share", rows.loc[top, "net_sales"].sum() / rows["net_sales"].sum()


@rule("customer_kept")
def _(page: Page, said: Said, table: str) -> Claims:
    yield "expected", round(page.table(table, tier="A")["p_tier"].sum())


@rule("customer_gone")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table(table, tier="A", rfm_segment="lost")
    yield "count", len(rows)
    yield "amount", rows["net_sales"].sum()


@rule("customer_at_risk", "customer_none_at_risk")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table(table, rfm_segment="at_risk")
    rows = rows[rows["tier"].isin(["A", "B"])]
    yield "some", (len(rows) > 0) == (said.key == "customer_at_risk")
    if len(rows):
        yield "count", len(rows)
        yield "amount", rows["net_sales"].sum()


@rule("product_largest")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table(table)
    yield "share", rows["net_sales"].max() / rows["net_sales"].sum()
    yield (
        "largest",
        bool(_named(said, rows.loc[rows["net_sales"] == rows["net_sales"].max(), "product_id"], "product").any()),
    )


@rule("product_decline", "product_none_decline")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table(table)
    old = rows["stage"] == "decline"
    yield "some", old.any() == (said.key == "product_decline")
    if old.any():
        yield "count", old.sum()
        yield "share", rows.loc[old, "net_sales"].sum() / rows["net_sales"].sum()
        yield "fell", (rows.loc[old, "growth"] < 0).all()


@rule("product_kept")
def _(page: Page, said: Said, table: str) -> Claims:
    yield "expected", round(page.table(table)["p_role"].sum())


@rule("product_pairs", "product_no_pair", "product_best_pair")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table(table)
    real = rows[(rows["q_value"] <= 0.1) & (rows["lift"] > 1)]
    if said.key == "product_pairs":
        yield "real", len(real)
    else:
        yield "some", (len(real) > 0) == (said.key == "product_best_pair")


def _step(page: Page, table: str, step: str) -> float:
    return float(page.table(table, scope="total", step=step)["amount"].sum())


@rule("price_discount", "price_above_list")
def _(page: Page, said: Said, table: str) -> Claims:
    full, net = _step(page, table, "list"), _step(page, table, "net_sales")
    given = -(_step(page, table, "discount") + _step(page, table, "other_reductions"))
    yield "amount", abs(given)
    yield "share", abs(given) / full
    yield "side", given >= 0 if said.key == "price_discount" else given < 0
    unlisted = _step(page, table, "without_list")
    yield "what is left", abs(full - given + unlisted - net) < 0.05


@rule("price_deepest")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table(table)
    wide = rows.pivot_table(index="scope", columns="step", values="amount", aggfunc="sum").fillna(0)
    wide = wide[wide["list"] > 0]
    given = -(wide["discount"] + wide.get("other_reductions", 0.0)) / wide["list"]
    members = given.drop("total")
    yield "share", members.max()
    yield "least", members.min()
    yield "the whole lies between", members.min() - 1e-9 <= given["total"] <= members.max() + 1e-9


@rule("price_margin")
def _(page: Page, said: Said, table: str) -> Claims:
    costed = _step(page, table, "net_sales") + _step(page, table, "without_cost")
    yield "margin", _step(page, table, "margin")
    yield "share", _step(page, table, "margin") / costed


def _corridors(page: Page, table: str) -> pd.DataFrame:
    rows = page.table(table).dropna(subset=["low", "high"])
    return rows.assign(width=rows["high"] - rows["low"])


@rule("price_corridor", "price_corridor_one", "price_corridor_half")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = _corridors(page, table)
    yield "products", len(rows)
    yield "mid", rows["mid"].median()
    if "width" in said.values:
        yield "width", rows["width"].median()
    if "even" in said.values:
        yield "even", (rows["width"] < 0.0005).sum()


@rule("price_widest")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = _corridors(page, table)
    row = _only(rows[_named(said, rows["product_id"], "product")])
    yield "widest", row["width"] == rows["width"].max()
    yield "low", row["low"]
    yield "high", row["high"]


@rule("price_elastic", "price_inelastic", "price_unclear")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table(table)
    row = _only(rows[_named(said, rows["product"], "product")])
    yield "elasticity", row["elasticity"]
    side = "elastic" if row["high"] < -1 else "inelastic" if row["low"] > -1 else "unclear"
    yield "side", said.key == f"price_{side}"


@rule("channel_largest")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table(table)
    yield "amount", rows["net_sales"].max()
    yield "share", rows["net_sales"].max() / rows["net_sales"].sum()


@rule("channel_growth")
def _(page: Page, said: Said, table: str) -> Claims:
    growth = page.table(table)["growth"]
    yield "growth", growth.max()
    yield "least", growth.min()
    yield "order", growth.max() > growth.min()


@rule("channel_margin", "channel_margin_before")
def _(page: Page, said: Said, table: str) -> Claims:
    margin = page.table(table)["margin_after_cost"]
    yield "margin", margin.max()
    yield "least", margin.min()
    yield "they differ", said.values["margin"] != said.values["least"]


@rule("initiatives_chosen")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("initiatives")
    chosen = rows[rows["selected"]]
    yield "selected", len(chosen)
    yield "initiatives", len(rows)
    yield "cost", chosen["cost"].sum()


@rule("initiatives_largest")
def _(page: Page, said: Said, table: str) -> Claims:
    yield "amount", page.table("initiatives", selected=True)["contribution"].max()


def _gap(page: Page) -> pd.Series:
    return page.table("gap").set_index("step")["amount"]


@rule("gap_beyond", "gap_from", "gap_at")
def _(page: Page, said: Said, table: str) -> Claims:
    forecast, goal = _gap(page)["baseline"], _goal(page)["amount"]
    yield "baseline", forecast
    yield "goal", goal
    if "missing" in said.values:
        yield "missing", abs(goal - forecast)
        yield "side", forecast > goal if said.key == "gap_beyond" else forecast < goal


@rule("gap_brought")
def _(page: Page, said: Said, table: str) -> Claims:
    yield (
        "brought",
        page.table("gap")["amount"][page.table("gap")["step"].isin(page.table("initiatives")["initiative_id"])].sum(),
    )


@rule("gap_open", "gap_closed")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("gap")
    left = (
        _goal(page)["amount"] - rows.loc[~rows["step"].isin(["unfunded", "surplus", "goal", "target"]), "amount"].sum()
    )
    yield "side", left > 0 if said.key == "gap_open" else left <= 0
    yield "amount", abs(left)
    yield "share", abs(left) / _goal(page)["amount"]
    row = _only(rows[rows["step"].isin(["unfunded", "surplus"])])
    ends = [said.words.money(-x, signed=True) for x in (row["high"], row["low"])]
    yield "interval", said.values["interval"] == said.words.interval(*ends)


@rule("gap_sure", "gap_short", "gap_cannot_tell")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("gap")
    row = _only(rows[rows["step"].isin(["unfunded", "surplus"])])
    low, high = sorted([row["low"], row["high"]]) if row["step"] == "unfunded" else sorted([-row["low"], -row["high"]])
    side = "sure" if high <= 0 else "short" if low >= 0 else "cannot_tell"
    yield "side", said.key == f"gap_{side}"


# -- changes -----------------------------------------------------------------------------------------------------------


def _steps(page: Page) -> pd.DataFrame:
    return page.table("changes/bridge", dimension="total").set_index("step")


@rule("changes", "changes_rolled")
def _(page: Page, said: Said, table: str) -> Claims:
    first, last = (_steps(page).loc[step] for step in ("before", "after"))
    yield "then", first["landing"]
    yield "p_then", first["p_reach"]
    yield "now", last["landing"]
    yield "p_now", last["p_reach"]


@rule("changes_steps", "changes_no_step")
def _(page: Page, said: Said, table: str) -> Claims:
    moved = _steps(page)["landing_change"].drop(["before", "after", "rolled"])
    moved = moved[moved.abs() >= 0.005]
    if said.key == "changes_no_step":
        yield "none", moved.empty
        return
    most = moved.abs().sort_values(ascending=False, kind="stable").index[:3]
    told = [f"{said.words.term(f'step_{s}')} {said.words.money(moved[s], signed=True)}" for s in most]
    yield "steps", said.values["steps"] == said.words.join(told)


@rule("changes_goal")
def _(page: Page, said: Said, table: str) -> Claims:
    yield "change", _steps(page)["target_change"].drop("rolled").sum()


@rule("changes_verdicts", "changes_red", "changes_recovered")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("changes/verdicts")
    alarms = rows[rows["about"] == "execution/tracking"]
    found = {
        "changes_verdicts": len(rows),
        "changes_red": (alarms["verdict_now"] == "red").sum(),
        "changes_recovered": (alarms["verdict_before"] == "red").sum(),
    }
    yield "count", found[said.key]


@rule("changes_kept", "changes_broken")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("changes/promises", dimension="total")
    yield "broken", (rows["came"] < rows["promised"]).any() == (said.key == "changes_broken")


@rule("changes_quarter_kept", "changes_quarter_broken", "changes_members", "changes_tasks")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("changes/promises")
    if said.key == "changes_tasks":
        states = rows.loc[rows["kind"] == "task", "state"]
        yield "count", len(states)
        for state in ("kept", "broken", "no_news"):
            yield state, (states == state).sum()
    elif said.key == "changes_members":
        members = rows[(rows["kind"] == "goal") & (rows["dimension"] != "total")]
        yield "all", len(members)
        yield "kept", (members["came"] >= members["promised"]).sum()
    else:
        row = _only(rows[(rows["dimension"] == "total") & (rows["due"] == said.values["period"])])
        yield "came", row["came"]
        yield "target", row["promised"]
        yield "side", (row["came"] >= row["promised"]) == said.key.endswith("kept")


# -- targets -----------------------------------------------------------------------------------------------------------


def _goal(page: Page) -> pd.Series:
    return _only(page.table("targets/topline", chosen=True))


@rule("targets_accuracy", "targets_accuracy_short", "targets_topline_short")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/methods", dimension="total")
    yield "months", rows["months"].max()


@rule("targets_accuracy_better", "targets_accuracy_worse")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/accuracy", level="total")
    chosen = _only(rows[rows["chosen"]].sort_values("horizon").tail(1))
    plain = _only(rows[(rows["model"] == "snaive") & (rows["horizon"] == chosen["horizon"])])
    yield "side", (chosen["mase"] < plain["mase"]) == said.key.endswith("better")


@rule("targets_topline", "targets_topline_alone")
def _(page: Page, said: Said, table: str) -> Claims:
    row = _goal(page)
    yield "goal", row["amount"]
    yield "p_reach", row["p_reach"]
    yield "p_baseline", row["p_baseline"]
    if "growth" in said.values:
        growth = _only(page.table("targets/supporting", metric="growth"))["target"]
        yield "growth", growth
        yield "sign", (growth > 0) == said.values["growth"].startswith("+")


@rule("targets_topline_weeks")
def _(page: Page, said: Said, table: str) -> Claims:
    months = page.table("targets/milestones", level="month")["period"]
    before = months.map(lambda m: f"{int(m[:4]) - 1}{m[4:]}")
    days = page.table("targets/workdays").set_index("period")["days"]
    yield "weeks", round(days.reindex(months).sum() / 7)
    yield "then", round(days.reindex(before).sum() / 7)


@rule("targets_topline_gap")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/topline")
    yield "gap", _goal(page)["amount"] - _only(rows[rows["basis"] == "forecast"])["amount"]
    yield "bases", rows["amount"].notna().sum()


@rule("targets_topline_held", "targets_topline_proposal")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/topline")
    row = _only(rows[rows["basis"].map(said.words.term) == said.values["basis"]])
    yield "amount", row["amount"]
    yield "p_reach", row["p_reach"]
    held = "approved" if said.key == "targets_topline_proposal" else "delivered"
    yield "held", str(_goal(page)["basis"]).startswith(held)


@rule("targets_topline_both")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/topline")
    amount = _only(rows[rows["basis"].str.startswith("delivered")])["amount"]
    yield "amount", amount
    yield "gap", amount - _goal(page)["amount"]


@rule("targets_delivered", "targets_delivered_left", "targets_delivered_differs")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/delivered")
    if said.key == "targets_delivered":
        yield "count", len(rows)
        yield "kept", ((rows["delivered"] - rows["target"]).abs() < 0.005).sum()
    elif said.key == "targets_delivered_left":
        yield "count", rows["target"].isna().sum()
    else:
        off = (rows["delivered"] - rows["target"]).abs().fillna(0)
        worst = _only(rows[off == off.max()])
        yield "count", (off >= 0.005).sum()
        yield "delivered", worst["delivered"]
        yield "target", worst["target"]


@rule("targets_forecast")
def _(page: Page, said: Said, table: str) -> Claims:
    months = page.table("targets/forecast", dimension="total")
    if (months["p10"] < months["p90"]).all():
        row = _only(page.table("targets/topline", basis="forecast"))
        ends = said.words.interval(said.words.money(row["low"]), said.words.money(row["high"]))
        yield "mid", row["amount"]
        yield "range", said.values["range"] == ends
        return
    # the goal's bases are those of the year's start; what is likely by now is near the sum of its months
    sums = months[["p10", "p50", "p90"]].sum()
    near = [x for x in np.linspace(sums["p10"], sums["p90"], 400) if said.values["mid"] in written(x, said.words)]
    yield "mid", bool(near)
    yield "range", bool(near) and abs(near[0] / sums["p50"] - 1) < 0.05


@rule("targets_cells")
def _(page: Page, said: Said, table: str) -> Claims:
    months = page.table("targets/cells").groupby("period")["target"].sum()
    yield "goal", months.sum()
    yield "most", months.max()
    yield "month", said.values["month"] == months.idxmax()


def _years(page: Page) -> pd.DataFrame:
    rows = page.table("targets/segments", level="year")
    return rows[rows["dimension"] != "total"]


@rule("targets_segments", "targets_segments_even")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = _years(page)
    yield "p_reach", _only(page.table("targets/segments", dimension="total", level="year"))["p_reach"]
    yield "p_hard", rows["p_reach"].min()
    yield "p_easy", rows["p_reach"].max()


@rule("targets_segments_whole")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/segments", level="year")
    yield "p_reach", _only(rows)["p_reach"]
    yield "the whole alone", set(rows["dimension"]) == {"total"}


@rule("targets_supporting")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/supporting")
    others = rows[~rows["metric"].isin(["net_sales", "growth"])]
    yield "goals", len(others)
    yield "known", others["p_reach"].notna().sum()


@rule("targets_supporting_ordered")
def _(page: Page, said: Said, table: str) -> Claims:
    goals = page.table("targets/supporting").set_index("metric")["target"]
    ordered = goals["customers"] * goals["orders_per_customer"] * goals["average_order_value"]
    yield "amount", ordered
    yield "share", ordered / goals["net_sales"]


@rule("targets_supporting_least")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/supporting")
    yield "p_reach", rows.loc[~rows["metric"].isin(["net_sales", "growth"]), "p_reach"].min()


@rule("targets_potential")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/potential")
    row = _only(rows[_named(said, rows["member"], "member")])
    best = _only(rows[_named(said, rows["member"], "best")])
    yield "room", row["white_space"]
    yield "most", row["white_space"] == rows["white_space"].max() and row["white_space"] > 0
    yield "index", row["potential_index"]
    yield "best", best["potential_index"] == rows["potential_index"].max()


@rule("targets_smart", "targets_smart_weakest", "targets_smart_letter")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/smart")
    failing = (~rows["passed"].astype("bool")).groupby(rows["letter"]).sum()
    if said.key == "targets_smart":
        yield "passed", rows["passed"].astype("bool").groupby(rows["target_id"]).all().sum()
    elif said.key == "targets_smart_weakest":
        yield "count", failing.max()
    else:
        yield "count", failing[[said.words.term(f"smart_{i}") == said.values["letter"] for i in failing.index]].sum()


@rule("targets_submissions")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/submissions")
    yield "gap", rows["target"].sum() - rows["submitted"].sum()


@rule("targets_submissions_raise", "targets_submissions_strengthen", "targets_submissions_agree")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/submissions", decision=said.key.removeprefix("targets_submissions_"))
    yield "list", all(said.words.name(m) in said.values["list"] for m in rows["member"])


@rule("targets_workdays", "targets_workdays_alone")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/workdays")
    months = page.table("targets/milestones", level="month")["period"]
    before = months.map(lambda m: f"{int(m[:4]) - 1}{m[4:]}")
    yield "days", rows.loc[rows["period"].isin(months), "workdays"].sum()
    yield "a year before", before.isin(rows["period"]).all() == ("before" in said.values)
    if "before" in said.values:
        yield "before", rows.loc[rows["period"].isin(before), "workdays"].sum()


@rule("targets_replay")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/replay")
    company = rows[rows["dimension"] == "total"]
    yield "plans", rows["as_of"].nunique()
    yield "reached", company["reached"].sum()
    yield "error", company["landing_error"].abs().median()
    yield "coverage", rows["inside"].mean()


@rule("targets_replay_better", "targets_replay_worse")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/replay").dropna(subset=["p_reach"])
    truth = rows["reached"].astype("float64")
    brier, base = ((rows["p_reach"] - truth) ** 2).mean(), ((truth.mean() - truth) ** 2).mean()
    yield "brier", brier
    yield "base", base
    yield "side", (brier < base) == said.key.endswith("better")


# -- execution ---------------------------------------------------------------------------------------------------------


@rule("execution_tasks")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("execution/work_plan")
    owners = rows["owner"].value_counts()
    yield "tasks", len(rows)
    yield "owners", len(owners)
    yield "most", owners.max()
    yield "busiest", said.values["busiest"] in {said.words.name(o) for o in owners[owners == owners.max()].index}
    yield "first", said.values["first"] == said.words.date(rows["start"].min())
    yield "last", said.values["last"] == said.words.date(rows["due"].max())


@rule("execution_budget")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("execution/budget")
    each = rows.groupby("initiative_id")["planned"].sum()
    yield "total", rows["planned"].sum()
    yield "released", rows["released"].sum()
    yield "share", rows["released"].sum() / rows["planned"].sum() if rows["planned"].sum() else np.nan
    yield "amount", each.max()
    yield "largest", said.values["largest"] in set(each[each == each.max()].index)


@rule("execution_waiting", "execution_landing")
def _(page: Page, said: Said, table: str) -> Claims:
    row = _only(page.table("execution/tracking", dimension="total", period=said.values["year"]))
    yield "target", row["target"]
    yield "mid", row["landing_p50"]
    yield "p_reach", row["p_reach"]
    if "actual" in said.values:
        yield "actual", row["actual_to_date"]


@rule("execution_off_track", "execution_off_track_among")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("execution/tracking", level="year")
    rows = rows[(rows["dimension"] != "total") & rows["alarm"].isin(["red", "amber"])]
    yield "count", len(rows)
    yield "members", bool(rows["member"].map(lambda m: said.words.name(m) in said.values["members"]).any())


@rule("execution_on_track", "execution_alarm")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("execution/tracking", dimension="total", level="year")
    yield "p_reach", rows["p_reach"].iloc[0]
    yield "side", rows["alarm"].iloc[0] in ("red", "amber") if said.key == "execution_alarm" else True


@rule("execution_risks")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("execution/risks")
    yield "loss", rows["expected_loss"].sum()
    yield "amount", rows["expected_loss"].max()


@rule("execution_quotas", "execution_quotas_house")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("execution/quotas", level="year")
    own = rows[rows["rep_id"] != "unassigned"]
    yield "people", len(own)
    yield "amount", own["quota"].sum()
    if "house" in said.values:
        yield "house", rows.loc[rows["rep_id"] == "unassigned", "quota"].sum()
        yield "share", rows.loc[rows["rep_id"] == "unassigned", "quota"].sum() / rows["quota"].sum()


@rule("execution_quotas_hard")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("execution/quotas", level="year")
    hard, easy = (_only(rows[_named(said, rows["rep_id"], end)])["p_reach"] for end in ("hard", "easy"))
    yield "p_hard", hard
    yield "p_easy", easy
    yield "order", hard <= easy


@rule("execution_quotas_still")
def _(page: Page, said: Said, table: str) -> Claims:
    closed = page.table("execution/tracking", level="month", dimension="total")
    ahead = closed.loc[~closed["alarm"].isin(["reached", "missed"]), "period"]
    rows = page.table("execution/quotas", level="month")
    still = rows[rows["period"].isin(ahead) & [said.words.name(r) in said.values["people"] for r in rows["rep_id"]]]
    yield "amount", still["quota"].sum()


# -- people ------------------------------------------------------------------------------------------------------------


@rule("execution_capacity", "execution_capacity_short", "execution_capacity_enough", "execution_capacity_lacks")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("execution/capacity")
    sums = rows.groupby("team")[["capacity", "required"]].sum()
    rise = sums["required"] / sums["capacity"] - 1
    best = rows.groupby("team")["best_rise"].first()
    over = rise[rise > best].sort_values(ascending=False)
    if said.key == "execution_capacity":
        yield "capacity", sums["capacity"].sum()
        yield "required", sums["required"].sum()
        yield "teams", len(sums)
    elif said.key == "execution_capacity_short":
        yield "count", len(over)
        yield "rise", over.iloc[0]
        yield "best", best[over.index[0]]
        yield "most", said.values["team"] == said.words.name(over.index[0])
    else:
        yield "side", over.empty == said.key.endswith("enough")


@rule(
    "execution_pay",
    "execution_pay_cost",
    "execution_pay_margin",
    "execution_pay_when",
    "execution_pay_fits",
    "execution_pay_contrary",
)
def _(page: Page, said: Said, table: str) -> Claims:
    row = page.table("execution/incentives").set_index("scenario")
    people = page.table("execution/incentives_people")
    if said.key == "execution_pay":
        yield "people", len(people)
        like = [p for p in people.to_dict("records") if said.words.money(p["variable"]) == said.values["variable"]]
        yield (
            "one",
            any(all(said.words.money(p[c]) == said.values[c] for c in ("at_80", "at_100", "at_120")) for p in like),
        )
        for column in ("variable", "at_80", "at_100", "at_120"):
            yield column, like[0][column]
    elif said.key == "execution_pay_cost":
        yield "mid", row.at["all_draws", "payout_p50"]
        ends = [said.words.money(row.at["all_draws", f"payout_p{p}"]) for p in (10, 90)]
        yield "range", said.values["range"] == said.words.interval(*ends)
    elif said.key == "execution_pay_margin":
        yield "share", row.at["all_draws", "share_of_margin"]
    elif said.key == "execution_pay_when":
        yield "reached", row.at["goal_reached", "payout_p50"]
        yield "missed", row.at["goal_missed", "payout_p50"]
    else:
        fits = row.at["goal_reached", "payout_p50"] >= row.at["goal_missed", "payout_p50"]
        yield "side", fits == said.key.endswith("fits")


@rule("execution_load", "execution_load_over", "execution_load_fits", "execution_load_lacks")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("execution/load")
    over = rows[rows["days"] > rows["available"]]
    if said.key == "execution_load":
        yield "owners", rows["owner"].nunique()
        yield "days", round(rows["days"].sum())
    elif said.key == "execution_load_over":
        worst = over.loc[(over["days"] / over["available"]).idxmax()]
        yield "count", len(over)
        yield "days", worst["days"]
        yield "available", worst["available"]
    else:
        yield "side", over.empty == said.key.endswith("fits")


@rule("execution_scorecard", "execution_scorecard_red")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("execution/scorecard")
    red = rows[rows["state"] == "red"]
    if said.key == "execution_scorecard_red":
        yield "p_reach", red["p_reach"].min()
        return
    yield "goals", len(rows)
    yield "red", len(red)
    yield "amber", (rows["state"] == "amber").sum()
    yield "open", rows["p_reach"].isna().sum()


@rule("execution_progress", "execution_progress_first", "execution_progress_quiet", "execution_progress_loud")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("execution/progress")
    count = rows["verdict"].value_counts()
    if said.key == "execution_progress":
        yield "tasks", len(rows)
        for verdict in ("done", "late", "blocked", "no_news"):
            yield verdict, count.get(verdict, 0)
    elif said.key == "execution_progress_first":
        late = rows[rows["verdict"].isin(["late", "blocked"])]
        yield "slack", late["slack"].min()
    else:
        yield "side", (count.get("late", 0) + count.get("blocked", 0) == 0) == said.key.endswith("quiet")


@rule("execution_progress_spent")
def _(page: Page, said: Said, table: str) -> Claims:
    yield "spent", page.table("execution/progress")["spent"].sum()


@rule("targets_milestones")
def _(page: Page, said: Said, table: str) -> Claims:
    quarters = page.table("targets/milestones", level="quarter")
    row = _only(quarters[quarters["period"] == said.values["period"]])
    yield "share", row["share"]
    yield "amount", row["cumulative"]
    yield "amber", row["amber"]
    yield "red", row["red"]
    yield "red under amber", row["red"] <= row["amber"]
    yield "p_amber", 0.25
    yield "p_red", 0.1


@rule("targets_alarms_draws", "targets_alarms_backtest")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("targets/alarms", basis=said.key.removeprefix("targets_alarms_"))
    half = rows[rows["period"] == list(dict.fromkeys(rows["period"]))[1]].set_index("rule")
    for name, rule_ in (("our", "on_track"), ("usual", "pace")):
        yield f"{name}_false", half.loc[rule_, "false_alarms"]
        yield f"{name}_missed", half.loc[rule_, "missed_alarms"]
    if "pace" in said.values:
        yield "amber", 0.25
        yield "pace", 0.95
    if "n" in said.values:
        yield "n", half.loc["on_track", "n"]
        yield "reached", half.loc["on_track", "years_reached"]


@rule("targets_alarms_draws_none", "targets_alarms_backtest_none")
def _(page: Page, said: Said, table: str) -> Claims:
    basis = said.key.removeprefix("targets_alarms_").removesuffix("_none")
    rows = page.table("targets/alarms", basis=basis, rule="on_track")
    half = _only(rows[rows["period"] == list(dict.fromkeys(rows["period"]))[1]])
    yield "too few on one side", min(half["years_reached"], half["years_missed"]) < 5
    if "n" in said.values:
        yield "n", half["n"]
        yield "reached", half["years_reached"]


@rule("execution_standing", "execution_standing_slip", "execution_standing_quiet", "execution_standing_loud")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("execution/standing")
    count = rows["state"].value_counts()
    held = [count.get(state, 0) for state in ("late", "blocked", "stopped")]
    if said.key == "execution_standing":
        yield "initiatives", len(rows)
        yield from zip(("late", "blocked", "stopped"), held, strict=True)
    elif said.key == "execution_standing_slip":
        yield "days", rows["slip"].max()
    else:
        yield "side", (sum(held) == 0) == said.key.endswith("quiet")


@rule("execution_budget_held")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("execution/budget")
    yield "amount", rows.loc[rows["gate"].isin(["gate_late", "gate_blocked", "gate_stopped"]), "planned"].sum()


@rule("execution_corrective", "execution_corrective_one", "execution_corrective_none")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("execution/corrective")
    if said.key == "execution_corrective":
        yield "count", len(rows)
    elif said.key == "execution_corrective_none":
        yield "none", rows.empty
    else:
        who = rows["member"].map(lambda m: said.words.name(m) == said.values["who"] or m == said.values["who"])
        yield "missing", any(said.words.money(m) == said.values["missing"] for m in rows.loc[who, "missing"])


@rule("execution_corrective_owned", "execution_corrective_open")
def _(page: Page, said: Said, table: str) -> Claims:
    nobody = (page.table("execution/corrective")["owner"] == "unassigned").any()
    yield "owners", nobody == said.key.endswith("open")


@rule("changes_actions")
def _(page: Page, said: Said, table: str) -> Claims:
    rows = page.table("changes/promises", kind="action")
    yield "count", len(rows)
    yield "helped", (rows["state"] == "kept").sum()
