"""Errors that tell a planner what was found, where, and what to do about it."""

from __future__ import annotations

__all__ = [
    "AllocationError",
    "ChainError",
    "DataError",
    "LockHeldError",
    "PlanFileError",
    "SalesplanError",
    "nearest",
]

import difflib
from collections.abc import Iterable


class SalesplanError(Exception):
    """A handled failure: the message names the place and the remedy. Exit status 1."""


class PlanFileError(SalesplanError):
    """The plan file cannot be used as it stands."""


class DataError(SalesplanError):
    """A source cannot be used as it stands.

    ``places`` lists (file, row, column, found) for programs; the message says the same for people.
    """

    def __init__(self, message: str, *, places: Iterable[tuple[str, int | None, str, str]] = ()) -> None:
        super().__init__(message)
        self.places = tuple(places)


class AllocationError(SalesplanError):
    """A total cannot be shared under its demands; ``names`` is the smallest set that cannot hold together."""

    def __init__(self, names: Iterable[str], *, total: int) -> None:
        self.names = tuple(names)
        super().__init__(
            f"{'; '.join(self.names)}: these cannot hold together with the total of {total / 100:,.2f}. "
            "Lower a floor, raise a cap, or take one of them out."
        )


class ChainError(SalesplanError):
    """A run was stopped before publication."""


class LockHeldError(SalesplanError):
    """Another run publishes to the same place. Exit status 3."""


def nearest(word: str, known: Iterable[str]) -> str:
    """What was probably meant by ``word``: a sentence to append to a message, empty where nothing is near."""
    options = sorted(known)
    close = difflib.get_close_matches(word, options, n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else f" Known are: {', '.join(options)}."
