"""A tiny workbook: four stand-in notebooks, a plan, one delivered file and a report, so that faults take seconds."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd

from salesplan import chain, config
from salesplan.workspace import CHAPTERS

KEYS = {
    *("plan", "as_of", "run_id", "logical_id", "status", "exit_status", "message", "place", "parameters", "stages"),
    *("checks", "warnings", "folder", "failed_folder", "started", "finished", "timings"),
}
PLAN = """
[company]
name = "double"
title = "Double Ltd"
currency = "CNY"

[sources.orders]
path = "orders.csv"

[run]
cell_seconds = {cell_seconds}
run_seconds = {run_seconds}
"""
PARAMETERS = """plan: str = "plan.toml"  # plan file
as_of: str = "2025Q4"  # last closed fiscal quarter
language: str = ""  # en or zh
folder: str = ""  # where to stage
seed: int = 20260101  # of every random draw"""
OPEN = """import pandas as pd
from salesplan import workspace
ws = workspace.open(plan, as_of=as_of, chapter="{chapter}", language=language, folder=folder, seed=seed)"""
WORK = {
    CHAPTERS[0]: """rows = pd.read_csv(ws.plan.root / "orders.csv")
ws.save("data/reconciliation", pd.DataFrame({"source": ["orders"], "currency": ["CNY"], "rows_in": [len(rows)],
    "rows_accepted": [len(rows)], "rows_quarantined": [0], "rows_excluded": [0],
    "amount_in": [rows.net_sales.sum()], "amount_accepted": [rows.net_sales.sum()],
    "amount_quarantined": [0.0], "amount_excluded": [0.0]}));""",
    CHAPTERS[1]: """total = ws.table("data/reconciliation").amount_accepted.sum()
ws.keep("paths", pd.DataFrame({"draw": [total]}));""",
    CHAPTERS[2]: """total = ws.kept("paths").draw.sum()
ws.save("gap", pd.DataFrame({"step": ["baseline"], "amount": [total], "low": [total], "high": [total]}));""",
    CHAPTERS[3]: "print('landing', ws.table('gap').amount.sum().round(2), object())",
}


def workbook(folder: Path, **changed: str | None) -> Path:
    """Writes the tiny workbook; ``changed`` replaces the working cell of a chapter ("c02" = ...) or its limits."""
    (folder / "notebooks").mkdir(parents=True, exist_ok=True)
    limits = {"cell_seconds": changed.get("cell_seconds", "60"), "run_seconds": changed.get("run_seconds", "120")}
    (folder / "plan.toml").write_text(PLAN.format(**limits), encoding="utf-8")
    (folder / "orders.csv").write_text("order_id,net_sales\n1,10.25\n2,20.50\n", encoding="utf-8")
    for chapter in CHAPTERS:
        work = changed.get(f"c{chapter[:2]}") or WORK[chapter]
        _write(folder / "notebooks" / f"{chapter}.ipynb", chapter=chapter, work=work)
    return folder


def _write(place: Path, *, chapter: str, work: str) -> None:
    new = nbformat.v4
    cells = [
        new.new_markdown_cell(f"# {chapter}", id="head"),
        new.new_code_cell(PARAMETERS, id="parameters", metadata={"tags": ["parameters"]}),
        new.new_code_cell(OPEN.format(chapter=chapter), id="setup"),
        new.new_markdown_cell("## What is it? · 何事", id="question"),
        new.new_code_cell(work, id="work"),
        new.new_code_cell("ws.close()", id="close"),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new.new_notebook(cells=cells, metadata=kernel), place)


def inputs(plan: config.Plan) -> pd.DataFrame:
    """The one delivered file."""
    place = plan.root / str(plan.file.sources["orders"].path)
    raw = place.read_bytes()
    row = {"source": "orders", "path": str(place), "sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    return pd.DataFrame([row])


def report(folder: Path, *, workspace: object) -> list[Path]:
    """The three faces, as small as they open."""
    import docx
    import openpyxl

    del workspace
    (folder / "report.html").write_text(os.environ.get("DOUBLE_HTML", "<html><p>10 %</p></html>"), encoding="utf-8")
    docx.Document().save(str(folder / "plan.docx"))
    openpyxl.Workbook().save(folder / "plan.xlsx")
    places = [folder / "plan.docx", folder / "plan.xlsx"]
    for place in places:
        _still(place)
    return [folder / "report.html", *places]


def _still(place: Path) -> None:
    """Packs again with fixed times and without the moment of writing."""
    with zipfile.ZipFile(place) as packed:
        parts = {name: packed.read(name) for name in packed.namelist() if name != "docProps/core.xml"}
        core = (
            b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
        )
        parts["docProps/core.xml"] = core
    with zipfile.ZipFile(place, "w") as packed:
        for name, content in sorted(parts.items()):
            packed.writestr(zipfile.ZipInfo(name), content)


def means(folder: Path) -> chain.Means:
    """What the tiny workbook is run with."""
    return chain.Means(
        folder / "notebooks",
        inputs,
        lambda plan, as_of, cache: None,
        report,
        lambda _: "from salesplan import workspace",
        folder / "notebooks",
    )


def request(folder: Path, **options: object) -> chain.Request:
    """A run of the tiny workbook for 2025Q4."""
    return chain.Request(folder / "plan.toml", str(options.pop("as_of", "2025Q4")), **options)  # type: ignore[arg-type]


def go(folder: Path, *, say: chain.Listener | None = None, **options: object) -> chain.Outcome:
    """How a run of the tiny workbook ends."""
    return chain.run(request(folder, **options), means=means(folder), say=say)


def base(folder: Path) -> Path:
    """Where the tiny workbook publishes."""
    return folder / "outputs" / "double"


def results(folder: Path) -> dict[str, Any]:
    """What ``run_results.json`` says; every key is there however a run ended."""
    content = json.loads((base(folder) / "run_results.json").read_text(encoding="utf-8"))
    assert set(content) == KEYS
    return content


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def deliver(folder: Path, amount: str) -> None:
    """Another delivery of the order lines, so that the next run has something to publish."""
    (folder / "orders.csv").write_text(f"order_id,net_sales\n1,{amount}\n", encoding="utf-8")


def replace_cell(folder: Path, chapter: int, work: str) -> None:
    """Gives a chapter's notebook another working cell."""
    name = CHAPTERS[chapter - 1]
    _write(folder / "notebooks" / f"{name}.ipynb", chapter=name, work=work)
