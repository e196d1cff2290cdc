"""One glossary, two languages."""

from __future__ import annotations

import datetime as dt
import string

import pytest

from salesplan import words as module
from salesplan.words import words

EN, ZH = words("en", currency="CNY", names={"EC": "East China"}), words("zh", names={"EC": "华东"})
ENTRIES = [(kind, key, entry) for kind, entries in module._glossary().items() for key, entry in entries.items()]


@pytest.mark.parametrize(("kind", "key", "entry"), ENTRIES, ids=[f"{k}.{key}" for k, key, _ in ENTRIES])
def test_every_entry_has_both_languages_with_the_same_fields(kind, key, entry):
    assert kind in ("terms", "phrases", "titles")
    assert set(entry) == {"en", "zh"}
    assert all(text.strip() for text in entry.values())
    fields = [{f for _, f, _, _ in string.Formatter().parse(text) if f is not None} for text in entry.values()]
    assert fields[0] == fields[1]


def test_numbers_are_written_as_people_of_the_language_do():
    assert EN.money(12_345_678) == "¥12.3 m"
    assert ZH.money(12_345_678) == "¥1,235万"
    assert ZH.money(1.2345e9, digits=2) == "¥12.35亿"
    assert EN.money(-950.5) == "−¥950.50"
    assert EN.money(20_000, signed=True) == "+¥20.0 k"
    assert EN.share(0.934) == "93.4 %"
    assert ZH.share(-0.0125) == "−1.2%"
    assert EN.date(dt.date(2025, 12, 31)) == "31 December 2025"
    assert ZH.date(dt.date(2025, 12, 31)) == "2025年12月31日"
    assert EN.money(float("nan")) == EN.share(float("nan")) == EN.number(float("nan")) == "–"
    assert EN.interval("1", "2") == "1 to 2"
    assert ZH.join(["甲", "乙", "丙"]) == "甲、乙和丙"
    assert EN.name("EC / mops") == "East China / mops"
    assert ZH.name("region=EC, channel=X") == "华东 · X"
    assert EN.name("a=b") == "a=b"
    assert [EN.chance(p) for p in (0.0, 0.004, 0.354, 0.996)] == ["< 1 %", "< 1 %", "35 %", "> 99 %"]


def test_a_plan_may_fix_the_unit_of_all_money():
    assert [words("zh", unit=unit).money(178_932_105.5) for unit in (1, 1e4, 1e6, 1e8)] == [
        "¥178,932,106",
        "¥17,893万",
        "¥179百万",
        "¥1.79亿",
    ]
    assert [words("en", unit=unit).money(-178_932_105.5) for unit in (1, 1e4, 1e6)] == [
        "−¥178,932,106",
        "−¥178,932 k",
        "−¥179 m",
    ]
    assert words("en", unit=1).money(12.5) == "¥12.50"


def test_names_come_from_the_plan_then_the_glossary_then_stay():
    assert (EN.name("EC"), ZH.name("EC"), EN.name("total"), EN.name("X-1")) == ("East China", "华东", "Total", "X-1")


def test_texts_of_the_plan_fall_back_to_the_language_there_is():
    assert ZH.pick({"en": "a", "zh": "甲"}) == "甲"
    assert ZH.pick({"en": "a"}) == "a"
    assert EN.pick("plain") == "plain"


def test_an_unknown_key_says_what_was_meant():
    with pytest.raises(KeyError, match="net_sales"):
        EN.term("net_salse")


def test_a_sentence_takes_formatted_values_only_and_all_of_them():
    with pytest.raises(TypeError, match="format low"):
        EN.say("interval", low=0.5, high="1")
    with pytest.raises(TypeError, match="no place for extra"):
        EN.say("interval", low="0", high="1", extra="2")


def test_a_language_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="en, zh"):
        words("fr")
