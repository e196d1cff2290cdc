"""What moved margin, price and payment: of each member, what its own rate did and what its share did."""

from __future__ import annotations

__all__ = ["ratios", "say_ratios"]

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.config import DIMENSIONS
from salesplan.findings import Check, Finding
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "review/ratios"
# ratio: its numerator and denominator, of the monthly cube
_RATIOS = {
    "gross_margin": ("gross_profit", "net_sales_cents"),
    "price_realisation": ("net_sales_cents", "list_cents"),
    "paid_in_time": ("paid_cents", "due_cents"),
}
_FEWEST = 6  # months that both years have


def ratios(cube: pd.DataFrame, dues: pd.DataFrame | None, *, window: Window, rate: float = 0.1) -> pd.DataFrame:
    """Which product, region, customer group or channel moved margin, price level and punctual payment, and how?

    Frames ``facts.monthly_cube`` and, where payments name orders, ``facts.paid_in_time`` to review/ratios, one row per
    ratio (gross_margin = gross profit ÷ net sales; price_realisation = net sales ÷ list value; paid_in_time = paid by
    the end of the month it fell due in ÷ all that fell due), dimension and member: value, prior (the same months a year
    before), own_effect = share now · (value − prior), mix_effect = (share now − share before) · (prior − the whole's
    prior), where the share is that of the denominator [all as shares]; own and mix of a dimension's members sum to the
    change of the whole's ratio exactly. p_value: Student's paired t over the months of value − prior; q_value
    (Benjamini and Hochberg over all rows); verdict: rose, fell, as before, or cannot tell with fewer than six months in
    both years. What has no cost or list price is left out. Source: the derived measure of a ratio in parts, as in
    Bhagwan and others, Adtributor (NSDI 2014), with the joint part given to the own rate.
    """
    known = cube.assign(gross_profit=cube["net_sales_cents"] - cube["cost_cents"].astype("Float64"))
    given = [known, known, known.head(0) if dues is None else dues]
    rows = [row for name, own in zip(_RATIOS, given, strict=True) for row in _rows(name, own, window=window)]
    table = pd.DataFrame(rows, columns=[c for c in COLUMNS[NAME] if c not in ("q_value", "verdict")])
    change = table["value"] - table["prior"]
    table["q_value"], table["verdict"] = stats.told_changes(change, table["p_value"], rate=rate)
    return table[list(COLUMNS[NAME])]


def _rows(name: str, cube: pd.DataFrame, *, window: Window) -> Iterator[tuple[Any, ...]]:
    above, below = _RATIOS[name]
    if cube.empty:
        return
    there = cube.dropna(subset=[above, below])
    place = {m: at for part in (window.earlier, window.months) for at, m in enumerate(part)}
    sides = [there[there["period"].isin(part)] for part in (window.earlier, window.months)]
    wholes = [(float(s[above].sum()), float(s[below].sum())) for s in sides]
    if any(w[1] <= 0 for w in wholes):
        return
    yield (name, "total", "total", wholes[1][0] / wholes[1][1], wholes[0][0] / wholes[0][1], np.nan, np.nan, np.nan)
    for dimension in DIMENSIONS:
        if there[dimension].nunique() < 2:
            continue
        sums = [s.groupby([dimension, s["period"].map(place)])[[above, below]].sum().astype("float64") for s in sides]
        for member in sorted({*sums[0].index.get_level_values(0), *sums[1].index.get_level_values(0)}):
            own = [s.loc[member] if member in s.index.get_level_values(0) else s.head(0) for s in sums]
            yield (name, dimension, member, *_parts(own, wholes, columns=(above, below)))


def _parts(
    own: list[pd.DataFrame], wholes: list[tuple[float, float]], *, columns: tuple[str, str]
) -> tuple[float, ...]:
    """value, prior, own effect, mix effect and p-value of one member."""
    from scipy.stats import ttest_1samp

    above, below = columns
    totals = [(float(o[above].sum()), float(o[below].sum())) for o in own]
    shares = [t[1] / w[1] for t, w in zip(totals, wholes, strict=True)]
    whole = wholes[0][0] / wholes[0][1]
    rates = [t[0] / t[1] if t[1] > 0 else np.nan for t in totals]
    prior, value = (whole if np.isnan(r) else r for r in rates)
    before, after = (o[above] / o[below].where(o[below] > 0) for o in own)
    steps = (after - before).dropna()
    tested = len(steps) >= _FEWEST and steps.std() > 0
    p = float(ttest_1samp(steps, 0).pvalue) if tested else np.nan
    return rates[1], rates[0], shares[1] * (value - prior), (shares[1] - shares[0]) * (prior - whole), p


def say_ratios(table: pd.DataFrame, *, words: Words) -> Finding:
    """How margin, price level and punctual payment moved, and which members' own rates moved by more than chance."""
    if table.empty:
        text = words.say("review_no_ratios")
        return Finding(NAME, text, NAME, (Check("ratios", None, text),))
    parts = []
    for name, own in table.groupby("metric", sort=False):
        whole = own[own["dimension"] == "total"].to_dict("records")[0]
        ends = {"metric": words.term(str(name)), **_ends(whole, words)}
        parts.append(words.say("review_ratio", **ends))
        moved = own[own["verdict"].isin(["rose", "fell"])]
        order = moved["own_effect"].abs().sort_values(ascending=False, kind="stable").index[:2]
        named = [
            words.say("review_ratio_member", member=words.name(row["member"]), **_ends(row, words))
            for row in moved.loc[order].to_dict("records")
        ]
        still = words.say("review_ratio_still")
        parts.append(words.say("review_ratio_moved", list=words.join(named)) if named else still)
    open_ones = int((table.loc[table["dimension"] != "total", "verdict"] == "cannot tell").sum())
    check = Check("ratios", None, words.say("review_ratio_open", count=words.number(open_ones)))
    return Finding(NAME, words.text(parts), NAME, (check,) if open_ones else ())


def _ends(row: dict[Any, Any], words: Words) -> dict[str, str]:
    return {"now": words.share(row["value"]), "prior": words.share(row["prior"])}
