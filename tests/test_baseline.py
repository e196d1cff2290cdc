"""One goal from approval to the end of the year: what was approved holds, and nothing changes it but a revision."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field

import pandas as pd
import pytest

from salesplan import baseline, chain, config, ledger, plots
from salesplan.chain import manifest
from salesplan.cli import main
from salesplan.errors import SalesplanError
from salesplan.provenance import sha256_of
from tests.said import Page, heard
from tests.sentences import Reading, read
from tools import matrix

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Workbook:
    """The small company's plan file and the folder of its outputs."""

    plan: config.Plan
    layout: chain.Layout
    read: dict[str, Reading] = field(default_factory=dict)

    def table(self, as_of: str, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.layout.base / as_of / "tables" / f"{name}.parquet")

    def run(self, as_of: str, *, choices: str = "") -> None:
        """Publishes a run of this quarter whose charts nobody looks at, with further lines under [targets]."""
        place = self.plan.path.with_name("other.toml")
        text = self.plan.path.read_text(encoding="utf-8")
        place.write_text(f"{text}\n[targets]\n{choices}\n" if choices else text, encoding="utf-8")
        run_id = f"{as_of}-20260101T000000Z-{len(self.layout.published()):08x}"
        staged = self.layout.staging / run_id
        with pytest.MonkeyPatch.context() as patched, heard() as told:
            patched.setattr(plots.Chart, "png", lambda chart: b"")
            matrix.run(place, as_of, staged)
        self.read[as_of] = read(Page(staged), told, inputs=self.plan.path.parent)
        about = {"run_id": run_id, "as_of": as_of, "plan_year": "2025", "outputs": manifest.outputs_of(staged)}
        manifest.write(staged, {**about, "ledger_head": ledger.head(self.layout.ledger, year="2025")})
        self.layout.run(run_id).parent.mkdir(parents=True, exist_ok=True)
        staged.rename(self.layout.run(run_id))
        self.layout.point(run_id)
        self.layout.mend_link(as_of)
        sealed = sha256_of(self.layout.run(run_id) / manifest.NAME)
        facts = {"as_of": as_of, "run_id": run_id, "logical_id": run_id, "manifest_sha256": sealed}
        ledger.append(self.layout.ledger, year="2025", kind="published", facts=facts)


@pytest.fixture(scope="module")
def approved(midyear, small, tmp_path_factory) -> Workbook:
    """The plan of 2025 as of its second quarter, approved, and a run of the third quarter after it."""
    base = tmp_path_factory.mktemp("approved") / "any"
    shutil.copytree(midyear.parent, base, symlinks=True)
    book = Workbook(config.load(small), chain.Layout(base))
    chain.approve(book.plan, layout=book.layout, run="2025Q2", by="Li", reason="As discussed")
    book.run("2025Q3")
    return book


def test_every_run_of_the_year_has_the_approved_goal_in_every_table(approved):
    before, after = "2025Q2", "2025Q3"
    goal = approved.table(before, "targets/topline").query("chosen")["amount"].iloc[0]
    top = approved.table(after, "targets/topline")
    assert top.query("chosen")[["basis", "amount"]].to_numpy().tolist() == [["approved", goal]]
    assert "forecast_initiatives" in top["basis"].tolist()
    pd.testing.assert_frame_equal(approved.table(after, "targets/cells"), approved.table(before, "targets/cells"))
    keys = ["dimension", "member", "period", "level"]
    for name, column in (("targets/segments", "target"), ("execution/tracking", "target")):
        one, other = (approved.table(q, name).set_index(keys)[column].sort_index() for q in (before, after))
        pd.testing.assert_series_equal(one, other)
    goals = [approved.table(q, "targets/supporting").set_index("metric")["target"] for q in (before, after)]
    assert goals[0].drop("growth").equals(goals[1].drop("growth"))
    quotas = [approved.table(q, "execution/quotas").query("level == 'year'")["quota"].sum() for q in (before, after)]
    assert quotas[0] == pytest.approx(quotas[1], abs=0.005)


def test_what_changed_since_the_last_quarter_adds_up_and_every_sentence_is_true_of_its_table(approved, capsys):
    read = approved.read["2025Q3"]
    assert (read.false, sorted(read.unread)) == ([], [])
    table = approved.table("2025Q3", "changes/bridge")
    steps = table[table["dimension"] == "total"].set_index("step")
    assert steps["landing_change"].sum() == pytest.approx(steps.at["after", "landing"] - steps.at["before", "landing"])
    assert steps.at["after", "target"] == steps.at["before", "target"]
    assert abs(steps.at["actuals", "landing_change"]) > 0
    year = approved.table("2025Q3", "targets/segments").query("dimension == 'total' and level == 'year'").iloc[0]
    assert (steps.at["after", "landing"], steps.at["after", "p_reach"]) == (year["p50"], year["p_reach"])
    book = ["--plan", str(approved.plan.path), "--outputs", str(approved.layout.base.parent)]
    assert main(["diff", "2025Q2", "2025Q3", *book]) == 0
    assert "At 2025Q2 2025 was to land at" in capsys.readouterr().out
    assert main(["diff", "2025Q3", "2025Q2", *book]) == 1
    assert "name the earlier run first" in capsys.readouterr().err
    assert main(["diff", "2025Q1", "2025Q3", *book]) == 1
    assert "no published run of this name" in capsys.readouterr().err


def test_sales_are_held_against_the_approved_goal(approved):
    held = approved.table("2025Q3", "review/attainment").set_index(["dimension", "member", "period"])["target"]
    asked = approved.table("2025Q3", "targets/segments").set_index(["dimension", "member", "period"])["target"]
    months = [f"2025-{month:02d}" for month in range(1, 10)]
    for dimension, member in {key[:2] for key in asked.index}:
        for month in months:
            assert held[dimension, member, month] == pytest.approx(asked[dimension, member, month], abs=0.005)
        year = sum(asked[dimension, member, month] for month in months)
        assert held[dimension, member, "2025"] == pytest.approx(year, abs=0.005)


def test_one_goal_has_one_probability_and_the_report_says_whose_it_is(approved):
    names = ("targets/topline", "targets/segments", "execution/tracking")
    top, *others = (approved.table("2025Q3", name) for name in names)
    whole = [table.query("dimension == 'total' and level == 'year'") for table in others]
    assert len({round(float(rows["p_reach"].iloc[0]), 9) for rows in (top.query("chosen"), *whole)}) == 1
    findings = approved.layout.base / "2025Q3" / "findings" / "02_target_system.json"
    told = json.loads(findings.read_text(encoding="utf-8"))
    text = next(f["text"] for f in told["findings"] if f["name"] == "targets/topline")
    assert "This is the approved goal" in text
    assert "a proposal" in text


@pytest.mark.parametrize(
    ("run", "by", "why"),
    [
        ("2025Q2", "Wang", "Nothing is approved twice"),
        ("2025Q1", "Wang", "nothing is published"),
        ("2025Q2-20200101T000000Z-00000000", "Wang", "is not what is published"),
        ("2025Q2", " ", "Who decides"),
        ("soon", "Wang", "is no fiscal quarter"),
    ],
)
def test_what_may_not_be_approved_is_refused_and_nothing_is_written(approved, run, by, why):
    before = ledger.head(approved.layout.ledger, year="2025")
    with pytest.raises(SalesplanError, match=why):
        chain.approve(approved.plan, layout=approved.layout, run=run, by=by)
    assert ledger.head(approved.layout.ledger, year="2025") == before


def test_an_author_does_not_approve_alone_and_an_altered_run_is_not_approved(midyear, small, tmp_path):
    base = tmp_path / "any"
    shutil.copytree(midyear.parent, base, symlinks=True)
    own = tmp_path / "plan.toml"
    text = small.read_text(encoding="utf-8").replace('path = "', f'path = "{small.parent}/')
    own.write_text(text + '\n[targets]\nauthor = "Wang"\n', encoding="utf-8")
    asked = {"layout": chain.Layout(base), "run": "2025Q2"}
    with pytest.raises(SalesplanError, match="author"):
        chain.approve(config.load(own), **asked, by="wang ")
    table = base / "2025Q2" / "tables" / "targets" / "cells.parquet"
    table.write_bytes(table.read_bytes() + b"\0")
    with pytest.raises(SalesplanError, match="no longer what was published"):
        chain.approve(config.load(own), **asked, by="Li")
    assert baseline.standing(base, year="2025") is None


def test_an_approved_run_that_was_changed_stops_what_rests_on_it_and_is_named(approved, tmp_path):
    base = tmp_path / "any"
    shutil.copytree(approved.layout.base, base, symlinks=True)
    table = base / "2025Q2" / "tables" / "targets" / "cells.parquet"
    table.write_bytes(table.read_bytes() + b"\0")
    held = baseline.standing(base, year="2025")
    with pytest.raises(SalesplanError, match=r"approved as 2025Q2-.*cells\.parquet is missing or was changed"):
        held.goal()


def test_a_revision_changes_what_is_open_and_leaves_what_is_closed(approved, tmp_path, capsys):
    base = tmp_path / "any"
    shutil.copytree(approved.layout.base, base, symlinks=True)
    book = Workbook(approved.plan, chain.Layout(base))
    old = baseline.standing(base, year="2025").table("targets/cells")
    with pytest.raises(SalesplanError, match="takes its goals from the approved plan itself"):
        chain.revise(book.plan, layout=book.layout, run="2025Q3", by="Li", reason="weak year")
    book.run("2025Q3", choices='goal = "computed"')
    with pytest.raises(SalesplanError, match="closed months stay"):
        chain.revise(book.plan, layout=book.layout, run="2025Q3", by="Li", reason="weak year", since="2025-09")
    asked = ["--plan", str(book.plan.path), "--outputs", str(base.parent), "--by", "Li", "--reason", "weak year"]
    assert main(["revise", "2025Q3", *asked]) == 0
    assert "revised from 2025-10 on by Li" in capsys.readouterr().out
    new, proposed = baseline.standing(base, year="2025"), book.table("2025Q3", "targets/cells")
    cells, closed = new.table("targets/cells"), old["period"] < "2025-10"
    assert cells[cells["period"] < "2025-10"]["target"].sum() == pytest.approx(old[closed]["target"].sum())
    assert cells[cells["period"] >= "2025-10"]["target"].sum() == pytest.approx(
        proposed[proposed["period"] >= "2025-10"]["target"].sum()
    )
    event = ledger.events(book.layout.ledger, year="2025")[-1]
    assert event.kind == "revised"
    assert event.facts["before"] == pytest.approx(old["target"].sum())
    assert event.facts["after"] == pytest.approx(new.goal())
    assert 0 <= event.facts["p_before"] <= 1
    assert chain.verify_ledger(book.layout) == []
