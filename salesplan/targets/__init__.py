"""What should we aim for, split how, supported by what, and how likely is it?

Sample paths of the plan year come first; every amount and every probability of the chapter is read off the same draws,
so that two goals can be compared.
"""

from salesplan.targets.cells import allocate, say_cells
from salesplan.targets.forecasting import Forecast, forecast, quantiles, say_accuracy, say_forecast
from salesplan.targets.joint import joint, say_joint
from salesplan.targets.outlook import last_year_sales
from salesplan.targets.segments import say_segments, segments, year_goals
from salesplan.targets.smart import say_smart, smart
from salesplan.targets.supporting import say_supporting, supporting
from salesplan.targets.topline import chosen_goal, say_topline, topline, what_if
from salesplan.targets.workdays import say_workdays, workdays

__all__ = [
    "Forecast",
    "allocate",
    "chosen_goal",
    "forecast",
    "joint",
    "last_year_sales",
    "quantiles",
    "say_accuracy",
    "say_cells",
    "say_forecast",
    "say_joint",
    "say_segments",
    "say_smart",
    "say_supporting",
    "say_topline",
    "say_workdays",
    "segments",
    "smart",
    "supporting",
    "topline",
    "what_if",
    "workdays",
    "year_goals",
]
