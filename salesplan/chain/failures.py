"""The ways a run ends without a publication, and the exit status of each."""

from __future__ import annotations

__all__ = ["Interrupted", "KernelDiedError", "NotebookError", "exit_status"]

import errno
from collections.abc import Mapping
from typing import Any

from salesplan.errors import ChainError, LockHeldError, SalesplanError

# What the machine refuses although the program is right: no space, no quota, no permission, read-only.
_HANDLED = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EFBIG}


class NotebookError(ChainError):
    """A cell of a notebook failed; ``place`` (notebook, cell, section) says which, for programs."""

    def __init__(self, message: str, *, place: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.place = dict(place)


class KernelDiedError(Exception):
    """A notebook's process was killed or ended by itself. Exit status 2."""

    def __init__(self, message: str, *, place: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.place = dict(place)


class Interrupted(BaseException):
    """The run was told to stop by a signal. Exit status 128 + its number, as shells expect."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"stopped by signal {signal_number}")
        self.signal_number = signal_number


def exit_status(error: BaseException) -> int:
    """1 handled failure, 2 dead kernel or unhandled, 3 lock held, 130 and 143 told to stop."""
    if isinstance(error, LockHeldError):
        return 3
    if isinstance(error, SalesplanError):
        return 1
    if isinstance(error, OSError) and error.errno in _HANDLED:
        return 1
    if isinstance(error, Interrupted):
        return 128 + error.signal_number
    return 130 if isinstance(error, KeyboardInterrupt) else 2
