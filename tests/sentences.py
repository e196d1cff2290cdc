"""Reads what a run publishes: every number and comparison of every sentence, held against the tables of the same run.

A number has to stand in the table that its section names, or to be what the sentence's rule makes of it; a comparison
has to be what its rule finds in the table. Sentences that compare have a rule or stand among those that say nothing
of a table (``sentence_rules.PLAIN``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from salesplan import words
from tests.said import Page, Said, written
from tests.sentence_rules import ELSEWHERE, PLAIN, RULES

NUMBER = re.compile(r"[−+<> ]*(?:[A-Z]{3} |[¥$€£])?\d[\d,]*(?:\.\d+)?(?: ?(?:%|bn|m|k|pp)|万|亿|个百分点)?")
# A word that compares: a template that holds one has a rule, or is told to be plain.
_COMPARES = re.compile(
    r"\b(more|less|fewer|most|least|largest|highest|lowest|heaviest|hardest|easiest|best|worst|grew|grown|grows|fell"
    r"|falls?|rose|gained|lost|higher|lower|above|below|beats?|better|worse|short|nearer|dearer|cheaper|reached|chance"
    r"|widest|deepest|fastest|slowest|strongest|weakest|safer|harder|surely|growing|declining|brought|taken|none|late)\b"
)


_LATIN = re.compile(r"[A-Za-z]{3,}")
_KEYS = {"targets", "owners", "default", "owner", "review", "collection", "rate", "sales"}  # of the plan file
_BORROWED = _KEYS | set("SWOT TOWS IFE EFE MASE Brier SMART GMV salesplan plan toml replay".split())  # noqa: SIM905
LABELS = ("period", "from", "to", "year")  # names of months, quarters and years


@dataclass
class Reading:
    """What was read: sentences, numbers, comparisons; what is false of its table; what no rule reads."""

    sentences: int = 0
    numbers: int = 0
    comparisons: int = 0
    false: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)


def read(page: Page, told: list[Said], *, inputs: Path) -> Reading:
    """Every sentence that stands in a finding of the run, held against the run's tables.

    inputs: the folder of the company's files: words that stand in them are names, in whichever language.
    """
    reading, texts = Reading(), {s.text for s in told}
    # a range is part of the sentence around it, whose rule may have read it: ranges come last
    once = {(s.key, s.text): s for s in sorted(told, key=lambda s: s.key == "interval")}
    read_already: set[str] = set()
    for name, table, text in page.sections:
        for key in [k for k in once if k[1] in text]:
            said = once.pop(key)
            reading.sentences += 1
            if said.text not in read_already:
                read_already |= _read_one(page, said, table=table or name, reading=reading, texts=texts)
    if told and told[-1].words.language == "zh":
        own = "\n".join(
            p.read_text(encoding="utf-8", errors="replace") for p in inputs.iterdir() if p.suffix in (".csv", ".toml")
        )
        reading.false += [f"{name} | English in Chinese: {word}" for name, word in _english(page, own)]
    return reading


def _english(page: Page, own: str) -> Iterator[tuple[str, str]]:
    """Words in Latin letters that are neither names of the company's files nor terms that Chinese uses as they are."""
    names = set(re.findall(r"[a-z]{3,}", own.lower()))
    for name, _, text in page.sections:
        for word in sorted(set(_LATIN.findall(text)) - _BORROWED):
            if word.lower() not in names:
                yield name, word


def _read_one(page: Page, said: Said, *, table: str, reading: Reading, texts: set[str]) -> set[str]:
    """Adds what one sentence asserts to the reading; returns the parts of it that its rule has read."""
    if said.key not in RULES and said.key not in PLAIN and _COMPARES.search(_template(said.key)):
        reading.unread.add(said.key)
    claimed = set()
    for what, truth in _claims(page, said, table):
        claimed.add(what)
        if isinstance(truth, bool | np.bool_):
            reading.comparisons += 1
        else:
            reading.numbers += 1
            truth = str(said.values[what]).strip() in written(float(truth), said.words)
        if not truth:
            reading.false.append(f"{table} | {said.key}.{what} | {said.text}")
    for what, value in said.values.items():
        text = str(value).strip()
        known = what in claimed or what in LABELS or (said.key, what) in ELSEWHERE
        if known or value in texts or not NUMBER.fullmatch(text):
            continue
        reading.numbers += 1
        if not page.bears(table, text, said.words):
            reading.false.append(f"{table} | {said.key}.{what} = {text} | {said.text}")
    return {str(said.values[what]) for what in claimed if what in said.values}


def _claims(page: Page, said: Said, table: str) -> Iterator[tuple[str, Any]]:
    """What the sentence's rule finds; that the table has not what the sentence speaks of is a claim that fails."""
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            yield from tuple(RULES[said.key](page, said, table)) if said.key in RULES else ()
    except (KeyError, IndexError, ValueError, TypeError) as error:
        yield f"{type(error).__name__}: {error}", False


def _template(key: str) -> str:
    return words._glossary()["phrases"][key]["en"].lower()
