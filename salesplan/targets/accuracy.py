"""How far off was each model before, and how often did its ranges hold?"""

from __future__ import annotations

__all__ = ["accuracy", "chosen_models"]

import numpy as np
import pandas as pd

from salesplan.stats import normal_quantile
from salesplan.targets.backtest import Backtest
from salesplan.targets.forecasters import MIXTURE, MODELS, NAIVE, untested
from salesplan.targets.uncertainty import growing, spread


def accuracy(test: Backtest) -> pd.DataFrame:
    """The table targets/accuracy: model, level, horizon [months], mase, rmsse, coverage80, coverage95, chosen.

    One row per model, dimension and horizon; chosen, one per level, is the mixture of models, or last year plus growth
    where that one's MASE over twelve months was smaller. Without a back-test each level has one row, of what is taken
    instead, whose figures are missing.
    """
    levels = list(dict.fromkeys(test.levels.tolist()))
    if not test.origins:
        rows = [(untested(test.months), level, test.year, *[np.nan] * 4, True) for level in levels]
    else:
        rows = [
            (name, level, horizon, *_figures(test, model=name, level=level, horizon=horizon), False)
            for level in levels
            for name in MODELS
            for horizon in test.horizons
        ]
    columns = ["model", "level", "horizon", "mase", "rmsse", "coverage80", "coverage95", "chosen"]
    table = pd.DataFrame(rows, columns=columns)
    if test.origins:
        year = table[table["horizon"] == test.year].pivot(index="level", columns="model", values="mase")
        taken = year.index.to_series().where(year[NAIVE] < year[MIXTURE])  # levels where the mixture was beaten
        model = table["level"].isin(taken).map({True: NAIVE, False: MIXTURE})
        table["chosen"] = (table["model"] == model) & (table["horizon"] == test.year)
    return table


def chosen_models(table: pd.DataFrame) -> dict[str, str]:
    """The model of each level, from targets/accuracy."""
    chosen = table[table["chosen"]]
    return dict(zip(chosen["level"], chosen["model"], strict=True))


def _figures(test: Backtest, *, model: str, level: str, horizon: int) -> tuple[float, float, float, float]:
    """MASE, RMSSE, and how often months lay inside the 80 and 95 % ranges that other years' errors would have given."""
    inside, number = test.levels == level, MODELS.index(model)
    measured = test.measures[number][:, inside, test.horizons.index(horizon)]
    known = np.isfinite(measured).any(axis=(0, 1))  # of months that are all alike nothing can be scaled
    mase, rmsse = (np.nanmean(measured[..., n]) if known[n] else np.nan for n in (0, 1))
    far = []
    for at in range(len(test.origins)):
        own = spread(test, model=model, level=level, without=at)
        scale = test.scales[at, inside]
        lasting = own.lasting(test.usual[at, inside], scale, year=test.year)[:, None]
        wide = np.sqrt((lasting * growing(horizon, year=test.year)) ** 2 + (own.month * scale[:, None]) ** 2)
        off = np.abs(test.errors[number, at][inside, :horizon])
        with np.errstate(divide="ignore"):
            far.append(np.divide(off, wide, out=np.zeros_like(off), where=off != 0))
    scores = np.concatenate(far)
    scores = scores[np.isfinite(scores)]
    widths = [normal_quantile((1 + share) / 2) for share in (0.8, 0.95)]
    covered = [float((scores <= wide).mean()) if len(scores) else np.nan for wide in widths]
    return float(mase), float(rmsse), covered[0], covered[1]
