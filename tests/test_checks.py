"""What changed between two runs: each cause planted alone is named as what it is, and steps add up to the cent."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan import checks, futures, targets
from salesplan.config import Initiative
from salesplan.stats import cents, units
from salesplan.words import words
from tests.planned_company import CALENDAR, cube

EN = words("en")
STEPS = ["model", "restated", "actuals", "forecast", "initiatives", "goal", "rolled"]
BOOKS = cube(last="2026-12")
HOW = {"seed": 1, "draws": 60}


def edition(as_of: str, *, books: pd.DataFrame = BOOKS, goal: float = 0.0, plan: tuple[Initiative, ...] = ()):
    """A run of this quarter: its paths, and the whole year's goal shared evenly over cells and months."""
    known = books[books["period"] <= CALENDAR.months(as_of)[-1]]
    paths = targets.forecast(known, calendar=CALENDAR, as_of=as_of, **HOW).paths
    drawn = futures.future(paths, known, initiatives=plan, calendar=CALENDAR, as_of=as_of, seed=1).paths
    year = CALENDAR.plan_year(as_of)
    keys = known[["product", "region", "customer_group", "channel"]].drop_duplicates()
    cells = keys.merge(pd.DataFrame({"period": CALENDAR.months(year)}), how="cross")
    asked = goal or float(futures.year_of(drawn).mean()) / 100
    whole = pd.Series(cents(asked) // len(cells), index=cells.index)
    goals = targets.segments(cells.assign(target=units(whole)), paths=drawn, calendar=CALENDAR)
    return checks.Edition(as_of, known, drawn, goals)


def compared(before: checks.Edition, now: checks.Edition, *, same: bool = True, **redone: pd.DataFrame):
    """changes/bridge, and what moved in it: step to the company's change of landing [currency]."""
    again = {**checks.redone(before, now, calendar=CALENDAR, same=same, **HOW), **redone}
    table = checks.changes(before, now, redone=again, calendar=CALENDAR)
    years = tuple(CALENDAR.plan_year(e.as_of) for e in (before, now))
    finding = checks.say_changes(table, now.goals, words=EN, earlier=before.as_of, years=years)
    assert finding.checks[0].passed is True
    steps = table[(table["dimension"] == "total") & table["step"].isin(STEPS)].set_index("step")["landing_change"]
    return table, steps[steps.abs() >= 0.005], finding


@pytest.fixture(scope="module")
def january() -> checks.Edition:
    return edition("2025Q4")


def test_where_nothing_changed_nothing_moved(january):
    _, moved, finding = compared(january, january)
    assert moved.empty
    assert "Nothing moved" in finding.text


def test_restated_months_are_named_and_nothing_else(january):
    books = BOOKS.copy()
    books.loc[books["period"] == "2025-03", "net_sales_cents"] *= 2
    _, moved, _ = compared(january, edition("2025Q4", books=books, goal=float(january.goals["target"].iloc[0])))
    assert list(moved.index) == ["restated"]


def test_another_method_is_named_and_nothing_else(january):
    other = targets.forecast(january.cube, calendar=CALENDAR, as_of="2025Q4", seed=2, draws=60).paths
    lifted = other.assign(planned=other["baseline"])
    goals = targets.segments(_cells(january), paths=lifted, calendar=CALENDAR)
    now = checks.Edition("2025Q4", january.cube, lifted, goals)
    _, moved, _ = compared(january, now, model=other)
    assert list(moved.index) == ["model"]


def _cells(run: checks.Edition) -> pd.DataFrame:
    """Any cells with the run's goal of each region and month: enough for goals of regions."""
    months = run.goals[(run.goals["dimension"] == "region") & (run.goals["level"] == "month")]
    return months.rename(columns={"member": "region"})[["region", "period", "target"]].assign(
        product="all", customer_group="all", channel="all"
    )


def test_a_changed_goal_is_named_and_moves_no_landing(january):
    table, moved, finding = compared(january, edition("2025Q4", goal=1.2 * january.goals["target"].iloc[0]))
    assert moved.empty
    goal = table[(table["dimension"] == "total") & (table["step"] == "goal")].iloc[0]
    assert goal["target_change"] > 0
    assert goal["p_change"] < 0
    assert "The goal itself was changed" in finding.text


def test_a_further_initiative_is_named_and_nothing_else(january):
    move = Initiative(
        initiative_id="I1",
        lever="product",
        action="Sell lids",
        mechanism="pairs",
        evidence="bought together",
        owner="A",
        start="2026-01-01",
        due="2026-12-31",
        cost=1,
        impact_low=10_000,
        impact_mid=20_000,
        impact_high=30_000,
        probability=0.9,
        selected=True,
    )
    goal = float(january.goals["target"].iloc[0])
    _, moved, _ = compared(january, edition("2025Q4", goal=goal, plan=(move,)))
    assert list(moved.index) == ["initiatives"]
    assert moved.iloc[0] > 0


def test_a_quarter_later_what_came_and_the_open_months_moved_and_members_add_up_too(january):
    books = BOOKS.copy()
    first = books["period"].isin(CALENDAR.months("2026Q1"))
    books.loc[first, "net_sales_cents"] = books.loc[first, "net_sales_cents"] * 7 // 10
    table, moved, _ = compared(january, edition("2026Q1", books=books, goal=float(january.goals["target"].iloc[0])))
    assert set(moved.index) == {"actuals", "forecast"}
    assert moved["actuals"] < 0
    ends = [table[table["step"] == step].set_index(["dimension", "member"])["landing"] for step in ("before", "after")]
    sums = table.groupby(["dimension", "member"])["landing_change"].sum()
    assert (cents(ends[1] - ends[0]) == cents(sums.reindex(ends[0].index))).all()


def test_a_year_that_is_over_rolls_on_to_the_next():
    table, moved, finding = compared(edition("2025Q3"), edition("2025Q4"))
    assert set(moved.index) == {"actuals", "rolled"}
    whole = table[table["dimension"] == "total"].set_index("step")
    came = BOOKS.loc[BOOKS["period"].str.startswith("2025"), "net_sales_cents"].sum() / 100
    assert whole.at["actuals", "landing"] == pytest.approx(came, abs=0.005)
    assert "That year is over; the plan is now for 2026" in finding.text


@settings(max_examples=8, deadline=None)
@given(st.floats(0.5, 1.5), st.floats(0.5, 1.5), st.floats(0.8, 1.3))
def test_whatever_changes_at_once_the_steps_sum_to_the_whole_to_the_cent(january, past, since, goal):
    books = BOOKS.copy()
    for periods, factor in ((CALENDAR.months("2025Q2"), past), (CALENDAR.months("2026Q1"), since)):
        inside = books["period"].isin(periods)
        books.loc[inside, "net_sales_cents"] = (books.loc[inside, "net_sales_cents"] * factor).astype("int64")
    asked = goal * float(january.goals["target"].iloc[0])
    compared(january, edition("2026Q1", books=books, goal=asked), same=False)


def test_what_flipped_is_told_and_what_stands_in_one_run_alone_is_not():
    columns = ["dimension", "member", "level", "alarm"]
    rows = [("region", m, "year", "none") for m in ("east", "west", "north")]
    before = pd.DataFrame([*rows, ("region", "south", "year", "waiting")], columns=columns)
    now = pd.DataFrame(
        [("region", "east", "year", "red"), ("region", "west", "year", "none"), ("region", "south", "year", "none")],
        columns=columns,
    )
    table = checks.verdicts({"execution/tracking": before}, {"execution/tracking": now})
    assert table[["member", "verdict_before", "verdict_now"]].to_numpy().tolist() == [["east", "none", "red"]]
    text = checks.say_verdicts(table, words=EN, earlier="2025Q4").text
    assert "1 verdicts are not what they were" in text
    assert "Red now (1): east" in text
    back = checks.verdicts({"execution/tracking": now}, {"execution/tracking": before})
    assert "No longer red (1): east" in checks.say_verdicts(back, words=EN, earlier="2025Q4").text


def test_quarters_and_tasks_that_fell_due_are_held_against_what_came(january):
    tasks = pd.DataFrame(
        [("T1", "A", "2026-02-01"), ("T2", "B", "2026-07-01"), ("T3", "C", "2025-12-31")],
        columns=["task_id", "owner", "due"],
    )
    span = {"cube": BOOKS, "calendar": CALENDAR, "since": "2025Q4", "as_of": "2026Q1"}
    table = checks.promises(january.goals, tasks, **span)
    assert table[table["kind"] == "task"][["member", "state"]].to_numpy().tolist() == [["T1", "no_news"]]
    whole = table[table["dimension"] == "total"].iloc[0]
    came = BOOKS.loc[BOOKS["period"].isin(CALENDAR.months("2026Q1")), "net_sales_cents"].sum() / 100
    assert whole["came"] == pytest.approx(came)
    assert whole["state"] == ("kept" if came >= whole["promised"] else "broken")
    finding = checks.say_promises(table, words=EN, earlier="2025Q4")
    assert finding.checks[0].passed is bool(whole["state"] == "kept")
    assert "1 tasks fell due: 0 done, 0 not, of 1 nobody told" in finding.text
    assert checks.promises(None, None, **{**span, "since": ""}).empty


def test_a_first_publication_has_nothing_to_be_held_against(january):
    table = checks.changes(None, january, redone={}, calendar=CALENDAR)
    finding = checks.say_changes(table, january.goals, words=EN, earlier="", years=("2026", "2026"))
    assert "first publication" in finding.text
    assert finding.checks[0].passed is None
