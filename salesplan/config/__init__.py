"""The plan file: what a company plans, from which data, with which choices."""

from salesplan.config.decisions import keep_choices
from salesplan.config.fields import REP, Text
from salesplan.config.models import (
    Analogue,
    Calendar,
    Checks,
    Company,
    Event,
    Exclusion,
    Limit,
    PlanFile,
    ReviewChoices,
    RunLimits,
    SourceFile,
    SupportingGoal,
    TargetChoices,
)
from salesplan.config.moves import Initiative, Judgement, Meeting, Risk, Task
from salesplan.config.people import Budget, Incentives, Role
from salesplan.config.plan_file import Plan, load, parse
from salesplan.config.sources import DIMENSIONS, EVERYTHING, SOURCES, UNASSIGNED, Column, SourceShape

__all__ = [
    "DIMENSIONS",
    "EVERYTHING",
    "REP",
    "SOURCES",
    "UNASSIGNED",
    "Analogue",
    "Budget",
    "Calendar",
    "Checks",
    "Column",
    "Company",
    "Event",
    "Exclusion",
    "Incentives",
    "Initiative",
    "Judgement",
    "Limit",
    "Meeting",
    "Plan",
    "PlanFile",
    "ReviewChoices",
    "Risk",
    "Role",
    "RunLimits",
    "SourceFile",
    "SourceShape",
    "SupportingGoal",
    "TargetChoices",
    "Task",
    "Text",
    "keep_choices",
    "load",
    "parse",
]
