"""Reading what a company delivers: every row accepted, set aside with its reason, or excluded by declaration."""

from salesplan.data.files import inputs
from salesplan.data.freshness import check_fall
from salesplan.data.reading import Note, Sources, read
from salesplan.data.saying import say_reconciliation

__all__ = ["Note", "Sources", "check_fall", "inputs", "read", "say_reconciliation"]
