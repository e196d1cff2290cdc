"""Supporting goals and SMART: what follows from the goal, and which letter fails for which reason."""

from __future__ import annotations

import math
import re
import statistics

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from salesplan import targets
from salesplan.config import TargetChoices
from salesplan.errors import PlanFileError
from salesplan.periods import FiscalCalendar
from salesplan.targets import drivers
from salesplan.targets.supporting import next_change
from salesplan.words import words

EN = words("en")
CALENDAR = FiscalCalendar()
UNITS = {"gross_margin": "share", "dso_days": "days"}
YEARLY = {"gross_margin": 0.4, "dso_days": 60.0}
TREE = ["customers", "churn_rate", "new_customers", "regained_customers", "orders_per_customer", "average_order_value"]


def kpis(*, years: int = 6, wobble: float = 0.1) -> pd.DataFrame:
    rows = [("satisfaction", "2025", "year", float("nan"), "score")]
    for back in range(years):
        for m, v in YEARLY.items():
            rows.append((m, f"{2025 - back}", "year", v * (1 + wobble * math.sin(back * (back + 1))), UNITS[m]))
    return pd.DataFrame(rows, columns=["metric", "period", "level", "value", "unit"])


def active(*, years: int = 5, seed: int = 5) -> pd.DataFrame:
    """What customers bought, month by month, from 2025 back: some leave, some come, some return."""
    rng, rows, there = np.random.default_rng(seed), [], set(range(300))
    fresh = 300
    for year in range(2026 - years, 2026):
        gone = {c for c in there if rng.random() < 0.12}
        back = {int(c) for c in rng.choice(fresh, 9, replace=False)}
        came = set(range(fresh, fresh + int(rng.integers(35, 60))))
        there, fresh = (there - gone) | back | came, max(came) + 1
        for customer in sorted(there):
            for month in rng.choice(12, size=rng.integers(1, 6), replace=False):
                value = int(rng.gamma(2, 25_000) * 1.03 ** (year - 2020)) + 1
                rows.append((f"{year}-{month + 1:02d}", f"C{customer}", value, value, 1))
    return pd.DataFrame(rows, columns=["period", "customer_id", "net_sales_cents", "sold_cents", "orders"])


HISTORY = targets.driver_years(active(), calendar=CALENDAR, before="2025")
LAST = float(HISTORY["net_sales"].iloc[-1])


def goals(table: pd.DataFrame | None = None, *, goal: float = 1.1 * LAST, choices: TargetChoices | None = None):
    return targets.supporting(
        kpis() if table is None else table,
        HISTORY,
        goal=goal,
        last_year=LAST,
        p_goal=0.5,
        year="2026",
        before="2025",
        choices=choices or TargetChoices(),
    )


def test_a_year_is_made_of_its_customers_orders_and_order_values():
    rows = active()
    rows["year"] = rows["period"].str[:4]
    before, now = (set(rows.loc[rows["year"] == y, "customer_id"]) for y in ("2024", "2025"))
    known = set(rows.loc[rows["year"] < "2025", "customer_id"])
    last = HISTORY.iloc[-1]
    assert HISTORY["year"].tolist() == ["2022", "2023", "2024", "2025"]
    assert (last["kept"], last["new"], last["customers"]) == (len(before & now), len(now - known), len(now))
    assert last["regained"] == len((now & known) - before) > 0
    assert last["churn_rate"] == pytest.approx(1 - len(before & now) / len(before))
    product = last["customers"] * last["orders_per_customer"] * last["average_order_value"]
    assert product == pytest.approx(rows.loc[rows["year"] == "2025", "net_sales_cents"].sum() / 100)


@given(st.floats(0.5, 2.0))
def test_the_drivers_multiply_to_the_goal_to_the_cent(factor):
    goal = round(LAST * factor, 2)
    table = goals(goal=goal).set_index("metric")
    leaf, last = table["target"], HISTORY.iloc[-1]
    kept = last["before_customers"] * (1 - leaf["churn_rate"])
    customers = kept + leaf["new_customers"] + leaf["regained_customers"]
    assert customers == pytest.approx(leaf["customers"]) == round(customers)
    assert round(leaf["customers"] * leaf["orders_per_customer"] * leaf["average_order_value"], 2) == goal
    assert leaf["growth"] == pytest.approx(factor - 1, abs=1e-6)
    ways = [leaf[m] >= table.loc[m, "baseline"] - 0.5 for m in TREE[2:]]
    assert all(ways) if factor >= 1 else True


def test_the_least_unusual_way_to_the_goal_is_taken():
    """Any other way over the same leaves is at least as unusual."""
    choices, rng = TargetChoices(), np.random.default_rng(1)
    moves = np.array([0.02, 0.15, 0.04, 0.05])
    base = HISTORY.iloc[-1]
    wanted = math.log(1.1)
    found = drivers._least(base, moves=moves, weights=np.ones(4), ends=drivers_ends(choices), wanted=wanted)
    cost = ((found / moves) ** 2).sum()
    for _ in range(200):
        other = found + rng.normal(0, 0.01, 4)
        other[3] += wanted - drivers._rise(other, base)
        assert ((other / moves) ** 2).sum() >= cost - 1e-9


def drivers_ends(choices: TargetChoices) -> np.ndarray:
    start = {leaf: float(HISTORY[leaf].iloc[-1]) for leaf in drivers.LEAVES}
    return np.array(list(drivers._ends(start, choices).values()))


def test_a_heavier_leaf_moves_less():
    def value(weight: float) -> float:
        plan = {"supporting": [{"metric": "average_order_value", "weight": weight}]}
        table = goals(choices=TargetChoices.model_validate(plan)).set_index("metric")
        return table.loc["average_order_value", "target"] / table.loc["average_order_value", "baseline"]

    assert value(10) < value(1) < value(0.1)


def test_bounds_that_cannot_make_the_goal_are_refused_with_what_would():
    bounds = {"average_order_value": [0, 600], "orders_per_customer": [0, 3.2], "churn_rate": [0.05, 1]}
    plan = {"supporting": [{"metric": m, "bounds": b} for m, b in bounds.items()]}
    plan["supporting"].append({"metric": "new_customers", "bounds": [0, 60]})
    choices = TargetChoices.model_validate(plan)
    with pytest.raises(
        PlanFileError, match=r"orders come to [\d,.]+ at most.*average_order_value to ([\d,.]+)"
    ) as told:
        goals(goal=2 * LAST, choices=choices)
    needed = float(re.search(r"average_order_value to ([\d,.]+)", str(told.value)).group(1).replace(",", ""))
    plan["supporting"][0]["bounds"] = [0, needed * 1.001]
    table = goals(goal=2 * LAST, choices=TargetChoices.model_validate(plan)).set_index("metric")
    assert table.loc["average_order_value", "target"] == pytest.approx(needed, rel=0.01)


def test_other_measures_hold_and_what_is_not_known_is_left_out():
    table = goals().set_index("metric")
    assert table.loc["gross_margin", "target"] == table.loc["gross_margin", "baseline"] == 0.4
    assert "satisfaction" not in table.index
    assert table.loc["churn_rate", "target"] < table.loc["churn_rate", "baseline"]


def test_a_measure_changes_again_as_it_did_by_students_t():
    """Published: of a normal sample the next value lies below its mean + t · s · √(1 + 1/n) (Student 1908)."""
    rng = np.random.default_rng(4)
    past = rng.normal(0.02, 0.01, (20_000, 5))
    for share in (0.1, 0.5, 0.9):
        ahead = [next_change(changes) for changes in past[:2000]]
        ends = [middle + scale * special.stdtrit(freedom, share) for middle, scale, freedom in ahead]
        assert np.mean(past[2000:4000, 0] < ends) == pytest.approx(share, abs=0.03)
    assert next_change(past[0, :2]) is None
    rising = kpis(wobble=0.0).assign(value=lambda t: t["value"] * (1 + 0.02 * (t["period"].astype(int) - 2025)))
    uneven = rising["value"] * np.where(rising["period"].astype(int) % 2, 1.0, 1.002)
    chance = goals(rising.assign(value=uneven)).set_index("metric")["p_reach"]
    assert chance["gross_margin"] > 0.95
    assert chance["dso_days"] == pytest.approx(1 - chance["gross_margin"], abs=0.02)


def test_the_plans_own_limits_come_last():
    choices = TargetChoices.model_validate(
        {
            "supporting": [
                {"metric": "orders_per_customer", "bounds": [0, 2.5], "owner": "Li"},
                {"metric": "gross_margin", "bounds": [0.45, 1]},
            ]
        }
    )
    table = goals(choices=choices).set_index("metric")
    assert table.loc["orders_per_customer", "target"] <= 2.5
    assert table.loc["orders_per_customer", "owner"] == "Li"
    assert table.loc["gross_margin", "target"] == 0.45
    assert table.loc["gross_margin", "p_reach"] < goals().set_index("metric").loc["gross_margin", "p_reach"]


def test_a_short_past_gives_no_probability_and_no_tree():
    table = goals(kpis(years=3)).set_index("metric")
    assert table.loc[list(YEARLY), "p_reach"].isna().all()
    assert table.loc["net_sales", "p_reach"] == 0.5
    alone = targets.say_supporting(table.reset_index().query("metric in ['net_sales', 'growth']"), words=EN).text
    assert alone.startswith("Two whole years")
    short = targets.driver_years(active(years=1), calendar=CALENDAR, before="2025")
    assert short.empty
    assert targets.driver_years(active(years=2), calendar=CALENDAR, before="2025")["year"].tolist() == ["2025"]


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


def independent(*, parts: int = 9, draws: int = 40_000, tie: float = 0.0) -> pd.DataFrame:
    """Sample paths of regions that share ``tie`` of their variance, and of the company they sum to."""
    rng = np.random.default_rng(8)
    shared = rng.normal(size=draws)
    own = np.sqrt(tie) * shared + np.sqrt(1 - tie) * rng.normal(size=(parts, draws))
    cents = np.rint(1e8 * (1 + 0.1 * own))
    rows = [("region", f"R{n}", cents[n]) for n in range(parts)] + [("total", "total", cents.sum(axis=0))]
    frames = [
        pd.DataFrame({"dimension": d, "member": m, "period": "2026-01", "draw": range(draws), "planned": values})
        for d, m, values in rows
    ]
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize("tie", [0.0, 0.4])
def test_parts_of_one_probability_make_a_whole_of_another(tie):
    """Normal parts: the sum of the goals lies √parts deviations of the whole away, as far as they are not tied."""
    parts, choices = 9, TargetChoices(commit=0.8, target=0.6, stretch=0.25)
    table = targets.agreement(independent(parts=parts, tie=tie), choices=choices)
    far = math.sqrt(parts / (1 + (parts - 1) * tie))
    normal = statistics.NormalDist()
    for row in table.to_dict("records"):
        if row["given"] == "each":
            assert row["p_whole"] == pytest.approx(normal.cdf(far * normal.inv_cdf(row["p_each"])), abs=0.01)
        else:
            assert row["p_each"] == pytest.approx(normal.cdf(normal.inv_cdf(row["p_whole"]) / far), abs=0.01)
        if tie == 0:
            assert row["p_all"] == pytest.approx(row["p_each"] ** parts, abs=0.01)
    back = table[table["given"] == "whole"].sort_values("p_whole")
    assert back["amount"].is_monotonic_decreasing


def cells(*, goal: float = 1200.0) -> pd.DataFrame:
    share = np.array([1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 4]) / 18
    rows = [(f"2026-{m + 1:02d}", round(goal * s, 2)) for m, s in enumerate(share)]
    table = pd.DataFrame(rows, columns=["period", "target"])
    return table.assign(product="A", region="R", customer_group="G", channel="C")


def test_room_is_where_the_market_is_used_less_than_elsewhere():
    months = CALENDAR.months("2025")
    cube = pd.DataFrame(
        [(m, r, 10_000 * n) for m in months for r, n in (("N", 3), ("S", 1))],
        columns=["period", "region", "net_sales_cents"],
    )
    market = pd.DataFrame(
        [("2025", "region", r, 12 * 400_000) for r in ("N", "S")] + [("2024", "region", "N", 1)],
        columns=["year", "dimension", "member", "market_size_cents"],
    )
    table = targets.potential(cube, market, calendar=CALENDAR, before="2025").set_index("member")
    assert table["potential_index"].to_dict() == pytest.approx({"N": 1.5, "S": 0.5})
    assert table["white_space"].to_dict() == {"N": 0.0, "S": 1200.0}
    assert table["year"].eq("2025").all()
    assert targets.potential(cube, None, calendar=CALENDAR, before="2025").empty
    assert "market" in targets.say_potential(table.head(0), words=EN).text.lower()


def scored(*, tied: bool, seed: int = 4) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of 400 customers in 2024, and who bought in 2025: one in five left; of the unhappy, where tied, two."""
    rng = np.random.default_rng(seed)
    score = rng.integers(1, 6, 400)
    left = rng.random(400) < np.where(tied & (score < 3), 0.4, 0.1 if tied else 0.2)
    names = [f"C{n}" for n in range(400)]
    feedback = pd.DataFrame({"date": pd.Timestamp("2024-05-01"), "customer_id": names, "score": score})
    rows = [("2024-03", c) for c in names] + [("2025-03", c) for c, gone in zip(names, left, strict=True) if not gone]
    return feedback, pd.DataFrame(rows, columns=["period", "customer_id"])


def test_satisfaction_is_tied_to_churn_only_where_the_unhappy_leave_more_often():
    tie = targets.satisfaction(*scored(tied=True), calendar=CALENDAR, before="2025")
    assert tie["customers"].sum() == 400
    assert tie["p_value"].iloc[0] < 0.01
    assert (tie["low"] <= tie["churn_rate"]).all()
    known = kpis()
    known = pd.concat(
        [
            known[known["metric"] != "satisfaction"],
            known.query("metric == 'dso_days'").assign(metric="satisfaction", unit="score", value=4.0),
        ]
    )
    about = {"goal": 1.1 * LAST, "last_year": LAST, "p_goal": 0.5, "year": "2026", "before": "2025"}

    def wanted(tie: pd.DataFrame) -> float:
        table = targets.supporting(known, HISTORY, **about, choices=TargetChoices(), tie=tie).set_index("metric")
        return float(table.loc["satisfaction", "target"])

    assert wanted(tie) > 4.0
    worlds = [targets.satisfaction(*scored(tied=False, seed=s), calendar=CALENDAR, before="2025") for s in range(60)]
    shown = [float(table["p_value"].iloc[0]) < 0.05 for table in worlds]
    assert np.mean(shown) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
    free = worlds[shown.index(False)]
    assert wanted(free) == 4.0
    assert "no tie beyond chance" in targets.say_satisfaction(free, words=EN).text
    assert "follows" in targets.say_satisfaction(tie, words=EN).text


def test_without_scores_or_a_year_after_them_nothing_is_tied():
    feedback, active = scored(tied=True)
    assert targets.satisfaction(None, active, calendar=CALENDAR, before="2025").empty
    assert targets.satisfaction(feedback, active, calendar=CALENDAR, before="2024").empty
    assert targets.satisfaction(feedback.head(10), active, calendar=CALENDAR, before="2025").empty
    assert targets.say_satisfaction(
        targets.satisfaction(None, active, calendar=CALENDAR, before="2025"), words=EN
    ).checks


def test_the_matrix_of_letters_shows_what_fails_and_something_where_nothing_does():
    rows = [
        (goal, letter, not (goal == "churn_rate" and letter in "AR"))
        for goal in ("region/EC", "churn_rate")
        for letter in "SMART"
    ]
    table = pd.DataFrame(rows, columns=["target_id", "letter", "passed"])
    shown = targets.smart_matrix(table)
    assert shown["goal"].unique().tolist() == ["churn_rate"]
    assert shown.loc[~shown["passed"], "letter"].tolist() == ["A", "R"]
    assert targets.smart_matrix(table.assign(passed=True))["goal"].unique().tolist() == ["EC", "churn_rate"]


@pytest.mark.parametrize(("kept", "named"), [(0.9, 1.0), (1.0, 0.8), (0.95, 0.7)])
def test_the_tree_makes_what_has_to_be_ordered_where_goods_come_back_or_nobody_is_named(kept, named):
    """Named customers order 1 ÷ kept of their net sales; the books hold more than theirs."""
    rows = active()
    rows = rows.assign(sold_cents=(rows["net_sales_cents"] / kept).round().astype("int64"))
    years = targets.driver_years(rows, calendar=CALENDAR, before="2025")
    last = LAST / named
    table = targets.supporting(
        kpis(), years, goal=1.1 * last, last_year=last, p_goal=0.5, year="2026", before="2025", choices=TargetChoices()
    )
    own = table.set_index("metric")
    assert own.loc["average_order_value", "baseline"] == pytest.approx(
        years["sold"].iloc[-1] / years["orders"].iloc[-1]
    )
    made = own.loc[["customers", "orders_per_customer", "average_order_value"], "target"].prod()
    assert made == pytest.approx(1.1 * years["sold"].iloc[-1], rel=1e-6)
    told = targets.say_supporting(table, words=EN).text
    assert f"{EN.share(named / kept)} of net sales as in the last year" in told
    assert "as in the last year" not in targets.say_supporting(goals(), words=EN).text
