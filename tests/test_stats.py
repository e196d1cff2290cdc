"""Exact money, exact rounding, reproducible draws, plain intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import stats

weights = st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=30).filter(lambda w: sum(w) > 0)


@given(weights, st.integers(-(10**12), 10**12))
def test_i01_i03_parts_sum_to_the_total_and_lie_within_a_cent(parts, total):
    shared = stats.round_to_total(parts, total)
    assert shared.sum() == total
    exact = np.array(parts) / max(parts)
    exact = exact / exact.sum() * total
    assert np.abs(shared - exact).max() < 1 + 1e-3


@given(weights, st.integers(0, 10**9), st.randoms(use_true_random=False))
def test_i04_the_order_of_rows_does_not_matter(parts, total, random):
    keys = [f"k{i:02d}" for i in range(len(parts))]
    order = list(range(len(parts)))
    random.shuffle(order)
    first = dict(zip(keys, stats.round_to_total(parts, total, keys=keys), strict=True))
    mixed = [keys[i] for i in order]
    second = dict(zip(mixed, stats.round_to_total([parts[i] for i in order], total, keys=mixed), strict=True))
    assert first == second


def test_i08_no_weight_gets_nothing_and_one_part_gets_all():
    assert stats.round_to_total([0.0, 3.0, 0.0], 7).tolist() == [0, 7, 0]
    assert stats.round_to_total([0.2], 101).tolist() == [101]


def test_c54_weights_that_cannot_share_are_refused():
    with pytest.raises(ValueError, match="all zero"):
        stats.round_to_total([0, 0], 5)
    with pytest.raises(ValueError, match="not negative"):
        stats.round_to_total([1, -1], 5)


def test_cents_and_units_are_inverse_and_exact():
    amounts = pd.Series([0.1, 0.29, 1234567.89, -0.07])
    whole = stats.cents(amounts)
    assert whole.tolist() == [10, 29, 123456789, -7]
    assert stats.units(whole).tolist() == amounts.tolist()
    assert stats.cents(19.99) == 1999


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), 1e300])
def test_cents_refuse_what_cannot_be_counted(amount):
    with pytest.raises(ValueError, match="whole cents"):
        stats.cents([amount])


def test_draws_depend_on_seed_and_purpose_only():
    first = stats.generator(1, "topline").random(3)
    stats.generator(1, "other").random(100)
    assert np.array_equal(first, stats.generator(1, "topline").random(3))
    assert not np.array_equal(first, stats.generator(2, "topline").random(3))
    assert not np.array_equal(first, stats.generator(1, "other").random(3))


def test_wilson_interval_reproduces_a_published_value():
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, 95 %
    low, high = stats.proportion_interval(81, 263, confidence=0.95)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert stats.proportion_interval(0, 0) == (0.0, 1.0)


def test_mean_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(3)
    hits = sum(low <= 5 <= high for low, high in (stats.mean_interval(rng.normal(5, 2, 12)) for _ in range(1000)))
    assert 0.87 <= hits / 1000 <= 0.93
    assert np.isnan(stats.mean_interval([1.0])[0])


def test_false_discovery_reproduces_benjamini_and_hochberg():
    # their own example, JRSS B 57 (1995): 15 p-values, four rejected at 5 %
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1,
    ]
    q = stats.false_discovery([*p, np.nan])
    assert (q[:-1] <= 0.05).sum() == 4
    assert np.isnan(q[-1])
