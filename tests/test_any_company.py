"""Companies that lack what is optional or have an odd shape are published, or refused by check with the reason."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest

from salesplan import plots
from tests.any_company import Company, any_company
from tests.conftest import LONG
from tests.said import Page, Said, heard
from tests.sentence_rules import ELSEWHERE
from tests.sentences import LABELS, NUMBER, read
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
    found = matrix.outcome(company(), tmp_path, language=language)
    assert (found.ended, found.read.false) == ("published", [])


@pytest.fixture(scope="module")
def spoken(tmp_path_factory) -> tuple[Page, list[Said], Path]:
    """The run of a whole company, all that it published of what it said, and the folder of its files."""
    folder = tmp_path_factory.mktemp("spoken")
    with mock.patch.object(plots.Chart, "png", return_value=b""), heard() as told:
        matrix.run(any_company().write(folder), "2025Q4", folder / "out")
    page = Page(folder / "out")
    return page, [said for said in told if any(said.text in text for *_, text in page.sections)], folder


def other_digits(said: Said) -> dict[str, str]:
    """The numbers of a sentence that tables hold, each with its first digit changed.

    Ranges are read by the rule of the sentence around them.
    """
    values = {field: str(value).strip() for field, value in said.values.items() if said.key != "interval"}
    return {
        field: re.sub(r"\d", lambda digit: str((int(digit[0]) + 3) % 10), value, count=1)
        for field, value in values.items()
        if re.fullmatch(NUMBER, value) and (said.key, field) not in ELSEWHERE and field not in LABELS
    }


def test_a_digit_that_is_changed_in_a_sentence_is_found(spoken):
    page, told, inputs = spoken
    assert read(page, told, inputs=inputs).false == []
    planted = [replace(said, values={**said.values, **other_digits(said)}) for said in told]
    false = read(page, planted, inputs=inputs).false
    changed = {(said.key, field) for said in told for field in other_digits(said)}
    found = {(key, field) for key, field in changed if any(re.search(rf" \| {key}\.{field}( =| \|)", f) for f in false)}
    assert len(changed) > 60
    assert len(found) / len(changed) > 0.9, sorted(changed - found)


def test_a_word_that_is_turned_round_in_a_sentence_is_found(spoken):
    page, told, inputs = spoken
    turned = {
        "review_short": "review_over",
        "review_most_brought": "review_most_taken",
        "review_market_won": "review_market_lost",
        "targets_accuracy_better": "targets_accuracy_worse",
        "gap_from": "gap_beyond",
        "gap_open": "gap_closed",
        "swot_price_down": "swot_price_up",
        "customer_none_at_risk": "customer_at_risk",
        "product_none_decline": "product_decline",
        "review_no_lost": "review_lost",
    }
    turned |= {other: one for one, other in turned.items()}
    said = {s.key for s in told} & set(turned)
    assert len(said) >= 8
    for key in said:
        planted = [replace(s, key=turned[key]) if s.key == key else s for s in told]
        assert read(page, planted, inputs=inputs).false != [], key


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
