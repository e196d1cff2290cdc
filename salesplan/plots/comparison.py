"""Charts that compare members: bars, bullet."""

from __future__ import annotations

__all__ = ["bars", "bullet"]

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesplan.plots.canvas import (
    MOST,
    Chart,
    Unit,
    canvas,
    first_rows,
    headed,
    labels,
    legend,
    name_ticks,
    number_axis,
    span,
    styled,
    written,
)
from salesplan.plots.notation import PALETTE, look, series
from salesplan.words import Words

_LINE = 96  # latin characters below a chart
_FEW = 6  # so many bars, or the room of them, stand side by side: one alone is no wall


def _rows_high(count: int) -> float:
    return 1.5 + 0.3 * min(max(count, 3), MOST)


@styled
def bars(
    table: pd.DataFrame, *, x: str, y: str, words: Words, title: str, unit: Unit = "money", compare: str | None = None
) -> Axes:
    """How large is each? One bar a row; ``compare`` (the year before, a forecast) as a bar beside it, each in its look.

    Periods, and few short names, stand below upright bars; long or many names stand beside lying ones.
    """
    names = labels(table[x].head(MOST), words=words)
    fits = (max((span(n) for n in names), default=0) + 2) * len(names) <= _LINE
    upright = len(names) <= 24 and (fits or x == "period")
    axes = canvas(title, height=3.6 if upright else _rows_high(round(len(names) * (1.0 if compare is None else 1.5))))
    shown = first_rows(table, axes, words=words)
    draw = axes.bar if upright else axes.barh
    at, thick = np.arange(len(shown)), 0.7 if compare is None else 0.38
    if compare is not None:
        draw(at - 0.2, shown[compare].astype(float), thick, **look(compare), label=series(compare, words=words))
    here = at if compare is None else at + 0.2
    drawn = draw(here, shown[y].astype(float), thick, **look(y), label=series(y, words=words))
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
        room = max(0.6, _FEW / 2)
        axes.set_xlim(min(-0.6, (len(names) - 1) / 2 - room), max(len(names) - 0.4, (len(names) - 1) / 2 + room))
        axes.axhline(0, color="#8a929a", linewidth=0.8)
        return
    axes.invert_yaxis()
    axes.axvline(0, color="#8a929a", linewidth=0.8)


@styled
def bullet(
    table: pd.DataFrame, *, label: str, actual: str, target: str, words: Words, title: str, unit: Unit = "money"
) -> Axes:
    """Did each reach its target? The actual over the outlined target, and beside it by how much it was missed.

    Where nobody has a target, the actual alone.
    """
    if table[target].isna().all():
        return bars(table, x=label, y=actual, words=words, title=title, unit=unit)
    names = labels(table[label].head(MOST), words=words)
    chart = Chart(figsize=(7.4, _rows_high(len(names)) + 0.3), layout="constrained")
    axes, beside = chart.subplots(1, 2, width_ratios=(3, 1.4), sharey=True)
    headed(axes, title)
    shown = first_rows(table, beside, words=words)
    got, aim, at = shown[actual].astype(float), shown[target].astype(float), np.arange(len(shown))
    axes.barh(at, aim, 0.72, **look("target"), label=series("target", words=words))
    axes.barh(at, got, 0.4, **look("actual"), label=series("actual", words=words))
    for place, value, end in zip(at, got, np.fmax(np.fmax(got, aim), 0.0), strict=True):
        if np.isfinite(value):
            text = written(value, words=words, unit=unit)
            axes.annotate(text, (end, place), (4, 0), textcoords="offset points", va="center", fontsize=8)
    off = got - aim
    apart = beside.barh(at, off, 0.5, color=np.where(off >= 0, PALETTE["good"], PALETTE["bad"]).tolist())
    beside.bar_label(apart, [_missed(o, a, words, unit) for o, a in zip(off, aim, strict=True)], padding=3, fontsize=8)
    beside.set_title(words.term("look_difference"), loc="left", fontsize=8.5, color="#5d666e", pad=6)
    beside.axvline(0, color=PALETTE["quiet"], linewidth=0.8)
    beside.set_xticks([])
    beside.spines[["bottom", "left"]].set_visible(False)
    beside.tick_params(length=0)
    beside.margins(x=0.9)
    axes.tick_params(length=0)
    axes.set_ylim(-0.6, max(len(shown), 1) - 0.4)
    axes.margins(x=0.12)
    _member_axis(axes, names, upright=False, words=words, unit=unit)
    legend(axes)
    return axes


def _missed(off: float, aim: float, words: Words, unit: Unit) -> str:
    """By how much, in the chart's unit and in per cent; nothing where either is not known."""
    if not np.isfinite(off):
        return ""
    text = written(off, words=words, unit=unit)
    text = "+" + text if off > 0 else text
    return f"{text} ({words.share(off / aim, signed=True)})" if aim > 0 else text
