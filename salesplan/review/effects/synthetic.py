"""Effects on one unit by comparison with others: difference in differences, synthetic control, synthetic DiD."""

from __future__ import annotations

__all__ = ["DESIGNS", "synthetic_effects"]

from collections.abc import Sequence

import numpy as np
import pandas as pd

DESIGNS = ("did", "synthetic_control", "synthetic_did")
_NEARLY_NONE = 1e-6
_FIRM = 1e4  # how firmly weights are held to a sum of one


def synthetic_effects(
    panel: pd.DataFrame, *, treated: Sequence[str], first: object, designs: Sequence[str] = DESIGNS
) -> dict[str, float]:
    """What did something that began in period ``first`` change in the treated units, on average a period?

    Frame of periods (index, ascending) × units (columns) of an outcome without gaps to design -> effect [unit of the
    outcome]: did (difference in differences: all other units and all periods before count alike), synthetic_control
    (units weighted so that they follow the treated before), synthetic_did (units weighted so that they move in step
    with the treated, up to a constant, and periods so that they resemble those after). Errors: ValueError below one
    unit for comparison, two periods before or one after.
    Source: Abadie, Diamond and Hainmueller, JASA 105 (2010); Arkhangelsky, Athey, Hirshberg, Imbens and Wager, American
    Economic Review 111 (2021), algorithm 1 with their penalty.
    """
    after = panel.index >= first
    others = [unit for unit in panel.columns if unit not in set(treated)]
    if not others or (~after).sum() < 2 or not after.any():
        raise ValueError("needs a unit for comparison, two periods before and one after")
    own = panel[list(treated)].mean(axis=1).to_numpy("float64")
    rest = panel[others].to_numpy("float64")
    found = {"did": _did, "synthetic_control": _control, "synthetic_did": _synthetic_did}
    return {design: found[design](own, rest, after=after, treated=len(treated)) for design in designs}


def _did(own: np.ndarray, rest: np.ndarray, *, after: np.ndarray, treated: int) -> float:
    gap = own - rest.mean(axis=1)
    return float(gap[after].mean() - gap[~after].mean())


def _control(own: np.ndarray, rest: np.ndarray, *, after: np.ndarray, treated: int) -> float:
    weights = _weights(rest[~after], own[~after], hold=_NEARLY_NONE * _noise(rest[~after]))
    return float((own - rest @ weights)[after].mean())


def _synthetic_did(own: np.ndarray, rest: np.ndarray, *, after: np.ndarray, treated: int) -> float:
    noise = _noise(rest[~after])
    hold = (treated * after.sum()) ** 0.25 * noise
    before, then = rest[~after], rest[after].mean(axis=0)
    units = _weights(before - before.mean(axis=0), own[~after] - own[~after].mean(), hold=hold)
    centred = before.T - before.T.mean(axis=0)
    times = _weights(centred, then - then.mean(), hold=_NEARLY_NONE * noise)
    gap = own - rest @ units
    return float(gap[after].mean() - times @ gap[~after])


def _noise(before: np.ndarray) -> float:
    """The scatter of the first differences of the comparison units."""
    steps = np.diff(before, axis=0)
    return float(steps.std(ddof=1)) if steps.size > 1 else 0.0


def _weights(columns: np.ndarray, target: np.ndarray, *, hold: float) -> np.ndarray:
    """Weights of at least zero that sum to one: least mean square of columns @ w − target plus hold² · Σw²."""
    from scipy.optimize import nnls

    count = columns.shape[1]
    firm = _FIRM * max(float(np.abs(columns).max(initial=0.0)), 1e-12)
    ridge = np.sqrt(len(target)) * hold * np.eye(count)
    design = np.vstack([columns, ridge, np.full((1, count), firm)])
    found = nnls(design, np.concatenate([target, np.zeros(count), [firm]]), maxiter=100 * count)[0]
    return np.asarray(found / found.sum())
