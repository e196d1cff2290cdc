"""What should we aim for, split how, supported by what, and how likely is it?

Sample paths of the plan year come first; every amount and every probability of the chapter is read off the same draws,
so that two goals can be compared.
"""

from salesplan.targets.agreement import agreement, say_agreement
from salesplan.targets.alarms import alarms, say_alarms
from salesplan.targets.carriers import account_owners, active_reps, carried, carriers
from salesplan.targets.cells import say_cells, splits, summed
from salesplan.targets.completing import completed, delivered, held, say_delivered
from salesplan.targets.drivers import driver_years
from salesplan.targets.events import events, say_events, undone
from salesplan.targets.fairness import fairness, say_fairness
from salesplan.targets.forecasting import Forecast, forecast, foreseen, quantiles, say_accuracy, say_forecast
from salesplan.targets.joint import joint, say_joint
from salesplan.targets.kinds import say_methods
from salesplan.targets.milestones import milestones, say_milestones
from salesplan.targets.outlook import last_year_sales
from salesplan.targets.potential import potential, say_potential
from salesplan.targets.replay import reliability, say_replay
from salesplan.targets.satisfaction import satisfaction, say_satisfaction
from salesplan.targets.segments import goal_tree, say_segments, segments, year_goals
from salesplan.targets.smart import say_smart, smart, smart_matrix
from salesplan.targets.submissions import say_submissions, submissions
from salesplan.targets.supporting import driver_tree, say_supporting, supporting
from salesplan.targets.topline import chosen_goal, say_topline, topline
from salesplan.targets.what_if import what_if, year_draws
from salesplan.targets.workdays import say_workdays, workdays

__all__ = [
    "Forecast",
    "account_owners",
    "active_reps",
    "agreement",
    "alarms",
    "carried",
    "carriers",
    "chosen_goal",
    "completed",
    "delivered",
    "driver_tree",
    "driver_years",
    "events",
    "fairness",
    "forecast",
    "foreseen",
    "goal_tree",
    "held",
    "joint",
    "last_year_sales",
    "milestones",
    "potential",
    "quantiles",
    "reliability",
    "satisfaction",
    "say_accuracy",
    "say_agreement",
    "say_alarms",
    "say_cells",
    "say_delivered",
    "say_events",
    "say_fairness",
    "say_forecast",
    "say_joint",
    "say_methods",
    "say_milestones",
    "say_potential",
    "say_replay",
    "say_satisfaction",
    "say_segments",
    "say_smart",
    "say_submissions",
    "say_supporting",
    "say_topline",
    "say_workdays",
    "segments",
    "smart",
    "smart_matrix",
    "splits",
    "submissions",
    "summed",
    "supporting",
    "topline",
    "undone",
    "what_if",
    "workdays",
    "year_draws",
    "year_goals",
]
