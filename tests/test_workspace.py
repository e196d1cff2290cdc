"""The hand-off between notebooks."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from salesplan import plots, schemas, workspace
from salesplan.errors import ChainError, PlanFileError
from salesplan.findings import Check, Finding
from tests.test_config import MINIMAL

LABELS = ["dimension", "member", "language", "label"]
BUDGET = pd.DataFrame(
    {"initiative_id": ["I1"], "period": ["2026Q1"], "planned": [1.0], "released": [0.0], "gate": ["none"]}
)
GAP = pd.DataFrame({"step": ["baseline"], "amount": [1.25], "low": [1.0], "high": [2.0]})


@pytest.fixture
def ws(tmp_path):
    (tmp_path / "plan.toml").write_text(MINIMAL, encoding="utf-8")
    return workspace.open(
        str(tmp_path / "plan.toml"), as_of="2025q4", chapter="03_strategies", folder=str(tmp_path / "staging")
    )


def test_r77_as_of_decides_every_date(ws):
    assert (ws.as_of, str(ws.cut_off), ws.year, ws.reviewed_year) == ("2025Q4", "2025-12-31", "2026", "2025")


def test_a_table_comes_back_as_it_was_saved(ws):
    ws.save("gap", GAP)
    pd.testing.assert_frame_equal(ws.table("gap"), GAP)
    assert ws.saved() == ["gap"]


def test_the_same_table_gives_the_same_bytes(ws):
    ws.save("gap", GAP)
    first = (ws.folder / "tables/gap.parquet").read_bytes()
    ws.save("gap", GAP.copy().set_axis([7], axis=0))
    assert (ws.folder / "tables/gap.parquet").read_bytes() == first


@pytest.mark.parametrize(
    ("name", "table", "message"),
    [
        ("gapp", GAP, "Did you mean 'gap'"),
        ("gap", GAP.drop(columns="low"), "no column 'low'"),
        ("review/kpis", pd.DataFrame(columns=list(schemas.COLUMNS["review/kpis"])), "has no rows"),
        ("gap", GAP.assign(amount="1"), "is a money but holds"),
    ],
)
def test_what_the_contract_does_not_allow_is_refused(ws, name, table, message):
    with pytest.raises(ChainError, match=message):
        ws.save(name, table)


def test_a_table_that_is_not_there_says_what_to_do(ws):
    with pytest.raises(ChainError, match="Run the earlier notebooks"):
        ws.table("gap")
    with pytest.raises(ChainError, match="Run the earlier notebooks"):
        ws.kept("paths")


def test_findings_and_the_sentinel_are_written_at_the_end_only(ws):
    ws.save("gap", GAP)
    ws.tell(lambda words: Finding("gap", "first", "gap"))
    ws.tell(lambda words: Finding("gap", "second", "gap", (Check("sums", True, "adds up"),)))
    assert not (ws.folder / "sentinels").exists()
    ws.close()
    assert [f.text for f in ws.findings("03_strategies")] == ["second"]
    sentinel = json.loads((ws.folder / "sentinels/03_strategies.json").read_text(encoding="utf-8"))
    assert list(sentinel["outputs"]) == ["findings/03_strategies.json", "tables/gap.parquet"]
    assert sentinel["checks"] == [{"name": "sums", "passed": True, "text": "adds up"}]


def test_what_a_language_says_differently_is_made_once_in_each(tmp_path):
    bilingual = MINIMAL.replace("[company]", '[company]\nlanguages = ["en", "zh"]')
    (tmp_path / "plan.toml").write_text(bilingual, encoding="utf-8")
    where = {"as_of": "2025Q4", "chapter": "03_strategies", "folder": str(tmp_path / "staging")}
    ws = workspace.open(str(tmp_path / "plan.toml"), **where)
    assert ws.languages == ("en", "zh")
    ws.learn(pd.DataFrame([("region", "e", "en", "East"), ("region", "e", "zh", "东")], columns=LABELS))
    ws.save("gap", lambda words: GAP.assign(step=words.name("e")))
    ws.save("execution/budget", lambda words: BUDGET)
    told = ws.tell(lambda gap, words: Finding("gap", f"{words.term('yes')} {gap['step'].iloc[0]}", "gap"), "gap")
    look = {"label": "step", "amount": "amount", "told": told}
    ws.draw("gap", plots.bridge, "gap", rows=lambda gap: gap.assign(total=True), **look)
    ws.close()
    assert [ws.table("gap").step[0], ws.spoken("zh").table("gap").step[0]] == ["East", "东"]
    assert [ws.findings(ws.chapter)[0].text, ws.spoken("zh").findings(ws.chapter)[0].text] == ["yes East", "是 东"]
    assert ws.figures()["gap"].read_bytes() != ws.spoken("zh").figures()["gap"].read_bytes()
    assert not (ws.folder / "zh/tables/execution").exists()
    pd.testing.assert_frame_equal(ws.spoken("zh").table("execution/budget"), BUDGET)


def test_a_draft_speaks_one_language(tmp_path, monkeypatch):
    bilingual = MINIMAL.replace("[company]", '[company]\nlanguages = ["en", "zh"]')
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/01_review_swot.ipynb").touch()
    (tmp_path / "plan.toml").write_text(bilingual, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert workspace.open("plan.toml", as_of="2025Q4", chapter="03_strategies").languages == ("en",)


def test_c51_a_quarter_that_does_not_exist_is_refused(ws):
    with pytest.raises(PlanFileError, match="2025Q4"):
        workspace.open(str(ws.plan.path), as_of="2025Q5", chapter="03_strategies", folder=str(ws.folder))


def test_every_table_of_the_contract_has_columns_of_a_known_kind():
    kinds = {schemas.kind_of(t, c) for t, columns in schemas.COLUMNS.items() for c in columns}
    units = {"money", "share", "points", "chance", "count", "number", "by_unit", "change_by_unit"}
    assert kinds <= {*units, "date", "flag", "term", "name", "literal", "text"}
