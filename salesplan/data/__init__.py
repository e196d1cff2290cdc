"""Reading what a company delivers: every row accepted, set aside with its reason, or excluded by declaration."""

from salesplan.data.addresses import secrets
from salesplan.data.files import inputs
from salesplan.data.freshness import check_fall
from salesplan.data.guessing import Guess, guessed
from salesplan.data.lexicon import lexicon
from salesplan.data.reading import Note, Sources, read
from salesplan.data.saying import reconciliation_lines, say_reconciliation
from salesplan.data.values import currencies_of

__all__ = [
    "Guess",
    "Note",
    "Sources",
    "check_fall",
    "currencies_of",
    "guessed",
    "inputs",
    "lexicon",
    "read",
    "reconciliation_lines",
    "say_reconciliation",
    "secrets",
]
