"""One run at a time for a plan: a kernel lock that is free at once when its holder is killed."""

from __future__ import annotations

__all__ = ["hold", "note"]

import contextlib
import json
import os
import socket
from collections.abc import Iterator

from filelock import FileLock, Timeout

from salesplan.chain.layout import Layout, write_text
from salesplan.errors import LockHeldError


@contextlib.contextmanager
def hold(layout: Layout) -> Iterator[None]:
    """Holds the plan's lock; raises LockHeldError at once, naming process, machine and run, where another does."""
    lock = FileLock(layout.base / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise LockHeldError(
            f"{layout.base.name}: another run is under way{_holder(layout)}. Try again later."
        ) from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            (layout.base / ".lock.holder").unlink()
        lock.release()


def note(layout: Layout, run_id: str) -> None:
    """Writes down who holds the lock, for those who find it held."""
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "run_id": run_id}
    write_text(layout.base / ".lock.holder", json.dumps(holder) + "\n")


def _holder(layout: Layout) -> str:
    try:
        who = json.loads((layout.base / ".lock.holder").read_text(encoding="utf-8"))
        return f": held by process {who['pid']} on {who['host']}, run {who['run_id']}"
    except (OSError, ValueError, KeyError):
        return ""
