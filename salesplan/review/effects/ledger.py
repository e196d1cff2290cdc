"""How far past claims came true: the ledger by which the next claims are read."""

from __future__ import annotations

__all__ = ["claims_kept"]

import numpy as np
import pandas as pd

from salesplan.schemas import COLUMNS
from salesplan.stats import normal_quantile

NAME = "review/strategy_effects_claims"
_ERRORS = normal_quantile(0.95)  # of a 90 % interval on either side


def claims_kept(effects: pd.DataFrame, activities: pd.DataFrame | None) -> pd.DataFrame:
    """How much of what past strategies claimed has come, by lever and in total?

    Frame review/strategy_effects and the source ``activities`` to review/strategy_effects_claims: lever (then total),
    strategies [count], claimed, effect, low, high (90 %) [currency units], realised = effect ÷ claimed [share; below
    none where sales fell]. Only strategies whose effect was measured count; their errors are taken as independent.
    """
    known = effects[effects["effect"].notna() & effects["claimed"].notna()]
    if known.empty or activities is None:
        return pd.DataFrame({c: pd.Series(dtype="object") for c in COLUMNS[NAME]})
    levers = dict(zip(activities["activity_id"].astype(str), activities["lever"].fillna("other"), strict=True))
    known = known.assign(lever=known["strategy_id"].map(levers).fillna("other"))
    parts = [*known.groupby("lever", sort=True), ("total", known)]
    return pd.DataFrame([_row(str(lever), part) for lever, part in parts], columns=list(COLUMNS[NAME]))


def _row(lever: str, part: pd.DataFrame) -> dict[str, object]:
    effect, claimed = float(part["effect"].sum()), float(part["claimed"].sum())
    half = (part["high"] - part["low"]).astype("float64") / 2 / _ERRORS
    off = _ERRORS * float(np.sqrt((half**2).sum()))
    return {
        "lever": lever,
        "strategies": len(part),
        "claimed": round(claimed, 2),
        "effect": round(effect, 2),
        "low": round(effect - off, 2),
        "high": round(effect + off, 2),
        "realised": effect / claimed if claimed > 0 else np.nan,
    }
