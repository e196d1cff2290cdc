"""The paper all charts are drawn on: font, palette, number axes and labels that neither clip nor overlap."""

from __future__ import annotations

__all__ = [
    "MOST",
    "Chart",
    "canvas",
    "drawable",
    "first_rows",
    "headed",
    "label",
    "labels",
    "legend",
    "money_unit",
    "name_ticks",
    "number_axis",
    "span",
    "styled",
    "wrapped",
    "written",
]

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache, wraps
from importlib.resources import as_file, files
from typing import Any, Literal, ParamSpec

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter

from salesplan.words import Words

P = ParamSpec("P")
Unit = Literal["money", "share", "chance", "count", "number"]

MOST = 40
_DOTS = 160
_LONGEST = 34
_WIDEST = 104
_FONT = "Noto Sans SC salesplan"
_STYLE: Any = {
    "font.family": [_FONT, "DejaVu Sans"],
    "font.size": 9,
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.edgecolor": "#8a929a",
    "svg.hashsalt": "salesplan",
    "svg.fonttype": "path",
    "savefig.bbox": "standard",
    "savefig.facecolor": "white",
    "figure.dpi": 100,
    "hatch.linewidth": 0.7,
}


class Chart(Figure):
    """A figure that is drawn in this package's style wherever it is saved or shown."""

    _picture: bytes | None = None

    def savefig(self, fname: Any, *, transparent: bool | None = None, **kwargs: Any) -> None:
        """Saves the chart; the same chart gives the same bytes."""
        with mpl.rc_context(_STYLE):
            super().savefig(fname, transparent=transparent, **kwargs)

    def png(self) -> bytes:
        """The chart as a picture, drawn once: what is saved is what a notebook shows."""
        from io import BytesIO

        from matplotlib.backends.backend_agg import FigureCanvasAgg

        if self._picture is None:
            buffer, usual = BytesIO(), self.dpi
            with mpl.rc_context(_STYLE):  # the canvas itself: savefig would draw everything twice
                self.set_dpi(_DOTS)
                FigureCanvasAgg(self).print_png(buffer, metadata={"Software": None})
                self.set_dpi(usual)
            self._picture = buffer.getvalue()
        return self._picture

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        wide, high = (round(100 * size) for size in self.get_size_inches())
        return self.png(), {"width": wide, "height": high}


class _Numbers(Formatter):
    """Tick labels in the plan's language, with as many digits as tell the ticks apart."""

    def __init__(self, words: Words, unit: Unit) -> None:
        self.words, self.unit = words, unit

    def __call__(self, x: float, pos: int | None = None) -> str:
        return written(x, words=self.words, unit=self.unit)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """All ticks in the unit of the largest, so that they can be compared."""
        texts: list[str] = []
        before, divisor, after = money_unit(values, words=self.words) if self.unit == "money" else ("", 1.0, "")
        for digits in (0, 1, 2, 3):
            if self.unit == "money":
                plain = [self.words.number(abs(v) / divisor, digits=digits) for v in values]
                texts = [f"{'−' if v < 0 else ''}{before}{s}{after}" for v, s in zip(values, plain, strict=True)]
            else:
                texts = [written(v, words=self.words, unit=self.unit, digits=digits) for v in values]
            texts = ["0" if v == 0 else text for v, text in zip(values, texts, strict=True)]
            sizes = [v / divisor * (100 if self.unit in ("share", "chance") else 1) for v in values]
            if np.allclose(sizes, np.round(sizes, digits), rtol=0, atol=1e-6):
                break
        return texts


def money_unit(values: Sequence[float], *, words: Words) -> tuple[str, float, str]:
    """The currency sign, the divisor and the unit that the largest of these amounts is written in."""
    largest = max((abs(v) for v in values if np.isfinite(v)), default=0.0)
    parts = re.fullmatch(r"(\D*)([\d,.]+)(\D*)", words.money(largest, digits=6))
    if largest == 0 or parts is None:
        return "", 1.0, ""
    power = round(np.log10(largest / float(parts.group(2).replace(",", ""))))
    return parts.group(1), float(10**power), parts.group(3)


@cache
def _characters() -> frozenset[int]:
    """What the two fonts can draw; registers the package's own font once."""
    with as_file(files("salesplan") / "fonts" / "NotoSansSC-salesplan.otf") as place:
        font_manager.fontManager.addfont(str(place))
        own = font_manager.get_font(str(place)).get_charmap()
    other = font_manager.get_font(font_manager.findfont("DejaVu Sans")).get_charmap()
    return frozenset(own) | frozenset(other)


def styled(draw: Callable[P, Axes]) -> Callable[P, Axes]:
    """Draws in this package's style, whatever the caller's is, and leaves the caller's as it was."""

    @wraps(draw)
    def drawn(*args: P.args, **columns: P.kwargs) -> Axes:
        assert _characters()
        with mpl.rc_context(_STYLE):
            return draw(*args, **columns)

    return drawn


def canvas(title: str, *, height: float = 3.6, width: float = 7.4) -> Axes:
    """Empty axes with a title, on a chart of this size [inches]."""
    chart = Chart(figsize=(width, height), layout="constrained")
    axes = chart.add_subplot()
    headed(axes, title)
    axes.tick_params(length=0)
    return axes


def headed(axes: Axes, title: str) -> None:
    """Writes the title: its first line, the message, over the whole chart; what is measured and when over the axes."""
    message, *more = [drawable(line) for line in title.split("\n") if line.strip()] or [""]
    figure: Any = axes.figure
    figure.suptitle(wrapped(message, _WIDEST), x=0.01, ha="left", fontsize=10)
    axes.set_title("\n".join(more), loc="left", fontsize=8.5, color="#5d666e", linespacing=1.3)


def drawable(text: Any) -> str:
    """The text on one line, with a box for every character that no font at hand can draw."""
    known = _characters()
    plain = " ".join(unicodedata.normalize("NFC", str(text)).split())
    return "".join(c if ord(c) in known else "" if unicodedata.category(c)[0] == "C" else "□" for c in plain)


def label(value: Any, *, words: Words, longest: int = _LONGEST) -> str:
    """What a chart calls a member or term: its name, shortened in the middle to ``longest`` characters."""
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return words.term("none")
    name = drawable(words.name(value))
    if len(name) <= longest:
        return name
    front = (longest - 1) * 3 // 5
    return f"{name[:front].rstrip()}…{name[len(name) - (longest - 1 - front) :].lstrip()}"


def labels(values: Iterable[Any], *, words: Words, longest: int = _LONGEST) -> list[str]:
    """The labels of several members."""
    return [label(value, words=words, longest=longest) for value in values]


def span(text: str) -> float:
    """About how wide a text is [widths of one latin character]."""
    return sum(2.0 if unicodedata.east_asian_width(c) in "WF" else 1.05 for c in text)


def written(value: float, *, words: Words, unit: Unit, digits: int | None = None) -> str:
    """A value as people read it in this unit; a chance on an axis, whose ticks have digits, as a share."""
    if unit == "money":
        return words.money(value, digits=digits)
    if unit == "chance" and digits is None:
        return words.chance(value)
    if unit in ("share", "chance"):
        return words.share(value, digits=1 if digits is None else digits)
    return words.number(value, digits=digits if digits is not None else 0 if unit == "count" else 2)


def number_axis(axes: Axes, *, words: Words, unit: Unit, which: Literal["x", "y"] = "y") -> None:
    """Writes the ticks of one axis in this unit, at most seven of them."""
    from matplotlib.ticker import MaxNLocator

    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_formatter(_Numbers(words, unit))
    axis.set_major_locator(MaxNLocator(nbins=6 if which == "y" else 5, integer=unit == "count"))
    axes.grid(visible=True, axis=which, color="#e3e6e9", linewidth=0.7)
    axes.set_axisbelow(True)


def name_ticks(
    axes: Axes, names: Sequence[str], *, which: Literal["x", "y"] = "x", shown: int = 12, at: float = 0.0
) -> None:
    """Writes names at 0, 1, 2 … from ``at`` on; where they do not fit, every second, third … of them."""
    positions = np.arange(len(names)) + at
    if which == "y":
        axes.set_yticks(positions, names)
        return
    widest = max((span(n) for n in names), default=1.0)
    room = max(2, min(shown, int(96 / (widest + 2)))) if len(names) > 1 else 1
    step = max(1, int(np.ceil(len(names) / room)))
    axes.set_xticks(positions[::step], list(names)[::step])


def first_rows(table: pd.DataFrame, axes: Axes, *, words: Words, most: int = MOST) -> pd.DataFrame:
    """The rows that a chart can hold; the chart says how many it leaves out."""
    if len(table) > most:
        note = words.say("chart_more", shown=words.number(most), all=words.number(len(table)))
        where: dict[str, Any] = {"ha": "right", "va": "bottom", "fontsize": 7.5, "color": "#6b737b"}
        axes.annotate(drawable(note), (1, 1), xycoords="axes fraction", **where)
    return table.head(most)


def legend(axes: Axes, *, beside: bool = False) -> None:
    """Names the series below the chart, or beside it where there are many."""
    handles, names = axes.get_legend_handles_labels()
    if not handles:
        return
    figure: Any = axes.figure
    place = "outside right upper" if beside else "outside lower center"
    columns = 1 if beside else max(1, min(len(names), int(90 / (max(span(n) for n in names) + 6))))
    figure.legend(handles, names, loc=place, ncols=columns, frameon=False, fontsize=8)


def wrapped(text: str, width: float) -> str:
    """The text on lines of about this width; Chinese may break anywhere, other text at spaces only."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and span(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return "\n".join([*lines, line.rstrip()])


def _pieces(text: str) -> list[str]:
    """What stays together on a line: words, and a number with its sign of per cent."""
    pieces, word = [], ""
    for at, c in enumerate(text):
        word += c
        if (c == " " and text[at + 1 : at + 2] != "%") or unicodedata.east_asian_width(c) in "WF" or len(word) > 40:
            pieces.append(word)
            word = ""
    return [*pieces, word]
