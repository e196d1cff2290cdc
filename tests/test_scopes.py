"""Amounts given where members meet add up to the members and the total where they cover all that is sold."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import review
from salesplan.errors import DataError
from salesplan.periods import FiscalCalendar
from salesplan.scopes import added_up
from salesplan.words import words
from tests.data_cases import as_csv, company, lines, read
from tests.test_market import CALENDAR, CUBE

EN = words("en")


@given(st.lists(st.integers(1, 10**9), min_size=4, max_size=4), st.permutations(range(4)))
def test_what_is_added_up_is_the_sum_of_its_parts_in_any_order(amounts, order):
    names = [f"product={p}, region={r}" for p, r in itertools.product("AB", "NS")]
    rows = pd.DataFrame(
        {"dimension": "scope", "member": [names[n] for n in order], "period": "2025", "c": [amounts[n] for n in order]}
    )
    found = added_up(rows, value="c", cube=CUBE, months_of={"2025": CALENDAR.months("2025")})
    assert found[found["dimension"] != "scope"].groupby("dimension")["c"].sum().to_dict() == {
        "product": sum(amounts),
        "region": sum(amounts),
        "total": sum(amounts),
    }


def cells(amount: int, *, periods: list[str], out: int = 0) -> pd.DataFrame:
    """Targets of every region × product in every period, but the last ``out``."""
    rows = [(p, "scope", f"product={a}, region={r}", amount) for p in periods for a, r in itertools.product("AB", "NS")]
    return pd.DataFrame(rows[: len(rows) - out], columns=["period", "dimension", "member", "target_cents"])


def attained(targets: pd.DataFrame, calendar: FiscalCalendar = CALENDAR) -> pd.DataFrame:
    table = review.attainment(CUBE, targets, as_of="2025Q4", calendar=calendar, words=EN)
    return table[table["level"] == "year"].set_index(["dimension", "member"])


def test_targets_by_region_product_and_month_add_up_to_every_level():
    table = attained(cells(100, periods=CALENDAR.months("2025")))
    assert table.loc[("total", "total"), ["target", "attainment"]].tolist() == [48.0, 1.0]
    assert table.loc[("region", "N"), "target"] == table.loc[("product", "B"), "target"] == 24.0
    assert table.loc[("scope", "product=A, region=S"), "target"] == 12.0


def test_where_one_of_them_is_missing_nothing_adds_up():
    table = attained(cells(100, periods=CALENDAR.months("2025"), out=1))
    assert table.loc[[("total", "total"), ("region", "S"), ("product", "B")], "target"].isna().all()


def test_a_total_that_was_given_stands(tmp_path):
    given_too = pd.DataFrame({"period": ["2025"], "dimension": ["total"], "member": ["total"], "target_cents": [4000]})
    table = attained(pd.concat([cells(100, periods=["2025"]), given_too]))
    assert table.loc[("total", "total"), "target"] == 40.0
    assert table.loc[("region", "N"), "target"] == 2.0


def test_c52_cells_are_held_against_the_total(tmp_path):
    table = lines(120)
    meet = table[["region", "category"]].drop_duplicates().itertuples(index=False, name=None)
    rows = [("2025", region, category, 100) for region, category in meet]
    for total, agreed in ((100 * len(rows), True), (150 * len(rows), False)):
        text = as_csv(
            pd.DataFrame([*rows, ("2025", "", "", total)], columns=["period", "region", "category", "target"])
        )
        folder = tmp_path / str(total)
        folder.mkdir()
        (folder / "targets.csv").write_text(text)
        plan = company(folder, orders=as_csv(table), plan='[sources.targets]\npath = "targets.csv"\n')
        if agreed:
            assert len(read(plan).frame("targets")) == len(rows) + 1
        else:
            with pytest.raises(DataError, match=r"targets of 2025 do not add up: total .* by product × region"):
                read(plan)
