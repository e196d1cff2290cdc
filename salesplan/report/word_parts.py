"""How the Word document is put together: fonts for both scripts, fields, captions, links, tables that repeat heads."""

from __future__ import annotations

__all__ = ["blank", "bookmark", "caption", "contents_line", "field", "grid", "link_styles", "paragraph"]

import copy
from typing import Any

from salesplan import tables
from salesplan.report.excerpt import Excerpt

_LATIN, _EAST = "Calibri", "Microsoft YaHei"
_TEXT_WIDTH = 17.0  # cm on A4 between margins of 2 cm


def blank() -> Any:
    """An empty A4 document whose styles carry fonts for latin and Chinese text."""
    import docx
    from docx.shared import Cm, Pt, RGBColor

    document = docx.Document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(2)
    styles = document.styles
    for style in styles:
        if style.type in (1, 2) and style.element.find(_tag("w:rPr")) is not None:
            _fonts(style)
    _fonts(styles["Normal"])
    styles["Normal"].font.size = Pt(10)
    styles["Normal"].paragraph_format.space_after = Pt(6)
    for level, size in (("Title", 26), ("Heading 1", 18), ("Heading 2", 13), ("Caption", 9)):
        _fonts(styles[level])
        styles[level].font.size = Pt(size)
        styles[level].font.color.rgb = RGBColor(0x5B, 0x66, 0x70) if level == "Caption" else RGBColor(0x1F, 0x4E, 0x79)
    styles["Subtitle"].font.italic = False
    for spacing in styles["Subtitle"].element.findall(f".//{_tag('w:spacing')}"):
        spacing.getparent().remove(spacing)
    styles["Heading 2"].paragraph_format.space_before = Pt(14)
    styles["Caption"].font.bold = False
    return document


def link_styles(document: Any, *, language: str) -> None:
    """Sets the language that spelling is checked in."""
    from docx.oxml import OxmlElement

    defaults = document.styles.element.find(f".//{_tag('w:rPrDefault')}/{_tag('w:rPr')}")
    for old in defaults.findall(_tag("w:lang")):
        defaults.remove(old)
    lang = OxmlElement("w:lang")
    lang.set(_tag("w:val"), "en-US")
    lang.set(_tag("w:eastAsia"), "zh-CN" if language == "zh" else "en-US")
    defaults.append(lang)


def paragraph(document: Any, text: str, *, style: str | None = None) -> Any:
    """A paragraph of plain text; what it holds is never read as a field or formula."""
    return document.add_paragraph(tables.legible(text), style=style)


def field(holder: Any, code: str, *, shown: str = "") -> None:
    """Adds a field to a paragraph, with what is shown until it is updated."""
    from docx.oxml import OxmlElement

    for kind in ("begin", "", "separate", "text", "end"):
        run = holder.add_run(shown if kind == "text" else None)
        if kind == "text":
            continue
        if kind == "":
            part = OxmlElement("w:instrText")
            part.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            part.text = f" {code} "
        else:
            part = OxmlElement("w:fldChar")
            part.set(_tag("w:fldCharType"), kind)
        run._r.append(part)


def caption(document: Any, *, sentence: str, kind: str, number: int) -> Any:
    """A caption such as "Table 3. Attainment" whose number is a field; ``sentence`` holds a NUL in its place."""
    before, after = sentence.split("\0")
    holder = document.add_paragraph(style="Caption")
    holder.add_run(before)
    field(holder, f"SEQ {kind} \\* ARABIC", shown=str(number))
    holder.add_run(tables.legible(after) if not after.startswith((" ", "　", ".")) else after.rstrip())
    holder.paragraph_format.keep_with_next = kind == "Table"
    return holder


def bookmark(holder: Any, *, name: str, number: int) -> None:
    """Puts a bookmark around a heading so that the table of contents can lead to it."""
    from docx.oxml import OxmlElement

    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for mark in (start, end):
        mark.set(_tag("w:id"), str(number))
    start.set(_tag("w:name"), name)
    holder._p.insert(1 if holder._p.pPr is not None else 0, start)
    holder._p.append(end)


def contents_line(holder: Any, *, text: str, mark: str) -> None:
    """One line of the table of contents: a link inside the document; page numbers come when a program rebuilds it."""
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    holder.paragraph_format.space_after = Pt(0)
    run = holder.add_run(tables.legible(text))
    link = OxmlElement("w:hyperlink")
    link.set(_tag("w:anchor"), mark)
    holder._p.append(link)
    link.append(run._r)


def grid(document: Any, given: Excerpt) -> Any:
    """A table with a repeated heading row, numbers to the right, rows that do not break across pages."""
    from docx.shared import Cm, Pt

    table = document.add_table(rows=1, cols=len(given.texts.columns), style="Normal Table")
    _rule(table)
    table.autofit = False
    widths = [Cm(_TEXT_WIDTH * w / sum(given.weights)) for w in given.weights]
    _fill(table.rows[0], [str(c) for c in given.texts.columns], given=given, widths=widths, size=Pt(8))
    _once(table.rows[0]._tr.get_or_add_trPr(), "w:tblHeader")
    _body(table, given=given, widths=widths, size=Pt(8))
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    return table


def _body(table: Any, *, given: Excerpt, widths: list[Any], size: Any) -> None:
    """The rows below the heading: the first is laid out, the others are copies of it with their own texts."""
    lines = [[tables.legible(text) for text in line] for line in given.texts.itertuples(index=False, name=None)]
    if not lines:
        return
    model = table.add_row()
    _fill(model, ["x"] * len(widths), given=given, widths=widths, size=size)
    _once(model._tr.get_or_add_trPr(), "w:cantSplit")
    rows = [model._tr, *(copy.deepcopy(model._tr) for _ in lines[1:])]
    for row, line in zip(rows, lines, strict=True):
        for holder, text in zip(row.iter(_tag("w:t")), line, strict=True):
            holder.text = text
        table._tbl.append(row)


def _fill(row: Any, texts: list[str], *, given: Excerpt, widths: list[Any], size: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt, RGBColor

    for cell, text, number, width in zip(row.cells, texts, given.numbers, widths, strict=True):
        cell.width = width
        holder = cell.paragraphs[0]
        holder.paragraph_format.space_before = holder.paragraph_format.space_after = Pt(2)
        if number:
            holder.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = holder.add_run(tables.legible(text))
        run.font.size = size
        if row._index == 0:
            run.font.bold, run.font.color.rgb = True, RGBColor(0xFF, 0xFF, 0xFF)
            _once(cell._tc.get_or_add_tcPr(), "w:shd", val="clear", color="auto", fill="1F4E79")


def _rule(table: Any) -> None:
    """Thin grey lines between rows, none between columns."""
    from docx.oxml import OxmlElement

    lines = OxmlElement("w:tblBorders")
    properties = table._tbl.tblPr
    # The format asks for an order: borders stand before layout and look.
    later = [part for part in properties if part.tag in (_tag("w:tblLayout"), _tag("w:tblCellMar"), _tag("w:tblLook"))]
    properties.insert(properties.index(later[0]) if later else len(properties), lines)
    for side in ("top", "bottom", "insideH"):
        _once(lines, f"w:{side}", val="single", sz="4", space="0", color="CBD2D9")


def _once(holder: Any, tag: str, **attributes: str) -> None:
    from docx.oxml import OxmlElement

    part = OxmlElement(tag)
    for name, value in attributes.items():
        part.set(_tag(f"w:{name}"), value)
    holder.append(part)


def _fonts(style: Any) -> None:
    """One latin and one Chinese font; theme fonts would win over both, so they go."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for script, font in (("ascii", _LATIN), ("hAnsi", _LATIN), ("cs", _LATIN), ("eastAsia", _EAST)):
        fonts.set(_tag(f"w:{script}"), font)


def _tag(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))
