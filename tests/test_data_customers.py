"""Who the customers are: one spelling of a code, one parent, nobody in particular, and codes that changed."""

from __future__ import annotations

import pandas as pd
import pytest

from salesplan import data, facts
from salesplan.errors import DataError
from salesplan.periods import FiscalCalendar
from tests.data_cases import accepted, as_csv, company, lines, read

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


def codes(sources: data.Sources) -> set[str]:
    return set(accepted(sources)["customer_id"])


def test_a_code_is_one_code_from_every_format(tmp_path):
    table = lines(120).assign(customer_id=[str(100 + n % 9) for n in range(120)])
    floats = table.iloc[:60].assign(customer_id=lambda t: t["customer_id"].astype(float))
    floats.to_parquet(tmp_path / "orders_a.parquet")
    text = as_csv(table.iloc[60:].assign(customer_id=lambda t: t["customer_id"] + ".0"))
    sources = read(company(tmp_path, orders={"orders_b.csv": text}, path="orders_*"))
    assert codes(sources) == {str(100 + n) for n in range(9)}
    versions = lines(40).assign(customer_id=["1.0" if n % 2 else "1.5" for n in range(40)])
    assert codes(read(company(tmp_path, orders=as_csv(versions)))) == {"1.0", "1.5"}


def test_rows_without_a_customer_stay_in_the_books_and_out_of_customer_analyses(tmp_path):
    table = lines(300, customer_id={n: ("", "散客")[n % 2] for n in range(0, 300, 3)})
    sources = read(company(tmp_path, orders=as_csv(table), more='anonymous = ["", "散客"]'))
    calendar, whole = FiscalCalendar(), pd.to_numeric(table["net_sales"])
    assert sources.quarantine.empty
    totals = facts.period_totals(sources.orders, calendar=calendar).query("level == 'year'").iloc[0]
    assert totals["net_sales_cents"] == round(100 * whole.sum())
    assert totals["customers"] == 17
    nobody = {"unassigned", "散客", ""}
    for frame in (
        facts.customer_summary(sources.orders),
        facts.customer_months(sources.orders, calendar=calendar),
        facts.customer_years(sources.orders, calendar=calendar),
        facts.cumulative_share(sources.orders, calendar=calendar, period="2025"),
    ):
        assert not nobody & set(frame["customer_id"])
    share = whole[::3].sum() / whole.sum()
    assert [n.text for n in sources.notes if n.kind == "anonymous"] == [f"{share:.1%}"]


def test_a_customer_with_a_parent_counts_as_that_everywhere(tmp_path):
    (tmp_path / "customers.csv").write_text(
        "customer_id,name,parent_id,region\nC001,One,C002,\nC002,Two,,\nC003,Three,C001,\nC004,Four,C004,\n", "utf-8"
    )
    (tmp_path / "payments.csv").write_text(
        "payment_date,customer_id,amount\n2025-03-01,C003,100\n2025-03-02,C009,100\n", encoding="utf-8"
    )
    plan = '[sources.customers]\npath = "customers.csv"\n[sources.payments]\npath = "payments.csv"\n'
    sources = read(company(tmp_path, orders=as_csv(lines(60)), plan=plan))
    assert not {"C001", "C003"} & codes(sources)
    assert {"C002", "C004", "C000"} <= codes(sources)
    assert sources.frame("payments")["customer_id"].tolist() == ["C002", "C009"]
    assert sorted(sources.frame("customers")["customer_id"]) == ["C002", "C004"]
    assert sources.frame("customers").set_index("customer_id").loc["C002", "name"] == "Two"
    assert ("merged_customers", "customers", "2") in sources.notes
    (tmp_path / "customers.csv").write_text("customer_id,parent_id\nC001,C002\nC002,C001\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"goes round in a circle: C00\d -> C00\d -> C00\d"):
        read(company(tmp_path, orders=as_csv(lines(60)), plan=plan))


def two_years(second: str, *, again: int) -> pd.DataFrame:
    """Two years of 600 lines; codes of the second year begin with ``second``; ``again``: how often a customer buys."""
    rows = []
    for year, start in ((2024, "C"), (2025, second)):
        table = lines(600)
        table["customer_id"] = [f"{start}{n // again:04d}" for n in range(600)]
        table["order_date"] = table["order_date"].str.replace("2025", str(year))
        rows.append(table)
    return pd.concat(rows, ignore_index=True)


def test_a_year_in_which_every_customer_is_another_stops_with_the_likely_causes(tmp_path):
    with pytest.raises(DataError, match=r"of 60 customers .* 0 bought .*'C0000' before, 'N0000' now.*parent_id"):
        read(company(tmp_path, orders=as_csv(two_years("N", again=10))))
    assert len(accepted(read(company(tmp_path, orders=as_csv(two_years("C", again=10)))))) == 1200
    once = read(company(tmp_path, orders=as_csv(two_years("N", again=1))))
    assert len(accepted(once)) == 1200, "who sells to everybody once loses and wins them every year"
