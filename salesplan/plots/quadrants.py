"""The four fields of a SWOT: what is inside above, what is outside below, what helps on the left."""

from __future__ import annotations

__all__ = ["quadrants"]

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from salesplan.plots.canvas import Unit, canvas, labels, styled, wrapped
from salesplan.plots.notation import PALETTE
from salesplan.words import Words

_FIELDS = {"strength": (0, 1), "weakness": (1, 1), "opportunity": (0, 0), "threat": (1, 0)}
_MOST, _LINE, _LONGEST = 5, 62, 116  # items of a field; latin characters of a line and of an item
_TOP, _STEP = 0.80, 0.165
_SMALL, _LARGE = 14.0, 190.0


@styled
def quadrants(
    table: pd.DataFrame, *, quadrant: str, label: str, size: str, words: Words, title: str, unit: Unit = "money"
) -> Axes:
    """Which items stand in each field? Up to five a field, largest first, a dot's area by ``size``.

    Rows of other fields are left out; an item whose size is not known has a ring. How many more there are is said in
    the field. ``unit`` is not used.
    """
    axes = canvas(title, height=5.6)
    axes.set_axis_off()
    axes.set_xlim(0, 2)
    axes.set_ylim(0, 2)
    largest = float(table[size].astype(float).max()) if table[size].notna().any() else 1.0
    for field, (column, row) in _FIELDS.items():
        own = table[table[quadrant] == field].sort_values(size, ascending=False, kind="stable", na_position="last")
        axes.add_patch(_frame(column, row))
        head = f"{words.term(field)} ({len(own)})"
        axes.text(column + 0.04, row + 0.93, head, va="center", fontsize=10)
        shown = own.head(_MOST if len(own) <= _MOST else _MOST - 1)
        texts = labels(shown[label], words=words, longest=_LONGEST)
        for place, (text, stake) in enumerate(zip(texts, shown[size].astype(float), strict=True)):
            at = row + _TOP - place * _STEP
            area = _SMALL + (_LARGE - _SMALL) * (stake / largest if largest > 0 and np.isfinite(stake) else 0.0)
            fill = PALETTE["actual"] if np.isfinite(stake) else "none"
            axes.scatter([column + 0.06], [at], s=area, facecolor=fill, edgecolor=PALETTE["actual"], linewidths=0.8)
            axes.text(column + 0.12, at, wrapped(text, _LINE), va="center", fontsize=7.5, linespacing=1.25)
        if len(own) > len(shown):
            rest = words.say("plots_more", count=words.number(len(own) - len(shown)))
            axes.text(column + 0.12, row + _TOP - len(shown) * _STEP, rest, va="center", fontsize=7.5, color="#5b646d")
    return axes


def _frame(column: int, row: int) -> Rectangle:
    return Rectangle((column + 0.01, row + 0.01), 0.98, 0.98, fill=False, edgecolor="#8a929a", linewidth=0.8)
