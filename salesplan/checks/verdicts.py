"""Which verdicts are no longer what the last publication said?"""

from __future__ import annotations

__all__ = ["JUDGED", "say_verdicts", "verdicts"]

from collections.abc import Mapping

import pandas as pd

from salesplan.findings import Check, Finding
from salesplan.schemas import COLUMNS
from salesplan.words import Words

_NAME = "changes/verdicts"
# Tables with a verdict on each row: what a row is about, its verdict, and which rows count.
_JUDGED: dict[str, tuple[str, str, dict[str, str]]] = {
    "execution/tracking": ("member", "alarm", {"level": "year"}),
    "review/strategy_effects": ("strategy_id", "verdict", {}),
    "strategies/market/segments": ("member", "class", {}),
    "strategies/product/roles": ("product", "role", {}),
    "strategies/channel/scorecard": ("channel", "role", {}),
    "execution/risks": ("risk_id", "state", {}),
}
JUDGED = tuple(_JUDGED)
_NOT_YET, _QUIET = ("waiting",), ("none", "reached")


def verdicts(before: Mapping[str, pd.DataFrame | None], now: Mapping[str, pd.DataFrame | None]) -> pd.DataFrame:
    """Which verdicts flipped between two runs?

    before, now: published tables by name (or None); those of ``JUDGED`` are read, where both runs have them. Frame
    changes/verdicts: about (the table), dimension, member, verdict_before, verdict_now. What stands in one run alone is
    no flip.
    """
    found = []
    for name, (key, verdict, where) in _JUDGED.items():
        tables = [t for t in (before.get(name), now.get(name)) if t is not None]
        if len(tables) == 2:
            old, new = (_judged(table, key=key, verdict=verdict, where=where) for table in tables)
            both = [k for k in old.index.intersection(new.index) if _flipped(old[k], new[k])]
            found += [(name, *k, old[k], new[k]) for k in both]
    return pd.DataFrame(found, columns=list(COLUMNS[_NAME]))


def _flipped(old: str, new: str) -> bool:
    """Two verdicts that differ; that a period begins without an alarm is no news."""
    return old != new and not (old in _NOT_YET and new in _QUIET)


def _judged(table: pd.DataFrame, *, key: str, verdict: str, where: Mapping[str, str]) -> pd.Series:
    """The verdicts of a table by dimension (nothing where it has none) and what a row is about."""
    if not {key, verdict} <= set(table.columns):
        return pd.Series(dtype="object", index=pd.MultiIndex.from_arrays([[], []]))
    rows = table
    for column, value in where.items():
        rows = rows[rows[column] == value]
    dimension = rows["dimension"].astype(str) if "dimension" in rows else pd.Series("", index=rows.index)
    index = pd.MultiIndex.from_arrays([dimension, rows[key].astype(str)])
    own = pd.Series(rows[verdict].astype(str).to_numpy(), index=index)
    return own[~own.index.duplicated()].sort_index()


def say_verdicts(table: pd.DataFrame, *, words: Words, earlier: str) -> Finding:
    """How many verdicts flipped, and which members turned to an alarm or away from one? From changes/verdicts."""
    if not earlier:
        text = words.say("changes_first")
        return Finding(_NAME, text, "", (Check("verdicts", None, text),))
    if table.empty:
        return Finding(_NAME, words.say("changes_verdicts_none", quarter=earlier), _NAME)
    parts = [words.say("changes_verdicts", count=words.number(len(table)), quarter=earlier)]
    alarms = table[table["about"] == "execution/tracking"]
    for key, column in (("changes_red", "verdict_now"), ("changes_recovered", "verdict_before")):
        names = [words.name(m) for m in alarms.loc[alarms[column] == "red", "member"]]
        parts += [words.say(key, count=words.number(len(names)), members=words.join(names))] if names else []
    return Finding(_NAME, words.text(parts), _NAME)
