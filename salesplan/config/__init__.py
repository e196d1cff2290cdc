"""The plan file: what a company plans, from which data, with which choices."""

from salesplan.config.models import (
    Calendar,
    Exclusion,
    Gates,
    Join,
    PlanFile,
    ReviewChoices,
    RunLimits,
    SourceFile,
    TargetChoices,
)
from salesplan.config.moves import Initiative, Judgement, Meeting, Risk, Task
from salesplan.config.reading import Plan, load, parse
from salesplan.config.sources import DIMENSIONS, SOURCES, Column, SourceShape
from salesplan.config.values import Text

__all__ = [
    "DIMENSIONS",
    "SOURCES",
    "Calendar",
    "Column",
    "Exclusion",
    "Gates",
    "Initiative",
    "Join",
    "Judgement",
    "Meeting",
    "Plan",
    "PlanFile",
    "ReviewChoices",
    "Risk",
    "RunLimits",
    "SourceFile",
    "SourceShape",
    "TargetChoices",
    "Task",
    "Text",
    "load",
    "parse",
]
