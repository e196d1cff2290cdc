"""Writes the faces of one language of a run: python -m salesplan.report PLAN AS_OF FOLDER LANGUAGE."""

from __future__ import annotations

import sys
from pathlib import Path

from salesplan import report, workspace

if __name__ == "__main__":
    plan, as_of, folder, language = sys.argv[1:]
    space = workspace.open(plan, as_of=as_of, chapter=workspace.CHAPTERS[-1], folder=folder)
    report.write(Path(folder), workspace=space, language=language)
