"""Plans made anew: they know nothing that came later, and are graded by what came."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from salesplan import chain, config, targets
from salesplan.cli import main
from salesplan.errors import ChainError
from salesplan.targets import replay
from salesplan.words import words
from salesplan.workspace import REPLAY
from tests import planned_company
from tests.conftest import LONG, ROOT
from tests.truncation import truncated

CALENDAR = planned_company.CALENDAR
PLAN = """[company]
name = "small"
title = "Small"
currency = "CNY"
[sources.orders]
path = "orders.csv"
[targets]
basis = "target"
split = "equal_difficulty"
"""


def planned(cube: pd.DataFrame, as_of: str, **choices) -> pd.DataFrame:
    asked = config.TargetChoices(**{"basis": "target", **choices})
    about = {"calendar": CALENDAR, "choices": asked, "words": words("en"), "seed": 1, "frames": {}}
    return replay.plan_then(cube, as_of=as_of, **about)


def test_a_plan_knows_nothing_of_what_came_later():
    whole = planned_company.cube(months=60)
    known = whole[whole["period"] <= "2024-06"]
    changed = whole.assign(net_sales_cents=whole["net_sales_cents"].where(whole["period"] <= "2024-06", 1))
    one = planned(known, "2024Q2")
    for other in (whole, changed):
        pd.testing.assert_frame_equal(one, planned(other, "2024Q2"), check_exact=True)
    assert one["year"].eq("2024").all()
    assert one["p_reach"].between(0, 1).all()
    assert one["p_reach"].nunique() > 3


def test_what_belongs_to_the_plan_at_hand_is_left_out():
    cube = planned_company.cube(months=30, last="2024-12")
    limits = [{"where": {"region": "moon"}, "fixed": 1e12}]
    asked = {"basis": "amount", "amount": 7e9, "limits": limits}
    pd.testing.assert_frame_equal(planned(cube, "2024Q4"), planned(cube, "2024Q4", **asked))


def plans() -> pd.DataFrame:
    label = {"as_of": "2024Q4", "year": "2025", "p_reach": 0.5, "p10": 90.0, "p50": 100.0, "p90": 110.0}
    rows = [("total", "total", 120.0), ("region", "N", 60.0), ("region", "S", 60.0)]
    rows = pd.DataFrame([{**label, "dimension": d, "member": m, "target": t} for d, m, t in rows])
    return pd.concat([rows, rows.assign(as_of="2025Q4", year="2026")], ignore_index=True)


def test_only_years_that_are_over_are_graded_by_what_came():
    months = CALENDAR.months("2025")
    cube = pd.DataFrame([(m, r, 1000 if r == "N" else 0) for m in months for r in "NS"])
    cube.columns = ["period", "region", "net_sales_cents"]
    cube = cube.assign(product="A", customer_group="G", channel="C")
    table = replay.graded(plans(), cube, calendar=CALENDAR).set_index("member")
    assert table["year"].eq("2025").all()
    assert table["actual"].to_dict() == {"total": 120.0, "N": 120.0, "S": 0.0}
    assert table["reached"].to_dict() == {"total": True, "N": True, "S": False}
    assert not table["inside"].any()
    assert table.loc["total", "landing_error"] == pytest.approx(100 / 120 - 1)
    assert np.isnan(table.loc["S", "landing_error"])


@pytest.mark.parametrize("off", [0.0, 1.0])
def test_probabilities_that_come_true_lie_on_the_line(off):
    """Ranges and probabilities of a normal forecast of deviation one; ``off`` is how far what comes lies above it."""
    from statistics import NormalDist

    rng, count = np.random.default_rng(3), 4000
    goal = rng.normal(0, 1, count)
    came = rng.normal(off, 1, count)
    table = pd.DataFrame({"as_of": "2024Q4", "year": "2025", "dimension": "region", "member": "R", "target": goal})
    table["p_reach"] = [1 - NormalDist().cdf(g) for g in goal]
    for name, level in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9)):
        table[name] = NormalDist().inv_cdf(level)
    table["actual"], table["reached"] = came, came >= goal
    table["inside"] = table["actual"].between(table["p10"], table["p90"])
    found = targets.reliability(table)
    assert found["n"].sum() == 4 * count
    apart = (found["reached"] - found["stated"])[found["n"] > 200]
    assert (apart.abs().max() < 0.04) if off == 0 else (apart.max() > 0.2)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A small company's orders, one line a month and cell."""
    folder = tmp_path_factory.mktemp("small")
    cube = planned_company.cube(months=36).reset_index(drop=True)
    lines = cube.rename(columns={"product": "category"}).assign(
        order_id=[f"O{n:05d}" for n in range(len(cube))],
        order_date=cube["period"] + "-15",
        customer_id=cube["region"] + cube["customer_group"],
        product_id=cube["product"],
        quantity=1,
        net_sales=cube["net_sales_cents"] / 100,
    )
    columns = ["order_id", "order_date", "customer_id", "product_id", "quantity", "net_sales"]
    columns += ["category", "region", "customer_group", "channel"]
    lines[columns].to_csv(folder / "orders.csv", index=False)
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    return folder


@pytest.mark.slow
def test_i27_no_number_of_an_earlier_plan_changes_when_later_orders_are_deleted(company, tmp_path, capsys):
    """The command twice: on all orders, and on those of the first plan's quarter and the year it is graded by."""
    asked = ["--from", "2024Q3", "--to", "2024Q4", "--outputs", str(tmp_path / "all")]
    assert main(["replay", "--plan", str(company / "plan.toml"), *asked]) == 0
    told = capsys.readouterr().out
    assert "2024Q3: planned" in told
    assert "came true" in told
    whole = pd.read_parquet(tmp_path / "all" / "small" / REPLAY)
    assert whole["as_of"].unique().tolist() == ["2024Q3"]
    lines = pd.read_csv(company / "orders.csv")
    again = tmp_path / "early"
    again.mkdir()
    lines[lines["order_date"] < "2024-10"].to_csv(again / "orders.csv", index=False)
    (again / "plan.toml").write_text(PLAN, encoding="utf-8")
    plan = config.load(again / "plan.toml")
    layout = chain.layout_of(plan, outputs=tmp_path / "early_out")
    about = {"first": "2024Q3", "last": "2024Q3", "layout": layout, "seed": 20260101, "say": print}
    early = chain.replayed_plans(plan, **about)
    known = ["as_of", "year", "dimension", "member", "target", "p_reach", "p10", "p50", "p90"]
    pd.testing.assert_frame_equal(whole[known], early[known].reset_index(drop=True), check_exact=True)


@pytest.mark.by_hand
@LONG
@pytest.mark.parametrize(
    ("place", "quarter"),
    [
        *((ROOT / "data" / "demo" / "plan.toml", quarter) for quarter in ("2022Q4", "2023Q2", "2024Q3", "2025Q4")),
        *((ROOT / "tests" / "companies" / "adventureworks.toml", quarter) for quarter in ("2012Q4", "2013Q1")),
    ],
    ids=["demo-2022Q4", "demo-2023Q2", "demo-2024Q3", "demo-2025Q4", "bicycles-2012Q4", "bicycles-2013Q1"],
)
def test_i27_no_number_of_a_companys_earlier_plan_changes_when_later_facts_are_deleted(place, quarter, tmp_path):
    if not place.name.startswith("plan") and not (ROOT.parent / "shared" / "data" / "adventureworks").is_dir():
        pytest.skip("the adventureworks data do not lie beside this checkout")
    cut, dropped = truncated(place, tmp_path / "cut", cut_off=CALENDAR.bounds(quarter)[1])
    assert dropped > 10_000
    found = []
    for name, path in (("whole", place), ("cut", cut)):
        plan = config.load(path)
        about = {"layout": chain.layout_of(plan, outputs=tmp_path / f"{name}_out"), "seed": plan.file.company.seed}
        found.append(chain.replayed_plans(plan, first=quarter, last=quarter, say=print, **about))
    pd.testing.assert_frame_equal(*found, check_exact=True)
    assert len(found[0]) > 10


def test_a_year_that_is_not_over_cannot_be_graded(company, tmp_path):
    plan = config.load(company / "plan.toml")
    about = {"layout": chain.layout_of(plan, outputs=tmp_path), "seed": 1, "say": print}
    with pytest.raises(ChainError, match="no year planned between 2024Q4 and 2024Q4 is over"):
        chain.replay(plan, first="2024Q4", last="2024Q4", **about)
    with pytest.raises(ChainError, match="has a year of orders before it"):
        chain.replay(plan, first="2023Q1", last="2023Q2", **about)


def test_quarters_in_the_wrong_order_are_refused(company, tmp_path, capsys):
    asked = ["--from", "2025Q4", "--to", "2024Q4", "--outputs", str(tmp_path)]
    assert main(["replay", "--plan", str(company / "plan.toml"), *asked]) == 1
    assert "turn them round" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_said_names_plans_ranges_and_scores(language):
    cube = planned_company.cube(months=48)
    made = pd.concat([planned(cube, as_of) for as_of in ("2023Q4", "2024Q4")], ignore_index=True)
    table = replay.graded(made, cube, calendar=CALENDAR)
    said = targets.say_replay(table, words=words(language))
    assert "2023Q4" in said.text
    assert "Brier" in said.text
    none = targets.say_replay(table.head(0), words=words(language))
    assert "salesplan replay" in none.text
