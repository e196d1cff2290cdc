"""Mistakes people make in a plan file, and what they are told: line, key, what to write, what was found."""

from __future__ import annotations

import pytest

from salesplan import config
from salesplan.errors import PlanFileError
from tests.test_config import MINIMAL

PLAN = (
    MINIMAL
    + """
[targets]
commit = 0.8

[[initiatives]]
initiative_id = "I1"
lever = "price"
action = "Raise"
mechanism = "m"
start = 2026-01-01
due = 2026-06-30
cost = 1000
impact_low = 1
impact_mid = 2
impact_high = 3
probability = 0.5
evidence = "e"

[[tasks]]
task_id = "T1"
initiative_id = "I1"
task = "Do"
owner = "Ann"
start = 2026-01-01
due = 2026-02-01
deliverable = "d"
"""
)

MISTAKES = {
    "typo in table": (
        "[targets]",
        "[target]",
        "10: target is not known. Did you mean 'targets'?",
    ),
    "typo in key": (
        "commit = 0.8",
        "comit = 0.8",
        "11: targets.comit is not known. Did you mean 'commit'?",
    ),
    "share as percent": (
        "commit = 0.8",
        "commit = 80",
        "11: targets.commit: a share lies between 0 and 1: write 0.8 for 80 %. Found 80.",
    ),
    "text for number": (
        "cost = 1000",
        'cost = "1,000"',
        "20: initiatives.0.cost: write a plain number, as in 250000 or 0.5, without quotes, separators and unit. Found '1,000'.",
    ),
    "number with unit": (
        "cost = 1000",
        'cost = "10万元"',
        "20: initiatives.0.cost: write a plain number, as in 250000 or 0.5, without quotes, separators and unit. Found '10万元'.",
    ),
    "not a date": (
        "start = 2026-01-01\ndue = 2026-06-30",
        'start = "1.1.2026"\ndue = 2026-06-30',
        "18: initiatives.0.start: write a day as in 2026-01-31, without quotes. Found '1.1.2026'.",
    ),
    "impossible date": (
        "due = 2026-06-30",
        "due = 2026-06-31",
        "19: not valid TOML: Invalid date or datetime (at line 19, column 7). The calendar has no such day; write days as in 2026-01-31.",
    ),
    "due before start": (
        "due = 2026-06-30",
        "due = 2025-06-30",
        "13: initiatives.0: due 2025-06-30 lies before start 2026-01-01: correct one of the two.",
    ),
    "unknown lever": (
        'lever = "price"',
        'lever = "pricing"',
        "15: initiatives.0.lever: write one of 'market', 'customer', 'product', 'price' or 'channel'. Did you mean 'price'? Found 'pricing'.",
    ),
    "lost owner": (
        'owner = "Ann"\n',
        "",
        "27: tasks.0.owner is missing; it is required.",
    ),
    "unknown initiative": (
        'task_id = "T1"\ninitiative_id = "I1"',
        'task_id = "T1"\ninitiative_id = "I2"',
        "29: tasks: 'T1' refers to 'I2', which is not there. Known are: I1.",
    ),
    "low above mid": (
        "impact_low = 1",
        "impact_low = 10",
        "13: initiatives.0: the impact may not fall: impact_low <= impact_mid <= impact_high.",
    ),
    "twice": (
        "probability = 0.5\n",
        "probability = 0.5\nprobability = 0.6\n",
        "25: not valid TOML: Cannot overwrite a value (at line 25, column 18). The key stands there twice: take one of the two out.",
    ),
    "id as number": (
        'initiative_id = "I1"\nlever',
        "initiative_id = 1\nlever",
        '14: initiatives.0.initiative_id: a code is text: quote it, as in "1". Found 1.',
    ),
    "no currency": (
        'currency = "EUR"\n',
        "",
        "2: company.currency is missing; it is required.",
    ),
    "currency sign": (
        'currency = "EUR"',
        'currency = "€"',
        "5: company.currency: write the three letters of the currency, as in CNY. Found '€'.",
    ),
    "no orders": (
        "[sources.orders]",
        "[sources.order]",
        "7: [sources.order] is not a source. Did you mean 'orders'?",
    ),
    "no path": (
        'path = "orders.csv"',
        'paths = "orders.csv"',
        "8: sources.orders.paths is not known. Did you mean 'path'?",
    ),
    "two places": (
        'path = "orders.csv"',
        'path = "orders.csv"\nurl_env = "DB"\ntable = "x"',
        "7: sources.orders: give one of path, files and url_env; found path and url_env.",
    ),
    "unknown column": (
        'path = "orders.csv"',
        'path = "orders.csv"\ncolumns = { sales = "Umsatz" }',
        "9: orders.columns has no column 'sales'. Did you mean 'net_sales'?",
    ),
    "unquoted": (
        'title = "Small Ltd"',
        "title = Small Ltd",
        "4: not valid TOML: Invalid value (at line 4, column 9). A text stands in quotes, a number has neither separators nor a unit.",
    ),
    "rising probabilities": (
        "commit = 0.8",
        "commit = 0.5",
        "10: targets: commit, target and stretch are probabilities and may not rise: commit >= target >= stretch.",
    ),
    "amount without basis": (
        "commit = 0.8",
        "amount = 1000000",
        '10: targets: an amount of one\'s own needs basis = "amount" and amount = …, both or neither.',
    ),
    "floor above cap": (
        "commit = 0.8",
        'commit = 0.8\n[[targets.limits]]\nwhere = { region = "EC" }\nfloor = 2\ncap = 1',
        "12: targets.limits.0: floor 2.00 lies above cap 1.00: lower the one or raise the other.",
    ),
    "bad dimension": (
        "commit = 0.8",
        'commit = 0.8\n[[targets.limits]]\nwhere = { regions = "EC" }\nfloor = 2',
        "13: targets.limits.0.where.regions: a limit names product, region, customer_group, channel or rep_id. Found 'regions'.",
    ),
    "cycle": (
        'deliverable = "d"',
        'deliverable = "d"\ndepends_on = ["T1"]',
        "35: tasks: T1 -> T1: these wait for one another; none can begin. Take one link out.",
    ),
    "language": (
        'title = "Small Ltd"',
        'title = "Small Ltd"\nlanguages = ["de"]',
        "5: company.languages.0: write one of 'en' or 'zh'. Found 'de'.",
    ),
    "title of bad language": (
        'title = "Small Ltd"',
        'title = { en = "a", de = "b" }',
        "4: company.title.de: write one of 'en' or 'zh'. Found 'de'.",
    ),
    "unit": (
        'title = "Small Ltd"',
        'title = "Small Ltd"\nunit = 1000',
        "5: company.unit: write one of 1, 10000, 1000000 or 100000000. Found 1000.",
    ),
    "unit of column": (
        'path = "orders.csv"',
        'path = "orders.csv"\nunits = { net_sales = "k" }',
        "9: sources.orders.units.net_sales: write one of '元', '千元', '万元', '亿元', '1', '1e3', '1e4', '1e6' or '1e8'. Found 'k'.",
    ),
    "bool": (
        "probability = 0.5",
        "probability = true",
        "13: initiatives.0: probability is neither true nor false: write its value.",
    ),
    "list for text": (
        'action = "Raise"',
        'action = ["Raise"]',
        '16: initiatives.0.action: write a text in quotes, or one for each language: { en = "…", zh = "…" }.',
    ),
    "table for list": (
        "[[tasks]]",
        "[tasks]",
        "27: tasks: write [[tasks]] in two brackets: there may be several.",
    ),
    "may_fall": (
        "[targets]",
        '[checks]\nmay_fall = ["payments"]\n[targets]',
        "11: checks: 'may_fall' refers to 'payments', which is not there. Known are: orders.",
    ),
    "dates": (
        'path = "orders.csv"',
        'path = "orders.csv"\ndates = "DD.MM.YYYY"',
        '7: sources.orders: dates says how days are written, as in "%d/%m/%Y".',
    ),
    "hedge": (
        "commit = 0.8",
        "commit = 0.8\nhedge = 5",
        "12: targets.hedge: has to be at most 0.5. Found 5.",
    ),
}


@pytest.mark.parametrize(("right", "wrong", "told"), MISTAKES.values(), ids=MISTAKES)
def test_c50_a_mistake_is_told_with_its_line_and_what_to_write(right, wrong, told):
    assert PLAN.count(right) == 1
    with pytest.raises(PlanFileError) as caught:
        config.parse(PLAN.replace(right, wrong), name="plan.toml")
    assert str(caught.value) == f"plan.toml:{told}"


def test_the_plan_without_a_mistake_is_accepted():
    assert config.parse(PLAN).tasks[0].owner == "Ann"
