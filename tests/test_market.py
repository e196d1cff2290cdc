"""The size of the market has one answer: the latest telling, added up where its parts cover what is sold."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from salesplan import facts, swot
from salesplan.periods import FiscalCalendar

CALENDAR = FiscalCalendar()
APRIL = FiscalCalendar(start_month=4)
CUBE = pd.DataFrame(
    [
        (m, p, r, "all", "all", 100)
        for m in [*CALENDAR.months("2024"), *CALENDAR.months("2025")]
        for p, r in itertools.product("AB", "NS")
    ],
    columns=["period", "product", "region", "customer_group", "channel", "net_sales_cents"],
)


def told(*rows: tuple[object, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["period", "dimension", "member", "market_size_cents", "published_on"])
    return frame.astype({"published_on": "datetime64[ns]"})


def sizes(*rows: tuple[object, ...], calendar: FiscalCalendar = CALENDAR) -> dict[tuple[str, str, str], int]:
    found = facts.market_sizes(told(*rows), CUBE, calendar=calendar)
    return found.set_index(["dimension", "member", "period"])["market_size_cents"].to_dict()


def years_of(*rows: tuple[object, ...], calendar: FiscalCalendar) -> pd.DataFrame:
    return facts.market_years(facts.market_sizes(told(*rows), CUBE, calendar=calendar), calendar=calendar)


def test_the_size_published_last_counts_whatever_the_order_of_rows():
    rows = [("2024", None, None, 900, "2025-06-01"), ("2024", None, None, 1000, "2025-01-01")]
    rows += [("2024", "total", None, 700, None)]
    for order in itertools.permutations(rows):
        assert sizes(*order) == {("total", "total", "2024"): 900}


def test_members_that_cover_all_that_is_sold_add_up_and_others_do_not():
    parts = [("2025Q1", "product", p, n, None) for p, n in (("A", 5), ("B", 7))]
    assert sizes(*parts)["total", "total", "2025Q1"] == 12
    assert ("total", "total", "2025Q1") not in sizes(parts[0])
    assert sizes(*parts, ("2025Q1", None, None, 20, None))["total", "total", "2025Q1"] == 20


def test_cells_add_up_to_members_and_to_the_whole():
    cells = [("2024", "scope", f"product={p}, region={r}", n, None) for (p, r), n in zip(
        itertools.product("AB", "NS"), (1, 2, 3, 4), strict=True)]  # fmt: skip
    found = sizes(*cells)
    assert (found["product", "A", "2024"], found["region", "S", "2024"], found["total", "total", "2024"]) == (3, 6, 10)
    assert not {k for k in sizes(*cells[:3]) if k[0] in ("product", "region", "total")}
    assert sizes(*cells, ("2024", "region", "N", 99, None))["region", "N", "2024"] == 99


def test_a_year_is_the_fiscal_year_and_whole_or_not_there():
    quarters = [(f"2024Q{q}", None, None, q, None) for q in (1, 2, 3, 4)] + [("2025Q1", None, None, 9, None)]
    years = years_of(*quarters, calendar=APRIL)
    assert years[["year", "market_size_cents"]].values.tolist() == [["2024", 10]]
    months = [(m, None, None, 1, None) for m in APRIL.months("2024")]
    assert months[0][0] == "2023-04"
    both = years_of(*months, ("2023", None, None, 5, None), calendar=APRIL)
    assert both[["year", "market_size_cents"]].values.tolist() == [["2023", 5], ["2024", 12]]
    assert facts.market_years(None, calendar=CALENDAR) is None


def test_a_year_that_nobody_told_is_no_growth():
    rows = [(y, "product", p, n, None) for p in "AB" for y, n in (("2021", 100), ("2022", 110), ("2024", 300))]
    years = years_of(*rows, calendar=CALENDAR)
    moves = swot.market_moves(years, years=["2021", "2022", "2023", "2024"])
    assert moves.empty or moves["effect"].abs().max() == pytest.approx(0)
