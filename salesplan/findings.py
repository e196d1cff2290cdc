"""What a section says: computed prose, the table behind it, and checks that passed, failed or cannot tell."""

from __future__ import annotations

__all__ = ["Check", "Finding", "not_supplied"]

import html
from dataclasses import dataclass

from salesplan.words import Words


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: ``passed`` is None where the data cannot tell."""

    name: str
    passed: bool | None
    text: str


@dataclass(frozen=True)
class Finding:
    """What one section found.

    name: the section, as in the glossary's titles ("review/attainment"). text: computed prose in the plan's language.
    table: the published table it rests on, or "". sources: the delivered sources it was computed from.
    """

    name: str
    text: str
    table: str = ""
    checks: tuple[Check, ...] = ()
    sources: tuple[str, ...] = ("orders",)

    def __str__(self) -> str:
        marks = {True: "+", False: "!", None: "?"}
        return "\n".join([self.text, *(f"  [{marks[c.passed]}] {c.text}" for c in self.checks)])

    def _repr_html_(self) -> str:
        marks = {True: "✓", False: "✗", None: "?"}
        body = "".join(f"<p>{html.escape(part)}</p>" for part in self.text.split("\n") if part)
        rows = "".join(f"<li>{marks[c.passed]} {html.escape(c.text)}</li>" for c in self.checks)
        return f'<div class="finding">{body}{f"<ul>{rows}</ul>" if rows else ""}</div>'


def not_supplied(name: str, *, source: str, gives: str, words: Words) -> Finding:
    """The finding of a section whose source was not delivered: what is missing and what it would give.

    ``source`` and ``gives`` are glossary terms ("payments", "gives_collection").
    """
    text = words.say("not_supplied", source=words.term(source), gives=words.term(gives))
    return Finding(name, text, checks=(Check("supplied", None, text),), sources=())
