"""What was planted, in numbers: the truths that chapters are judged by, and what should become of each faulty row."""

from __future__ import annotations

__all__ = ["dirt", "truth"]

from collections.abc import Mapping
from typing import Any

import pandas as pd

from salesplan.demo import goals, history, orders
from salesplan.demo.planted import DIVERTER, LAUNCH, LAUNCH_DAY, LOST_ACCOUNT, LOST_ON, SIBLING, STUFFERS

_MISSED = 2025
# what a reader should make of each past strategy, and the planted event behind it (none: it did nothing)
_STRATEGIES: dict[str, tuple[str, str]] = {
    "A24-01": ("worked", "soc_live"),
    "A24-02": ("cannibalised", ""),
    "A24-03": ("chosen_for_decline", ""),
    "A24-04": ("chosen_for_decline", ""),
    "A25-01": ("worked", "sc_service"),
    "A25-02": ("nothing", ""),
    "A25-03": ("nothing", ""),
    "A25-04": ("too_small_to_tell", "nw_sampling"),
}
# what reading should make of each fault: the column and code it is set aside with
_VERDICTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "impossible_date": ("order_date", ("bad_date",)),
    "far_date": ("order_date", ("bad_date",)),
    "text_in_amount": ("net_sales", ("bad_number",)),
    "no_number": ("net_sales", ("bad_number",)),
    "missing_quantity": ("quantity", ("missing_value",)),
    "missing_product": ("product_id", ("missing_key",)),
    "negative_list_price": ("list_price", ("negative",)),
    "repeated_line": ("line_no", ("duplicate",)),
    "contradicting_line": ("line_no", ("conflicting_duplicate",)),
}


def truth(lines: pd.DataFrame, unwritten: pd.DataFrame, *, seed: int, plant: bool) -> dict[str, Any]:
    """Everything planted, with sizes [CNY] that come from the lines themselves; little where nothing is planted.

    lines: all that was ordered. unwritten: what the lost account would have ordered. ``clean`` are the rows and money
    that have to be left once every faulty row is set aside.
    """
    clean = {"rows": len(lines), "net_sales": int(lines.net_cents.sum()) / 100}
    always = {"seed": seed, "planted": plant, "clean": clean, "elasticity": history.ELASTICITY, "market": _market()}
    if not plant:
        return always
    events = orders.effect_amounts(lines)
    return {
        **always,
        "elasticity": {**history.ELASTICITY, **dict.fromkeys(history.NOT_IDENTIFIED)},
        "missed": _miss(lines, unwritten, events=events),
        "strategies": _strategies(events),
        "events": {e.id: {**_told(e), "amounts": events[e.id]} for e in history.EFFECTS},
        "lost_account": {"customer_id": LOST_ACCOUNT, "on": str(LOST_ON), "unwritten": _by_year(unwritten)},
        "diverter": {"distributor_id": DIVERTER, "from": "SW", "to": "SC", "category": "CLN", "since": "2025-01-01"},
        "stuffers": list(STUFFERS),
        "launch": {"product_id": LAUNCH, "sibling": SIBLING, "on": str(LAUNCH_DAY), "cannibalised": 0.6},
    }


def _market() -> dict[str, dict[str, float]]:
    years = [str(year) for year in history.YEARS]
    return {code: dict(zip(years, growth, strict=True)) for code, growth in history.MARKET_GROWTH.items()}


def _strategies(events: dict[str, dict[str, float]]) -> dict[str, Any]:
    claims = goals.claims()
    return {
        name: {"verdict": verdict, "claimed": claims[name], "brought": events[event] if event else {}}
        for name, (verdict, event) in _STRATEGIES.items()
    }


def _told(effect: history.Effect) -> dict[str, Any]:
    about = {"kind": effect.kind, "factor": effect.factor, "start": str(effect.start), "end": str(effect.end)}
    return {**about, "scope": {k: list(v) for k, v in effect.scope.items()}, "note": effect.note}


def _by_year(lines: pd.DataFrame) -> dict[str, float]:
    sums = lines.groupby(lines.order_date.dt.year).net_cents.sum() / 100
    return {str(year): round(float(amount), 2) for year, amount in sums.items()}


def _miss(lines: pd.DataFrame, unwritten: pd.DataFrame, *, events: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Where and why the year missed its target: causes that sum to actual − target [CNY], the rest being noise."""
    year, before = str(_MISSED), lines[lines.order_date.dt.year == _MISSED - 1]
    target, actual = goals.total_target(lines, year=_MISSED), _by_year(lines)[year]
    sold = before.groupby("category").net_cents.sum() / 100
    place = _MISSED - history.YEARS[0]
    claims = goals.claims()
    causes = {
        "target_too_high": -goals.AMBITION[_MISSED] * float(sold.sum()),
        "market": sum(
            float(sold[c]) * (history.MARKET_GROWTH[c][place] - g) for c, g in goals.ASSUMED_GROWTH[_MISSED].items()
        ),
        "slice": events["kit_east"][year],
        "lost_account": -_by_year(unwritten).get(year, 0.0),
        **{
            f"strategy {name}": (events[event].get(year, 0.0) if event else 0.0) - claims[name]
            for name, (_, event) in _STRATEGIES.items()
            if name.startswith("A25")
        },
        "diversion": events["diverter"][year] + events["diverted_from"][year],
        "pulled_forward": events["stuffing"][year],
    }
    causes["noise"] = actual - target - sum(causes.values())
    rounded = {name: round(float(amount), 2) for name, amount in causes.items()}
    return {"year": year, "target": target, "actual": actual, "gap": round(actual - target, 2), "causes": rounded}


def dirt(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """One entry per faulty or rewritten row as delivered: file, row (the heading is row 1), what should become of it.

    rows: as delivered, with file, row, fault ("" for a true line, "rewritten" where it says the same otherwise) and
    true_sales. A date that is far off but exists lies after the cut-off; one that stands for "never" is no date.
    """
    return [_entry(row) for row in rows[rows.fault != ""].to_dict("records")]


def _entry(row: Mapping[Any, Any]) -> dict[str, Any]:
    fault = str(row["fault"])
    entry = {"file": row["file"], "row": int(row["row"]), "fault": fault}
    if fault == "rewritten":
        return {**entry, "becomes": "accepted", "net_sales": row["true_sales"]}
    if fault == "far_date" and not str(row["order_date"]).startswith("9999"):
        return {**entry, "becomes": "after_cut_off"}
    column, codes = _VERDICTS[fault]
    return {**entry, "becomes": "set_aside", "column": column, "codes": list(codes)}
