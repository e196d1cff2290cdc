"""Kernels that are started and warmed before their notebook's turn, and that never outlive the run."""

from __future__ import annotations

__all__ = ["ENVIRONMENT", "Kernel", "start"]

import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# What every kernel sees, whatever the shell of the person or scheduler says: the same bytes everywhere.
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
}


@dataclass(frozen=True)
class Kernel:
    """A running kernel: its manager, as papermill takes it, and the clients that talk to it.

    clients: the one that sent the warming code, then those that papermill asks the manager for and does not close.
    group: the process group of the kernel and of what it started.
    """

    manager: Any
    clients: list[Any]
    group: int

    def kill(self) -> None:
        """Stops the kernel and everything it started, at once, also where the kernel itself is gone."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, signal.SIGKILL)

    def close(self) -> None:
        """Stops the kernel and removes what it left behind; harmless when called twice."""
        process = _process(self.manager)
        self.kill()
        if process is not None:
            with contextlib.suppress(Exception):
                process.wait(timeout=10)
        for client in self.clients:
            with contextlib.suppress(Exception):
                client.stop_channels()
        with contextlib.suppress(Exception):
            self.manager.cleanup_connection_file()
            self.manager.cleanup_ipc_files()


def start(folder: Path, *, cache: Path, warm: str) -> Kernel:
    """A kernel in its own process group that works in ``folder`` and has begun to run ``warm``, silently.

    warm: imports that the notebook will need; run without history, so that cells still count from one.
    """
    from jupyter_client.blocking.client import BlockingKernelClient
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_core.utils import run_sync
    from traitlets.config import Config

    manager = AsyncKernelManager(
        kernel_name="python3", config=Config({"KernelManager": {"transport_encryption": "auto"}})
    )
    paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    # without compiled modules every kernel would compile its libraries anew, for seconds
    outside = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env = {
        **outside,
        **ENVIRONMENT,
        "SALESPLAN_CACHE": str(cache),
        "PYTHONPATH": os.pathsep.join(p for p in paths if p),
    }
    log = sys.stderr if os.environ.get("SALESPLAN_KERNEL_LOG") else None
    quiet = {} if log else {"stderr": _nowhere(), "stdout": _nowhere()}
    run_sync(manager.start_kernel)(
        cwd=str(folder), env=env, extra_arguments=["--HistoryManager.enabled=False"], **quiet
    )
    warmer = BlockingKernelClient()
    warmer.load_connection_info(manager.get_connection_info())
    warmer.start_channels(iopub=False, stdin=False, hb=False, control=False)
    warmer.execute(warm, silent=True, store_history=False, allow_stdin=False)
    return Kernel(manager, _recorded(manager, [warmer]), group=_process(manager).pid)


def _process(manager: Any) -> Any:
    """The process of a kernel that was started here."""
    return getattr(manager.provisioner, "process", None)


def _recorded(manager: Any, clients: list[Any]) -> list[Any]:
    """These clients and, from now on, every one that the manager hands out."""
    make = manager.client

    def client(**asked: Any) -> Any:
        clients.append(make(**asked))
        return clients[-1]

    manager.client = client
    return clients


def _nowhere() -> int:
    import subprocess

    return subprocess.DEVNULL
