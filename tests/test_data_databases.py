"""Databases are opened only by the URLs that are listed, asked one question that reads, and never told of."""

from __future__ import annotations

import sqlite3
import threading

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import config, data
from salesplan.data import engine as engines
from salesplan.data.addresses import address_of, hushed
from salesplan.data.statements import one_select
from salesplan.errors import DataError
from tests.data_cases import accepted, as_csv, company, lines, read

NO_URLS = [
    "SQLite:///{}",
    "sqlite:/{}",
    "sqlite://S3cr3t.db",
    "sqlite:{}",
    "sqlite:///",
    "duckdb:///",
    "DUCKDB:///{}",
    "postgres://me:S3cr3t@server/sales",
    "POSTGRESQL://me:S3cr3t@server/sales",
    "postgresql:/me:S3cr3t@server/sales",
    "postgresql+psycopg2://me:S3cr3t@server/sales",
    "host=server password=S3cr3t dbname=sales",
    "S3cr3t",
    "https://server/S3cr3t.csv",
    "file:///{}",
]
FOREIGN = [
    "SELECT * FROM read_text('{}')",
    "SELECT * FROM '{}'",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM read_csv('{}')",
]


@pytest.fixture
def shop(tmp_path):
    """The same order lines in an SQLite and in a DuckDB file."""
    table = lines(60)
    with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
        table.to_sql("lines", connection, index=False)
    connection.close()
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.register("given", table)
        connection.execute("CREATE TABLE lines AS SELECT * FROM given")
    return tmp_path


def planned(folder, monkeypatch, url: str, what: str = 'table = "lines"') -> config.Plan:
    """A small company whose order lines lie behind this URL."""
    monkeypatch.setenv("SHOP_URL", url)
    plan = company(folder, orders="x", path="orders.csv")
    text = plan.path.read_text(encoding="utf-8").replace('path = "orders.csv"', f'url_env = "SHOP_URL"\n{what}')
    plan.path.write_text(text, encoding="utf-8")
    return config.load(plan.path)


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
@pytest.mark.parametrize("what", ['table = "lines"', 'select = "SELECT * FROM lines WHERE order_id IS NOT NULL; "'])
def test_a_table_and_a_query_give_the_rows_of_a_file(shop, monkeypatch, kind, what):
    plan = planned(shop / "w", monkeypatch, f"{kind}:///{shop}/shop.{kind}", what)
    assert accepted(read(plan)).equals(accepted(read(company(shop / "file", orders=as_csv(lines(60))))))


@pytest.mark.parametrize("url", NO_URLS)
def test_another_spelling_is_refused_before_anything_is_opened_or_told(tmp_path, monkeypatch, url):
    place = tmp_path / "S3cr3t.db"
    with pytest.raises(DataError, match=r"SHOP_URL holds is no URL.*postgresql://USER@HOST") as caught:
        read(planned(tmp_path / "w", monkeypatch, url.format(place)))
    assert "S3cr3t" not in str(caught.value)
    assert not place.exists()


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_database_that_is_not_there_is_not_made(tmp_path, monkeypatch, kind):
    for place in (tmp_path / "S3cr3t.db", ":memory:"):
        with pytest.raises(DataError, match=r"SHOP_URL \((sqlite|duckdb)\).*no such database file") as caught:
            read(planned(tmp_path / "w", monkeypatch, f"{kind}:///{place}"))
        assert "S3cr3t" not in str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["w"]


@pytest.mark.parametrize("select", FOREIGN)
def test_s94_a_query_reaches_no_other_file(shop, monkeypatch, select):
    other = shop / "other.csv"
    other.write_text("S3cr3t\n")
    select = select.format(other)
    for url in (f"duckdb:///{shop}/shop.duckdb", f"sqlite:///{shop}/shop.sqlite"):
        with pytest.raises(DataError, match=r"SHOP_URL \((sqlite|duckdb)\) cannot be read|cannot be understood"):
            read(planned(shop / "w", monkeypatch, url, f'select = "{select}"'))
    plan = company(shop / "f", orders=as_csv(lines(9)))
    text = plan.path.read_text(encoding="utf-8")
    text = text.replace('path = "orders.csv"', f'files = {{ o = "orders.csv" }}\nselect = "{select}"')
    plan.path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"orders\.select cannot be run"):
        read(config.load(plan.path))


def test_s94_a_telling_table_name_is_a_name(shop, monkeypatch):
    for url in (f"duckdb:///{shop}/shop.duckdb", f"sqlite:///{shop}/shop.sqlite"):
        for table in ("read_text('/etc/hosts')", 'lines"; DROP TABLE lines; --'):
            with pytest.raises(DataError, match="cannot be read"):
                read(planned(shop / "w", monkeypatch, url, f"table = '''{table}'''"))
        assert len(accepted(read(planned(shop / "w", monkeypatch, url)))) == 60


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb", "postgres", "mysql", "tsql", "snowflake"])
def test_only_one_select_that_reads_is_a_query(dialect):
    for good in (
        "SELECT ';' AS x FROM t",
        "WITH a AS (SELECT 1 AS n) SELECT n FROM a UNION ALL SELECT 2;",
        "(SELECT 1 AS update)",
        "SELECT replace(a, 'x', 'y') AS r FROM t -- ; DROP",
    ):
        assert one_select(good, dialect=dialect, name="orders")
    for bad in (
        "SELECT 1; SELECT 2",
        "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a",
        "SELECT * INTO u FROM t",
        "SELECT * FROM t FOR UPDATE",
        "COPY t TO 'x'",
        "ATTACH 'x' AS y",
        "PRAGMA writable_schema = 1",
        "DROP TABLE t",
        "SELECT (",
        "",
    ):
        with pytest.raises(DataError, match=r"sources\.orders\.select"):
            one_select(bad, dialect=dialect, name="orders")


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_query_without_end_is_ended(shop, monkeypatch, kind):
    monkeypatch.setattr(engines, "_SECONDS", 0.5)
    endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) AS order_id FROM t"
    with pytest.raises(DataError, match=r"took longer than 0\.5 s and was ended"):
        read(planned(shop / "w", monkeypatch, f"{kind}:///{shop}/shop.{kind}", f'select = "{endless}"'))
    assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer)]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://anna:p%40ss%3Aword@db.inner.example:5433/sales_2025?sslcert=/srv/cert&sslpassword=hush",
        "snowflake://anna:pw@inner-account/sales_2025/public?warehouse=wh_9",
        "sqlite:////srv/inner/sales_2025.db",
        "inner sales_2025 anna",
    ],
)
def test_no_part_of_a_value_is_told(url):
    told = f"cannot open {url}: user anna, p@ss:word or pw or hush at db.inner.example/sales_2025, /srv/inner"
    shown = hushed(told, value=url)
    parts = ("anna", "p@ss", "pw", "hush", "inner.example", "sales_2025", "srv/cert", "wh_9")
    assert [part for part in parts if part in url.replace("%40", "@") and part in shown] == []
    assert shown.startswith("cannot open")


@given(st.text(max_size=40))
def test_a_value_is_an_address_that_is_listed_or_refused_without_a_word_of_it(value):
    told = ""
    try:
        address_of(value, variable="X", name="orders")
    except DataError as error:
        told = str(error)
    assert not told or len(value.strip()) < 8 or value.strip() not in told


def test_what_a_run_may_not_show_are_the_whole_value_and_its_password():
    assert data.secrets("S3cr3tCanary") == ["S3cr3tCanary"]
    found = data.secrets("postgresql://anna:p%40ss@server/sales?password=hush")
    assert {"p@ss", "p%40ss", "hush"} < set(found)
    assert not {"anna", "server", "sales"} & set(found)
    assert data.secrets("sqlite:///sales") == ["sqlite:///sales"]
