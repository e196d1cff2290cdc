"""Charts over time and of chances: fan, gantt, odds, reliability."""

from __future__ import annotations

__all__ = ["fan", "gantt", "odds", "reliability"]

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesplan.plots.canvas import (
    MOST,
    Unit,
    canvas,
    first_rows,
    label,
    labels,
    legend,
    name_ticks,
    number_axis,
    styled,
    written,
)
from salesplan.plots.notation import PALETTE, SERIES, series
from salesplan.words import Words


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
    """Where is it heading, and how surely? The range from low to high, the middle, and what was and what is wanted.

    Where ``actual`` is not given, the first rows whose low and high are one are what was.
    """
    axes = canvas(title, height=3.9)
    at, number = np.arange(len(table)), table[[low, mid, high]].astype(float)
    lower, upper = label(low, words=words), label(high, words=words)
    between: dict[str, Any] = {"color": PALETTE["range"], "alpha": 0.55, "linewidth": 0}
    axes.fill_between(at, number[low], number[high], label=words.interval(lower, upper), **between)
    likely: dict[str, Any] = {"color": PALETTE["actual"], "linewidth": 1.5, "linestyle": (0, (4, 2))}
    if actual is None:
        known = (number[low] == number[high]).cummin()
        was, ahead = number[mid].where(known), number[mid].where(~known | ~known.shift(-1, fill_value=False))
    else:
        was, ahead = table[actual].astype(float), number[mid]
    axes.plot(at, ahead, label=series(mid, words=words), **likely)
    if was.notna().any():
        axes.plot(at, was, color=PALETTE["actual"], linewidth=2.2, label=series(actual or "actual", words=words))
    if target is not None:
        wanted: dict[str, Any] = {"color": PALETTE["actual"], "linewidth": 0.8, "marker": "s", "markersize": 5}
        outlined: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": PALETTE["actual"]}
        axes.plot(at, table[target].astype(float), label=series(target, words=words), **wanted, **outlined)
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
    today: dt.date | None = None,
) -> Axes:
    """What runs when? One bar a task from its start to its due date, coloured by ``by``, and a line at ``today``.

    ``unit`` is not used.
    """
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
    if today is not None:
        axes.axvline(mdates.date2num(today), color=PALETTE["accent"], linewidth=1.4, label=words.date(today))
    _day_axis(axes)
    legend(axes)
    return axes


def _day_axis(axes: Axes) -> None:
    import matplotlib.dates as mdates

    axes.xaxis_date()
    axes.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=9))
    axes.xaxis.set_major_formatter(mdates.DateFormatter("%Y-%m"))
    axes.grid(visible=True, axis="x", color="#e3e6e9", linewidth=0.7)
    axes.set_axisbelow(True)


@styled
def odds(
    table: pd.DataFrame, *, x: str, p: str, words: Words, title: str, unit: Unit = "money", goal: float, calm: str
) -> Axes:
    """How likely is each goal? The probability over the amount, with the moves and (dashed) without; goal marked."""
    axes = canvas(title, height=3.9)
    ordered = table.sort_values(x)
    amounts = ordered[x].astype(float)
    axes.plot(amounts, ordered[p], color=PALETTE["actual"], linewidth=2.2, label=words.term(p))
    less: dict[str, Any] = {"color": PALETTE["quiet"], "linewidth": 1.6, "linestyle": (0, (4, 2))}
    axes.plot(amounts, ordered[calm], label=words.term(calm), **less)
    reached = float(np.interp(goal, amounts, ordered[p].astype(float)))
    axes.plot([goal, goal], [0, reached], color=PALETTE["accent"], linewidth=1.4)
    axes.plot([goal], [reached], marker="o", markersize=7, color=PALETTE["accent"])
    note = f"{written(goal, words=words, unit=unit)}: {words.chance(reached)}"
    axes.annotate(note, (goal, reached), (8, 6), textcoords="offset points", fontsize=9, color=PALETTE["accent"])
    number_axis(axes, words=words, unit=unit, which="x")
    number_axis(axes, words=words, unit="share")
    axes.set_ylim(0, 1.03)
    legend(axes)
    return axes


@styled
def reliability(table: pd.DataFrame, *, x: str, y: str, size: str, words: Words, title: str) -> Axes:
    """Do probabilities come true? What was stated against what came true; a point on the line is right.

    size: how often each was stated; points of more cases are larger.
    """
    axes = canvas(title, height=4.2)
    stated, came, count = (table[c].to_numpy(dtype="float64") for c in (x, y, size))
    axes.plot([0, 1], [0, 1], color=PALETTE["range"], linewidth=1.2, zorder=1)
    axes.plot(stated, came, color=PALETTE["actual"], linewidth=1.0, zorder=2)
    area = 20 + 180 * count / max(float(count.max(initial=0)), 1.0)
    axes.scatter(stated, came, s=area, color=PALETTE["actual"], zorder=3, linewidths=0)
    for at, up, n in zip(stated, came, count, strict=True):
        axes.annotate(words.number(int(n)), (at, up), (8, 5), textcoords="offset points", fontsize=7.5)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.05)
    for which, column in (("x", x), ("y", y)):
        number_axis(axes, words=words, unit="share", which=which)  # type: ignore[arg-type]
        getattr(axes, f"set_{which}label")(label(column, words=words))
    return axes
