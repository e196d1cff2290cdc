"""The published faces of a run: page, document and workbook, all from the same tables and findings."""

from __future__ import annotations

__all__ = ["publish"]

from collections.abc import Sequence
from pathlib import Path

from salesplan.workspace import Workspace


def publish(folder: Path, *, workspace: Workspace) -> Sequence[Path]:
    """Writes report.html, plan.docx and plan.xlsx of a run into ``folder``; returns their places.

    Each further language of the run gets its own, with the language before the ending (report.zh.html).
    Everything comes from what the run saved in the workspace's folder; the same run gives the same bytes. Sections
    without their source are printed as such. Raises OSError where a file cannot be written.
    """
    from salesplan.report import book, contents, document, page

    writers = {"report.html": page.write, "plan.docx": document.write, "plan.xlsx": book.write}
    places = []
    for language in workspace.languages:
        content = contents.collect(workspace.spoken(language))
        for name, write in writers.items():
            stem, ending = name.split(".")
            first = language == workspace.languages[0]
            places.append(folder / (name if first else f"{stem}.{language}.{ending}"))
            write(places[-1], content=content)
    return places
