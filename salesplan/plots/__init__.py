"""Charts by kind: a tidy table in, Axes out; no aggregation, one palette with one meaning per colour."""

from salesplan.plots.canvas import Chart
from salesplan.plots.comparison import bars, bullet
from salesplan.plots.course import fan, gantt, odds, reliability
from salesplan.plots.notation import PALETTE
from salesplan.plots.parts import bridge, pareto
from salesplan.plots.positions import checks, heatmap, interval, matrix
from salesplan.plots.quadrants import quadrants
from salesplan.plots.shapes import distribution, multiples
from salesplan.plots.trees import tree

__all__ = [
    "PALETTE",
    "Chart",
    "bars",
    "bridge",
    "bullet",
    "checks",
    "distribution",
    "fan",
    "gantt",
    "heatmap",
    "interval",
    "matrix",
    "multiples",
    "odds",
    "pareto",
    "quadrants",
    "reliability",
    "tree",
]
