"""From a company's own files to a published plan: `init`, at most three corrected lines, `check`, the notebooks."""

from __future__ import annotations

import os
from unittest import mock

import pytest

from salesplan import chain, plots
from tests import first_companies as companies
from tests.conftest import LONG
from tools import matrix

CASES = {
    "chinese_erp": [],
    "shop": [('currency = "CNY"', 'currency = "EUR"')],
    "western_erp": [],
    "target_sheet": [],
}


def planned(folder, name: str):
    """The plan file that ``init`` wrote, with what a person corrected in it."""
    (folder / "given").mkdir()
    files = getattr(companies, name)(folder / "given")
    chain.found_workbook(folder / "w", files=files)
    plan = folder / "w" / "plan.toml"
    text = plan.read_text(encoding="utf-8")
    assert len(CASES[name]) <= 3
    for wrong, right in CASES[name]:
        assert wrong in text
        text = text.replace(wrong, right, 1)
    plan.write_text(text, encoding="utf-8")
    return plan


@pytest.mark.parametrize("name", CASES)
def test_what_init_wrote_passes_check_after_three_corrections_at_most(tmp_path, monkeypatch, name):
    monkeypatch.setenv("SALESPLAN_CACHE", str(tmp_path / "cache"))
    assert list(chain.check(planned(tmp_path, name), as_of="2025Q4"))


@LONG
@pytest.mark.by_hand
@pytest.mark.parametrize("name", CASES)
def test_what_init_wrote_is_planned(tmp_path, name):
    plan = planned(tmp_path, name)
    kept = mock.patch.dict(os.environ, {"SALESPLAN_CACHE": str(tmp_path / "cache")})
    with kept, mock.patch.object(plots.Chart, "png", return_value=b""):
        matrix.run(plan, "2025Q4", tmp_path / "out")
    assert (tmp_path / "out" / "tables" / "targets" / "topline.parquet").is_file()
