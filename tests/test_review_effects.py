"""What worked: published effects to the printed digit, planted ones found, nothing claimed of noise."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import review
from salesplan.periods import FiscalCalendar
from salesplan.review.effects import claims_kept, say_strategy_effects, strategy_effects
from salesplan.review.effects.synthetic import synthetic_effects
from salesplan.words import LANGUAGES, words
from tests.conftest import ROOT, fewer
from tools.worlds import Push, pushed_world

CALENDAR = FiscalCalendar()
GIVEN = {"calendar": CALENDAR, "seed": 1}
REFERENCES = ROOT.parent / "shared" / "data" / "method_references"
NOBODY = pd.DataFrame({"period": [], "customer_id": [], "net_sales_cents": []})


def reference(name: str, **how) -> pd.DataFrame:
    place = REFERENCES / name
    if not place.exists():
        pytest.skip(f"{name} is not beside the repository")
    return pd.read_csv(place, **how)


def judged(push: Push, seed: int, **shape) -> tuple[pd.Series, float]:
    """The row of the one strategy, and what would have been sold without it [currency units]."""
    cube, activities = pushed_world(push, seed=seed, **shape)
    region = activities["region"].iloc[0]
    ran = cube[(cube["region"] == region) & (cube["period"] >= activities["start"].iloc[0].strftime("%Y-%m"))]
    return strategy_effects(cube, activities, active=NOBODY, **GIVEN).iloc[0], ran["net_sales_cents"].sum() / 100 / (
        1 + push.lift
    )


def test_proposition_99_is_reproduced_to_the_printed_digits():
    sold = reference("prop99/california_prop99.csv", sep=";")
    panel = sold.pivot(index="Year", columns="State", values="PacksPerCapita")
    found = synthetic_effects(panel, treated=["California"], first=1989)
    # Arkhangelsky and others (2021), table 1, and the Stata command sdid: -27.35, -19.48 to -19.6, -15.60
    assert round(found["did"], 2) == -27.35
    assert round(found["synthetic_control"], 1) == -19.5
    assert round(found["synthetic_did"], 1) == -15.6


def test_the_simulated_intervention_lies_within_the_interval():
    panel = reference("geolift_simulated/geolift.csv", index_col=0)
    about = {"first": "2022-01-01", "designs": ("synthetic_did",)}
    found = synthetic_effects(panel, treated=["Denmark"], **about)["synthetic_did"]
    rest = panel.drop(columns="Denmark")
    placebos = [abs(synthetic_effects(rest, treated=[c], **about)["synthetic_did"]) for c in rest]
    assert abs(found - 0.2) <= max(placebos) < found  # planted: 0.2; and it is more than any placebo


@given(st.integers(0, 10_000), st.floats(-5, 5))
def test_an_effect_added_to_the_treated_is_added_to_every_estimate(seed, size):
    rng = np.random.default_rng(seed)
    panel = pd.DataFrame(rng.normal(10, 1, (20, 6)).cumsum(axis=0), columns=list("abcdef"))
    plain = synthetic_effects(panel, treated=["a"], first=15)
    moved = panel.assign(a=panel["a"] + np.where(panel.index >= 15, size, 0.0))
    for design, effect in synthetic_effects(moved, treated=["a"], first=15).items():
        assert effect == pytest.approx(plain[design] + size, abs=1e-6)


def test_a_panel_without_comparison_is_refused():
    panel = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    with pytest.raises(ValueError, match="comparison"):
        synthetic_effects(panel, treated=["a"], first=2)


@pytest.mark.parametrize("chosen", ["any", "fallen"])
def test_of_strategies_that_did_nothing_few_are_said_to_have_worked(chosen):
    # 40 worlds here, 300 in `make calibrate` (docs/calibration.md); above 9 of 40 lies chance 0.005 at the 10 % level
    verdicts = [judged(Push(chosen=chosen), seed)[0]["verdict"] for seed in range(40)]
    assert verdicts.count("worked") <= 9


def test_what_is_twice_the_smallest_visible_effect_is_found():
    least = np.median([row["minimum_detectable"] / sold for row, sold in (judged(Push(), s) for s in range(10))])
    found = [judged(Push(lift=2 * least), seed)[0]["verdict"] for seed in range(20)]
    assert found.count("worked") >= 16


def test_the_interval_holds_what_was_planted():
    rows = [judged(Push(lift=0.3), seed) for seed in range(30)]
    held = [row["low"] <= 0.3 * sold <= row["high"] for row, sold in rows]
    assert sum(held) >= 23  # 27 to be expected; below 23 lies chance 0.02


def test_with_many_members_and_months_synthetic_weights_are_tried():
    designs = {judged(Push(), seed, regions=14)[0]["design"] for seed in range(5)}
    assert "synthetic_did" in designs


@fewer
@given(st.integers(0, 200), st.randoms(use_true_random=False), st.sampled_from([2.0, 10.0]))
def test_the_order_of_rows_and_the_unit_of_money_change_nothing(seed, chance, times):
    cube, activities = pushed_world(Push(lift=0.2), seed=seed)
    order = list(range(len(cube)))
    chance.shuffle(order)
    other = cube.iloc[order].assign(net_sales_cents=cube["net_sales_cents"] * times)
    one, two = (strategy_effects(c, activities, active=NOBODY, **GIVEN).iloc[0] for c in (cube, other))
    assert two["p_value"] == one["p_value"]
    assert two["effect"] == pytest.approx(times * one["effect"], abs=0.01 * times)  # both in whole cents


def shops(*, lift: float = 0.0, seed: int = 1, listed: int = 30) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A thousand shops over three years, each year's sales by chance around a shop's own; a list of those that fell
    most in the second year, and in the third this lift for them."""
    rng = np.random.default_rng(seed)
    own = rng.normal(13, 0.8, 1000)
    years = [np.exp(own + rng.normal(0, 0.4, 1000)) for _ in range(3)]
    named = np.argsort(years[1] - years[0])[:listed]
    years[2][named] *= 1 + lift
    ids = [f"C{n:04d}" for n in range(1000)]
    months = [(f"{2023 + year}-{month:02d}", sold / 12) for year, sold in enumerate(years) for month in range(1, 13)]
    parts = [pd.DataFrame({"period": month, "customer_id": ids, "net_sales_cents": sold}) for month, sold in months]
    active = pd.concat(parts, ignore_index=True)
    about = {"start": pd.Timestamp("2025-01-01"), "end": pd.Timestamp("2025-12-31"), "claimed_effect_cents": 10**7}
    named_ids = "; ".join(ids[n] for n in named)
    return active, pd.DataFrame([{"activity_id": "V", "lever": "customer", "customer_id": named_ids, **about}])


def cube_of(active: pd.DataFrame) -> pd.DataFrame:
    return active.groupby("period", as_index=False)["net_sales_cents"].sum().assign(product="P", region="R")


def test_a_list_of_declining_customers_with_no_action_shows_no_effect():
    rows = []
    for seed in range(20):
        active, activities = shops(seed=seed)
        sold = active[active["customer_id"].isin(activities["customer_id"].iloc[0].split("; "))]
        by_year = sold.groupby(sold["period"].str[:4])["net_sales_cents"].sum()
        assert by_year["2025"] > 1.1 * by_year["2024"]  # the plain comparison would cheer
        rows.append(strategy_effects(cube_of(active), activities, active=active, **GIVEN).iloc[0])
    table = pd.DataFrame(rows)
    assert (table["design"] == "matched").all()
    assert (table["verdict"] == "worked").sum() <= 5  # 1 to be expected
    assert table["effect"].mean() == pytest.approx(0, abs=2 * table["effect"].std() / np.sqrt(len(table)) + 1)


def test_an_action_for_named_customers_is_found():
    for seed in range(3):
        active, activities = shops(lift=1.0, seed=seed)
        row = strategy_effects(cube_of(active), activities, active=active, **GIVEN).iloc[0]
        named = active["customer_id"].isin(activities["customer_id"].iloc[0].split("; "))
        truth = active.loc[named & active["period"].str.startswith("2025"), "net_sales_cents"].sum() / 100 / 2
        assert row["verdict"] == "worked"
        assert row["low"] <= truth <= row["high"]


@pytest.mark.parametrize(("cost", "verdict"), [(None, "did not work"), (10**5, "cannot tell")])
def test_did_not_work_is_said_where_the_interval_excludes_what_would_have_been_worth_while(cost, verdict):
    """Without a cost half the claim decides; a strategy that cost little may still have paid."""
    cube, activities = pushed_world(Push(), seed=3)
    cube = cube.assign(cost_cents=0.5 * cube["net_sales_cents"])
    row = strategy_effects(cube, activities, active=NOBODY, **GIVEN).iloc[0]
    claim = round(200 * (row["high"] + 1))
    again = strategy_effects(
        cube, activities.assign(claimed_effect_cents=claim, cost_cents=cost), active=NOBODY, **GIVEN
    ).iloc[0]
    assert again["verdict"] == verdict
    assert again["worth"] == pytest.approx(claim / 200 if cost is None else 2000, rel=0.01)
    half = activities.assign(claimed_effect_cents=round(180 * row["high"]))
    assert strategy_effects(cube, half, active=NOBODY, **GIVEN).iloc[0]["verdict"] == "cannot tell"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"region": None}, "effect_alone"),
        ({"region": "R0, R1, R2, R3, R4, R5, R6"}, "effect_alone"),
        ({"region": "elsewhere"}, "effect_unsold"),
        ({"start": pd.Timestamp("2025-12-20")}, "effect_not_yet"),
        ({"start": pd.Timestamp("2021-06-01"), "end": pd.Timestamp("2021-12-31")}, "effect_short"),
    ],
)
def test_where_there_is_no_comparison_it_says_why(change, reason):
    cube, activities = pushed_world(Push(), seed=3)
    row = strategy_effects(cube, activities.assign(**change), active=NOBODY, **GIVEN).iloc[0]
    assert (row["verdict"], row["reason"]) == ("cannot tell", reason)
    assert np.isnan(row["effect"])


def test_two_years_of_books_allow_no_verdict():
    cube, activities = pushed_world(Push(lift=3.0), seed=3, years=2)
    row = strategy_effects(cube, activities, active=NOBODY, **GIVEN).iloc[0]
    assert (row["verdict"], row["reason"]) == ("cannot tell", "effect_few")


def test_another_strategy_in_a_member_takes_it_out_of_the_comparison():
    cube, activities = pushed_world(Push(), seed=4)
    region = activities["region"].iloc[0]
    other = "R1" if region != "R1" else "R2"
    boosted = (cube["region"] == other) & (cube["period"] >= "2025-03")
    lifted = cube.assign(net_sales_cents=cube["net_sales_cents"].where(~boosted, 5 * cube["net_sales_cents"]))
    both = pd.concat([activities, activities.assign(activity_id="A2", region=other)])
    alone = strategy_effects(cube, both, active=NOBODY, **GIVEN).iloc[0]
    beside = strategy_effects(lifted, both, active=NOBODY, **GIVEN).iloc[0]
    assert beside["effect"] == pytest.approx(alone["effect"])


def test_claims_add_up_and_come_true_by_their_share():
    cube, activities = pushed_world(Push(lift=0.4), seed=5)
    table = strategy_effects(cube, activities, active=NOBODY, **GIVEN)
    kept = claims_kept(table, activities).set_index("lever")
    assert list(kept.index) == ["market", "total"]
    assert kept.loc["total", "realised"] == pytest.approx(table["effect"].iloc[0] / 1e6)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_with_claim_and_range(language):
    cube, activities = pushed_world(Push(lift=0.6), seed=6)
    table = strategy_effects(cube, activities.assign(name="Samples"), active=NOBODY, **GIVEN)
    speaker = words(language)
    text = say_strategy_effects(
        table, claims_kept(table, activities), words=speaker, activities=activities.assign(name="Samples")
    ).text
    assert speaker.money(table["effect"].iloc[0], signed=True) in text
    assert "Samples" in text
    empty = strategy_effects(cube, None, active=NOBODY, **GIVEN)
    assert say_strategy_effects(empty, claims_kept(empty, None), words=speaker).checks[0].passed is None


def test_the_demo_is_judged_as_it_was_planted(annual):
    """Of what did nothing, nothing is claimed; what worked is found; every planted effect lies in its interval."""
    truth = json.loads((ROOT / "data" / "demo" / "TRUTH.json").read_text(encoding="utf-8"))["strategies"]
    table = pd.read_parquet(annual / "tables" / "review" / "strategy_effects.parquet").set_index("strategy_id")
    assert set(table.index) == set(truth)
    for name, planted in truth.items():
        row = table.loc[name]
        brought = planted["brought"].get(row["window"][:4], 0.0)
        assert (row["verdict"] == "worked") == (planted["verdict"] == "worked"), name
        if planted["verdict"] not in ("cannibalised",):
            assert row["low"] <= brought <= row["high"], name


def test_the_section_is_part_of_the_public_review():
    assert review.effects.strategy_effects is strategy_effects
