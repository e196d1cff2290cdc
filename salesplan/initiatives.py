"""Which moves are planned, what do they bring together, and how much of the goal do they leave open?"""

from __future__ import annotations

__all__ = ["gap", "named_steps", "register", "say_gap", "say_register", "what_if"]

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS, UNASSIGNED, Initiative
from salesplan.findings import Check, Finding
from salesplan.futures import expected, year_of
from salesplan.stats import cents, units
from salesplan.words import Words

_COLUMNS = (
    *("initiative_id", "lever", "scope", "action", "mechanism", "owner", "start", "due", "cost"),
    *("impact_low", "impact_mid", "impact_high", "probability", "evidence", "selected", "contribution", "overlaps"),
)
_WHOLE = "total"


def register(plan: Sequence[Initiative], *, words: Words, default_owner: str | None = None) -> pd.DataFrame:
    """Which initiatives does the plan file hold?

    plan: ``plan.file.initiatives``. Returns one row per initiative in the plan's order: the plan's fields, with scope
    as text ("region=east, channel=online"; "total" for the whole company), action, mechanism and evidence in the
    plan's language, dates as datetime64, money in currency units, contribution [currency, expected:
    probability × mean of the triangle] and overlaps (ids, comma between). An initiative without owner gets
    ``default_owner``, else "unassigned".
    """
    rows = [
        {
            **initiative.model_dump(include=set(_COLUMNS) - {"scope", "overlaps"}),
            "scope": ", ".join(f"{d}={initiative.scope[d]}" for d in DIMENSIONS if d in initiative.scope) or _WHOLE,
            "action": words.pick(initiative.action),
            "mechanism": words.pick(initiative.mechanism),
            "evidence": words.pick(initiative.evidence),
            "owner": initiative.owner or default_owner or UNASSIGNED,
            "contribution": units(round(expected(initiative))),
            "overlaps": ", ".join(initiative.overlaps),
        }
        for initiative in plan
    ]
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    money = ["cost", "impact_low", "impact_mid", "impact_high", "contribution"]
    table[[*money, "probability"]] = table[[*money, "probability"]].astype("float64")
    table[["start", "due"]] = table[["start", "due"]].apply(pd.to_datetime)
    return table.assign(selected=table["selected"].astype("bool"))


def gap(paths: pd.DataFrame, steps: pd.DataFrame, *, goal: float) -> pd.DataFrame:
    """Do the selected initiatives close the gap from the baseline to the goal?

    paths and steps: as from ``futures.future``. goal [currency]. Returns step, amount, low, high [currency] and total
    (True for baseline and target): baseline (the middle of the draws if nothing changes), what each selected
    initiative brings on average, overlap (zero or negative: what several count twice), unfunded (what is still
    missing; negative where more than the goal is expected) and target. The steps before target sum to it, to the
    cent. low and high are the 10 and 90 % quantiles of the same draws.
    """
    calm, lifted = (year_of(paths, column=c) for c in ("baseline", "planned"))
    amounts = {"baseline": round(float(np.median(calm)))}
    draws = {"baseline": calm}
    for step, part in steps.groupby("step", sort=False):
        draws[str(step)] = part["amount"].to_numpy(dtype="float64")
        amounts[str(step)] = round(float(draws[str(step)].mean()))
    whole = cents(goal)
    amounts |= {"unfunded": whole - sum(amounts.values()), "target": whole}
    draws |= {"unfunded": whole - lifted, "target": np.full(len(calm), float(whole))}
    rows = [(s, a / 100, *_range(draws[s], a), s in ("baseline", "target")) for s, a in amounts.items()]
    return pd.DataFrame(rows, columns=["step", "amount", "low", "high", "total"])


def named_steps(steps: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """The table gap with each initiative called by its action, as a chart shows it; nothing without initiatives.

    What is expected beyond the goal is called surplus.
    """
    if not steps["step"].isin(register["initiative_id"]).any():
        return steps.head(0)
    beyond = steps["step"].eq("unfunded") & (steps["amount"] < 0)
    steps = steps.assign(step=steps["step"].mask(beyond, "surplus"))
    return steps.replace({"step": register.set_index("initiative_id")["action"].to_dict()})


def _range(draws: np.ndarray, amount: int) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.1, 0.9])
    return float(np.round(min(low, amount) / 100, 2)), float(np.round(max(high, amount) / 100, 2))


def what_if(
    paths: pd.DataFrame,
    plan: Sequence[Initiative],
    *,
    count: int,
    goal: float,
    words: Words,
    bring: Callable[..., pd.DataFrame],
) -> str:
    """What if only so many initiatives were carried out, those that are expected to bring most? Said in a sentence.

    paths: as from ``futures.future``. bring: ``futures.moves`` with everything but the initiatives and draws.
    """
    ranked = sorted(plan, key=lambda i: (-expected(i), i.initiative_id))
    chosen = [i.model_copy(update={"selected": True}) for i in ranked[:count]]
    calm = year_of(paths, column="baseline")
    steps = bring(initiatives=chosen, draws=len(calm)).pivot(index="draw", columns="step", values="amount")
    landing = calm + steps.sum(axis=1).to_numpy()
    brought = float(steps.mean().sum())
    rest = cents(goal) - float(np.median(calm)) - brought
    return words.say(
        "gap_what_if",
        count=words.number(count),
        brought=words.money(brought / 100),
        rest=words.money(max(rest, 0.0) / 100),
        p_reach=words.chance(float((landing >= cents(goal)).mean())),
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
        largest = words.say(
            "initiatives_largest",
            initiative=str(best["initiative_id"]),
            action=str(best["action"]),
            amount=words.money(best["contribution"]),
            probability=words.chance(best["probability"]),
        )
        text = words.text([text, largest])
    said = words.say("initiatives_missing", levers=words.join(missing)) if missing else words.say("initiatives_all")
    return Finding("initiatives", text, "initiatives", (Check("levers", not missing, said),), ("plan",))


def say_gap(table: pd.DataFrame, *, words: Words) -> Finding:
    """Do the initiatives close the gap? ``table`` as from ``gap``."""
    amount = {str(step): float(value) for step, value in zip(table["step"], table["amount"], strict=True)}
    low, high = (float(table.loc[table["step"] == "unfunded", side].iloc[0]) for side in ("low", "high"))
    rest, goal = amount["unfunded"], amount["target"]
    moves = table[~table["step"].isin(["baseline", "overlap", "unfunded", "target"])]
    parts = [_say_baseline(amount["baseline"], goal, words)]
    overlap = words.say("gap_overlap", overlap=words.money(-amount["overlap"])) if amount["overlap"] else ""
    parts += [words.say("gap_brought", brought=words.money(moves["amount"].sum())), overlap] if len(moves) else []
    parts.append(
        words.say(
            "gap_open" if rest > 0 else "gap_closed",
            amount=words.money(abs(rest)),
            share=words.share(abs(rest) / goal if goal else float("nan")),
            interval=words.interval(words.money(-high, signed=True), words.money(-low, signed=True)),
        )
        if rest
        else words.say("gap_even")
    )
    verdict = True if high <= 0 else False if low > 0 else None
    key = {True: "gap_sure", False: "gap_short", None: "gap_cannot_tell"}[verdict]
    check = Check("gap", verdict, words.say(key))
    return Finding("gap", words.text(parts), "gap", (check,), ("orders", "plan"))


def _say_baseline(baseline: float, goal: float, words: Words) -> str:
    key = "gap_from" if goal > baseline else "gap_beyond" if goal < baseline else "gap_at"
    missing = {"missing": words.money(abs(goal - baseline))} if goal != baseline else {}
    return words.say(key, baseline=words.money(baseline), goal=words.money(goal), **missing)
