"""What a review says first: what came in, and what was set aside."""

from __future__ import annotations

__all__ = ["reconciliation_lines", "say_reconciliation"]

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from salesplan.findings import Check, Finding
from salesplan.words import Words

NAME = "data/reconciliation"


def say_reconciliation(
    reconciliation: pd.DataFrame,
    quarantine: pd.DataFrame,
    *,
    words: Words,
    notes: Iterable[tuple[str, str, str]] = (),
) -> Finding:
    """What came in, what was accepted, and what was set aside or left out, and does it add up?

    Frames of form data/reconciliation and data/quarantine, and the notes of a reading, to a finding: rows and money of
    the order lines, then every other source in one sentence; one check per source that the parts add to the whole, one
    per kind of fault, one per note.
    """
    orders = reconciliation[reconciliation["source"] == "orders"]
    text = [_orders(line, words) for line in orders.to_dict("records")]
    others = [s for s in dict.fromkeys(reconciliation["source"]) if s != "orders"]
    if others:
        rows = int(reconciliation.loc[reconciliation["source"] != "orders", "rows_accepted"].sum())
        named = words.join([words.term(f"source_{s}") for s in others])
        text.append(words.say("data_others", sources=named, rows=words.number(rows)))
    aside = _aside(quarantine, words)
    text.append(
        words.say("data_aside", reasons=words.join([c.text for c in aside])) if aside else words.say("data_clean")
    )
    checks = [_adds(line, words) for line in reconciliation.to_dict("records")]
    sources = tuple(dict.fromkeys(reconciliation["source"]))
    return Finding(
        NAME,
        words.text(text),
        NAME,
        (*checks, *aside, *_noted(notes, words)),
        sources,
    )


def reconciliation_lines(reconciliation: pd.DataFrame) -> list[str]:
    """One line per source and currency: what came in = what was accepted + set aside + excluded, in rows and money."""
    parts = ("in", "accepted", "quarantined", "excluded")
    said = "{} = {} accepted + {} set aside + {} excluded"
    lines = []
    for line in reconciliation.to_dict("records"):
        told = [said.format(*(f"{int(line[f'rows_{p}']):,}" for p in parts)) + " rows"]
        if line["amount_in"] == line["amount_in"]:
            amounts = [f"{_float(line[f'amount_{p}']):,.2f}" for p in parts]
            unread = int(line["rows_unread"])
            if not line["amount_quarantined"]:
                amounts[2] = "an unknown amount" if unread else "nothing"
            told.append(line["currency"] + " " + said.format(*amounts))
            told += [f"the amount of {unread:,} rows set aside is a likely reading, if any"] if unread else []
        late = int(line["rows_after_cut_off"])
        told += [f"{late:,} of the excluded rows lie after the last day that counts"] if late else []
        lines.append(f"{line['source']}: {'; '.join(told)}")
    return lines


def _orders(line: Mapping[Any, Any], words: Words) -> str:
    numbers = {k: words.number(_float(line[f"rows_{k}"])) for k in ("in", "accepted", "quarantined", "excluded")}
    money = {f"{k}_money": words.money(_float(line[f"amount_{k}"])) for k in ("in", "accepted", "quarantined")}
    late = words.number(_float(line["rows_after_cut_off"]))
    return words.say(
        "data_orders",
        rows=numbers["in"],
        accepted=numbers["accepted"],
        quarantined=numbers["quarantined"],
        excluded=numbers["excluded"],
        late=late,
        **money,
    )


def _adds(line: Mapping[Any, Any], words: Words) -> Check:
    parts = ("accepted", "quarantined", "excluded")
    rows = line["rows_in"] == sum(int(_float(line[f"rows_{p}"])) for p in parts)
    whole = _float(line["amount_in"])
    money = whole != whole or abs(whole - sum(_float(line[f"amount_{p}"]) for p in parts)) < 0.005
    key = "data_adds" if rows and money else "data_does_not_add"
    source = words.term(f"source_{line['source']}")
    return Check(f"reconciliation {line['source']}", rows and money, words.say(key, source=source))


def _aside(quarantine: pd.DataFrame, words: Words) -> list[Check]:
    counts = quarantine.groupby("code").size().sort_index().sort_values(ascending=False, kind="stable")
    return [
        Check(
            f"quarantine {code}",
            False,
            words.say("data_code", code=words.term(str(code)), rows=words.number(float(count))),
        )
        for code, count in counts.items()
    ]


def _noted(notes: Iterable[tuple[str, str, str]], words: Words) -> list[Check]:
    return [
        Check(
            f"note {kind}",
            None,
            words.say("data_note", source=words.term(f"source_{source}"), what=words.term(f"note_{kind}"), detail=text),
        )
        for kind, source, text in notes
    ]


def _float(value: object) -> float:
    return float(str(value))
