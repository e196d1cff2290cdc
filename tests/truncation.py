"""A company's deliveries as they were on an earlier day: every row dated later is deleted."""

from __future__ import annotations

import datetime as dt
import glob
import shutil
from pathlib import Path

import pandas as pd

from salesplan import config
from salesplan.periods import FiscalCalendar


def truncated(plan_path: Path, folder: Path, *, cut_off: dt.date) -> tuple[Path, int]:
    """Plan file and deliveries copied to ``folder`` without what is dated after ``cut_off``; and how many rows went.

    Rows that cannot be dated stay. Targets stay: they are set before their period begins; and so does a file of which
    nothing would be left, because an empty delivery is refused.
    """
    plan = config.load(plan_path)
    calendar, text, dropped = FiscalCalendar(**plan.file.calendar.model_dump()), plan_path.read_text("utf-8"), 0
    for name, source in plan.file.sources.items():
        for pattern in [source.path] if isinstance(source.path, str) else source.path or []:
            own = Path(pattern).name if ".." in pattern else pattern
            text = text.replace(f'"{pattern}"', f'"{own}"')
            for place in map(Path, sorted(glob.glob(str(plan_path.parent / pattern)))):
                target = (folder / own).parent / place.name
                target.parent.mkdir(parents=True, exist_ok=True)
                if not _dated(name, source):
                    shutil.copyfile(place, target)
                    continue
                frame = pd.read_csv(place, dtype=str, keep_default_na=False)
                known = _known(frame, name=name, source=source, cut_off=cut_off, calendar=calendar)
                kept = known if len(known) else frame
                dropped += len(frame) - len(kept)
                kept.to_csv(target, index=False)
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    return folder / "plan.toml", dropped


def _dated(name: str, source: config.SourceFile) -> list[str]:
    """The columns that date a row: its day, else its period."""
    if name == "targets":
        return []
    shape = config.SOURCES[name]
    day = [source.columns.get(shape.dated_by, shape.dated_by)] if shape.dated_by else []
    period = [source.columns.get("period", "period")] if "period" in shape.columns else []
    return [*day, *period]


def _known(
    frame: pd.DataFrame, *, name: str, source: config.SourceFile, cut_off: dt.date, calendar: FiscalCalendar
) -> pd.DataFrame:
    column = next((c for c in _dated(name, source) if c in frame), None)
    if column is None:
        return frame
    if config.SOURCES[name].dated_by and column != source.columns.get("period", "period"):
        days = pd.to_datetime(frame[column], errors="coerce", format="ISO8601")
        return frame[~(days > pd.Timestamp(cut_off))]
    return frame[frame[column].map(lambda label: calendar.bounds(label)[1]) <= cut_off]
