"""Initiatives and the gap: planted overlaps, sums to the cent, honest ranges."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan import initiatives
from salesplan.words import words
from tests.planned_company import CALENDAR, cube
from tests.test_execution import move

EN = words("en")
CELLS = cube()[lambda t: t["period"].isin(CALENDAR.months("2025"))]
START = initiatives.Baseline(9e6, 10e6, 11e6, 12e6)


def gap(*moves, start=START, seed=1):
    return initiatives.gap(initiatives.register(moves, words=EN), start=start, cells=CELLS, seed=seed)


@settings(max_examples=200, deadline=None)
@given(
    mids=st.lists(st.integers(-(10**7), 10**9), min_size=0, max_size=4),
    chance=st.floats(0, 1),
    goal=st.integers(10**6, 10**11),
)
def test_the_steps_sum_to_the_goal_to_the_cent(mids, chance, goal):
    moves = [
        move(f"I{n}", impact_low=m / 100 - 1, impact_mid=m / 100, impact_high=m / 100 + 1, probability=chance)
        for n, m in enumerate(mids)
    ]
    table = gap(*moves, start=initiatives.Baseline(9e6, 10e6, 11e6, goal / 100)).set_index("step")["amount"]
    assert (table.drop("target") * 100).round().sum() == goal
    assert (table["overlap"]) <= 0


def test_an_unlikely_initiative_counts_by_its_probability_not_in_full():
    table = gap(move(impact_low=1e6, impact_mid=1e6, impact_high=1e6, probability=0.3)).set_index("step")
    assert table.loc["I1", "amount"] == pytest.approx(3e5)
    assert (table.loc["I1", "low"], table.loc["I1", "high"]) == (0, 1e6)


def test_two_moves_on_the_same_cells_lose_what_is_counted_twice():
    size = {"impact_low": 4e5, "impact_mid": 4e5, "impact_high": 4e5, "probability": 1.0}
    moves = [move("I1", scope={"region": "east"}, **size), move("I2", scope={"region": "east"}, **size)]
    table = initiatives.register(moves, words=EN)
    east = CELLS.loc[CELLS["region"] == "east", "net_sales_cents"].sum() / 100
    lift = 4e5 / east
    found = initiatives.overlap(table, cells=CELLS).set_index("left")["amount"]
    assert found["total"] == pytest.approx(-(lift**2) * east, rel=1e-4)
    apart = initiatives.register([moves[0], move("I2", scope={"region": "west"}, **size)], words=EN)
    assert initiatives.overlap(apart, cells=CELLS)["amount"].tolist() == [0]


def test_more_initiatives_never_make_the_goal_less_likely():
    moves = [move(f"I{n}", impact_low=1e5, impact_mid=5e5, impact_high=1e6, probability=0.5) for n in range(4)]
    table = initiatives.register(moves, words=EN)
    said = [
        initiatives.what_if(table, count=n, start=START, cells=CELLS, seed=1, words=EN) for n in range(len(moves) + 1)
    ]
    odds = [int(text.rsplit("probability of ", 1)[1].split(" %")[0].strip("< >")) for text in said]
    assert odds == sorted(odds)
    assert odds[-1] > odds[0]


def test_without_initiatives_the_register_says_what_they_would_give():
    said = initiatives.say_register(initiatives.register([], words=EN), words=EN)
    assert said.checks[0].passed is None
    assert "closes the gap" in said.text
