"""Charts that compare members: bars, stacked, bullet, slope, tornado."""

from __future__ import annotations

__all__ = ["bars", "bullet", "slope", "stacked", "tornado"]

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesplan.plots.canvas import (
    MOST,
    PALETTE,
    SERIES,
    Unit,
    canvas,
    first_rows,
    label,
    labels,
    legend,
    name_ticks,
    number_axis,
    span,
    styled,
    written,
)
from salesplan.words import Words


def _rows_high(count: int) -> float:
    return 1.5 + 0.3 * min(max(count, 3), MOST)


@styled
def bars(
    table: pd.DataFrame, *, x: str, y: str, words: Words, title: str, unit: Unit = "money", compare: str | None = None
) -> Axes:
    """How large is each? One bar a row; ``compare`` (last year, plan) as a grey bar beside it.

    Few short names stand below upright bars; long or many names stand beside lying ones.
    """
    names = labels(table[x].head(MOST), words=words)
    upright = len(names) <= 24 and max((span(n) for n in names), default=0) * len(names) <= 90
    axes = canvas(title, height=3.6 if upright else _rows_high(len(names) * (1 if compare is None else 2)))
    shown = first_rows(table, axes, words=words)
    draw = axes.bar if upright else axes.barh
    at, thick = np.arange(len(shown)), 0.7 if compare is None else 0.38
    if compare is not None:
        draw(at - 0.2, shown[compare].astype(float), thick, color=PALETTE["last_year"], label=words.term(compare))
    here = at if compare is None else at + 0.2
    drawn = draw(here, shown[y].astype(float), thick, color=PALETTE["actual"], label=words.term(y))
    if not upright or len(shown) <= 8:
        _values(axes, drawn, shown[y], words=words, unit=unit)
    _member_axis(axes, names, upright=upright, words=words, unit=unit)
    if compare is not None:
        legend(axes)
    return axes


def _values(axes: Axes, drawn: Any, values: pd.Series, *, words: Words, unit: Unit) -> None:
    texts = [written(float(v), words=words, unit=unit) if pd.notna(v) else "" for v in values]
    axes.bar_label(drawn, texts, padding=3, fontsize=8)
    axes.margins(x=0.12 if drawn.orientation == "horizontal" else 0.05)


def _member_axis(axes: Axes, names: list[str], *, upright: bool, words: Words, unit: Unit) -> None:
    name_ticks(axes, names, which="x" if upright else "y", shown=24)
    number_axis(axes, words=words, unit=unit, which="y" if upright else "x")
    if upright:
        axes.axhline(0, color="#8a929a", linewidth=0.8)
        return
    axes.invert_yaxis()
    axes.axvline(0, color="#8a929a", linewidth=0.8)


@styled
def stacked(table: pd.DataFrame, *, x: str, y: str, by: str, words: Words, title: str, unit: Unit = "money") -> Axes:
    """What is each made of? One bar per ``x`` (in order of appearance), one layer per ``by``; one row per pair."""
    order, layers = list(dict.fromkeys(table[x]))[:MOST], list(dict.fromkeys(table[by]))
    names = labels(order, words=words)
    upright = max((span(n) for n in names), default=0) * min(len(names), 12) <= 90
    axes = canvas(title, height=3.9 if upright else _rows_high(len(names)) + 0.5)
    up, down = np.zeros(len(order)), np.zeros(len(order))
    for i, layer in enumerate(layers):
        rows = table[table[by] == layer].set_index(x)[y].reindex(order).astype(float).fillna(0).to_numpy()
        base = np.where(rows >= 0, up, down)
        colour, name = SERIES[i % len(SERIES)], label(layer, words=words)
        if upright:
            axes.bar(np.arange(len(order)), rows, 0.7, bottom=base, color=colour, label=name)
        else:
            axes.barh(np.arange(len(order)), rows, 0.7, left=base, color=colour, label=name)
        up, down = up + np.maximum(rows, 0), down + np.minimum(rows, 0)
    _member_axis(axes, names, upright=upright, words=words, unit=unit)
    legend(axes)
    return axes


@styled
def bullet(
    table: pd.DataFrame, *, label: str, actual: str, target: str, words: Words, title: str, unit: Unit = "money"
) -> Axes:
    """Did each reach its target? The actual as a bar, green where reached and red where not; the target as a mark."""
    names = labels(table[label].head(MOST), words=words)
    axes = canvas(title, height=_rows_high(len(names)))
    shown = first_rows(table, axes, words=words)
    got, aim = shown[actual].astype(float), shown[target].astype(float)
    colours = np.where(aim.isna(), PALETTE["last_year"], np.where(got >= aim, PALETTE["good"], PALETTE["bad"]))
    at = np.arange(len(shown))
    axes.barh(at, got, 0.55, color=colours.tolist())
    axes.plot(
        aim,
        at,
        linestyle="",
        marker="|",
        markersize=15,
        markeredgewidth=2.5,
        color=PALETTE["target"],
        label=words.term("target"),
    )
    for place, (value, mark) in enumerate(zip(got, aim, strict=True)):
        if pd.notna(value):
            beyond = np.nanmax([value, mark, 0])
            axes.annotate(
                written(value, words=words, unit=unit),
                (beyond, place),
                (6, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
            )
    axes.bar([0], [0], color=PALETTE["good"], label=words.term("reached"))
    axes.bar([0], [0], color=PALETTE["bad"], label=words.term("missed"))
    axes.set_ylim(-0.6, max(len(shown), 1) - 0.4)
    axes.margins(x=0.12)
    _member_axis(axes, names, upright=False, words=words, unit=unit)
    legend(axes)
    return axes


@styled
def slope(
    table: pd.DataFrame, *, label: str, left: str, right: str, words: Words, title: str, unit: Unit = "money"
) -> Axes:
    """Which way did each go? A line from the left to the right value; green up, red down, names at the right."""
    axes = canvas(title, height=max(3.6, 1.2 + 0.28 * min(len(table), 20)))
    shown = first_rows(table, axes, words=words, most=20).dropna(subset=[left, right])
    starts, ends = shown[left].astype(float).to_numpy(), shown[right].astype(float).to_numpy()
    for name, start, end in zip(shown[label], starts, ends, strict=True):
        colour = PALETTE["good"] if end >= start else PALETTE["bad"]
        axes.plot([0, 1], [start, end], marker="o", markersize=4, color=colour, label=str(name))
    axes.set_xticks([0, 1], [words.term(left), words.term(right)])
    axes.set_xlim(-0.05, 1.9)
    number_axis(axes, words=words, unit=unit)
    low, high = axes.get_ylim()
    for name, end, place in zip(labels(shown[label], words=words), ends, _apart(ends, (high - low) / 20), strict=True):
        text = f"{name}  {written(float(end), words=words, unit=unit)}"
        axes.annotate(
            text,
            (1, end),
            (1.06, place),
            va="center",
            fontsize=8,
            arrowprops={"arrowstyle": "-", "color": "#c4c9ce", "linewidth": 0.6},
        )
    return axes


def _apart(values: np.ndarray, least: float) -> np.ndarray:
    """The values moved so that neighbours lie at least this far apart; their order and centre stay."""
    order = np.argsort(values, kind="stable")
    moved = values.astype(float).copy()
    for lower, upper in pairwise(order):
        moved[upper] = max(moved[upper], moved[lower] + least)
    return moved - (moved.mean() - values.mean()) if len(values) else moved


@styled
def tornado(
    table: pd.DataFrame, *, label: str, low: str, high: str, words: Words, title: str, unit: Unit = "money"
) -> Axes:
    """What moves the result most? Per row the effect of the low and of the high setting, widest on top."""
    wide = (table[high].astype(float) - table[low].astype(float)).abs().sort_values(ascending=False, kind="stable")
    ordered = table.loc[wide.index]
    names = labels(ordered[label].head(MOST), words=words)
    axes = canvas(title, height=_rows_high(len(names)))
    shown = first_rows(ordered, axes, words=words)
    at = np.arange(len(shown))
    lows, highs = shown[low].astype(float).to_numpy(), shown[high].astype(float).to_numpy()
    starts = np.where(lows * highs > 0, lows, 0.0)
    below = axes.barh(at, lows, 0.6, color=PALETTE["last_year"], label=words.term(low))
    above = axes.barh(at, highs - starts, 0.6, left=starts, color=PALETTE["actual"], label=words.term(high))
    texts = [[written(v, words=words, unit=unit) for v in ends.tolist()] for ends in (lows, highs)]
    both = [words.interval(a, b) if start else b for a, b, start in zip(*texts, starts, strict=True)]
    axes.bar_label(
        below, ["" if start else a for a, start in zip(texts[0], starts, strict=True)], padding=3, fontsize=8
    )
    axes.bar_label(above, both, padding=3, fontsize=8)
    axes.margins(x=0.15)
    _member_axis(axes, names, upright=False, words=words, unit=unit)
    legend(axes)
    return axes
