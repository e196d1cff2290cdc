"""The plan document for Word: cover, contents, summary, then the chapters of the plan and an appendix."""

from __future__ import annotations

__all__ = ["write"]

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from salesplan import tables
from salesplan.report import headline, word_parts
from salesplan.report.contents import Contents, Part, Section, described, title_of
from salesplan.report.definitions import definitions
from salesplan.report.excerpt import excerpt
from salesplan.report.packing import pack

_MARKS = {True: "✓", False: "✗", None: "?"}
_TALLEST = 6_120_000  # 17 cm in the format's own unit


@dataclass
class _Draft:
    """The document under way and how many captions and headings it has."""

    document: Any
    content: Contents
    captions: dict[str, int] = field(default_factory=lambda: {"Figure": 0, "Table": 0})
    headings: int = 0


def write(place: Path, *, content: Contents) -> None:
    """Writes the document; the same run gives the same bytes."""
    draft = _Draft(word_parts.blank(), content)
    word_parts.link_styles(draft.document, language=content.words.language)
    _properties(draft)
    _page_frame(draft)
    _cover(draft)
    _contents(draft)
    _summary(draft)
    for part in content.parts:
        if part.sections or part.key == "appendix":
            _part(draft, part)
    buffer = BytesIO()
    draft.document.save(buffer)
    pack(buffer.getvalue(), place=place)


def _properties(draft: _Draft) -> None:
    about, content = draft.document.core_properties, draft.content
    about.title, about.author, about.subject = content.title[:255], content.company[:255], content.subtitle[:255]
    about.comments = about.keywords = about.category = ""
    about.last_modified_by = content.company[:255]
    about.created = about.modified = content.dated
    about.revision, about.language = 1, content.words.language


def _page_frame(draft: _Draft) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    page, say = draft.document.sections[0], draft.content.words
    page.different_first_page_header_footer = True
    page.header.paragraphs[0].text = draft.content.title
    foot = page.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    before, after = say.say("report_page", page="\0").split("\0")
    foot.add_run(before)
    word_parts.field(foot, "PAGE", shown="1")
    foot.add_run(after)


def _cover(draft: _Draft) -> None:
    from docx.shared import Pt

    first = word_parts.paragraph(draft.document, draft.content.title, style="Title")
    first.paragraph_format.space_before = Pt(180)
    word_parts.paragraph(draft.document, draft.content.subtitle, style="Subtitle")
    draft.document.add_page_break()


def _outline(content: Contents) -> Iterator[tuple[int, str]]:
    """Every heading of the document, in order, with its level; the headings are written in this order too."""
    yield 1, content.words.title("report/summary")
    for part in content.parts:
        if part.sections or part.key == "appendix":
            yield 1, part.title
            yield from ((2, s.title) for s in part.sections)
            if part.key == "appendix":
                yield 2, content.words.title("report/definitions")


def _contents(draft: _Draft) -> None:
    from docx.shared import Cm

    say, document = draft.content.words, draft.document
    head = word_parts.paragraph(document, say.title("report/contents"), style="Subtitle")
    head.paragraph_format.keep_with_next = True
    lines = []
    for number, (level, text) in enumerate(_outline(draft.content), 1):
        holder = document.add_paragraph()
        holder.paragraph_format.left_indent = Cm(0.8 * (level - 1))
        word_parts.contents_line(holder, text=text, mark=f"h{number}")
        lines.append(holder)
    _as_field(lines)
    note = word_parts.paragraph(document, say.say("report_update_contents"))
    note.runs[0].italic = True


def _as_field(lines: list[Any]) -> None:
    """Puts the lines into one TOC field, so that the reader's program can rebuild them."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    def mark(kind: str) -> Any:
        run, part = OxmlElement("w:r"), OxmlElement("w:fldChar")
        part.set(qn("w:fldCharType"), kind)
        if kind == "begin":
            part.set(qn("w:dirty"), "true")
        run.append(part)
        return run

    code, order = OxmlElement("w:r"), OxmlElement("w:instrText")
    order.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    order.text = ' TOC \\o "1-2" \\h \\z \\u '
    code.append(order)
    for place, part in enumerate((mark("begin"), code, mark("separate")), 1):
        lines[0]._p.insert(place, part)
    lines[-1]._p.append(mark("end"))


def _heading(draft: _Draft, text: str, *, level: int) -> None:
    draft.headings += 1
    holder = draft.document.add_heading(tables.legible(text), level=level)
    holder.paragraph_format.page_break_before = level == 1
    word_parts.bookmark(holder, name=f"h{draft.headings}", number=draft.headings)


def _summary(draft: _Draft) -> None:
    content, document = draft.content, draft.document
    say = content.words
    _heading(draft, say.title("report/summary"), level=1)
    for card in headline.cards(content):
        holder = document.add_paragraph(style="List Bullet")
        holder.add_run(tables.legible(say.say("report_card", label=card.label, value=card.value))).bold = True
        if card.more:
            holder.add_run(say.say("report_card_more", more=tables.legible(card.more)))
    raised = headline.alarms(content) or [say.say("report_no_alarms")]
    for title, items in (*headline.answers(content), (say.title("report/alarms"), raised)):
        word_parts.paragraph(document, title).runs[0].bold = True
        for item in items:
            word_parts.paragraph(document, item, style="List Bullet")


def _part(draft: _Draft, part: Part) -> None:
    _heading(draft, part.title, level=1)
    for section in part.sections:
        _section(draft, section)
    if part.key == "appendix":
        _definitions(draft)


def _definitions(draft: _Draft) -> None:
    _heading(draft, draft.content.words.title("report/definitions"), level=2)
    for term, text in definitions(draft.content):
        line = draft.content.words.say("report_card", label=term, value=text)
        word_parts.paragraph(draft.document, line, style="List Bullet")


def _section(draft: _Draft, section: Section) -> None:
    _heading(draft, section.title, level=2)
    if section.finding:
        for line in filter(None, (t.strip() for t in section.finding.text.split("\n"))):
            word_parts.paragraph(draft.document, line)
        for check in section.finding.checks:
            if check.text != section.finding.text:
                text = f"{_MARKS[check.passed]} {check.text}"
                word_parts.paragraph(draft.document, text).paragraph_format.left_indent = _indent()
    for name, picture in section.figures.items():
        _picture(draft, picture, title=section.title if name == section.name else _title(draft, name), section=section)
    for name in section.tables:
        _table(draft, name)


def _indent() -> Any:
    from docx.shared import Cm

    return Cm(0.6)


def _title(draft: _Draft, name: str) -> str:
    return title_of(name, words=draft.content.words)


def _captioned(draft: _Draft, kind: str, *, title: str) -> None:
    draft.captions[kind] += 1
    sentence = draft.content.words.say(f"report_{kind.lower()}", number="\0", title=tables.legible(title))
    word_parts.caption(draft.document, sentence=sentence, kind=kind, number=draft.captions[kind])


def _picture(draft: _Draft, picture: Path, *, title: str, section: Section) -> None:
    """The picture as wide as the text; a screen reader says its title and what was found."""
    from docx.oxml.ns import qn
    from docx.shared import Cm

    holder = draft.document.add_paragraph()
    holder.paragraph_format.keep_with_next = True
    shape = holder.add_run().add_picture(str(picture), width=Cm(16.5))
    if shape.height > _TALLEST:
        shape.width, shape.height = int(shape.width * _TALLEST / shape.height), _TALLEST
    about = shape._inline.find(qn("wp:docPr"))
    about.set("descr", described(title, section=section))
    about.set("name", f"{draft.captions['Figure'] + 1}")
    shape._inline.find(f".//{qn('pic:cNvPr')}").set("name", f"{draft.captions['Figure'] + 1}.png")
    _captioned(draft, "Figure", title=title)


def _table(draft: _Draft, name: str) -> None:
    given = excerpt(name, content=draft.content)
    if given.texts.empty:
        return
    _captioned(draft, "Table", title=draft.content.words.title(f"table/{name}"))
    word_parts.grid(draft.document, given)
    note = word_parts.paragraph(draft.document, given.note, style="Caption")
    note.paragraph_format.keep_with_next = False
