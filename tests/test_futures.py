"""One future: initiatives over the draws that nothing changed gave, exact in every sum, honest in every chance."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from salesplan import futures
from salesplan.config import DIMENSIONS, Initiative
from tests.planned_company import CALENDAR, MEMBERS, cube
from tests.test_execution import move

SALES = cube()
LAST = SALES[SALES["period"].isin(CALENDAR.months("2025"))]
KEYS = [("total", "total"), *((d, m) for d in DIMENSIONS for m in MEMBERS[d])]


def calm(draws: int = 400, *, mean: float = 1e8, spread: float = 0.0) -> pd.DataFrame:
    """Months of the same amount [cents] in every member's even share, a normal year around twelve times ``mean``."""
    year = norm.ppf((np.arange(draws) + 0.5) / draws, 12 * mean, 12 * mean * spread) if spread else 12 * mean
    whole = np.rint(np.broadcast_to(year, draws) / 12)
    values = np.array([whole if d == "total" else np.rint(whole / len(MEMBERS[d])) for d, _ in KEYS])
    for dimension in DIMENSIONS:
        at = [n for n, (d, _) in enumerate(KEYS) if d == dimension]
        values[at[0]] += whole - values[at].sum(axis=0)
    grid = futures.Grid(KEYS, CALENDAR.months("2026"), np.repeat(values[:, None, :], 12, axis=1))
    return futures.to_frame(grid, column="baseline")


def ahead(*moves: Initiative, paths: pd.DataFrame | None = None, as_of: str = "2025Q4") -> futures.Future:
    given_paths = calm() if paths is None else paths
    return futures.future(given_paths, SALES, initiatives=moves, calendar=CALENDAR, as_of=as_of, seed=1)


def sure(code: str = "I1", amount: float = 4e5, **changed: object) -> Initiative:
    size = {"impact_low": amount, "impact_mid": amount, "impact_high": amount, "probability": 1.0}
    return move(code, **{**size, "start": dt.date(2026, 1, 1), "due": dt.date(2026, 12, 31), **changed})


@st.composite
def portfolios(draw) -> list[Initiative]:
    found = []
    for n in range(draw(st.integers(0, 4))):
        low, mid, high = sorted(draw(st.lists(st.integers(-(10**6), 10**7), min_size=3, max_size=3)))
        scope = {d: draw(st.sampled_from(MEMBERS[d])) for d in DIMENSIONS if draw(st.booleans())}
        month = draw(st.integers(1, 12))
        found.append(
            move(
                f"I{n}",
                impact_low=low,
                impact_mid=mid,
                impact_high=high,
                scope=scope,
                probability=draw(st.floats(0, 1)),
                start=dt.date(2026, month, 1),
                due=dt.date(2026, 12, 31),
                ramp_months=draw(st.sampled_from([0, 3])),
                overlaps=draw(st.lists(st.sampled_from(["I0", "I1"]), max_size=1)),
            )
        )
    return found


@given(portfolios())
def test_members_sum_to_the_total_and_the_steps_lead_from_one_year_to_the_other(moves):
    found = ahead(*moves, paths=calm(40))
    sums = found.paths.groupby(["dimension", "period", "draw"])["planned"].sum().unstack("dimension")
    assert all((sums[d] == sums["total"]).all() for d in DIMENSIONS)
    risen = futures.year_of(found.paths) - futures.year_of(found.paths, column="baseline")
    steps = found.steps.groupby("draw")["amount"].sum().to_numpy()
    assert np.abs(risen - steps).max() <= 12 + len(moves)
    assert (found.steps.loc[found.steps["step"] == "overlap", "amount"] <= 0).all()


def test_without_initiatives_the_plan_is_the_baseline():
    found = ahead(sure(selected=False))
    assert (found.paths["planned"] == found.paths["baseline"]).all()
    assert set(found.steps["step"]) == {"overlap"}


def test_a_sure_amount_moves_the_whole_year_by_itself():
    found = ahead(sure(amount=1_234_567.89), paths=calm(2000, spread=0.06))
    risen = futures.year_of(found.paths) - futures.year_of(found.paths, column="baseline")
    assert np.abs(risen - 123_456_789).max() <= 6
    goal = 12.6e6
    reached = [futures.reach(found.paths, goal=goal, column=c) for c in ("baseline", "planned")]
    assert reached == pytest.approx(
        [norm.sf((goal - moved) / 12e6 / 0.06) for moved in (12e6, 13_234_567.89)], abs=1e-3
    )


def test_chance_and_triangle_come_out_as_planned():
    found = ahead(move(impact_low=0, impact_mid=1e6, impact_high=5e6, probability=0.3), paths=calm(2000))
    drawn = found.steps.query("step == 'I1'")["amount"] / 100
    assert (drawn > 0).mean() == pytest.approx(0.3, abs=1e-3)
    assert drawn.mean() == pytest.approx(0.3 * 2e6, rel=1e-3)
    # variance of a triangle: (a² + b² + c² - ab - ac - bc) / 18
    assert drawn[drawn > 0].var() == pytest.approx((1 + 25 - 5) * 1e12 / 18, rel=0.02)


def test_only_the_scope_moves_and_not_before_the_start():
    found = ahead(sure(scope={"region": "east"}, start=dt.date(2026, 7, 1))).paths
    changed = found[found["planned"] != found["baseline"]]
    assert set(changed.query("dimension == 'region'")["member"]) == {"east"}
    assert changed["period"].min() == "2026-07"
    slow = ahead(sure(ramp_months=6)).paths.query("dimension == 'total' and draw == 0")
    added = (slow["planned"] - slow["baseline"]).to_numpy()
    base = LAST.groupby("period")["net_sales_cents"].sum().to_numpy()
    share = added / base
    assert share[0] == pytest.approx(share[8] / 12, rel=0.1)
    assert share[8] == pytest.approx(share[11], rel=1e-3)


def test_closed_months_hold_what_came_and_only_the_rest_is_still_to_bring():
    whole, later = (ahead(sure(), as_of=q).steps.query("step == 'I1'")["amount"].iloc[0] for q in ("2025Q4", "2026Q2"))
    paths = ahead(sure(), as_of="2026Q2").paths
    closed = paths["period"] <= "2026-06"
    assert (paths.loc[closed, "planned"] == paths.loc[closed, "baseline"]).all()
    base = LAST.groupby("period")["net_sales_cents"].sum()
    assert later / whole == pytest.approx(base.iloc[6:].sum() / base.sum(), rel=1e-6)


@pytest.mark.parametrize(
    "days", [(dt.date(2025, 1, 1), dt.date(2025, 12, 1)), (dt.date(2027, 1, 1), dt.date(2027, 2, 1))]
)
def test_a_move_that_lies_outside_the_plan_year_brings_nothing_to_it(days):
    found = ahead(sure(start=days[0], due=days[1])).paths
    assert (found["planned"] == found["baseline"]).all()


def test_two_moves_on_the_same_cells_lose_what_is_counted_twice():
    moves = [sure("I1", scope={"region": "east"}), sure("I2", scope={"region": "east"})]
    east = LAST.loc[LAST["region"] == "east", "net_sales_cents"].sum() / 100
    lost = -(4e5**2) / east
    drawn = ahead(*moves).steps.query("step == 'overlap'")["amount"] / 100
    assert drawn.tolist() == pytest.approx([lost] * 400, rel=1e-4)
    told = futures.overlaps(SALES, initiatives=moves, calendar=CALENDAR, year="2026").set_index("left")["amount"]
    assert told["total"] == pytest.approx(lost, rel=1e-4)
    apart = [moves[0], sure("I2", scope={"region": "west"})]
    assert futures.overlaps(SALES, initiatives=apart, calendar=CALENDAR, year="2026")["amount"].tolist() == [0]


def test_of_moves_that_declare_to_overlap_only_the_larger_counts():
    moves = [sure("I1"), sure("I2", amount=1e5, overlaps=["I1"])]
    drawn = ahead(*moves).steps.query("step == 'overlap'")["amount"] / 100
    assert drawn.tolist() == pytest.approx([-1e5] * 400, rel=1e-4)
    told = futures.overlaps(SALES, initiatives=moves, calendar=CALENDAR, year="2026").iloc[0]
    assert bool(told["declared"])
    assert told["amount"] == pytest.approx(-1e5, rel=1e-4)


def test_a_move_brings_the_same_whichever_others_are_chosen():
    one, two = move("I1", impact_high=9e5), move("I2")
    alone, both = (
        futures.moves(SALES, initiatives=chosen, calendar=CALENDAR, as_of="2025Q4", seed=1, draws=200)
        for chosen in ([one], [two, one])
    )
    pick = "step == 'I1'"
    assert alone.query(pick)["amount"].tolist() == both.query(pick)["amount"].tolist()
    assert both["step"].drop_duplicates().tolist() == ["I2", "I1", "overlap"]
    assert (both["amount"].to_numpy() == ahead(two, one, paths=calm(200)).steps["amount"].to_numpy()).all()


def test_frame_and_array_are_the_same_whatever_the_order_of_the_rows():
    table = calm(20, spread=0.1)
    grid = futures.to_grid(table.sample(frac=1, random_state=2), column="baseline")
    back = futures.to_frame(grid, column="baseline").set_index(["dimension", "member", "period", "draw"])
    pd.testing.assert_frame_equal(back.sort_index(), table.set_index(back.index.names).sort_index())
    assert (grid.series("total", "total").sum(axis=0) == futures.year_of(table, column="baseline")).all()


def test_odds_fall_with_the_amount_and_meet_the_probability_of_every_goal():
    found = ahead(sure(), paths=calm(500, spread=0.05))
    table = futures.odds(found.paths)
    assert (table[["p_reach", "p_baseline"]].diff().dropna() <= 0).all(axis=None)
    assert (table["p_reach"] >= table["p_baseline"]).all()
    row = table.iloc[60]
    assert futures.reach(found.paths, goal=row["amount"]) == pytest.approx(row["p_reach"], abs=0.002)
