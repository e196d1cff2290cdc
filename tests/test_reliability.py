"""Every number of the reliability list is named by a test, or struck in docs/reliability.md with the reason."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys

import pandas as pd
import pytest

from salesplan import chain, cli, config
from salesplan.chain import gates
from salesplan.errors import ChainError, PlanFileError
from tests import chain_double as double
from tests.chain_double import base, deliver, files, go
from tests.conftest import LONG, ROOT

NUMBERS = {
    *(f"D{n}" for n in range(1, 46)),
    *(f"C{n}" for n in range(46, 62)),
    *(f"R{n}" for n in range(62, 86)),
    *(f"S{n}" for n in range(86, 104)),
    *(f"I{n}" for n in range(1, 31)),
}


def named() -> set[str]:
    """The numbers in the names of the tests: test_d07_…, test_i1_i2_…"""
    trees = [ast.parse(p.read_text(encoding="utf-8")) for p in sorted((ROOT / "tests").glob("test_*.py"))]
    names = [n.name for tree in trees for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    heads = [re.match(r"test_((?:[dcrsi]\d+_)+)", name) for name in names]
    return {f"{part[0].upper()}{int(part[1:])}" for head in heads if head for part in head[1].strip("_").split("_")}


def test_every_number_is_tested_or_struck_with_the_reason_and_none_is_both():
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    struck = dict(re.findall(r"^\| ([DCRSI]\d+) \| (.+) \|$", text, re.M))
    assert named() | struck.keys() == NUMBERS
    assert named() & struck.keys() == set()
    assert min(map(len, struck.values())) > 40


def test_c56_a_task_names_its_owner():
    head = '[company]\nname = "a"\ntitle = "A"\ncurrency = "CNY"\n[sources.orders]\npath = "o.csv"\n'
    move = '[[initiatives]]\nid = "i"\nname = "I"\nlever = "price"\n'
    with pytest.raises(PlanFileError, match=r"tasks\.0\.owner is missing; it is required"):
        config.parse(head + move + '[[tasks]]\nid = "t"\ninitiative = "i"\nname = "T"\nstart = 2026-01-01\n')


@LONG
@pytest.mark.by_hand
def test_r75_language_time_zone_and_locale_of_the_machine_change_no_byte(tmp_path):
    seen = []
    for number, place in enumerate(({"TZ": "UTC", "LC_ALL": "C"}, {"TZ": "America/New_York", "LANG": "de_DE.UTF-8"})):
        folder = double.workbook(tmp_path / str(number) / "w")
        plain = {k: v for k, v in os.environ.items() if not k.startswith("LC_")}
        command = [sys.executable, "-m", "tests.chain_double.driver", str(folder)]
        done = subprocess.run(command, cwd=ROOT, env=plain | place, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        seen.append(files((base(folder) / "2025Q4").resolve()))
    for outputs in seen:
        del outputs["manifest.json"]
    assert seen[0] == seen[1]


@pytest.mark.slow
def test_r80_a_quarter_made_anew_leaves_later_ones_as_they_are_and_its_readers_too_until_it_is_restated(published):
    layout = chain.Layout(base(published))
    first = layout.current("2025Q4")
    assert go(published, as_of="2026Q1").status == "published"
    later = files(base(published) / "2026Q1")
    deliver(published, "40.00")
    again = go(published)
    assert (again.status, again.exit_status, again.folder) == ("beside", 0, layout.run(again.run_id))
    assert layout.current("2025Q4") == first
    assert "2026Q1 follows 2025Q4, whose readers keep" in again.message
    restated = go(published, restate="an invoice came late")
    assert restated.status == "published"
    assert layout.current("2025Q4") == restated.run_id != first
    assert layout.run(first).is_dir()
    assert files(base(published) / "2026Q1") == later
    assert chain.verify_ledger(layout) == []


@pytest.mark.parametrize("name", ["../up", "a/b", "CON.", "", ".", "a" * 300, "名", "a\0b", "A"])
def test_s90_what_names_a_folder_is_letters_digits_and_hyphens(name):
    text = f"[company]\nname = {name!r}\n" if "\0" not in name else '[company]\nname = "a\\u0000b"\n'
    with pytest.raises(PlanFileError, match=r"company\.name"):
        config.parse(text + 'title = "A"\ncurrency = "CNY"\n[sources.orders]\npath = "o.csv"\n')


@pytest.mark.parametrize(
    "option", ["--ip=0.0.0.0", "--ServerApp.ip=*", "--ip", "--ServerApp.token=", "--IdentityProvider.token="]
)
def test_s98_the_lab_is_served_to_this_machine_only(monkeypatch, option):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(subprocess, "call", lambda *_, **__: pytest.fail("it was started"))
    assert cli.main(["lab", "--", option]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("column", ["email", "contact_phone", "name"])
def test_s99_a_table_with_contacts_does_not_pass_the_gates(published, column):
    run, plan = (base(published) / "2025Q4").resolve(), config.load(published / "plan.toml")
    gates.check(run, plan=plan)
    told = {"email": "x", "contact_phone": "1", "name": "anna@example.org"}
    pd.DataFrame({column: [told[column]]}).to_parquet(run / "tables" / "extra.parquet")
    with pytest.raises(ChainError, match=r"nobody is disclosed: extra: column"):
        gates.check(run, plan=plan)
