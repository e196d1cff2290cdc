"""Runs one notebook in staging with a warmed kernel, and strips from it what is not part of its story."""

from __future__ import annotations

__all__ = ["Stage", "declared", "run", "tidy"]

import ast
import asyncio
import contextlib
import logging
import re
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salesplan import config
from salesplan.chain import verdict
from salesplan.chain.failures import KernelDiedError, NotebookError
from salesplan.chain.kernels import Kernel
from salesplan.chain.progress import Listener
from salesplan.errors import ChainError

_WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class Stage:
    """One chapter's turn: its notebook, the run's staging folder, its parameters and what they are called in public."""

    chapter: str
    source: Path
    folder: Path
    parameters: Mapping[str, Any]
    public: Mapping[str, Any]


def declared(notebook: Path) -> dict[str, Any]:
    """The parameters a notebook declares in its cell tagged ``parameters``: name to default."""
    import nbformat

    cells = nbformat.read(notebook, as_version=4).cells
    tagged = [c.source for c in cells if "parameters" in c.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise ChainError(f"{notebook.name}: {len(tagged)} cells are tagged 'parameters'; exactly one has to be.")
    found = {}
    for line in ast.parse(tagged[0]).body:
        targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
        value = getattr(line, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and value is not None:
                found[target.id] = ast.literal_eval(value)
    return found


def run(
    stage: Stage,
    *,
    kernel: Kernel,
    limits: config.RunLimits,
    deadline: float,
    say: Listener,
    at_work: Callable[[], None] | None = None,
) -> verdict.Verdict:
    """Executes one notebook and judges it; the executed notebook lies in staging whatever happens.

    deadline: when the whole run has to be over, on the monotonic clock. at_work: called once, when the notebook's first
    own cell after its parameters has run: before, its kernel wants both processors. Raises NotebookError or
    KernelDiedError.
    """
    begun = time.monotonic()
    seen: dict[str, Any] = {"index": 0, "late": False, "at_work": at_work}
    with _watch(kernel, deadline=deadline, seen=seen):
        try:
            _execute(stage, kernel=kernel, limits=limits, seen=seen, say=say)
        except Exception as error:
            with contextlib.suppress(OSError):
                _keep(stage, seen)
            raise _explain(error, stage=stage, seen=seen, limits=limits) from error
        _keep(stage, seen)
    return verdict.judge(seen["notebook"], chapter=stage.chapter, folder=stage.folder, seconds=time.monotonic() - begun)


def _execute(stage: Stage, *, kernel: Kernel, limits: config.RunLimits, seen: dict[str, Any], say: Listener) -> None:
    import papermill
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    # An error in a cell is judged from the cell itself; papermill's own verdict adds nothing.
    with contextlib.suppress(PapermillExecutionError):
        papermill.execute_notebook(
            str(stage.source).replace("{", "{{").replace("}", "}}"),
            None,
            parameters=dict(stage.parameters),
            km=kernel.manager,
            progress_bar=False,
            request_save_on_cell_execute=False,
            execution_timeout=limits.cell_seconds,
            **_hooks(stage, seen, say),
        )


def _hooks(stage: Stage, seen: dict[str, Any], say: Listener) -> dict[str, Callable[..., None]]:
    stop, terminate = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    def at_start(notebook: Any) -> None:
        seen["notebook"] = notebook
        _own_signals(stop, terminate)
        say("stage", {"stage": stage.chapter, "cells": sum(c.cell_type == "code" for c in notebook.cells)})

    def at_cell(cell: Any, cell_index: int) -> None:
        del cell
        seen.update(index=cell_index, begun=time.monotonic())

    def after_cell(*, cell: Any, cell_index: int, execute_reply: Any) -> None:
        del execute_reply
        if "injected-parameters" in cell.metadata.get("tags", []):
            return
        number, section = verdict.locate(seen["notebook"], cell_index)
        if number == 2 and (at_work := seen.pop("at_work", None)):
            at_work()
        cells = sum(c.cell_type == "code" for c in seen["notebook"].cells) - 1
        took = round(time.monotonic() - seen["begun"], 3)
        facts = {"stage": stage.chapter, "cell": number, "cells": cells, "section": section, "seconds": took}
        say("cell", facts)

    return {"on_notebook_start": at_start, "on_cell_start": at_cell, "on_cell_executed": after_cell}


def _own_signals(stop: Any, terminate: Any) -> None:
    """Takes back the signals that nbclient puts on its loop: it would stop one kernel and call the cells completed."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number, handler in ((signal.SIGINT, stop), (signal.SIGTERM, terminate)):
        loop.remove_signal_handler(number)
        signal.signal(number, handler)


@contextlib.contextmanager
def _watch(kernel: Kernel, *, deadline: float, seen: dict[str, Any]) -> Any:
    """Kills the kernel when the whole run has taken too long."""

    def late() -> None:
        seen["late"] = True
        kernel.kill()

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), late)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _explain(error: Exception, *, stage: Stage, seen: dict[str, Any], limits: config.RunLimits) -> Exception:
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    notebook = seen.get("notebook")
    cell, section = verdict.locate(notebook, seen["index"]) if notebook is not None else (None, "")
    where = f"{stage.chapter}, code cell {cell}" + (f", section {section!r}" if section else "")
    place = {"notebook": stage.chapter, "cell": cell, "section": section}
    if seen["late"]:
        return NotebookError(f"{where}: the run took longer than run_seconds = {limits.run_seconds}", place=place)
    if isinstance(error, CellTimeoutError):
        return NotebookError(f"{where}: the cell took longer than cell_seconds = {limits.cell_seconds}", place=place)
    if isinstance(error, DeadKernelError | RuntimeError):
        return KernelDiedError(
            f"{where}: the notebook's process died: it was killed from outside (often for lack of memory) or ended "
            "itself. Free memory, or keep the sources in parquet so that DuckDB can spill them to disk.",
            place=place,
        )
    return error


def _keep(stage: Stage, seen: dict[str, Any]) -> None:
    """Writes the notebook as far as it came."""
    import nbformat

    if (notebook := seen.get("notebook")) is None:
        return
    tidy(notebook, stage=stage)
    place = stage.folder / "notebooks" / f"{stage.chapter}.ipynb"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


def tidy(notebook: Any, *, stage: Stage) -> None:
    """Strips timings, private paths, random ids and widget states from an executed notebook, in place."""
    notebook.metadata = {k: v for k, v in notebook.metadata.items() if k in ("kernelspec", "language_info")}
    for cell in notebook.cells:
        cell.metadata = {k: v for k, v in cell.metadata.items() if k not in ("papermill", "execution")}
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = f"{stage.chapter}-given"[:64]
            cell.source = "\n".join(["# Parameters", *(f"{k} = {v!r}" for k, v in stage.public.items())])
        if cell.cell_type == "code":
            cell.outputs = [_tidy_output(o, stage) for o in _joined(cell.outputs) if _WIDGET not in o.get("data", {})]


def _joined(outputs: list[Any]) -> list[Any]:
    """The outputs with neighbouring pieces of one stream as one: where a kernel cuts it is a matter of time."""
    whole: list[Any] = []
    for output in outputs:
        same = whole and output["output_type"] == whole[-1]["output_type"] == "stream"
        if same and output["name"] == whole[-1]["name"]:
            whole[-1]["text"] += output["text"]
        else:
            whole.append(output)
    return whole


def _tidy_output(output: Any, stage: Stage) -> Any:
    for key in ("text", "evalue"):
        if key in output:
            output[key] = _public_text(output[key], stage)
    if "traceback" in output:
        output["traceback"] = [_public_text(line, stage) for line in output["traceback"]]
    for kind, content in output.get("data", {}).items():
        if kind.startswith("text/") and isinstance(content, str):
            output["data"][kind] = _public_text(content, stage)
    return output


def _public_text(text: str, stage: Stage) -> str:
    text = re.sub(r"\S*/ipykernel_\d+/\d+\.py", "cell", text)
    text = re.sub(r"\b0x[0-9a-f]{6,16}\b", "0x0", text)
    for private in (str(stage.folder), str(Path(str(stage.parameters.get("plan", ""))).parent)):
        text = text.replace(private + "/", "").replace(private, ".") if len(private) > 1 else text
    return text
