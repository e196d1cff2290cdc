"""The notebooks' shape, and that they tell today the story that is committed."""

from __future__ import annotations

import ast
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import hypothesis
import nbformat
import pytest

from salesplan.workspace import CHAPTERS

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "notebooks"
NOTEBOOKS = [FOLDER / f"{chapter}.ipynb" for chapter in CHAPTERS]
TYPED_FIGURE = re.compile(r"\d[\d,.]*\s*%|[¥$€£]\s*\d|\d[\d,.]*\s*(万|亿|CNY|USD|EUR|million|bn)\b")
FORBIDDEN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.Lambda)


def cells(path: Path, kind: str) -> list:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == kind]


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def shape_problems(notebook) -> list[str]:
    """Everything the house forbids in a notebook; empty where nothing is wrong."""
    found = []
    code = [c for c in notebook.cells if c.cell_type == "code"]
    sizes = [len([line for line in c.source.splitlines() if line.strip()]) for c in code]
    if statistics.median(sizes) > 3:
        found.append(f"code cells have a median of {statistics.median(sizes)} lines; 3 are allowed")
    for number, (cell, size) in enumerate(zip(code, sizes, strict=True), 1):
        if size > 12:
            found.append(f"code cell {number} has {size} lines; 12 are allowed")
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, FORBIDDEN):
                found.append(f"code cell {number} holds a {type(node).__name__}; put it into a module")
        if re.search(r"\bpd\.read_|\bplt\.", cell.source):
            found.append(f"code cell {number} reads files or draws by hand")
        if {"raises-exception", "skip"} & set(tags(cell)) or "allow_errors" in cell.source:
            found.append(f"code cell {number} hides errors")
    for number, cell in enumerate([c for c in notebook.cells if c.cell_type == "markdown"], 1):
        if figure := TYPED_FIGURE.search(cell.source):
            found.append(f"markdown cell {number} holds the typed figure {figure.group()!r}")
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_r72_the_shape_of_a_notebook(path):
    assert shape_problems(nbformat.read(path, as_version=4)) == []


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("for x in y:\n    print(x)", "code", "For"),
        ("def f():\n    return 1", "code", "FunctionDef"),
        ("pd.read_csv('x')", "code", "reads files"),
        ("\n".join(f"a{i} = 1" for i in range(13)), "code", "13 lines"),
        ("Sales rose by 12.5 % to a record.", "markdown", "typed figure"),
        ("目标为 1,200万。", "markdown", "typed figure"),
    ],
)
def test_the_shape_check_finds_what_it_forbids(source, kind, message):
    cell = nbformat.v4.new_code_cell(source) if kind == "code" else nbformat.v4.new_markdown_cell(source)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1"), cell])
    assert any(message in problem for problem in shape_problems(notebook))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_prose_stands_before_every_group_of_code(path):
    kinds = [c.cell_type for c in nbformat.read(path, as_version=4).cells]
    assert kinds[0] == "markdown"
    longest = max(len(run) for run in re.findall(r"c+", "".join(k[0] for k in kinds)))
    assert longest <= 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_one_parameters_cell_with_declared_types_and_help(path):
    tagged = [c for c in cells(path, "code") if "parameters" in tags(c)]
    assert len(tagged) == 1
    lines = [line for line in tagged[0].source.splitlines() if line.strip()]
    assert len(lines) <= 8
    assert all(re.fullmatch(r"\w+: (str|int|float|bool) = .+  # .+", line) for line in lines)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_golden_cells_can_be_compared_and_nothing_else_is_kept(path):
    golden = [c for c in cells(path, "code") if "nbval-check-output" in tags(c)]
    assert 4 <= len(golden) <= 8
    assert all(c.execution_count == 1 and c.outputs for c in golden)
    assert all(not c.outputs and c.execution_count is None for c in cells(path, "code") if c not in golden)


def test_each_heading_is_a_question_with_its_chinese_term():
    for path in NOTEBOOKS:
        headings = [line for c in cells(path, "markdown") for line in c.source.splitlines() if line.startswith("## ")]
        assert len(headings) >= 6
        assert all(" · " in h and re.search(r"[一-鿿]", h) for h in headings), headings


def test_planning_notebooks_have_a_what_if():
    for path in NOTEBOOKS[1:3]:
        assert [c for c in cells(path, "code") if "interactive" in tags(c)]


def told(cell) -> list[tuple[str, str]]:
    """The texts of a cell's outputs, by kind."""
    shown = [(o.get("name", ""), o["text"]) for o in cell.outputs if o.output_type == "stream"]
    return shown + [(kind, text) for o in cell.outputs for kind, text in o.get("data", {}).items() if "text" in kind]


@pytest.mark.slow
def test_golden_cells_tell_what_the_published_run_tells(annual):
    for path in NOTEBOOKS:
        run = {c.id: c for c in cells(annual / "notebooks" / path.name, "code")}
        for cell in (c for c in cells(path, "code") if "nbval-check-output" in tags(c)):
            assert told(cell) == told(run[cell.id]), f"{path.stem}: {cell.source}"


@pytest.mark.slow
@pytest.mark.by_hand
def test_r78_run_again_by_hand_every_cell_of_the_published_run_tells_the_same_and_saves_the_same_bytes(annual):
    draft = ROOT / "outputs" / "demo" / "draft" / "2025Q4" / "tables"
    shutil.rmtree(draft.parent, ignore_errors=True)
    again = ROOT / "outputs" / "demo" / "draft" / "again"
    shutil.rmtree(again, ignore_errors=True)
    again.mkdir(parents=True)
    by_hand = NOTEBOOKS if hypothesis.settings.default.max_examples >= 1000 else NOTEBOOKS[2:]
    if by_hand != NOTEBOOKS:  # the first two are run anew, table by table, in test_no_lookahead
        for name in ("tables/data", "tables/review", "tables/swot", "tables/targets", "kept"):
            shutil.copytree(annual / name, draft.parent / name)
    for path in by_hand:
        notebook = nbformat.read(annual / "notebooks" / path.name, as_version=4)
        for cell in notebook.cells:
            if "injected-parameters" in tags(cell):
                cell.source += (
                    '\nplan = "data/demo/plan.toml"'  # a published notebook names the plan file, not its place
                )
            if "interactive" in tags(cell):
                cell.metadata["tags"] = [*tags(cell), "nbval-ignore-output"]  # what a slider shows lives in a browser
        nbformat.write(notebook, again / path.name)
    options = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=120", "-pno:cacheprovider", "-pno:xdist", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *map(str, sorted(again.glob("*.ipynb")))],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    published = sorted((annual / "tables").rglob("*.parquet"))
    assert len(published) >= 25
    for place in published:
        name = place.relative_to(annual / "tables")
        assert place.read_bytes() == (draft / name).read_bytes(), name
