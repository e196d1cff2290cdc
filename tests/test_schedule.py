"""Set-ups for schedulers: each is read by what will read it, where that is here; and the quarter that books close."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import yaml

from salesplan import chain
from salesplan.errors import SalesplanError
from salesplan.periods import FiscalCalendar
from salesplan.review.coverage import last_closed

ABOUT = {"plan": Path("/srv/our plan/plan.toml"), "root": Path("/srv/our plan"), "program": ["/opt/bin/salesplan"]}


def made(scheduler: str, first_month: int = 1) -> str:
    return chain.schedule(scheduler, **ABOUT, first_month=first_month)


@pytest.mark.parametrize(("first", "months"), [(1, "1,4,7,10"), (2, "2,5,8,11"), (4, "1,4,7,10"), (12, "3,6,9,12")])
def test_cron_runs_in_the_month_after_each_quarter_of_the_fiscal_year(first, months):
    line = made("cron", first).splitlines()[-1]
    minute, hour, day, given, weekday, command = line.split(" ", 5)
    assert (minute, hour, day, given, weekday) == ("0", "6", "6", months, "*")
    assert command.startswith("cd '/srv/our plan' && /opt/bin/salesplan run --plan '/srv/our plan/plan.toml'")
    assert "--as-of latest" in command


def test_systemd_takes_the_units_as_they_are_printed(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    text = chain.schedule("systemd", plan=tmp_path / "plan.toml", root=tmp_path, program=["/bin/true"], first_month=1)
    service, timer = text.split("# /etc/systemd/system/salesplan.timer")
    for name, unit in (("salesplan.service", service), ("salesplan.timer", timer)):
        (tmp_path / name).write_text(unit, encoding="utf-8")
    units = [str(tmp_path / name) for name in ("salesplan.service", "salesplan.timer")]
    found = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert [line for line in found.stderr.splitlines() if "salesplan" in line] == []
    calendar = timer.split("OnCalendar=")[1].splitlines()[0]
    told = subprocess.run(["systemd-analyze", "calendar", calendar], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr


def test_the_workflow_is_yaml_with_what_github_asks_for():
    workflow = yaml.safe_load(made("github"))
    assert workflow[True]["schedule"] == [{"cron": "0 6 6 1,4,7,10 *"}]  # YAML 1.1 reads "on" as true
    assert "workflow_dispatch" in workflow[True]
    steps = workflow["jobs"]["plan"]["steps"]
    assert all(("uses" in step) != ("run" in step) for step in steps)
    assert any("salesplan run --plan plan.toml --as-of latest" in step.get("run", "") for step in steps)


def test_the_dag_is_python_whose_one_task_is_the_run():
    tree = ast.parse(made("airflow"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    operator = next(c for c in calls if getattr(c.func, "id", "") == "BashOperator")
    given = {k.arg: k.value for k in operator.keywords}
    assert "/opt/bin/salesplan run" in ast.literal_eval(given["bash_command"])
    pytest.importorskip("airflow")
    exec(compile(tree, "salesplan.py", "exec"), {})


def test_another_scheduler_is_refused_by_name():
    with pytest.raises(SalesplanError, match="cron, systemd, github, airflow"):
        made("at")


def days(first: str, last: str, freq: str = "D", lines: int = 100) -> pd.DataFrame:
    return pd.DataFrame({"date": pd.date_range(first, last, freq=freq), "lines": lines})


@pytest.mark.parametrize(
    ("books", "quarter"),
    [
        (days("2024-01-01", "2025-12-31"), "2025Q4"),
        (days("2024-01-01", "2025-12-30", "B"), "2025Q4"),
        (days("2024-01-01", "2025-12-20"), "2025Q3"),
        (days("2024-01-01", "2026-02-11"), "2025Q4"),
        (days("2024-01-31", "2025-11-30", "ME"), "2025Q3"),
        (days("2024-01-31", "2025-12-31", "ME"), "2025Q4"),
        (pd.concat([days("2024-01-01", "2025-09-30"), days("2062-05-18", "2062-05-18", lines=1)]), "2025Q3"),
    ],
)
def test_the_last_quarter_that_the_books_close_whatever_the_clock_says(books, quarter):
    assert last_closed(books, calendar=FiscalCalendar()) == quarter


def test_books_that_close_no_quarter_are_refused():
    for books in (days("2025-01-05", "2025-02-11"), days("2025-01-05", "2025-01-04")):
        with pytest.raises(SalesplanError, match="close"):
            last_closed(books, calendar=FiscalCalendar())
