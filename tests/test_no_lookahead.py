"""I27: what lies after the cut-off changes no published number; and the notebooks call nothing impure."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pandas as pd
import pytest

from salesplan import config
from salesplan.periods import FiscalCalendar
from tests.conftest import ROOT, run_notebooks
from tests.purity import guard_domain

pytestmark = pytest.mark.slow
CUT_OFF = "2025-12-31"
# what the delivery itself held: the only numbers that may differ
DELIVERED = {"rows_in", "rows_excluded", "amount_in", "amount_excluded", "rows_after_cut_off", "amount_after_cut_off"}


def truncated(
    frame: pd.DataFrame, *, dated_by: str | None, period: str | None, calendar: FiscalCalendar
) -> pd.DataFrame:
    """The rows of a delivery that had existed on the cut-off day; rows that cannot be dated stay."""
    if dated_by:
        days = pd.to_datetime(frame[dated_by], errors="coerce", format="ISO8601")
        return frame[~(days > CUT_OFF)]
    if period:
        ends = frame[period].map(lambda label: calendar.bounds(label)[1])
        return frame[ends <= dt.date.fromisoformat(CUT_OFF)]
    return frame


def test_i27_truncating_every_source_changes_no_published_number(annual, monkeypatch, tmp_path):
    """The notebooks run with every public domain function under proof: none may change what it was given."""
    folder = tmp_path / "company"
    shutil.copytree(ROOT / "data" / "demo", folder)
    plan = config.load(folder / "plan.toml")
    dropped = 0
    for name, source in plan.file.sources.items():
        shape = config.SOURCES[name]
        dated_by = source.columns.get(shape.dated_by or "", shape.dated_by)
        period = source.columns.get("period", "period") if "period" in shape.columns and name != "targets" else None
        for place in _files(folder, source) if dated_by or period else []:
            frame = pd.read_csv(place, dtype=str, keep_default_na=False)
            kept = truncated(
                frame,
                dated_by=dated_by if dated_by in frame else None,
                period=period if period in frame else None,
                calendar=FiscalCalendar(),
            )
            dropped += len(frame) - len(kept)
            kept.to_csv(place, index=False)
    assert dropped > 5_000
    again = tmp_path / "again"
    monkeypatch.setenv("SALESPLAN_CACHE", str(tmp_path / "cache"))
    functions, seen = guard_domain(monkeypatch)
    run_notebooks(monkeypatch, plan=str(folder / "plan.toml"), language="en", folder=str(again))
    assert sorted(functions - seen) == [], "public functions that no notebook calls: use them, or hide them"
    for place in sorted((annual / "tables").rglob("*.parquet")):
        before, after = pd.read_parquet(place), pd.read_parquet(again / place.relative_to(annual))
        same = [c for c in before.columns if c not in DELIVERED] if place.stem == "reconciliation" else list(before)
        if place.stem == "quarantine":
            # undatable rows stay where they were; only their row numbers move
            same = [c for c in same if c != "row"]
        pd.testing.assert_frame_equal(before[same], after[same], check_exact=True, obj=place.stem)


def _files(folder: Path, source: config.SourceFile) -> list[Path]:
    patterns = [source.path] if isinstance(source.path, str) else source.path or []
    return sorted(p for pattern in patterns for p in folder.glob(pattern))
