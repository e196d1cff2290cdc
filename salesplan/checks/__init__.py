"""A run held against an earlier one: what changed between them, why, and what was promised in between."""

from salesplan.checks.changes import Edition, changes, edition, making, redone, say_changes, stair
from salesplan.checks.promises import promises, say_promises
from salesplan.checks.verdicts import JUDGED, say_verdicts, verdicts

__all__ = [
    "JUDGED",
    "Edition",
    "changes",
    "edition",
    "making",
    "promises",
    "redone",
    "say_changes",
    "say_promises",
    "say_verdicts",
    "stair",
    "verdicts",
]
