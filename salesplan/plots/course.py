"""Charts over time: line, fan, gantt."""

from __future__ import annotations

__all__ = ["fan", "gantt", "line"]

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
    styled,
)
from salesplan.words import Words

_MEANT = {
    "actual": "actual",
    "target": "target",
    "prior": "last_year",
    "last_year": "last_year",
    "prior_year": "last_year",
}


@styled
def line(
    table: pd.DataFrame,
    *,
    x: str,
    y: str,
    words: Words,
    title: str,
    unit: Unit = "money",
    by: str | None = None,
) -> Axes:
    """How did it go over time? One line per ``by``, ``x`` in order of appearance; at most ten lines."""
    axes = canvas(title)
    order = list(dict.fromkeys(table[x]))
    groups = [None] if by is None else list(dict.fromkeys(table[by]))[: len(SERIES)]
    for i, group in enumerate(groups):
        rows = table if by is None else table[table[by] == group]
        values = rows.set_index(x)[y].reindex(order).astype(float)
        colour = PALETTE[_MEANT[str(group)]] if str(group) in _MEANT else SERIES[i]
        name = words.term(y) if by is None else label(group, words=words)
        axes.plot(
            np.arange(len(order)),
            values,
            color=colour,
            linewidth=1.8,
            label=name,
            marker="o" if len(order) <= 16 else "",
            markersize=3.5,
        )
    name_ticks(axes, labels(order, words=words))
    number_axis(axes, words=words, unit=unit)
    if by is not None:
        legend(axes)
    return axes


@styled
def fan(
    table: pd.DataFrame,
    *,
    x: str,
    low: str,
    mid: str,
    high: str,
    words: Words,
    title: str,
    unit: Unit = "money",
    actual: str | None = None,
    target: str | None = None,
) -> Axes:
    """Where is it heading, and how surely? The range from low to high, the middle, and what was and what is wanted."""
    axes = canvas(title, height=3.9)
    at, number = np.arange(len(table)), table[[low, mid, high]].astype(float)
    lower, upper = label(low, words=words), label(high, words=words)
    between: dict[str, Any] = {"color": PALETTE["range"], "alpha": 0.55, "linewidth": 0}
    axes.fill_between(at, number[low], number[high], label=words.interval(lower, upper), **between)
    axes.plot(at, number[mid], color=PALETTE["forecast"], linewidth=1.8, label=words.term(mid))
    if actual is not None:
        axes.plot(at, table[actual].astype(float), color=PALETTE["actual"], linewidth=2.2, label=words.term(actual))
    if target is not None:
        wanted: dict[str, Any] = {"color": PALETTE["target"], "linewidth": 1.6, "linestyle": "--"}
        axes.plot(at, table[target].astype(float), label=words.term(target), **wanted)
    name_ticks(axes, labels(table[x], words=words))
    number_axis(axes, words=words, unit=unit)
    legend(axes)
    return axes


@styled
def gantt(
    table: pd.DataFrame,
    *,
    label: str,
    start: str,
    due: str,
    words: Words,
    title: str,
    unit: Unit = "count",
    by: str | None = None,
) -> Axes:
    """What runs when? One bar a task from its start to its due date, coloured by ``by``; ``unit`` is not used."""
    import matplotlib.dates as mdates

    dated = table.dropna(subset=[start, due])
    axes = canvas(title, height=1.6 + 0.3 * min(max(len(dated), 3), MOST))
    shown = first_rows(dated, axes, words=words)
    begins = mdates.date2num(pd.to_datetime(shown[start]).to_numpy())
    ends = mdates.date2num(pd.to_datetime(shown[due]).to_numpy())
    groups = [None] * len(shown) if by is None else list(shown[by])
    order = list(dict.fromkeys(groups))
    for i, group in enumerate(order):
        rows = [at for at, g in enumerate(groups) if g == group or (g is None and group is None)]
        colour = PALETTE["actual"] if by is None else SERIES[i % len(SERIES)]
        axes.barh(
            rows,
            np.maximum(ends[rows] - begins[rows], 1),
            0.55,
            left=begins[rows],
            color=colour,
            label="_" if by is None else labels([group], words=words)[0],
        )
    name_ticks(axes, labels(shown[label], words=words), which="y")
    axes.set_ylim(max(len(shown), 1) - 0.4, -0.6)
    axes.xaxis_date()
    axes.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=9))
    axes.xaxis.set_major_formatter(mdates.DateFormatter("%Y-%m"))
    axes.grid(visible=True, axis="x", color="#e3e6e9", linewidth=0.7)
    axes.set_axisbelow(True)
    legend(axes)
    return axes
