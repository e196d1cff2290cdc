"""How the change of net sales is split into volume, mix and price, by whose convention."""

from __future__ import annotations

__all__ = ["CONVENTIONS", "split"]

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from salesplan import stats

CONVENTIONS = ("midpoint", "sequential", "shapley", "log_mean")
_EFFECTS = ("volume", "mix", "price")
_TURNS: dict[str, list[tuple[str, ...]]] = {
    "sequential": [("volume", "mix", "price")],
    "midpoint": [("volume", "mix", "price"), ("price", "mix", "volume")],
    "shapley": list(permutations(_EFFECTS)),
}


def split(goods: np.ndarray, *, convention: str) -> np.ndarray:
    """What do volume, mix and price each add to the change of a key's net sales?

    Array of (net sales before, after, units before, after) × keys, all above nothing, to (volume, mix, price) × keys in
    the same money; the three sum to the change. A key's sales are Q·s·p: all units Q, its share s of them, its price p.
    "sequential" changes volume, mix, price in this order, so that price = (p1 − p0)·q1; "midpoint" is the mean of this
    order and its reverse (Marshall-Edgeworth: price at the mean quantity); "shapley" the mean of all six orders;
    "log_mean" gives each its part of the logarithm of the change (``stats.log_mean_parts``).
    Source: Marshall (1887) and Edgeworth (1925) for the midpoint, Shapley (1953), Shorrocks (2013).
    """
    r0, r1, q0, q1 = goods
    if not r0.size:
        return np.zeros((len(_EFFECTS), 0))
    units = q0.sum(), q1.sum()
    levels = [
        (np.full_like(q0, units[0]), np.full_like(q0, units[1])),
        (q0 / units[0], q1 / units[1]),
        (r0 / q0, r1 / q1),
    ]
    if convention == "log_mean":
        return stats.log_mean_parts(*([level[side] for level in levels] for side in (0, 1)))
    return _in_turn(dict(zip(_EFFECTS, levels, strict=True)), _TURNS[convention])


def _in_turn(levels: dict[str, tuple[np.ndarray, np.ndarray]], turns: Sequence[Sequence[str]]) -> np.ndarray:
    """What each adds when it changes after those before it, as the mean over the orders in which they change."""
    added = {effect: np.zeros(len(ends[0])) for effect, ends in levels.items()}
    for turn in turns:
        state = dict.fromkeys(levels, 0)
        for effect in turn:
            others = [levels[name][state[name]] for name in levels if name != effect]
            added[effect] += (levels[effect][1] - levels[effect][0]) * others[0] * others[1] / len(turns)
            state[effect] = 1
    return np.stack([added[effect] for effect in levels])
