"""The three faces of a run: what they hold, that nothing in them runs, and that they come out the same twice."""

from __future__ import annotations

import re
import shutil
import zipfile
from html.parser import HTMLParser

import docx
import openpyxl
import pandas as pd
import pytest

from salesplan import report, schemas
from salesplan.chain import gates
from salesplan.report import contents, headline, mail, sums
from salesplan.words import words
from tests import report_double

FACES = ("report.html", "plan.docx", "plan.xlsx", "mail.txt", "mail.html")


@pytest.fixture(scope="module", params=["zh"])  # English ones are looked at as the runs publish them
def ws(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    filled = report_double.fill(folder, language=request.param)
    report.publish(folder, workspace=filled)
    return filled


@pytest.fixture(scope="module")
def folder(ws):
    return ws.folder.parent


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "report.html").read_text(encoding="utf-8")


class Texts(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self._style = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._style = tag == "style"
        found = dict(attrs)
        self.links += [found[k] for k in ("src", "href") if found.get(k)]
        self.ids += [found["id"]] if "id" in found else []

    def handle_data(self, data):
        if not self._style and data.strip():
            self.texts.append(data.strip())


def test_all_faces_are_written_and_the_same_run_gives_the_same_bytes(ws, folder, tmp_path):
    assert [p.name for p in report.publish(tmp_path, workspace=ws)] == list(FACES)
    for name in FACES:
        assert (tmp_path / name).stat().st_size > 200
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_files_are_dated_by_the_cut_off(folder):
    for name in FACES[1:3]:
        with zipfile.ZipFile(folder / name) as packed:
            assert {i.date_time[0] for i in packed.infolist()} == {1980}
            dates = re.findall(rb"\d{4}-\d\d-\d\dT", packed.read("docProps/core.xml"))
        assert set(dates) == {b"2025-12-31T"}


def test_the_gates_of_the_chain_let_the_faces_pass(ws, folder, tmp_path):
    staged = tmp_path / "staged"
    shutil.copytree(ws.folder, staged)
    for name in FACES:
        shutil.copy(folder / name, staged / name)
    assert gates._active(staged) == []
    assert gates._opens(staged) == []
    assert gates._leaks(staged, plan=ws.plan, private=[str(folder)]) == []


def test_the_page_is_one_file_in_its_own_language(page, ws):
    assert f'<html lang="{ {"en": "en", "zh": "zh-CN"}[ws.words.language] }">' in page
    assert "Content-Security-Policy" in page
    assert "<script" not in page
    assert all(link.startswith(("#", "data:image/")) for link in Texts(page).links)


def test_every_link_of_the_page_leads_somewhere_and_no_place_is_named_twice(page):
    found = Texts(page)
    assert len(found.ids) == len(set(found.ids))
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)


def test_the_first_screen_is_the_answer(page, ws):
    first = page[: page.index('<section class="part"')].replace("\u00a0", " ").replace("\u2060", "")
    topline = ws.table("targets/topline")
    assert ws.words.money(topline.amount[0]) in first
    assert ws.words.chance(0.55) in first
    assert ws.words.money(3000.0, signed=True) in first
    assert ws.words.share(0.934) in first
    assert ws.words.say("report_no_alarms") in first


def test_what_a_director_asks_is_answered_and_the_largest_cause_comes_first(ws):
    said = dict(headline.answers(contents.collect(ws)))
    why = said[ws.words.title("report/missed")]
    assert [ws.words.money(v, signed=True) in s for v, s in zip((-4e7, -1e7), why, strict=True)] == [True, True]
    assert set(said) >= {ws.words.title(f"report/{q}") for q in ("missed", "next")}


def test_the_letter_says_whether_anybody_has_to_look(ws, folder, monkeypatch):
    content = contents.collect(ws)
    raised, text = headline.alarms(content), (folder / "mail.txt").read_text(encoding="utf-8")
    letter = (folder / "mail.html").read_text(encoding="utf-8")
    about = {"title": content.title, "quarter": "2025Q4"}
    quiet = ws.words.say("report_mail_quiet", **about)
    assert text.startswith(quiet if not raised else ws.words.say("report_mail_alarms", **about, count=str(len(raised))))
    for card in headline.cards(content):
        assert f"- {card.label}: {card.value}" in text
        assert card.value in " ".join(Texts(letter).texts)
    assert "report.html" in text
    assert not re.search(r"<(script|style|img|a)\b", letter)
    monkeypatch.setattr(headline, "alarms", lambda content: ["<b>sales & stock</b>"])
    mail.write(folder / "other.html", content=content)
    assert "&lt;b&gt;sales &amp; stock&lt;/b&gt;" in (folder / "other.html").read_text(encoding="utf-8")
    mail.write(folder / "other.txt", content=content)
    loud = ws.words.say("report_mail_alarms", **about, count="1")
    assert (folder / "other.txt").read_text(encoding="utf-8").splitlines()[0] == loud


def test_alarms_are_named(ws):
    content = contents.collect(ws)
    tracking = pd.DataFrame(
        [
            ["region", "east", "2026", 1.0, 1.0, 1.0, 1.0, 1.0, 0.1, "red"],
            ["region", "north", "2026Q1", 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, "reached"],
        ],
        columns=list(schemas.COLUMNS["execution/tracking"]),
    )
    content.frames["execution/tracking"] = tracking
    assert headline.alarms(content) == [
        ws.words.say("report_alarm", who=ws.words.name("east"), period="2026", state=ws.words.name("red"))
    ]


def test_no_face_shows_raw_column_names_or_unformatted_numbers(page, folder, ws):
    document = docx.Document(str(folder / "plan.docx"))
    in_word = [p.text for p in document.paragraphs]
    in_word += [c.text for t in document.tables for r in t.rows for c in r.cells]
    for text in [*Texts(page).texts, *in_word]:
        assert not re.search(r"\b[a-z0-9]+_[a-z0-9_]+\b", text), text
        assert not re.search(r"\d\.\d{4,}|\bnan\b|\bNone\b|\bNaT\b|\d{5,}\.\d", text), text


def test_headings_of_the_document_are_in_the_order_of_a_plan(folder, ws):
    document = docx.Document(str(folder / "plan.docx"))
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    order = ("changes", "review", "swot", "targets", "strategies", "execution", "appendix")
    wanted = [ws.words.title(f"part/{k}") for k in order]
    assert headings == [ws.words.title("report/summary"), *wanted]
    levels = [p.style.name for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert set(levels) == {"Heading 1", "Heading 2"}


def test_the_document_carries_contents_captions_alt_texts_and_fonts(folder, ws):
    with zipfile.ZipFile(folder / "plan.docx") as packed:
        body, styles = packed.read("word/document.xml").decode(), packed.read("word/styles.xml").decode()
        rels = b"".join(packed.read(n) for n in packed.namelist() if n.endswith(".rels"))
    assert 'TOC \\o "1-2"' in body
    anchors = re.findall(r'w:anchor="(\w+)"', body)
    assert set(anchors) == set(re.findall(r'w:bookmarkStart w:id="\d+" w:name="(\w+)"', body))
    assert body.count("SEQ Figure") == len(ws.figures())
    assert all(re.search(r'descr="[^"]{3,}"', shape) for shape in re.findall(r"<wp:docPr[^>]*>", body))
    assert body.count("<w:tblHeader/>") == body.count("<w:tbl>")
    assert 'w:eastAsia="Microsoft YaHei"' in styles
    heading = styles[styles.index('w:styleId="Heading1"') :]
    assert "Theme" not in re.search(r"<w:rFonts[^>]*>", heading).group()
    assert b"External" not in rels


def test_the_numbers_of_captions_run_on(folder):
    document = docx.Document(str(folder / "plan.docx"))
    found = [p.text for p in document.paragraphs if p.style.name == "Caption"]
    for kind in ("Table", "Figure", "表", "图"):
        numbers = [int(m.group(1)) for t in found if (m := re.match(rf"{kind} (\d+)", t))]
        assert numbers == list(range(1, len(numbers) + 1))
    assert any(re.match(r"(Table|表) 1\b", t) for t in found)


def test_every_table_has_a_sheet_with_its_rows(folder, ws):
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    assert len(book.sheetnames) == len(ws.saved()) + 2
    titles = [ws.words.title(f"table/{n}")[:28] for n in ws.saved()]
    assert book.sheetnames[2:] == titles
    for sheet in book.worksheets[2:]:
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref


def test_no_amount_of_the_workbook_is_wider_than_its_column(folder):
    book, seen = openpyxl.load_workbook(folder / "plan.xlsx"), 0
    for sheet in book:
        held = {at: d.width for d in sheet.column_dimensions.values() for at in range(d.min, d.max + 1)}
        for cell in (c for row in sheet.iter_rows(min_row=2) for c in row if "[Red]" in c.number_format):
            if isinstance(cell.value, int | float):
                seen += 1
                symbol = cell.number_format.split('"')[1]
                shown = f"{'-' if cell.value < 0 else ''}{symbol}{abs(cell.value):,.0f}"
                assert len(shown) <= held[cell.column], (sheet.title, cell.coordinate)
    assert seen > 200


def test_the_sums_of_the_workbook_are_live_and_equal_the_tables(folder, ws):
    live = openpyxl.load_workbook(folder / "plan.xlsx")
    cached = openpyxl.load_workbook(folder / "plan.xlsx", data_only=True)
    for name, columns in sums.ADDITIVE.items():
        sheet, values = live[ws.words.title(f"table/{name}")[:28]], cached[ws.words.title(f"table/{name}")[:28]]
        table = ws.table(name)
        for column in columns:
            at = list(table.columns).index(column) + 1
            rows = [sheet.cell(r, at).value for r in range(2, len(table) + 2)]
            assert rows == pytest.approx(table[column].tolist())
            assert sheet.cell(len(table) + 2, at).value.startswith("=SUM(")
            assert values.cell(len(table) + 2, at).value == pytest.approx(table[column].sum(), abs=0.005)


def test_the_sums_sheet_compares_every_cut_with_the_goal(folder, ws):
    cached = openpyxl.load_workbook(folder / "plan.xlsx", data_only=True).worksheets[1]
    rows = [[c.value for c in row] for row in cached.iter_rows(min_row=2)]
    compared = [r for r in rows if r[2] is not None]
    assert len(compared) == 3
    assert {r[3] for r in compared} == {0}
    assert {r[2] for r in compared} == {round(ws.table("targets/topline").amount[0], 2)}


def test_a_run_that_saved_nothing_but_reconciliation_still_has_faces(tmp_path):
    from salesplan import workspace

    (tmp_path / "plan.toml").write_text(report_double.MINIMAL, encoding="utf-8")
    where = {"as_of": "2025Q4", "chapter": "01_review_swot", "folder": str(tmp_path / "staged")}
    ws = workspace.open(str(tmp_path / "plan.toml"), **where)
    ws.save("data/reconciliation", report_double.frames("en")["data/reconciliation"])
    report.publish(tmp_path, workspace=ws)
    assert words("en").say("report_no_goal") in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert gates._opens(tmp_path) == []


def test_borders_stand_where_the_format_asks_for_them(folder):
    with zipfile.ZipFile(folder / "plan.docx") as packed:
        body = packed.read("word/document.xml").decode()
    for properties in re.findall(r"<w:tblPr>.*?</w:tblPr>", body, flags=re.DOTALL):
        order = re.findall(r"<w:(tblStyle|tblW|jc|tblBorders|tblLayout|tblLook)\b", properties)
        assert order == sorted(order, key=["tblStyle", "tblW", "jc", "tblBorders", "tblLayout", "tblLook"].index)


def named(key: str, column: str) -> bool:
    return words("en").has(key) or words("en").has(f"{column}_{key}")


@pytest.mark.slow
@pytest.mark.parametrize("run", ["annual", "midyear"])
def test_the_glossary_names_every_column_and_term_of_a_published_run(run, request):
    tables_of = request.getfixturevalue(run) / "tables"
    unnamed = set()
    for place in sorted(tables_of.rglob("*.parquet")):
        name, table = place.relative_to(tables_of).with_suffix("").as_posix(), pd.read_parquet(place)
        unnamed |= {f"{name}.{c}" for c in table.columns if not words("en").has(c)}
        for column in (c for c in table.columns if schemas.kind_of(name, c) == "term"):
            # Initiatives, members, currencies and stages are named by the company, not by the glossary.
            keys = {str(v) for v in table[column].dropna() if re.fullmatch(r"[a-z][a-z0-9_]*", str(v))}
            keys -= {"offer", "won"} if column == "stage" else set()
            unnamed |= {f"{name}.{column}: {k}" for k in keys if not named(k, column)}
    assert sorted(unnamed) == []
