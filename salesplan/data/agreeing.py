"""Do the delivered targets agree with one another, and with what is sold?"""

from __future__ import annotations

__all__ = ["check_targets"]

import difflib

import pandas as pd

from salesplan import config
from salesplan.data.engine import Engine, quoted
from salesplan.data.framing import framed
from salesplan.errors import DataError
from salesplan.scopes import SCOPE, covering

_YEAR = "INTERVAL 1 YEAR"


def check_targets(engine: Engine, relations: dict[str, str], *, checks: config.Checks) -> list[tuple[str, str]]:
    """Warnings on targets of members that were never sold to, and on members sold to that have none beside others.

    relations: the accepted rows of each source on the engine, the orders with their dimensions. Errors: DataError where
    the targets of one period do not add up, with the gap of each level and what would reconcile it.
    """
    if "targets" not in relations:
        return []
    goals = _goals(engine, relations["targets"])
    notes: list[tuple[str, str]] = []
    for dimension in config.DIMENSIONS:
        aimed = set(goals.loc[goals["dimension"] == dimension, "member"])
        if not aimed:
            continue
        ever, lately = _sold(engine, relations["orders"], dimension)
        if orphans := sorted(aimed - ever):
            notes.append(("orphan_targets", f"{dimension}: {', '.join(_with_hint(o, ever) for o in orphans)}"))
        if without := sorted(lately - aimed):
            notes.append(("untargeted", f"{dimension}: {', '.join(without)}"))
    unused = goals.loc[~goals["dimension"].isin([*config.DIMENSIONS, "total", SCOPE, "rep_id"]), "dimension"]
    notes += [("unused_dimension", f"{name}: {count}") for name, count in unused.value_counts().sort_index().items()]
    cells = _cells(engine, relations["orders"])
    for label, part in goals.groupby("label", sort=True):
        _check_sum(str(label), part, cells=cells, limit=checks.max_target_gap)
    return notes


def _goals(engine: Engine, relation: str) -> pd.DataFrame:
    """One row per dimension, member and label of a period: the net sales target that was set last."""
    rows = framed(engine.connection.sql(f"SELECT * FROM {relation}").to_arrow_table(), name="targets")
    rows = rows[rows["metric"].isna() | (rows["metric"] == "net_sales")]
    days = rows["start"].dt.strftime("%Y-%m-%d") + "/" + rows["end"].dt.strftime("%Y-%m-%d")
    rows = rows.assign(label=rows["period"].where(rows["period"].notna(), days))
    ordered = rows.sort_values(["set_on", "target_cents"], kind="stable", na_position="first")
    return ordered.drop_duplicates(["dimension", "member", "label"], keep="last").dropna(subset=["label"])


def _sold(engine: Engine, orders: str, dimension: str) -> tuple[set[str], set[str]]:
    """The members of a dimension that were ever sold to, and those of the last year of order lines."""
    name = quoted(dimension)
    found = engine.rows(
        f"SELECT {name}, max(order_date) > (SELECT max(order_date) FROM {orders}) - {_YEAR} FROM {orders} GROUP BY ALL"
    )
    return {m for m, _ in found}, {m for m, late in found if late and m != config.UNASSIGNED}


def _cells(engine: Engine, orders: str) -> pd.DataFrame:
    """Which members of the dimensions met in the last year of order lines."""
    names = ", ".join(map(quoted, config.DIMENSIONS))
    late = f"order_date > (SELECT max(order_date) FROM {orders}) - {_YEAR}"
    found = engine.rows(f"SELECT DISTINCT {names} FROM {orders} WHERE {late}")
    return pd.DataFrame(found, columns=list(config.DIMENSIONS))


def _with_hint(member: str, known: set[str]) -> str:
    close = difflib.get_close_matches(member, sorted(known), n=1, cutoff=0.6)
    return f"{member} ({close[0]}?)" if close else member


def _check_sum(label: str, goals: pd.DataFrame, *, cells: pd.DataFrame, limit: float) -> None:
    """Refuses a period whose levels differ by more than ``limit`` of the whole; a level with a member missing is none.

    The whole is the target of the total; where there is none, the sum of the first complete level.
    """
    total = goals.loc[goals["dimension"] == "total", "target_cents"]
    levels = {"total": int(total.sum())} if len(total) else {}
    levels |= {" × ".join(dims): int(own["target_cents"].sum()) for dims, own in covering(goals, cells=cells)}
    if len(levels) < 2:
        return
    first, whole = next(iter(levels.items()))
    off = {d: amount for d, amount in levels.items() if abs(amount - whole) > limit * abs(whole)}
    if not off:
        return
    told = "; ".join(
        f"by {d} {amount / 100:,.2f} ({(amount - whole) / 100:+,.2f}"
        + (f"; times {whole / amount:.6f} they would add up)" if amount else ")")
        for d, amount in off.items()
    )
    raise DataError(
        f"sources.targets: the targets of {label} do not add up: {first} {whole / 100:,.2f}, {told}. [checks] allows "
        f"{limit:.2%}. Correct them, or, where more is handed out than the whole on purpose, raise max_target_gap.",
        places=[("", None, "target", f"{label} {d}") for d in off],
    )
