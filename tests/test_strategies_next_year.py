"""What is said of the next year comes true as often as it says; one customer has one state."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from salesplan import review, strategies
from salesplan.customers import customer_states
from salesplan.review.windows import Window
from salesplan.strategies.growth import growth_posterior
from salesplan.strategies.persistence import holding
from salesplan.words import words
from tests.planned_company import CALENDAR

MONTHS = CALENDAR.span("2021-01", "2025-12")
AT = {"calendar": CALENDAR, "as_of": "2025Q4"}


def chain_of_years(*, keeps: dict[str, float], members: int, years: int, seed: int) -> list[pd.DataFrame]:
    """Years of members that keep their class with a chance of its own, latest first; clearness is noise."""
    rng = np.random.default_rng(seed)
    names = list(keeps)
    of, found = rng.choice(names, members), []
    for _ in range(years):
        found.append(pd.DataFrame({"class": of, "sure": rng.uniform(0.3, 1, members)}))
        stays = rng.random(members) < [keeps[name] for name in of]
        of = np.where(stays, of, [rng.choice([n for n in names if n != name]) for name in of])
    return found[::-1]


def test_the_chance_that_a_class_is_kept_is_learned_per_class():
    keeps = {"A": 0.9, "B": 0.5, "C": 0.7}
    years = chain_of_years(keeps=keeps, members=900, years=4, seed=1)
    found = pd.Series(holding(years)).groupby(years[0]["class"].to_numpy()).mean()
    for name, share in keeps.items():
        assert found[name] == pytest.approx(share, abs=0.05)


def test_clear_classes_are_kept_oftener_where_that_was_so():
    rng = np.random.default_rng(2)
    sure = rng.uniform(0.3, 1, 2000)
    kept = rng.random(2000) < sure
    before = pd.DataFrame({"class": "A", "sure": sure})
    now = pd.DataFrame({"class": np.where(kept, "A", "B"), "sure": sure})
    found = holding([now, before])
    mine = now["class"] == "A"
    assert found[mine & (sure > 0.9)].mean() > 0.85
    assert found[mine & (sure < 0.4)].mean() < 0.45


def test_with_too_few_years_the_chance_is_missing():
    years = chain_of_years(keeps={"A": 0.9, "B": 0.5}, members=9, years=3, seed=1)
    assert np.isnan(holding(years)).all()
    assert np.isnan(holding(years[:1])).all()


def bought(**by_customer: str) -> pd.DataFrame:
    """Customers' months: "x" an order, "." none, the last one in 2025-12."""
    rows = []
    for customer, course in by_customer.items():
        for month, mark in zip(MONTHS[-len(course) :], course, strict=True):
            if mark == "x":
                rows.append((month, customer, 100_00, 100_00, 1))
    return pd.DataFrame(rows, columns=["period", "customer_id", "net_sales_cents", "sold_cents", "orders"])


COURSES = {
    "STEADY": "x" * 60,
    "GONE": "x" * 48 + "." * 12,
    "SILENT": "x" * 52 + "." * 8,
    "SLOW": "x....." * 9 + "x.....",
    "PAUSE": "x" * 58 + "..",
    "FRESH": "." * 52 + "xxxxxxxx",
}


def test_each_customer_has_the_state_of_its_own_habit():
    states = customer_states(bought(**COURSES), calendar=CALENDAR, last="2025-12").set_index("customer_id")["state"]
    assert states.to_dict() == {
        "STEADY": "active",
        "GONE": "lost",
        "SILENT": "lost",
        "SLOW": "active",
        "PAUSE": "lost",
        "FRESH": "new",
    }


def test_review_and_tiers_tell_of_one_customer_the_same():
    months = bought(**COURSES)
    customers = months.groupby("customer_id").agg(orders=("orders", "sum"), net_sales_cents=("net_sales_cents", "sum"))
    ends = months.groupby("customer_id")["period"].agg(["min", "max"]).apply(lambda c: pd.to_datetime(c + "-15"))
    customers = customers.assign(first_order=ends["min"], last_order=ends["max"], cost_cents=np.nan, region="N")
    customers = customers.assign(customer_group="G", channel="C").reset_index()
    tiers = strategies.customer.tiers(customers, months, seed=1, **AT).set_index("customer_id")["rfm_segment"]
    window = Window("2025", "year", tuple(MONTHS[-12:]), tuple(MONTHS[-24:-12]), "2024")
    lost = set(review.lost_accounts(months, window=window, calendar=CALENDAR)["customer_id"])
    assert lost
    assert lost <= set(tiers.index[tiers == "lost"])
    assert (tiers[["STEADY", "SLOW", "FRESH"]].isin(["champion", "loyal", "promising", "fading"])).all()


def test_a_segment_that_fell_is_not_given_the_growth_of_the_others():
    """One of twenty fell by 41 % while the others grew alike."""
    rng = np.random.default_rng(1)
    prior = pd.DataFrame(100.0 * np.exp(rng.normal(0, 0.5, (20, 12))))
    latest = prior * 1.15 * np.exp(rng.normal(0, 0.2, (20, 12)))
    latest.iloc[0] = prior.iloc[0] * 0.59 * np.exp(rng.normal(0, 0.2, 12))
    found = growth_posterior(latest, prior)
    assert found.loc[0, "p_up"] < 0.05
    assert found.loc[0, "p_down"] > 0.9
    assert (found.loc[1:, "p_up"] > 0.5).mean() > 0.8


def test_where_nothing_can_be_learned_the_sentence_says_so():
    table = pd.DataFrame({"tier": ["A"], "p_tier": [np.nan], "rfm_segment": ["loyal"], "net_sales": [10.0]})
    table = table.assign(margin=np.nan, days_since_last_order=3)
    assert "cannot be told" in strategies.customer.say_tiers(table, words=words("en")).text
