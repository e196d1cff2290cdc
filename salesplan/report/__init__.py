"""The published faces of a run: page, document and workbook, all from the same tables and findings."""

from __future__ import annotations

__all__ = ["publish"]

from collections.abc import Sequence
from pathlib import Path

from salesplan.workspace import Workspace


def publish(folder: Path, *, workspace: Workspace) -> Sequence[Path]:
    """Writes report.html, plan.docx and plan.xlsx of a run into ``folder``; returns their places.

    Everything comes from what the run saved in the workspace's folder; the same run gives the same bytes. Sections
    without their source are printed as such. Raises OSError where a file cannot be written.
    """
    from salesplan.report import book, contents, document, page

    content = contents.collect(workspace)
    writers = {"report.html": page.write, "plan.docx": document.write, "plan.xlsx": book.write}
    for name, write in writers.items():
        write(folder / name, content=content)
    return [folder / name for name in writers]
