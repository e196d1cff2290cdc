"""What is installed is what pyproject.toml says, wherever it is written down."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_environment_yml_is_true_to_pyproject():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert re.findall(r'^ {6}- "(.+)"$', text, flags=re.M) == DECLARED["dependencies"]
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


def test_pandas_stays_below_three():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(r"^pandas==2\.", text, flags=re.M)
    assert re.search(r"^statsforecast==2\.1\.1", text, flags=re.M)
