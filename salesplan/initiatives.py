"""Which moves are planned, what do they bring together, and how much of the goal do they leave open?"""

from __future__ import annotations

__all__ = ["Baseline", "baseline", "gap", "overlap", "register", "say_gap", "say_register", "what_if"]

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS, Initiative
from salesplan.findings import Check, Finding
from salesplan.stats import cents, generator, units
from salesplan.words import Words

_COLUMNS = (
    *("initiative_id", "lever", "scope", "action", "mechanism", "owner", "start", "due", "cost"),
    *("impact_low", "impact_mid", "impact_high", "probability", "evidence", "selected", "contribution", "overlaps"),
)
_WHOLE = "total"
_OUTER = 1.2815515655446004  # the normal's 90 % quantile


@dataclass(frozen=True)
class Baseline:
    """What the plan year brings without initiatives (10, 50 and 90 % quantile) and what is asked of it [currency]."""

    p10: float
    p50: float
    p90: float
    goal: float


def register(plan: Sequence[Initiative], *, words: Words, default_owner: str | None = None) -> pd.DataFrame:
    """Which initiatives does the plan file hold?

    plan: ``plan.file.initiatives``. Returns one row per initiative in the plan's order: the plan's fields, with scope
    as text ("region=east, channel=online"; "total" for the whole company), action, mechanism and evidence in the
    plan's language, dates as datetime64, money in currency units, contribution [currency, expected:
    probability × impact_mid] and overlaps (ids, comma between). An initiative without owner gets ``default_owner``,
    else "unassigned".
    """
    rows = [
        {
            **initiative.model_dump(include=set(_COLUMNS) - {"scope", "overlaps"}),
            "scope": ", ".join(f"{d}={initiative.scope[d]}" for d in DIMENSIONS if d in initiative.scope) or _WHOLE,
            "action": words.pick(initiative.action),
            "mechanism": words.pick(initiative.mechanism),
            "evidence": words.pick(initiative.evidence),
            "owner": initiative.owner or default_owner or "unassigned",
            "contribution": units(cents(initiative.probability * initiative.impact_mid)),
            "overlaps": ", ".join(initiative.overlaps),
        }
        for initiative in plan
    ]
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    money = ["cost", "impact_low", "impact_mid", "impact_high", "contribution"]
    table[[*money, "probability"]] = table[[*money, "probability"]].astype("float64")
    table[["start", "due"]] = table[["start", "due"]].apply(pd.to_datetime)
    return table.assign(selected=table["selected"].astype("bool"))


def baseline(segments: pd.DataFrame, *, year: str) -> Baseline:
    """Where do we start from, and where to? From ``targets/segments``: its total of the plan year.

    Errors: ValueError where the table has no such row.
    """
    rows = segments[(segments["dimension"] == "total") & (segments["period"].astype(str) == year)]
    if rows.empty:
        raise ValueError(f"targets/segments has no total of {year}")
    row = rows.iloc[0]
    return Baseline(float(row["p10"]), float(row["p50"]), float(row["p90"]), float(row["target"]))


def overlap(initiatives: pd.DataFrame, *, cells: pd.DataFrame) -> pd.DataFrame:
    """How much of the sum of the initiatives is counted twice?

    initiatives: as from ``register``, only the chosen ones. cells: rows with the four dimensions and net_sales_cents
    [cents], the base the initiatives work on (the last year's monthly cube). Returns one row per pair of initiatives
    with cells in common: left, right, declared, shared_base and amount [currency, zero or negative] — and, last, the
    row "total", which is what all of them together lose (less than the sum of pairs where three meet).

    Formula: an initiative lifts every cell of its scope by r = expected / base of its scope; independent moves lift
    a cell by 1 - Π(1 - r), not Σr; of moves that declare to overlap, a cell counts only the largest. Moves that lose
    sales, or whose scope has no sales yet, take no part.
    """
    lifts, base, declared = _lifts(initiatives, cells)
    ids = initiatives["initiative_id"].tolist()
    rows = []
    for i, left in enumerate(ids):
        for j in range(i + 1, len(ids)):
            shared = (lifts[i] > 0) & (lifts[j] > 0)
            if shared.any():
                pair = frozenset((left, ids[j]))
                amount = _twice(lifts[[i, j]], base, [[0, 1]] if pair in declared else [[0], [1]])
                rows.append((left, ids[j], pair in declared, float(base[shared].sum()) / 100, units(cents(amount))))
    whole = _twice(lifts, base, _joined(ids, declared))
    rows.append((_WHOLE, _WHOLE, bool(declared), float(base.sum()) / 100, units(cents(whole))))
    return pd.DataFrame(rows, columns=["left", "right", "declared", "shared_base", "amount"])


def _lifts(initiatives: pd.DataFrame, cells: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, set[frozenset[str]]]:
    summed = cells.groupby(list(DIMENSIONS), observed=True, sort=True)["net_sales_cents"].sum().reset_index()
    summed = summed[summed["net_sales_cents"] > 0]
    base = summed["net_sales_cents"].to_numpy(dtype="float64")
    lifts = np.zeros((len(initiatives), len(base)))
    declared: set[frozenset[str]] = set()
    for n, (_, row) in enumerate(initiatives.iterrows()):
        inside = _inside(str(row["scope"]), summed)
        if inside.any():
            rate = row["probability"] * row["impact_mid"] * 100 / base[inside].sum()
            lifts[n, inside] = min(max(rate, 0.0), 1.0)
        others = [i for i in str(row["overlaps"]).split(", ") if i and i != row["initiative_id"]]
        declared |= {frozenset((str(row["initiative_id"]), other)) for other in others}
    return lifts, base, declared


def _inside(scope: str, cells: pd.DataFrame) -> np.ndarray:
    held = np.ones(len(cells), dtype=bool)
    for part in [] if scope == _WHOLE else scope.split(", "):
        dimension, member = part.split("=", 1)
        held &= (cells[dimension].astype(str) == member).to_numpy()
    return held


def _joined(ids: list[str], declared: Iterable[frozenset[str]]) -> list[list[int]]:
    group = {i: {i} for i in ids}
    for pair in sorted(map(sorted, declared)):
        if len(pair) == 2 and set(pair) <= set(ids):
            merged = group[pair[0]] | group[pair[1]]
            group.update(dict.fromkeys(merged, merged))
    place = {i: n for n, i in enumerate(ids)}
    distinct = {tuple(sorted(place[i] for i in members)) for members in group.values()}
    return [list(members) for members in sorted(distinct)]


def _twice(lifts: np.ndarray, base: np.ndarray, groups: Sequence[Sequence[int]]) -> float:
    if not lifts.size:
        return 0.0
    missed = np.ones(lifts.shape[1])
    for members in groups:
        missed = missed * (1 - lifts[list(members)].max(axis=0))
    together = 1 - missed
    return min(0.0, float(((together - lifts.sum(axis=0)) * base).sum()) / 100)


def gap(
    initiatives: pd.DataFrame, *, start: Baseline, cells: pd.DataFrame, seed: int, draws: int = 4000
) -> pd.DataFrame:
    """Do the selected initiatives close the gap from the baseline to the goal?

    initiatives: as from ``register``. start: as from ``baseline``. cells: as in ``overlap``. Returns step, amount,
    low, high [currency] and total (True for baseline and target): baseline (median forecast), one step per selected
    initiative (probability × impact_mid), overlap (zero or negative), unfunded (what is still missing; negative where
    more than the goal is expected) and target. The steps before target sum to it, to the cent.

    low and high are the 10 and 90 % quantiles of ``draws`` joint draws: the baseline around its quantiles, every
    initiative comes or not by its probability and brings a triangular amount, independent of the others, the same
    draws whichever are selected; the overlap is the same share of what comes as in the expectation.
    """
    steps, paths = _simulated(initiatives, start=start, cells=cells, seed=seed, draws=draws)
    rows = [(s, units(a), *_range(paths[s], a), s in ("baseline", "target")) for s, a in steps.items()]
    return pd.DataFrame(rows, columns=["step", "amount", "low", "high", "total"])


def _simulated(
    initiatives: pd.DataFrame, *, start: Baseline, cells: pd.DataFrame, seed: int, draws: int
) -> tuple[dict[str, int], dict[str, np.ndarray]]:
    """The gap's steps in whole cents, and the draws [currency] of each."""
    chosen = initiatives[initiatives["selected"]]
    amounts = {str(r["initiative_id"]): cents(r["probability"] * r["impact_mid"]) for _, r in chosen.iterrows()}
    twice = cents(overlap(chosen, cells=cells)["amount"].iloc[-1])
    begin, goal = cents(start.p50), cents(start.goal)
    rest = goal - begin - sum(amounts.values()) - twice
    paths = {"baseline": _baseline_draws(start, seed, draws)}
    paths |= {str(r["initiative_id"]): _draws(r, seed, draws) for _, r in chosen.iterrows()}
    brought = np.sum([paths[i] for i in amounts], axis=0) if amounts else np.zeros(draws)
    gains = sum(a for a in amounts.values() if a > 0)
    paths["overlap"] = np.maximum(brought, 0) * (twice / gains if gains else 0.0)
    paths["unfunded"] = start.goal - paths["baseline"] - brought - paths["overlap"]
    paths["target"] = np.full(draws, start.goal)
    return {"baseline": begin, **amounts, "overlap": twice, "unfunded": rest, "target": goal}, paths


def _baseline_draws(start: Baseline, seed: int, draws: int) -> np.ndarray:
    z = generator(seed, "gap", "baseline").standard_normal(draws)
    side = np.where(z < 0, start.p50 - start.p10, start.p90 - start.p50)
    return start.p50 + z / _OUTER * side


def _draws(row: pd.Series, seed: int, draws: int) -> np.ndarray:
    chance = generator(seed, "gap", str(row["initiative_id"]))
    comes = chance.random(draws) < row["probability"]
    low, mid, high = (float(row[f"impact_{part}"]) for part in ("low", "mid", "high"))
    amount = chance.triangular(low, mid, high, draws) if high > low else np.full(draws, mid)
    return np.where(comes, amount, 0.0)


def _range(path: np.ndarray, amount: int) -> tuple[float, float]:
    low, high = np.quantile(path, [0.1, 0.9])
    return float(np.round(min(low, amount / 100), 2)), float(np.round(max(high, amount / 100), 2))


def what_if(
    initiatives: pd.DataFrame,
    *,
    count: int,
    start: Baseline,
    cells: pd.DataFrame,
    seed: int,
    words: Words,
    draws: int = 4000,
) -> str:
    """What if only so many initiatives were carried out, those that are expected to bring most? Said in a sentence."""
    ranked = initiatives.sort_values(["contribution", "initiative_id"], ascending=[False, True])
    chosen = initiatives.assign(selected=initiatives.index.isin(ranked.index[:count]))
    steps, paths = _simulated(chosen, start=start, cells=cells, seed=seed, draws=draws)
    own = {k: v for k, v in steps.items() if k not in ("baseline", "unfunded", "target")}
    return words.say(
        "gap_what_if",
        count=words.number(count),
        brought=words.money(sum(own.values()) / 100),
        rest=words.money(max(steps["unfunded"], 0) / 100),
        p_reach=words.chance(float((paths["unfunded"] <= 0).mean())),
    )


def say_register(table: pd.DataFrame, *, words: Words) -> Finding:
    """What do the initiatives say together? ``table`` as from ``register``."""
    chosen = table[table["selected"]]
    if table.empty:
        text = words.say("initiatives_none")
        return Finding("initiatives", text, "", (Check("levers", None, text),), ("plan",))
    levers = ("market", "customer", "product", "price", "channel")
    missing = [words.term(f"lever_{v}") for v in levers if v not in set(table["lever"])]
    text = words.say(
        "initiatives_chosen",
        selected=words.number(len(chosen)),
        initiatives=words.number(len(table)),
        cost=words.money(chosen["cost"].sum()),
        mid=words.money(chosen["impact_mid"].sum()),
        expected=words.money(chosen["contribution"].sum()),
    )
    if len(chosen):
        best = chosen.sort_values(["contribution", "initiative_id"], ascending=[False, True]).iloc[0]
        text += " " + words.say(
            "initiatives_largest",
            initiative=str(best["initiative_id"]),
            action=str(best["action"]),
            amount=words.money(best["contribution"]),
            probability=words.chance(best["probability"]),
        )
    said = words.say("initiatives_missing", levers=words.join(missing)) if missing else words.say("initiatives_all")
    return Finding("initiatives", text, "initiatives", (Check("levers", not missing, said),), ("plan",))


def say_gap(table: pd.DataFrame, *, words: Words) -> Finding:
    """Do the initiatives close the gap? ``table`` as from ``gap``."""
    amount = {str(step): float(value) for step, value in zip(table["step"], table["amount"], strict=True)}
    low, high = (float(table.loc[table["step"] == "unfunded", side].iloc[0]) for side in ("low", "high"))
    rest, goal = amount["unfunded"], amount["target"]
    brought = table.loc[~table["step"].isin(["baseline", "overlap", "unfunded", "target"]), "amount"].sum()
    parts = [
        words.say(
            "gap_from",
            baseline=words.money(amount["baseline"]),
            goal=words.money(goal),
            missing=words.money(goal - amount["baseline"], signed=True),
        ),
        words.say("gap_brought", brought=words.money(brought), overlap=words.money(-amount["overlap"])),
        words.say(
            "gap_open" if rest > 0 else "gap_closed",
            amount=words.money(abs(rest)),
            share=words.share(abs(rest) / goal if goal else float("nan")),
            interval=words.interval(words.money(low), words.money(high)),
        ),
    ]
    verdict = True if high <= 0 else False if low > 0 else None
    key = {True: "gap_sure", False: "gap_short", None: "gap_cannot_tell"}[verdict]
    check = Check("gap", verdict, words.say(key))
    return Finding("gap", " ".join(parts), "gap", (check,), ("orders", "plan"))
