"""The published tables: their names, the columns people's scripts rely on, and the kind of every column."""

from __future__ import annotations

__all__ = ["COLUMNS", "KEYS", "kind_of", "problems", "promised"]

import pandas as pd

from salesplan.errors import nearest


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.replace("\n", " ").split())


# Columns that must be there; a table may have more. The order of the entries is the order in workbooks and pages.
COLUMNS: dict[str, tuple[str, ...]] = {
    "changes/bridge": _columns(
        "dimension member step landing landing_change target target_change gap p_reach p_change"
    ),
    "changes/verdicts": _columns("about dimension member verdict_before verdict_now"),
    "changes/promises": _columns("kind dimension member owner due promised came state"),
    "data/reconciliation": _columns(
        """source currency rows_in rows_accepted rows_quarantined rows_excluded
        amount_in amount_accepted amount_quarantined amount_excluded"""
    ),
    "data/quarantine": _columns("source file row column code raw"),
    "data/doubts": _columns("kind member other value usual factor amount"),
    "data/coverage": _columns("period first last days lines longest_silence complete reason"),
    "review/kpis": _columns("metric period level value unit prior change available reason"),
    "review/attainment": _columns("dimension member period level actual target attainment gap gap_share"),
    "review/ageing": _columns("period bucket amount prior share roll_rate"),
    "review/quality": _columns(
        "metric dimension member period unit value usual low high p_value q_value amount verdict"
    ),
    "review/ageing_forecast": _columns("period due low mid high"),
    "review/bridge": _columns("from_period to_period convention grain effect member amount"),
    "review/bridge_effects": _columns(
        "from_period to_period convention grain effect amount low high p_value verdict by_convention"
    ),
    "review/drivers": _columns("from_period to_period dimension member status driver unit before after amount"),
    "review/market_share": _columns(
        """from_period to_period dimension member market_size prior_size market_growth net_sales prior_sales
        sales_growth share prior_share market_effect share_effect"""
    ),
    "review/ratios": _columns("metric dimension member value prior own_effect mix_effect p_value q_value verdict"),
    "review/root_causes": _columns("rank slice amount low high explanatory_power surprise p_value verdict"),
    "review/strategy_effects": _columns(
        """strategy_id effect low high p_value minimum_detectable verdict claimed design comparisons window reason"""
    ),
    "review/strategy_effects_claims": _columns("lever strategies claimed effect low high realised"),
    "review/lost_accounts": _columns("customer_id last_period months_silent habit p_value q_value amount"),
    "review/attribution": _columns("cause amount low high"),
    "review/attribution_details": _columns("cause item amount low high"),
    "review/funnel": _columns(
        "stage entered advanced lost open conversion low high prior days amount p_value q_value verdict"
    ),
    "review/capacity_use": _columns("team heads ramped_heads joined gone net_sales per_head prior_per_head use"),
    "review/signals": _columns(
        "metric dimension member unit value prior change low high p_value count q_value verdict"
    ),
    "review/competitors": _columns("competitor member index prior change low high p_value q_value verdict"),
    "review/competitors_moves": _columns("date competitor event scope price_index source"),
    "review/environment": _columns("factor kind driver scope low high amount_low amount_high review_date state source"),
    "review/restated": _columns("period published before now change share"),
    "review/trend": _columns("period actual trend season low high"),
    "review/pareto": _columns("rank customer_id amount share cumulative_share"),
    "review/pareto_products": _columns("rank product_id product amount share cumulative_share"),
    "swot/items": _columns("item_id quadrant claim metric effect low high q_value source confidence origin accepted"),
    "swot/tows": _columns("strategy strength_or_weakness opportunity_or_threat initiative_id move"),
    "swot/scores": _columns("side item_id weight rating score"),
    "targets/workdays": _columns("period days workdays promotion_days basis"),
    "targets/events": _columns("scope kind since until source handled effect low high amount reason"),
    "targets/methods": _columns("dimension member months empty kind method like"),
    "targets/accuracy": _columns("model level horizon mase rmsse coverage80 coverage95 chosen"),
    "targets/forecast": _columns("dimension member period p10 p50 p90"),
    "targets/topline": _columns("basis amount low high p_reach p_baseline chosen reason"),
    "targets/joint": _columns("measure rate target p10 p50 p90 p_reach p_all"),
    "targets/segments": _columns("dimension member period level target p10 p50 p90 p_reach floor cap"),
    "targets/agreement": _columns("dimension parts given p_each p_whole p_all amount"),
    "targets/milestones": _columns("period level target cumulative share amber red"),
    "targets/alarms": _columns("rule basis period n years_reached years_missed false_alarms missed_alarms"),
    "targets/potential": _columns("dimension member year market_size net_sales share potential_index white_space"),
    "targets/cells": _columns("product region customer_group channel period target"),
    "targets/delivered": _columns("dimension member period level delivered target verdict"),
    "targets/supporting": _columns("metric period target baseline unit p_reach owner"),
    "targets/fairness": _columns("test n estimate low high p_value minimum_detectable verdict"),
    "targets/replay": _columns(
        "as_of year dimension member target p_reach p10 p50 p90 actual reached inside landing_error"
    ),
    "targets/replay_reliability": _columns("low high n stated reached"),
    "targets/satisfaction": _columns("half score customers lost churn_rate low high p_value"),
    "targets/submissions": _columns(
        "dimension member submitted target gap reconciled p_submitted p_reach submitted_by decision"
    ),
    "targets/smart": _columns("target_id letter passed reason remedy"),
    "strategies/market/segments": _columns("segment growth share penetration class p_class"),
    "strategies/customer/tiers": _columns(
        "customer_id tier p_tier xyz rfm_segment days_since_last_order orders net_sales margin"
    ),
    "strategies/customer/value": _columns("customer_id p_alive expected_orders clv low high"),
    "strategies/product/roles": _columns("product_id role p_role margin_rate growth attachment stage"),
    "strategies/product/affinity": _columns("left right support confidence lift q_value"),
    "strategies/price/elasticity": _columns("elasticity low high grade n"),
    "strategies/price/waterfall": _columns("scope step amount"),
    "strategies/price/corridor": _columns("product_id low mid high outside_share"),
    "strategies/price/diversion": _columns("source_region target_region product score p_value verdict"),
    "strategies/price/arbitrage": _columns("from to product net_gap cost profit"),
    "strategies/channel/scorecard": _columns("channel net_sales margin_after_cost growth new_customer_share role"),
    "strategies/channel/conflict": _columns("pair price_gap overlap cannibalisation low high"),
    "initiatives": _columns(
        """initiative_id lever scope action mechanism owner start due cost
        impact_low impact_mid impact_high probability evidence selected"""
    ),
    "gap": _columns("step amount low high"),
    "execution/work_plan": _columns(
        """task_id initiative_id task owner responsible accountable consulted informed
        start due depends_on deliverable"""
    ),
    "execution/quotas": _columns("rep_id period level quota p_reach"),
    "execution/capacity": _columns("team period heads ramped_heads productivity capacity required gap best_rise"),
    "execution/budget": _columns("initiative_id period planned released gate"),
    "execution/incentives": _columns(
        "scenario payout_p10 payout_p50 payout_p90 share_at_quota p_company share_of_margin"
    ),
    "execution/incentives_people": _columns("rep_id quota variable at_80 at_100 at_120 expected low high"),
    "execution/progress": _columns("task_id initiative_id owner start due state share spent news slack verdict"),
    "execution/standing": _columns("initiative_id state done spent ends ends_now slip effect_from"),
    "execution/corrective": _columns("kind dimension member cause cause_amount missing proposal owner due"),
    "execution/load": _columns("owner period days available use state"),
    "execution/scorecard": _columns("goal owner metric green amber red state"),
    "execution/calendar": _columns("date meeting participants pack"),
    "execution/risks": _columns("risk_id risk probability impact trigger owner response state"),
    "execution/tracking": _columns(
        "dimension member period target actual_to_date landing_p10 landing_p50 landing_p90 p_reach alarm"
    ),
    "lint": _columns("code severity where message remedy"),
}
_NEVER_EMPTY = {"data/reconciliation", "review/kpis", "targets/topline", "targets/segments", "targets/cells"}

_KINDS: dict[str, str] = {
    **dict.fromkeys(
        _columns(
            """amount amount_in amount_accepted amount_quarantined amount_excluded amount_after_cut_off actual target
            gap p10 p50 p90 floor cap net_sales clv cost impact_low impact_mid impact_high quota capacity required
            planned released claimed minimum_detectable worth
            cumulative submitted reconciled
            payout_p10 payout_p50 payout_p90 actual_to_date landing_p10 landing_p50 landing_p90 impact
            trend low high mid market_size prior_size prior_sales market_effect share_effect
            spent variable at_80 at_100 at_120 expected delivered landing landing_change target_change promised came
            net_gap profit expected_loss prior_year margin gross_profit white_space contribution
            per_head prior_per_head amount_low amount_high stake expenses shared_base"""
        ),
        "money",
    ),
    **dict.fromkeys(
        _columns(
            """attainment gap_share growth coverage80 coverage95 share prior_share market_growth sales_growth
            cumulative_share penetration
            p_value q_value confidence margin_rate attachment margin_after_cost
            new_customer_share price_gap overlap cannibalisation outside_share share_at_quota best_rise share_of_margin
            explanatory_power realised habit discount_rate season selling_expense_ratio roll_rate share_of_sales weight
            prior_growth landing_error conversion use entry price_variation rate sure"""
        ),
        "share",
    ),
    **dict.fromkeys(
        _columns(
            """p_reach p_submitted p_all p_each p_whole p_class p_tier p_role p_alive p_company p_baseline
            probability"""
        ),
        "chance",
    ),
    **dict.fromkeys(
        _columns(
            """rows_in rows_accepted rows_quarantined rows_excluded rows_after_cut_off rows_unread row rank
            orders customers longest_silence days_since_last_order comparisons months_silent strategies n quantity lines
            products workdays promotion_days parts days entered advanced lost open joined gone count rating horizon"""
        ),
        "count",
    ),
    **dict.fromkeys(
        _columns(
            """mase rmsse elasticity lift support surprise score expected_orders heads ramped_heads productivity
            potential_index estimate index price_index"""
        ),
        "number",
    ),
    **dict.fromkeys(_columns("start due date first last"), "date"),
    **dict.fromkeys(_columns("available complete chosen accepted passed selected reached inside measured"), "flag"),
    **dict.fromkeys(
        _columns(
            """kind metric level effect quadrant origin letter convention grain dimension verdict bucket class tier xyz
            rfm_segment status driver by_convention design
            role stage lever basis test given half decision cause step alarm state grade severity model unit source
            gate identified about verdict_before verdict_now"""
        ),
        "term",
    ),
    **dict.fromkeys(
        _columns(
            """item member product region customer_group channel customer_id product_id rep_id team left right other
            source_region target_region from to owner responsible accountable"""
        ),
        "name",
    ),
}
# What a row is about, where the order of the contract does not say it: shown first, and never left out.
KEYS = {"strategies/price/elasticity": ("product",), "data/reconciliation": ("source",)}
# Where a column means something else in one table: a metric's own unit, or an effect that is a share.
_OWN_KINDS: dict[tuple[str, str], str] = {
    **{("review/kpis", c): "by_unit" for c in ("value", "prior")},
    ("review/kpis", "change"): "change_by_unit",
    **{("review/ratios", c): "share" for c in ("value", "prior")},
    **{("review/ratios", c): "points" for c in ("own_effect", "mix_effect")},
    **{("review/funnel", c): "share" for c in ("low", "high", "prior")},
    **{("review/signals", c): "by_unit" for c in ("value", "prior")},
    **{("review/signals", c): "change_by_unit" for c in ("change", "low", "high")},
    ("changes/bridge", "p_change"): "points",
    ("changes/promises", "due"): "literal",
    ("review/competitors", "prior"): "number",
    **{("review/competitors", c): "share" for c in ("change", "low", "high")},
    **{("review/environment", c): "share" for c in ("low", "high")},
    **{("review/quality", c): "by_unit" for c in ("value", "usual", "low", "high")},
    **{("review/drivers", c): "by_unit" for c in ("before", "after")},
    **{("targets/supporting", c): "by_unit" for c in ("target", "baseline")},
    **{("targets/fairness", c): "number" for c in ("low", "high", "minimum_detectable")},
    **{("targets/replay_reliability", c): "chance" for c in ("low", "high", "stated", "reached")},
    **{("targets/satisfaction", c): "share" for c in ("churn_rate", "low", "high")},
    **{("swot/items", c): "by_unit" for c in ("effect", "low", "high")},
    ("swot/items", "item_id"): "literal",
    **{("strategies/price/elasticity", c): "number" for c in ("low", "high")},
    **{("strategies/price/corridor", c): "share" for c in ("low", "mid", "high")},
    **{("strategies/channel/conflict", c): "share" for c in ("low", "high")},
    ("strategies/product/affinity", "confidence"): "share",
    ("strategies/product/affinity", "support"): "share",
    **{("review/restated", c): "money" for c in ("before", "now", "change")},
    ("review/ageing", "prior"): "money",
    **{("data/doubts", c): "money" for c in ("value", "usual")},
    ("data/doubts", "factor"): "number",
    ("review/ageing_forecast", "due"): "money",
    **{(t, "effect"): "money" for t in ("review/strategy_effects", "review/strategy_effects_claims")},
    **{("targets/events", c): "share" for c in ("effect", "low", "high")},
    ("targets/events", "scope"): "name",
    ("targets/events", "source"): "term",
    ("targets/methods", "empty"): "share",
    ("targets/methods", "months"): "count",
    ("review/strategy_effects", "strategy_id"): "name",
    ("review/strategy_effects", "reason"): "term",
    ("strategies/price/waterfall", "scope"): "name",
    ("swot/items", "confidence"): "chance",
    ("execution/capacity", "productivity"): "money",
    ("execution/work_plan", "owner"): "name",
    ("execution/progress", "news"): "date",
    ("execution/progress", "slack"): "count",
    ("execution/progress", "owner"): "name",
    **{("execution/standing", c): "date" for c in ("ends", "ends_now", "effect_from")},
    ("execution/standing", "done"): "share",
    ("execution/standing", "slip"): "count",
    **{("execution/corrective", c): "money" for c in ("cause_amount", "missing")},
    **{("execution/corrective", c): "term" for c in ("cause", "proposal")},
    **{("execution/load", c): "number" for c in ("days", "available")},
    **{("targets/milestones", c): "money" for c in ("amber", "red")},
    ("targets/alarms", "rule"): "term",
    **{("targets/alarms", c): "count" for c in ("years_reached", "years_missed")},
    **{("targets/alarms", c): "share" for c in ("false_alarms", "missed_alarms")},
    **{("execution/scorecard", c): "chance" for c in ("green", "amber", "red")},
    ("execution/scorecard", "goal"): "name",
    ("execution/scorecard", "target"): "by_unit",
    ("execution/incentives", "scenario"): "term",
}


def kind_of(table: str, column: str) -> str:
    """How is this column of this table shown?

    One of money [currency units], share [0-1], points (a difference of shares), chance (a probability, 0-1), count,
    number, date, flag, term (a key of the glossary), name (a member that the plan may name), by_unit (the row's
    ``unit`` column says: money, share, count, days, number or score), change_by_unit (a difference of such values),
    literal (as it stands) and text.
    """
    return _OWN_KINDS.get((table, column), _KINDS.get(column, "text"))


def promised(name: str, table: pd.DataFrame) -> list[str]:
    """The columns of this table that people rely on, in the order they are shown: what a row is about comes first."""
    return [c for c in dict.fromkeys((*KEYS.get(name, ()), *COLUMNS.get(name, ()))) if c in table.columns]


def problems(name: str, table: pd.DataFrame) -> list[str]:
    """What keeps this table from being published under this name; empty where nothing does."""
    if name not in COLUMNS:
        return [f"{name} is not a published table.{nearest(name, COLUMNS)}"]
    found = [f"{name} has no column {c!r}" for c in COLUMNS[name] if c not in table.columns]
    found += [f"{name} has column {c!r} twice" for c in table.columns[table.columns.duplicated()]]
    if table.empty and name in _NEVER_EMPTY:
        found.append(f"{name} has no rows")
    for column in table.columns.intersection(
        [c for c in table.columns if kind_of(name, c) in ("money", "share", "chance", "number")]
    ):
        if not pd.api.types.is_numeric_dtype(table[column]) and not table[column].isna().all():
            found.append(f"{name}.{column} is a {kind_of(name, column)} but holds {table[column].dtype}")
    return found
