"""Whatever a name or a text holds, in page, Excel and Word it is shown as it was written and does nothing."""

from __future__ import annotations

import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import docx
import openpyxl
import pytest

from salesplan import report
from salesplan.chain import gates
from tests import report_double

TEXTS = (
    "=cmd|'/c calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "{=1+1}",
    "＝1+1",
    "\t=1+1",
    "http://example.org/x",
    "file:///etc/passwd",
    "mailto:a@example.org",
    '<script>alert("x")</script>',
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    '{ DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc" }',
    "&lt;b&gt; & ]]> <w:instrText>",
    "price $x_1^{2}$ and $",
    "{plan} %s {0}",
    "名称'\"`",
)
_OURS = re.compile(r"=?(SUM|SUMIFS|ROUND)\(")


class Page(HTMLParser):
    """The texts of a page and the tags in it."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.texts.append(data.replace("\u00a0", " ").replace("\u2060", ""))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The faces of a run in which the company, every member and every free text bear such names."""
    place = tmp_path_factory.mktemp("inert")
    names = dict(zip((*report_double.REGIONS, "kitchen", *(f"K{n}" for n in range(25))), TEXTS * 2, strict=False))
    ws = report_double.fill(place, language="en", names=names, texts=TEXTS)
    report.publish(place, workspace=ws)
    return place


def packed(place: Path) -> dict[str, str]:
    with zipfile.ZipFile(place) as box:
        return {n: box.read(n).decode("utf-8") for n in box.namelist() if n.endswith((".xml", ".rels"))}


def test_s86_excel_holds_strings_our_own_sums_and_nothing_that_leads_elsewhere(folder):
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    assert all(_OURS.match(str(c.value)) for c in cells if c.data_type == "f")
    assert all(c.hyperlink.location and not c.hyperlink.target for c in cells if c.hyperlink)
    said = {c.value for c in cells if c.data_type == "s"}
    assert {text.strip() for text in TEXTS} <= {str(text).strip() for text in said}
    parts = packed(folder / "plan.xlsx")
    formulas = [f for n, part in parts.items() if "sheet" in n for f in re.findall(r"<f[^>]*>([^<]*)</f>", part)]
    assert len(formulas) > 10
    assert all(_OURS.match(formula) for formula in formulas)
    assert not [n for n in parts if "externalLink" in n or "vba" in n.lower() or "comment" in n]
    assert not [n for n, part in parts.items() if n.endswith(".rels") and 'TargetMode="External"' in part]
    assert book.properties.title == TEXTS[0] or TEXTS[0] in str(book.properties.title)


def test_s87_the_page_shows_them_literally_and_runs_nothing(folder):
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    assert not page.tags & {"script", "iframe", "object", "embed", "base", "b"}
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    links = [value for name, value in page.attributes if name in ("src", "href", "action")]
    assert all(value.startswith(("#", "data:image/")) for value in links)
    shown = "\n".join(page.texts)
    assert [text for text in TEXTS if text.strip() not in shown] == []
    assert gates._active(folder) == []


def test_s89_word_holds_them_as_text_and_fields_only_of_our_own(folder):
    document = docx.Document(str(folder / "plan.docx"))
    shown = "\n".join(c.text for t in document.tables for r in t.rows for c in r.cells)
    shown += "\n".join(p.text for p in document.paragraphs)
    assert [text for text in TEXTS if text.strip() not in shown] == []
    parts = packed(folder / "plan.docx")
    fields = [f for part in parts.values() for f in re.findall(r"<w:instrText[^>]*>([^<]*)<", part)]
    fields += [f for part in parts.values() for f in re.findall(r'<w:fldSimple[^>]*w:instr="([^"]*)"', part)]
    assert {field.split()[0] for field in fields} <= {"TOC", "SEQ", "PAGE", "NUMPAGES", "PAGEREF", "HYPERLINK"}
    assert all("\\l" in field for field in fields if field.split()[0] == "HYPERLINK")
    assert not [n for n, part in parts.items() if n.endswith(".rels") and 'TargetMode="External"' in part]
