"""Forecasts on series of published errors: those of the table, and our own choice beside them."""

from __future__ import annotations

import numpy as np
import pytest

from tools import tourism

pytestmark = pytest.mark.skipif(
    not tourism.TOURISM.is_file(), reason="the tourism data do not lie beside this checkout"
)


@pytest.fixture(scope="module")
def errors():
    return tourism.errors()


def test_the_published_table_is_reproduced_at_every_level(errors):
    published = tourism.PUBLISHED
    assert np.allclose(errors.loc[published.index, published.columns], published, rtol=0.0005)


def test_our_own_choice_beats_the_table_over_all_levels(errors):
    best = errors.loc["all", tourism.PUBLISHED.columns].min()
    assert errors.loc["all", "own"] < best
    assert errors.loc["all", "own_added_up"] < best
