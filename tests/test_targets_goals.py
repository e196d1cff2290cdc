"""Supporting goals and SMART: what follows from the goal, and which letter fails for which reason."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import targets
from salesplan.config import TargetChoices
from salesplan.words import words

EN = words("en")
UNITS = {"churn_rate": "share", "new_customers": "count", "average_order_value": "money", "gross_margin": "share"}
YEARLY = {"churn_rate": 0.2, "new_customers": 100.0, "average_order_value": 500.0, "gross_margin": 0.4}


def kpis(*, quarters: int = 12, wobble: float = 0.1) -> pd.DataFrame:
    rows = [(m, "2025", "year", v, UNITS[m]) for m, v in YEARLY.items()]
    rows.append(("satisfaction", "2025", "year", float("nan"), "score"))
    for at in range(quarters):
        period = f"{2023 + at // 4}Q{at % 4 + 1}"
        for m, v in YEARLY.items():
            rows.append((m, period, "quarter", v * (1 + wobble * math.sin(at * (at + 1))), UNITS[m]))
        rows.append(("net_sales", period, "quarter", 1e6 * (1 + wobble * math.cos(at * at)), "money"))
    return pd.DataFrame(rows, columns=["metric", "period", "level", "value", "unit"])


def goals(table: pd.DataFrame | None = None, *, goal: float = 1.1e6, choices: TargetChoices | None = None):
    return targets.supporting(
        kpis() if table is None else table,
        goal=goal,
        last_year=1e6,
        p_goal=0.5,
        year="2026",
        before="2025",
        choices=choices or TargetChoices(),
    )


@given(st.floats(0.5, 2.0))
def test_the_drivers_multiply_to_the_goal(factor):
    table = goals(goal=1e6 * factor).set_index("metric")
    value = table.loc["average_order_value", "target"] / 500
    orders = table.loc["new_customers", "target"] / 100
    assert value * orders == pytest.approx(factor, rel=0.02)
    assert table.loc["growth", "target"] == pytest.approx(factor - 1)


def test_other_measures_hold_and_what_is_not_known_is_left_out():
    table = goals().set_index("metric")
    assert table.loc["gross_margin", "target"] == table.loc["gross_margin", "baseline"] == 0.4
    assert "satisfaction" not in table.index
    assert table.loc["churn_rate", "target"] < 0.2


def test_the_plans_own_limits_come_last():
    choices = TargetChoices.model_validate(
        {
            "supporting": [
                {"metric": "churn_rate", "bounds": [0.199, 1], "owner": "Li"},
                {"metric": "gross_margin", "bounds": [0.45, 1]},
            ]
        }
    )
    table = goals(choices=choices).set_index("metric")
    assert table.loc["churn_rate", ["target", "owner"]].tolist() == [0.199, "Li"]
    assert table.loc["gross_margin", "target"] == 0.45
    assert table.loc["gross_margin", "p_reach"] < goals().set_index("metric").loc["gross_margin", "p_reach"]


def test_a_short_past_gives_no_probability():
    table = goals(kpis(quarters=6)).set_index("metric")
    assert table.loc[list(YEARLY), "p_reach"].isna().all()
    assert table.loc["net_sales", "p_reach"] == 0.5


def segments(**changes) -> pd.DataFrame:
    rows = [
        ("total", "total", "2026", "year", 120.0, 118.0, 0.5),
        ("region", "east", "2026", "year", 119.5, 118.0, 0.1),
        ("region", "west", "2026", "year", 0.5, 0.0, 0.6),
        ("total", "total", "2026-01", "month", 120.0, 118.0, 0.5),
        ("region", "east", "2026-01", "month", changes.get("east_month", 119.5), 118.0, 0.1),
        ("region", "west", "2026-01", "month", 0.5, 0.0, 0.6),
    ]
    return pd.DataFrame(rows, columns=["dimension", "member", "period", "level", "target", "p50", "p_reach"])


def judged(table: pd.DataFrame, **plan) -> pd.DataFrame:
    return targets.smart(table, supporting=goals(), choices=TargetChoices(**plan), words=EN, year="2026")


def test_each_rule_fails_for_its_own_reason():
    table = judged(segments(east_month=119.4), owners={"east": "Li"}).set_index(["target_id", "letter"])
    assert table.loc["region/east", "passed"].to_dict() == {"S": True, "M": True, "A": False, "R": True, "T": False}
    assert table.loc["region/west", "passed"].to_dict() == {"S": False, "M": True, "A": True, "R": False, "T": True}
    assert "Li" in table.loc[("region/east", "S"), "reason"]
    assert "10 %" in table.loc[("region/east", "A"), "reason"]


def test_only_what_failed_has_a_remedy_and_every_goal_has_five_letters():
    table = judged(segments())
    assert (table["remedy"].eq("") == table["passed"]).all()
    assert table.groupby("target_id")["letter"].agg("".join).eq("SMART").all()
    assert table["reason"].str.len().gt(0).all()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_findings_speak_both_languages(language):
    speaker = words(language)
    table = targets.smart(segments(), supporting=goals(), choices=TargetChoices(), words=speaker, year="2026")
    said = [targets.say_smart(table, words=speaker), targets.say_supporting(goals(), words=speaker)]
    assert [f.name for f in said] == ["targets/smart", "targets/supporting"]
    assert all(len(f.text) > 10 and f.checks for f in said)


def drawn(*, draws: int = 4000) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    cents = (rng.normal(1e6, 5e4, draws) * 100).round()
    return pd.DataFrame({"dimension": "total", "period": "2026-01", "draw": range(draws), "planned": cents})


def rates(*, wobble: float = 0.1) -> pd.DataFrame:
    table = kpis(wobble=wobble)
    cash = table[table["metric"] == "gross_margin"].assign(metric="collection_rate")
    return pd.concat([table, cash.assign(value=2 * cash["value"])], ignore_index=True)


def together(table: pd.DataFrame, *, goal: float = 1e6, choices: TargetChoices | None = None) -> pd.DataFrame:
    asked = {"before": "2025", "choices": choices or TargetChoices(), "seed": 1}
    return targets.joint(drawn(), table, goal=goal, **asked).set_index("measure")


def test_three_goals_at_once_are_less_likely_than_any_of_them():
    table = together(rates())
    assert table.index.tolist() == ["net_sales", "gross_profit", "cash_in"]
    assert table.loc["gross_profit", "target"] == pytest.approx(0.4e6)
    assert table["p_all"].is_monotonic_decreasing
    assert table["p_all"].iloc[-1] < table["p_reach"].min()
    assert table.loc["net_sales", "p_reach"] == pytest.approx(0.5, abs=0.03)


def test_rates_that_never_move_leave_the_probability_of_sales_as_it_is():
    table = together(rates(wobble=0.0))
    assert table["p_all"].tolist() == [table.loc["net_sales", "p_reach"]] * 3


def test_a_higher_rate_is_harder_and_an_unknown_one_is_left_out_and_said():
    harder = together(rates(), choices=TargetChoices(margin_goal=0.45))
    assert harder.loc["gross_profit", "p_reach"] < together(rates()).loc["gross_profit", "p_reach"]
    bare = together(kpis()[lambda t: t["metric"] != "gross_margin"])
    assert bare.index.tolist() == ["net_sales"]
    told = targets.say_joint(bare.reset_index(), words=EN)
    assert told.checks[0].passed is None
