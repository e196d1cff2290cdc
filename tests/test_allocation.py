"""Sharing a total: exact, least changed, and honest where it cannot be done."""

from __future__ import annotations

import clarabel
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from salesplan.allocation import Margin, allocated, demand, least_change, raked
from salesplan.allocation.margins import problem as as_problem
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
        demands.append(demand(f"d{number}", inside, low=low, high=high))
    return weight, total, demands


@given(problems())
def test_i5_every_demand_holds_to_the_cent_or_the_smallest_conflict_is_named(problem):
    weight, total, demands = problem
    try:
        found = allocated(weight, total=total, margins=demands, keys=keys(len(weight)))
    except AllocationError as error:
        named = [d for d in demands if d.names[0] in error.names]
        assert named
        for out in range(len(named)):
            allocated(weight, total=total, margins=[*named[:out], *named[out + 1 :]], keys=keys(len(weight)))
        return
    assert int(found.sum()) == total
    assert (found >= 0).all()
    assert (found[weight == 0] == 0).all()
    assert not as_problem(len(weight), total=total, margins=demands).off(found).any()


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
    found = allocated(weight, total=total, margins=[demand("cap", inside, high=cap)], keys=keys(len(weight)))
    assert found[0] == pytest.approx(cap, abs=1)
    share = found[1:] / found[1:].sum()
    assert share == pytest.approx(weight[1:] / weight[1:].sum(), abs=2 / found[1:].sum())


CASES = 3 * settings.default.max_examples  # the long profile goes beyond a thousand


def planted(rng, *, most=7):
    """A start over a table of two to four dimensions, some of it empty, and demands that one known table keeps."""
    shape = rng.integers(2, most, size=rng.integers(2, 5))
    codes = np.indices(shape).reshape(len(shape), -1)
    codes = codes[:, rng.random(codes.shape[1]) < rng.choice([0.8, 1.0])]
    start = rng.lognormal(0, 1, codes.shape[1]) * (rng.random(codes.shape[1]) > rng.choice([0.0, 0.1]))
    truth = np.floor(start * rng.lognormal(0, 0.4, len(start)) * 10 ** rng.integers(1, 8)).astype("int64")
    margins = []
    for number, code in enumerate(codes):
        sums = np.bincount(code, weights=truth, minlength=shape[number]).astype("int64")
        names = [f"{number}.{member}" for member in range(shape[number])]
        low, high = (sums * rng.uniform(0.7, 1, len(sums))).astype("int64"), np.ceil(sums * 1.2).astype("int64")
        kind = rng.random()
        if kind < 0.6:
            margins.append(Margin(code, names, *((sums, sums) if kind < 0.35 else (low, high))))
    for number in range(rng.integers(0, 4)):
        held = rng.choice(len(shape), size=rng.integers(1, len(shape) + 1), replace=False)
        inside = np.all([codes[n] == rng.integers(0, shape[n]) for n in held], axis=0)
        amount, kind = int(truth[inside].sum()), rng.random()
        low, high = (0 if kind > 0.6 else amount), (None if 0.3 < kind < 0.6 else amount)
        margins.append(demand(f"d{number}", inside, low=low, high=high))
    floor = np.floor(truth * rng.uniform(0.3, 1, len(truth))).astype("int64")
    cap = np.ceil(truth * rng.uniform(1, 2, len(truth))).astype("int64")
    return start, int(truth.sum()), margins, (floor, cap) if rng.random() < 0.5 else None


def oracle(start, asked, *, floor, cap):
    """The least Σ(x − start)²/start / 2 by Clarabel, in the same scale."""
    unit = asked.total / len(start)
    size = start / start.sum() * len(start)
    known, fixed, ended = size > 0, asked.low == asked.high, np.isfinite(cap)
    curve = np.divide(1.0, size, out=np.ones(len(size)), where=known)
    one = sparse.eye_array(len(size)).tocsr()
    rows = sparse.vstack([asked.rows[fixed], asked.rows[~fixed], -asked.rows[~fixed], one[ended], -one])
    ends = np.concatenate([asked.low[fixed], asked.high[~fixed], -asked.low[~fixed], cap[ended], -floor]) / unit
    cones = [clarabel.ZeroConeT(int(fixed.sum())), clarabel.NonnegativeConeT(len(ends) - int(fixed.sum()))]
    precise = clarabel.DefaultSettings()
    precise.verbose = False
    precise.tol_gap_abs = precise.tol_gap_rel = precise.tol_feas = 1e-11
    square, linear = sparse.csc_matrix(sparse.diags_array(curve)), np.where(known, -1.0, 0.0)
    solver = clarabel.DefaultSolver(square, linear, sparse.csc_matrix(rows), ends, cones, precise)
    return change(np.array(solver.solve().x), size)


def change(x, size):
    known = size > 0
    return float(((x[known] - size[known]) ** 2 / size[known]).sum() / 2)


def test_every_sum_holds_to_the_cent_whatever_the_order_and_no_solver_finds_a_smaller_change():
    rng = np.random.default_rng(11)
    solved = 0
    while solved < CASES:
        start, total, margins, bounds = planted(rng)
        if total == 0:
            continue
        solved += 1
        asked, names = as_problem(len(start), total=total, margins=margins), keys(len(start))
        found = allocated(start, total=total, margins=margins, keys=names, bounds=bounds)
        floor, cap = bounds or (np.zeros(len(start)), np.full(len(start), np.inf))
        cap = np.where(start > 0, cap, floor)
        assert not asked.off(found).any()
        assert (floor <= found).all()
        assert (found <= cap).all()
        order = rng.permutation(len(start))
        other = allocated(
            start[order],
            total=total,
            margins=[Margin(m.of[order], m.names, m.low, m.high) for m in margins],
            keys=[names[n] for n in order],
            bounds=bounds and (floor[order], cap[order].astype("int64")),
        )
        assert (other == found[order]).all()
        real = least_change(start, asked, floor=floor, cap=cap)
        size = start / start.sum() * len(start)
        assert change(real / (total / len(start)), size) == pytest.approx(
            oracle(start, asked, floor=floor, cap=cap), rel=1e-6, abs=1e-6
        )


def test_c53_of_demands_that_cannot_hold_together_a_smallest_set_is_named():
    rng, refused = np.random.default_rng(12), 0
    while refused < CASES / 5:
        shape = rng.integers(2, 6, size=rng.integers(2, 5))
        codes = np.indices(shape).reshape(len(shape), -1)
        start, total = rng.lognormal(0, 1, codes.shape[1]), int(10 ** rng.uniform(3, 11))
        margins = {}
        for number in range(rng.integers(3, 12)):
            held = rng.choice(len(shape), size=rng.integers(1, len(shape) + 1), replace=False)
            inside = np.all([codes[n] == rng.integers(0, shape[n]) for n in held], axis=0)
            amount = min(int(start[inside].sum() / start.sum() * total * rng.lognormal(0, 0.8)), total)
            low, high = [(amount, amount), (amount, None), (0, amount)][rng.integers(0, 3)]
            margins[f"d{number}"] = demand(f"d{number}", inside, low=low, high=high)
        names = keys(len(start))
        try:
            allocated(start, total=total, margins=list(margins.values()), keys=names)
        except AllocationError as error:
            refused += 1
            for out in error.names:
                rest = [margins[name] for name in error.names if name != out]
                allocated(start, total=total, margins=rest, keys=names)


def test_bounds_of_single_cells_are_named_where_they_are_in_the_way():
    start, floor, cap = np.ones(3), np.zeros(3, "int64"), np.array([10, 10, 10])
    with pytest.raises(AllocationError, match="the bounds of single cells"):
        allocated(start, total=31, keys=keys(3), bounds=(floor, cap))
    assert allocated(start, total=30, keys=keys(3), bounds=(floor, cap)).tolist() == [10, 10, 10]


@given(st.floats(0.001, 1000), st.integers(0, 10**6))
def test_the_scale_of_the_weights_does_not_matter(factor, seed):
    start, total, margins, bounds = planted(np.random.default_rng(seed), most=4)
    if total:
        about = {"total": total, "margins": margins, "keys": keys(len(start)), "bounds": bounds}
        near = allocated(start, **about) - allocated(start * factor, **about)
        assert np.abs(near).max() <= 1


def test_raking_keeps_the_odds_ratios_and_meets_the_margins():
    cells = pd.DataFrame({"row": list("aabb"), "column": list("xyxy")})
    start = np.array([1.0, 2.0, 3.0, 10.0])
    margins = {"row": pd.Series({"a": 0.5, "b": 0.5}), "column": pd.Series({"x": 0.3, "y": 0.7})}
    x = raked(cells, margins=margins, weight=start)
    assert x[0] * x[3] / (x[1] * x[2]) == pytest.approx(1 * 10 / (2 * 3), rel=1e-8)
    assert [x[0] + x[1], x[0] + x[2]] == pytest.approx([0.5, 0.3], abs=1e-9)


def test_i09_a_start_that_meets_the_margins_is_left_alone():
    cells = pd.DataFrame({"row": list("aabb"), "column": list("xyxy")})
    start = np.array([0.1, 0.2, 0.3, 0.4])
    margins = {"row": pd.Series({"a": 0.3, "b": 0.7}), "column": pd.Series({"x": 0.4, "y": 0.6})}
    assert raked(cells, margins=margins, weight=start) == pytest.approx(start, abs=1e-12)


@given(problems(), st.integers(2, 1000))
def test_i06_a_total_many_times_as_large_gives_parts_many_times_as_large(problem, times):
    weight, total, _ = problem
    once = allocated(weight, total=total, margins=[], keys=keys(len(weight)))
    often = allocated(weight, total=total * times, margins=[], keys=keys(len(weight)))
    assert (abs(often - once * times) <= times).all()


@given(problems())
def test_i10_what_was_shared_out_and_added_up_is_shared_out_the_same(problem):
    weight, total, _ = problem
    parts = allocated(weight, total=total, margins=[], keys=keys(len(weight)))
    again = allocated(parts.astype(float), total=int(parts.sum()), margins=[], keys=keys(len(weight)))
    assert (again == parts).all() or not total
