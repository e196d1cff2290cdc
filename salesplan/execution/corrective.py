"""What is to be done about each goal that is red and each initiative that is held up: why, what, who, by when?"""

from __future__ import annotations

__all__ = ["corrective", "say_corrective"]

from collections.abc import Mapping
from typing import Any

import pandas as pd

from salesplan.config import UNASSIGNED
from salesplan.execution.standing import held_back
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.words import Words

_NAME = "execution/corrective"
_NAMED = 3  # so many are told in a sentence


def corrective(
    tracking: pd.DataFrame,
    states: pd.DataFrame,
    *,
    initiatives: pd.DataFrame,
    drivers: pd.DataFrame | None,
    owners: Mapping[str, str],
    default: str,
    calendar: FiscalCalendar,
    as_of: str,
) -> pd.DataFrame:
    """What is proposed for each red member and each initiative that is late, blocked or stopped?

    tracking: execution/tracking. states: execution/standing. initiatives: the table of that name. drivers:
    review/drivers, or None. owners: "region/EC" to who answers; default: for the rest. Frame execution/corrective:
    kind (member, initiative), dimension, member (of an initiative its number), cause, cause_amount [currency], missing
    [currency], proposal, owner, due (the last day of the coming quarter).

    The cause of a member is the driver of its sales that took most from them (customers, orders a customer, units an
    order, price a unit), the proposal what works on that driver; cannot_tell where no driver took anything. Missing:
    the goal less the middle of the landing; of an initiative what it is expected to bring.
    """
    due = pd.Timestamp(calendar.bounds(calendar.shift(as_of, 1))[1])
    red = tracking[(tracking["level"] == "year") & (tracking["alarm"] == "red") & (tracking["dimension"] != "total")]
    rows: list[tuple[Any, ...]] = []
    for row in red.sort_values("p_reach", kind="stable").to_dict("records"):
        cause, taken = _cause(drivers, str(row["dimension"]), str(row["member"]))
        owner = owners.get(f"{row['dimension']}/{row['member']}", default) or UNASSIGNED
        missing = round(float(row["target"] - row["landing_p50"]), 2)
        about = "member", row["dimension"], row["member"]
        rows.append((*about, cause, taken, missing, f"act_{cause}", owner, due))
    brings = initiatives.set_index("initiative_id")
    for initiative, state in held_back(states).items():
        known = brings.loc[initiative]
        amount = float("nan"), float(known["contribution"])
        rows.append(("initiative", "", initiative, state, *amount, f"act_{state}", str(known["owner"]), due))
    table = pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))
    money = {"cause_amount": "float64", "missing": "float64"}
    return table.astype(money).assign(due=pd.to_datetime(table["due"]))


def _cause(drivers: pd.DataFrame | None, dimension: str, member: str) -> tuple[str, float]:
    """The driver that took most from a member's sales, and how much [currency]."""
    if drivers is None or drivers.empty:
        return "cannot_tell", float("nan")
    own = drivers[
        (drivers["dimension"] == dimension)
        & (drivers["member"].astype(str) == member)
        & (drivers["status"] == "all")
        & (drivers["to_period"].astype(str) == drivers["to_period"].astype(str).max())
    ]
    lost = own[own["amount"] < 0].sort_values("amount", kind="stable")
    if lost.empty:
        return "cannot_tell", float("nan")
    return str(lost["driver"].iloc[0]), float(lost["amount"].iloc[0])


def say_corrective(table: pd.DataFrame, *, words: Words) -> Finding:
    """What is proposed first, and who answers for it? From execution/corrective."""
    if table.empty:
        text = words.say("execution_corrective_none")
        return Finding(_NAME, text, _NAME, (Check("corrective", True, text),), ("orders", "plan"))
    open_owner = int((table["owner"] == UNASSIGNED).sum())
    parts = [words.say("execution_corrective", count=words.number(len(table)))]
    for row in table.sort_values("missing", ascending=False, kind="stable").head(_NAMED).to_dict("records"):
        who = str(row["member"]) if row["kind"] == "initiative" else words.name(row["member"])
        about = {"who": who, "owner": words.name(row["owner"]), "due": words.date(row["due"].date())}
        about |= {"missing": words.money(row["missing"]), "proposal": words.term(row["proposal"])}
        parts.append(words.say("execution_corrective_one", **about))
    said = words.say("execution_corrective_open" if open_owner else "execution_corrective_owned")
    return Finding(_NAME, words.text(parts), _NAME, (Check("owners", not open_owner, said),), ("orders", "plan"))
