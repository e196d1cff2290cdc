"""Committed notebooks hold golden outputs and nothing else."""

from __future__ import annotations

import importlib.util

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.conftest import ROOT

SPEC = importlib.util.spec_from_file_location("clean_notebooks", ROOT / "tools" / "clean_notebooks.py")
tool = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tool)

SAID = new_output("stream", text="sales 12\n")


def golden(source="print('sales', 12)", **more):
    return new_code_cell(source, metadata={"tags": ["nbval-check-output"]}, **more)


def written(folder, *cells, name="01_first.ipynb", **metadata):
    book = new_notebook(cells=list(cells), metadata=metadata)
    path = folder / name
    nbformat.write(book, path)
    return path


def test_cleaning_keeps_golden_outputs_only(tmp_path):
    plain = new_code_cell("print(1)", execution_count=7, outputs=[new_output("stream", text="1\n")])
    path = written(tmp_path, new_markdown_cell("# Q"), golden(execution_count=9, outputs=[SAID]), plain)
    assert tool.main(["--folder", str(tmp_path)]) == 0
    _, kept, stripped = nbformat.read(path, as_version=4).cells
    assert kept.execution_count == 1
    assert kept.outputs == [SAID]
    assert stripped.execution_count is None
    assert stripped.outputs == []


def test_cleaning_twice_changes_nothing_more(tmp_path):
    path = written(tmp_path, golden(execution_count=9, outputs=[SAID]), papermill={"parameters": {}})
    tool.main(["--folder", str(tmp_path)])
    before = path.read_bytes()
    tool.main(["--folder", str(tmp_path)])
    assert path.read_bytes() == before
    assert tool.main(["--folder", str(tmp_path), "--check"]) == 0


@pytest.mark.parametrize(
    ("cell", "part"),
    [
        (new_code_cell("1", outputs=[new_output("stream", text="1")]), "outputs"),
        (new_code_cell("1", execution_count=3), "execution_count"),
        (new_code_cell("1", metadata={"papermill": {"duration": 1.0}}), "metadata"),
        (golden(execution_count=4, outputs=[SAID]), "execution_count"),
        (golden(execution_count=1), "execution_count"),
        (golden(execution_count=1, outputs=[new_output("error", ename="E", evalue="", traceback=[])]), "outputs"),
    ],
)
def test_the_check_names_the_notebook_and_what_is_wrong(tmp_path, capsys, cell, part):
    path = written(tmp_path, cell)
    before = path.read_bytes()
    assert tool.main(["--folder", str(tmp_path), "--check"]) == 1
    said = capsys.readouterr().out
    assert "01_first.ipynb" in said
    assert part in said
    assert path.read_bytes() == before


def test_s103_the_check_sees_metadata_of_a_run(tmp_path, capsys):
    written(tmp_path, new_code_cell("1"), papermill={"parameters": {"as_of": "2025Q4"}})
    assert tool.main(["--folder", str(tmp_path), "--check"]) == 1
    assert "metadata of the notebook" in capsys.readouterr().out


def test_a_picture_in_a_golden_cell_is_not_kept():
    shown = new_output("execute_result", data={"text/plain": "12", "image/png": "AAAA"}, execution_count=5)
    clean = tool.cleaned(new_notebook(cells=[golden(execution_count=5, outputs=[shown])]))
    assert clean.cells[0].outputs[0]["data"] == {"text/plain": "12"}
    assert clean.cells[0].outputs[0]["execution_count"] == 1


def test_cleaning_changes_a_copy():
    book = new_notebook(cells=[new_code_cell("1", execution_count=3)])
    tool.cleaned(book)
    assert book.cells[0].execution_count == 3


@pytest.mark.slow
def test_golden_outputs_come_from_a_run_with_the_given_parameters_in_order(tmp_path):
    parameters = new_code_cell(
        'plan: str = "p"  # plan\nas_of: str = "2024Q4"  # quarter\nfolder: str = ""  # place',
        metadata={"tags": ["parameters"]},
    )
    first = [
        parameters,
        new_code_cell("import pathlib; p = pathlib.Path(folder); p.mkdir(); (p / 'a').write_text('x')"),
    ]
    second = [parameters, golden("import pathlib; print(as_of, (pathlib.Path(folder) / 'a').read_text())")]
    written(tmp_path, *first, golden("print(plan)"))
    path = written(tmp_path, *second, name="02_second.ipynb")
    tool.store_golden(tool.notebooks(tmp_path), plan="other.toml", as_of="2025Q4")
    cells = nbformat.read(path, as_version=4).cells
    assert len(cells) == 2
    assert cells[-1].outputs[0].text == "2025Q4 x\n"
    assert tool.main(["--folder", str(tmp_path), "--check"]) == 0
