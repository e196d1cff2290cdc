"""Tables as people read them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import schemas, tables
from salesplan.words import LANGUAGES, words

NAMES = {"east": "华东"}
ATTAINMENT = pd.DataFrame(
    {
        "dimension": ["region", "total"],
        "member": ["east", "total"],
        "period": ["2025", "2025"],
        "level": ["year", "year"],
        "actual": [12_345_678.9, np.nan],
        "target": [13_000_000.0, -4.0],
        "attainment": [0.9497, np.nan],
        "gap": [-654_321.1, 0.0],
        "gap_share": [1.0, -0.00001],
    }
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_of_the_contract_has_a_heading(language):
    spoken = words(language)
    named = {c for columns in schemas.COLUMNS.values() for c in columns}
    assert sorted(c for c in named if not spoken.has(c)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_of_the_contract_has_a_title(language):
    assert all(words(language).title(f"table/{name}") for name in schemas.COLUMNS)


def test_a_table_in_english():
    plain = tables.written(ATTAINMENT, name="review/attainment", words=words("en", names={"east": "East"}))
    assert plain.columns.tolist()[:3] == ["Dimension", "Member", "Period"]
    assert plain.iloc[0].tolist() == [
        *("Region", "East", "2025", "Year", "12,346", "13,000", "95.0 %", "−654", "100.0 %"),
    ]
    assert plain.iloc[1].tolist() == ["Total", "Total", "2025", "Year", "–", "0", "–", "0", "0.0 %"]


def test_a_table_in_chinese_counts_in_ten_thousands_and_says_so():
    shown = tables.show(ATTAINMENT, name="review/attainment", words=words("zh", names=NAMES))
    assert "华东" in shown.page
    assert "1,234.6" in shown.page
    assert "95.0%" in shown.page
    assert "万 CNY" in shown.page
    assert "nan" not in shown.page.lower().replace("finance", "")


def test_show_says_how_many_rows_are_left():
    many = pd.concat([ATTAINMENT] * 30, ignore_index=True)
    shown = tables.show(many, name="review/attainment", words=words("en"), rows=7)
    assert shown.page.count("<tr>") == 8
    assert "53 more rows" in shown.page
    assert "53 more rows" in repr(shown)
    assert "more rows" not in tables.show(ATTAINMENT, name="review/attainment", words=words("en")).page


@pytest.mark.parametrize(
    ("value", "kind", "unit", "en", "zh"),
    [
        (0.256, "share", "", "25.6 %", "25.6%"),
        (0.256, "chance", "", "26 %", "26%"),
        (0.0, "chance", "", "< 1 %", "< 1%"),
        (1.0, "chance", "", "> 99 %", "> 99%"),
        (1234.0, "count", "", "1,234", "1,234"),
        (dt.date(2026, 3, 1), "date", "", "1\u00a0Mar\u00a02026", "2026年3月1日"),
        (pd.Timestamp("2026-03-01"), "date", "", "1\u00a0Mar\u00a02026", "2026年3月1日"),
        (True, "flag", "", "yes", "是"),
        (np.False_, "flag", "", "no", "否"),
        (None, "text", "", "–", "–"),
        (pd.NaT, "date", "", "–", "–"),
        (float("inf"), "money", "", "–", "–"),
        (0.5, "by_unit", "share", "50.0 %", "50.0%"),
        (25_000_000.0, "by_unit", "money", "¥25.0 m", "¥2,500万"),
        (-0.084, "change_by_unit", "share", "−8.4 pp", "−8.4个百分点"),
        (-0.084, "change_by_unit", "days", "−0.1", "−0.1"),
        (0.012, "points", "", "1.2 pp", "1.2个百分点"),
        (3.874, "by_unit", "score", "3.87", "3.87"),
        (41.26, "by_unit", "days", "41.3", "41.3"),
        ("net_sales", "term", "", "Net sales", "销售净额"),
        (["east", "total"], "name", "", "华东 and Total", "华东和合计"),
        (-0.00001, "money", "", "0.00", "0.00"),
    ],
)
def test_one_value(value, kind, unit, en, zh):
    for language, text in (("en", en), ("zh", zh)):
        assert tables.cell(value, kind=kind, words=words(language, names=NAMES), unit=unit) == text


def test_a_p_value_is_no_percentage():
    for value, text in ((0.0004, "< 0.001"), (0.04, "0.040"), (np.nan, "–")):
        shown = tables.written_value(value, column="p_value", table="review/root_causes", words=words("en"))
        assert shown == text


def test_what_a_row_is_about_stands_first():
    elasticity = pd.DataFrame({"elasticity": [-1.2], "low": [-1.4], "high": [-1.0], "grade": ["A"], "n": [9]})
    first = tables.columns(elasticity.assign(product="KIT"), name="strategies/price/elasticity")
    assert first[:2] == ["product", "elasticity"]


def test_headings_of_columns_that_no_glossary_names_are_plain_words():
    assert tables.heading("some_new_column", words=words("en")) == "Some new column"


def test_s88_nothing_in_a_table_is_active_or_typeset():
    evil = ATTAINMENT.assign(member='<script>alert(1)</script>"$x^2$')
    page = tables.show(evil, name="review/attainment", words=words("en")).page
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;$x^2$" in page
    assert "mathjax_ignore" in page


@given(st.text())
def test_i25_any_text_is_legible_to_pages_and_documents(text):
    plain = tables.legible(text)
    assert tables.legible(plain) == plain
    assert not any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in plain)


def test_showing_changes_nothing():
    before = ATTAINMENT.copy(deep=True)
    tables.show(ATTAINMENT, name="review/attainment", words=words("zh"))
    pd.testing.assert_frame_equal(ATTAINMENT, before)
