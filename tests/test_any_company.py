"""Companies that lack what is optional or have an odd shape are published, or refused by check with the reason."""

from __future__ import annotations

import re

import pytest

from tests.conftest import LONG
from tools import matrix

pytestmark = pytest.mark.slow
FEW = (
    "orders alone",
    "6 months",
    "6 months to 2025-06",
    "9 months to 2025-09",
    "equal years",
    "a region called A=B",
    "without orders.due_date",
    "without activities.claimed_effect",
    "targets by region and year",
    "nobody in particular",
    "5 months",
    "all zero",
)
REFUSED = {"5 months": "a plan needs 6 months of history", "all zero": "nothing was sold"}


def outcome(name: str, folder) -> str:
    return matrix.outcome(dict(matrix.companies())[name], folder)


@pytest.mark.parametrize("name", FEW)
def test_a_company_is_planned_or_refused_by_check(tmp_path, name):
    told = outcome(name, tmp_path)
    assert told == "published" if name not in REFUSED else re.match(rf"refused: .*{REFUSED[name]}", told), told


@LONG
@pytest.mark.by_hand
@pytest.mark.parametrize("name", [name for name, _ in matrix.companies()])
def test_every_company_of_the_matrix_is_planned_or_refused_by_check(tmp_path, name):
    assert outcome(name, tmp_path).startswith(("published", "refused: "))


@LONG
@pytest.mark.by_hand
@pytest.mark.parametrize("number", range(len(list(matrix.pairs()))))
def test_companies_that_lack_two_things_are_planned_or_refused_by_check(tmp_path, number):
    name, company = list(matrix.pairs())[number]
    assert matrix.outcome(company, tmp_path).startswith(("published", "refused: ")), name
