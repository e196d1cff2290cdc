"""Raking: a table scaled until its margins are as asked."""

from __future__ import annotations

__all__ = ["raked"]

from collections.abc import Mapping

import numpy as np
import pandas as pd

_RAKING, _NEAR = 200, 1e-10


def raked(cells: pd.DataFrame, *, margins: Mapping[str, pd.Series], weight: np.ndarray) -> np.ndarray:
    """Weights whose sums over each column of ``margins`` are its shares (as near as cells without weight allow).

    Iterative proportional fitting, which keeps the odds ratios of the start (Deming & Stephan 1940).
    """
    codes = {name: margin.index.get_indexer(pd.Index(cells[name])) for name, margin in margins.items()}
    shares = {name: margin.to_numpy() for name, margin in margins.items()}
    x = weight / weight.sum()
    for _ in range(_RAKING):
        worst = 0.0
        for name, code in codes.items():
            have = np.bincount(code, weights=x, minlength=len(shares[name]))
            ratio = np.divide(shares[name], have, out=np.ones(len(have)), where=have > 0)
            worst = max(worst, float(np.abs(have - shares[name]).max()))
            x = x * ratio[code]
        if worst < _NEAR:
            break
    return np.asarray(x)
