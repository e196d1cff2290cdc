"""The web page of a run: one file that opens anywhere, offline, and holds nothing that runs."""

from __future__ import annotations

__all__ = ["write"]

import base64
import html
import re
from importlib.resources import files
from pathlib import Path

import pandas as pd

from salesplan import tables
from salesplan.findings import Finding
from salesplan.report import headline
from salesplan.report.contents import Contents, Part, Section, described, title_of
from salesplan.report.definitions import definitions

_ROWS = 40
_SIGN = re.compile(r"(?<=[+−])(?=\D\d)")
_UNIT = re.compile(r"(?<=\d) (?=(?:%|bn\b|m\b|k\b))")
_MARKS = {True: "✓", False: "✗", None: "?"}
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write(place: Path, *, content: Contents) -> None:
    """Writes the page; the same run gives the same bytes."""
    place.write_text(_page(content), encoding="utf-8", newline="\n")


def _page(content: Contents) -> str:
    style = files("salesplan").joinpath("report", "page.css").read_text(encoding="utf-8")
    language = "zh-CN" if content.words.language == "zh" else "en"
    parts = "\n".join(_part(part, content) for part in content.parts if part.sections or part.key == "appendix")
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_text(content.title)}</title>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#summary">{_text(content.words.title("report/summary"))}</a>
<div class="frame">
{_navigation(content)}
<main>
{_summary(content)}
{parts}
</main>
</div>
</body>
</html>
"""


def _text(text: str) -> str:
    """Text for the page: nothing in it is read as code, and no number is torn from its sign or unit."""
    return _SIGN.sub("\u2060", _UNIT.sub("\u00a0", html.escape(tables.legible(text))))


def _anchor(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name)


def _navigation(content: Contents) -> str:
    say = content.words
    items = [f'<ul><li><a class="part" href="#summary">{_text(say.title("report/summary"))}</a></li></ul>']
    for part in content.parts:
        if not part.sections and part.key != "appendix":
            continue
        links = "".join(f'<li><a href="#{_anchor(s.name)}">{_text(s.title)}</a></li>' for s in part.sections)
        head = f'<a class="part" href="#part-{part.key}">{_text(part.title)}</a>'
        items.append(f"{head}<ul>{links}</ul>")
    return f'<nav aria-label="{_text(say.title("report/contents"))}">\n' + "\n".join(items) + "\n</nav>"


def _summary(content: Contents) -> str:
    say = content.words
    shown = "".join(
        f'<div class="card"><dt>{_text(c.label)}</dt><dd class="value">{_text(c.value)}</dd>'
        f'<dd class="more">{_text(c.more)}</dd></div>'
        for c in headline.cards(content)
    )
    blocks = [_list(question, said) for question, said in headline.answers(content)]
    blocks.append(
        _list(say.title("report/alarms"), headline.alarms(content), kind="alarm", empty=say.say("report_no_alarms"))
    )
    return (
        f'<header id="summary"><h1>{_text(content.title)}</h1><p>{_text(content.subtitle)}</p>'
        f'<dl class="cards">{shown}</dl><div class="columns">{"".join(blocks)}</div></header>'
    )


def _list(title: str, items: list[str], *, kind: str = "", empty: str = "") -> str:
    if not items:
        return f"<div><h2>{_text(title)}</h2><p>{_text(empty)}</p></div>" if empty else ""
    if len(items) == 1 and not kind:
        return f"<div><h2>{_text(title)}</h2><p>{_text(items[0])}</p></div>"
    rows = "".join(f"<li>{_text(i)}</li>" for i in items)
    return f'<div class="{kind}"><h2>{_text(title)}</h2><ul>{rows}</ul></div>'


def _part(part: Part, content: Contents) -> str:
    body = "\n".join(_section(s, content) for s in part.sections)
    if part.key == "appendix":
        body += _definitions(content)
    return f'<section class="part" id="part-{part.key}"><h2>{_text(part.title)}</h2>\n{body}\n</section>'


def _definitions(content: Contents) -> str:
    rows = "".join(f"<dt>{_text(t)}</dt><dd>{_text(d)}</dd>" for t, d in definitions(content))
    title = _text(content.words.title("report/definitions"))
    return f'<article id="definitions"><h3>{title}</h3><dl class="definitions">{rows}</dl></article>'


def _section(section: Section, content: Contents) -> str:
    prose = _finding(section.finding) if section.finding else ""
    drawn = "".join(_figure(n, p, section=section, content=content) for n, p in section.figures.items())
    behind = "".join(_table(name, content) for name in section.tables if len(content.frames[name]))
    return (
        f'<article id="{_anchor(section.name)}"><h3>{_text(section.title)}</h3>\n'
        + "\n".join(t for t in (prose, drawn, behind) if t)
        + "</article>"
    )


def _finding(finding: Finding) -> str:
    prose = "".join(f"<p>{_text(line)}</p>" for line in finding.text.split("\n") if line.strip())
    rows = "".join(
        f'<li class="{"bad" if c.passed is False else ""}">{_MARKS[c.passed]} {_text(c.text)}</li>'
        for c in finding.checks
        if c.text != finding.text
    )
    return prose + (f'<ul class="checks">{rows}</ul>' if rows else "")


def _figure(name: str, picture: Path, *, section: Section, content: Contents) -> str:
    """The picture as data inside the page; who does not see it hears what was found."""
    data = base64.b64encode(picture.read_bytes()).decode("ascii")
    title = section.title if name == section.name else title_of(name, words=content.words)
    told = described(title, section=section)
    return f'<figure><img alt="{_text(told)}" src="data:image/png;base64,{data}"></figure>'


def _table(name: str, content: Contents) -> str:
    say, frame = content.words, content.frames[name]
    title, count = say.title(f"table/{name}"), say.say("report_rows", count=say.number(len(frame)))
    top = frame.head(_ROWS)
    notes = [tables.money_scale(top, name=name, words=say)[2]]
    if len(frame) > _ROWS:
        facts = {"shown": say.number(_ROWS), "all": say.number(len(frame)), "sheet": title}
        notes.append(say.say("report_more_rows", **facts))
    note = " ".join(n for n in notes if n)
    return (
        f"<details><summary>{_text(title)} · {_text(count)}</summary>"
        f'<div class="scroll" tabindex="0">{_grid(top, name=name, content=content)}'
        f'<p class="note">{_text(note)}</p></div></details>'
    )


def _mark(column: str, *, name: str, values: pd.Series, texts: pd.Series) -> str:
    """Numbers stand to the right, long texts get room, short ones stay on one line."""
    if tables.is_number(name, column, values=values):
        return ' class="n"'
    return ' class="long"' if texts.map(len).max() > 28 else ' class="short"'


def _grid(frame: pd.DataFrame, *, name: str, content: Contents) -> str:
    plain = tables.written(frame, name=name, words=content.words)
    kept = tables.columns(frame, name=name)
    marks = [_mark(c, name=name, values=frame[c], texts=plain.iloc[:, at]) for at, c in enumerate(kept)]
    head = "".join(f'<th scope="col"{m}>{_text(h)}</th>' for h, m in zip(plain.columns, marks, strict=True))
    body = "\n".join(
        "<tr>" + "".join(f"<td{m}>{_text(v)}</td>" for v, m in zip(line, marks, strict=True)) + "</tr>"
        for line in plain.itertuples(index=False, name=None)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"
