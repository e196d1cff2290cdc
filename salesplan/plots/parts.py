"""Charts that add up: bridge, pareto."""

from __future__ import annotations

__all__ = ["bridge", "pareto"]

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesplan.plots.canvas import (
    MOST,
    Unit,
    canvas,
    labels,
    legend,
    name_ticks,
    number_axis,
    styled,
    written,
)
from salesplan.plots.notation import PALETTE, series
from salesplan.words import Words

_FOUR_FIFTHS = 0.8


@styled
def bridge(
    table: pd.DataFrame,
    *,
    label: str,
    amount: str,
    words: Words,
    title: str,
    unit: Unit = "money",
    total: str = "total",
    quiet: Collection[str] = (),
) -> Axes:
    """How does one figure become the other? Steps up and down, floating where the last one ended.

    Rows whose column ``total`` is True stand on the ground and restart the sum; without that column all rows are steps.
    Steps lie below one another where their names are long or many. quiet: steps that are neither good nor bad.
    """
    values = table[amount].astype(float).fillna(0).to_numpy()
    grounded = table[total].astype(bool).to_numpy() if total in table else np.zeros(len(table), dtype=bool)
    bottoms, widths = _steps(values, grounded)
    axes = canvas(title, height=1.8 + 0.34 * max(len(table), 4))
    ends = bottoms + widths
    for i in range(1, len(values)):
        if not grounded[i]:
            axes.plot([ends[i - 1], ends[i - 1]], [i - 1, i], color=PALETTE["quiet"], linewidth=0.7)
    colours = _colours(table[label].astype(str), values, grounded, quiet)
    axes.barh(np.arange(len(values)), widths, 0.6, left=bottoms, color=colours)
    name_ticks(axes, labels(table[label], words=words), which="y")
    number_axis(axes, words=words, unit=unit, which="x")
    axes.axvline(0, color=PALETTE["quiet"], linewidth=0.8)
    axes.invert_yaxis()
    low, high = (
        min(0.0, bottoms.min(initial=0.0), ends.min(initial=0.0)),
        max(bottoms.max(initial=0), ends.max(initial=0)),
    )
    room = 0.18 * (high - low or 1.0)
    axes.set_xlim(low - room if low < 0 else 0.0, high + room)
    for i, (value, start, end) in enumerate(zip(values, bottoms, ends, strict=True)):
        # beside the bar's end, unless a fall ends where there is no room left of it
        left = end < start and end - room > axes.get_xlim()[0]
        where: dict[str, Any] = {"ha": "right" if left else "left", "va": "center", "fontsize": 8}
        text = _step(float(value), bool(grounded[i]), words, unit, drawn=float(widths[i]))
        at = end if left else max(start, end)
        axes.annotate(text, (at, i), (-3 if left else 3, 0), textcoords="offset points", **where)
    return axes


def _steps(values: np.ndarray, grounded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each bar begins and how far it goes.

    Where the steps would be too small to see beside the first total, bars show the change since that total: no axis is
    ever broken, and the totals are told in their labels.
    """
    bottoms, end = np.zeros(len(values)), 0.0
    for i, (value, ground) in enumerate(zip(values, grounded, strict=True)):
        bottoms[i] = 0.0 if ground else end
        end = float(value) if ground else end + float(value)
    tops = bottoms + values
    if not len(values) or not grounded[0] or values[0] <= 0 or tops.min() <= 0.75 * tops.max():
        return bottoms, values
    since = values[0]
    return np.where(grounded, 0.0, bottoms - since), np.where(grounded, values - since, values)


def _step(value: float, ground: bool, words: Words, unit: Unit, *, drawn: float) -> str:
    """A step with its sign; a total, and beside it the change since the first where its bar shows that."""
    text = written(value, words=words, unit=unit)
    if not ground:
        return "+" + text if value > 0 else text
    return text if drawn in (0.0, value) else f"{text} ({_step(drawn, False, words, unit, drawn=drawn)})"


def _colours(names: pd.Series, values: np.ndarray, grounded: np.ndarray, quiet: Collection[str]) -> list[str]:
    signs = np.where(values >= 0, PALETTE["good"], PALETTE["bad"])
    signs = np.where(names.isin(list(quiet)), PALETTE["last_year"], signs)
    return [str(colour) for colour in np.where(grounded, PALETTE["actual"], signs)]


@styled
def pareto(table: pd.DataFrame, *, x: str, share: str, cumulative: str, words: Words, title: str) -> Axes:
    """How few make up how much? Each one's share by rank, the running share, and where four fifths are reached."""
    axes = canvas(title, height=3.9)
    at, summed = np.arange(len(table)), table[cumulative].astype(float).to_numpy()
    if len(table) <= MOST:
        axes.bar(at, table[share].astype(float), 0.8, color=PALETTE["actual"], label=series(share, words=words))
    else:
        own: dict[str, Any] = {"step": "mid", "color": PALETTE["actual"], "linewidth": 0}
        axes.fill_between(at, table[share].astype(float), label=series(share, words=words), **own)
    axes.plot(at, summed, color=PALETTE["quiet"], linewidth=1.8, label=series(cumulative, words=words))
    reached = np.flatnonzero(summed >= _FOUR_FIFTHS)
    if len(reached):
        axes.plot([reached[0]] * 2, [0, summed[reached[0]]], color=PALETTE["accent"], linewidth=1.2)
        note = f"{words.number(reached[0] + 1)}: {words.share(_FOUR_FIFTHS, digits=0)}"
        axes.annotate(note, (reached[0], _FOUR_FIFTHS), (6, -10), textcoords="offset points", fontsize=8.5)
    ranked = pd.api.types.is_numeric_dtype(table[x])
    name_ticks(axes, [words.number(v) for v in table[x]] if ranked else labels(table[x], words=words, longest=14))
    number_axis(axes, words=words, unit="share")
    axes.set_ylim(0, 1.03)
    axes.set_xlabel(words.term(x))
    legend(axes)
    return axes
