"""Submissions from below against goals from above: exact sums, and a decision for every gap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import targets
from salesplan.config import Limit, TargetChoices
from salesplan.errors import DataError, PlanFileError
from salesplan.words import words

MEMBERS = ("E", "N", "S", "W")


def paths(*, draws: int = 1000) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frames = [
        pd.DataFrame({"dimension": "region", "member": m, "period": "2026-01", "draw": range(draws)}).assign(
            planned=np.rint(1e6 * np.exp(rng.normal(0, 0.1, draws)))
        )
        for m in MEMBERS
    ]
    return pd.concat(frames, ignore_index=True)


def segments(*goals: float) -> pd.DataFrame:
    rows = [("region", m, "2026", "year", goal) for m, goal in zip(MEMBERS, goals, strict=True)]
    return pd.DataFrame(rows, columns=["dimension", "member", "period", "level", "target"])


def source(*amounts: float, **more) -> pd.DataFrame:
    rows = {"dimension": "region", "member": MEMBERS[: len(amounts)], "amount_cents": [round(a * 100) for a in amounts]}
    return pd.DataFrame({**rows, "submitted_by": "M1", **more})


def held(given_: pd.DataFrame, goals: pd.DataFrame, **plan) -> pd.DataFrame:
    choices = TargetChoices.model_validate(plan)
    return targets.submissions(given_, goals, paths=paths(), year="2026", choices=choices)


def test_each_gap_is_a_decision():
    table = held(source(9900, 8000, 11000, 10200), segments(9950, 9800, 12500, 10500)).set_index("member")
    assert table["decision"].to_dict() == {"E": "accept", "N": "raise", "S": "strengthen", "W": "agree"}
    assert table.loc["N", "p_submitted"] > 0.8
    assert table.loc["S", "p_reach"] < 0.25
    assert table["gap"].to_dict() == {"E": 50.0, "N": 1800.0, "S": 1500.0, "W": 300.0}


@given(st.lists(st.integers(1, 10**9), min_size=8, max_size=8))
def test_what_lies_between_sums_to_the_goals_in_proportion_to_the_submissions(cents):
    asked, goals = [c / 100 for c in cents[:4]], [c / 100 for c in cents[4:]]
    table = held(source(*asked), segments(*goals))
    assert round(table["reconciled"].sum() * 100) == sum(cents[4:])
    share = table["submitted"] / table["submitted"].sum() * table["target"].sum()
    assert (table["reconciled"] - share).abs().max() <= 0.011


def test_limits_hold_between_and_what_cannot_is_refused():
    limits = [{"where": {"region": "E"}, "cap": 5000.0}]
    table = held(source(9000, 9000, 9000, 9000), segments(*[10_000.0] * 4), limits=limits).set_index("member")
    assert table.loc["E", "reconciled"] == 5000
    assert table["reconciled"].sum() == 40_000
    caps = [{"where": {"region": m}, "cap": 5000.0} for m in MEMBERS]
    with pytest.raises(PlanFileError, match="cannot hold together"):
        held(source(9000, 9000, 9000, 9000), segments(*[10_000.0] * 4), limits=caps)
    assert Limit(where={"region": "E"}, cap=1).cap == 1


def test_the_last_submission_for_the_plan_year_counts():
    given_ = pd.concat(
        [
            source(1000, submitted_on=pd.Timestamp("2025-12-01"), period="2026"),
            source(2000, submitted_on=pd.Timestamp("2025-12-09"), period="2026"),
            source(3000, submitted_on=pd.Timestamp("2025-12-20"), period="2027"),
        ]
    )
    assert held(given_, segments(1.0, 1.0, 1.0, 1.0))["submitted"].tolist() == [2000.0]


def test_a_member_without_a_goal_is_refused_with_what_was_meant():
    with pytest.raises(DataError, match="region 'East' has no goal"):
        held(source(1000).assign(member="East"), segments(1.0, 1.0, 1.0, 1.0))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_said_names_what_is_to_be_decided(language):
    spoken = words(language)
    table = held(source(9900, 8000, 11000, 10200), segments(9950, 9800, 12500, 10500))
    said = targets.say_submissions(table, words=spoken).text
    assert spoken.money(39_100.0) in said
    assert "N" in said
    none = targets.say_submissions(
        targets.submissions(None, segments(1, 1, 1, 1), paths=paths(), year="2026", choices=TargetChoices()),
        words=spoken,
    )
    assert none.checks[0].passed is None
