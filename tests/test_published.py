"""A published run, as a reader's own script would look at it: sums, links, the same bytes, nothing from the future."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from salesplan import schemas
from salesplan.words import LANGUAGES, words
from tests.conftest import LONG, ROOT, run_notebooks

pytestmark = pytest.mark.slow
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(params=["annual", "midyear"])
def run(request) -> Path:
    return request.getfixturevalue(request.param)


def table(run: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(run / "tables" / f"{name}.parquet")


def saved(run: Path) -> list[str]:
    return [p.relative_to(run / "tables").with_suffix("").as_posix() for p in (run / "tables").rglob("*.parquet")]


def whole(amounts: pd.Series) -> pd.Series:
    cents = amounts * 100
    assert ((cents - cents.round()).abs() < 1e-3).all()
    return cents.round().astype("int64")


def test_what_an_english_run_tells_in_chinese_is_chinese_alone(annual):
    said = [p.read_text(encoding="utf-8") for p in sorted((annual / "zh" / "findings").glob("*.json"))]
    assert len(said) == 4
    assert re.findall(r"(?:[A-Za-z]{2,} ){3,}[A-Za-z]{2,}", "".join(said)) == []


def numbers(run: Path) -> dict[tuple[str, str], float]:
    """The largest size of every column of numbers that a run published."""
    frames = {name: table(run, name).select_dtypes("number") for name in saved(run)}
    return {(name, c): float(frame[c].abs().max()) for name, frame in frames.items() for c in frame}


def test_every_number_is_shown_as_what_it_is(run):
    found = numbers(run)
    assert len(found) > 200
    assert [at for at in found if schemas.kind_of(*at) == "text"] == []
    little = 1e-5 * found["targets/topline", "amount"]
    assert [at for at, size in found.items() if schemas.kind_of(*at) == "money" and 0 < size < little] == []
    assert [at for at, size in found.items() if schemas.kind_of(*at) == "chance" and size > 1] == []


def test_money_is_whole_cents_and_members_sum_to_the_total(run):
    for name in saved(run):
        frame = table(run, name)
        for column in (c for c in frame.select_dtypes("number") if schemas.kind_of(name, c) == "money"):
            whole(frame[column].dropna())
    for name, column in (("review/attainment", "actual"), ("execution/tracking", "actual_to_date")):
        frame = table(run, name)
        frame = frame[frame["dimension"].isin(["total", "product", "region", "customer_group", "channel"])]
        keys = [k for k in ("period", "level", "window") if k in frame]
        sums = frame.assign(cents=whole(frame[column].fillna(0))).groupby([*keys, "dimension"])["cents"].sum().unstack()
        parts = sums.drop(columns="total").sub(sums["total"], axis=0).dropna(how="all")
        assert len(parts) > 0
        assert (parts.fillna(0) == 0).all(axis=None), name


def has_title(key: str) -> bool:
    try:
        return all(words(language).title(key) for language in LANGUAGES)
    except KeyError:
        return False


def test_every_chart_has_a_heading_of_its_own(run):
    drawn = [p.relative_to(run / "figures").with_suffix("").as_posix() for p in (run / "figures").rglob("*.png")]
    assert len(drawn) >= 25
    assert [name for name in drawn if not (has_title(name) or has_title(f"table/{name}"))] == []


def test_every_table_keeps_the_contract(run):
    assert len(saved(run)) >= 25
    assert [problem for name in saved(run) for problem in schemas.problems(name, table(run, name))] == []


def test_rows_and_money_reconcile(run):
    t = table(run, "data/reconciliation")
    assert (t.rows_in == t.rows_accepted + t.rows_quarantined + t.rows_excluded).all()
    valued = t.dropna(subset=["amount_in"])
    assert {"orders", "payments", "receivables", "targets", "expenses"} <= set(valued.source)
    parts = whole(valued.amount_accepted) + whole(valued.amount_quarantined) + whole(valued.amount_excluded)
    assert (whole(valued.amount_in) == parts).all()
    orders = t[t.source == "orders"]
    assert orders.rows_in.sum() >= 2_000


def test_the_split_adds_up_in_every_margin(run):
    goal = whole(table(run, "targets/topline").query("chosen").amount).iloc[0]
    cells, segments = table(run, "targets/cells"), table(run, "targets/segments")
    assert whole(cells.target).sum() == goal
    sums = segments.assign(cents=whole(segments.target)).groupby(["dimension", "level"]).cents.sum()
    assert set(sums) == {goal}
    for dimension in ("product", "region", "customer_group", "channel"):
        own = segments[(segments.dimension == dimension) & (segments.level == "month")]
        margin = cells.assign(cents=whole(cells.target)).groupby([dimension, "period"]).cents.sum()
        assert (own.assign(cents=whole(own.target)).set_index(["member", "period"]).cents.sort_index() == margin).all()


def test_the_bridge_explains_the_change_to_the_cent(run):
    bridge, kpis = table(run, "review/bridge"), table(run, "review/kpis")
    sales = kpis[kpis.metric == "net_sales"].set_index("period")
    for (period, _, _), bars in bridge.groupby(["to_period", "convention", "grain"]):
        change = whole(sales.loc[[period], "value"]) - whole(sales.loc[[period], "prior"])
        assert whole(bars.amount).sum() == change.iloc[0]
    assert bridge.convention.nunique() >= 3


def test_the_gap_closes_to_the_cent(run):
    gap = table(run, "gap").set_index("step").amount
    steps = whole(gap.drop("target"))
    assert steps.sum() == whole(gap.loc[["target"]]).iloc[0]


def test_probabilities_are_shares_and_fall_as_the_goal_rises(run):
    topline = table(run, "targets/topline").dropna(subset=["amount"]).sort_values("amount")
    assert topline.p_reach.between(0, 1).all()
    assert topline.p_reach.is_monotonic_decreasing
    assert table(run, "targets/segments").p_reach.between(0, 1).all()


def test_tasks_belong_to_initiatives_and_have_owners_and_dates(run):
    plan, initiatives = table(run, "execution/work_plan"), table(run, "initiatives")
    chosen = set(initiatives[initiatives.selected].initiative_id)
    assert chosen
    assert chosen <= set(plan.initiative_id)
    assert plan.owner.str.len().gt(0).all()
    assert (pd.to_datetime(plan.due) >= pd.to_datetime(plan.start)).all()


def test_s102_the_page_is_one_file_without_scripts_or_outside_references(run):
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page.lower()
    assert not re.search(r"(src|href)\s*=\s*[\"'](https?:)?//", page)
    assert "Content-Security-Policy" in page


def test_the_manifest_tells_every_file_by_its_digest(run):
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    listed = {row["path"]: row["sha256"] for row in manifest["outputs"]}
    found = {
        p.relative_to(run).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in run.rglob("*")
        if p.is_file() and p.name != "manifest.json"
    }
    assert listed == found
    assert manifest["status"] == "published"


def of_nobody_here(found: Path, *, rows: int, amount: float) -> pd.DataFrame:
    """What has to hold of a company that nobody here made up; its key figures."""
    orders = table(found, "data/reconciliation").query("source == 'orders'").iloc[0]
    assert (orders.rows_in, round(orders.amount_in, 2)) == (rows, amount)
    assert 0 < orders.rows_after_cut_off == orders.rows_excluded
    assert orders.rows_accepted == rows - orders.rows_after_cut_off
    kpis = table(found, "review/kpis")
    for metric in ("collection_rate", "market_share", "satisfaction"):
        own = kpis[kpis.metric == metric]
        assert not own.available.any()
        assert own.value.isna().all()
        assert own.reason.str.len().gt(0).all()
    return kpis


@LONG
@pytest.mark.by_hand
def test_adventureworks_is_planned_with_only_a_plan_file(tmp_path, monkeypatch):
    if not (SHARED / "adventureworks").is_dir():
        pytest.skip("the adventureworks data do not lie beside this checkout")
    monkeypatch.setenv("SALESPLAN_CACHE", str(tmp_path / "cache"))
    plan, found = str(ROOT / "tests" / "companies" / "adventureworks.toml"), tmp_path / "run"
    run_notebooks(monkeypatch, plan=plan, as_of="2013Q3", language="en", folder=str(found))
    of_nobody_here(found, rows=121_253, amount=109_809_274.20)
    quotas = table(found, "review/attainment").query("dimension == 'rep_id'")
    assert quotas.member.nunique() >= 15
    assert quotas.attainment.between(0.1, 5).mean() > 0.9
    assert 0.80 <= quotas.actual.sum() / quotas.target.sum() <= 0.89


@LONG
@pytest.mark.by_hand
def test_northwind_is_planned_with_only_a_plan_file(tmp_path, monkeypatch):
    if not (SHARED / "northwind").is_dir():
        pytest.skip("the northwind data do not lie beside this checkout")
    monkeypatch.setenv("SALESPLAN_CACHE", str(tmp_path / "cache"))
    plan = str(ROOT / "tests" / "companies" / "northwind.toml")
    run_notebooks(monkeypatch, plan=plan, as_of="1997Q4", language="en", folder=str(tmp_path / "run"))
    of_nobody_here(tmp_path / "run", rows=2_155, amount=1_265_793.04)


def test_every_further_language_of_the_plan_has_its_own_page_word_and_excel(annual):
    first, further = (
        (annual / name).read_text(encoding="utf-8").replace("\u00a0", " ") for name in ("report.html", "report.zh.html")
    )
    assert '<html lang="en">' in first
    assert '<html lang="zh-CN">' in further
    assert "目标完成了吗？" in further
    assert {p.name for p in annual.glob("plan.*")} == {"plan.docx", "plan.xlsx", "plan.zh.docx", "plan.zh.xlsx"}
    for place in (annual / "zh" / "tables").rglob("*.parquet"):
        said = [pd.read_parquet(p) for p in (annual / place.relative_to(annual / "zh"), place)]
        pd.testing.assert_frame_equal(*(frame.select_dtypes(exclude=["object", "string"]) for frame in said))
    listed = {o["path"] for o in json.loads((annual / "manifest.json").read_text(encoding="utf-8"))["outputs"]}
    assert {"report.zh.html", "plan.zh.docx", "plan.zh.xlsx"} <= listed
