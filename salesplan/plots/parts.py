"""Charts that add up: bridge, pareto."""

from __future__ import annotations

__all__ = ["bridge", "pareto"]

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesplan.plots.canvas import MOST, PALETTE, Unit, canvas, labels, legend, name_ticks, number_axis, styled, written
from salesplan.words import Words


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
) -> Axes:
    """How does one figure become the other? Steps up and down, floating where the last one ended.

    Rows whose column ``total`` is True stand on the ground and restart the sum; without that column all rows are steps.
    Steps lie below one another where their names are long or many.
    """
    values = table[amount].astype(float).fillna(0).to_numpy()
    grounded = table[total].astype(bool).to_numpy() if total in table else np.zeros(len(table), dtype=bool)
    axes = canvas(title, height=1.5 + 0.34 * max(len(table), 4))
    bottoms, end = np.zeros(len(values)), 0.0
    for i, (value, ground) in enumerate(zip(values, grounded, strict=True)):
        bottoms[i] = 0.0 if ground else end
        if i and not ground:
            axes.plot([end, end], [i - 1, i], color="#8a929a", linewidth=0.7)
        end = float(value) if ground else end + float(value)
    signs = np.where(values >= 0, PALETTE["good"], PALETTE["bad"])
    colours = np.where(grounded, PALETTE["total"], signs).tolist()
    drawn = axes.barh(np.arange(len(values)), values, 0.6, left=bottoms, color=colours)
    axes.bar_label(
        drawn,
        [_step(float(v), bool(g), words, unit) for v, g in zip(values, grounded, strict=True)],
        padding=3,
        fontsize=8,
    )
    name_ticks(axes, labels(table[label], words=words), which="y")
    number_axis(axes, words=words, unit=unit, which="x")
    axes.invert_yaxis()
    _near_the_steps(axes, values, bottoms)
    return axes


def _step(value: float, ground: bool, words: Words, unit: Unit) -> str:
    text = written(value, words=words, unit=unit)
    return text if ground or value <= 0 else "+" + text


def _near_the_steps(axes: Axes, values: np.ndarray, bottoms: np.ndarray) -> None:
    """Cuts the ground off only where the steps would be too small to see beside it, and marks the axis so."""
    tops = bottoms + values
    floating = np.concatenate([bottoms[bottoms != 0], tops])
    if len(floating) == 0:
        return
    low, high = min(0.0, floating.min()), max(0.0, floating.max())
    if low == 0.0 and floating.min() > 0.75 * high:
        low = floating.min() - 0.6 * (high - floating.min())
        axes.spines["left"].set_linestyle((0, (2, 3)))
    room = 0.16 * (high - low or 1.0)
    axes.set_xlim(low - (room if low < 0 else 0), high + room)


@styled
def pareto(
    table: pd.DataFrame, *, x: str, y: str, cumulative: str, words: Words, title: str, unit: Unit = "money"
) -> Axes:
    """How few make up how much? Bars by rank and the cumulative share as a line on the right."""
    axes = canvas(title, height=3.9)
    values, at = table[y].astype(float).to_numpy(), np.arange(len(table))
    if len(table) <= MOST:
        axes.bar(at, values, 0.8, color=PALETTE["actual"], label=words.term(y))
    else:
        axes.fill_between(at, values, step="mid", color=PALETTE["actual"], linewidth=0, label=words.term(y))
    ranked = pd.api.types.is_numeric_dtype(table[x])
    names = [words.number(v) for v in table[x]] if ranked else labels(table[x], words=words, longest=14)
    name_ticks(axes, names)
    number_axis(axes, words=words, unit=unit)
    right = axes.twinx()
    right.plot(at, table[cumulative].astype(float), color=PALETTE["target"], linewidth=1.8)
    right.set_ylim(0, 1.03)
    right.tick_params(length=0)
    number_axis(right, words=words, unit="share")
    right.grid(visible=False)
    axes.plot([], [], color=PALETTE["target"], label=words.term(cumulative))
    axes.set_xlabel(words.term(x))
    legend(axes)
    return axes
