"""The house rules that a reader cannot see by eye: layers, sizes, the map, purity of names."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path

import nbformat

from salesplan import schemas

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "salesplan").rglob("*.py"))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _without_docstring(node: ast.AST) -> int:
    lines = node.end_lineno - node.lineno + 1
    if ast.get_docstring(node):
        lines -= node.body[0].end_lineno - node.body[0].lineno + 1
    return lines


def _functions() -> list[tuple[str, int, ast.FunctionDef]]:
    return [
        (f"{path.relative_to(ROOT)}:{node.name}", _without_docstring(node), node)
        for path in MODULES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef)
    ]


def _code_lines(path: Path) -> int:
    doc = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            doc |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = path.read_text(encoding="utf-8").splitlines()
    return sum(
        1 for n, line in enumerate(lines, 1) if line.strip() and not line.strip().startswith("#") and n not in doc
    )


def test_functions_are_short():
    sizes = {name: size for name, size, _ in _functions()}
    assert statistics.median(sizes.values()) <= 12
    assert not {name: size for name, size in sizes.items() if size > 40}


def test_modules_are_small():
    assert not {str(path): n for path in MODULES if (n := _code_lines(path)) > 400}


def test_functions_take_at_most_two_positional_parameters():
    wide = []
    for name, _, node in _functions():
        positional = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in ("self", "cls")]
        if len(positional) > 2 and not node.name.startswith("_"):
            wide.append((name, positional))
    assert not wide


def test_names_say_what_they_are():
    banned = re.compile(r"(^|_)(utils?|helpers?|manager)($|_)|^(process|do|get)_")
    assert not [str(p) for p in MODULES if banned.search(p.stem)]
    assert not [name for name, _, node in _functions() if banned.search(node.name)]


def test_everything_public_is_documented():
    bare = []
    for path in MODULES:
        for node in _tree(path).body:
            named = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if named and not ast.get_docstring(node):
                bare.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert not bare


def test_all_lists_are_short_and_true():
    for path in MODULES:
        tree = _tree(path)
        listed = next((ast.literal_eval(n.value) for n in tree.body if _assigns_all(n)), None)
        if listed is None or path.name == "__init__.py":
            continue
        defined = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        defined |= {t.id for n in tree.body if isinstance(n, ast.Assign) for t in _names(n)}
        defined |= {n.target.id for n in tree.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)}
        public = {
            n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")
        }
        assert set(listed) <= defined, path
        assert public <= set(listed), path
        assert len(listed) <= 16, path


def _names(node: ast.Assign) -> list[ast.Name]:
    return [part for t in node.targets for part in ast.walk(t) if isinstance(part, ast.Name)]


def _assigns_all(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)


def test_no_code_outside_tests_and_the_generator_reads_the_truth():
    readers = [p for p in MODULES if "TRUTH" in p.read_text(encoding="utf-8") and "demo" not in p.parts]
    notebooks = [p for p in (ROOT / "notebooks").glob("*.ipynb") if "TRUTH" in p.read_text(encoding="utf-8")]
    assert readers + notebooks == []


def test_importing_the_package_is_quick_because_heavy_libraries_wait():
    heavy = ["statsforecast", "statsmodels", "matplotlib", "papermill", "duckdb", "ibis", "docx", "xlsxwriter"]
    script = (
        "import sys, salesplan.cli, salesplan.targets, salesplan.review, salesplan.strategies; "
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


MAP_ROW = re.compile(
    r"^\| (?P<question>[^|]+) \| (?P<section>[^|]+) \| (?P<function>[^|]+) \| (?P<table>[^|]+) \| (?P<test>[^|]+) \|$"
)


def _map(document: str) -> list[dict[str, str]]:
    text = (ROOT / document).read_text(encoding="utf-8")
    rows = [m.groupdict() for line in text.splitlines() if (m := MAP_ROW.match(line))]
    return [{k: v.strip().strip("`") for k, v in row.items()} for row in rows if "`" in row["function"]]


def test_the_map_is_true():
    rows = _map("ARCHITECTURE.md")
    assert len(rows) >= 15
    headings = _headings()
    for row in rows:
        notebook, heading = row["section"].split(" ", 1)
        assert heading in headings[notebook], row
        module, function = row["function"].rsplit(".", 1)
        assert hasattr(_import(f"salesplan.{module}"), function), row
        assert row["table"] in schemas.COLUMNS, row
        assert (ROOT / "tests" / row["test"]).is_file(), row


def test_the_readme_is_short_and_leads_to_the_map():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert 500 <= len(text.split()) <= 900
    assert "ARCHITECTURE.md#the-map" in text
    rows = _map("README.md")
    assert len(rows) >= 6
    assert all(row in _map("ARCHITECTURE.md") for row in rows)
    assert "## The map" in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def _import(name: str) -> object:
    import importlib

    return importlib.import_module(name)


def _headings() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        found[path.stem[:2]] = [
            line[3:].split(" · ")[0].strip()
            for cell in cells
            if cell.cell_type == "markdown"
            for line in cell.source.splitlines()
            if line.startswith("## ")
        ]
    return found
