"""What moved margin and price: parts that sum exactly, planted changes found, words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import review
from salesplan.periods import FiscalCalendar
from salesplan.words import LANGUAGES, words

CALENDAR = FiscalCalendar()
YEAR = review.window("2025Q4", calendar=CALENDAR)


def cube(margins: dict[str, tuple[float, float]], *, noise: float = 0.01, seed: int = 1) -> pd.DataFrame:
    """Two years of months: per product a margin in each, scattering; list prices a quarter above."""
    rng = np.random.default_rng(seed)
    rows = []
    for product, (before, now) in margins.items():
        size = float(rng.uniform(1, 3))
        for months, margin in ((YEAR.earlier, before), (YEAR.months, now)):
            for month in months:
                sales = round(1e6 * size * float(np.exp(rng.normal(0, 0.1))))
                cost = round(sales * (1 - margin - float(rng.normal(0, noise))))
                rows.append((month, product, sales, cost, round(1.25 * sales)))
    table = pd.DataFrame(rows, columns=["period", "product", "net_sales_cents", "cost_cents", "list_cents"])
    return table.assign(region="R", customer_group="G", channel="C")


def test_whose_margin_fell_is_found():
    table = review.causes.ratios(cube({"A": (0.4, 0.35), "B": (0.4, 0.4), "C": (0.3, 0.3)}), None, window=YEAR)
    own = table[(table["metric"] == "gross_margin") & (table["dimension"] == "product")].set_index("member")
    assert own["verdict"].to_dict() == {"A": "fell", "B": "as before", "C": "as before"}
    assert own.loc["A", "value"] == pytest.approx(0.35, abs=0.01)


def test_of_noise_little_is_said():
    calm = dict.fromkeys("ABCDE", (0.4, 0.4))
    verdicts = [review.causes.ratios(cube(calm, seed=seed), None, window=YEAR)["verdict"] for seed in range(40)]
    assert sum(v.isin(["rose", "fell"]).any() for v in verdicts) <= 11  # 4 to be expected


@given(st.dictionaries(st.sampled_from("ABCDEF"), st.tuples(st.floats(-0.5, 0.9), st.floats(-0.5, 0.9)), min_size=2))
def test_own_rates_and_mix_sum_to_the_change_of_the_whole(margins):
    table = review.causes.ratios(cube(margins), None, window=YEAR)
    for _, part in table.groupby("metric"):
        whole = part[part["dimension"] == "total"].iloc[0]
        for _, members in part[part["dimension"] != "total"].groupby("dimension"):
            parts = members["own_effect"].sum() + members["mix_effect"].sum()
            assert parts == pytest.approx(whole["value"] - whole["prior"], abs=1e-9)


def test_a_product_sold_in_one_year_only_adds_up_too():
    frame = cube({"A": (0.4, 0.35), "B": (0.4, 0.4), "N": (0.2, 0.2)})
    frame = frame[(frame["product"] != "N") | frame["period"].isin(YEAR.months)]
    table = review.causes.ratios(frame, None, window=YEAR)
    margin = table[table["metric"] == "gross_margin"]
    parts = margin.loc[margin["dimension"] == "product", ["own_effect", "mix_effect"]].sum().sum()
    whole = margin[margin["dimension"] == "total"].iloc[0]
    assert parts == pytest.approx(whole["value"] - whole["prior"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told(language):
    speaker = words(language)
    table = review.causes.ratios(cube({"A": (0.4, 0.3), "B": (0.4, 0.4)}), None, window=YEAR)
    text = review.causes.say_ratios(table, words=speaker).text
    assert speaker.share(table["value"].iloc[0]) in text
    bare = cube({"A": (0.4, 0.3)}).assign(cost_cents=pd.NA, list_cents=pd.NA)
    told = review.causes.say_ratios(review.causes.ratios(bare, None, window=YEAR), words=speaker)
    assert told.checks[0].passed is None


def test_who_pays_later_is_found_and_its_parts_add_up():
    rng = np.random.default_rng(2)
    dues = cube({"A": (0.4, 0.4), "B": (0.4, 0.4)})[["period", "product", "region", "customer_group", "channel"]]
    dues = dues.assign(due_cents=rng.integers(9 * 10**5, 11 * 10**5, len(dues)))
    late = (dues["product"] == "B") & dues["period"].isin(YEAR.months)
    dues["paid_cents"] = (dues["due_cents"] * (np.where(late, 0.6, 0.8) + rng.normal(0, 0.02, len(dues)))).round()
    table = review.causes.ratios(cube({"A": (0.4, 0.4)}), dues, window=YEAR)
    paid = table[table["metric"] == "paid_in_time"].set_index("member")
    assert paid.loc[["A", "B"], "verdict"].tolist() == ["as before", "fell"]
    moved = paid.loc["total", "value"] - paid.loc["total", "prior"]
    assert paid.loc[["A", "B"], ["own_effect", "mix_effect"]].to_numpy().sum() == pytest.approx(moved)
