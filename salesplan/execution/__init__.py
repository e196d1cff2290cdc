"""Who does what by when, with what money and quota, and are we on track?"""

from salesplan.execution.budget import budget, say_budget
from salesplan.execution.capacity import capacity, say_capacity
from salesplan.execution.corrective import corrective, say_corrective
from salesplan.execution.incentives import incentives, incentives_people, say_incentives
from salesplan.execution.load import load, say_load
from salesplan.execution.meetings import meeting_calendar, say_calendar
from salesplan.execution.progress import progress, say_progress
from salesplan.execution.quotas import left_since, quotas, rep_draws, say_quotas
from salesplan.execution.risks import risks, say_risks
from salesplan.execution.scorecard import say_scorecard, scorecard
from salesplan.execution.standing import as_it_stands, held_back, say_standing, standing
from salesplan.execution.tracking import say_tracking, tracking
from salesplan.execution.work_plan import say_work_plan, work_plan

__all__ = [
    "as_it_stands",
    "budget",
    "capacity",
    "corrective",
    "held_back",
    "incentives",
    "incentives_people",
    "left_since",
    "load",
    "meeting_calendar",
    "progress",
    "quotas",
    "rep_draws",
    "risks",
    "say_budget",
    "say_calendar",
    "say_capacity",
    "say_corrective",
    "say_incentives",
    "say_load",
    "say_progress",
    "say_quotas",
    "say_risks",
    "say_scorecard",
    "say_standing",
    "say_tracking",
    "say_work_plan",
    "scorecard",
    "standing",
    "tracking",
    "work_plan",
]
