"""Initiatives and the gap: sums to the cent, ranges and chances from the one set of draws."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import futures, initiatives
from salesplan.words import words
from tests.planned_company import CALENDAR
from tests.test_execution import move
from tests.test_futures import SALES, ahead, calm

EN = words("en")
PATHS = calm(200, spread=0.05)


def gap(*moves, goal: float = 12e6):
    found = ahead(*moves, paths=PATHS)
    return initiatives.gap(found.paths, found.steps, goal=goal)


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
    table = gap(*moves, goal=goal / 100).set_index("step")["amount"]
    assert (table.drop("target") * 100).round().sum() == goal
    assert (table["overlap"]) <= 0


def test_an_unlikely_initiative_counts_by_its_probability_not_in_full():
    table = gap(move(impact_low=1e6, impact_mid=1e6, impact_high=1e6, probability=0.3)).set_index("step")
    assert table.loc["I1", "amount"] == pytest.approx(3e5)
    assert (table.loc["I1", "low"], table.loc["I1", "high"]) == (0, 1e6)


def test_the_gap_stays_open_as_often_as_the_goal_is_missed():
    moves = [move(f"I{n}", impact_low=1e5, impact_mid=5e5, impact_high=1e6, probability=0.5) for n in range(3)]
    found = ahead(*moves, paths=PATHS)
    goal = 13e6
    table = initiatives.gap(found.paths, found.steps, goal=goal).set_index("step")
    assert table.loc["baseline", "amount"] == pytest.approx(12e6, rel=1e-3)
    assert table.loc["unfunded", "low"] < 0 < table.loc["unfunded", "high"]
    assert 0.1 < futures.reach(found.paths, goal=goal) < 0.9


def test_more_initiatives_never_make_the_goal_less_likely_and_all_give_the_plans_own_chance():
    moves = [move(f"I{n}", impact_low=1e5, impact_mid=5e5, impact_high=1e6, probability=0.5) for n in range(4)]
    bring = partial(futures.moves, SALES, calendar=CALENDAR, as_of="2025Q4", seed=1)
    said = [initiatives.what_if(PATHS, moves, count=n, goal=13e6, words=EN, bring=bring) for n in range(len(moves) + 1)]
    odds = [int(text.rsplit("probability of ", 1)[1].split(" %")[0].strip("< >")) for text in said]
    assert odds == sorted(odds)
    assert odds[-1] > odds[0]
    assert EN.chance(futures.reach(ahead(*moves, paths=PATHS).paths, goal=13e6)) in said[-1]


def test_without_initiatives_the_register_says_what_they_would_give():
    said = initiatives.say_register(initiatives.register([], words=EN), words=EN)
    assert said.checks[0].passed is None
    assert "closes the gap" in said.text


def test_a_forecast_beyond_the_goal_is_said_so():
    table = gap(goal=11e6)
    assert "above the goal of ¥11.0 m" in initiatives.say_gap(table, words=EN).text
    assert "to be found" in initiatives.say_gap(gap(goal=13e6), words=EN).text
