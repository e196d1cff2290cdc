"""What only happens in workbooks: formulas, errors, numbers as text, heads of two rows, macros, the end of a sheet."""

from __future__ import annotations

import io
import re
import zipfile

import openpyxl
import pytest

from salesplan import chain, data
from salesplan.errors import DataError
from tests.data_cases import HEADER, accepted, as_csv, company, lines, read

LAX = "[checks]\nmax_quarantined_rows = 1.0\nmax_quarantined_amount = 1.0\n"


def workbook(grid: list[list[object]], **sheets: list[list[object]]) -> bytes:
    """An .xlsx with these cells in its first sheet."""
    book, held = openpyxl.Workbook(), io.BytesIO()
    for name, cells in {"orders": grid, **sheets}.items():
        sheet = book.active if name == "orders" else book.create_sheet(name)
        sheet.title = name
        for row in cells:
            sheet.append(row)
    book.save(held)
    return held.getvalue()


def grid(count: int = 60) -> list[list[object]]:
    table = lines(count)
    return [list(table.columns), *table.to_numpy().tolist()]


def company_of(folder, content: bytes, *, more: str = "", plan: str = ""):
    return company(folder, orders={"orders.xlsx": content}, path="orders.xlsx", more=more, plan=plan)


def test_d24_a_head_of_two_rows_is_read_where_the_plan_says_so(tmp_path):
    cells = grid()
    cells[3][10] = "?"
    head = [["Order", "", "", "Customer", "Product", "", "Where", "", "", "Sold", ""], cells[0], *cells[1:]]
    names = {column: f"{group}/{column}" for group, column in zip(_carried(head[0]), HEADER, strict=True)}
    columns = "".join(f'{ours} = "{theirs}"\n' for ours, theirs in names.items())
    more = f"header_rows = 2\n[sources.orders.columns]\n{columns}"
    for name, content in (("orders.xlsx", workbook(head)), ("orders.csv", "\n".join(",".join(row) for row in head))):
        sources = read(company(tmp_path / name, orders={name: content}, path=name, more=more, plan=LAX))
        assert len(accepted(sources)) == 59
        assert sources.quarantine["row"].tolist() == [5]


def _carried(row: list[str]) -> list[str]:
    return [next(cell for cell in reversed(row[: n + 1]) if cell) for n in range(len(row))]


def test_d28_a_formula_nobody_computed_and_an_error_are_set_aside_and_never_nothing(tmp_path):
    cells = grid()
    cells[3][10], cells[5][10], cells[7][10] = "=1+1", "#N/A", "#REF!"
    sources = read(company_of(tmp_path, workbook(cells), plan=LAX))
    assert sources.quarantine["row"].tolist() == [4, 6, 8]
    assert set(sources.quarantine["column"]) == {"net_sales"}
    assert len(accepted(sources)) == 57


def test_d29_numbers_stored_as_text_and_text_that_is_a_number_are_read_alike(tmp_path):
    as_text, as_numbers = grid(), grid()
    for row in as_numbers[1:]:
        row[9], row[10] = float(row[9]), float(row[10])
    first = accepted(read(company_of(tmp_path / "text", workbook(as_text))))
    assert accepted(read(company_of(tmp_path / "numbers", workbook(as_numbers)))).equals(first)


def test_d33_signs_nobody_sees_are_taken_out_of_names(tmp_path):
    table = lines(60).assign(region=["no\u202erth" if n % 2 else "\u200bsou\x07th\u2066" for n in range(60)])
    assert set(accepted(read(company(tmp_path, orders=as_csv(table))))["region"]) == {"north", "south"}


def test_d09_a_comma_is_a_decimal_only_where_the_plan_says_so(tmp_path):
    table = lines(60)
    table["net_sales"] = [f"1.234,{n:02d}" for n in range(60)]
    with pytest.raises(DataError, match=r"net_sales: bad_number \(not a number\), found '1\.234,00'"):
        read(company(tmp_path / "not", orders=as_csv(table, delimiter=";")))
    said = read(company(tmp_path / "said", orders=as_csv(table, delimiter=";"), more='decimal = ","\n'))
    assert float(said.reconciliation["amount_accepted"].sum()) == pytest.approx(60 * 1234 + sum(range(60)) / 100)


def test_d43_a_file_that_ends_where_a_sheet_does_is_refused(tmp_path):
    table = lines(65_536)
    with pytest.raises(DataError, match=r"orders\.csv ends at row 65,536, the last one that a sheet can have"):
        read(company(tmp_path / "cut", orders=as_csv(table.iloc[:65_535])))
    assert len(accepted(read(company(tmp_path / "whole", orders=as_csv(table))))) == 65_536


def test_s97_a_workbook_with_macros_is_refused_and_links_elsewhere_lead_nowhere(tmp_path):
    with pytest.raises(DataError, match=r"\.xlsm"):
        read(company(tmp_path / "macros", orders={"orders.xlsm": workbook(grid())}, path="orders.xlsm"))
    held = io.BytesIO()
    link = '<?xml version="1.0"?><externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    with zipfile.ZipFile(io.BytesIO(workbook(grid()))) as old, zipfile.ZipFile(held, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("xl/externalLinks/externalLink1.xml", link)
    assert len(accepted(read(company_of(tmp_path / "links", held.getvalue())))) == 60


@pytest.mark.parametrize("name", ["junk.xlsx", "junk.xls", "junk.parquet"])
@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02 junk", b"PK\x03\x04broken", b"a,b\n1,2\n", b"<table><tr></tr></table>"]
)
def test_init_says_of_a_file_that_is_not_what_it_is_called(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"{name} is no .* file that can be read|{name} is no workbook"):
        data.guessed([tmp_path / name])


def test_numbers_that_may_be_thousands_or_three_decimals_stop_the_source(tmp_path):
    table = lines(60).assign(net_sales=[f"{n + 100},500" for n in range(60)])
    text = as_csv(table, delimiter=";")
    with pytest.raises(
        DataError, match=r"net_sales: '1\d\d,500' may be 1\d\d500 or 1\d\d\.500\. Write decimal = \",\""
    ):
        read(company(tmp_path / "unsaid", orders=text))
    for mark, total in (
        (",", sum(n + 100.5 for n in range(60))),
        (".", sum(1000 * (n + 100) + 500 for n in range(60))),
    ):
        sources = read(company(tmp_path / str(total), orders=text, more=f'decimal = "{mark}"\n'))
        assert float(sources.reconciliation["amount_accepted"].sum()) == pytest.approx(total)
    table.loc[5, "net_sales"] = "950"
    assert len(accepted(read(company(tmp_path / "mixed", orders=as_csv(table, delimiter=";"))))) == 60


def test_init_reads_signs_of_money_and_leaves_units_taxes_and_percentages_alone(tmp_path):
    head = (
        "Order No,Date,Customer No,SKU,Qty,Unit Price Excl. VAT,Line Discount %,Line Amount Excl. VAT,Shipping Price\n"
    )
    rows = "1,2025-01-31,C1,S1,2,$6.00,5,$11.40,$3.00\n2,2025-02-28,C2,S2,1,$7.00,0,$7.00,$3.00\n"
    (tmp_path / "sales.csv").write_text(head + rows)
    (guess,) = data.guessed([tmp_path / "sales.csv"])
    assert guess.columns["net_sales"].header == "Line Amount Excl. VAT"
    assert "discount" not in guess.columns
    plan = chain.found_workbook(tmp_path / "w", files=[tmp_path / "sales.csv"])[0]
    assert 'currency = "USD"  # guess: the amounts' in plan.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("orders.csv", b"PK\x03\x04...", "is no .csv file but a workbook or another archive"),
        ("orders.txt", b"SQLite format 3\x00", "is no .txt file but an SQLite database"),
        ("orders.csv", b"\xd0\xcf\x11\xe0....", "is no .csv file but a workbook of the old kind"),
        ("orders.sqlite", b"SQLite format 3\x00", "is a database. Put its URL"),
        ("orders.pdf", b"%PDF-1.7", "is of a kind that is not read"),
    ],
)
def test_s93_a_file_is_known_by_its_first_bytes_too(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=re.escape(said)):
        data.guessed([tmp_path / name])
    with pytest.raises(DataError, match=re.escape(said)):
        read(company(tmp_path, orders={name: content}, path=name))
