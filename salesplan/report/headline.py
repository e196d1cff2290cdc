"""The first screen: the goal, how likely it is, the gap, the causes of the last result, what raises an alarm."""

from __future__ import annotations

__all__ = ["Card", "alarms", "cards", "causes", "sources"]

from dataclasses import dataclass
from typing import Any

import pandas as pd

from salesplan import tables
from salesplan.report.contents import Contents

_QUIET = {
    "",
    "none",
    "green",
    "no",
    "ok",
    "on_track",
    "quiet",
    "waiting",
    "false",
    "nan",
    "cannot_tell",
    "open",
    "unknown",
}


@dataclass(frozen=True)
class Card:
    """One figure of the first screen: what it is, its value, and a line that says more."""

    label: str
    value: str
    more: str = ""


def cards(content: Contents) -> list[Card]:
    """Goal, probability, gap from baseline, and how the reviewed year or the running year stands."""
    found = [*_goal(content), *_gap(content), *_attainment(content), *_landing(content)]
    return found or [Card(content.words.title("report/goal"), content.words.say("report_no_goal"))]


def causes(content: Contents) -> list[str]:
    """The largest causes of the reviewed year's result, with their amounts; else the largest effects of the bridge."""
    say = content.words
    for name, column in (("review/attribution", "cause"), ("review/root_causes", "slice")):
        table = content.frames.get(name)
        if table is None or table["amount"].isna().all():
            continue
        rows = table.dropna(subset=["amount"])
        order = rows["amount"].abs().sort_values(ascending=False, kind="stable").index[:4]
        return [
            say.say(
                "report_cause",
                cause=tables.cell(row[column], kind="term", words=say),
                amount=_money(float(row["amount"]), content=content, signed=True),
            )
            for _, row in rows.loc[order].iterrows()
            if abs(float(row["amount"])) > 0
        ]
    return []


def alarms(content: Contents) -> list[str]:
    """What needs somebody now: landings off target, goals in red, risks that have begun, checks that failed."""
    found = [*_off_target(content), *_states(content), *_lint(content)]
    failed = [c.text for f in content.findings.values() for c in f.checks if c.passed is False]
    return list(dict.fromkeys([*found, *map(tables.legible, failed)]))[:8]


def sources(content: Contents) -> list[str]:
    """What was delivered, per source: rows in, rows set aside."""
    table = content.frames.get("data/reconciliation")
    if table is None:
        return []
    say = content.words
    return [
        say.say(
            "report_source",
            source=tables.cell(row["source"], kind="term", words=say, column="source"),
            rows=say.number(row["rows_in"]),
            aside=say.number(row["rows_quarantined"]),
        )
        for _, row in table.iterrows()
    ]


def _money(amount: float, *, content: Contents, signed: bool = False) -> str:
    """An amount with as many digits as a headline needs: one digit of 亿 or of a billion would be too coarse."""
    coarse = pd.notna(amount) and abs(amount) >= (1e8 if content.words.language == "zh" else 1e9)
    return content.words.money(amount, signed=signed, digits=2 if coarse else 1)


def _goal(content: Contents) -> list[Card]:
    say, topline = content.words, content.frames.get("targets/topline")
    chosen = topline[topline["chosen"].astype(bool)] if topline is not None else None
    if chosen is None or chosen.empty:
        return []
    row = chosen.iloc[0]
    basis = say.say("report_basis", basis=tables.cell(row["basis"], kind="term", words=say))
    reach = tables.cell(row["p_reach"], kind="chance", words=say)
    calm = say.say("report_if_nothing_changes", p_baseline=tables.cell(row["p_baseline"], kind="chance", words=say))
    return [
        Card(say.say("report_goal_of", year=content.workspace.year), _money(row["amount"], content=content), basis),
        Card(say.term("p_reach"), reach, calm),
    ]


def _gap(content: Contents) -> list[Card]:
    say, table = content.words, content.frames.get("gap")
    if table is None:
        return []
    amounts = table.groupby(table["step"].astype(str))["amount"].sum()
    if not {"baseline", "target"} <= set(amounts.index):
        return []
    gap = amounts["target"] - amounts["baseline"]
    unfunded = amounts.get("unfunded", 0.0)
    more = (
        say.say("report_unfunded", amount=_money(unfunded, content=content))
        if unfunded > 0
        else say.say("report_funded")
    )
    return [Card(say.title("report/gap"), _money(gap, content=content, signed=True), more)]


def _attainment(content: Contents) -> list[Card]:
    say, year = content.words, content.workspace.reviewed_year
    rows = _total(content.frames.get("review/attainment"), year)
    if rows is None or not _known(rows["attainment"]):
        return []
    more = say.say(
        "report_against", actual=_money(rows["actual"], content=content), target=_money(rows["target"], content=content)
    )
    return [Card(say.say("report_attainment_of", year=year), say.share(rows["attainment"]), more)]


def _landing(content: Contents) -> list[Card]:
    say, year = content.words, content.workspace.year
    row = _total(content.frames.get("execution/tracking"), year)
    if row is None or not _known(row["landing_p50"]):
        return []
    span = say.interval(_money(row["landing_p10"], content=content), _money(row["landing_p90"], content=content))
    return [Card(say.say("report_landing_of", year=year), _money(row["landing_p50"], content=content), span)]


def _total(table: pd.DataFrame | None, period: str) -> pd.Series | None:
    if table is None:
        return None
    rows = table[(table["dimension"] == "total") & (table["period"].astype(str) == period)]
    return None if rows.empty else rows.iloc[0]


def _known(*values: Any) -> bool:
    return all(pd.notna(v) for v in values)


def _loud(values: pd.Series) -> pd.Series:
    return ~values.fillna("").astype(str).str.lower().isin(_QUIET)


def _off_target(content: Contents) -> list[str]:
    table = content.frames.get("execution/tracking")
    if table is None:
        return []
    say, rows = content.words, table[_loud(table["alarm"])]
    return [
        say.say(
            "report_alarm",
            who=tables.cell(r["member"], kind="name", words=say),
            period=str(r["period"]),
            state=tables.cell(r["alarm"], kind="term", words=say),
        )
        for _, r in rows.head(5).iterrows()
    ]


def _states(content: Contents) -> list[str]:
    say, found = content.words, []
    for name, column, bad in (
        ("execution/scorecard", "goal", {"red"}),
        ("execution/risks", "risk", {"fired", "triggered", "begun", "red"}),
    ):
        table = content.frames.get(name)
        for _, row in (table[table["state"].isin(bad)] if table is not None else pd.DataFrame()).iterrows():
            who = tables.cell(row[column], kind="name", words=say)
            state = tables.cell(row["state"], kind="term", words=say)
            found.append(say.say("report_state", who=who, state=state))
    return found


def _lint(content: Contents) -> list[str]:
    table = content.frames.get("lint")
    if table is None or table.empty:
        return []
    return [tables.legible(m) for m in table.loc[table["severity"].isin(["error", "block"]), "message"]]
