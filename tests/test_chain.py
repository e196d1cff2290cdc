"""Publishing: whole or not at all, whatever happens, and told by its own evidence. On stand-in notebooks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from salesplan import chain, ledger
from salesplan.workspace import CHAPTERS
from tests import chain_double as double

pytestmark = pytest.mark.slow
KEYS = {
    *("plan", "as_of", "run_id", "logical_id", "status", "exit_status", "message", "place", "parameters", "stages"),
    *("checks", "warnings", "folder", "failed_folder", "started", "finished", "timings"),
}


def go(folder: Path, *, say=None, **options) -> chain.Outcome:
    return chain.run(double.request(folder, **options), means=double.means(folder), say=say)


def base(folder: Path) -> Path:
    return folder / "outputs" / "double"


def results(folder: Path) -> dict:
    content = json.loads((base(folder) / "run_results.json").read_text(encoding="utf-8"))
    assert set(content) == KEYS
    return content


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def once(tmp_path_factory) -> Path:
    """A workbook with one publication, in a folder of an awkward name; read only, copy it to change it."""
    folder = double.workbook(tmp_path_factory.mktemp("销售 {plan} '25"))
    assert go(folder).status == "published"
    return folder


@pytest.fixture
def published(once, tmp_path) -> Path:
    """A copy of the published workbook that a test may spoil."""
    return shutil.copytree(once, tmp_path / "w", symlinks=True)


def deliver(folder: Path, amount: str) -> None:
    """Another delivery of the order lines, so that the next run has something to publish."""
    (folder / "orders.csv").write_text(f"order_id,net_sales\n1,{amount}\n", encoding="utf-8")


def replace_cell(folder: Path, chapter: int, work: str) -> None:
    name = CHAPTERS[chapter - 1]
    double._write(folder / "notebooks" / f"{name}.ipynb", chapter=name, work=work)


# What a publication is


def test_a_publication_holds_everything_and_leaves_no_staging(once):
    run = base(once) / "2025Q4"
    assert run.is_symlink()
    run_id = (base(once) / "2025Q4.CURRENT").read_text(encoding="utf-8").strip()
    assert run.resolve() == base(once).resolve() / "runs" / "2025Q4" / run_id
    for name in ("report.html", "plan.docx", "plan.xlsx", "manifest.json", "tables/gap.parquet"):
        assert (run / name).is_file(), name
    assert [p.stem for p in sorted((run / "notebooks").glob("*.ipynb"))] == list(CHAPTERS)
    assert [p.stem for p in sorted((run / "sentinels").glob("*.json"))] == list(CHAPTERS)
    assert list((base(once) / ".staging").iterdir()) == []
    assert pd.read_parquet(run / "tables" / "gap.parquet").amount.tolist() == [30.75]


def test_the_manifest_says_what_it_was_computed_from(once):
    content = json.loads((base(once) / "2025Q4" / "manifest.json").read_text(encoding="utf-8"))
    assert content["cut_off"] == "2025-12-31"
    assert content["plan_year"] == "2026"
    (delivered,) = content["inputs"]
    assert (delivered["path"], delivered["rows"], delivered["control_totals"]) == ("orders.csv", 2, {"CNY": 30.75})
    assert content["run_id"].endswith(content["logical_id"][:8])
    assert content["parent"] is None
    assert content["parameters"] == {"as_of": "2025Q4", "language": "en", "seed": 20260101}
    assert content["seeds"] == {"seed": 20260101}
    assert set(content["timings"]) == {"total", "report", *CHAPTERS}
    assert content["versions"]["pandas"] == pd.__version__
    assert chain.verify(base(once) / "2025Q4") == []


def test_the_ledger_records_the_publication_by_its_manifest(once):
    layout = chain.Layout(base(once))
    (event,) = ledger.events(layout.ledger, year="2026")
    assert (event.kind, event.facts["as_of"]) == ("published", "2025Q4")
    assert event.facts["run_id"] == layout.current("2025Q4")
    assert chain.verify_published(layout, quarters=["2025Q4"]) == []


def test_how_it_ended_is_there_for_programs(once):
    content = results(once)
    assert (content["status"], content["exit_status"]) == ("published", 0)
    assert [s["name"] for s in content["stages"]] == list(CHAPTERS)
    assert all(s["cells"] == 5 for s in content["stages"])
    assert {c["name"] for c in content["checks"]} >= {"reconciliation adds up", "every file opens"}


def test_executed_notebooks_show_neither_the_machine_nor_the_moment(once):
    text = "".join(p.read_text(encoding="utf-8") for p in sorted((base(once) / "2025Q4" / "notebooks").iterdir()))
    assert str(once) not in text
    assert '"papermill"' not in text
    assert "landing 30.75 <object object at 0x0>" in text


def test_r78_the_same_again_is_unchanged_and_adds_no_event(published):
    before = files(base(published) / "2025Q4")
    outcome = go(published)
    assert (outcome.status, outcome.exit_status) == ("unchanged", 0)
    assert files(base(published) / "2025Q4") == before
    assert len(chain.Layout(base(published)).published()) == 1
    assert len(ledger.events(base(published) / "ledger", year="2026")) == 1


def test_other_data_make_another_run_and_the_earlier_one_stays(published):
    earlier = (base(published) / "2025Q4").resolve()
    before = files(earlier)
    deliver(published, "17.00")
    assert go(published).status == "published"
    assert (base(published) / "2025Q4").resolve() != earlier
    assert files(earlier) == before
    head = json.loads((base(published) / "2025Q4" / "manifest.json").read_text(encoding="utf-8"))["ledger_head"]
    assert head == ledger.events(base(published) / "ledger", year="2026")[0].sha256


def test_the_next_quarter_names_its_parent_and_refuses_an_altered_one(published):
    first = json.loads((base(published) / "2025Q4" / "manifest.json").read_text(encoding="utf-8"))
    assert go(published, as_of="2026Q1").status == "published"
    second = json.loads((base(published) / "2026Q1" / "manifest.json").read_text(encoding="utf-8"))
    assert second["parent"] == {"run_id": first["run_id"], "logical_id": first["logical_id"]}
    (base(published) / "2026Q1" / "report.html").write_text("<html>other</html>", encoding="utf-8")
    outcome = go(published, as_of="2026Q2")
    assert outcome.exit_status == 1
    assert "report.html: altered" in outcome.message


# What ends a run unpublished

WRONG = {
    "leaves": ("import sys\nsys.exit(0)", 1, "SystemExit"),
    "raises": ('raise ValueError("no such thing")', 1, "ValueError: no such thing"),
    "dies": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", 2, "the notebook's process died"),
}


@pytest.mark.parametrize(("work", "status", "said"), WRONG.values(), ids=WRONG)
def test_a_cell_that_leaves_fails_or_dies_publishes_nothing_and_names_its_place(published, work, status, said):
    before = files(base(published) / "2025Q4")
    deliver(published, "77")
    replace_cell(published, 2, work)
    outcome = go(published)
    assert outcome.exit_status == status
    assert said in outcome.message
    assert CHAPTERS[1] in outcome.message
    assert results(published)["place"]["section"] == "What is it? · 何事"
    assert files(base(published) / "2025Q4") == before
    assert Path(results(published)["failed_folder"]).is_dir()


def test_d45_a_delivery_that_fell_by_half_is_not_published_unless_the_plan_allows_it(published):
    before = files(base(published) / "2025Q4")
    deliver(published, "7.00")
    outcome = go(published)
    assert outcome.exit_status == 1
    assert "sources.orders: amount in 7.00 CNY against 30.75" in outcome.message
    assert files(base(published) / "2025Q4") == before
    plan = published / "plan.toml"
    plan.write_text(plan.read_text(encoding="utf-8") + '\n[checks]\nmay_fall = ["orders"]\n', encoding="utf-8")
    assert go(published).status == "published"


def test_a_parameter_that_no_notebook_declares_is_refused_before_anything_runs(published):
    before = files(base(published) / "2025Q4")
    outcome = go(published, parameters={"colour": 1})
    assert outcome.exit_status == 1
    assert "'colour'" in outcome.message
    assert results(published)["stages"] == []
    assert files(base(published) / "2025Q4") == before


def test_a_plan_file_with_an_unknown_key_is_refused_with_what_was_probably_meant(published):
    before = files(base(published) / "2025Q4")
    plan = published / "plan.toml"
    plan.write_text(plan.read_text(encoding="utf-8") + "\n[target]\nbasis = 'commit'\n", encoding="utf-8")
    outcome = go(published)
    assert outcome.exit_status == 1
    assert "Did you mean 'targets'" in outcome.message
    assert files(base(published) / "2025Q4") == before
