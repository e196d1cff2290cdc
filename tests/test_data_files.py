"""Delivered files: encodings, delimiters, headers, kinds of file. Named by the cases of the reliability list."""

from __future__ import annotations

import gzip
import io
import sqlite3

import pandas as pd
import pytest

from salesplan import config, data
from salesplan.errors import DataError
from tests.data_cases import HEADER, accepted, as_csv, company, lines, read

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
NAMED = "[sources.orders.columns]\nregion = '地区'\n"


def chinese(table: pd.DataFrame) -> str:
    header = ["地区" if c == "region" else c for c in table.columns]
    return as_csv(table.assign(region=table["region"].map({"north": "华北", "south": "华南"})), header=header)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_d01_every_encoding_gives_the_same_rows(tmp_path, encoding):
    sources = read(company(tmp_path, orders=chinese(lines(60)).encode(encoding), more=NAMED))
    frame = accepted(sources)
    assert len(frame) == 60
    assert set(frame["region"]) == {"华北", "华南"}
    told = [note.text for note in sources.notes if note.kind == "encoding"]
    assert told == ([] if encoding.startswith("utf-8") else [f"orders.csv: {encoding.replace('gbk', 'gb18030')}"])


def test_d01_bytes_in_no_encoding_block(tmp_path):
    with pytest.raises(DataError, match=r"orders\.csv is not text.*Save it as UTF-8"):
        read(company(tmp_path, orders=chinese(lines(5)).encode() + b"\xff\xff\x81"))


def test_d02_a_mark_or_two_are_taken_off(tmp_path):
    sources = read(company(tmp_path, orders=b"\xef\xbb\xbf\xef\xbb\xbf" + as_csv(lines(60)).encode()))
    assert accepted(sources)["order_id"].min() == "O00000"


def test_d03_utf16_without_mark_blocks_with_the_remedy(tmp_path):
    raw = as_csv(lines(60)).encode("utf-16-le")
    with pytest.raises(DataError, match=r'UTF-16 without its mark.*encoding = "utf-16"'):
        read(company(tmp_path, orders=raw))
    assert len(accepted(read(company(tmp_path, orders=raw, more='encoding = "utf-16"')))) == 60


def test_d04_a_header_misread_blocks_and_is_never_an_unknown_column(tmp_path):
    garbled = chinese(lines(60)).encode("utf-8").decode("gb18030", "replace")
    with pytest.raises(DataError, match="there is no column '地区' for region"):
        read(company(tmp_path, orders=garbled, more=NAMED + "\n"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_d05_the_delimiter_is_found(tmp_path, delimiter):
    assert len(accepted(read(company(tmp_path, orders=as_csv(lines(60), delimiter=delimiter))))) == 60


def test_d05_another_delimiter_blocks(tmp_path):
    with pytest.raises(DataError, match="there is no column 'order_id'"):
        read(company(tmp_path, orders=as_csv(lines(60), delimiter="~")))


def test_d17_one_file_under_two_names_blocks(tmp_path):
    text = as_csv(lines(60))
    with pytest.raises(DataError, match=r"orders_b\.csv holds the same bytes as orders_a\.csv"):
        read(company(tmp_path, orders={"orders_a.csv": text, "orders_b.csv": text}))


def test_d17_packed_and_unpacked_are_the_same_file(tmp_path):
    text = as_csv(lines(60))
    with pytest.raises(DataError, match="the same bytes"):
        read(company(tmp_path, orders={"orders_a.csv": text, "orders_b.csv.gz": gzip.compress(text.encode())}))


def test_d30_reordered_columns_are_as_good_and_extra_ones_are_told(tmp_path):
    table = lines(60)
    plain = accepted(read(company(tmp_path, orders=as_csv(table))))
    other = table[HEADER[::-1]].assign(colour="red")
    sources = read(company(tmp_path, orders=as_csv(other)))
    pd.testing.assert_frame_equal(accepted(sources), plain)
    assert ("extra_columns", "orders", "orders.csv: colour") in sources.notes


def test_d30_a_column_twice_blocks(tmp_path):
    header = [c if c != "channel" else "region" for c in HEADER]
    with pytest.raises(DataError, match=r"orders\.csv, row 1: the column 'region' stands twice"):
        read(company(tmp_path, orders=as_csv(lines(60), header=header)))


def test_d30_a_renamed_column_blocks_and_names_the_nearest(tmp_path):
    header = [c if c != "net_sales" else "net_sale" for c in HEADER]
    with pytest.raises(DataError, match=r"no column 'net_sales' for net_sales\. Did you mean 'net_sale'") as caught:
        read(company(tmp_path, orders=as_csv(lines(60), header=header)))
    assert caught.value.places == (("orders.csv", 1, "net_sales", "net_sales"),)


def test_d31_a_trailing_delimiter_on_every_row_blocks(tmp_path):
    first, *rest = as_csv(lines(60)).splitlines()
    with pytest.raises(DataError, match="most lines do not have the 11 fields"):
        read(company(tmp_path, orders="\n".join([first, *(row + "," for row in rest)])))


def test_d32_a_ragged_line_is_set_aside_with_its_row(tmp_path):
    rows = as_csv(lines(300)).splitlines()
    rows.insert(3, "")
    rows[5] += ",more"
    sources = read(company(tmp_path, orders="\n".join(rows)))
    assert sources.quarantine[["file", "row", "code"]].values.tolist() == [["orders.csv", 6, "wrong_field_count"]]
    assert sources.reconciliation[["rows_in", "rows_accepted"]].values.tolist() == [[300, 299]]


@pytest.mark.parametrize("content", [b"", b"\n\n", as_csv(lines(0)).encode()])
def test_d40_nothing_delivered_blocks(tmp_path, content):
    with pytest.raises(DataError, match=r"orders\.csv.*(is empty|no rows below the header)"):
        read(company(tmp_path, orders=content))


def test_d40_only_a_total_blocks(tmp_path):
    table = lines(1)
    table.loc[0, ["order_id", "order_date", "net_sales"]] = ["合计", "", "0"]
    with pytest.raises(DataError, match="no row was accepted"):
        read(
            company(
                tmp_path, orders=as_csv(table), plan="[checks]\nmax_quarantined_rows = 1\nmax_quarantined_amount = 1"
            )
        )


def test_missing_file_and_unknown_kind_are_named(tmp_path):
    with pytest.raises(DataError, match=r"nothing\.csv names no file"):
        read(company(tmp_path, orders="x", path="nothing.csv"))
    with pytest.raises(DataError, match=r"orders\.pkl is of a kind that is not read"):
        read(company(tmp_path, orders={"orders.pkl": b"x"}, path="orders.pkl"))


def test_i19_csv_workbook_parquet_and_databases_give_the_same_rows(tmp_path, monkeypatch):
    table = lines(80)
    plain = accepted(read(company(tmp_path, orders=as_csv(table))))
    typed = table.assign(
        quantity=table["quantity"].astype(int),
        net_sales=table["net_sales"].astype(float),
        order_date=pd.to_datetime(table["order_date"]),
    )
    for name, writer in {"orders.xlsx": typed.to_excel, "orders.parquet": typed.to_parquet}.items():
        stream = io.BytesIO()
        writer(stream, index=False)
        found = read(company(tmp_path, orders={name: stream.getvalue()}, path=name))
        pd.testing.assert_frame_equal(accepted(found), plain)
    place = tmp_path / "sales.db"
    with sqlite3.connect(place) as connection:
        table.to_sql("lines", connection, index=False)
    connection.close()
    monkeypatch.setenv("SMALL_URL", f"sqlite:///{place}")
    text = (
        (tmp_path / "plan.toml")
        .read_text()
        .replace('path = "orders.parquet"', 'url_env = "SMALL_URL"\ntable = "lines"')
    )
    (tmp_path / "plan.toml").write_text(text)
    plan = config.load(tmp_path / "plan.toml")
    pd.testing.assert_frame_equal(accepted(read(plan)), plain)
    assert data.inputs(plan)["path"].tolist() == ["SMALL_URL.lines"]


def test_c61_an_unset_database_is_named_without_its_value(tmp_path, monkeypatch):
    plan = company(tmp_path, orders="x", path="orders.csv")
    text = plan.path.read_text().replace('path = "orders.csv"', 'url_env = "SMALL_URL"\ntable = "lines"')
    plan.path.write_text(text)
    monkeypatch.delenv("SMALL_URL", raising=False)
    with pytest.raises(DataError, match="SMALL_URL is not set"):
        read(config.load(plan.path))
    monkeypatch.setenv("SMALL_URL", "sqlite:////nowhere/S3cr3tCanary.db")
    with pytest.raises(DataError, match=r"SMALL_URL \(sqlite\) cannot be read") as caught:
        read(config.load(plan.path))
    assert "S3cr3t" not in str(caught.value)


def test_inputs_list_every_file_once_in_order(tmp_path):
    plan = company(tmp_path, orders={"orders_b.csv": as_csv(lines(3)), "orders_a.csv": as_csv(lines(4))})
    table = data.inputs(plan)
    assert list(table.columns) == ["source", "path", "file", "bytes", "sha256"]
    assert table["path"].tolist() == ["orders_a.csv", "orders_b.csv"]
    assert table["sha256"].str.len().eq(64).all()


def test_d32_an_open_quote_blocks_and_a_closed_one_with_a_line_break_does_not(tmp_path):
    rows = as_csv(lines(60)).splitlines()
    whole = [*rows[:5], rows[5].replace("shops", '"sh\nops"'), *rows[6:]]
    assert (
        "sh" in accepted(read(company(tmp_path, orders="\n".join(whole))))["customer_group"].iloc[4:60].str[:2].tolist()
    )
    open_quote = [*rows[:5], rows[5].replace("shops", '"shops'), *rows[6:]]
    with pytest.raises(DataError, match="opened and not closed"):
        read(company(tmp_path, orders="\n".join(open_quote)))
    inches = [*rows[:5], rows[5].replace("shops", '5" shops'), *rows[6:]]
    assert len(accepted(read(company(tmp_path, orders="\n".join(inches))))) == 60


@pytest.mark.parametrize("name", ["orders.xlsx", "orders.parquet"])
def test_a_file_that_is_not_what_it_is_called_blocks(tmp_path, name):
    with pytest.raises(DataError, match=rf"{name} is no \.\w+ file that can be read"):
        read(company(tmp_path, orders={name: b"PK\x03\x04 something else"}, path=name))
