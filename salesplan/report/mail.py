"""The run as a letter: enough to know whether anybody has to look, as plain text or as a page without styles."""

from __future__ import annotations

__all__ = ["write"]

import html
from pathlib import Path

from salesplan import tables
from salesplan.report import headline
from salesplan.report.contents import Contents

_TOLD = ("changes/bridge", "changes/verdicts", "changes/promises")


def write(place: Path, *, content: Contents) -> None:
    """Writes the letter of a run: mail.txt with its subject as first line, or mail.html with it as title.

    What it says: the figures of the first page, what changed since the last publication, what raises an alarm, what
    happens next, and where the report lies.
    """
    subject, blocks = _subject(content), _blocks(content, own=place.stem.removeprefix("mail"))
    if place.suffix == ".txt":
        parts = [subject, *("\n".join([title, *(f"- {line}" for line in lines)]) for title, lines in blocks)]
        place.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
        return
    told = html.escape(subject)
    body = "".join(
        f"<h2>{html.escape(title)}</h2><ul>{''.join(f'<li>{html.escape(line)}</li>' for line in lines)}</ul>"
        for title, lines in blocks
    )
    head = f'<meta charset="utf-8"><title>{told}</title>'
    page = f'<!doctype html><html lang="{content.words.language}"><head>{head}</head><body><h1>{told}</h1>{body}</body>'
    place.write_text(f"{page}</html>\n", encoding="utf-8")


def _subject(content: Contents) -> str:
    say, raised = content.words, headline.alarms(content)
    about = {"title": content.title, "quarter": content.workspace.as_of}
    if raised:
        return say.say("report_mail_alarms", **about, count=say.number(len(raised)))
    return say.say("report_mail_quiet", **about)


def _blocks(content: Contents, *, own: str) -> list[tuple[str, list[str]]]:
    say = content.words
    figures = [f"{c.label}: {c.value}" + (f" ({c.more})" if c.more else "") for c in headline.cards(content)]
    changed = [tables.legible(content.findings[name].text) for name in _TOLD if name in content.findings]
    asked = dict(headline.answers(content))
    coming = asked.get(say.title("report/next"), [])
    found = [
        (say.title("report/summary"), figures),
        (say.title("part/changes"), changed),
        (say.title("report/alarms"), headline.alarms(content)),
        (say.title("report/next"), coming),
        (say.title("report/where"), [f"report{own}.html", f"plan{own}.docx", f"plan{own}.xlsx"]),
    ]
    return [(title, lines) for title, lines in found if lines]
