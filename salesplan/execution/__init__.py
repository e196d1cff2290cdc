"""Who does what by when, with what money and quota, and are we on track?"""

from salesplan.execution.budget import budget, say_budget
from salesplan.execution.meetings import meeting_calendar, say_calendar
from salesplan.execution.quotas import quotas, say_quotas
from salesplan.execution.risks import risks, say_risks
from salesplan.execution.tracking import say_tracking, tracking
from salesplan.execution.work_plan import say_work_plan, work_plan

__all__ = [
    "budget",
    "meeting_calendar",
    "quotas",
    "risks",
    "say_budget",
    "say_calendar",
    "say_quotas",
    "say_risks",
    "say_tracking",
    "say_work_plan",
    "tracking",
    "work_plan",
]
