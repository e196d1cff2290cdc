"""From the quadrants to moves: pairings, each with the initiative that answers it; no link leads nowhere."""

from __future__ import annotations

__all__ = ["check_links", "say_tows", "tows"]

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from salesplan.errors import PlanFileError, nearest
from salesplan.findings import Check, Finding
from salesplan.schemas import COLUMNS
from salesplan.words import Words, brief, scope_of

NAME = "swot/tows"
_PAIRS = {
    "SO": ("strength", "opportunity"),
    "ST": ("strength", "threat"),
    "WO": ("weakness", "opportunity"),
    "WT": ("weakness", "threat"),
}
_EACH = 3
_SHARED, _OPEN, _APART = 2, 1, 0


def tows(items: pd.DataFrame, initiatives: Sequence[Any] = (), *, words: Words) -> pd.DataFrame:
    """Which strength or weakness meets which opportunity or threat, and which initiative answers it?

    Frame swot/items (those that stand) and the plan file's [[initiatives]] to swot/tows, up to three pairings of each
    kind: strategy (SO use a strength on an opportunity, ST against a threat, WO mend a weakness for an opportunity, WT
    against a threat), strength_or_weakness and opportunity_or_threat (item ids), initiative_id ("" where none answers
    it), move (a sentence). Items meet where they share a member of a dimension and contradict in none, else where both
    are of the whole business. An initiative answers a pairing that it names (answers), or
    that shares a member with its scope. Pairings with a shared member come first, then those with most at stake.
    Source: Weihrich, Long Range Planning 15 (1982).
    """
    stands = items[items["accepted"].astype(bool)]
    rows = [row for kind in _PAIRS for row in _pairings(kind, stands, initiatives, words)]
    return pd.DataFrame(rows, columns=list(COLUMNS[NAME]))


def _pairings(kind: str, stands: pd.DataFrame, initiatives: Sequence[Any], words: Words) -> list[tuple[Any, ...]]:
    inner, outer = (stands[stands["quadrant"] == quadrant].to_dict("records") for quadrant in _PAIRS[kind])
    pairs = [(_meeting(_scope(a), _scope(b)), a, b) for a in inner for b in outer]
    known = [pair for pair in pairs if pair[0] != _APART]
    known.sort(key=lambda p: (-p[0], -_stake(p[1]) - _stake(p[2]), p[1]["item_id"], p[2]["item_id"]))
    rows: list[tuple[Any, ...]] = []
    used: set[Any] = set()
    for _, a, b in known:
        if len(rows) == _EACH or {a["item_id"], b["item_id"]} & used:
            continue
        used |= {a["item_id"], b["item_id"]}
        about = {"inner": brief(a["claim"]), "outer": brief(b["claim"])}
        move = words.say(f"swot_move_{kind.lower()}", **about)
        rows.append((kind, a["item_id"], b["item_id"], _answer(a, b, initiatives), move))
    return rows


def _scope(item: dict[Any, Any]) -> dict[str, str]:
    """The members that an item names: "region=EC, product=KIT" to a mapping; empty for the whole business."""
    return scope_of(str(item["scope"] or ""))


def _meeting(one: dict[str, str], other: dict[str, str]) -> int:
    shared = set(one) & set(other)
    if any(one[d] != other[d] for d in shared):
        return _APART
    return _SHARED if shared else _OPEN if not one and not other else _APART


def _stake(item: dict[Any, Any]) -> float:
    return float(item["stake"]) if pd.notna(item["stake"]) else 0.0


def _answer(a: dict[Any, Any], b: dict[Any, Any], initiatives: Sequence[Any]) -> str:
    """The initiative that names one of the two, else the one whose scope shares a member with them."""
    for initiative in initiatives:
        if {a["item_id"], b["item_id"]} & set(initiative.answers):
            return str(initiative.initiative_id)
    both = {**_scope(b), **_scope(a)}
    fitting = [i for i in initiatives if i.scope and _meeting(dict(i.scope), both) == _SHARED]
    if not fitting:
        return ""
    return str(max(fitting, key=lambda i: (len(set(i.scope) & set(both)), i.impact_mid)).initiative_id)


def check_links(items: pd.DataFrame, initiatives: Sequence[Any], *, members: dict[str, Collection[str]]) -> None:
    """Does every link lead somewhere: from an initiative to the items it answers, and to parts of the business that
    carry a target?

    members: dimension -> its members. Errors: PlanFileError naming the initiative, what it points to and the remedy.
    """
    ids = set(items["item_id"])
    for initiative in initiatives:
        for item in initiative.answers:
            if item not in ids:
                raise PlanFileError(
                    f"[[initiatives]] {initiative.initiative_id}: answers {item!r}, and there is no such item in the "
                    f"SWOT.{nearest(item, ids)} Correct it, or take it out: what was shown by data may be so no more."
                )
        for dimension, member in initiative.scope.items():
            if members.get(dimension) and member not in members[dimension]:
                raise PlanFileError(
                    f"[[initiatives]] {initiative.initiative_id}: its scope names {dimension} {member!r}, where "
                    f"nothing is sold and no target lies.{nearest(member, members[dimension])}"
                )


def say_tows(table: pd.DataFrame, *, words: Words) -> Finding:
    """How many pairings there are, the first of each kind, and which have no initiative."""
    if table.empty:
        text = words.say("swot_no_tows")
        return Finding(NAME, text, NAME, (Check("tows", None, text),))
    parts = [words.say("swot_tows", count=words.number(len(table)))]
    firsts = table.drop_duplicates("strategy").to_dict("records")
    for row in firsts:
        kind = words.term(f"tows_{row['strategy']}")
        parts.append(words.say("swot_tows_first", strategy=kind, move=row["move"]))
    bare = table[table["initiative_id"] == ""]
    check = Check("tows", False, words.say("swot_tows_bare", count=words.number(len(bare))))
    answered = Check("tows", True, words.say("swot_tows_answered"))
    return Finding(NAME, words.text(parts), NAME, (check if len(bare) else answered,), ("orders",))
