"""Events are found, told and undone; series that the models do not fit are forecast by methods of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import targets
from salesplan.config import DIMENSIONS, Analogue, Event, TargetChoices
from salesplan.errors import PlanFileError
from salesplan.targets.events import found
from salesplan.targets.kinds import kinds
from salesplan.words import words
from tests.planned_company import CALENDAR, cube

EN = words("en")
MONTHS = [f"{year}-{month:02}" for year in (2022, 2023, 2024, 2025) for month in range(1, 13)]


def course(*, noise: float = 0.05, seed: int = 1) -> np.ndarray:
    """Four years of months with a trend, a season and noise."""
    at = np.arange(48)
    scatter = np.random.default_rng(seed).normal(0, noise, 48)
    return np.exp(14 + 0.05 * at / 12 + 0.2 * np.sin(at * np.pi / 6) + scatter)


def company(**members: np.ndarray) -> pd.DataFrame:
    """A cube of products, each sold in one region to one group over one channel."""
    rows = [
        pd.DataFrame({"period": MONTHS, "product": name, "net_sales_cents": np.rint(sales).astype("int64")})
        for name, sales in members.items()
    ]
    table = pd.concat(rows, ignore_index=True)
    return table[table["net_sales_cents"] > 0].assign(region="R", customer_group="G", channel="C")


def ahead(table: pd.DataFrame, **choices) -> targets.Forecast:
    chosen = TargetChoices(**choices)
    return targets.forecast(table, calendar=CALENDAR, as_of="2025Q4", seed=1, draws=300, lunar=False, choices=chosen)


def year_of(outlook: targets.Forecast, member: str) -> float:
    rows = outlook.paths[(outlook.paths["member"] == member)]
    return float(rows.groupby("draw")["baseline"].sum().mean())


@pytest.mark.parametrize(("kind", "size"), [("one_off", 0.8), ("one_off", -0.8), ("break", 0.4), ("break", -0.4)])
def test_a_planted_event_is_found_with_its_month_and_size(kind, size):
    for at in (8, 20, 33):
        sales = course(seed=at)
        sales[slice(at, at + 1 if kind == "one_off" else None)] *= np.exp(size)
        event = found(sales, holidays=np.zeros((48, 0)))[0]
        assert event.kind == kind
        assert abs(event.at - at) <= (0 if kind == "one_off" else 1)
        assert abs(event.size - size) < 4 * event.error


def test_where_nothing_happened_hardly_anything_is_found():
    told = [found(course(seed=seed, noise=0.1), holidays=np.zeros((48, 0))) for seed in range(200)]
    assert sum(map(bool, told)) <= 6


def test_a_one_off_of_the_books_is_taken_out_of_the_forecast_and_said():
    usual, spiked = course(), course()
    spiked[40] *= 6
    plain, odd = (ahead(company(A=first, B=course(seed=2))) for first in (usual, spiked))
    assert year_of(odd, "A") == pytest.approx(year_of(plain, "A"), rel=0.03)
    assert set(odd.events["scope"]) == {"", "product=A"}
    row = odd.events[odd.events["scope"] == "product=A"].iloc[0]
    assert (row["kind"], row["since"], row["handled"]) == ("one_off", MONTHS[40], True)
    assert row["low"] < 5 < row["high"]
    table = targets.events(odd.events.iloc[:0], odd.events, words=EN)
    assert "and A, one-off from 2025-05 (+" in targets.say_events(table, words=EN).text


@pytest.mark.parametrize("factor", [3.0, 0.0, 0.3])
def test_undoing_a_one_off_restores_what_trend_and_season_make_usual(factor):
    sales = course(noise=0.01)
    hit = sales.copy()
    hit[[26, 27]] *= factor
    event = Event(kind="one_off", first=MONTHS[26], last=MONTHS[27], where={"product": "A"}, reason="flood")
    plain, told = targets.undone(company(A=hit, B=course(seed=2)), events=[event], calendar=CALENDAR, lunar=False)
    own = plain[plain["product"] == "A"].set_index("period")["net_sales_cents"]
    assert own.reindex(MONTHS).to_numpy() == pytest.approx(sales, rel=0.04)
    row = told.iloc[0]
    assert row["effect"] == pytest.approx(factor - 1, abs=0.1)
    assert row["amount"] == pytest.approx((hit[26:28] - sales[26:28]).sum() / 100, rel=0.1)
    assert (row["low"] <= row["effect"]) & (row["effect"] <= row["high"])


def test_undoing_a_break_brings_what_lies_before_to_the_level_after_it():
    sales = course(noise=0.01)
    hit = sales.copy()
    hit[30:] *= 0.6
    event = Event(kind="break", first=MONTHS[30], where={"product": "A"}, reason="a customer left")
    table = company(A=hit, B=course(seed=2))
    plain, told = targets.undone(table, events=[event], calendar=CALENDAR, lunar=False)
    own = plain[plain["product"] == "A"]["net_sales_cents"].to_numpy()
    assert own == pytest.approx(0.6 * sales, rel=0.04)
    assert told["effect"].iloc[0] == pytest.approx(-0.4, abs=0.03)
    known, unknown = ahead(table, events=[event]), ahead(table)
    right = 0.6 * sales[36:].sum() * np.exp(0.05)
    assert abs(year_of(known, "A") / right - 1) < min(0.04, abs(year_of(unknown, "A") / right - 1))


@given(st.integers(0, 47), st.integers(0, 3), st.floats(0.2, 5))
def test_only_the_months_and_cells_of_an_event_change(first, length, factor):
    table = cube()[lambda rows: rows["period"] >= "2022"]
    last = MONTHS[min(first + length, 47)]
    event = Event(kind="one_off", first=MONTHS[first], last=last, where={"region": "east"}, reason="-")
    inside = (table["region"] == "east") & table["period"].between(event.first, last)
    moved = table.assign(net_sales_cents=table["net_sales_cents"] * np.where(inside, factor, 1)).round()
    plain, _ = targets.undone(moved, events=[event], calendar=CALENDAR, lunar=False)
    keys = ["period", *DIMENSIONS]
    both = (
        moved.set_index(keys)[["net_sales_cents"]]
        .join(plain.set_index(keys), rsuffix="_plain", how="outer")
        .reset_index()
    )
    same = ~((both["region"] == "east") & both["period"].between(event.first, last))
    assert (both.loc[same, "net_sales_cents"] == both.loc[same, "net_sales_cents_plain"]).all()


def test_months_that_are_closed_stay_as_they_came():
    sales = course()
    sales[47] *= 4
    event = Event(kind="one_off", first=MONTHS[47], reason="a project")
    table = company(A=sales, B=course(seed=2))
    seen = targets.forecast(
        table, calendar=CALENDAR, as_of="2025Q3", seed=1, draws=50, lunar=False, choices=TargetChoices(events=[event])
    )
    later = targets.forecast(
        table[table["period"] <= "2025-09"], calendar=CALENDAR, as_of="2025Q3", seed=1, draws=50, lunar=False
    )
    assert (seen.paths["baseline"] == later.paths["baseline"]).all()
    once = Event(kind="one_off", first="2025-05", reason="a project")
    closed = ahead_in_year(table, once)
    rows = closed[(closed["period"] == "2025-05") & (closed["member"] == "A")]
    assert (rows["baseline"] == round(sales[40])).all()


def ahead_in_year(table: pd.DataFrame, event: Event) -> pd.DataFrame:
    choices = TargetChoices(events=[event])
    return targets.forecast(
        table, calendar=CALENDAR, as_of="2025Q2", seed=1, draws=50, lunar=False, choices=choices
    ).paths


def test_an_event_that_begins_after_the_books_end_is_told_and_changes_nothing():
    table = company(A=course(), B=course(seed=2))
    event = Event(kind="one_off", first="2026-02", reason="a fair")
    plain, told = targets.undone(table, events=[event], calendar=CALENDAR, lunar=False)
    assert plain["net_sales_cents"].sum() == table["net_sales_cents"].sum()
    said = targets.say_events(targets.events(told, told.head(0), words=EN), words=EN).text
    assert said == "Not counted, because they begin after the books end: Total, one-off from 2026-02 (not yet)."


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"first": "2019-01"}, "2019-01 lies outside the books, which run from 2022-01 to 2025-12"),
        ({"first": "2025-01", "where": {"product": "Aa"}}, "product 'Aa' never sold. Did you mean 'A'?"),
    ],
)
def test_an_event_of_what_is_not_there_is_refused(event, said):
    one = Event(kind="one_off", reason="-", **event)
    with pytest.raises(PlanFileError, match=said.replace("?", r"\?")):
        targets.undone(company(A=course(), B=course(seed=2)), events=[one], calendar=CALENDAR, lunar=False)


def odd_ones() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    fresh, lumpy, over = course(seed=4), course(seed=5), course(seed=6)
    fresh[:41] = 0
    lumpy = np.where(rng.random(48) < 0.4, lumpy * rng.lognormal(0.7, 0.4, 48), 0.0)
    over[34:] = 0
    return {"NEW": fresh, "LUMPY": lumpy, "OVER": over, "FIXED": np.full(48, 1e6)}


def test_what_kind_of_series_each_is():
    members = {"A": course(), **odd_ones()}
    values = np.column_stack([sum(members.values()), *members.values()])
    assert kinds(values) == ["regular", "regular", "new", "lumpy", "ended", "constant"]


def test_series_that_are_not_regular_are_forecast_by_methods_of_their_own():
    members = {"A": 3 * course(), **odd_ones()}
    outlook = ahead(company(**members))
    own = outlook.methods.set_index("member")
    assert own.loc[["NEW", "LUMPY", "OVER", "FIXED"], "method"].tolist() == [
        "company_profile",
        "tsb",
        "nothing",
        "the_same",
    ]
    assert year_of(outlook, "OVER") == 0
    assert year_of(outlook, "FIXED") == pytest.approx(12e6, rel=0.03)  # but for what makes all members add up
    assert year_of(outlook, "LUMPY") == pytest.approx(odd_ones()["LUMPY"][24:].sum() / 2, rel=0.3)
    months = outlook.paths[outlook.paths["member"] == "LUMPY"]["baseline"]
    assert 0.4 < (months == 0).mean() < 0.8
    said = targets.say_methods(outlook.methods, words=EN).text
    assert "New, forecast by their recent level and a lent season: NEW." in said


def test_a_new_member_is_forecast_at_its_level_in_the_season_of_the_company():
    new = course(seed=4)
    new[:41] = 0
    outlook = ahead(company(A=3 * course(), B=course(seed=2), NEW=new))
    came = course(seed=4)[36:].sum() * np.exp(0.05)
    # what makes all add up takes some: the company is not expected to grow by all that a new member brings
    assert year_of(outlook, "NEW") == pytest.approx(came, rel=0.1)


def test_a_new_member_follows_the_older_one_it_is_said_to_be_like():
    at = np.arange(48)
    older, new = course(noise=0.02), course(noise=0.02, seed=2)
    older = np.where(at < 12, 0, older * (1 - np.exp(-(at - 11) / 10)))
    new = np.where(at < 42, 0, new * (1 - np.exp(-(at - 41) / 10)))
    table = company(A=4 * course(seed=3), OLD=older, NEW=new)
    like = ahead(table, analogues=[Analogue(where={"product": "NEW"}, like="OLD")])
    alone = ahead(table)
    came = (course(noise=0)[36:] * np.exp(0.05) * (1 - np.exp(-(np.arange(48, 60) - 41) / 10))).sum()
    assert year_of(like, "NEW") == pytest.approx(came, rel=0.12)
    assert year_of(alone, "NEW") < 0.8 * came
    assert like.methods.set_index("member").loc["NEW", "like"] == "OLD"
    with pytest.raises(PlanFileError, match="product 'OLDER' never sold"):
        ahead(table, analogues=[Analogue(where={"product": "NEW"}, like="OLDER")])
