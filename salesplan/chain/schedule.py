"""Set-ups that run the plan every quarter: for cron, systemd, GitHub Actions and Airflow."""

from __future__ import annotations

__all__ = ["SCHEDULERS", "schedule"]

import shlex
from collections.abc import Sequence
from pathlib import Path

from salesplan.errors import ChainError

_DAY, _HOUR = 6, 6  # of the month after a quarter: late deliveries have come, nobody is at work yet

_CRON = """\
# salesplan: the quarter that the delivered books close, on day {day} of the month after it
# m h day months weekday
0 {hour} {day} {months} * cd {root} && {command} --log json >> {log} 2>&1
"""
_SYSTEMD = """\
# /etc/systemd/system/salesplan.service
[Unit]
Description=Sales plan of the last closed quarter

[Service]
Type=oneshot
WorkingDirectory={root}
ExecStart={command} --log json

# /etc/systemd/system/salesplan.timer
[Unit]
Description=Sales plan every quarter

[Timer]
OnCalendar=*-{months_two}-{day:02d} {hour:02d}:00:00
Persistent=true

[Install]
WantedBy=timers.target
"""
_GITHUB = """\
# .github/workflows/salesplan.yml
name: salesplan
on:
  schedule:
    - cron: "0 {hour} {day} {months} *"
  workflow_dispatch: {{}}
jobs:
  plan:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.11"
      - run: pip install .
      - run: salesplan run --plan {plan} --as-of latest --log json
      - uses: actions/upload-artifact@v4
        with:
          name: salesplan
          path: outputs
"""
_AIRFLOW = """\
# dags/salesplan.py
import datetime as dt

from airflow import DAG
from airflow.providers.standard.operators.bash import BashOperator

with DAG(
    dag_id="salesplan",
    schedule="0 {hour} {day} {months} *",
    start_date=dt.datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
) as dag:
    # exit 1: refused with its reason, a retry cannot help; 3: another run holds the lock
    BashOperator(
        task_id="run",
        bash_command={bash!r},
        retries=0,
        execution_timeout=dt.timedelta(hours=1),
    )
"""
_TEXTS = {"cron": _CRON, "systemd": _SYSTEMD, "github": _GITHUB, "airflow": _AIRFLOW}
SCHEDULERS = tuple(_TEXTS)


def schedule(scheduler: str, *, plan: Path, root: Path, program: Sequence[str], first_month: int) -> str:
    """The text that makes a scheduler run the plan each quarter, ready to be saved where its first line says.

    plan: the plan file, root: the workbook's folder, program: what starts the command ``salesplan``; all absolute.
    first_month: of the fiscal year. A run of a quarter that is published from the same answers "unchanged", so that a
    repeated or missed date does no harm: the next one plans the quarter that the books close then.
    """
    if scheduler not in _TEXTS:
        raise ChainError(f"{scheduler!r} is no scheduler that is known: {', '.join(SCHEDULERS)}.")
    months = sorted((first_month - 1 + 3 * n) % 12 + 1 for n in range(4))
    command = f"{shlex.join(program)} run --plan {shlex.quote(str(plan))} --as-of latest"
    inside = plan.relative_to(root) if plan.is_relative_to(root) else plan
    return _TEXTS[scheduler].format(
        day=_DAY,
        hour=_HOUR,
        months=",".join(map(str, months)),
        months_two=",".join(f"{m:02d}" for m in months),
        root=shlex.quote(str(root)),
        command=command,
        plan=shlex.quote(inside.as_posix()),
        log=shlex.quote(str(root / "outputs" / "salesplan.log")),
        bash=f"cd {shlex.quote(str(root))} && {command} --log json",
    )
