"""The plan file: what a company plans, from which data, with which choices."""

from salesplan.config.models import (
    Calendar,
    Exclusion,
    Gates,
    Initiative,
    Join,
    Judgement,
    Meeting,
    PlanFile,
    ReviewChoices,
    Risk,
    RunLimits,
    SourceFile,
    TargetChoices,
    Task,
    Text,
)
from salesplan.config.reading import Plan, load, parse
from salesplan.config.sources import DIMENSIONS, SOURCES, Column, SourceShape

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
