"""Charts of where things stand: interval, heatmap, matrix, checks."""

from __future__ import annotations

__all__ = ["checks", "heatmap", "interval", "matrix"]

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from salesplan.plots.canvas import (
    MOST,
    Unit,
    canvas,
    drawable,
    first_rows,
    labels,
    legend,
    money_unit,
    name_ticks,
    number_axis,
    span,
    styled,
    written,
)
from salesplan.plots.canvas import label as label_of
from salesplan.plots.notation import PALETTE, SERIES, seaborn
from salesplan.words import Words

_ACROSS = 84  # latin characters side by side in the fields of a heat map
_DIFFERENCE = LinearSegmentedColormap.from_list("difference", [PALETTE["bad"], "#ffffff", PALETTE["good"]])


@styled
def interval(
    table: pd.DataFrame,
    *,
    label: str,
    low: str,
    mid: str,
    high: str,
    words: Words,
    title: str,
    unit: Unit = "money",
    reference: float | None = None,
) -> Axes:
    """How sure is each? The middle as a dot in its range from low to high; ``reference`` as a line through all."""
    names = labels(table[label].head(MOST), words=words, longest=58)
    axes = canvas(title, height=1.5 + 0.32 * max(len(names), 3))
    shown = first_rows(table, axes, words=words)
    at = np.arange(len(shown))
    axes.hlines(at, shown[low].astype(float), shown[high].astype(float), color=PALETTE["range"], linewidth=5)
    axes.plot(shown[mid].astype(float), at, linestyle="", marker="o", markersize=6, color=PALETTE["actual"])
    for place, value in enumerate(shown[mid].astype(float)):
        if pd.notna(value):
            axes.annotate(
                written(value, words=words, unit=unit),
                (value, place),
                (0, 7),
                ha="center",
                textcoords="offset points",
                fontsize=7.5,
            )
    if reference is not None:
        axes.axvline(reference, color=PALETTE["accent"], linewidth=1.4)
    name_ticks(axes, names, which="y")
    axes.set_ylim(max(len(shown), 1) - 0.4, -0.8)
    axes.margins(x=0.08)
    number_axis(axes, words=words, unit=unit, which="x")
    return axes


@styled
def heatmap(
    table: pd.DataFrame, *, row: str, column: str, value: str, words: Words, title: str, unit: Unit = "money"
) -> Axes:
    """Where is much and where is little? One field per pair, rows and columns in order of appearance; grey: none.

    Amounts below nought are unfavourable differences and coloured as such.
    """
    rows, columns = list(dict.fromkeys(table[row]))[:MOST], list(dict.fromkeys(table[column]))[:MOST]
    grid = table.pivot(index=row, columns=column, values=value).reindex(index=rows, columns=columns).astype(float)
    axes = canvas(title, height=1.9 + 0.32 * max(len(rows), 2))
    low, high = _bounds(grid.to_numpy())
    axes.set_facecolor("#eceef0")
    texts = _cells(axes, grid.to_numpy(), words=words, unit=unit)
    wide = max((span(t) for t in texts.flat), default=0) * len(columns) > _ACROSS
    seaborn().heatmap(
        grid,
        ax=axes,
        annot=texts,
        fmt="",
        annot_kws={"fontsize": 6.5 if wide else 8},
        cmap=_DIFFERENCE if low < 0 else "Greys",
        vmin=low,
        vmax=high,
        cbar=False,
        linewidths=0.6,
        linecolor="white",
    )
    axes.set(xlabel="", ylabel="")
    name_ticks(axes, labels(columns, words=words, longest=16), at=0.5)
    name_ticks(axes, labels(rows, words=words), which="y", at=0.5)
    axes.tick_params(rotation=0)
    return axes


def _cells(axes: Axes, numbers: np.ndarray, *, words: Words, unit: Unit) -> np.ndarray:
    """What stands in the fields; where that is too wide, amounts in one unit, which stands once over the chart."""
    texts = np.array(
        [[written(v, words=words, unit=unit) if np.isfinite(v) else "" for v in line] for line in numbers],
        dtype=object,
    ).reshape(numbers.shape)
    if unit != "money" or max((span(t) for t in texts.flat), default=0) * numbers.shape[1] <= _ACROSS:
        return texts
    before, divisor, after = money_unit(numbers.ravel().tolist(), words=words)
    where: dict[str, Any] = {"ha": "right", "va": "bottom", "fontsize": 7.5, "color": "#6b737b"}
    axes.annotate(drawable(f"{before}{after}".strip()), (1, 1), xycoords="axes fraction", **where)
    digits = 0 if np.nanmax(np.abs(numbers)) >= 100 * divisor else 1
    short = [[words.number(v / divisor, digits=digits) if np.isfinite(v) else "" for v in line] for line in numbers]
    return np.array(short, dtype=object).reshape(numbers.shape)


@styled
def checks(
    table: pd.DataFrame, *, row: str, column: str, passed: str, words: Words, title: str, unit: Unit = "count"
) -> Axes:
    """What passes which test? A dot where it passes, a cross where it fails, rows and columns in order of appearance.

    ``unit`` is not used.
    """
    rows, columns = list(dict.fromkeys(table[row]))[:MOST], list(dict.fromkeys(table[column]))
    axes = canvas(title, height=1.5 + 0.3 * max(len(rows), 3))
    shown = table[table[row].isin(rows)]
    at = np.array([[columns.index(c), rows.index(r)] for r, c in zip(shown[row], shown[column], strict=True)])
    well = shown[passed].astype(bool).to_numpy()
    for inside, mark, colour in ((well, "o", PALETTE["actual"]), (~well, "x", PALETTE["bad"])):
        if inside.any():
            line = {"s": 60, "linewidths": 2.2} if mark == "x" else {"s": 36, "linewidths": 0}
            axes.scatter(*at[inside].T, marker=mark, color=colour, **line)
    axes.set_xlim(-0.6, len(columns) - 0.4)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    name_ticks(axes, labels(columns, words=words))
    name_ticks(axes, labels(rows, words=words), which="y", shown=MOST)
    axes.xaxis.tick_top()
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return axes


def _bounds(numbers: np.ndarray) -> tuple[float, float]:
    finite = numbers[np.isfinite(numbers)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if low < 0:
        widest = max(-low, high)
        return -widest, widest
    return min(low, 0.0), high or 1.0


@styled
def matrix(
    table: pd.DataFrame,
    *,
    x: str,
    y: str,
    label: str,
    words: Words,
    title: str,
    unit: Unit = "money",
    size: str | None = None,
    group: str | None = None,
    x_unit: Unit = "share",
    y_unit: Unit = "share",
) -> Axes:
    """Where does each stand on two scales? A dot per row, its area by ``size``, lines at the two medians.

    ``group``: the column whose terms are told apart by colour and named below the chart.
    A name that would cover another is left out; the largest are named first. ``unit`` is not used.
    """
    shown = table.dropna(subset=[x, y]).reset_index(drop=True)
    axes = canvas(title, height=4.8)
    sizes = shown[size].astype(float).fillna(0).clip(lower=0) if size is not None else pd.Series(1.0, shown.index)
    _points(axes, shown, x=x, y=y, group=group, sizes=sizes, words=words)
    for values, draw in ((shown[x], axes.axvline), (shown[y], axes.axhline)):
        if len(values):
            draw(float(values.astype(float).median()), color="#8a929a", linewidth=0.8, linestyle=":")
    axes.margins(0.12)
    number_axis(axes, words=words, unit=x_unit, which="x")
    number_axis(axes, words=words, unit=y_unit)
    axes.set_xlabel(words.term(x))
    axes.set_ylabel(words.term(y))
    order = sizes.sort_values(ascending=False, kind="stable").index
    _name_points(axes, shown.loc[order, [x, y]].astype(float).to_numpy(), labels(shown.loc[order, label], words=words))
    return axes


def _points(
    axes: Axes, shown: pd.DataFrame, *, x: str, y: str, group: str | None, sizes: pd.Series, words: Words
) -> None:
    if shown.empty:
        return
    groups = shown[group] if group is not None else pd.Series("", shown.index)
    hues = dict(zip(dict.fromkeys(groups), SERIES if group is not None else [PALETTE["actual"]], strict=False))
    dots: dict[str, Any] = {"alpha": 0.55, "linewidth": 0}
    seaborn().scatterplot(
        x=shown[x].astype(float),
        y=shown[y].astype(float),
        hue=groups,
        palette=hues,
        size=sizes,
        sizes=(40, 500) if sizes.nunique() > 1 else (60, 60),
        ax=axes,
        legend=False,
        **dots,
    )
    if group is not None:
        for name, hue in hues.items():
            axes.scatter([], [], color=hue, label=label_of(name, words=words), **dots)
        legend(axes)


def _name_points(axes: Axes, points: np.ndarray, names: list[str]) -> None:
    """Writes each name at a free side of its point; leaves it out where no side is free."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    wide, high = 5.9 * 72, 3.6 * 72
    taken: list[tuple[float, float, float, float]] = []
    for (x, y), name in zip(points, names, strict=True):
        at_x, at_y = (x - left) / (right - left) * wide, (y - bottom) / (top - bottom) * high
        width = span(name) * 4.4
        for dx, dy, side in ((9, 0, "left"), (-9, 0, "right"), (0, 13, "center"), (0, -13, "center")):
            start = at_x + dx - {"left": 0, "right": width, "center": width / 2}[side]
            box = (start, at_y + dy - 6, start + width, at_y + dy + 6)
            if box[0] >= 0 and box[2] <= wide and not any(_meet(box, other) for other in taken):
                taken.append(box)
                axes.annotate(name, (x, y), (dx, dy), textcoords="offset points", ha=side, va="center", fontsize=8)
                break


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
