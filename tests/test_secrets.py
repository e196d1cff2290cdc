"""A database's URL, and who and where the machine is, stand in nothing that a run writes or says."""

from __future__ import annotations

import getpass
import io
import os
import socket
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from salesplan import chain, config
from salesplan.chain import gates
from salesplan.errors import ChainError
from tests import chain_double as double
from tests.chain_double import base
from tests.conftest import ROOT
from tests.data_cases import lines

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")]
CANARY = "S3cr3tCanary"
READ = """from salesplan import data
sources = data.read(ws.plan, cut_off=ws.cut_off, cache=ws.cache)
ws.save("data/reconciliation", sources.reconciliation);"""


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, what is packed in it, and the texts of its tables."""
    for place in sorted(p for p in folder.rglob("*") if p.is_file()):
        raw = place.read_bytes()
        yield place.name, raw
        if zipfile.is_zipfile(io.BytesIO(raw)):
            with zipfile.ZipFile(place) as box:
                yield from ((f"{place.name}/{name}", box.read(name)) for name in box.namelist())
        if place.suffix == ".parquet":
            table = pd.read_parquet(place)
            for column in table.select_dtypes(include=["object", "string"]):
                yield f"{place.name}/{column}", "\n".join(table[column].dropna().astype(str).unique()).encode()


@pytest.fixture
def company(tmp_path, monkeypatch) -> Path:
    """A tiny workbook whose order lines lie in a database with a telling name."""
    folder = double.workbook(tmp_path / "w", c01=READ)
    database = tmp_path / f"{CANARY}.db"
    with sqlite3.connect(database) as connection:
        lines(400).to_sql("lines", connection, index=False)
    connection.close()
    monkeypatch.setenv("DOUBLE_URL", f"sqlite:///{database}")
    plan = folder / "plan.toml"
    text = plan.read_text(encoding="utf-8").replace('path = "orders.csv"', 'url_env = "DOUBLE_URL"\ntable = "lines"')
    plan.write_text(text, encoding="utf-8")
    return folder


def run(folder: Path) -> tuple[chain.Outcome, str]:
    """How a run that reads the database ended, and all it said on the way."""
    said: list[str] = []
    means = chain.Means(folder / "notebooks", report=double.report, package=folder / "notebooks")
    outcome = chain.run(double.request(folder), means=means, say=lambda event, facts: said.append(f"{event} {facts}"))
    return outcome, "\n".join([*said, outcome.message])


def test_s95_a_database_url_stands_in_no_output_whether_a_run_is_published_or_fails(company):
    outcome, said = run(company)
    assert outcome.status == "published", outcome.message
    with sqlite3.connect(os.environ["DOUBLE_URL"].removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TABLE lines")
    connection.close()
    failed, why = run(company)
    assert failed.exit_status == 1
    assert "DOUBLE_URL (sqlite) cannot be read" in why
    looked_at = [name for name, content in contents(base(company))]
    assert {"manifest.json", "run_results.json", "report.html", "plan.docx/word/document.xml"} <= set(looked_at)
    assert [name for name, content in contents(base(company)) if CANARY.encode() in content] == []
    assert CANARY not in said + why


@pytest.mark.parametrize("text", [f"sqlite:////srv/{CANARY}.db", "see postgresql://me:pw@server/sales"])
def test_s95_a_run_that_shows_a_url_does_not_pass_the_gates_and_the_message_does_not_repeat_it(
    published, company, monkeypatch, text
):
    plan = config.load(company / "plan.toml")
    monkeypatch.setenv("DOUBLE_URL", f"sqlite:////srv/{CANARY}.db")
    run = (base(published) / "2025Q4").resolve()
    gates.check(run, plan=plan)
    shown = run / "notebooks" / "04_execution_plan.ipynb"
    shown.write_text(shown.read_text(encoding="utf-8").replace("landing", text), encoding="utf-8")
    with pytest.raises(ChainError, match=r"04_execution_plan\.ipynb holds a secret") as caught:
        gates.check(run, plan=plan)
    assert text not in str(caught.value)


@pytest.mark.parametrize("run_of", ["annual", "midyear"])
def test_s101_nothing_published_names_user_machine_or_path(run_of, request):
    folder = request.getfixturevalue(run_of)
    private = {str(ROOT), str(Path.home()) + "/", f"/home/{getpass.getuser()}", str(folder.parent)}
    private |= {name for name in (socket.gethostname(), getpass.getuser()) if len(name) > 5}
    found = [(n, text) for n, content in contents(folder) for text in private if text.encode() in content]
    assert found == []
    titles = {"Any", *config.load(ROOT / "data" / "demo" / "plan.toml").file.company.title.values()}
    for place in [*folder.glob("*.docx"), *folder.glob("*.xlsx")]:
        assert set(gates._authors(place)) <= titles, place.name
    pictures = [content for name, content in contents(folder) if name.endswith(".png")]
    assert len(pictures) > 20
    assert not [content for content in pictures if b"tEXt" in content]
