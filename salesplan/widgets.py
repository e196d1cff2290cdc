"""Sliders over pure functions: what would the answer be if the planner chose otherwise?"""

from __future__ import annotations

__all__ = ["WhatIf", "what_if"]

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from salesplan.words import Words

_STEPS = 40


@dataclass(frozen=True)
class WhatIf:
    """An answer to the defaults, and sliders that ask again.

    text: the answer to the defaults. ask: the function from choices to an answer. ranges: per choice its lowest,
    highest and default value, or the texts of which one is chosen, the default first. Printing it gives the text, so
    that a report needs no widget. keep: what writes the choices down.
    """

    text: str
    ask: Callable[..., Any]
    ranges: Mapping[str, tuple[Any, ...]]
    words: Words
    keep: Callable[..., str] | None = None

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def sliders(self) -> Any:
        """The sliders over their answer, an ipywidgets box; needs ipywidgets."""
        import ipywidgets

        dials = {name: self._slider(name) for name, span in self.ranges.items() if span[0] != span[1]}
        answer = ipywidgets.HTML(value=_page(self.text))

        def chosen() -> dict[str, Any]:
            defaults = {name: _default(span) for name, span in self.ranges.items()}
            return defaults | {name: dial.value for name, dial in dials.items()}

        def again(_: object) -> None:
            answer.value = _page(str(self.ask(**chosen())))

        for dial in dials.values():
            dial.observe(again, names="value")
        return ipywidgets.VBox([*dials.values(), answer, *self._keeping(chosen)])

    def _keeping(self, chosen: Callable[[], dict[str, Any]]) -> list[Any]:
        """The fields and the button by which choices are kept; none where nothing keeps them."""
        import ipywidgets

        if self.keep is None:
            return []
        keep, style = self.keep, {"description_width": "initial"}
        fields = {
            name: ipywidgets.Text(description=self.words.term(name), style=style) for name in ("reason", "author")
        }
        button = ipywidgets.Button(description=self.words.say("what_if_keep"), layout={"width": "auto"})
        kept = ipywidgets.HTML()

        def clicked(_: object) -> None:
            if not fields["reason"].value.strip():
                kept.value = _page(self.words.say("what_if_reason"))
                return
            kept.value = _page(keep(chosen(), **{name: field.value.strip() for name, field in fields.items()}))

        button.on_click(clicked)
        return [*fields.values(), button, kept]

    def _slider(self, name: str) -> Any:
        import ipywidgets

        label = self.words.term(name) if self.words.has(name) else self.words.name(name)
        if isinstance(self.ranges[name][0], str):
            options = [(self.words.name(option), option) for option in self.ranges[name]]
            return ipywidgets.Dropdown(options=options, description=label, style={"description_width": "initial"})
        low, high, default = self.ranges[name]
        if isinstance(default, bool):
            return ipywidgets.Checkbox(value=default, description=label)
        whole = all(isinstance(value, int) for value in (low, high, default))
        kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
        step = max(1, (high - low) // _STEPS) if whole else (high - low) / _STEPS
        return kind(
            value=default,
            min=low,
            max=high,
            step=step,
            description=label,
            continuous_update=False,
            style={"description_width": "initial"},
        )

    def _ipython_display_(self) -> None:
        # the static answer first: an exported page shows it where it shows no widget
        print(self.text)
        try:
            from IPython.display import display
        except ImportError:
            return
        display(self.sliders())


def what_if(
    function: Callable[..., Any],
    *,
    words: Words,
    keep: Callable[..., str] | None = None,
    **ranges: bool | tuple[float, ...] | tuple[str, ...],
) -> WhatIf:
    """What would the answer be under other choices?

    function: pure; takes the names of ``ranges`` as keywords and returns something that prints as an answer (text).
    ranges: name=(lowest, highest, default) of each choice, without a default the middle; name=True or False for a
    choice of yes or no (names that are no identifiers: ``**{"I-01": True}``); name=("first", "second", …) for one of
    several, of which the first is the default. keep: takes the choices, ``reason`` and ``author`` and keeps them,
    returning what it wrote; with it there is a button for it. A name that the glossary
    knows as a term is labelled by it; one whose lowest is its highest has no slider. Returns the answer to the
    defaults; shown in a notebook it prints that answer and puts sliders below, and elsewhere it is text.
    Errors: ValueError where lowest <= default <= highest does not hold, or there is no choice at all.
    """
    if not ranges:
        raise ValueError("a what-if needs at least one range: name=(lowest, highest, default)")
    spans = {name: _span(name, given) for name, given in ranges.items()}
    text = str(function(**{name: _default(span) for name, span in spans.items()}))
    return WhatIf(text, function, spans, words, keep)


def _default(span: tuple[Any, ...]) -> Any:
    return span[0] if isinstance(span[0], str) else span[2]


def _span(name: str, given: Any) -> tuple[Any, ...]:
    if isinstance(given, bool):
        return False, True, given
    if given and all(isinstance(option, str) for option in given):
        return (*given, given[0]) if len(given) == 1 else given
    if len(given) not in (2, 3):
        raise ValueError(f"{name} has {len(given)} values; write (lowest, highest, default)")
    low, high = given[0], given[1]
    default = given[2] if len(given) == 3 else (low + high) / 2
    if not low <= default <= high:
        raise ValueError(f"{name}: lowest {low} <= default {default} <= highest {high} does not hold")
    return low, high, default


def _page(text: str) -> str:
    return "<br>".join(html.escape(line) for line in text.split("\n"))
