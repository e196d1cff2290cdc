"""What is installed is what pyproject.toml says, wherever it is written down."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_environment_yml_is_true_to_pyproject():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    nbval = next(r for r in DECLARED["optional-dependencies"]["test"] if _name(r) == "nbval")
    assert re.findall(r'^ {6}- "(.+)"$', text, flags=re.M) == [*DECLARED["dependencies"], nbval, "-e ."]
    assert f"python{DECLARED['requires-python']}" in text


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_the_lock_pins_every_dependency_by_hash_and_names_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([A-Za-z0-9._-]+)==", text, flags=re.M))
    wanted = {_name(r) for r in DECLARED["dependencies"] + DECLARED["optional-dependencies"]["build"]}
    assert wanted <= {p.lower().replace("_", "-") for p in pinned}
    entries = re.split(r"^(?=[A-Za-z0-9._-]+==)", text, flags=re.M)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


def _imports(place: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(place.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_every_declared_package_is_imported_and_every_imported_one_declared():
    called = {"ibis-framework": "ibis", "python-docx": "docx", "python-calamine": "python_calamine"}
    sources = [*(ROOT / "salesplan").rglob("*.py"), *(ROOT / "tools").glob("*.py")]
    imported = {name.partition(".")[0] for p in sources for name in _imports(p)}
    run_as_programs = {"ipykernel", "jupyterlab"}
    declared = {called.get(_name(r), _name(r).lower()) for r in DECLARED["dependencies"]} - run_as_programs
    assert sorted(name for name in declared if name not in {i.lower() for i in imported}) == []
    third = {i for i in imported if i.lower() not in declared and i not in sys.stdlib_module_names}
    come_with = {"jupyter_client", "jupyter_core", "nbclient", "nbformat", "traitlets", "IPython"}  # Jupyter's own
    optional = {"adbc_driver_postgresql"}
    assert third - come_with - optional - {"salesplan", "tools", "tests"} == set()


def test_pandas_stays_below_three():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(r"^pandas==2\.", text, flags=re.M)
    assert re.search(r"^statsforecast==2\.1\.1", text, flags=re.M)
