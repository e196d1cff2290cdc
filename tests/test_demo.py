"""The demo company: the same bytes from one seed, truths that add up, and dirt that ends where it should."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest

from salesplan import config, data, demo
from salesplan.cli import main
from salesplan.errors import SalesplanError
from tests.conftest import ROOT

SMALL = 20_000


def told(folder: Path, name: str):
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=["committed", 1, 2])
def company(request, tmp_path_factory) -> Path:
    """The committed demo, and small companies of other seeds."""
    if request.param == "committed":
        return ROOT / "data" / "demo"
    folder = tmp_path_factory.mktemp(f"seed{request.param}")
    demo.write(folder, seed=request.param, lines=SMALL)
    return folder


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bare")
    assert main(["demo", str(folder), "--seed", "4", "--orders", str(SMALL), "--no-plant"]) == 0
    return folder


@pytest.mark.slow
def test_the_committed_demo_is_what_its_seed_makes(tmp_path):
    made = demo.write(tmp_path)
    committed = {p.name: p.read_bytes() for p in (ROOT / "data" / "demo").iterdir() if p.is_file()}
    assert {p.name for p in made} == set(committed)
    assert [p.name for p in made if p.read_bytes() != committed[p.name]] == []
    assert sum(map(len, committed.values())) < 12e6


def test_every_faulty_row_ends_where_it_should_and_the_clean_totals_come_out(company, tmp_path):
    sources = data.read(config.load(company / "plan.toml"), cut_off=dt.date(2026, 6, 30), cache=tmp_path)
    aside = sources.quarantine.query("source == 'orders'").set_index(["file", "row"])
    expected = {(e["file"], e["row"]): e for e in told(company, "DIRT") if e["becomes"] == "set_aside"}
    assert set(aside.index) == set(expected)
    wrong = [
        (place, row["column"], row["code"])
        for place, row in aside.iterrows()
        if (row["column"], row["code"]) not in {(expected[place]["column"], c) for c in expected[place]["codes"]}
    ]
    assert wrong == []
    line = sources.reconciliation.set_index("source").loc["orders"]
    late = [e for e in told(company, "DIRT") if e["becomes"] == "after_cut_off"]
    assert line["rows_after_cut_off"] == len(late) > 0
    clean = told(company, "TRUTH")["clean"]
    assert (line["rows_accepted"], line["amount_accepted"]) == (clean["rows"], clean["net_sales"])
    assert aside.index.size >= 20


def test_rewritten_rows_say_the_same(company, tmp_path):
    rewritten = [e for e in told(company, "DIRT") if e["becomes"] == "accepted"]
    assert len(rewritten) == 200
    assert {e["fault"] for e in rewritten} == {"rewritten"}


def test_what_was_missed_is_made_of_its_causes(company):
    missed = told(company, "TRUTH")["missed"]
    assert sum(missed["causes"].values()) == pytest.approx(missed["gap"], abs=0.1)
    assert missed["actual"] - missed["target"] == pytest.approx(missed["gap"], abs=0.01)
    assert missed["gap"] < 0
    assert all(missed["causes"][cause] < 0 for cause in ("target_too_high", "market", "slice", "lost_account"))


def test_past_strategies_worked_did_nothing_or_cannot_be_told(company):
    found = pd.Series({name: s["verdict"] for name, s in told(company, "TRUTH")["strategies"].items()})
    counts = {"worked": 2, "nothing": 2, "chosen_for_decline": 2, "too_small_to_tell": 1, "cannibalised": 1}
    assert found.value_counts().to_dict() == counts


def test_one_elasticity_cannot_be_identified(company):
    truth = told(company, "TRUTH")["elasticity"]
    assert [category for category, value in truth.items() if value is None] == ["STO"]


def test_nothing_planted_means_nothing_planted(bare):
    truth = told(bare, "TRUTH")
    assert truth["planted"] is False
    assert set(truth) == {"seed", "planted", "clean", "elasticity", "market"}
    orders = pd.concat([pd.read_csv(p, dtype=str) for p in sorted(bare.glob("orders-*.csv.gz"))])
    kept = orders[(orders["customer_id"] == "C0007") & orders["order_date"].between("2025-06-01", "2026-06-30")]
    assert len(kept) > 50
    assert "price_cut" not in set(pd.read_csv(bare / "competitors.csv")["event"])


def test_too_few_lines_are_refused(tmp_path):
    with pytest.raises(SalesplanError, match="20,000 or more"):
        demo.write(tmp_path, lines=100)
    assert main(["demo", str(tmp_path), "--orders", "100"]) == 1
