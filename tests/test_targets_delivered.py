"""Delivered targets of the plan year: kept as they are, completed where they leave levels open, one goal for each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan import delivered, targets
from salesplan.config import DIMENSIONS
from salesplan.stats import cents
from salesplan.words import words
from tests.planned_company import CALENDAR, MEMBERS, cube
from tests.test_targets_carriers import reps

EN = words("en")
QUARTERS = CALENDAR.quarters("2026")
LOOK = {"calendar": CALENDAR, "year": "2026"}
GOAL = 5_000_000.0


@pytest.fixture(scope="module")
def ways() -> targets.cells.Splits:
    paths = targets.forecast(cube(), calendar=CALENDAR, as_of="2025Q4", seed=1, draws=50).paths
    held = targets.carriers(reps(), active=pd.Series(["R1", "R2", "R3"]), **LOOK)
    paths = paths.rename(columns={"baseline": "planned"})
    return targets.splits(cube(), paths=paths, carriers=held, persons=True, **LOOK)


def source(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    """The source as read: dimension, member, period, target [currency]."""
    frame = pd.DataFrame(rows, columns=["dimension", "member", "period", "target"])
    return frame.assign(metric=None, set_on=pd.NaT, target_cents=cents(frame["target"]))


def drawn(seed: int) -> pd.DataFrame:
    """A year's true table of cells by quarter, whose sums are what was delivered."""
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product([*MEMBERS.values(), QUARTERS], names=[*DIMENSIONS, "period"])
    return keys.to_frame(index=False).assign(target=np.rint(rng.lognormal(10, 0.8, len(keys)) * 100) / 100)


def summed(table: pd.DataFrame, dimension: str) -> list[tuple[str, str, str, float]]:
    if dimension == "total":
        return [("total", "total", p, round(a, 2)) for p, a in table.groupby("period")["target"].sum().items()]
    sums = table.groupby([dimension, "period"])["target"].sum()
    return [(dimension, m, p, round(a, 2)) for (m, p), a in sums.items()]


def kept(ways: targets.cells.Splits, given: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, float]]:
    """The leaves, targets/delivered and what holds."""
    goals = delivered.goals(given, cube(), **LOOK)
    leaves = targets.completed(ways.leaves(GOAL, split="history"), goals, calendar=CALENDAR)
    beside = targets.delivered(goals, targets.summed(leaves), carried=leaves, calendar=CALENDAR)
    return leaves, beside, targets.held(leaves, goals, calendar=CALENDAR)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sets(st.sampled_from(["total", *DIMENSIONS]), min_size=1))
def test_whatever_levels_are_delivered_each_is_kept_to_the_cent_and_nothing_else_is_added(ways, seed, levels):
    table = drawn(seed)
    given = source(*(row for level in sorted(levels) for row in summed(table, level)))
    leaves, beside, held = kept(ways, given)
    assert set(beside["verdict"]) == {"target_kept"}
    assert (beside["delivered"] == beside["target"]).all()
    assert held == {"goal": round(table["target"].sum(), 2), "share": 1.0}
    assert leaves["target"].sum() == pytest.approx(table["target"].sum(), abs=0.001)
    assert (leaves["target"] >= 0).all()


def test_what_was_left_open_stays_as_it_was_proposed(ways):
    before = targets.summed(ways.leaves(GOAL, split="history"))
    leaves, beside, held = kept(ways, source(("region", "east", "2026Q1", 400_000.0)))
    after = targets.summed(leaves)
    named = (after["region"] == "east") & after["period"].isin(CALENDAR.months("2026Q1"))
    assert after.loc[named, "target"].sum() == pytest.approx(400_000, abs=0.001)
    assert after[~named]["target"].to_numpy() == pytest.approx(before[~named]["target"].to_numpy(), abs=0.011)
    assert held["share"] == pytest.approx(400_000 / held["goal"])
    assert beside["verdict"].tolist() == ["target_kept"]


def test_quotas_of_representatives_come_out_as_delivered_hedge_included(ways):
    given = source(("rep_id", "R1", "2026Q1", 90_000.0), ("rep_id", "R9", "2026Q1", 50_000.0))
    goals = delivered.goals(given, cube(), **LOOK)
    held = targets.carriers(reps(), active=pd.Series(["R1", "R2", "R3"]), **LOOK)
    leaves = targets.completed(ways.leaves(GOAL, split="history", hedge=0.1), goals, calendar=CALENDAR, hedge=0.1)
    parts = targets.carried(leaves, carriers=held, calendar=CALENDAR, hedge=0.1)
    first = parts[(parts["rep_id"] == "R1") & parts["period"].isin(CALENDAR.months("2026Q1"))]
    assert first["target"].sum() == pytest.approx(90_000, abs=0.05)
    beside = targets.delivered(goals, targets.summed(leaves), carried=parts, calendar=CALENDAR).set_index("member")
    assert beside.loc["R9", "verdict"] == "not_carried"
    assert (
        "1 name what nothing in the books can carry"
        in targets.say_delivered(beside.reset_index(), words=EN, rule="delivered_part").text
    )


def test_a_member_that_sold_nothing_gets_cells_for_its_target(ways):
    leaves, beside, _ = kept(ways, source(("region", "south", "2026", 120_000.0)))
    assert leaves.loc[leaves["region"] == "south", "target"].sum() == pytest.approx(120_000, abs=0.001)
    assert set(leaves.loc[leaves["region"] == "south", "rep_id"]) == {"unassigned"}
    assert beside["verdict"].tolist() == ["target_kept"]


def test_where_targets_contradict_one_another_the_company_s_hold_and_the_others_are_named(ways):
    shares = {"east": 450_000.0, "west": 300_000.0, "north": 300_000.0}
    given = source(("total", "total", "2026", 1_000_000.0), *(("region", m, "2026", a) for m, a in shares.items()))
    leaves, beside, held = kept(ways, given)
    assert held["goal"] == 1_000_000.0
    assert leaves["target"].sum() == pytest.approx(1_000_000, abs=0.001)
    moved = beside[beside["verdict"] == "target_moved"]
    assert set(moved["member"]) == set(shares)
    finding = targets.say_delivered(beside, words=EN, rule="delivered")
    assert "3 differ" in finding.text
    assert finding.checks[0].passed is False


def test_of_one_member_the_shortest_periods_count_scaled_to_the_longer_ones():
    rows = [("total", "total", "2026", 1000.0), *(("total", "total", q, 200.0) for q in QUARTERS)]
    goals = delivered.goals(source(*rows), cube(), **LOOK)
    assert dict(zip(goals["period"], goals["target_cents"], strict=True)) == dict.fromkeys(QUARTERS, 25_000)


def test_the_latest_set_target_holds_and_other_measures_keep_every_decimal():
    rows = source(("total", "total", "2026", 0.1125), ("total", "total", "2026", 0.11))
    dates = pd.to_datetime(["2025-12-01", "2025-11-01"])
    rows = rows.assign(metric="selling_expense_ratio", set_on=dates)
    assert delivered.others(rows, year="2026") == {"selling_expense_ratio": 0.1125}
    assert delivered.others(rows, year="2025") == {}
    assert delivered.goals(rows, cube(), **LOOK).empty
    sales = source(("total", "total", "2026", 5.0), ("total", "total", "2026", 7.0)).assign(set_on=dates)
    assert delivered.goals(sales, cube(), **LOOK)["target_cents"].tolist() == [500]
