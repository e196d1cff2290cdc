"""Delivered files: encodings, delimiters, headers, kinds of file. Named by the cases of the reliability list."""

from __future__ import annotations

import gzip
import importlib
import io
import re
import sqlite3
import zipfile

import hypothesis
import hypothesis.strategies as st
import openpyxl
import pandas as pd
import pytest

from salesplan import config, data
from salesplan.data.heads import header_at
from salesplan.errors import DataError
from tests.data_cases import HEADER, accepted, as_csv, company, lines, read

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
LAX = "[checks]\nmax_quarantined_rows = 1.0\nmax_quarantined_amount = 1.0\n"
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
        read(company(tmp_path, orders=as_csv(lines(5)).encode() + b"\xff\xff\x81"))


def test_d01_a_file_in_two_encodings_blocks_with_a_row_of_each(tmp_path):
    half = chinese(lines(60)).splitlines(keepends=True)
    mixed = "".join(half[:31]).encode() + "".join(half[31:]).encode("gb18030")
    with pytest.raises(DataError, match=r"orders\.csv mixes encodings: row 1 is UTF-8 .*, row 32 is not"):
        read(company(tmp_path, orders=mixed, more=NAMED))
    with pytest.raises(DataError, match=r"orders\.csv is UTF-8 and not cp1252"):
        read(company(tmp_path, orders=chinese(lines(9)).encode(), more='encoding = "cp1252"\n' + NAMED))


def test_d01_western_europe_is_never_taken_for_chinese(tmp_path):
    cities = ["Köln", "München", "Orléans", "Málaga", "Århus", "Łódź".replace("Ł", "L").replace("ź", "z")]
    table = lines(60).assign(region=[cities[n % 6] for n in range(60)])
    raw = as_csv(table).encode("cp1252")
    with pytest.raises(DataError, match=r"not text in UTF-8.*cp1252 reads '.*Orléans|.*encoding = \"cp1252\""):
        read(company(tmp_path, orders=raw))
    for encoding in ("cp1252", "latin-1"):
        sources = read(company(tmp_path, orders=raw, more=f'encoding = "{encoding}"'))
        assert set(accepted(sources)["region"]) == set(cities)
        assert ("encoding", "orders", f"orders.csv: {encoding}") in sources.notes


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


def test_d32_a_closed_quote_may_hold_line_ends_and_a_stray_one_is_text(tmp_path):
    rows = as_csv(lines(60)).splitlines()

    def with_line(at: int, text: str) -> data.Sources:
        changed = [*rows[:at], rows[at].replace("shops", text), *rows[at + 1 :]]
        return read(company(tmp_path, orders="\n".join(changed)))

    groups = accepted(with_line(5, '"sh\n\nops, and ""more"""'))["customer_group"]
    assert len(groups) == 60
    assert "more" in "".join(set(groups))
    for stray in ('"shops', 'sh"ops', 'shops"', '"sh"ops', '"', '5" shops', '"a" "b"'):
        sources = with_line(5, stray)
        assert len(accepted(sources)) == 60, stray
        assert set(accepted(sources)["customer_group"]) == {"shops", stray}
        assert [n.text for n in sources.notes if n.kind == "stray_quotes"] in ([], ["1, orders.csv:6"])


def came_of(plan: config.Plan) -> str:
    """How many rows of the order lines came in; where they were refused, why."""
    try:
        return f"{read(plan).reconciliation['rows_in'].iloc[0]} rows"
    except DataError as refused:
        return str(refused)


@pytest.mark.parametrize("apart", [1, 2, 30])
def test_d32_two_stray_quotes_never_swallow_the_rows_between(tmp_path, apart):
    rows = as_csv(lines(60)).splitlines()
    for opened, closed in (('"5 inch', '"6 inch'), ('5" inch', '6" inch'), ('"5 inch', 'six"')):
        changed = list(rows)
        for at, text in ((5, opened), (5 + apart, closed)):
            changed[at] = changed[at].replace("shops", text)
        told = came_of(company(tmp_path, orders="\n".join(changed)))
        swallows = f"opens in line 6 and closes in line {6 + apart}"
        assert told == "60 rows" or (closed == 'six"' and swallows in told)


@hypothesis.given(st.data())
def test_d32_wherever_stray_quotes_stand_every_line_is_a_row_or_the_file_is_refused(tmp_path_factory, data):
    rows = as_csv(lines(30)).splitlines()
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(1, 30))
        place = data.draw(st.integers(0, len(rows[at])))
        rows[at] = rows[at][:place] + '"' + rows[at][place:]
    plan = company(tmp_path_factory.mktemp("q"), orders="\n".join(rows), plan=LAX)
    assert re.search("^30 rows$|looks like rows", came_of(plan))


def test_d05_a_line_that_says_the_delimiter_and_titles_above_the_header_are_known(tmp_path):
    text = as_csv(lines(60), delimiter=";")
    sources = read(company(tmp_path, orders="sep=;\r\n" + text))
    assert len(accepted(sources)) == 60
    titled = "Sales 2025;;;\nprinted on;2025-12-31\n\n" + text
    sources = read(company(tmp_path, orders=titled + "broken;line\n", plan=LAX))
    assert len(accepted(sources)) == 60
    assert ("title_rows", "orders", "orders.csv: 3") in sources.notes
    assert sources.quarantine["row"].tolist() == [65]


@pytest.mark.parametrize("name", ["orders.xlsx", "orders.parquet"])
def test_s93_a_file_that_is_not_what_it_is_called_blocks(tmp_path, name):
    with pytest.raises(DataError, match=rf"{name} is no \.\w+ file that can be read"):
        read(company(tmp_path, orders={name: b"PK\x03\x04 something else"}, path=name))


def workbook(path, sheets: dict[str, list[list[object]]], change=None) -> bytes:
    """The bytes of a workbook of these sheets; ``change`` alters it before it is saved."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if change:
        change(book)
    book.save(path)
    return path.read_bytes()


def rows_of(table: pd.DataFrame) -> list[list[object]]:
    return [list(table.columns), *table.to_numpy().tolist()]


def altered(content: bytes, part: str, change) -> bytes:
    """The same archive with one part of it changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return buffer.getvalue()


def test_rows_beyond_what_a_workbook_notes_of_its_size_are_read(tmp_path):
    whole = workbook(tmp_path / "w.xlsx", {"orders": rows_of(lines(60))})
    old = re.compile(rb'<dimension ref="[^"]+"')
    stale = altered(whole, "xl/worksheets/sheet1.xml", lambda raw: old.sub(b'<dimension ref="A1:F9"', raw))
    assert len(accepted(read(company(tmp_path, orders={"orders.xlsx": stale}, path="orders.xlsx")))) == 60


def test_a_sheet_a_month_is_read_as_one_or_refused_by_name(tmp_path):
    table = lines(60)
    months = {f"{m}月": rows_of(table.iloc[m * 5 - 5 : m * 5]) for m in range(1, 13)}
    content = {"orders.xlsx": workbook(tmp_path / "w.xlsx", {**months, "notes": [["a", "b"], ["1", "2"]]})}

    def asked(more: str) -> data.Sources:
        return read(company(tmp_path, orders=content, path="orders.xlsx", more=more))

    with pytest.raises(DataError, match=r'2月, .*12月 have the same header as the sheet 1月.*sheet = "\*"'):
        asked("")
    with pytest.raises(DataError, match="the sheets '1月' and 'notes' have different headers"):
        asked('sheet = "*"')
    for some in ('sheet = "*月"', f"sheet = {list(months)}"):
        assert len(accepted(asked(some))) == 60
    one = asked('sheet = "3月"')
    assert len(accepted(one)) == 5
    assert [n.text.count("月") for n in one.notes if n.kind == "sheets_left"] == [11]
    with pytest.raises(DataError, match="has no sheet '13月'"):
        asked('sheet = "13月"')


def test_d27_hidden_rows_and_sheets_are_told(tmp_path):
    def hide(book: openpyxl.Workbook) -> None:
        book["orders"].row_dimensions[7].hidden = book["orders"].row_dimensions[9].hidden = True
        book["old"].sheet_state = "veryHidden"

    content = workbook(tmp_path / "w.xlsx", {"orders": rows_of(lines(60)), "old": [["x"], ["1"]]}, hide)
    sources = read(company(tmp_path, orders={"orders.xlsx": content}, path="orders.xlsx"))
    assert len(accepted(sources)) == 60
    told = {n.kind: n.text for n in sources.notes}
    assert (told["hidden_rows"], told["hidden_sheets"]) == ("orders.xlsx, orders: 2", "orders.xlsx: old")


def test_d25_merged_names_count_for_each_of_their_rows_and_merged_numbers_once(tmp_path):
    table = lines(6).assign(region="north", net_sales=["5", "", "6", "7", "8", "9"])
    grid = rows_of(table)
    for row in grid[2:]:
        row[6] = ""

    def merge(book: openpyxl.Workbook) -> None:
        book["orders"].merge_cells("G2:G7")
        book["orders"].merge_cells("K2:K3")

    content = workbook(tmp_path / "w.xlsx", {"orders": [["Sales"], [], *grid]}, None)
    content = workbook(tmp_path / "w.xlsx", {"orders": grid}, merge)
    sources = read(company(tmp_path, orders={"orders.xlsx": content}, path="orders.xlsx", plan=LAX))
    assert set(accepted(sources)["region"]) == {"north"}
    assert sources.quarantine["code"].tolist() == ["missing_value"]


def test_s96_an_archive_that_would_burst_is_refused_before_it_is_unpacked(tmp_path):
    content = workbook(tmp_path / "w.xlsx", {"orders": rows_of(lines(60))})
    bomb = altered(content, "xl/worksheets/sheet1.xml", lambda raw: raw + b" " * (200 << 20))
    with pytest.raises(DataError, match="no workbook that can be read: a part of it is packed far tighter"):
        read(company(tmp_path, orders={"orders.xlsx": bomb}, path="orders.xlsx"))


def test_a_workbook_of_the_old_kind_is_read(tmp_path):
    xlwt = importlib.import_module("xlwt")
    book = xlwt.Workbook()
    sheet = book.add_sheet("orders")
    for at, row in enumerate(rows_of(lines(60))):
        for n, cell in enumerate(row):
            sheet.write(at, n, float(cell) if at and n in (9, 10) else cell)
    book.save(str(tmp_path / "orders.xls"))
    plan = company(tmp_path, orders={"orders.xls": (tmp_path / "orders.xls").read_bytes()}, path="orders.xls")
    assert len(accepted(read(plan))) == 60
    with pytest.raises(DataError, match=r"orders\.xls is no \.xls file that can be read"):
        read(company(tmp_path, orders={"orders.xls": b"\xd0\xcf\x11\xe0 cut off"}, path="orders.xls"))


def test_a_header_that_is_whole_only_further_down_swallows_no_rows():
    whole = ["day", "client", "item", "amount"]
    rows = [["day", "client", "item", "sum"], ["2025-01-01", "C1", "P1", "5"], whole, ["2025-01-02", "C2", "P1", "6"]]
    assert header_at(rows, set(whole)) == 0
    titled = [["client", "4711", "day", "today"], ["day", "2025", "", ""], whole, *rows[1:2] * 6]
    assert header_at(titled, set(whole)) == 2
    wide = [["item", "client", "", "", "", "", "", ""], [*whole, "a", "b", "c", "d"], *[list("12345678")] * 6]
    assert header_at(wide, set(whole)) == 1
