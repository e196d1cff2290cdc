"""Who carries the goal: limits of representatives in the same solution as those of regions and products."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import targets
from salesplan.config import Limit
from salesplan.errors import PlanFileError
from tests.planned_company import CALENDAR, MEMBERS, cube

GOAL = 5_000_000.0
LOOK = {"calendar": CALENDAR, "year": "2026"}


def reps() -> pd.DataFrame:
    """Two people share the east, one has the west, nobody the north."""
    rows = [
        (rep, month, region, channel, 1000 * size)
        for month in CALENDAR.months("2025")
        for region, people in {"east": {"R1": 1, "R2": 3}, "west": {"R3": 2}}.items()
        for rep, size in people.items()
        for channel in MEMBERS["channel"]
    ]
    return pd.DataFrame(rows, columns=["rep_id", "period", "region", "channel", "net_sales_cents"])


@pytest.fixture(scope="module")
def paths() -> pd.DataFrame:
    return targets.forecast(cube(), calendar=CALENDAR, as_of="2025Q4", seed=1, draws=50).paths.rename(
        columns={"baseline": "planned"}
    )


def solved(paths: pd.DataFrame, *limits: Limit, hedge: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cells, and the parts of representatives."""
    held = targets.carriers(reps(), active=pd.Series(["R1", "R2", "R3"]), **LOOK)
    ways = targets.splits(cube(), paths=paths, limits=limits, carriers=held, **LOOK)
    leaves = ways.leaves(GOAL, split="history", hedge=hedge)
    parts = targets.carried(leaves, carriers=held, calendar=CALENDAR, hedge=hedge, limits=limits)
    return ways.share(GOAL, split="history", hedge=hedge), parts


def asked(parts: pd.DataFrame) -> pd.Series:
    return parts.groupby("rep_id")["target"].sum().round(2)


def test_without_limits_of_representatives_cells_and_parts_are_as_if_solved_apart(paths):
    free, parts = solved(paths)
    loose = Limit(where={"rep_id": "R1"}, floor=1.0)
    bound, joint = solved(paths, loose)
    assert (bound["target"] - free["target"]).abs().max() <= 0.02
    assert (asked(joint) - asked(parts)).abs().max() <= 1.0
    assert asked(parts).sum() == pytest.approx(GOAL, abs=0.001)


@given(st.floats(0.5, 2), st.sampled_from([0.0, 0.05]))
def test_a_representatives_amount_and_a_regions_hold_to_the_cent_in_one_solution(paths, factor, hedge):
    _, usual = solved(paths, hedge=hedge)
    amount = round(float(asked(usual)["R1"]) * factor, 2)
    east = round(GOAL * 0.4, 2)
    fixed = Limit(where={"rep_id": "R1"}, fixed=amount), Limit(where={"region": "east"}, fixed=east)
    found, parts = solved(paths, *fixed, hedge=hedge)
    assert asked(parts)["R1"] == pytest.approx(amount, abs=0.001)
    assert asked(parts).sum() == pytest.approx(round(GOAL * (1 + hedge), 2), abs=0.001)
    assert found["target"].sum() == pytest.approx(GOAL, abs=0.001)
    assert found.query("region == 'east'")["target"].sum() == pytest.approx(east, abs=0.001)


def test_a_limit_of_one_channel_and_quarter_holds_there(paths):
    where = {"rep_id": "R2", "region": "east", "channel": MEMBERS["channel"][0]}
    _, parts = solved(paths, Limit(where=where, fixed=50_000.0, period="2026Q2"))
    inside = parts["period"].isin(CALENDAR.months("2026Q2"))
    for column, member in where.items():
        inside &= parts[column] == member
    assert parts.loc[inside, "target"].sum() == pytest.approx(50_000.0, abs=0.001)


def test_limits_of_people_and_regions_that_cannot_hold_together_are_named(paths):
    limits = Limit(where={"rep_id": "R1"}, floor=900_000.0), Limit(where={"region": "east"}, cap=800_000.0)
    with pytest.raises(PlanFileError) as told:
        solved(paths, *limits, Limit(where={"region": "west"}, floor=10.0))
    assert "rep_id=R1 floor 900,000.00" in str(told.value)
    assert "region=east cap 800,000.00" in str(told.value)
    assert "west" not in str(told.value)


def test_a_representative_who_carries_nothing_is_named(paths):
    with pytest.raises(PlanFileError, match=r"rep_id=R9 floor 1\.00: 'R9' carries nothing\. Known are: R1, R2, R3"):
        solved(paths, Limit(where={"rep_id": "R9"}, floor=1.0))


def test_a_limit_of_a_representative_names_no_product():
    with pytest.raises(ValueError, match="names region and channel besides, nothing else"):
        Limit(where={"rep_id": "R1", "product": "pots"}, floor=1.0)
