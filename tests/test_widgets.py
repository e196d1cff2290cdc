"""Sliders: the printed default, and that moving one asks the function again."""

from __future__ import annotations

import pytest

from salesplan import widgets
from salesplan.words import words

EN = words("en")


def doubled(*, growth: float, months: int = 1) -> str:
    return f"{growth * 2:.2f} in {months}"


def test_the_default_is_printed_without_any_widget():
    assert str(widgets.what_if(doubled, words=EN, growth=(0.0, 1.0, 0.25))) == "0.50 in 1"


def test_the_middle_is_the_default_where_none_is_given():
    assert str(widgets.what_if(doubled, words=EN, growth=(0.0, 1.0))) == "1.00 in 1"


def test_moving_a_slider_asks_again():
    box = widgets.what_if(doubled, words=EN, growth=(0.0, 1.0, 0.25), months=(1, 12, 3)).sliders()
    growth, months, answer = box.children
    growth.value = 0.5
    assert answer.value == "1.00 in 3"
    months.value = 7
    assert answer.value == "1.00 in 7"


def test_a_slider_is_labelled_in_the_plans_language():
    box = widgets.what_if(doubled, words=words("zh"), growth=(0.0, 1.0)).sliders()
    assert box.children[0].description == "增长率"


def test_a_yes_or_no_is_a_box_to_tick():
    box = widgets.what_if(
        lambda **on: str(sorted(k for k, v in on.items() if v)), words=EN, **{"I-1": True, "I-2": False}
    )
    answer = box.sliders()
    answer.children[1].value = True
    assert (str(box), answer.children[2].value) == ("['I-1']", "[&#x27;I-1&#x27;, &#x27;I-2&#x27;]")


def test_text_is_escaped_before_it_is_shown():
    box = widgets.what_if(lambda growth: f"<b>{growth}</b>", words=EN, growth=(0, 4, 2)).sliders()
    assert box.children[1].value == "&lt;b&gt;2&lt;/b&gt;"


@pytest.mark.parametrize("given", [(1.0, 0.0, 0.5), (0.0, 1.0, 2.0), (0.0,)])
def test_a_range_that_is_none_is_refused(given):
    with pytest.raises(ValueError, match="growth"):
        widgets.what_if(doubled, words=EN, growth=given)


def test_no_range_at_all_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        widgets.what_if(doubled, words=EN)


def test_display_prints_the_answer_first(capsys):
    widgets.what_if(doubled, words=EN, growth=(0.0, 1.0, 0.25))._ipython_display_()
    assert capsys.readouterr().out.startswith("0.50 in 1\n")


def test_one_of_several_is_chosen_from_a_list():
    box = widgets.what_if(lambda how, size: f"{how} {size}", words=EN, how=("region", "channel"), size=(1, 3, 2))
    how, size, answer = box.sliders().children
    assert (str(box), how.options[1]) == ("region 2", ("Channel", "channel"))
    how.value = "channel"
    size.value = 3
    assert answer.value == "channel 3"


def test_what_was_chosen_is_kept_with_a_reason_only():
    kept = []

    def keep(chosen, *, reason, author):
        kept.append((chosen, reason, author))
        return "<kept>"

    box = widgets.what_if(doubled, words=EN, keep=keep, growth=(0.0, 1.0, 0.25)).sliders()
    growth, _, reason, author, button, told = box.children
    button.click()
    assert kept == []
    assert "reason" in told.value
    growth.value, reason.value, author.value = 0.5, " more shops ", "Li"
    button.click()
    assert kept == [({"growth": 0.5}, "more shops", "Li")]
    assert told.value == "&lt;kept&gt;"
