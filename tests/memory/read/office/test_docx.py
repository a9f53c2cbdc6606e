"""Three programs' documents of one text, one that says what Word says and they do not, and hostile ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from handmade_office import relations, word, word_part, zipped

from sanderling.memory.read.office import archive
from sanderling.memory.read.office.docx import read_docx
from sanderling.text.clean import Unreadable

FILES = Path(__file__).parent / "files"
TABLE = "| Glaze | Cone | Colour |\n|-|-|-|\n| Celadon | 10 | pale green |\n| Tenmoku | 9 | black |"


@pytest.mark.parametrize("name", ["pandoc.docx", "libreoffice.docx"])
def test_documents_of_programs(name):
    content = read_docx((FILES / name).read_bytes())
    assert content.title == "The Kiln Book"
    assert content.metadata.language == "en"
    assert [heading for _, heading in content.headings] == ["The Kiln Book", "Firing", "Glazes", "Repairs"]
    assert all(content.text[at:].lstrip("# ").startswith(heading) for at, heading in content.headings)
    assert "called Größe. [Measured with cone 05.] See the supplier for cones." in content.text
    assert "1. Load the shelves.\n2. Close the door.\n  - Check the peephole.\n3. Light the burner." in content.text
    assert TABLE in content.text
    assert "釉薬 is glaze.\n\n```\n# not a heading\nheat(1050)\n```" in content.text
    ((at, address),) = content.links
    assert (address, content.text[at:][:12]) == ("https://supplier.example/cones", "the supplier")


def test_a_document_of_python_docx():
    content = read_docx((FILES / "python-docx.docx").read_bytes())
    assert (content.title, content.metadata.tags) == ("Kiln log", ("kiln", "pottery"))
    assert content.metadata.timestamp == ""  # its template's is of 2013
    assert "1. Load the shelves.\n2. Close the door.\n- Check the peephole.\n\n| Glaze |" in content.text
    assert "pale \\| green" in content.text


def run(text):
    return f"<w:r><w:t>{text}</w:t></w:r>"


def paragraph(inside, style=""):
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{inside}</w:p>' if style else f"<w:p>{inside}</w:p>"


def read(body, parts=None, **targets):
    return read_docx(word(body, parts or {}, **targets))


def test_what_word_says_and_is_not_text():
    body = (
        paragraph(run("Contents 1"), "TOC1")
        + paragraph(f"<w:del>{run('deleted ')}</w:del><w:ins>{run('inserted')}</w:ins>")
        + paragraph("<w:r><w:fldChar/><w:instrText>HYPERLINK x</w:instrText></w:r>" + run("shown"))
        + paragraph(
            "<w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>"
        )
    )
    styles = word_part("styles", '<w:style w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>')
    assert read(body, {"word/styles.xml": styles}, styles="styles.xml").text == "inserted\n\nshown\n\na b\nc"


def test_a_text_box_is_read_once():
    box = f"<w:txbxContent>{paragraph(run('in the box'))}</w:txbxContent>"
    inside = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    assert read(paragraph(f"<w:r>{inside}</w:r>" + run("around"))).text == "in the box\n\naround"


def test_headings_by_style_in_any_language_and_by_level():
    styles = word_part(
        "styles",
        '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:styleId="Mein"><w:name w:val="Mein Kopf"/><w:basedOn w:val="berschrift1"/></w:style>'
        '<w:style w:styleId="Rund"><w:name w:val="r"/><w:basedOn w:val="Rund"/></w:style>',
    )
    body = (
        paragraph(run("One"), "Mein")
        + paragraph(f'<w:pPr><w:outlineLvl w:val="1"/></w:pPr>{run("Two")}')
        + paragraph(f'<w:pPr><w:outlineLvl w:val="9"/></w:pPr>{run("Three")}', "Rund")
    )
    content = read(body, {"word/styles.xml": styles}, styles="styles.xml")
    assert content.text == "# One\n\n## Two\n\nThree"
    assert content.title == ""


def test_footnotes_endnotes_and_links():
    notes = '<w:footnote w:id="0" w:type="separator">-</w:footnote><w:footnote w:id="2"><w:p>A note.</w:p></w:footnote>'
    body = paragraph(
        run("Text")
        + '<w:r><w:footnoteReference w:id="2"/></w:r>'
        + f'<w:hyperlink r:id="r1">{run("there")}</w:hyperlink>'
    )
    content = read(
        body,
        {"word/notes.xml": word_part("footnotes", notes)},
        footnotes="notes.xml",
        hyperlink="https://a.example/x",
    )
    assert content.text == "Text [A note.]there"
    assert content.links == [(14, "https://a.example/x")]


def test_a_table_in_a_table_and_cells_of_several_paragraphs():
    def row(*cells):
        return "<w:tr>" + "".join(f"<w:tc>{cell}</w:tc>" for cell in cells) + "</w:tr>"

    inner = f"<w:tbl>{row(paragraph(run('x')), paragraph(run('y')))}</w:tbl>"
    head = row(paragraph(run("A")), paragraph(run("B")))
    body = f"<w:tbl>{head}{row(paragraph(run('1')) + paragraph(run('2')), inner)}</w:tbl>"
    assert read(body).text == "| A | B |\n|-|-|\n| 1 2 | x, y |"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no archive", "no zip archive"),
        (zipped({"a": "x"}), "not a Word document"),
        (
            zipped({"_rels/.rels": relations(officeDocument="word/document.xml"), "word/document.xml": "<a>"}),
            "broken XML",
        ),
        (word("<w:p>" * 3000), "nested too deeply"),
        (
            zipped(
                {
                    "_rels/.rels": relations(officeDocument="/x.xml"),
                    "x.xml": '<!DOCTYPE a [<!ENTITY a "x">]><a>&a;</a>',
                }
            ),
            "entities",
        ),
    ],
)
def test_hostile_documents_are_refused_in_one_line(data, said):
    with pytest.raises(Unreadable, match=said):
        read_docx(data)


def test_ends_without_starts_and_cells_without_tables_do_no_harm():
    assert read(f"<w:tc>{paragraph(run('a'))}</w:tc><w:tbl>{paragraph(run('b'))}</w:tbl>").text == "a\n\nb"


def test_a_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1 << 20)
    data = zipped({"_rels/.rels": relations(officeDocument="x.xml"), "x.xml": b" " * (2 << 20)})
    with pytest.raises(Unreadable, match="unpacks to more than 1 MiB"):
        read_docx(data)
