"""Sharing a total: exact, least changed, and honest where it cannot be done."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan.allocation import Demand, allocated, raked
from salesplan.errors import AllocationError


def keys(count: int) -> list[str]:
    return [f"{n:03d}" for n in range(count)]


@st.composite
def problems(draw):
    """Weights, a total and up to four demands over any cells; often feasible, sometimes not."""
    count = draw(st.integers(2, 12))
    weight = np.array([draw(st.integers(0, 1000)) for _ in range(count)], dtype=float)
    weight[draw(st.integers(0, count - 1))] += 1
    total = draw(st.integers(0, 10**12))
    demands = []
    for number in range(draw(st.integers(0, 4))):
        inside = np.array([draw(st.booleans()) for _ in range(count)])
        low = draw(st.integers(0, total))
        high = draw(st.one_of(st.none(), st.integers(low, total)))
        demands.append(Demand(f"d{number}", inside, low, high))
    return weight, total, demands


@given(problems())
def test_i5_every_demand_holds_to_the_cent_or_the_smallest_conflict_is_named(problem):
    weight, total, demands = problem
    try:
        found = allocated(weight, total=total, demands=demands, keys=keys(len(weight)))
    except AllocationError as error:
        named = [d for d in demands if d.name in error.names]
        assert named
        for out in range(len(named)):
            allocated(weight, total=total, demands=[*named[:out], *named[out + 1 :]], keys=keys(len(weight)))
        return
    assert int(found.sum()) == total
    assert (found >= 0).all()
    assert (found[weight == 0] == 0).all()
    for demand in demands:
        assert demand.low <= found[demand.inside].sum()
        assert demand.high is None or found[demand.inside].sum() <= demand.high


@given(problems(), st.randoms(use_true_random=False))
def test_i4_the_order_of_cells_does_not_matter(problem, chance):
    weight, total, _ = problem
    order = list(range(len(weight)))
    chance.shuffle(order)
    names = keys(len(weight))
    one = allocated(weight, total=total, keys=names)
    other = allocated(weight[order], total=total, keys=[names[n] for n in order])
    assert dict(zip(names, one, strict=True)) == dict(zip([names[n] for n in order], other, strict=True))


@given(st.lists(st.integers(1, 1000), min_size=3, max_size=8), st.integers(10**6, 10**9))
def test_a_limit_changes_the_others_only_in_proportion(weights, total):
    weight = np.array(weights, dtype=float)
    cap = int(0.5 * total * weight[0] / weight.sum())
    inside = np.arange(len(weight)) == 0
    found = allocated(weight, total=total, demands=[Demand("cap", inside, 0, cap)], keys=keys(len(weight)))
    assert found[0] == pytest.approx(cap, abs=1)
    share = found[1:] / found[1:].sum()
    assert share == pytest.approx(weight[1:] / weight[1:].sum(), abs=2 / found[1:].sum())


def test_the_least_change_agrees_with_a_general_solver():
    from scipy.optimize import minimize

    rng = np.random.default_rng(4)
    weight = rng.uniform(1, 10, 6)
    demands = [
        Demand("a", np.array([1, 1, 0, 0, 0, 0], bool), 4_000_000),
        Demand("b", np.array([0, 1, 1, 0, 1, 0], bool), 0, 3_000_000),
    ]
    found = allocated(weight, total=10_000_000, demands=demands, keys=keys(6)) / 1e7
    start = weight / weight.sum()
    held = [
        {"type": "eq", "fun": lambda x: x.sum() - 1},
        {"type": "ineq", "fun": lambda x: x[:2].sum() - 0.4},
        {"type": "ineq", "fun": lambda x: 0.3 - x[[1, 2, 4]].sum()},
    ]
    oracle = minimize(
        lambda x: (x * np.log(x / start)).sum(),
        start,
        bounds=[(1e-9, 1)] * 6,
        constraints=held,
        options={"ftol": 1e-14},
    )
    assert found == pytest.approx(oracle.x, abs=2e-5)


def test_raking_keeps_the_odds_ratios_and_meets_the_margins():
    cells = pd.DataFrame({"row": list("aabb"), "column": list("xyxy")})
    start = np.array([1.0, 2.0, 3.0, 10.0])
    margins = {"row": pd.Series({"a": 0.5, "b": 0.5}), "column": pd.Series({"x": 0.3, "y": 0.7})}
    x = raked(cells, margins=margins, weight=start)
    assert x[0] * x[3] / (x[1] * x[2]) == pytest.approx(1 * 10 / (2 * 3), rel=1e-8)
    assert [x[0] + x[1], x[0] + x[2]] == pytest.approx([0.5, 0.3], abs=1e-9)


def test_a_start_that_meets_the_margins_is_left_alone():
    cells = pd.DataFrame({"row": list("aabb"), "column": list("xyxy")})
    start = np.array([0.1, 0.2, 0.3, 0.4])
    margins = {"row": pd.Series({"a": 0.3, "b": 0.7}), "column": pd.Series({"x": 0.4, "y": 0.6})}
    assert raked(cells, margins=margins, weight=start) == pytest.approx(start, abs=1e-12)
