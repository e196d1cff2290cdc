"""Where the runs of one plan lie, and how a reader's pointer moves from one to the next in one step."""

from __future__ import annotations

__all__ = ["KEPT_FAILURES", "Layout", "sync", "write_text"]

import contextlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from salesplan.errors import ChainError
from salesplan.workspace import REPLAY, refuse_links

KEPT_FAILURES = 5
_QUARTER = re.compile(r"\d{4}Q[1-4]")
_RUN_ID = re.compile(r"\d{4}Q[1-4]-\d{8}T\d{6}Z-[0-9a-f]{8}(-\d+)?")


@dataclass(frozen=True)
class Layout:
    """The folder of one plan's outputs.

    ``runs/<as_of>/<run_id>`` published runs, never edited; ``<as_of>`` a link to the current one; ``<as_of>.CURRENT``
    its run id as text, the truth where links are not available; ``.staging/<run_id>`` the run under way;
    ``failed/<run_id>`` the last five that failed; ``ledger/<year>.jsonl``; ``.lock``; ``run_results.json``.
    """

    base: Path

    @property
    def staging(self) -> Path:
        """Where runs are computed."""
        return self.base / ".staging"

    @property
    def failed(self) -> Path:
        """Where the last failed runs are kept for diagnosis and resumption."""
        return self.base / "failed"

    @property
    def ledger(self) -> Path:
        """The folder of the ledger's files."""
        return self.base / "ledger"

    @property
    def cache(self) -> Path:
        """Checked sources, kept between notebooks; may be deleted at any time."""
        return Path(os.environ.get("SALESPLAN_CACHE") or self.base / ".cache")

    def run(self, run_id: str) -> Path:
        """The folder of a published run."""
        return self.base / "runs" / run_id[:6] / run_id

    def current(self, as_of: str) -> str | None:
        """The run id that readers of this quarter get; None before the first publication."""
        place = self.base / f"{as_of}.CURRENT"
        if place.is_symlink():
            raise ChainError(f"{place}: a link stands where the pointer belongs. Remove the link.")
        if not place.is_file():
            return None
        run_id = place.read_text(encoding="utf-8", errors="replace").strip()
        if not _RUN_ID.fullmatch(run_id) or not self.run(run_id).is_dir():
            raise ChainError(f"{place}: names {run_id[:60]!r}, which is no published run. Put back the right run id.")
        return run_id

    def astray(self, as_of: str) -> str | None:
        """What stands where a person opens this quarter, if it is not the link to the current run's own folder."""
        link, run_id = self.base / as_of, self.current(as_of) or ""
        if not link.is_symlink():
            return "a folder stands in the publication's place" if link.exists() else "its link is missing"
        if Path(os.readlink(link)) != Path("runs") / as_of / run_id:
            return f"its link leads to {os.readlink(link)}, not to the current run"
        folder = self.run(run_id)
        linked = [p for p in (folder.parent.parent, folder.parent, folder) if p.is_symlink()]
        return f"{linked[0].relative_to(self.base)} is a link, not the folder that was published" if linked else None

    def quarters(self) -> list[str]:
        """The quarters with a publication, oldest first."""
        return sorted(p.name.removesuffix(".CURRENT") for p in self.base.glob("????Q?.CURRENT"))

    def published(self) -> list[str]:
        """The ids of all runs under ``runs``, oldest first."""
        return sorted(p.name for p in self.base.glob("runs/????Q?/*") if _RUN_ID.fullmatch(p.name))

    def failures(self) -> list[Path]:
        """The folders of failed runs, oldest first."""
        there = [p for p in self.failed.glob("*") if p.is_dir() and not p.is_symlink()]
        return sorted(there, key=lambda p: (p.stat().st_mtime_ns, p.name))

    def refuse_links(self) -> None:
        """Raises ChainError where something other than a folder of ours stands in a place that is written to."""
        ours = (p for p in self.base.glob("*") if not _QUARTER.fullmatch(p.name))
        inside = (p for name in ("runs", "ledger", ".staging", "failed") for p in (self.base / name).glob("*"))
        refuse_links(self.base, self.cache, *ours, *inside, (self.base / REPLAY).parent, self.base / REPLAY)

    def set_aside(self, folder: Path) -> Path | None:
        """Moves a run that will not be published to ``failed`` and keeps the last five there."""
        if not folder.is_dir() or folder.is_symlink():
            return None
        self.failed.mkdir(parents=True, exist_ok=True)
        place = self.failed / folder.name
        if place.exists():
            shutil.rmtree(place)
        folder.rename(place)
        os.utime(place)
        for old in self.failures()[:-KEPT_FAILURES]:
            shutil.rmtree(old, ignore_errors=True)
        return place

    def point(self, run_id: str) -> None:
        """Makes this run the current one of its quarter, in one step; the link follows by ``mend_link``."""
        write_text(self.base / f"{run_id[:6]}.CURRENT", run_id + "\n")

    def mend_link(self, as_of: str) -> bool:
        """Makes the link of a quarter agree with its text pointer; True where it did not."""
        run_id = self.current(as_of)
        link = self.base / as_of
        target = Path("runs") / as_of / (run_id or "")
        if run_id is None or (link.is_symlink() and Path(os.readlink(link)) == target):
            return False
        if link.exists() and not link.is_symlink():
            raise ChainError(f"{link}: a folder stands where the link to the current run belongs. Move it away.")
        fresh = self.base / f".{as_of}.link"
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        fresh.symlink_to(target)
        fresh.replace(link)
        sync(self.base)
        return True


def sync(folder: Path, *, deep: bool = False) -> None:
    """Makes sure that a folder's entries, and with ``deep`` all files below it, are on disk."""
    places = [folder, *folder.rglob("*")] if deep else [folder]
    for place in places:
        if place.is_symlink():
            raise ChainError(f"{place}: a link in a run's folder is not published.")
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_text(place: Path, text: str) -> None:
    """Replaces a file in one step: readers see the old text or the new, also after a crash or on a full disk."""
    fresh = place.with_name(f".{place.name}.fresh")
    try:
        fresh.unlink(missing_ok=True)
        with fresh.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(place)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
    sync(place.parent)
