"""Charts by kind: a tidy table in, Axes out; no aggregation, one palette with one meaning per colour."""

from salesplan.plots.canvas import PALETTE, Chart
from salesplan.plots.comparison import bars, bullet, slope, stacked, tornado
from salesplan.plots.course import fan, gantt, line
from salesplan.plots.parts import bridge, pareto
from salesplan.plots.positions import heatmap, interval, matrix

__all__ = [
    "PALETTE",
    "Chart",
    "bars",
    "bridge",
    "bullet",
    "fan",
    "gantt",
    "heatmap",
    "interval",
    "line",
    "matrix",
    "pareto",
    "slope",
    "stacked",
    "tornado",
]
