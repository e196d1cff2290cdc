"""Worlds with a planted truth, made by rules that have nothing in common with the demo company's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SHAPE = {"product": 12, "region": 8, "customer_group": 6, "channel": 5}


@dataclass(frozen=True)
class Fall:
    """How deep (dimensions named) a slice lies, and by how much it fell (0.3: to 70 %); depth 0 plants nothing."""

    depth: int
    size: float


def sliced_world(fall: Fall, *, seed: int, noise: float = 0.25) -> tuple[pd.DataFrame, str]:
    """Leaves as ``review.causes.root_causes`` takes them, and the slice that fell ("region=3, product=7", or "").

    Every leaf's expected sales are log-normal, its actual ones a shift of all times log-normal noise of this
    coefficient of variation, whose size is known.
    """
    rng = np.random.default_rng([seed, fall.depth, round(fall.size * 1000)])
    grid = pd.MultiIndex.from_product([[str(n) for n in range(k)] for k in SHAPE.values()], names=list(SHAPE))
    leaves = grid.to_frame(index=False)
    leaves["expected_cents"] = np.exp(rng.normal(12, 1, len(leaves)))
    spread = np.sqrt(np.log1p(noise**2))
    ratio = np.exp(rng.normal(-(spread**2) / 2, spread, len(leaves))) * rng.uniform(0.9, 1.1)
    named = sorted(rng.choice(list(SHAPE), fall.depth, replace=False), key=list(SHAPE).index)
    members = {d: str(rng.integers(SHAPE[d])) for d in named}
    inside = np.ones(len(leaves), dtype=bool) if named else np.zeros(len(leaves), dtype=bool)
    for dimension, member in members.items():
        inside &= (leaves[dimension] == member).to_numpy()
    leaves["actual_cents"] = leaves["expected_cents"] * np.where(inside, ratio * (1 - fall.size), ratio)
    leaves["error"] = spread
    return leaves, ", ".join(f"{d}={m}" for d, m in members.items())
