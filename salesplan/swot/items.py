"""The four quadrants: which deviations stand, how sure we are, and what the planner adds."""

from __future__ import annotations

__all__ = ["items", "say_items", "standing_rows", "tested_rows"]

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.findings import Check, Finding
from salesplan.schemas import COLUMNS
from salesplan.words import Words

_EXTERNAL = {"market", "price", "price_change", "factor"}
_PLAIN_ID = {"growth", "market", "price", "factor", "satisfaction"}  # the metric stands in the id of all others
_QUADRANTS = ("strength", "weakness", "opportunity", "threat")
_OPPOSITE = {"strength": "weakness", "weakness": "strength", "opportunity": "threat", "threat": "opportunity"}
_MORE = ("member", "unit", "stake", "scope", "merged", "refuted_by")
_WORTH_SAYING = 0.005
_FALSE_DISCOVERIES = 0.1
_MOST = 8
_COUNTED = {"account"}  # kinds whose effect is known, not estimated: they have no range


def items(evidence: Sequence[pd.DataFrame], judgements: Sequence[Any] = (), *, words: Words) -> pd.DataFrame:
    """What are our strengths, weaknesses, opportunities and threats, and what does each rest on?

    evidence: frames of ``deviations``, ``market_moves``, ``price_pressure`` and ``from_review``. judgements: the plan
    file's. A deviation counts only where its 80 % interval excludes zero and it is at least half a
    per cent; it is accepted where its q-value (Benjamini-Hochberg over all tested) is at most 0.1, else it is to be
    verified. An outside factor is accepted where its source's range excludes zero. A judgement is accepted as the
    planner's own, at its confidence. Within a quadrant what has most at stake comes first; at most eight per quadrant
    are listed.
    """
    tested = pd.concat(list(evidence), ignore_index=True) if len(evidence) else pd.DataFrame()
    rows = _from_evidence(tested, words) if len(tested) else []
    rows += [_from_judgement(judgement, f"J{number}", words) for number, judgement in enumerate(judgements, 1)]
    table = _merged(pd.DataFrame(rows, columns=[*COLUMNS["swot/items"], *_MORE]))
    table = _refuted(table, judgements)
    order = table["quadrant"].map({name: place for place, name in enumerate(_QUADRANTS)})
    table = table.assign(order=order).sort_values(
        ["order", "accepted", "origin", "stake", "item_id"], ascending=[True, False, True, False, True]
    )
    kept = table[(table["origin"] == "judgement") | (table.groupby(["order", "origin"]).cumcount() < _MOST)]
    numbers = dict.fromkeys(("effect", "low", "high", "q_value", "confidence", "stake"), "float64")
    return kept.drop(columns="order").reset_index(drop=True).astype(numbers)


def tested_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The evidence whose effect is a share, its claim without the interval: what a chart of it shows."""
    return _bare(table[(table["origin"] == "evidence") & (table["unit"] == "share")])


def standing_rows(table: pd.DataFrame) -> pd.DataFrame:
    """What stands, its claim without the interval: what a chart of the four fields shows."""
    return _bare(table[table["accepted"].astype(bool)])


def _bare(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(claim=rows["claim"].str.replace(r"\s*[（(][^（(]*$", "", regex=True))


def say_items(table: pd.DataFrame, *, words: Words) -> Finding:
    """How many items stand, which weighs most in each quadrant, and which quadrant has nothing that stands."""
    stands = table[table["accepted"].astype(bool)]
    measured = stands[stands["origin"] == "evidence"]
    parts = [
        words.say(
            "swot_counts",
            measured=words.number(len(measured)),
            open=words.number(int((~table["accepted"].astype(bool)).sum())),
            judged=words.number(int((table["origin"] == "judgement").sum())),
        )
    ]
    for quadrant in _QUADRANTS:
        found = measured[measured["quadrant"] == quadrant]
        if len(found):
            parts.append(words.say("swot_first", quadrant=words.term(quadrant), claim=found["claim"].iloc[0]))
    refuted = table.loc[table["refuted_by"] != "", "claim"]
    parts += [words.say("swot_refuted", claim=claim.rstrip(".。")) for claim in refuted]
    checks = [
        Check(quadrant, None, words.say("swot_nothing", quadrant=words.term(quadrant)))
        for quadrant in _QUADRANTS
        if not (measured["quadrant"] == quadrant).any()
    ]
    sources = tuple(dict.fromkeys(["orders", *table.loc[table["origin"] == "evidence", "source"]]))
    return Finding("swot/items", "\n".join(parts), "swot/items", tuple(checks), sources)


def _from_evidence(tested: pd.DataFrame, words: Words) -> list[dict[str, Any]]:
    table = tested.assign(q_value=stats.false_discovery(tested["p_value"]))
    clear = table[((table["low"] > 0) | (table["high"] < 0)) & (table["effect"].abs() >= _WORTH_SAYING)]
    return [_item(row, words) for _, row in clear.iterrows()]


def _item(row: pd.Series, words: Words) -> dict[str, Any]:
    quadrant = _quadrant(row["kind"], row["effect"])
    sure = not row["q_value"] > _FALSE_DISCOVERIES
    known = np.isfinite(row["q_value"])
    return {
        "item_id": "-".join(_named(row)).upper(),
        "member": row["member"],
        "scope": row["scope"],
        "merged": "",
        "refuted_by": "",
        "quadrant": quadrant,
        "claim": _claim(row, words),
        "metric": row["metric"],
        "unit": row["unit"],
        **{name: row[name] for name in ("effect", "low", "high", "q_value", "source", "stake")},
        "confidence": 1 - row["q_value"] if known else np.nan,
        "origin": "evidence",
        "accepted": bool(sure),
    }


def _quadrant(kind: str, effect: float) -> str:
    good, bad = ("opportunity", "threat") if kind in _EXTERNAL else ("strength", "weakness")
    return good if effect > 0 else bad


def _named(row: pd.Series) -> list[str]:
    metric = [] if row["kind"] in _PLAIN_ID else [str(row["metric"])]
    return [str(row["source"]), *metric, str(row["dimension"]), str(row["member"])]


def _claim(row: pd.Series, words: Words) -> str:
    key = f"swot_{row['kind']}_{'up' if row['effect'] > 0 else 'down'}"
    low, high = sorted([abs(row["low"]), abs(row["high"])])
    about = {} if row["dimension"] == "total" else {"member": words.name(row["member"], column="member")}
    sizes = (_shown(size, str(row["unit"]), words) for size in (abs(row["effect"]), low, high))
    effect, *ends = sizes
    ranged = {} if row["kind"] in _COUNTED else {"range": words.interval(*ends)}
    return words.say(key, **about, effect=effect, **ranged)


def _shown(size: float, unit: str, words: Words) -> str:
    if unit == "money":
        return words.money(size)
    if unit == "share":
        return words.share(size)
    return words.number(size, digits=2 if unit == "score" else 0)


def _merged(table: pd.DataFrame) -> pd.DataFrame:
    """One item per quadrant, dimension and member that is named: the surest; it names what it stands for too."""
    kept = table.sort_values(["q_value", "item_id"], kind="stable", na_position="last")
    alike = kept["scope"].where((kept["scope"] != "") & (kept["origin"] == "evidence"), kept["item_id"])
    keys = [kept["quadrant"], alike]
    also = kept.groupby(keys)["item_id"].transform(lambda ids: ", ".join(ids.iloc[1:]))
    first = ~pd.concat(keys, axis=1).duplicated()
    return kept.assign(merged=also)[first]


def _refuted(table: pd.DataFrame, judgements: Sequence[Any]) -> pd.DataFrame:
    """Judgements that accepted evidence of the same metric and scope contradicts do not stand."""
    proven = table[(table["origin"] == "evidence") & table["accepted"].astype(bool)]
    against = {
        f"J{number}": proven.loc[
            (proven["metric"] == judgement.metric)
            & (proven["scope"] == ", ".join(f"{d}={m}" for d, m in judgement.scope.items()))
            & (proven["quadrant"] == _OPPOSITE[judgement.quadrant])
            & bool(judgement.scope),
            "item_id",
        ].min()
        for number, judgement in enumerate(judgements, 1)
    }
    by = table["item_id"].map(against).where(table["origin"] == "judgement")
    accepted = table["accepted"].astype(bool) & by.isna()
    return table.assign(refuted_by=by.fillna(""), accepted=accepted)


def _from_judgement(judgement: Any, item_id: str, words: Words) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "member": item_id,
        "scope": ", ".join(f"{d}={m}" for d, m in judgement.scope.items()),
        "merged": "",
        "refuted_by": "",
        "quadrant": judgement.quadrant,
        "claim": words.pick(judgement.claim),
        "metric": judgement.metric,
        "unit": "count",
        **dict.fromkeys(("effect", "low", "high", "q_value", "stake"), np.nan),
        "source": ", ".join(str(p) for p in (judgement.source, judgement.author, judgement.date) if p is not None),
        "confidence": judgement.confidence,
        "origin": "judgement",
        "accepted": True,
    }
