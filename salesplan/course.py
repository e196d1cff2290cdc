"""When is a goal on track, and how much has to have come by when for it? One rule for every goal of a plan."""

from __future__ import annotations

__all__ = ["AMBER", "RED", "needed", "state"]

import numpy as np

# probability of the goal below which it is red, and below which it is amber; from there on it is on track
RED, AMBER = 0.1, 0.25


def state(p_reach: float) -> str:
    """Is a goal with this probability green, amber or red? ``cannot_tell`` where none is known."""
    if not np.isfinite(p_reach):
        return "cannot_tell"
    return "red" if p_reach < RED else "amber" if p_reach < AMBER else "green"


def needed(come: np.ndarray, whole: np.ndarray, *, goal: float, chance: float) -> float:
    """How much has to have come for the year to reach ``goal`` with this probability?

    come, whole: what has come by then and in the year, draw by draw. What is still to come is a line in what has come,
    by least squares over the draws, and scatters about it as it does there; in the unit of the draws, never under 0.
    """
    rest = whole - come
    slope = 0.0
    if (spread := float(come.var())) > 0:
        slope = max(float(np.cov(come, rest, bias=True)[0, 1]) / spread, -0.9)
    off = rest - slope * come
    return max((goal - float(np.quantile(off, 1 - chance))) / (1 + slope), 0.0)
