"""Forecasts and their reconciliation on the Australian tourism series, by published methods and by our own choice.

Published: Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), table 11.2, as the notebook
AustralianDomesticTourism of the library hierarchicalforecast reproduces it: 304 quarterly series and their sums,
ETS(ZZA) fitted to 1998-2015, root mean squared errors of 2016-17.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from salesplan.targets.accuracy import accuracy, chosen_models
from salesplan.targets.backtest import backtest
from salesplan.targets.forecasters import middles
from salesplan.targets.reconciling import minimum_trace

TOURISM = Path(__file__).parents[2] / "shared" / "data" / "method_references" / "tourism" / "tourism.csv.gz"
PUBLISHED = pd.DataFrame(
    {
        "base": [1743.29, 534.75, 308.15, 51.66, 19.37],
        "bottom_up": [3028.62, 791.19, 413.39, 55.13, 19.37],
        "mint": [2112.73, 577.14, 316.82, 46.55, 17.80],
        "ols": [1818.94, 515.53, 287.32, 46.28, 18.19],
    },
    index=["total", "purpose", "state", "region", "bottom"],
)
_LEVELS = {"total": [], "purpose": [1], "state": [0], "region": [0, 2], "both": [0, 1], "bottom": [0, 1, 2]}
_AHEAD, _YEAR = 8, 4


def errors() -> pd.DataFrame:
    """Mean root mean squared error of each level [rows; last "all": of all 425 series] by each method [columns].

    base, bottom_up, mint, ols: the table's, computed with the libraries as they are pinned. own: the model that the
    back-test chooses of what was known by then. own_added_up: the same, reconciled.
    """
    table = trips()
    summing, past = _summing(table), table.to_numpy()[:-_AHEAD].T
    bottom = slice(-summing.shape[1], None)
    ways = {**_published(past, summing, bottom=bottom), **_own(table.iloc[:-_AHEAD], summing)}
    assert np.allclose(summing @ ways["own_added_up"][bottom], ways["own_added_up"])
    off = {name: np.sqrt(((table.to_numpy()[-_AHEAD:].T - made) ** 2).mean(axis=1)) for name, made in ways.items()}
    found = pd.DataFrame(off, index=table.columns.get_level_values(0))
    return pd.concat([found.groupby(level=0, sort=False).mean(), found.mean().to_frame("all").T])


def trips() -> pd.DataFrame:
    """Quarters × (level, member): the bottom series and all their sums, the total first and the bottom last."""
    table = pd.read_csv(TOURISM)
    table["Quarter"] = pd.PeriodIndex(table["Quarter"].str.replace(" ", ""), freq="Q")
    wide = table.pivot_table(index="Quarter", columns=["State", "Purpose", "Region"], values="Trips", aggfunc="sum")
    sums = {}
    for level, at in _LEVELS.items():
        keys = [tuple(column[n] for n in at) for column in wide.columns]
        for key in dict.fromkeys(keys):
            sums[(level, "/".join(key))] = wide.loc[:, [own == key for own in keys]].sum(axis=1)
    return pd.DataFrame(sums)


def _summing(trips: pd.DataFrame) -> np.ndarray:
    """Which bottom series [columns] each series sums."""
    bottom = [str(member).split("/") for level, member in trips.columns if level == "bottom"]
    rows = []
    for level, member in trips.columns:
        parts = list(zip(_LEVELS[level], str(member).split("/"), strict=False))
        rows.append([all(leaf[n] == part for n, part in parts) for leaf in bottom])
    return np.array(rows, dtype="float64")


def _published(past: np.ndarray, summing: np.ndarray, *, bottom: slice) -> dict[str, np.ndarray]:
    from hierarchicalforecast.methods import MinTrace
    from statsforecast.models import AutoETS

    ets = AutoETS(season_length=_YEAR, model="ZZA")
    made = [ets.forecast(y=series, h=_AHEAD, fitted=True) for series in past]
    base, fitted = (np.array([one[name] for one in made]) for name in ("mean", "fitted"))
    given = {"S": summing, "y_hat": base}
    return {
        "base": base,
        "bottom_up": summing @ base[bottom],
        "mint": MinTrace("mint_shrink").fit_predict(**given, y_insample=past, y_hat_insample=fitted)["mean"],
        "ols": MinTrace("ols").fit_predict(**given)["mean"],
    }


def _own(past: pd.DataFrame, summing: np.ndarray) -> dict[str, np.ndarray]:
    test = backtest(past, holidays=np.zeros((len(past) + _AHEAD, 0)), year=_YEAR)
    chosen = chosen_models(accuracy(test))
    given = zip(past.to_numpy().T, test.season, past.columns.get_level_values(0), strict=True)
    own = np.array([middles(series, season=season, steps=_AHEAD)[chosen[level]] for series, season, level in given])
    seen, growth = past.to_numpy().T, np.exp(test.season[0].growth)
    added = minimum_trace(summing, own, actual=seen[:, _YEAR:], fitted=seen[:, :-_YEAR] * growth)
    return {"own": own, "own_added_up": added}
