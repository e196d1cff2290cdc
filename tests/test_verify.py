"""What `verify` and `ledger` find: anything that a reader would open, or the ledger, and is not what was written."""

from __future__ import annotations

import os
import shutil

import pytest

from salesplan import cli
from salesplan.errors import ChainError
from salesplan.workspace import open as opened
from tests.chain_double import base, go

pytestmark = pytest.mark.slow
FOREIGN = ["not json\n", "[]\n", '{"number": 1}\n', "[" * 5000 + "\n", "\x00\x01\n", "{}\n"]


def told(published, capsys, command: str, *more: str) -> tuple[int, str]:
    """How a command about the published workbook ended, and what it said."""
    status = cli.main([command, "--plan", str(published / "plan.toml"), *more])
    said = capsys.readouterr()
    return status, said.out + said.err


def test_a_publication_that_is_as_it_was_is_said_to_be(published, capsys):
    assert told(published, capsys, "verify") == (0, "2025Q4: as published\n")
    assert told(published, capsys, "ledger")[0] == 0


def another_folder(link, run):
    shutil.copytree(run, link.parent / "copy")
    link.unlink()
    (link.parent / "copy").rename(link)


def another_link(link, run):
    shutil.copytree(run, link.parent / "copy")
    link.unlink()
    link.symlink_to("copy")


def no_link(link, run):
    link.unlink()


def linked_run(link, run):
    run.rename(link.parent / "copy")
    run.symlink_to(link.parent / "copy")


def linked_file(link, run):
    (run / "report.html").rename(link.parent / "copy.html")
    (run / "report.html").symlink_to(link.parent / "copy.html")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (another_folder, "2025Q4: a folder stands in the publication's place"),
        (another_link, "2025Q4: its link leads to copy, not to the current run"),
        (no_link, "2025Q4: its link is missing"),
        (linked_run, "is a link, not the folder that was published"),
        (linked_file, "2025Q4: report.html: a link"),
    ],
)
def test_r82_verify_looks_at_what_the_reader_opens(published, capsys, spoil, said):
    spoil(base(published) / "2025Q4", (base(published) / "2025Q4").resolve())
    status, text = told(published, capsys, "verify")
    assert status == 1
    assert said in text


@pytest.mark.parametrize("content", ["", *FOREIGN], ids=range(7))
def test_a_ledger_that_was_emptied_or_is_foreign_is_found(published, capsys, content):
    (base(published) / "ledger" / "2026.jsonl").write_text(content, encoding="utf-8")
    for command in ("ledger", "verify"):
        status, text = told(published, capsys, command)
        assert status == 1
        assert "2026.jsonl:1" in text or "is not in the ledger" in text


def test_a_ledger_that_was_cut_or_taken_away_is_found(published, capsys):
    assert go(published, as_of="2026Q1").status == "published"
    place = base(published) / "ledger" / "2026.jsonl"
    whole = place.read_bytes()
    assert told(published, capsys, "ledger")[0] == 0
    for left in (whole[: whole.index(b"\n") + 1], whole[: whole.index(b"\n") + 9], whole[whole.index(b"\n") + 1 :]):
        place.write_bytes(left)
        assert told(published, capsys, "ledger")[0] == 1
    place.unlink()
    status, text = told(published, capsys, "ledger")
    assert status == 1
    assert "2026Q1: the ledger has lost events" in text
    place.write_bytes(whole)
    (base(published) / "2025Q4.CURRENT").unlink()
    assert "2025Q4: published by the ledger, but 2025Q4.CURRENT is gone" in told(published, capsys, "verify")[1]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b"2025Q4-nonsense", b"", b"../../etc\n"])
def test_a_pointer_that_names_no_run_is_told(published, capsys, content):
    (base(published) / "2025Q4.CURRENT").write_bytes(content)
    for command in ("verify", "ledger"):
        status, text = told(published, capsys, command)
        assert status == 1
        assert "2025Q4.CURRENT" in text
        assert "no published run" in text
    assert "no published run" in go(published).message


WRITTEN = ["", "runs", "runs/2026Q1", ".staging", "failed", "ledger", "ledger/2026.jsonl", ".cache", ".lock"]
WRITTEN += ["run_results.json", "2026Q1.CURRENT", ".run_results.json.fresh", "replay", "replay/replay.parquet"]


@pytest.mark.parametrize("name", WRITTEN)
def test_s91_nothing_is_written_through_a_link(published, tmp_path, monkeypatch, name):
    monkeypatch.delenv("SALESPLAN_CACHE", raising=False)
    place, elsewhere = base(published) / name, tmp_path / "elsewhere"
    if place.exists():
        place.rename(elsewhere)
    elif "." in os.path.basename(name):
        elsewhere.write_text("mine", encoding="utf-8")
    else:
        elsewhere.mkdir()
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(elsewhere)

    def seen():
        found = sorted(p for p in [elsewhere, *elsewhere.rglob("*")] if p.is_file())
        return [(str(p), p.read_bytes()) for p in found]

    before = seen()
    outcome = go(published, as_of="2026Q1")
    assert outcome.exit_status == 1
    assert "a link stands where" in outcome.message
    assert seen() == before


def test_s91_a_draft_is_not_written_through_a_link_either(published, tmp_path, monkeypatch):
    monkeypatch.chdir(published)
    (tmp_path / "elsewhere").mkdir()
    (base(published) / "draft").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ChainError, match="a link stands where"):
        opened("plan.toml", as_of="2025Q4", chapter="01_review_swot")
    assert not list((tmp_path / "elsewhere").iterdir())
