"""The plan file: what it accepts, and what it says about what it does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from salesplan import config
from salesplan.errors import PlanFileError
from tests.conftest import ROOT

MINIMAL = """
[company]
name = "small"
title = "Small Ltd"
currency = "EUR"

[sources.orders]
path = "orders.csv"
"""


def refused(text: str) -> str:
    with pytest.raises(PlanFileError) as caught:
        config.parse(text, name="plan.toml")
    return str(caught.value)


def test_a_minimal_plan_has_defaults():
    plan = config.parse(MINIMAL)
    assert plan.targets.commit == 0.8
    assert plan.dimension_columns == config.DIMENSIONS


def test_c46_bad_toml_names_the_line():
    assert refused(MINIMAL + "\n[checks\n").startswith("plan.toml:10:")


def test_c47_an_unknown_key_is_refused_with_what_was_meant():
    message = refused(MINIMAL + "\n[checks]\nmax_quarantined_amout = 0.1\n")
    assert "plan.toml:11: checks.max_quarantined_amout is not known. Did you mean 'max_quarantined_amount'?" in message


def test_c47_an_unknown_key_inside_a_list_names_its_own_line():
    text = MINIMAL + '\n[[swot]]\nquadrant="strength"\nclaim="a"\nsource="b"\n'
    message = refused(text + text[len(MINIMAL) :] + "clam = 'x'\n")
    assert "plan.toml:19: swot.1.clam is not known. Did you mean 'claim'?" in message


def test_c47_an_unknown_source_and_an_unknown_column():
    assert "Did you mean 'payments'?" in refused(MINIMAL + '[sources.paymnts]\npath = "x.csv"\n')
    message = refused(MINIMAL + '[sources.orders.columns]\nnet_sale = "x"\n')
    assert "plan.toml:10: orders.columns has no column 'net_sale'. Did you mean 'net_sales'?" in message


def test_c48_a_duplicate_key_keeps_its_line():
    assert refused(MINIMAL + "\n[checks]\nstale_days = 1\nstale_days = 2\n").startswith("plan.toml:12:")


def test_c49_a_code_given_as_a_number_is_refused_with_the_hint():
    message = refused(MINIMAL + "[sources.orders.constants]\nregion = 7\n")
    assert 'quote it, as in "7"' in message
    assert message.startswith("plan.toml:10:")


def test_c57_dates_that_end_before_they_start():
    text = MINIMAL + (
        '[[initiatives]]\ninitiative_id="A"\nlever="price"\naction="a"\nmechanism="m"\nstart=2026-03-01\ndue=2026-02-01\n'
        'cost=1\nimpact_low=1\nimpact_mid=2\nimpact_high=3\nprobability=0.5\nevidence="e"\n'
    )
    assert "due 2026-02-01 lies before start 2026-03-01" in refused(text)


def test_c60_a_plan_file_over_one_megabyte_is_refused(tmp_path):
    place = tmp_path / "plan.toml"
    place.write_text(MINIMAL + "# " + "x" * 1_000_000, encoding="utf-8")
    with pytest.raises(PlanFileError, match="at most 1,000,000"):
        config.load(place)


def test_a_plan_without_orders_says_so():
    assert "sources.orders is required" in refused(MINIMAL.replace("sources.orders", "sources.team"))


def test_a_missing_plan_file_says_how_to_make_one(tmp_path):
    with pytest.raises(PlanFileError, match="salesplan init"):
        config.load(tmp_path / "none.toml")


def test_a_byte_order_mark_does_no_harm(tmp_path):
    place = tmp_path / "plan.toml"
    place.write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    assert config.load(place).name == "small"


def test_the_data_dictionary_names_every_source_and_column():
    text = (Path(__file__).parent.parent / "data" / "README.md").read_text(encoding="utf-8")
    parts = {part.split(" ", 1)[0]: part for part in text.split("\n## ")[1:]}
    assert list(parts) == list(config.SOURCES)
    for name, shape in config.SOURCES.items():
        rows = [line.split("|")[1].strip() for line in parts[name].splitlines() if line.startswith("| ")][1:]
        assert rows == [f"**{c}**" if kind.required else c for c, kind in shape.columns.items()]


def test_every_key_of_the_plan_file_is_described():
    """docs/plan.md names each key of each table in code type, and every table."""
    text = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")
    models = [getattr(part, name) for part in (config.models, config.moves, config.people) for name in part.__all__]
    keys = {key for model in models if model.__name__ not in ("Calendar", "PlanFile") for key in model.model_fields}
    assert [key for key in sorted(keys) if not re.search(rf"[`.]{key}[`\s(\]]", text)] == []
    tables = [name for name in config.PlanFile.model_fields if not re.search(rf"`\[+{name}[\].]", text)]
    assert tables == []


KEPT = {"change": 0.1, "split": "potential", "hedge": 0.05}


def test_a_decision_kept_from_a_what_if_stands_above_the_plans_choices(tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(MINIMAL + '\n[targets]\nbasis = "commit"\n# mine\n', encoding="utf-8")
    before = plan.read_text(encoding="utf-8").rstrip()
    said = config.keep_choices(plan, KEPT, reason='"Bold", 但可行', author="Li", set_goal=1234.56)
    assert "value = 1358.02" in said
    text = plan.read_text(encoding="utf-8")
    assert text.startswith(before)
    chosen = config.load(plan).file.targets
    assert (chosen.basis, chosen.amount, chosen.split, chosen.hedge) == ("amount", 1358.02, "potential", 0.05)
    assert (chosen.reason, chosen.author) == ('"Bold", 但可行', "Li")
    config.keep_choices(plan, {**KEPT, "change": 0.2, "hedge": 0.0}, reason="again", author="", set_goal=1000)
    again = config.load(plan).file.targets
    assert (again.amount, again.hedge, again.author) == (1200.0, 0.0, None)
    assert plan.read_text(encoding="utf-8").count("[decisions.amount]") == 1
    assert plan.read_text(encoding="utf-8").startswith(before)


def test_a_decision_without_a_reason_or_out_of_range_is_refused():
    assert "reason" in refused(MINIMAL + "\n[decisions.amount]\nvalue = 5.0\n")
    assert "hedge" in refused(MINIMAL + '\n[decisions.hedge]\nvalue = 5.0\nreason = "x"\n')


@pytest.mark.parametrize("nested", ["a = " + "[" * 5000, "a = " + "{b = " * 3000, "[" + "a." * 20000 + "a]"])
def test_a_plan_file_of_brackets_is_refused(nested):
    with pytest.raises(PlanFileError, match=r"plan\.toml"):
        config.parse(nested)


@pytest.mark.parametrize("title", ['""', '"' + "x" * 121 + '"', '{ en = "' + "x" * 50_000 + '" }', "7"])
def test_a_title_fits_a_page(title):
    text = f'[company]\nname = "a"\ntitle = {title}\ncurrency = "CNY"\n[sources.orders]\npath = "o.csv"\n'
    with pytest.raises(PlanFileError, match=r"plan\.toml:3: company\.title") as caught:
        config.parse(text)
    assert len(str(caught.value)) < 400
