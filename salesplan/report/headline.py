"""The first screen: what a director asks, answered; the figures that matter; what raises an alarm."""

from __future__ import annotations

__all__ = ["Card", "alarms", "answers", "cards"]

from dataclasses import dataclass
from typing import Any

import pandas as pd

from salesplan import tables
from salesplan.periods import ENOUGH_MONTHS
from salesplan.report.contents import Contents
from salesplan.words import sentences

_QUIET = {
    "",
    "none",
    "green",
    "no",
    "ok",
    "on_track",
    "quiet",
    "reached",
    "waiting",
    "false",
    "nan",
    "cannot_tell",
    "open",
    "unknown",
}


_SAID_ALREADY = ("execution/risks", "execution/tracking", "execution/scorecard")


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


def answers(content: Contents) -> list[tuple[str, list[str]]]:
    """What a director asks, each with its answer: reached? why? what do we aim for? which moves? what happens next?"""
    found = [
        ("report/reached", _told(content, "review/attainment", most=2) or _told(content, "review/kpis", most=1)),
        _causes(content),
        ("report/aim", _told(content, "targets/topline", most=2 + (_months(content) < ENOUGH_MONTHS))),
        ("report/moves", [*_said(content, "gap")[:4], *_said(content, "initiatives")[2:3]]),
        ("report/next", _next(content)),
    ]
    return [(content.words.title(question), said) for question, said in found if said]


def _told(content: Contents, name: str, *, most: int) -> list[str]:
    """The first sentences of a finding, as one paragraph."""
    told = _said(content, name)[:most]
    return [content.words.text(told)] if told else []


def _said(content: Contents, name: str) -> list[str]:
    """The sentences of a finding; none where there is no finding."""
    return sentences(content.findings[name].text) if name in content.findings else []


def _next(content: Contents) -> list[str]:
    """The next tasks that are not done, running ones by when they are due: what, who, from when to when."""
    say, table = content.words, content.frames.get("execution/work_plan")
    if table is None or table.empty:
        return []
    states, today = content.frames.get("execution/progress"), pd.Timestamp(content.workspace.cut_off)
    done = [] if states is None else states.loc[states["verdict"] == "done", "task_id"].tolist()
    coming = table[(table["due"] > today) & ~table["task_id"].isin(done)]
    coming = coming.assign(next=coming["start"].where(coming["start"] > today, today)).sort_values(
        ["next", "due", "task_id"]
    )
    return [
        say.say(
            "report_task",
            task=str(row["task"]),
            owner=say.name(row["owner"]),
            start=say.date(row["start"].date()),
            due=say.date(row["due"].date()),
        )
        for _, row in coming.head(3).iterrows()
    ]


def _causes(content: Contents) -> tuple[str, list[str]]:
    """Why the target was missed or passed, all of it; else where sales left what was expected, else why they changed:
    the question, and its answer with amounts.
    """
    say = content.words
    for question, name, column in (
        ("report/missed", "review/attribution", "cause"),
        ("report/broke", "review/root_causes", "slice"),
    ):
        table = content.frames.get(name)
        rows = table.dropna(subset=["amount"]) if table is not None else pd.DataFrame()
        rows = rows[rows["verdict"] == "cause"] if "verdict" in rows else rows
        if table is None or rows.empty:
            continue
        order = rows["amount"].abs().sort_values(ascending=False, kind="stable").index
        told = [
            say.say(
                "report_cause",
                cause=say.name(row[column], column=column),
                amount=_money(float(row["amount"]), content=content, signed=True),
            )
            for _, row in rows.loc[order].iterrows()
            if abs(float(row["amount"])) > 0
        ]
        return question, told
    return "report/why", _told(content, "review/bridge", most=1)


def alarms(content: Contents) -> list[str]:
    """What needs somebody now: landings off target, risks that have begun, blocking errors, checks that failed."""
    found = [*_off_target(content), *_states(content), *_lint(content), *_failed(content)]
    return list(dict.fromkeys(found))[:8]


def _failed(content: Contents) -> list[str]:
    """Checks that did not hold, under their section; rows set aside and what the tables above said already apart."""
    say = content.words
    return [
        say.say("report_failed", section=tables.legible(section.title), check=tables.legible(check.text))
        for part in content.parts
        for section in part.sections
        if part.key != "appendix" and section.finding and section.name not in _SAID_ALREADY
        for check in section.finding.checks
        if check.passed is False
    ]


def _money(amount: float, *, content: Contents, signed: bool = False) -> str:
    return content.words.money(amount, signed=signed)


def _goal(content: Contents) -> list[Card]:
    say, topline = content.words, content.frames.get("targets/topline")
    chosen = topline[topline["chosen"].astype(bool)] if topline is not None else None
    if chosen is None or chosen.empty:
        return []
    row = chosen.iloc[0]
    basis = say.say("report_basis", basis=tables.cell(row["basis"], kind="term", words=say))
    reach = tables.cell(row["p_reach"], kind="chance", words=say)
    if (months := _months(content)) < ENOUGH_MONTHS:
        basis = f"{basis} · {say.say('report_short_history', months=say.number(months))}"
    calm = say.say("report_if_nothing_changes", p_baseline=tables.cell(row["p_baseline"], kind="chance", words=say))
    return [
        Card(say.say("report_goal_of", year=content.workspace.year), _money(row["amount"], content=content), basis),
        Card(say.term("p_reach"), reach, calm),
    ]


def _months(content: Contents) -> int:
    """The months of history that the goal's probability rests on, as far as they are told."""
    methods = content.frames.get("targets/methods")
    known = [] if methods is None else methods.loc[methods["dimension"] == "total", "months"].tolist()
    return int(known[0]) if known else ENOUGH_MONTHS


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
        else say.say("report_funded" if gap > 0 else "report_reached_already")
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
    period, whole = table["period"].astype(str), table["dimension"] == "total"
    told = (period == content.workspace.year) | (whole & (period == content.workspace.as_of))
    rows = table[_loud(table["alarm"]) & told]
    rows = rows.sort_values(["dimension", "p_reach"], key=_total_first, kind="stable")
    say = content.words
    return [
        say.say(
            "report_alarm",
            who=tables.cell(r["member"], kind="name", words=say),
            period=str(r["period"]),
            state=tables.cell(r["alarm"], kind="term", words=say),
        )
        for _, r in rows.head(5).iterrows()
    ]


def _total_first(values: pd.Series) -> pd.Series:
    return values != "total" if values.name == "dimension" else values


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
