"""Forecasts on series of published errors: those of the table, and our own choice beside them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import LONG
from tools import tourism

pytestmark = pytest.mark.skipif(
    not tourism.TOURISM.is_file(), reason="the tourism data do not lie beside this checkout"
)


def test_the_published_error_of_the_total_is_reproduced():
    from statsforecast.models import AutoETS

    total = tourism.trips().iloc[:, 0].to_numpy()
    ahead = AutoETS(season_length=4, model="ZZA").forecast(y=total[:-8], h=8)["mean"]
    found = np.sqrt(np.mean((total[-8:] - ahead) ** 2))
    assert found == pytest.approx(tourism.PUBLISHED.loc["total", "base"], abs=0.01)


@pytest.mark.by_hand
@LONG
def test_the_published_table_is_reproduced_and_our_own_choice_beats_it_over_all_levels():
    errors, published = tourism.errors(), tourism.PUBLISHED
    assert np.allclose(errors.loc[published.index, published.columns], published, rtol=0.0005)
    best = errors.loc["all", published.columns].min()
    assert errors.loc["all", "own"] < best
    assert errors.loc["all", "own_added_up"] < best
