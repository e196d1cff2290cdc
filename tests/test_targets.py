"""Goals: exact in every margin, honest in their probabilities, the same whatever the order of the rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import futures, targets
from salesplan.config import DIMENSIONS, Initiative, Limit, TargetChoices
from salesplan.errors import PlanFileError
from salesplan.stats import cents
from salesplan.words import words
from tests.planned_company import CALENDAR, cube

EN = words("en")
YEAR = "2026"


@pytest.fixture(scope="module")
def sales() -> pd.DataFrame:
    return cube()


def ahead(sales, *moves: Initiative, as_of: str = "2025Q4") -> pd.DataFrame:
    calm = targets.forecast(sales, calendar=CALENDAR, as_of=as_of, seed=1, draws=200).paths
    return futures.future(calm, sales, initiatives=moves, calendar=CALENDAR, as_of=as_of, seed=1).paths


@pytest.fixture(scope="module")
def paths(sales) -> pd.DataFrame:
    return ahead(sales)


def split(sales, paths, goal, **more) -> pd.DataFrame:
    rule = more.pop("split", "history")
    return targets.splits(sales, paths=paths, calendar=CALENDAR, year=YEAR, **more).share(goal, split=rule)


@st.composite
def companies(draw):
    """A last year of up to 20 cells, some empty, some with returns, and flat sample paths of it."""
    count = draw(st.integers(1, 20))
    names = st.sampled_from(["a", "b", "c"])
    rows = [
        {
            **{d: draw(names) for d in DIMENSIONS},
            "period": f"2025-{draw(st.integers(1, 12)):02d}",
            "net_sales_cents": draw(st.integers(-10_000, 10**9)),
        }
        for _ in range(count)
    ]
    table = pd.DataFrame(rows).groupby([*DIMENSIONS, "period"], as_index=False)["net_sales_cents"].sum()
    keys = {("total", "total"): draw(st.integers(1, 10**10))}
    keys |= {(d, m): draw(st.integers(0, 10**9)) for d in DIMENSIONS for m in sorted(table[d].unique())}
    months = CALENDAR.months(YEAR)
    sample = [(d, m, p, k, v * (1 + k)) for (d, m), v in keys.items() for p in months for k in range(2)]
    return table, pd.DataFrame(sample, columns=["dimension", "member", "period", "draw", "planned"])


@given(companies(), st.integers(1, 10**13), st.randoms(use_true_random=False))
def test_i1_i2_every_margin_is_the_goal_to_the_cent(company, goal, rng):
    table, sample = company
    cells = split(table, sample, goal / 100)
    whole = cents(cells["target"])
    assert int(whole.sum()) == goal
    assert (whole >= 0).all()
    assert (cells.groupby(list(DIMENSIONS)).size() == 12).all()
    shown = targets.segments(cells, paths=sample, calendar=CALENDAR)
    sums = cents(shown["target"]).groupby([shown["dimension"], shown["level"]]).sum()
    assert set(sums) == {goal}
    assert len(sums) == 15
    assert shown["p_reach"].between(0, 1).all()
    order = list(range(len(table)))
    rng.shuffle(order)
    pd.testing.assert_frame_equal(split(table.iloc[order], sample.iloc[::-1], goal / 100), cells, check_exact=True)


LIMITS = [
    Limit(where={"region": "east"}, fixed=5_000_000.01),
    Limit(where={"region": "north"}, cap=6_000_000.0),
    Limit(where={"region": "west", "product": "pots"}, floor=1_000_000.5, period="2026Q1"),
]


@pytest.mark.parametrize("rule", ["history", "potential", "equal_growth", "equal_difficulty"])
def test_i5_fixed_amounts_floors_and_caps_hold_to_the_cent_under_every_rule(sales, paths, rule):
    cells = split(sales, paths, 20_000_000.0, split=rule, limits=LIMITS)
    assert cents(cells["target"]).sum() == 2_000_000_000
    regions = cents(cells["target"]).groupby(cells["region"]).sum()
    assert regions["east"] == 500_000_001
    assert regions["north"] <= 600_000_000
    quarter = cells[(cells["region"] == "west") & (cells["product"] == "pots") & (cells["period"] <= "2026-03")]
    assert cents(quarter["target"]).sum() >= 100_000_050
    shown = targets.segments(cells, paths=paths, calendar=CALENDAR, limits=LIMITS)
    east = shown.query("member == 'east' and level == 'year'").iloc[0]
    assert (east.floor, east.cap) == (5_000_000.01, 5_000_000.01)


def test_equal_growth_asks_the_same_growth_of_every_month_of_every_cell(sales, paths):
    last = sales[sales["period"] >= "2025-01"]
    goal = round(last["net_sales_cents"].sum() * 1.1) / 100
    cells = split(sales, paths, goal, split="equal_growth")
    keys = [*DIMENSIONS, "period"]
    before = last.assign(period=last["period"].str.replace("2025", "2026")).set_index(keys)["net_sales_cents"]
    now = cents(cells.set_index(keys)["target"])
    assert ((now - before.reindex(now.index) * 1.1).abs() <= 1.0).all()


def test_equal_difficulty_makes_all_members_of_a_dimension_equally_likely(sales, paths):
    goal = float(bases(sales, paths).set_index("basis").loc["target", "amount"])
    cells = split(sales, paths, goal, split="equal_difficulty")
    shown = targets.segments(cells, paths=paths, calendar=CALENDAR).query("level == 'year' and dimension != 'total'")
    spread = shown.groupby("dimension")["p_reach"].agg(lambda p: p.max() - p.min())
    assert (spread < 0.04).all()


def test_c53_limits_that_cannot_hold_together_are_named_and_no_others(sales, paths):
    limits = [
        Limit(where={"region": "east"}, floor=700_000.0),
        Limit(where={"region": "west"}, cap=900_000.0),
        Limit(where={"region": "north"}, floor=400_000.0),
    ]
    with pytest.raises(PlanFileError, match=r"region=east floor 700,000.00; region=north floor 400,000.00: these can"):
        split(sales, paths, 1_000_000.0, limits=limits)
    with pytest.raises(PlanFileError, match="'moon' sold nothing last year"):
        split(sales, paths, 1_000_000.0, limits=[Limit(where={"region": "moon"}, cap=2_000_000.0)])


def bases(sales, paths, choices=None, **more) -> pd.DataFrame:
    plan = TargetChoices() if choices is None else choices
    return targets.topline(sales, start=paths, now=paths, choices=plan, calendar=CALENDAR, year=YEAR, words=EN, **more)


def test_i13_a_higher_goal_is_never_likelier(sales, paths):
    known = bases(sales, paths, TargetChoices(strategic_growth=0.4, fixed_cost=3e6, planned_profit=1e6))
    known = known.dropna(subset=["amount"]).sort_values("amount")
    assert len(known) >= 8
    assert known["p_reach"].is_monotonic_decreasing
    assert known["chosen"].sum() == 1


def test_i14_probability_is_one_far_below_and_nought_far_above(sales, paths):
    assert [futures.reach(paths, goal=g) for g in (0.0, 1e12)] == [1.0, 0.0]
    middle = bases(sales, paths).set_index("basis").loc["forecast"]
    assert middle["p_baseline"] == pytest.approx(0.5, abs=0.01)


def test_the_ambition_of_the_plan_is_the_probability_it_gets(sales, paths):
    table = bases(sales, paths).set_index("basis")
    assert table.loc[["commit", "target", "stretch"], "p_reach"].tolist() == pytest.approx([0.8, 0.55, 0.25], abs=0.03)


def move(**changes) -> Initiative:
    day = {"start": "2026-01-01", "due": "2026-12-31"}
    said = {"action": "a", "mechanism": "m", "evidence": "e"}
    size = {"impact_low": 900_000, "impact_mid": 1_000_000, "impact_high": 1_100_000, "probability": 1.0, "cost": 0}
    return Initiative(**({"initiative_id": "I1", "lever": "market", **day, **said, **size} | changes))


def test_initiatives_add_what_they_bring_times_their_probability(sales, paths):
    calm = bases(sales, paths).set_index("basis")
    sure = bases(sales, ahead(sales, move())).set_index("basis")
    off = bases(sales, ahead(sales, move(selected=False))).set_index("basis")
    lift = sure["amount"] - calm["amount"]
    assert lift["forecast_initiatives"] == pytest.approx(1e6, rel=0.1)
    assert off["amount"].equals(calm["amount"])
    assert lift["forecast"] == 0
    assert sure.loc["target", "p_reach"] == pytest.approx(0.55, abs=0.03)
    assert sure.loc["target", "p_baseline"] < sure.loc["target", "p_reach"]


def test_cost_and_profit_need_what_the_margin_says(sales, paths):
    table = bases(sales, paths, TargetChoices(fixed_cost=4e6, planned_profit=2e6)).set_index("basis")["amount"]
    assert table["break_even"] == pytest.approx(4e6 / 0.4, rel=1e-6)
    assert table["net_profit"] == pytest.approx(6e6 / 0.4, rel=1e-6)


def test_market_growth_times_share(sales, paths):
    year = sales[sales["period"].str[:4] == "2025"]["net_sales_cents"].sum()
    market = pd.DataFrame({"year": ["2024", "2025"], "dimension": "total", "market_size_cents": [8 * year, 10 * year]})
    amount = bases(sales, paths, market=market).set_index("basis").loc["market_share", "amount"]
    assert amount == pytest.approx(1.25 * year / 100, rel=1e-9)


def test_assets_and_heads_give_what_they_turn_over(sales, paths):
    heads = {"heads": 20, "value_added_per_head": 2e5, "value_added_rate": 0.5}
    choices = TargetChoices(average_assets=5e6, asset_turnover=1.4, **heads)
    table = bases(sales, paths, choices).set_index("basis")["amount"]
    assert table["asset_turnover"] == pytest.approx(7e6)
    assert table["value_added"] == pytest.approx(8e6)


def test_keeping_pace_with_the_middle_competitor(sales, paths):
    year = sales[sales["period"].str[:4] == "2025"]["net_sales_cents"].sum() / 100
    market = pd.DataFrame({"year": ["2024", "2025"], "dimension": "total", "market_size_cents": [1000, 1100]})
    shares = {"A": (0.2, 0.2), "B": (0.1, 0.11), "C": (0.3, 0.27)}  # grew by 10, 21 and -1 %
    rows = [(f"{y}-06-30", name, share[y - 2024]) for name, share in shares.items() for y in (2024, 2025)]
    seen = pd.DataFrame(rows, columns=["date", "competitor", "share"])
    seen["date"] = pd.to_datetime(seen["date"])
    row = bases(sales, paths, market=market, competitors=seen).set_index("basis").loc["competitors"]
    assert row["amount"] == pytest.approx(1.1 * year, rel=1e-6)
    assert (row["low"], row["high"]) == pytest.approx((0.99 * year, 1.21 * year), rel=1e-6)


def test_the_team_as_it_stands(sales, paths):
    months = CALENDAR.months("2025")
    reps = pd.DataFrame([(r, p, 100_000_00) for r in ("r1", "r2", "r3") for p in months])
    reps.columns = ["rep_id", "period", "net_sales_cents"]
    team = pd.DataFrame({"rep_id": ["r1", "r2", "r3"], "left": pd.to_datetime([None, None, "2025-12-01"])})
    amount = bases(sales, paths, reps=reps, team=team).set_index("basis").loc["bottom_up", "amount"]
    year = sales[sales["period"].isin(months)]["net_sales_cents"].sum() / 100
    assert amount == pytest.approx(year - 1_200_000, abs=0.02)


def test_a_basis_without_inputs_says_what_it_needs(sales, paths):
    table = bases(sales, paths).set_index("basis")
    assert np.isnan(table.loc["market_share", "amount"])
    assert "market" in table.loc["market_share", "reason"]
    with pytest.raises(PlanFileError, match="strategic_growth"):
        bases(sales, paths, TargetChoices(basis="strategic_goal"))


def test_the_goal_stays_through_the_year_while_its_probability_moves():
    known = cube(months=66, last="2026-06")
    start, now = (ahead(known, move(), as_of=quarter) for quarter in ("2025Q4", "2026Q2"))
    plan = {"choices": TargetChoices(), "calendar": CALENDAR, "year": YEAR, "words": EN}
    before = known[known["period"] < "2026"]
    first = targets.topline(before, start=start, now=start, **plan)
    later = targets.topline(known, start=start, now=now, **plan)
    pd.testing.assert_series_equal(first["amount"], later["amount"])
    assert not first["p_reach"].equals(later["p_reach"])


@pytest.mark.parametrize("share", [0.9, 1.15])
def test_where_a_limit_holds_one_member_the_others_stay_equally_likely(sales, paths, share):
    goal = float(np.quantile(futures.year_of(paths), 0.45)) / 100
    even = targets.segments(split(sales, paths, goal, split="equal_difficulty"), paths=paths, calendar=CALENDAR)
    own = even.query("dimension == 'region' and level == 'year' and member == 'east'")["target"].iloc[0]
    limit = Limit(where={"region": "east"}, **{"cap" if share < 1 else "floor": round(own * share, 2)})
    cells = split(sales, paths, goal, split="equal_difficulty", limits=[limit])
    table = targets.segments(cells, paths=paths, calendar=CALENDAR).query("level == 'year'").set_index("member")
    assert table.loc["east", "target"] == pytest.approx(own * share, abs=0.011)
    others = table.query("dimension == 'region'").drop("east")["p_reach"]
    assert others.max() - others.min() <= 0.02
    assert table.loc["total", "p_reach"] == pytest.approx(0.55, abs=0.01)
    assert (others.mean() < even.query("member == 'west' and level == 'year'")["p_reach"].iloc[0]) == (share < 1)


def test_what_if_says_what_a_run_with_that_plan_would(sales, paths):
    """The goal, its probability and every member's, by each rule, are those of topline, cells and segments."""
    last_year = targets.last_year_sales(sales, calendar=CALENDAR, year=YEAR)
    limits = [Limit(where={"region": "east"}, cap=round(0.3 * last_year, 2))]
    ways = targets.splits(sales, paths=paths, calendar=CALENDAR, year=YEAR, limits=limits)
    draws = targets.year_draws(paths)
    for rule in ("history", "potential", "equal_growth", "equal_difficulty"):
        dials = {"set_goal": last_year, "change": 0.07, "split": rule, "hedge": 0.0}
        said = targets.what_if(ways, draws, **dials, words=EN).split("\n")
        goal = round(last_year * 1.07, 2)
        choices = TargetChoices(basis="amount", amount=goal)
        table = bases(sales, paths, choices)
        chosen = table[table["chosen"]].iloc[0]
        assert EN.money(chosen["amount"]) in said[0]
        assert EN.chance(chosen["p_reach"]) in said[0]
        cells = split(sales, paths, goal, split=rule, limits=limits)
        rows = targets.segments(cells, paths=paths, calendar=CALENDAR).query(
            "dimension == 'region' and level == 'year'"
        )
        for line, row in zip(said[1:], rows.sort_values("member").to_dict("records"), strict=True):
            assert line == f"{row['member']}: {EN.money(row['target'])}, reached with {EN.chance(row['p_reach'])}"


def test_what_if_tells_of_limits_that_cannot_hold_and_of_the_hedge(sales, paths):
    limits = [Limit(where={"region": r}, cap=1.0) for r in ("east", "west", "north")]
    ways = targets.splits(sales, paths=paths, calendar=CALENDAR, year=YEAR, limits=limits)
    dials = {"set_goal": 1e6, "change": 0.1, "split": "history"}
    draws = targets.year_draws(paths)
    said = targets.what_if(ways, draws, **dials, hedge=0.1, words=EN)
    assert "+10.0 %" in said
    assert "cannot hold together" in said
    free = targets.splits(sales, paths=paths, calendar=CALENDAR, year=YEAR)
    assert EN.money(1.21e6) in targets.what_if(free, draws, **dials, hedge=0.1, words=EN)
