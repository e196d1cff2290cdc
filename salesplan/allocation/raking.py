"""Raking: a table scaled until its margins are as asked."""

from __future__ import annotations

__all__ = ["raked", "scaled"]

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

_RAKING, _NEAR = 200, 1e-10


def raked(cells: pd.DataFrame, *, margins: Mapping[str, pd.Series], weight: np.ndarray) -> np.ndarray:
    """Weights whose sums over each column of ``margins`` are its shares (as near as cells without weight allow).

    Iterative proportional fitting, which keeps the odds ratios of the start (Deming & Stephan 1940).
    """
    groups = [(m.index.get_indexer(pd.Index(cells[name])), m.to_numpy()) for name, m in margins.items()]
    return scaled(weight / weight.sum(), groups, near=_NEAR)


def scaled(weight: np.ndarray, groups: Sequence[tuple[np.ndarray, np.ndarray]], *, near: float) -> np.ndarray:
    """Weights whose sums over groups are as asked, as near as cells without weight and the groups themselves allow.

    groups: of each way to sum, the group of each cell (-1: in none) and what each group's sum is to be. near: how far
    off a sum may stay. As ``raked``; what stands in no group stays as it is, and where sums cannot all hold, the last
    way does.
    """
    x = np.asarray(weight, dtype="float64")
    for _ in range(_RAKING):
        worst = 0.0
        for code, wanted in groups:
            inside = code >= 0
            have = np.bincount(code[inside], weights=x[inside], minlength=len(wanted))
            ratio = np.divide(wanted, have, out=np.ones(len(have)), where=have > 0)
            worst = max(worst, float(np.abs(have - wanted).max(initial=0.0)))
            x = np.where(inside, x * ratio[code], x)
        if worst < near:
            break
    return np.asarray(x)
