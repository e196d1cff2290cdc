"""Publishing: whole or not at all, whatever happens, and told by its own evidence. On stand-in notebooks."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from salesplan import chain, ledger
from salesplan.workspace import CHAPTERS
from tests.chain_double import base, deliver, files, go, results

pytestmark = pytest.mark.slow


# What a publication is


def test_a_publication_holds_everything_and_leaves_no_staging(published_once):
    run = base(published_once) / "2025Q4"
    assert run.is_symlink()
    run_id = (base(published_once) / "2025Q4.CURRENT").read_text(encoding="utf-8").strip()
    assert run.resolve() == base(published_once).resolve() / "runs" / "2025Q4" / run_id
    for name in ("report.html", "plan.docx", "plan.xlsx", "manifest.json", "tables/gap.parquet"):
        assert (run / name).is_file(), name
    assert [p.stem for p in sorted((run / "notebooks").glob("*.ipynb"))] == list(CHAPTERS)
    assert [p.stem for p in sorted((run / "sentinels").glob("*.json"))] == list(CHAPTERS)
    assert list((base(published_once) / ".staging").iterdir()) == []
    assert pd.read_parquet(run / "tables" / "gap.parquet").amount.tolist() == [30.75]


def test_the_manifest_says_what_it_was_computed_from(published_once):
    content = json.loads((base(published_once) / "2025Q4" / "manifest.json").read_text(encoding="utf-8"))
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
    assert chain.verify(base(published_once) / "2025Q4") == []


def test_the_ledger_records_the_publication_by_its_manifest(published_once):
    layout = chain.Layout(base(published_once))
    (event,) = ledger.events(layout.ledger, year="2026")
    assert (event.kind, event.facts["as_of"]) == ("published", "2025Q4")
    assert event.facts["run_id"] == layout.current("2025Q4")
    assert chain.verify_published(layout, quarters=["2025Q4"]) == []


def test_how_it_ended_is_there_for_programs(published_once):
    content = results(published_once)
    assert (content["status"], content["exit_status"]) == ("published", 0)
    assert [s["name"] for s in content["stages"]] == list(CHAPTERS)
    assert all(s["cells"] == 5 for s in content["stages"])
    assert {c["name"] for c in content["checks"]} >= {"reconciliation adds up", "every file opens"}


def test_executed_notebooks_show_neither_the_machine_nor_the_moment(published_once):
    text = "".join(
        p.read_text(encoding="utf-8") for p in sorted((base(published_once) / "2025Q4" / "notebooks").iterdir())
    )
    assert str(published_once) not in text
    assert '"papermill"' not in text
    assert "landing 30.75 <object object at 0x0>" in text


@pytest.mark.parametrize("again", [False, True], ids=["at once", "computed again"])
def test_r76_r78_the_same_again_through_a_link_and_from_elsewhere_is_unchanged(published, tmp_path, monkeypatch, again):
    before = files(base(published) / "2025Q4")
    (tmp_path / "linked").symlink_to(published)
    monkeypatch.chdir("/")
    outcome = go(tmp_path / "linked", again=again)
    assert (outcome.status, outcome.exit_status) == ("unchanged", 0)
    assert [s["status"] for s in results(published)["stages"]] == (["done"] * 4 if again else [])
    assert files(base(published) / "2025Q4") == before
    assert len(chain.Layout(base(published)).published()) == 1
    assert len(ledger.events(base(published) / "ledger", year="2026")) == 1


def test_i26_other_data_make_another_run_and_the_earlier_one_stays(half_done):
    published = half_done
    earlier = (base(published) / "2025Q4").resolve()
    before = files(earlier)
    assert go(published, start="04").status == "published"
    assert (base(published) / "2025Q4").resolve() != earlier
    assert files(earlier) == before
    head = json.loads((base(published) / "2025Q4" / "manifest.json").read_text(encoding="utf-8"))["ledger_head"]
    assert head == ledger.events(base(published) / "ledger", year="2026")[0].sha256


def test_r82_the_next_quarter_names_its_parent_and_refuses_an_altered_one(published):
    first = json.loads((base(published) / "2025Q4" / "manifest.json").read_text(encoding="utf-8"))
    assert go(published, as_of="2026Q1").status == "published"
    second = json.loads((base(published) / "2026Q1" / "manifest.json").read_text(encoding="utf-8"))
    assert second["parent"] == {"run_id": first["run_id"], "logical_id": first["logical_id"]}
    (base(published) / "2026Q1" / "report.html").write_text("<html>other</html>", encoding="utf-8")
    outcome = go(published, as_of="2026Q2")
    assert outcome.exit_status == 1
    assert "report.html: altered" in outcome.message
    told = chain.verify_published(chain.Layout(base(published)), quarters=["2025Q4", "2026Q1"])
    assert told == ["2026Q1: report.html: altered"]


# What is refused before anything runs, and what is not let through at the end


def test_d45_a_delivery_that_fell_by_half_is_not_published(published):
    before = files(base(published) / "2025Q4")
    deliver(published, "7.00")
    outcome = go(published)
    assert outcome.exit_status == 1
    assert "sources.orders: amount in 7.00 CNY against 30.75" in outcome.message
    assert 'may_fall = ["orders"]' in outcome.message
    assert files(base(published) / "2025Q4") == before


def test_s92_a_parameter_that_no_notebook_declares_is_refused_before_anything_runs(published):
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
