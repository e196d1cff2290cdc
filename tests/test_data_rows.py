"""What becomes of a row: accepted, set aside with its reason, or excluded. Named by the cases of the list."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import openpyxl
import pandas as pd
import pytest

from salesplan import data
from salesplan.data.text import tidy
from salesplan.data.values import best_reading, currencies_of, day_of, number_of, period_of
from salesplan.errors import DataError
from tests.data_cases import accepted, as_csv, company, lines, read

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
LOOSE = "[checks]\nmax_quarantined_rows = 1\nmax_quarantined_amount = 1\n"
DAY = dt.date(2025, 3, 1)


def outcome(folder, table: pd.DataFrame, **keywords):
    """The sources, and what was set aside as (row, column, code, raw)."""
    cut_off = keywords.pop("cut_off", None)
    keywords.setdefault("plan", LOOSE)
    sources = read(company(folder, orders=as_csv(table), **keywords), cut_off=cut_off)
    return sources, sources.quarantine[["row", "column", "code", "raw"]].values.tolist()


@pytest.mark.parametrize(
    ("text", "unit", "found"),
    [
        ("1,234.56", None, "1234.56"),
        ("¥1,234.50", None, "1234.5"),
        ("￥12", None, "12"),
        ("12元", None, "12"),
        ("1.2万", "元", "12000"),
        ("1.2", "万元", "12000"),
        ("0.5亿", "万元", "50000000"),
        ("1.2万", None, "12000"),
        ("50万", None, "500000"),
        ("（1,234）", None, "-1234"),
        ("11,50万元", None, None),
        ("1.234,56 €", None, None),
        ("12%", None, None),
        ("1,23.4", None, None),
        ("$5", None, None),
    ],
)
def test_d06_separators_symbols_and_units_of_money(text, unit, found):
    value, code = number_of(tidy(text), unit=unit)
    assert value == (None if found is None else Decimal(found))
    assert bool(code and code != "fixed") == (found is None)


@pytest.mark.parametrize("text", ["1.234,56 €", "€ 1.234,56", "1.234,56€", "1.234,56 EUR", "EUR 1 234,56"])
def test_d06_the_sign_of_the_plans_currency_may_stand_on_either_side(text):
    assert number_of(tidy(text), decimal=",", currency="EUR")[0] == Decimal("1234.56")
    assert number_of(tidy(f"-{text}"), decimal=",", currency="EUR")[0] == Decimal("-1234.56")
    assert number_of(tidy(text), decimal=",", currency="USD")[0] is None
    assert currencies_of(text) == {"EUR"}


@pytest.mark.parametrize(
    ("text", "codes"),
    [("¥50万", {"CNY", "JPY"}), ("(US$ 1,234)", {"USD"}), ("12元", set()), ("1,234.5", set()), ("CHF 12", set())],
)
def test_the_currency_that_an_amount_bears(text, codes):
    assert currencies_of(text) == codes


def test_d06_per_cent_is_a_share_and_a_unit_in_the_header_needs_a_declaration(tmp_path):
    assert number_of("12.5%", kind="share")[0] == Decimal("0.125")
    more = "[sources.orders.columns]\nnet_sales = '销售额(万元)'\n"
    text = as_csv(lines(40).rename(columns={"net_sales": "销售额(万元)"}))
    with pytest.raises(DataError, match="speaks of another unit"):
        read(company(tmp_path, orders=text, more=more))
    more += "[sources.orders.units]\nnet_sales = '万元'\n"
    found = accepted(read(company(tmp_path, orders=text, more=more)))
    plain = accepted(read(company(tmp_path, orders=as_csv(lines(40)))))
    assert found["net_sales_cents"].sum() == 10_000 * plain["net_sales_cents"].sum()


@pytest.mark.parametrize("text", ["(12.50)", "−12.50", "-12.50", "12.50-", "-¥12.50", "¥-12.50", "(¥12.50)"])
def test_d07_negatives_in_every_dress(text):
    assert number_of(text)[0] == Decimal("-12.5")


def test_d08_full_width_keys_and_numbers_are_the_same_and_raw_is_kept(tmp_path):
    wide = lines(40, customer_id={17: "Ｃ０００ ", 0: "C000\u200b"}, net_sales={3: "１２．５０", 4: "ｘ１"})
    sources, aside = outcome(tmp_path, wide)
    frame = accepted(sources).set_index("order_id")
    assert frame.loc[["O00000", "O00017"], "customer_id"].tolist() == ["C000", "C000"]
    assert frame.loc["O00003", "net_sales_cents"] == 1250
    assert aside == [[6, "net_sales", "bad_number", "ｘ１"]]


@pytest.mark.parametrize(
    "text",
    ["2025-03-01", "2025/3/1", "2025.03.01", "20250301", "2025年3月1日", "2025-03", "2025年3月", "2025-03-01 23:59:59"],
)
def test_d10_accepted_dates(text):
    assert day_of(text) == (DAY, "")


def test_d11_day_or_month_first_blocks_until_declared(tmp_path):
    table = lines(40, order_date={n: f"0{n % 9 + 1}/03/2025" for n in range(40)})
    with pytest.raises(
        DataError, match=r"orders\.csv, row 2, order_date: '01/03/2025'.*dates = \"%d/%m/%Y\""
    ) as caught:
        outcome(tmp_path, table)
    assert caught.value.places == (("orders.csv", 2, "order_date", "01/03/2025"),)
    for order, day in (("%d/%m/%Y", "2025-03-06"), ("%m/%d/%Y", "2025-06-03")):
        frame = accepted(outcome(tmp_path, table, more=f'dates = "{order}"')[0]).set_index("order_id")
        assert frame.loc["O00005", "order_date"] == pd.Timestamp(day)


@pytest.mark.parametrize("more", ["", 'dates = "%d/%m/%Y"'])
@pytest.mark.parametrize("other", ["2025-03-04", "04-03-2025", "04/03/25", "45717"])
def test_days_in_two_forms_are_refused_with_an_example_of_each(tmp_path, more, other):
    table = lines(40, order_date={n: f"0{n % 9 + 1}/03/2025" for n in range(40)} | {20: other})
    with pytest.raises(DataError, match="order_date holds days in two forms") as caught:
        outcome(tmp_path, table, more=more)
    assert {raw for *_, raw in caught.value.places} >= {other}
    assert len({raw for *_, raw in caught.value.places}) == 2


def test_one_impossible_day_sets_aside_its_row_alone(tmp_path):
    table = lines(200, order_date={n: f"{n % 28 + 1:02d}/03/2025" for n in range(200)} | {20: "31/02/2025"})
    sources, _ = outcome(tmp_path, table, more='dates = "%d/%m/%Y"')
    assert sources.quarantine["code"].tolist() == ["bad_date"]
    assert day_of("31/02/2025") == (None, "bad_date")
    assert day_of("2025-03-01 25:00") == (None, "bad_date")
    sources, _ = outcome(tmp_path, lines(200, order_date={7: "2025-03-01 25:00", 8: "2025-03-01 23:59"}))
    assert sources.quarantine["raw"].tolist() == ["2025-03-01 25:00"]


def test_a_moment_with_an_offset_is_told_where_no_zone_is_declared(tmp_path):
    table = lines(40, order_date={n: f"2025-03-{n % 28 + 1:02d}T01:00:00+09:00" for n in range(40)})
    told = [n.text for n in outcome(tmp_path, table)[0].notes if n.kind == "offsets"]
    assert told == ["order_date: 40"]
    assert not [n for n in outcome(tmp_path, table, more='timezone = "UTC"')[0].notes if n.kind == "offsets"]


def test_a_month_that_may_be_january_or_october_stops_the_source(tmp_path):
    goals = "period,target\n" + "".join(f"2025.{m},100\n" for m in ("1", "2", "3", "11", "12"))
    (tmp_path / "targets.csv").write_text(goals, encoding="utf-8")
    plan = '[sources.targets]\npath = "targets.csv"\n'
    with pytest.raises(DataError, match=r"'2025\.1' may be 2025-01 or 2025-10"):
        read(company(tmp_path, orders=as_csv(lines(40)), plan=plan))
    (tmp_path / "targets.csv").write_text(goals + "2025.10,100\n", encoding="utf-8")
    sources = read(company(tmp_path, orders=as_csv(lines(40)), plan=plan))
    assert sorted(sources.frame("targets")["period"])[0] == "2025-01"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2025年6月", "2025-06"),
        ("202506", "2025-06"),
        ("2025/06", "2025-06"),
        ("2025/6", "2025-06"),
        ("2025-06-01", "2025-06"),
        ("Jun-25", "2025-06"),
        ("June 2025", "2025-06"),
        ("Juin 2025", "2025-06"),
        ("Dez-25", "2025-12"),
        ("06/2025", "2025-06"),
        ("Q2 2025", "2025Q2"),
        ("2025年第二季度", "2025Q2"),
        ("2025Q2", "2025Q2"),
        ("2025-Q2", "2025Q2"),
        ("FY2025", "2025"),
        ("2025年", "2025"),
        ("2025年度", "2025"),
        ("2025-13", "2025-13"),
        ("spring", "spring"),
    ],
)
def test_periods_are_read_as_people_write_them(text, found):
    assert period_of(text)[0] == found


def test_amounts_that_cannot_be_read_weigh_as_what_they_most_likely_are(tmp_path):
    table = lines(300, net_sales={5: "11,50万元 or so"})
    with pytest.raises(DataError, match=r"of the amount would be set aside.*row 7, net_sales"):
        read(company(tmp_path, orders=as_csv(table)))
    sources, _ = outcome(tmp_path, lines(300, net_sales={5: "about 12"}))
    line = sources.reconciliation.iloc[0]
    assert (line["rows_unread"], line["amount_quarantined"]) == (1, 12.0)
    assert [n.text for n in sources.notes if n.kind == "unread_money"] == ["orders.csv:7 net_sales 'about 12'"]
    sources, _ = outcome(tmp_path, lines(300, net_sales={5: "see annex"}))
    (told,) = data.reconciliation_lines(sources.reconciliation)
    assert "an unknown amount set aside" in told
    assert " 0.00 set aside" not in told


def test_breaks_and_odd_characters_inside_a_name_are_mended_and_told(tmp_path):
    table = lines(40, region={3: "north\nwest", 4: "north\twest", 5: "ｎorth west", 6: "north west "})
    sources, _ = outcome(tmp_path, table)
    assert (accepted(sources)["region"] == "north west").sum() == 4
    assert ("fixed", "orders", "region: 3") in sources.notes


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("50万左右", "500000"),
        ("1.234,56 €", "1234.56"),
        ("1,234", "1234"),
        ("ca. 12,5", "12.5"),
        ("3k", "3000"),
        ("x", None),
    ],
)
def test_the_best_reading_of_an_amount(text, likely):
    assert best_reading(text) == (None if likely is None else Decimal(likely))


def test_d12_serial_days_among_dates_are_read_and_counted(tmp_path):
    sources, aside = outcome(tmp_path, lines(40, order_date={5: "45717", 6: "12345"}))
    assert accepted(sources).set_index("order_id").loc["O00005", "order_date"] == pd.Timestamp(DAY)
    assert ("fixed", "orders", "order_date: 1") in sources.notes
    assert aside == [[8, "order_date", "bad_date", "12345"]]


def test_d12_a_workbook_counted_from_1904_is_honoured(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    table = lines(40)
    book.active.append(list(table.columns))
    for row in table.itertuples(index=False, name=None):
        book.active.append(row)
    book.active["C2"] = 45717 - 1462
    book.save(tmp_path / "orders.xlsx")
    plan = company(tmp_path, orders={"orders.xlsx": (tmp_path / "orders.xlsx").read_bytes()}, path="orders.xlsx")
    assert accepted(read(plan)).set_index("order_id").loc["O00000", "order_date"] == pd.Timestamp(DAY)


def test_d13_days_that_are_none_are_set_aside_and_later_ones_excluded(tmp_path):
    bad = ["2025-02-29", "2025-02-30", "0225", "9999-12-31", "soon"]
    table = lines(40, order_date={**dict(enumerate(bad)), 10: "2026-05-01", 11: ""})
    sources, aside = outcome(tmp_path, table, cut_off=dt.date(2025, 12, 31))
    expected = [[n + 2, "order_date", "bad_date", text] for n, text in enumerate(bad)]
    assert aside == [*expected, [13, "order_date", "missing_value", ""]]
    line = sources.reconciliation.iloc[0]
    assert (line["rows_excluded"], line["rows_after_cut_off"]) == (1, 1)
    assert day_of("2024-02-29")[0] == dt.date(2024, 2, 29)


def test_d13_what_is_wrong_after_the_cut_off_is_excluded_not_set_aside(tmp_path):
    table = lines(40, order_date={3: "2026-01-01"}, net_sales={3: "x"}, customer_id={3: ""})
    sources, aside = outcome(tmp_path, table, cut_off=dt.date(2025, 12, 31))
    assert aside == []
    assert sources.reconciliation.loc[0, "rows_excluded"] == 1


def test_d14_a_moment_near_midnight_falls_on_the_business_day():
    assert day_of("2025-02-28T23:30:00Z", timezone="Asia/Shanghai") == (DAY, "")
    for offset in ("+08:00", "+0800", "+08"):
        assert day_of(f"2025-03-01T00:30:00{offset}", timezone="UTC") == (dt.date(2025, 2, 28), "")


def test_d15_a_negative_quantity_is_a_return_only_where_it_says_so(tmp_path):
    table = lines(60, quantity={1: "-2", 2: "-2"}, net_sales={1: "-9", 2: "-9", 3: "-5"})
    told = table.assign(order_type=["return" if n == 1 else "sale" for n in range(60)])
    _, aside = outcome(tmp_path, told)
    assert aside == [[4, "quantity", "negative_without_return", "-2"], [5, "net_sales", "sign_mismatch", "-5"]]
    sources, aside = outcome(tmp_path, table)
    assert aside == [[5, "net_sales", "sign_mismatch", "-5"]]
    assert ("negative_quantity", "orders", "2") in sources.notes


def test_d16_under_a_line_key_repeats_are_set_aside(tmp_path):
    table = lines(60)
    again = pd.concat([table, table.iloc[[4, 5]].assign(net_sales=lambda t: ["9.99", t.iloc[1]["net_sales"]])])
    _, aside = outcome(tmp_path, again, more='key = ["order_id", "line_no"]')
    codes = [[row, code] for row, _, code, _ in aside]
    assert codes == [[6, "conflicting_duplicate"], [62, "conflicting_duplicate"], [63, "duplicate"]]


def test_d16_without_a_line_key_repeats_are_kept_and_told(tmp_path):
    sources, aside = outcome(tmp_path, pd.concat([lines(60), lines(60).iloc[[4]]]))
    assert aside == []
    assert sources.reconciliation.loc[0, "rows_accepted"] == 61
    assert ("repeated_lines", "orders", "1") in sources.notes


def test_d18_a_blank_dimension_is_a_member_that_is_shown(tmp_path):
    sources, aside = outcome(tmp_path, lines(60, region={1: "", 2: " "}, category={3: ""}))
    assert aside == []
    found = sources.orders.select("region", "product").to_pandas()
    assert (found["region"] == "unassigned").sum() == 2
    assert (found["product"] == "unassigned").sum() == 1
    assert found.notna().all(axis=None)


def test_a_dimension_switched_off_has_one_member_and_a_missing_one_blocks(tmp_path):
    table = lines(60).drop(columns="customer_group")
    with pytest.raises(DataError, match=r"customer_group = false"):
        outcome(tmp_path, table)
    sources, _ = outcome(tmp_path, table, plan="[dimensions]\ncustomer_group = false\n")
    assert set(sources.orders.select("customer_group").to_pandas()["customer_group"]) == {"all"}


def test_d19_words_that_look_like_nothing_are_keys(tmp_path):
    words = ["NA", "None", "null", "N/A", "TRUE", "nan", "NULL"]
    sources, aside = outcome(tmp_path, lines(60, customer_id=dict(enumerate(words)), region=dict(enumerate(words))))
    assert aside == []
    frame = accepted(sources).set_index("order_id").sort_index()
    assert frame["customer_id"].tolist()[:7] == words
    assert frame["region"].tolist()[:7] == words


def test_d20_leading_zeros_and_long_numbers_stay_as_they_are(tmp_path):
    ids = ["007", "12345678901234567890123", "1e5", "1.0"]
    frame = (
        accepted(outcome(tmp_path, lines(60, product_id=dict(enumerate(ids))))[0]).set_index("order_id").sort_index()
    )
    assert frame["product_id"].tolist()[:4] == ids


def test_keys_an_export_wrote_with_a_decimal_are_whole(tmp_path):
    table = lines(60).assign(rep_id=[f"{n % 3}.0" for n in range(60)])
    assert set(accepted(outcome(tmp_path, table)[0])["rep_id"]) == {"0", "1", "2"}


def test_d21_another_currency_blocks_unless_declared_out(tmp_path):
    table = lines(60).assign(currency=["USD" if n == 5 else "" if n == 6 else "CNY" for n in range(60)])
    with pytest.raises(DataError, match=r"row 7, currency: found 'USD' in 1 rows, and the plan is in CNY"):
        outcome(tmp_path, table)
    declared = '[[sources.orders.exclude]]\ncolumn = "currency"\nvalues = ["USD"]\nreason = "abroad"\n'
    table_out = outcome(tmp_path, table, more=declared)[0].reconciliation.set_index("currency")
    assert table_out["rows_in"].to_dict() == {"CNY": 59, "USD": 1}
    assert table_out["rows_excluded"].to_dict() == {"CNY": 0, "USD": 1}
    assert table_out.loc["USD", "amount_excluded"] == float(table.loc[5, "net_sales"])


@pytest.mark.parametrize(
    "text", ["NaN", "inf", "-inf", "-0", "-0.00", "1e308", "1.5E+10", "6.9E21", "12345678901234567"]
)
def test_d22_numbers_that_are_no_money_are_set_aside(tmp_path, text):
    _, aside = outcome(tmp_path, lines(60, net_sales={7: text}))
    assert aside == [[9, "net_sales", "bad_number", text]]


def with_totals(table: pd.DataFrame, change: str = "") -> pd.DataFrame:
    def total(block: pd.DataFrame, label: str) -> pd.DataFrame:
        amount = change or str(sum(Decimal(a) for a in block["net_sales"]))
        return pd.DataFrame([{"order_id": label, "net_sales": amount}])

    first, second = table.iloc[:30], table.iloc[30:]
    parts = [first, total(first, "小计"), second, total(second, "华南 小计"), total(table, "Grand Total")]
    return pd.concat(parts, ignore_index=True).fillna("")


def test_d26_totals_are_left_out_where_the_sum_is_right(tmp_path):
    sources, aside = outcome(tmp_path, with_totals(lines(60)))
    line = sources.reconciliation.iloc[0]
    assert aside == []
    assert (line["rows_in"], line["rows_accepted"], line["rows_excluded"]) == (63, 60, 3)
    assert line["amount_excluded"] == pytest.approx(2 * line["amount_accepted"], abs=0.001)


def test_d26_a_total_that_is_not_the_sum_blocks(tmp_path):
    with pytest.raises(DataError, match=r"orders\.csv, row 32, net_sales: a total of 12\.00 stands over rows that sum"):
        outcome(tmp_path, with_totals(lines(60), change="12.00"))


def test_d36_one_month_of_history_is_read_and_told(tmp_path):
    table = lines(60).assign(order_date="2025-06-15")
    assert "short_history" in {note.kind for note in outcome(tmp_path, table)[0].notes}


def test_d41_a_stale_delivery_blocks_and_a_partial_month_is_told(tmp_path):
    table = lines(336)
    with pytest.raises(DataError, match=r"the last order is of 2025-12-28, 93 days before the cut-off 2026-03-31"):
        outcome(tmp_path, table, cut_off=dt.date(2026, 3, 31))
    kinds = {n.kind for n in outcome(tmp_path, table, cut_off=dt.date(2026, 1, 31))[0].notes}
    assert "partial_last_month" in kinds
    assert "partial_last_month" not in {
        n.kind for n in outcome(tmp_path, table, cut_off=dt.date(2025, 12, 31))[0].notes
    }


def test_too_much_set_aside_blocks_and_names_the_first_rows(tmp_path):
    table = lines(60, net_sales={3: "x", 4: "y"})
    with pytest.raises(
        DataError, match=r"3\.33% of the rows.*orders\.csv, row 5, net_sales: bad_number \(not a number\), found 'x'"
    ):
        outcome(tmp_path, table, plan="")


def test_the_header_once_more_among_the_rows_is_left_out_and_told(tmp_path):
    table = lines(60)
    two = as_csv(table.iloc[:30]) + as_csv(table.iloc[30:])
    sources = read(company(tmp_path, orders=two))
    line = sources.reconciliation.iloc[0]
    assert (line["rows_in"], line["rows_accepted"], line["rows_excluded"]) == (61, 60, 1)
    assert sources.quarantine.empty
    assert [n.text for n in sources.notes if n.kind == "repeated_header"] == ["orders.csv: 1"]


@pytest.mark.parametrize(("header", "more"), [("currency", ""), ("币种", ""), ("Cur", 'currency = "Cur"\n')])
def test_d21_a_currency_given_to_all_rows_is_held_against_the_one_delivered(tmp_path, header, more):
    def asked(codes: list[str]) -> data.Sources:
        table = lines(60).assign(**{header: codes * 20})
        columns = f"[sources.orders.columns]\n{more}" if more else ""
        said = f'{columns}[sources.orders.constants]\ncurrency = "CNY"\n'
        return read(company(tmp_path, orders=as_csv(table), more=said))

    assert len(accepted(asked(["CNY", "", "cny"]))) == 60
    with pytest.raises(DataError, match=rf"row 3, column '{header}': found 'USD', and .* says CNY for every row"):
        asked(["CNY", "USD", "CNY"])
