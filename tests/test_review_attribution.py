"""Why the target was missed: exact sums for anything, planted causes found, and silence where nothing is known."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import review, stats
from salesplan.periods import FiscalCalendar
from salesplan.review.causes import Knowledge, attribution, attribution_details, attribution_steps, say_attribution
from salesplan.words import LANGUAGES, words
from tests.conftest import ROOT

CALENDAR = FiscalCalendar()
YEAR = review.window("2025Q4", calendar=CALENDAR)
GIVEN = {"window": YEAR, "calendar": CALENDAR}
NO_STRATEGIES = pd.DataFrame({c: [] for c in ("strategy_id", "window", "claimed", "effect", "low", "high")})
NOT_BROKEN = pd.DataFrame({c: [] for c in ("slice", "amount", "low", "high", "verdict")})
NOBODY = pd.DataFrame({"customer_id": [], "amount": []})
SURE = 1e-9  # error of a forecast that is none
ORDINARY = pd.DataFrame(
    {c: [] for c in ("metric", "member", "period", "verdict", "amount", "value", "usual", "low", "high")}
)


def cube(base: dict[str, int]) -> pd.DataFrame:
    rows = [("2024-05", p, c) for p, c in base.items()]
    return pd.DataFrame(rows, columns=["period", "product", "net_sales_cents"]).assign(region="R")


def reached(actual: float, target: float) -> pd.DataFrame:
    return pd.DataFrame(
        [{"dimension": "total", "member": "total", "level": "year", "actual": actual, "target": target}]
    )


def assumed(growth: dict[str, float], *, claims: float | None = None, vintage: str = "2024Q4") -> pd.DataFrame:
    rows = [{"vintage": vintage, "item": "market_growth", "value": g, "category": p} for p, g in growth.items()]
    rows += [] if claims is None else [{"vintage": vintage, "item": "initiatives", "value": claims, "category": None}]
    return pd.DataFrame(rows).assign(period="2025")


def known(
    markets: dict[str, float],
    *,
    strategies=NO_STRATEGIES,
    broken=NOT_BROKEN,
    accounts=NOBODY,
    quality=ORDINARY,
    unseen: float = 0.0,
    before: dict[str, float] | None = None,
) -> Knowledge:
    now, then = (
        pd.DataFrame(
            [{"dimension": "product", "member": p, "market_growth": g} for p, g in growth.items()],
            columns=["dimension", "member", "market_growth"],
        )
        for growth in (markets, before or {})
    )
    return Knowledge(now, then, strategies, broken, accounts, 0.0, quality, unseen)


def test_each_cause_gets_what_was_planted():
    # base 1,000 and 500; assumed 10 % and 0 %; the market brought 4 % and −2 %; claims of 100 of which 30 came
    ran = pd.DataFrame([("A", "2025-02/2025-12", 100.0, 30.0, 10.0, 50.0)], columns=list(NO_STRATEGIES))
    rows = [("product=K", -70.0, -90.0, -55.0, "cause"), ("region=R", 5.0, 1.0, 9.0, "chance")]
    slices = pd.DataFrame(rows, columns=list(NOT_BROKEN))
    moved = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "amount": [-20.0, -1.0, 30.0]})
    about = known({"K": 0.04, "L": -0.02}, strategies=ran, broken=slices, accounts=moved)
    details = attribution_details(
        reached(1_600.0, 1_800.0),
        assumed({"K": 0.1, "L": 0.0}),
        cube=cube({"K": 100_000, "L": 50_000}),
        known=about,
        foreseen=(160_000.0, SURE),
        **GIVEN,
    )
    table = attribution(details).set_index("cause")
    assert table["amount"].to_dict() == {
        "target": -(1_800 - 1_600 - 100),
        "market": -60 - 10,
        "initiatives": -70,
        "execution": -70 - 20 + 30,  # the second customer is too small to be a cause of its own
        "noise": 100,
    }
    assert table.loc["initiatives", ["low", "high"]].tolist() == [-90, -50]
    accounts = 1.645 * 0.3 * np.array([20, 30])
    half = np.sqrt(17.5**2 + (accounts**2).sum())
    ends = [-60 - 2.5 - half, -60 - 2.5 + half]
    assert table.loc["execution", ["low", "high"]].tolist() == pytest.approx(ends, abs=0.02)
    assert (table["high"] > table["low"]).drop("target").all()
    assert details["amount"].sum() == pytest.approx(-200)


def test_what_could_be_forecast_counts_and_not_last_year_times_an_assumed_rate():
    """A company that grew 8 % beyond its market for years was to be expected to, and its market as assumed."""
    about = known({"K": 0.02}, before={"K": 0.05})
    details = attribution_details(
        reached(1_100.0, 1_300.0),
        assumed({"K": 0.03}),
        cube=cube({"K": 100_000}),
        known=about,
        foreseen=(113_000.0, SURE),
        **GIVEN,
    )
    table = attribution(details).set_index("cause")["amount"]
    assert table["target"] == pytest.approx(-(1_300 - (1_130 + 30 - 50)))
    assert table["market"] == pytest.approx(-10)
    assert table["noise"] == pytest.approx(-200 + 190 + 10)


@pytest.mark.parametrize("seed", range(3))
def test_ranges_hold_what_was_planted_as_often_as_they_say(seed):
    """Companies whose forecast, market, break and noise are drawn; of each cause the range holds the truth."""
    rng, held = np.random.default_rng(seed), []
    for _ in range(200):
        error, off, noise = rng.normal(0, 50), rng.normal(0, 20), rng.normal(0, 50)
        truth = {"target": -150.0 - error, "market": -30.0 + rng.normal(0, 7.5), "execution": off}
        actual = 1_300 + sum(truth.values()) + noise
        about = known({"K": 0.0}, unseen=20.0)
        details = attribution_details(
            reached(actual, 1_300.0),
            assumed({"K": 0.03}),
            cube=cube({"K": 100_000}),
            known=about,
            foreseen=(100 * (1_300.0 - 150.0), 50 * np.sqrt(2) / 1_150),
            **GIVEN,
        )
        table = attribution(details).set_index("cause")
        truth["noise"] = noise
        held.append([bool(table.loc[c, "low"] <= t <= table.loc[c, "high"]) for c, t in truth.items()])
    assert (np.mean(held, axis=0) > 0.84).all()
    assert (np.mean(held, axis=0) < 0.96).all()


money = st.integers(-(10**9), 10**9)


@given(st.data())
def test_whatever_is_known_it_adds_up_to_the_cent(data):
    products = data.draw(st.lists(st.sampled_from("ABCDEF"), min_size=1, unique=True))
    rates = st.floats(-0.5, 0.9)
    base = {p: data.draw(st.integers(1, 10**12)) for p in products}
    ran = [("S", "2025-01/2025-06", data.draw(money) / 100, *sorted(data.draw(money) / 100 for _ in range(3)))]
    ran = pd.DataFrame(ran, columns=["strategy_id", "window", "claimed", "low", "effect", "high"])
    low, amount, high = sorted(data.draw(money) / 100 for _ in range(3))
    slices = pd.DataFrame([("product=A", amount, low, high, "cause")], columns=list(NOT_BROKEN))
    actual, target = (abs(data.draw(money)) / 100 for _ in range(2))
    about = known({p: data.draw(rates) for p in products}, strategies=ran, broken=slices)
    growth = assumed({p: data.draw(rates) for p in products})
    chance = data.draw(st.permutations(range(len(growth))))
    details = attribution_details(reached(actual, target), growth, cube=cube(base), known=about, **GIVEN)
    other = attribution_details(reached(actual, target), growth.iloc[chance], cube=cube(base), known=about, **GIVEN)
    table = attribution(details)
    gap = stats.cents(actual) - stats.cents(target)
    assert stats.cents(table["amount"]).sum() == gap == stats.cents(details["amount"]).sum()
    pd.testing.assert_frame_equal(table, attribution(other))
    assert (table["low"] <= table["high"] + 1e-6).all()
    steps = attribution_steps(table, reached(actual, target))
    assert steps["amount"].iloc[:-1].sum() == pytest.approx(steps["amount"].iloc[-1], abs=0.02)


@pytest.mark.parametrize(
    "about",
    [
        {"assumptions": None},
        {"assumptions": assumed({"K": 0.1}).assign(period="2024")},
        {"assumptions": assumed({"K": 0.1})},  # nothing assumed of L
        {"markets": {"K": 0.1}},  # the market of L is not known
        {"target": np.nan},
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_without_what_it_needs_nothing_is_told_apart(about, language):
    given_ = {"assumptions": assumed({"K": 0.1, "L": 0.1}), "markets": {"K": 0.1, "L": 0.1}, "target": 18.0} | about
    knowledge = known(given_["markets"])
    sold = cube({"K": 1_000, "L": 500})
    details = attribution_details(
        reached(16.0, given_["target"]), given_["assumptions"], cube=sold, known=knowledge, **GIVEN
    )
    table = attribution(details)
    assert table.empty
    told = say_attribution(table, details, words=words(language), gap=16.0 - given_["target"])
    assert told.checks[0].passed is None


def test_the_latest_vintage_counts_and_claims_of_the_assumptions_stand_in_for_strategies():
    both = pd.concat([assumed({"K": 0.5}, vintage="2023Q4"), assumed({"K": 0.1}, claims=1.2)])
    last = {**GIVEN, "foreseen": (1_100.0, SURE)}
    details = attribution_details(reached(10.0, 12.2), both, cube=cube({"K": 1_000}), known=known({"K": 0.1}), **last)
    amounts = details.set_index("cause")["amount"].to_dict()
    assert amounts == {"target": 0.0, "market": 0.0, "initiatives": -0.6, "execution": 0.0, "noise": -1.6}
    unknown = details.set_index("cause").loc["initiatives"]
    assert (unknown["low"], unknown["high"], unknown["measured"]) == (-1.2, 0.0, False)
    told = say_attribution(attribution(details), details, words=words("en"), gap=-2.2)
    assert "claims of ¥1.20 cannot be measured" in told.text
    assert "Most of initiatives" not in told.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_with_amounts_and_adds_up(language):
    speaker = words(language)
    details = attribution_details(
        reached(1_600.0, 1_800.0), assumed({"K": 0.1}), cube=cube({"K": 150_000}), known=known({"K": 0.02}), **GIVEN
    )
    table = attribution(details)
    told = say_attribution(table, details, words=speaker, gap=-200.0)
    assert told.checks[0].passed
    for amount in table.loc[table["amount"] != 0, "amount"]:
        assert speaker.money(amount, signed=True) in told.text
    assert say_attribution(table, details, words=speaker, gap=-199.0).checks[0].passed is False


def test_the_demos_planted_causes_lie_within_what_is_told(annual):
    planted = json.loads((ROOT / "data" / "demo" / "TRUTH.json").read_text(encoding="utf-8"))["missed"]
    causes = planted["causes"]
    table = pd.read_parquet(annual / "tables" / "review" / "attribution.parquet").set_index("cause")
    assert table["amount"].sum() == pytest.approx(planted["gap"], abs=0.01)
    for cause, name in (("target", "target_too_high"), ("market", "market")):
        assert table.loc[cause, "low"] <= causes[name] <= table.loc[cause, "high"]
    assert table.loc["market", "amount"] == pytest.approx(causes["market"], rel=0.05)
    own = sum(amount for name, amount in causes.items() if name.startswith("strategy"))
    assert table.loc["initiatives", "low"] <= own <= table.loc["initiatives", "high"]
    broke = sum(causes[name] for name in ("slice", "lost_account", "diversion", "pulled_forward"))
    assert table.loc["execution", "low"] <= broke <= table.loc["execution", "high"]
    rest = planted["gap"] - causes["target_too_high"] - causes["market"] - own - broke
    low, high = table.loc["noise", ["low", "high"]]
    assert abs(rest - (low + high) / 2) <= 2.326 / 1.645 * (high - low) / 2  # the rest sums all errors: its 98 % range
    items = pd.read_parquet(annual / "tables" / "review" / "attribution_details.parquet")
    assert {"product=KIT, region=EC", "C0007"} <= set(items.loc[items["cause"] == "execution", "item"])
