"""Sources beside the order lines: typed frames, cut at the cut-off, joined dimensions, declared exclusions."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from salesplan import config, schemas
from salesplan.errors import DataError
from tests.conftest import ROOT
from tests.data_cases import as_csv, company, lines, read

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
END = dt.date(2025, 12, 31)
SHARED = ROOT.parent / "shared" / "data"


def with_source(folder, name: str, text: str, *, more: str = "", **keywords: str) -> config.Plan:
    (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    loose = "[checks]\nmax_quarantined_rows = 1\nmax_quarantined_amount = 1\n"
    plan = f'[sources.{name}]\npath = "{name}.csv"\n{more}\n{loose}'
    return company(folder, orders=as_csv(lines(400)), plan=plan, **keywords)


def test_a_source_that_was_not_delivered_is_none_and_an_unknown_one_is_refused(tmp_path):
    sources = read(company(tmp_path, orders=as_csv(lines(60))))
    assert sources.frame("payments") is None
    with pytest.raises(KeyError):
        sources.frame("payment")


def test_frames_are_typed_and_money_is_whole_cents(tmp_path):
    text = "payment_id,customer_id,payment_date,amount\np1,001,2025-03-01,12.50\np2,NA,2025-03-02,-3\n"
    frame = read(with_source(tmp_path, "payments", text)).frame("payments")
    assert frame is not None
    names = ["payment_id", "payment_date", "customer_id", "amount_cents", "order_id", "invoice_id"]
    assert list(frame.columns) == names
    assert frame["amount_cents"].tolist() == [1250, -300]
    assert frame["amount_cents"].dtype == "int64"
    assert frame["payment_date"].dtype == "datetime64[ns]"
    assert frame["customer_id"].tolist() == ["001", "NA"]
    assert frame["invoice_id"].isna().all()


def test_optional_money_that_is_blank_stays_missing(tmp_path):
    text = "product_id,name,list_price\np1,One,3.5\np2,Two,\n"
    frame = read(with_source(tmp_path, "products", text)).frame("products")
    assert frame is not None
    assert frame["list_price_cents"].isna().tolist() == [False, True]
    assert frame["cost_cents"].isna().all()


def test_d40_a_header_without_rows_blocks_in_every_source(tmp_path):
    with pytest.raises(DataError, match=r"sources\.payments: payments\.csv: there are no rows below the header"):
        read(with_source(tmp_path, "payments", "payment_id,customer_id,payment_date,amount\n"))


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("payments", "customer_id,payment_date,amount\na,2025-12-31,1\nb,2026-01-01,2\n", 1),
        ("expenses", "period,kind,amount\n2025-12,ads,1\n2026-01,ads,2\n2025Q4,ads,4\n2026,ads,3\n", 2),
        ("market", "period,market_size,published_on\n2024,1,2025-05-01\n2025,2,2026-05-01\n2023,3,\n", 2),
        ("market", "period,market_size\n2024,1\n2026,2\n", 1),
        ("targets", "dimension,member,period,metric,target\ntotal,total,2026,net_sales,9\n", 1),
    ],
)
def test_every_source_ends_at_the_cut_off(tmp_path, name, text, kept):
    sources = read(with_source(tmp_path, name, text), cut_off=END)
    line = sources.reconciliation.set_index("source").loc[name]
    assert len(sources.frame(name)) == line["rows_accepted"] == kept
    assert line["rows_after_cut_off"] == line["rows_excluded"] == text.count("\n") - 1 - kept
    assert sources.quarantine.empty


def test_a_period_the_calendar_does_not_have_is_set_aside(tmp_path):
    sources = read(with_source(tmp_path, "expenses", "period,item,amount\n2025-13,ads,1\n2025-12,ads,1\n"), cut_off=END)
    assert sources.quarantine[["source", "row", "column", "code", "raw"]].values.tolist() == [
        ["expenses", 2, "period", "bad_period", "2025-13"]
    ]


def test_d16_two_accounts_of_one_customer_are_both_set_aside(tmp_path):
    text = "customer_id,name\nc1,One\nc2,Two\nc1,Uno\nc2,Two\n"
    sources = read(with_source(tmp_path, "customers", text))
    assert sources.quarantine[["row", "code"]].values.tolist() == [
        [2, "conflicting_duplicate"],
        [4, "conflicting_duplicate"],
        [5, "duplicate"],
    ]
    assert sources.frame("customers")["customer_id"].tolist() == ["c2"]


def test_dimensions_come_from_customers_and_products_where_orders_have_none(tmp_path):
    table = lines(400)
    customers = pd.DataFrame({"customer_id": [f"C{n:03d}" for n in range(16)], "customer_group": "shops"})
    customers.loc[3, "customer_group"] = ""
    (tmp_path / "customers.csv").write_text(as_csv(customers))
    (tmp_path / "products.csv").write_text("product_id,category\n" + "".join(f"P{n},kind {n % 2}\n" for n in range(5)))
    plan = '[sources.customers]\npath = "customers.csv"\n[sources.products]\npath = "products.csv"\n'
    text = as_csv(table.drop(columns=["customer_group", "category"]))
    found = read(company(tmp_path, orders=text, plan=plan)).orders.to_pandas()
    unknown = found["customer_id"].isin(["C003", "C016"])
    assert (found["customer_group"] == "unassigned").equals(unknown)
    assert (found["product"] == "kind " + (found["product_id"].str[1:].astype(int) % 2).astype(str)).all()


def test_targets_dated_by_their_start_last_until_the_next(tmp_path):
    text = "dimension,member,start,metric,target\n"
    text += "".join(
        f"rep,{m},{d},net_sales,10\n" for m, d in [("a", "2025-01-01"), ("b", "2025-04-01"), ("a", "2025-06-30")]
    )
    frame = read(with_source(tmp_path, "targets", text, more='covers = "until_next"')).frame("targets")
    assert frame.sort_values("start")["end"].dt.strftime("%Y-%m-%d").tolist() == [
        "2025-06-29",
        "2025-06-29",
        "2025-12-26",
    ]


def test_values_and_constants_translate_codes(tmp_path):
    more = '[sources.orders.constants]\norder_type = "sale"\n'
    more += '[sources.orders.values]\nregion = { north = "N", south = "S" }\n'
    found = read(company(tmp_path, orders=as_csv(lines(60)), more=more)).orders.to_pandas()
    assert set(found["region"]) == {"N", "S"}
    assert set(found["order_type"]) == {"sale"}


def test_declared_rows_are_excluded_by_our_column_or_theirs(tmp_path):
    table = lines(60).assign(memo=["own use" if n < 5 else "" for n in range(60)])
    rule = '[[sources.orders.exclude]]\ncolumn = "{}"\nvalues = ["{}"]\nreason = "no sale"\n'
    for column, code, out in (("memo", "own use", 5), ("region", "north", 30)):
        line = read(company(tmp_path, orders=as_csv(table), more=rule.format(column, code))).reconciliation.iloc[0]
        assert (line["rows_excluded"], line["rows_after_cut_off"]) == (out, 0)
    with pytest.raises(DataError, match=r"there is no column 'memos'.*Did you mean 'memo'"):
        read(company(tmp_path, orders=as_csv(table), more=rule.format("memos", "x")))


def test_what_is_published_follows_the_contract(tmp_path):
    sources = read(company(tmp_path, orders=as_csv(lines(300, net_sales={4: "x"}))))
    assert schemas.problems("data/reconciliation", sources.reconciliation) == []
    assert schemas.problems("data/quarantine", sources.quarantine) == []
