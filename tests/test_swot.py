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
        columns=["period", "dimension", "member", "market_size_cents"],
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


def test_four_in_five_intervals_of_satisfaction_hold_the_planted_fall() -> None:
    days = pd.date_range("2024-01-01", "2025-12-31", freq="7D")
    since, before = pd.Timestamp("2025-01-01"), pd.Timestamp("2024-01-01")
    held = 0
    for seed in range(200):
        score = np.where(days.year == 2024, 8.0, 7.4) + stats.generator(seed, "voice").normal(size=len(days))
        moves = swot.customers_voice(pd.DataFrame({"date": days, "score": score}), since=since, before=before)
        held += int(moves["low"].iloc[0] < -0.6 < moves["high"].iloc[0])
    # binomial(200, 0.8): 0.1 % to 99.9 %
    assert 142 <= held <= 177


def test_outside_factors_keep_their_own_range_and_expire() -> None:
    factors = pd.DataFrame(
        {
            "factor": ["F1", "F2", "F3"],
            "low": [0.01, -0.05, 0.02],
            "high": [0.03, 0.01, 0.04],
            "review_date": pd.to_datetime(["2026-06-30", "2026-06-30", "2025-01-01"]),
        }
    )
    table = swot.items([swot.outlook(factors, as_of=pd.Timestamp("2025-12-31"))], words=EN)
    assert table["item_id"].tolist() == ["ENVIRONMENT-FACTOR-F1"]
    assert table["effect"].tolist() == pytest.approx([0.02])
    assert table["q_value"].isna().all()


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
