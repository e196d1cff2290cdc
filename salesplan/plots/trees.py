"""Trees: what a whole is made of, from left to right."""

from __future__ import annotations

__all__ = ["tree"]

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesplan.plots.canvas import Unit, canvas, drawable, label, styled, written
from salesplan.plots.notation import PALETTE
from salesplan.words import Words

_MOST = 30
_BOX: dict[str, Any] = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": "#8a929a", "linewidth": 0.8}
_EVEN = 0.5  # a probability below it is marked


@styled
def tree(
    table: pd.DataFrame,
    *,
    node: str,
    parent: str,
    value: str,
    words: Words,
    title: str,
    unit: Unit = "money",
    units: str | None = None,
    chance: str | None = None,
    compare: str | None = None,
) -> Axes:
    """Of what is the whole made? One box a row, the root (empty ``parent``) on the left, parts to the right of it.

    A box names its ``node`` and its ``value``, in ``unit`` or in what its own ``units`` column says; beside it
    ``compare`` (what it was) and ``chance`` (a probability). The frame of what is less likely than not is marked. At
    most 30 boxes are drawn: the first of the table.
    """
    rows = table.head(_MOST).reset_index(drop=True)
    names, above = rows[node].astype(str).tolist(), rows[parent].fillna("").astype(str).tolist()
    children: dict[str, list[str]] = {name: [] for name in names}
    for name, over in zip(names, above, strict=True):
        if over in children:
            children[over].append(name)
    places = _places([n for n, over in zip(names, above, strict=True) if over not in children], children)
    deepest = max((depth for depth, _ in places.values()), default=0)
    lowest = max((row for _, row in places.values()), default=0.0)
    axes = canvas(title, height=1.2 + 0.34 * (lowest + 1))
    axes.set_axis_off()
    for name, over in zip(names, above, strict=True):
        if over in places:
            (left, up), (right, down) = places[over], places[name]
            axes.plot([left, right - 0.1, right - 0.1, right], [up, up, down, down], color="#c3c9cf", lw=0.9, zorder=1)
    for at, name in enumerate(names):
        depth, row = places[name]
        text, likely = _text(rows.iloc[at], node, value, words=words, unit=unit, more=(units, compare, chance))
        edge = PALETTE["bad"] if likely < _EVEN else "#8a929a"
        box = {**_BOX, "edgecolor": edge, "linewidth": 1.4 if likely < _EVEN else 0.8}
        axes.text(depth, row, drawable(text), ha="left", va="center", fontsize=7.8, bbox=box, zorder=2)
    axes.set_xlim(-0.05, deepest + 0.95)
    axes.set_ylim(lowest + 0.6, -0.6)
    return axes


def _places(roots: list[str], children: dict[str, list[str]]) -> dict[str, tuple[int, float]]:
    """Depth and row of each node: leaves one below the other, what is above them in their middle."""
    places: dict[str, tuple[int, float]] = {}
    row = 0.0

    def put(name: str, depth: int) -> float:
        nonlocal row
        below = [put(child, depth + 1) for child in children[name]]
        if not below:
            below, row = [row], row + 1
        places[name] = (depth, float(np.mean([below[0], below[-1]])))
        return places[name][1]

    for root in roots:
        put(root, 0)
    return places


def _text(
    row: pd.Series, node: str, value: str, *, words: Words, unit: Unit, more: tuple[str | None, str | None, str | None]
) -> tuple[str, float]:
    """What stands in a box, and its probability (one where there is none)."""
    units, compare, chance = more
    own: Any = unit if units is None else str(row[units])
    kind: Any = own if own in ("money", "share", "count", "number") else "number"
    name = words.term(row[node]) if words.has(str(row[node])) else label(str(row[node]).split("/")[-1], words=words)
    text = f"{name}  {written(float(row[value]), words=words, unit=kind)}"
    if compare is not None and pd.notna(row[compare]):
        text += f"  ({written(float(row[compare]), words=words, unit=kind)})"
    if chance is not None and pd.notna(row[chance]):
        return f"{text} · {words.chance(float(row[chance]))}", float(row[chance])
    return text, 1.0
