"""What a run is doing: lines for people, JSON lines for programs, or nothing."""

from __future__ import annotations

__all__ = ["Listener", "listener"]

import json
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

# Called at every step of a run with the step's name and its facts.
Listener = Callable[[str, dict[str, Any]], None]

_SHOWN = {
    "start": "{run_id}",
    "stage": "{stage}: {cells} cells",
    "staged": "{stage}: done in {seconds:.1f} s",
    "reused": "{stage}: taken over from run {run_id}",
    "cleared": "left over from an earlier run, kept for diagnosis: {run_id}",
    "report": "report: {files} files in {seconds:.1f} s",
    "gates": "gates: {checks} checks hold",
    "published": "published: {folder}",
    "unchanged": "unchanged, already published: {folder}",
    "healed": "{what}",
}


def listener(style: str = "plain", *, stream: TextIO | None = None) -> Listener:
    """How progress is shown: "plain" (stage, cell, seconds), "quiet" (nothing), "json" (one line an event)."""
    out = stream or sys.stderr
    begun = time.monotonic()

    def as_json(event: str, facts: dict[str, Any]) -> None:
        line = {"event": event, "at": round(time.monotonic() - begun, 3), **facts}
        print(json.dumps(line, ensure_ascii=False, default=str), file=out, flush=True)

    def as_text(event: str, facts: dict[str, Any]) -> None:
        clock = f"[{time.monotonic() - begun:6.1f} s] "
        if event == "cell":
            _show_cell(facts, clock=clock, out=out)
        elif event in _SHOWN:
            print(f"{_clear(out)}{clock}{_SHOWN[event].format(**facts)}", file=out, flush=True)

    def nothing(event: str, facts: dict[str, Any]) -> None:
        del event, facts

    return {"plain": as_text, "json": as_json, "quiet": nothing}[style]


def _show_cell(facts: dict[str, Any], *, clock: str, out: TextIO) -> None:
    """On a terminal every cell on one line that is overwritten; in a log only the cells that took a second."""
    text = "{stage}: cell {cell} of {cells}, {seconds:.1f} s, {section}".format(**facts)
    if out.isatty():
        print(f"{_clear(out)}{clock}{text}"[:150], end="", file=out, flush=True)
    elif facts["seconds"] >= 1:
        print(f"{clock}{text}", file=out, flush=True)


def _clear(out: TextIO) -> str:
    return "\r\x1b[K" if out.isatty() else ""
