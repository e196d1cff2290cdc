"""The forecasting library as it is pinned gives the figures that were published for it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.conftest import ROOT

TOURISM = ROOT.parent / "shared" / "data" / "method_references" / "tourism" / "tourism.csv.gz"


@pytest.mark.skipif(not TOURISM.is_file(), reason="the tourism data do not lie beside this checkout")
def test_australian_tourism_ets_has_the_published_error():
    """ETS on the national total, 2016-17 held out: RMSE 1743.29 (notebook AustralianDomesticTourism, Nixtla)."""
    from statsforecast.models import AutoETS

    trips = pd.read_csv(TOURISM)
    total = trips.groupby("Quarter", sort=False)["Trips"].sum()
    total.index = pd.PeriodIndex(total.index.str.replace(" ", ""), freq="Q")
    y = total.sort_index().to_numpy()
    ahead = AutoETS(season_length=4, model="ZZA").forecast(y=y[:-8], h=8)["mean"]
    assert np.sqrt(np.mean((y[-8:] - ahead) ** 2)) == pytest.approx(1743.29, abs=0.01)
