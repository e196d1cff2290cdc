"""SWOT: planted deviations come out in their quadrant, noise does not, and judgements stay judgements."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import stats, swot
from salesplan.config.models import Judgement
from salesplan.words import words

MONTHS = [f"2025-{m:02d}" for m in range(1, 13)]
EARLIER = [f"2024-{m:02d}" for m in range(1, 13)]
EN = words("en")


def cube(growth: dict[str, float], *, noise: float = 0.03, seed: int = 1) -> pd.DataFrame:
    random = stats.generator(seed, "swot")
    rows = [
        ("P", region, "G", "C", period, round(1e8 * np.exp(noise * random.normal()) * (1 + g * (period in MONTHS))))
        for region, g in growth.items()
        for period in EARLIER + MONTHS
    ]
    return pd.DataFrame(rows, columns=["product", "region", "customer_group", "channel", "period", "net_sales_cents"])


def test_planted_growth_gaps_come_out_as_strength_and_weakness_in_size() -> None:
    found = swot.deviations(cube({"up": 0.2, "down": -0.2, "a": 0.0, "b": 0.0}), months=MONTHS, earlier=EARLIER)
    rows = found[found["dimension"] == "region"].set_index("member")
    rest = {"up": 1.2 / (2.8 / 3) - 1, "down": 0.8 / (3.2 / 3) - 1}
    for member, truth in rest.items():
        assert rows.loc[member, "low"] - 0.01 < truth < rows.loc[member, "high"] + 0.01
    table = swot.items([found], words=EN)
    accepted = table[table["accepted"]].set_index("item_id")["quadrant"]
    assert accepted["ORDERS-REGION-UP"] == "strength"
    assert accepted["ORDERS-REGION-DOWN"] == "weakness"


def test_pure_noise_is_seldom_accepted() -> None:
    accepted = 0
    for seed in range(40):
        flat = cube(dict.fromkeys("abcde", 0.0), noise=0.05, seed=seed)
        accepted += int(swot.items([swot.deviations(flat, months=MONTHS, earlier=EARLIER)], words=EN)["accepted"].any())
    assert accepted <= 10


def test_a_growing_and_a_shrinking_market_are_opportunity_and_threat() -> None:
    size = {"grows": 1.15, "shrinks": 0.9, "stays": 1.02}
    random = stats.generator(3, "market")
    market = pd.DataFrame(
        [
            (str(year), "product", member, int(1e12 * rate ** (year - 2021) * (1 + 0.002 * random.normal())))
            for member, rate in size.items()
            for year in range(2021, 2026)
        ],
        columns=["year", "dimension", "member", "market_size_cents"],
    )
    moves = swot.market_moves(market, years=[str(y) for y in range(2021, 2026)])
    quadrants = swot.items([moves], words=EN).set_index("item_id")["quadrant"]
    assert quadrants["MARKET-PRODUCT-GROWS"] == "opportunity"
    assert quadrants["MARKET-PRODUCT-SHRINKS"] == "threat"


def test_an_undercutting_competitor_is_a_threat() -> None:
    day = pd.date_range("2025-01-31", periods=12, freq="ME")
    offers = pd.DataFrame({"date": day, "competitor": "X", "price_index": np.linspace(0.88, 0.92, 12)})
    moves = swot.price_pressure(offers, since=pd.Timestamp("2025-01-01"))
    assert moves["effect"].tolist() == pytest.approx([-0.1])
    assert swot.items([moves], words=EN)["quadrant"].tolist() == ["threat"]


def test_outside_factors_keep_their_own_range_and_expire() -> None:
    register = pd.DataFrame(
        {
            "factor": ["F1", "F2", "F3"],
            "scope": ["region=N", "", ""],
            "low": [0.01, -0.05, 0.02],
            "high": [0.03, 0.01, 0.04],
            "amount_low": [100.0, -500.0, 200.0],
            "amount_high": [300.0, 100.0, 400.0],
            "state": ["current", "current", "expired"],
        }
    )
    table = swot.items([swot.from_review(environment=register)], words=EN)
    assert table["item_id"].tolist() == ["ENVIRONMENT-FACTOR-F1"]
    assert table.loc[0, ["effect", "stake", "scope"]].tolist() == [pytest.approx(0.02), 300.0, "region=N"]
    assert table["q_value"].isna().all()


def voices(change: float, p_value: float) -> pd.DataFrame:
    about = {"metric": "satisfaction", "dimension": "region", "member": "S", "unit": "score"}
    return pd.DataFrame([{**about, "change": change, "low": change - 0.1, "high": change + 0.1, "p_value": p_value}])


def test_what_the_review_found_lands_inside_or_outside_on_the_right_side() -> None:
    row = {"p_value": 0.001, "low": 0.1, "high": 0.3}
    tables = {
        "strategies": pd.DataFrame([{"strategy_id": "A1", "effect": 5e6, "low": 2e6, "high": 8e6, "p_value": 0.01}]),
        "broken": pd.DataFrame(
            [{"slice": "region=N, product=K", "amount": -9e6, "low": -12e6, "high": -6e6, "p_value": 0.01}]
        ),
        "lost": pd.DataFrame([{"customer_id": "C1", "amount": 4e6, "p_value": 1e-6}]),
        "quality": pd.DataFrame(
            [{"metric": "closing_share", "dimension": "channel", "member": "DIS", "period": "2025Q4", "unit": "share"}]
        ).assign(value=0.3, usual=0.2, low=0.15, high=0.25, p_value=0.001, amount=1e6),
        "signals": voices(0.3, 0.001),
        "funnel": pd.DataFrame([{"stage": "lead", "conversion": 0.3, "prior": 0.6, "amount": 1e5, **row}]).assign(
            low=0.2, high=0.4
        ),
        "competitors": pd.DataFrame([{"competitor": "X", "member": "K", "change": -0.1, "p_value": 0.001}]).assign(
            low=-0.12, high=-0.08
        ),
    }
    table = swot.items([swot.from_review(**tables)], words=EN)
    quadrants = table.set_index("item_id")["quadrant"].to_dict()
    assert quadrants == {
        "ACTIVITIES-NET_SALES-STRATEGY-A1": "strength",
        "ORDERS-NET_SALES-SLICE-REGION=N, PRODUCT=K": "weakness",
        "ORDERS-NET_SALES-CUSTOMER-C1": "weakness",
        "ORDERS-CLOSING_SHARE-CHANNEL-DIS": "weakness",
        "FEEDBACK-SATISFACTION-REGION-S": "strength",
        "PIPELINE-CONVERSION-STAGE-LEAD": "weakness",
        "COMPETITORS-PRICE_INDEX-COMPETITOR-X / K": "threat",
    }
    assert table["accepted"].all()
    with pytest.raises(TypeError, match="no evidence is read from rumours"):
        swot.from_review(rumours=voices(0.3, 0.1))


def test_an_item_goes_with_its_evidence() -> None:
    there, gone = (swot.items([swot.from_review(signals=s)], words=EN) for s in (voices(0.3, 0.001), voices(0.0, 0.9)))
    assert there["item_id"].tolist() == ["FEEDBACK-SATISFACTION-REGION-S"]
    assert gone.empty


def test_two_findings_of_one_member_are_one_item_that_names_both() -> None:
    grown = swot.deviations(cube({"S": 0.3, "a": 0.0, "b": 0.0}), months=MONTHS, earlier=EARLIER)
    table = swot.items([grown, swot.from_review(signals=voices(0.3, 0.01))], words=EN)
    own = table[(table["scope"] == "region=S") & (table["quadrant"] == "strength")]
    assert len(own) == 1
    assert own["merged"].iloc[0] == "FEEDBACK-SATISFACTION-REGION-S"


def test_a_judgement_that_the_data_contradict_does_not_stand() -> None:
    about = {"claim": "Customers in the south are content", "source": "visits", "metric": "satisfaction"}
    ours = Judgement(quadrant="strength", scope={"region": "S"}, **about)
    other = Judgement(quadrant="strength", scope={"region": "N"}, **about)
    table = swot.items([swot.from_review(signals=voices(-0.4, 0.001))], [ours, other], words=EN).set_index("item_id")
    assert table.loc["J1", "refuted_by"] == "FEEDBACK-SATISFACTION-REGION-S"
    assert not table.loc["J1", "accepted"]
    assert table.loc["J2", "accepted"]
    assert "Customers in the south" in swot.say_items(table.reset_index(), words=EN).text


def test_judgements_are_named_as_such_and_speak_the_plan_s_language() -> None:
    claim = {"en": "Strong brand", "zh": "品牌强"}
    ours = Judgement(quadrant="strength", claim=claim, source="survey", confidence=0.6)
    table = swot.items([], [ours], words=words("zh"))
    assert table.loc[0, ["claim", "origin", "confidence"]].tolist() == ["品牌强", "judgement", 0.6]
    assert table["effect"].isna().all()
    assert len(swot.say_items(table, words=words("zh")).checks) == 4


@given(st.permutations(list(range(48))))
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    frame = cube({"up": 0.2, "down": -0.2})
    one = swot.items([swot.deviations(frame, months=MONTHS, earlier=EARLIER)], words=EN)
    other = swot.items([swot.deviations(frame.iloc[order], months=MONTHS, earlier=EARLIER)], words=EN)
    pd.testing.assert_frame_equal(one, other)
