"""Fairness of past goals: planted favours are found, where there are none nothing is, and too little says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from salesplan import targets
from salesplan.periods import FiscalCalendar
from salesplan.words import words
from tests.conftest import worlds

CALENDAR = FiscalCalendar()


def past(
    *, reps: int = 40, years: int = 3, favour: float = 0.0, ratchet: float = 0.0, bunch: float = 0.0, seed: int = 1
):
    """Attainment by representative and quarter: favour of large ones, goals that rise after a good result, bunching."""
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(0, 0.6, reps))
    rows = []
    for number in range(reps):
        goal = 1e6 * size[number] * np.ones(4)
        for year in range(2023, 2023 + years):
            for quarter in range(4):
                reached = np.exp(favour * np.log(size[number]) + rng.normal(0, 0.08))
                if rng.random() < bunch and reached < 1:
                    reached = 1 + 0.01 * rng.random()
                rows.append(
                    (
                        "rep_id",
                        f"S{number:02d}",
                        f"{year}Q{quarter + 1}",
                        "quarter",
                        goal[quarter] * reached,
                        goal[quarter],
                    )
                )
                goal[quarter] *= 1.04 + ratchet * max(reached - 1, 0) + rng.normal(0, 0.01)
    table = pd.DataFrame(rows, columns=["dimension", "member", "period", "level", "actual", "target"])
    return table.assign(attainment=table["actual"] / table["target"])


def team(*, reps: int = 40, seed: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    hired = pd.Timestamp("2010-01-01") + pd.to_timedelta(rng.integers(0, 5000, reps), unit="D")
    return pd.DataFrame(
        {"rep_id": [f"S{n:02d}" for n in range(reps)], "hired": hired, "region": rng.choice(list("NSEW"), reps)}
    )


def judged(table, people=None, *, seed: int = 1) -> pd.DataFrame:
    return targets.fairness(table, people, calendar=CALENDAR, seed=seed).set_index("test")


def test_a_favour_of_the_large_is_shown_with_its_interval():
    row = judged(past(favour=0.1), team()).loc["size"]
    assert row["verdict"] == "shown"
    assert row["low"] > 0
    assert judged(past(favour=-0.1), team()).loc["size", "high"] < 0


def test_goals_that_only_follow_upwards_and_results_that_bunch_are_shown():
    found = judged(past(ratchet=0.8, bunch=0.7), team())
    assert found.loc["ratchet", "verdict"] == "shown"
    assert found.loc["ratchet", "low"] < 0.8 < found.loc["ratchet", "high"]
    assert found.loc["bunching", "verdict"] == "shown"
    assert found.loc["bunching", "estimate"] > 0.6


def test_territories_that_differ_are_shown():
    people, table = team(), past()
    easy = table["member"].map(people.set_index("rep_id")["region"]).eq("N")
    table.loc[easy, ["actual", "attainment"]] *= 1.15
    assert judged(table, people).loc["territory", "verdict"] == "shown"


def test_where_nothing_is_unfair_each_test_errs_about_as_often_as_it_says():
    said = pd.concat([judged(past(seed=seed), team(seed=seed), seed=seed)["verdict"] for seed in worlds(30)], axis=1)
    # five per cent, and three deviations of so many tries
    shown = (said == "shown").to_numpy()
    assert shown.mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / shown.size)
    assert shown.mean(axis=1).max() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / shown.shape[1])


def test_too_few_members_cannot_tell_and_none_is_not_supplied():
    few = judged(past(reps=5, years=1), None)
    assert few["verdict"].eq("cannot_tell").sum() >= 3
    assert few.loc["tenure", "n"] == 0
    empty = targets.fairness(None, None, calendar=CALENDAR, seed=1)
    assert empty.empty
    assert "argets" in targets.say_fairness(empty, words=words("en")).text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_shown_is_said(language):
    said = targets.say_fairness(judged(past(favour=0.1), team()).reset_index(), words=words(language))
    assert [check.passed for check in said.checks][:1] == [False]
