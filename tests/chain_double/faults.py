"""Faults at the n-th thing that a process changes on the disk: the process is killed, or the disk is full."""

from __future__ import annotations

import errno
import os
import signal
import sys
from pathlib import Path

_CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link", "os.utime", "os.truncate"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Faults:
    """Counts every change below ``folder`` from the moment it is armed, and strikes before the ``at``-th (0: never).

    at: a number, or the end of the path that is about to be changed. kind: "kill" ends the process as power failure
    would; "full" lets that change, and each one after it, fail for lack of space. seen: what was about to be changed,
    in order.
    """

    def __init__(self, folder: Path, *, kind: str, at: int | str) -> None:
        self.folder, self.kind, self.at = f"{folder.resolve()}{os.sep}", kind, at
        self.seen: list[str] = []
        self.armed = False
        sys.addaudithook(self._hook)

    def _hook(self, event: str, given: tuple[object, ...]) -> None:
        if not self.armed or not (event in _CHANGES or (event == "open" and self._writes(given))):
            return
        path = os.path.abspath(os.fspath(given[1 if event in ("os.symlink", "os.link") else 0]))  # type: ignore[call-overload]
        if not path.startswith(self.folder):
            return
        self.seen.append(f"{event} {path.removeprefix(self.folder)}")
        if isinstance(self.at, str) and path.endswith(self.at):
            self.at = len(self.seen)
        if isinstance(self.at, int) and 0 < self.at <= len(self.seen):
            if self.kind == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            # what is removed or moved needs no space
            if event in ("open", "os.mkdir", "os.symlink"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    @staticmethod
    def _writes(given: tuple[object, ...]) -> bool:
        path, _, flags = given
        return isinstance(path, str | bytes | os.PathLike) and isinstance(flags, int) and bool(flags & _WRITING)
