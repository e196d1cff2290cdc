"""Exactly what came in: to the cent (I16), blind to order and files (I17), kept safely, right on real files."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import config, data, facts
from salesplan.data import reading
from salesplan.data.text import tidy
from salesplan.data.values import best_reading, number_of
from salesplan.errors import DataError
from salesplan.periods import FiscalCalendar
from salesplan.words import words
from tests.conftest import ROOT, fewer
from tests.data_cases import accepted, as_csv, company, lines, read

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
LOOSE = "[checks]\nmax_quarantined_rows = 1\nmax_quarantined_amount = 1\nstale_days = 9999\n"
OUT = '[[sources.orders.exclude]]\ncolumn = "channel"\nvalues = ["internal"]\nreason = "own use"\n'
SHARED = ROOT.parent / "shared" / "data"

AMOUNT = st.one_of(
    st.decimals(min_value=-99999, max_value=99999, places=2).map(str),
    st.decimals(min_value=0, max_value=99999, places=5).map(str),
    st.sampled_from(["", "x", "(12.345)", "1,234.505", "1e5", "−3.005", "０.１"]),
)
DAYS = st.sampled_from(["2025-01-01", "2025-12-31", "2026-01-01", "2025年2月3日", "2025-02-30", "", "45717"])
ROW = st.tuples(
    st.integers(0, 8).map(str),
    DAYS,
    st.sampled_from(["c1", "", "NA"]),
    AMOUNT,
    st.sampled_from(["shop", "internal", ""]),
)
FIELDS = ["order_id", "order_date", "customer_id", "net_sales", "channel"]


def drawn(rows: list[tuple[str, ...]]) -> pd.DataFrame:
    """Order lines with these cells, after one clean line."""
    table = lines(len(rows) + 1)
    table["quantity"] = "0"
    for column, cells in zip(FIELDS, zip(*rows, strict=True), strict=False):
        table.loc[1:, column] = list(cells)
    return table


def value(text: str) -> Decimal:
    """The amount a cell states, worked out apart from the package; none where it states none."""
    plain = text.replace(",", "").replace("−", "-").replace("０", "0").replace("１", "1")
    plain = f"-{plain[1:-1]}" if plain.startswith("(") else plain
    return Decimal(0) if plain in ("", "x", "1e5") or Decimal(plain) == 0 else Decimal(plain)


def cents(amount: float) -> int:
    return round(amount * 100)


@fewer
@given(st.lists(ROW, max_size=25), st.booleans())
def test_i16_rows_and_money_reconcile_to_the_cent(rows, keyed):
    with tempfile.TemporaryDirectory() as place:
        table = drawn(rows)
        more = ('key = ["order_id", "line_no"]\n' if keyed else "") + OUT
        plan = company(Path(place), orders=as_csv(table), more=more, plan=LOOSE)
        sources = read(plan, cut_off=dt.date(2025, 12, 31))
        (line,) = sources.reconciliation.to_dict("records")
        assert line["rows_in"] == len(table)
        assert line["rows_in"] == line["rows_accepted"] + line["rows_quarantined"] + line["rows_excluded"]
        parts = [cents(line[f"amount_{part}"]) for part in ("accepted", "quarantined", "excluded")]
        assert cents(line["amount_in"]) == sum(parts)
        total = sum((value(text) for text in table["net_sales"]), Decimal(0))
        aside = table["net_sales"].iloc[sources.quarantine["row"] - 2]
        unread = [text for text in aside if number_of(tidy(text))[0] is None]
        total += sum((best_reading(text) or Decimal(0) for text in unread), Decimal(0))
        assert line["rows_unread"] == len(unread)
        assert abs(Decimal(cents(line["amount_in"])) / 100 - total) <= Decimal("0.005")
        frame = accepted(sources)
        assert len(frame) == line["rows_accepted"]
        assert int(frame["net_sales_cents"].sum()) == parts[0]
        assert len(sources.quarantine) == line["rows_quarantined"]


@fewer
@given(st.lists(ROW, min_size=1, max_size=20), st.randoms(use_true_random=False), st.integers(1, 4))
def test_i17_order_of_rows_and_number_of_files_change_nothing(rows, random, files):
    table = drawn(rows)
    order = list(range(len(table)))
    random.shuffle(order)
    mixed = table.iloc[order]
    parts = {f"orders_{random.randrange(100)}_{n}.csv": as_csv(mixed.iloc[n::files]) for n in range(files)}
    found = []
    for content in (as_csv(table), parts):
        with tempfile.TemporaryDirectory() as place:
            more = 'key = ["order_id", "line_no"]\n' + OUT
            plan = company(Path(place), orders=content, more=more, plan=LOOSE)
            sources = read(plan, cut_off=dt.date(2025, 12, 31))
            aside = sources.quarantine[["column", "code", "raw"]].sort_values(["column", "code", "raw"])
            lined = sources.orders.to_pandas().astype(str)
            found.append((lined, sources.reconciliation, aside.reset_index(drop=True)))
    for left, right in zip(*found, strict=True):
        pd.testing.assert_frame_equal(left, right, check_exact=True)


def test_i18_a_bad_row_more_changes_only_the_quarantine(tmp_path):
    plain = read(company(tmp_path, orders=as_csv(lines(300))))
    more = read(company(tmp_path, orders=as_csv(lines(301, order_date={300: "never"}))))
    pd.testing.assert_frame_equal(accepted(plain), accepted(more))
    assert more.quarantine["row"].tolist() == [302]


def test_amounts_of_many_decimals_keep_their_total_and_later_rows_change_no_earlier_one(tmp_path):
    table = lines(60).assign(net_sales=[f"{n}.004" for n in range(60)])
    frame = accepted(read(company(tmp_path, orders=as_csv(table))))
    assert frame["net_sales_cents"].sum() == 177000 + 24
    cut = accepted(read(company(tmp_path, orders=as_csv(table), plan=LOOSE), cut_off=dt.date(2025, 6, 30)))
    pd.testing.assert_frame_equal(cut, frame.head(len(cut)))
    assert 0 < len(cut) < 60


def test_a_kept_reading_is_used_and_a_broken_one_is_made_again(tmp_path):
    plan = company(tmp_path, orders=as_csv(lines(60)))
    first = accepted(read(plan))
    (folder,) = (tmp_path / ".cache").iterdir()
    stamps = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    assert accepted(read(plan)).equals(first)
    assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} == stamps
    for place in sorted(folder.iterdir()):
        raw = place.read_bytes()
        place.write_bytes(raw[:-9] + b"!" + raw[-8:])
        assert accepted(read(plan)).equals(first)
        place.unlink()
        assert accepted(read(plan)).equals(first)
    assert [p.name for p in (tmp_path / ".cache").iterdir()] == [folder.name]


def test_a_changed_input_is_never_answered_from_what_was_kept(tmp_path):
    plan = company(tmp_path, orders=as_csv(lines(60)))
    read(plan)
    (tmp_path / "orders.csv").write_text(as_csv(lines(61)))
    assert len(accepted(read(plan))) == 61


def test_d44_a_file_that_changes_while_it_is_read_blocks(tmp_path, monkeypatch):
    plan = company(tmp_path, orders=as_csv(lines(60)))
    gather = reading.gather

    def slow(name: str, plan: config.Plan, **on):
        rows = gather(name, plan, **on)
        (tmp_path / "orders.csv").write_text(as_csv(lines(61)))
        return rows

    monkeypatch.setattr(reading, "gather", slow)
    with pytest.raises(DataError, match="changed while it was read"):
        read(plan)
    assert not (tmp_path / ".cache").exists()


def test_the_finding_says_what_came_in_in_both_languages(tmp_path):
    table = lines(300, order_date={3: "never"})
    sources = read(company(tmp_path, orders=as_csv(table.assign(colour="red"))))
    said = [
        data.say_reconciliation(sources.reconciliation, sources.quarantine, words=words(tongue), notes=sources.notes)
        for tongue in ("en", "zh")
    ]
    assert said[0].text.startswith("300 order lines worth ")
    assert "not a date (1)" in said[0].text
    assert "不是有效日期（1行）" in said[1].text
    assert [c.passed for c in said[0].checks] == [True, False, *[None] * len(sources.notes)]


PUT_TOGETHER = (
    """
files = { lines = "lines.csv", heads = "heads.csv" }
select = """
    + '"""'
    + """
    SELECT l.*, day AS order_date, who AS customer_id,
        CAST(price AS DECIMAL(18, 4)) * CAST(quantity AS INTEGER) * (1 - CAST("off rate" AS DECIMAL(9, 4))) AS net_sales
    FROM lines l JOIN heads h ON l.order_id = h.id
"""
    + '"""\nkey = ["order_id", "product_id"]\n'
)


def put_together(folder: Path, *, heads: str = "id,day,who\no1,2025-01-02,c1\no2,2025-02-02,c2\n") -> config.Plan:
    text = "order_id,product_id,category,region,customer_group,channel,quantity,price,off rate\n"
    text += "o1,p1,a,n,g,d,3,1.15,0.05\no1,p2,a,n,g,d,1,10,0\no2,p1,a,n,g,d,2,0.335,0\n"
    (folder / "heads.csv").write_text(heads)
    (folder / "lines.csv").write_text(text)
    plan = folder / "plan.toml"
    head = '[company]\nname = "small"\ntitle = "Small"\ncurrency = "CNY"\n[sources.orders]\n'
    plan.write_text(head + PUT_TOGETHER + LOOSE)
    return config.load(plan)


def test_files_put_together_by_a_select_give_exact_amounts(tmp_path):
    frame = accepted(read(put_together(tmp_path)))
    assert frame["customer_id"].tolist() == ["c1", "c1", "c2"]
    assert frame["net_sales_cents"].tolist() == [328, 1000, 67]
    listed = data.inputs(config.load(tmp_path / "plan.toml"))
    assert listed["path"].tolist() == ["heads.csv", "lines.csv"]


def test_d39_a_join_that_multiplies_rows_is_caught_by_the_key(tmp_path):
    heads = "id,day,who\no1,2025-01-02,c1\no1,2025-02-02,c2\no2,2025-02-02,c2\n"
    aside = read(put_together(tmp_path, heads=heads)).quarantine
    assert aside["code"].tolist() == ["conflicting_duplicate"] * 4


def test_a_select_that_cannot_run_says_what_the_engine_says(tmp_path):
    plan = put_together(tmp_path)
    plan.path.write_text(plan.path.read_text().replace("h.id", "h.idd"))
    with pytest.raises(DataError, match=r"sources\.orders\.select cannot be run.*idd"):
        read(config.load(plan.path))
    plan.path.write_text(plan.path.read_text().replace("FROM lines l", "FROM read_text('plan.toml') l"))
    with pytest.raises(DataError, match="cannot be run"):
        read(config.load(plan.path))


def adventure_works(folder: Path) -> config.Plan:
    if not (SHARED / "adventureworks" / "export").is_dir():
        pytest.skip("AdventureWorks is not beside the repository")
    names = {
        "order_id": "SalesOrderNumber", "line_no": "SalesOrderLineNumber", "order_date": "OrderDate",
        "customer_id": "CustomerCode", "product_id": "ProductAlternateKey", "category": "EnglishProductCategoryName",
        "region": "SalesTerritoryRegion", "channel": "Channel", "rep_id": "EmployeeKey", "quantity": "OrderQuantity",
        "net_sales": "SalesAmount", "list_price": "ListPrice", "discount": "DiscountAmount",
        "cost": "TotalProductCost", "promotion": "EnglishPromotionName",
    }  # fmt: skip
    mapped = "\n".join(f'{ours} = "{theirs}"' for ours, theirs in names.items())
    text = f"""
[company]
name = "aw"
title = "AdventureWorks"
currency = "USD"
[dimensions]
customer_group = false
[sources.orders]
path = "{SHARED / "adventureworks" / "export" / "sales.csv.gz"}"
key = ["order_id", "line_no"]
[sources.orders.columns]
{mapped}
"""
    (folder / "plan.toml").write_text(text)
    return config.load(folder / "plan.toml")


def test_adventureworks_reconciles_to_its_published_total(tmp_path):
    plan = adventure_works(tmp_path)
    sources = read(plan)
    (line,) = sources.reconciliation.to_dict("records")
    assert (line["rows_in"], line["rows_accepted"]) == (121_253, 121_253)
    assert (line["amount_in"], line["amount_accepted"]) == (109_809_274.20, 109_809_274.20)
    assert round(sources.orders.net_sales.sum().execute(), 2) == Decimal("109809274.20")
    cut = read(plan, cut_off=dt.date(2012, 12, 31)).reconciliation.iloc[0]
    assert cut["rows_in"] == 121_253
    assert cut["rows_accepted"] + cut["rows_after_cut_off"] == 121_253
    assert cents(cut["amount_accepted"]) + cents(cut["amount_after_cut_off"]) == 10_980_927_420


def test_a_second_reading_takes_no_second(tmp_path):
    plan = adventure_works(tmp_path)
    spent = []
    for _ in range(2):
        began = time.process_time()
        read(plan)
        spent.append(time.process_time() - began)
    assert spent[0] < 10
    assert spent[1] < 1


@pytest.mark.parametrize(("name", "now", "fell"), [("rows_in", 49.0, True), ("rows_in", 50.0, False)])
def test_d45_half_a_delivery_is_told_and_may_be_let_through(name, now, fell):
    line = {"source": "payments", "currency": "CNY", "rows_in": 100.0, "amount_in": 1000.0}
    before, after = pd.DataFrame([line]), pd.DataFrame([{**line, name: now}])
    told = data.check_fall(after, before, checks=config.Checks())
    assert bool(told) == fell
    assert data.check_fall(after, before, checks=config.Checks(may_fall=["payments"])) == []
    assert data.check_fall(after, before, checks=config.Checks(max_fall=0.6)) == []
    assert data.check_fall(after, None, checks=config.Checks()) == []
    if fell:
        assert "sources.payments: rows in 49.00 CNY against 100.00" in told[0]
        assert 'may_fall = ["payments"]' in told[0]
    assert data.check_fall(before, after, checks=config.Checks()) == []
    less_money = pd.DataFrame([{**line, "amount_in": 400.0}])
    assert "amount in 400.00 CNY against 1,000.00" in data.check_fall(less_money, before, checks=config.Checks())[0]


AIMS = "dimension,member,period,metric,target,set_on\n"


def with_targets(folder, rows: str, checks: str = "") -> data.Sources:
    """The sources of a company that sells in north and south, three categories, one group and one channel."""
    (folder / "targets.csv").write_text(AIMS + rows, encoding="utf-8")
    plan = f'[sources.targets]\npath = "targets.csv"\n[checks]\nstale_days = 9999\n{checks}'
    return read(company(folder, orders=as_csv(lines(60)), plan=plan))


def test_c52_targets_that_do_not_add_up_block_with_the_gap_and_what_reconciles_it(tmp_path):
    whole = "total,total,2025,net_sales,1000,\nregion,north,2025,net_sales,600,\nregion,south,2025,net_sales,{},\n"
    margin = "region,south,2025,margin_rate,0.3,\n"
    for south, checks in (("400", ""), ("404", ""), ("500", "max_target_gap = 0.1\n")):
        assert with_targets(tmp_path, whole.format(south) + margin, checks).frame("targets") is not None
    with pytest.raises(DataError) as caught:
        with_targets(tmp_path, whole.format("500"))
    assert "the targets of 2025 do not add up: total 1,000.00, by region 1,100.00 (+100.00; times 0.909091" in str(
        caught.value
    )
    again = whole.format("500") + "region,south,2025,net_sales,400,2025-01-05\n"
    assert len(with_targets(tmp_path, again).frame("targets")) == 4, "the target set last counts"


def test_c52_levels_are_held_against_one_another_where_there_is_no_total(tmp_path):
    rows = "region,north,2025,net_sales,600,\nregion,south,2025,net_sales,400,\nchannel,direct,2025,net_sales,{},\n"
    assert with_targets(tmp_path, rows.format("1000")).frame("targets") is not None
    with pytest.raises(DataError, match=r"region 1,000\.00, by channel 900\.00 \(-100\.00"):
        with_targets(tmp_path, rows.format("900"))


def test_c58_members_without_sales_and_members_without_a_target_are_told(tmp_path):
    rows = "total,total,2025,net_sales,1000,\nregion,nort,2025,net_sales,600,\nregion,north,2025,net_sales,1,\n"
    notes = with_targets(tmp_path, rows).notes
    assert ("orphan_targets", "targets", "region: nort (north?)") in notes
    assert ("untargeted", "targets", "region: south") in notes


def test_a_dimension_without_its_member_is_set_aside_and_one_of_no_plan_is_told(tmp_path):
    rows = "total,,2025,net_sales,1000,\ncategory,{},2025,net_sales,1000,\nArea,all,2025,net_sales,1,\n"
    found = with_targets(tmp_path, rows.format("kitchen"))
    assert ("unused_dimension", "targets", "Area: 1") in found.notes
    told = found.frame("targets")
    assert sorted(told["dimension"] + "/" + told["member"]) == ["Area/all", "product/kitchen", "total/total"]
    with pytest.raises(DataError, match=r"row 3, dimension: half_scope \(a dimension without"):
        with_targets(tmp_path, rows.format(""))
    with pytest.raises(DataError, match=r"row 2, member: half_scope \(.*\), found 'north'"):
        with_targets(tmp_path, ",north,2025,net_sales,1000,\n")


def test_a_quarter_before_the_first_order_is_refused_with_what_there_is(tmp_path):
    with pytest.raises(
        DataError, match="no row was accepted up to the cut-off 2024-09-30; the first order is of 2025-01-01"
    ):
        read(company(tmp_path, orders=as_csv(lines(60))), cut_off=dt.date(2024, 9, 30))


def test_amounts_of_many_decimals_add_up_to_the_cent_by_every_member_and_month(tmp_path):
    random = np.random.default_rng(5)
    exact = [f"{n:.6f}" for n in random.uniform(-5, 900, 3000)]
    table = lines(3000).assign(net_sales=exact, quantity=["-1" if n[0] == "-" else "1" for n in exact])
    plan = company(tmp_path, orders=as_csv(table), plan=LOOSE)
    calendar = FiscalCalendar()
    orders = read(plan).orders
    cube = facts.monthly_cube(orders, calendar=calendar)
    true = table.assign(cents=[100 * Decimal(n) for n in exact], period=table["order_date"].str[:7])
    assert (cube["net_sales_cents"] % 1 == 0).all()
    assert cube["net_sales_cents"].sum() == round(true["cents"].sum())
    for key, within in (("period", 1), ("region", 4), ("product", 6)):
        found = cube.groupby(key)["net_sales_cents"].sum()
        theirs = true.groupby("category" if key == "product" else key)["cents"].sum().astype("float64")
        assert (found - theirs).abs().max() <= within
    for end in (dt.date(2025, 3, 31), dt.date(2025, 8, 31)):
        earlier = facts.monthly_cube(read(plan, cut_off=end).orders, calendar=calendar)
        pd.testing.assert_frame_equal(earlier, cube[cube["period"] <= f"{end:%Y-%m}"])
