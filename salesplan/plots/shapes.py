"""Charts of many values at once: distribution, multiples."""

from __future__ import annotations

__all__ = ["distribution", "multiples"]

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesplan.plots.canvas import (
    Chart,
    Unit,
    canvas,
    drawable,
    headed,
    label,
    legend,
    name_ticks,
    number_axis,
    styled,
    written,
)
from salesplan.plots.notation import PALETTE, seaborn, series
from salesplan.words import Words

_BINS = 48
_ACROSS, _MOST = 3, 9  # small charts side by side, and in all


@styled
def distribution(
    table: pd.DataFrame, *, views: list[str], words: Words, title: str, unit: Unit = "money", goal: float | None = None
) -> Axes:
    """Which amounts come out, and how often? One outline per column of ``views``, the first filled; the goal as a line.

    table: one row per draw. Amounts beyond the thousandth and the last but one thousandth are not shown.
    """
    axes = canvas(title, height=3.6)
    values = table[views].astype(float)
    low, high = np.nanquantile(values.to_numpy(), [0.001, 0.999]).tolist()
    bins = np.linspace(low, high if high > low else low + 1, _BINS + 1)
    for view, line, filled in zip(views, (PALETTE["actual"], PALETTE["quiet"]), (True, False), strict=False):
        drawn: dict[str, Any] = {"element": "step", "bins": bins, "stat": "probability", "color": line}
        drawn |= {"fill": True, "alpha": 0.25, "linewidth": 1.6} if filled else {"fill": False, "linewidth": 1.4}
        seaborn().histplot(x=values[view], ax=axes, **drawn)
        axes.plot([], [], color=line, linewidth=1.6, label=words.term(view))
    if goal is not None and np.isfinite(goal):
        axes.axvline(goal, color=PALETTE["accent"], linewidth=1.6)
        top = axes.get_ylim()[1]
        note = written(goal, words=words, unit=unit)
        axes.annotate(note, (goal, top), (6, -10), textcoords="offset points", fontsize=9, color=PALETTE["accent"])
    axes.set(xlabel="", ylabel="")
    number_axis(axes, words=words, unit=unit, which="x")
    number_axis(axes, words=words, unit="share")
    legend(axes)
    return axes


@styled
def multiples(
    table: pd.DataFrame,
    *,
    by: str,
    x: str,
    y: str,
    compare: str,
    words: Words,
    title: str,
    unit: Unit = "money",
) -> Axes:
    """How does each member run, beside its year before? A small chart for each, in order, on one scale."""
    members = list(dict.fromkeys(table[by]))
    shown, periods = members[:_MOST], list(dict.fromkeys(table[x]))
    rows = max(-(-len(shown) // _ACROSS), 1)
    chart = Chart(figsize=(7.4, 1.3 + 1.45 * rows), layout="constrained")
    grid = chart.subplots(rows, _ACROSS, sharex=True, sharey=True, squeeze=False)
    places = list(grid.ravel())
    for axes in places[len(shown) :]:
        axes.set_visible(False)
    for axes, member in zip(places, shown, strict=False):
        own = table[table[by] == member].set_index(x).reindex(periods)
        for column, color in ((compare, PALETTE["last_year"]), (y, PALETTE["actual"])):
            drawn: dict[str, Any] = {"ax": axes, "color": color, "linewidth": 1.8, "legend": False}
            seaborn().lineplot(x=np.arange(len(periods)), y=own[column].astype(float), **drawn)
        axes.set(xlabel="", ylabel="")
        axes.tick_params(length=0)
    first, amounts = places[0], table.loc[table[by].isin(shown), [y, compare]].astype(float)
    low, high = np.nanmin(amounts.to_numpy(), initial=0.0), np.nanmax(amounts.to_numpy(), initial=0.0)
    first.set_ylim(low, high + 0.06 * ((high - low) or 1.0))
    _head(chart, first, title, left=(len(shown), len(members)), words=words)
    for axes, member in zip(places, shown, strict=False):
        axes.set_title(label(member, words=words, longest=24), loc="left", fontsize=8.5, color=PALETTE["actual"])
    name_ticks(first, [str(p)[-2:] for p in periods])
    number_axis(first, words=words, unit=unit)
    for column, color in ((y, PALETTE["actual"]), (compare, PALETTE["last_year"])):
        first.plot([], [], color=color, linewidth=1.8, label=series(column, words=words))
    legend(first)
    return first


def _head(chart: Chart, first: Axes, title: str, *, left: tuple[int, int], words: Words) -> None:
    """The message over the whole, and below it what is measured and how many members of all are shown."""
    headed(first, title)
    measured = [line for line in first.get_title(loc="left").split("\n") if line]
    if left[0] < left[1]:
        measured.append(drawable(words.say("chart_more", shown=words.number(left[0]), all=words.number(left[1]))))
    chart.suptitle("\n".join([chart.get_suptitle(), ", ".join(measured)]), x=0.01, ha="left", fontsize=9.5)
