"""A workbook for somebody's own files: what they are is guessed, marked, and can be checked and run at once."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd
import pytest

from salesplan import chain, config, data
from salesplan.errors import ChainError, DataError
from tests.conftest import ROOT
from tests.data_cases import as_csv, lines

COMPANIES = ROOT / "tests" / "companies"
SHARED = ROOT.parent / "shared" / "data"
CHINESE = [
    "订单编号",
    "行号",
    "下单日期",
    "客户编号",
    "产品编码",
    "产品类别",
    "大区",
    "客户类型",
    "销售渠道",
    "数量",
    "销售额(万元)",
]
GERMAN_WAY = ["Order No", "Line", "Document Date", "Customer", "Item Number", "Product Group", "Area", "Segment"]
GERMAN_WAY += ["Sales Channel", "Qty", "Net Value"]


def founded(folder: Path, *files: Path) -> config.Plan:
    """The plan of a workbook made for these files."""
    chain.found_workbook(folder, files=files)
    return config.load(folder / "plan.toml")


def found(plan: config.Plan) -> data.Sources:
    return data.read(plan, cut_off=None, cache=plan.root / ".cache")


def written(place: Path, content: str, encoding: str = "utf-8") -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content.encode(encoding))
    return place


def test_without_files_the_plan_is_the_commented_template(tmp_path):
    plan = founded(tmp_path / "new")
    assert plan.file.sources["orders"].path == "data/orders.csv"
    assert "guess" not in plan.path.read_text(encoding="utf-8")
    with pytest.raises(ChainError, match="is there already; nothing was written"):
        chain.found_workbook(tmp_path / "new")


def test_a_chinese_office_is_understood_with_its_units_and_encodings(tmp_path):
    table = lines(240)
    halves = [written(tmp_path / f"订单{n}.csv", as_csv(table[n::2], header=CHINESE), "gb18030") for n in (0, 1)]
    targets = written(tmp_path / "目标.csv", "大区,期间,目标额\nnorth,2025,900\nsouth,2025,800\n")
    customers = tmp_path / "客户名单.xlsx"
    pd.DataFrame({"客户编号": table["customer_id"].unique(), "客户名称": "某公司"}).to_excel(customers, index=False)
    plan = founded(tmp_path / "计划", *halves, targets, customers)
    sources = found(plan)
    orders = sources.orders.to_pandas()
    assert len(orders) == 240
    assert orders["net_sales"].sum() == sum(map(pd.to_numeric, table["net_sales"])) * 10_000
    assert set(orders["region"]) == {"north", "south"}
    assert sources.frame("targets")["member"].tolist() == ["north", "south"]
    assert sources.frame("customers")["name"].eq("某公司").all()
    text = plan.path.read_text(encoding="utf-8")
    assert 'units.net_sales = "万元"  # guess: the header is 销售额(万元)' in text
    guessed = [line for line in text.splitlines() if line.partition(" = ")[0] in config.SOURCES["orders"].columns]
    assert len(guessed) >= 11
    assert all("# guess: " in line for line in guessed if not line.startswith("currency"))


def test_days_first_and_decimal_commas_are_found(tmp_path):
    table = lines(240)
    table["order_date"] = [f"{d[8:]}.{d[5:7]}.{d[:4]}" for d in table["order_date"]]
    table["net_sales"] = [f"{float(a):,.2f}".translate(str.maketrans(",.", ".,")) for a in table["net_sales"]]
    place = written(tmp_path / "sales.csv", as_csv(table, delimiter=";", header=GERMAN_WAY))
    plan = founded(tmp_path / "new", place)
    assert (plan.file.sources["orders"].dates, plan.file.sources["orders"].decimal) == ("%d.%m.%Y", ",")
    orders = found(plan).orders.to_pandas()
    assert round(float(orders["net_sales"].sum()), 2) == round(lines(240)["net_sales"].astype(float).sum(), 2)
    assert sorted(map(str, orders["order_date"].astype(str).str[:10])) == sorted(lines(240)["order_date"])


def test_what_nothing_resembles_is_said_and_dimensions_that_are_nowhere_are_switched_off(tmp_path):
    table = lines(60).drop(columns=["region", "channel", "net_sales"]).assign(x1="a")
    odd = written(tmp_path / "odd.csv", "alpha,beta\n1,2\n")
    plan = founded(tmp_path / "new", written(tmp_path / "orders.csv", as_csv(table)), odd)
    text = plan.path.read_text(encoding="utf-8")
    assert '# net_sales = "…"  # needed, and nothing looks like it. Not used yet: x1' in text
    assert "# guess: ../odd.csv is none of the sources; its columns are alpha, beta" in text
    assert plan.file.dimensions == {"region": False, "channel": False}
    with pytest.raises(DataError, match="there is no column 'net_sales'"):
        found(plan)


def test_files_that_are_not_there_or_cannot_be_read_leave_nothing_behind(tmp_path):
    with pytest.raises(ChainError, match="no such file; nothing was written"):
        chain.found_workbook(tmp_path / "new", files=[tmp_path / "none.csv"])
    with pytest.raises(DataError, match="is empty"):
        chain.found_workbook(tmp_path / "new", files=[written(tmp_path / "empty.csv", "")])
    assert not (tmp_path / "new").exists()


def test_the_guess_on_adventureworks_is_the_plan_that_was_written_by_hand(tmp_path):
    export = SHARED / "adventureworks" / "export"
    if not export.is_dir():
        pytest.skip("the adventureworks data do not lie beside this checkout")
    plan = founded(tmp_path / "new", *sorted(export.glob("*.csv.gz")))
    by_hand = tomllib.loads((COMPANIES / "adventureworks.toml").read_text(encoding="utf-8"))["sources"]
    for name, source in by_hand.items():
        guessed = plan.file.sources[name].columns
        assert {c: guessed.get(c) for c in source["columns"]} == source["columns"], name
    assert plan.file.sources["targets"].covers == "until_next"
    assert found(plan).reconciliation.query("source == 'orders'")["rows_accepted"].tolist() == [121_253]


def test_order_lines_over_two_files_are_told_to_be_joined(tmp_path):
    export = SHARED / "northwind"
    if not export.is_dir():
        pytest.skip("the northwind data do not lie beside this checkout")
    plan = founded(tmp_path / "new", export / "Orders.csv", export / "OrderDetails.csv", export / "Products.csv")
    text = plan.path.read_text(encoding="utf-8")
    assert "# files = { a = " in text
    assert "OrderDetails.csv" in text
    assert plan.file.sources["products"].columns["product_id"] == "ProductID"
