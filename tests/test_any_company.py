"""Companies that lack what is optional or have an odd shape are published, or refused by check with the reason."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from tests.any_company import Company, any_company
from tests.conftest import LONG
from tools import matrix

pytestmark = pytest.mark.slow


def half_a_year_of_nobody() -> Company:
    """Six months of order lines alone, without customers, to the middle of the year."""
    orders = any_company(first="2025-01", months=6).frames["orders"].assign(customer_id="")
    return Company({"orders": orders}, "2025Q2")


def nine_months() -> Company:
    return any_company(first="2025-01", months=9)


def oddities() -> Company:
    """Equal years, a region called A=B, targets of the year alone; neither due dates nor claims."""
    whole = any_company()
    own = whole.without("orders", "due_date").without("activities", "claimed_effect")
    return matrix.renamed(matrix.with_targets(own.changed("orders", matrix.equal_years), ["region"], "year"), "A=B")


def constant_days_in_weeks() -> Company:
    """The same order every day, in a calendar of weeks, one of its dimensions switched off."""
    own = matrix.with_targets(any_company().without("payments").without("market"), ["region", "category"], "quarter")
    same = own.changed("orders", lambda t: t.drop_duplicates("order_date").assign(net_sales=100, quantity=1, cost=60))
    return replace(same, company='calendar = "4-4-5"', dimensions=("channel",))


@pytest.mark.parametrize(
    ("company", "language"),
    [(half_a_year_of_nobody, "en"), (nine_months, "zh"), (oddities, "en"), (constant_days_in_weeks, "zh")],
)
def test_a_company_is_planned_whatever_it_lacks_and_every_sentence_is_true_of_its_table(tmp_path, company, language):
    assert matrix.outcome(company(), tmp_path, language=language).ended == "published"


@pytest.mark.parametrize(
    ("company", "why"),
    [
        (any_company(first="2025-08", months=5), "a plan needs 6 months of history"),
        (any_company().changed("orders", lambda t: t.assign(net_sales=0, cost=0)), "nothing was sold"),
    ],
    ids=["five months", "all zero"],
)
def test_a_company_that_cannot_be_planned_is_refused_by_check(tmp_path, company, why):
    assert re.match(f"refused: .*{why}", matrix.outcome(company, tmp_path).ended)


def others(ended) -> pd.DataFrame:
    """What was neither published nor refused."""
    found = pd.DataFrame([(row.name, row.ended) for row in ended], columns=["company", "ended"])
    assert len(found) > 10
    return found[~found["ended"].str.startswith(("published", "refused: "))]


@LONG
@pytest.mark.by_hand
@pytest.mark.parametrize("part", range(1, 9))
def test_every_company_of_the_matrix_is_planned_or_refused_by_check(part):
    assert others(matrix.told(matrix.companies(), part=part, parts=8)).empty


@LONG
@pytest.mark.by_hand
@pytest.mark.parametrize("part", range(1, 33))
def test_companies_that_lack_two_things_are_planned_or_refused_by_check(part):
    assert others(matrix.told(matrix.pairs(), part=part, parts=32)).empty
