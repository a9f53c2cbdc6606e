from __future__ import annotations

from pathlib import Path

import pytest
from handmade_office import book, zipped

from sanderling.memory.files.walk import Skipped
from sanderling.memory.read.office import archive, epub
from sanderling.memory.read.read import read
from sanderling.text.clean import Unreadable

FILES = Path(__file__).parent / "files"


@pytest.mark.parametrize("name", ["pandoc.epub", "libreoffice.epub", "ebooklib.epub"])
def test_books_of_programs(name):
    documents = list(read(FILES / name, lambda uri: None))
    chapters = {document.title: document for document in documents}
    firing = next(chapters[title] for title in chapters if "Firing" in title)
    repairs = next(chapters[title] for title in chapters if "Repairs" in title)
    assert firing.title.startswith("The Kiln Book: ")
    assert "1050 degrees" in firing.text
    assert "The burner valve was replaced by Bo Ek." in repairs.text
    assert documents.index(firing) < documents.index(repairs)
    assert firing.metadata.language == "en"
    assert firing.uri.startswith(str(FILES / name) + "#")


def test_a_page_is_called_as_the_contents_call_it_or_by_its_heading():
    pages = {
        "a b.xhtml": "<title>Book</title><p>one</p>",
        "2.xhtml": "<title>Book</title><h1>Own</h1>",
        "3.xhtml": "<title>Book</title><p>three</p>",
        "cover.xhtml": "<img/>",
    }
    ncx = '<ncx><navPoint><navLabel><text>First</text></navLabel><content src="a%20b.xhtml#x"/></navPoint></ncx>'
    data = book(pages, **{"OPS/toc.ncx": ncx})
    data = book(pages, **{"OPS/toc.ncx": ncx, "OPS/book.opf": _with_contents(data)})
    assert [part.content.title for part in epub.parts(data)] == ["Book: First", "Book: Own", "Book: part 3"]


CALIBRE = """<?xml version='1.0' encoding='utf-8'?>
<package xmlns="http://www.idpf.org/2007/opf" version="2.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>Die Öfen</dc:title><dc:date>0101-01-01T00:00:00+00:00</dc:date><dc:language>de</dc:language>
<dc:subject>Keramik</dc:subject></metadata><manifest>
<item id="a" href="index_split_000.html" media-type="application/xhtml+xml"/>
<item id="b" href="index_split_001.html" media-type="application/xhtml+xml"/>
<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>
</manifest><spine toc="ncx"><itemref idref="a"/><itemref idref="b"/></spine></package>"""


def test_a_book_as_calibre_converts_it():
    page = '<?xml version="1.0"?><html xmlns="x"><head><title>Unknown</title></head><body><p>{}</p></body></html>'
    point = '<navPoint><navLabel><text>{}</text></navLabel><content src="index_split_000.html#{}"/>'
    ncx = (
        '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/x.dtd"><ncx>'
        f"<navMap>{point.format('1: Feuer', 'c1')}{point.format('Below', 'c2')}"
        "</navPoint></navPoint></navMap></ncx>"
    )
    container = '<container><rootfiles><rootfile full-path="content.opf"/></rootfiles></container>'
    first, second = epub.parts(
        zipped(
            {
                "META-INF/container.xml": container,
                "content.opf": CALIBRE,
                "toc.ncx": ncx,
                "index_split_000.html": page.format("Der Brenner."),
                "index_split_001.html": page.format("Das Ventil."),
            }
        )
    )
    assert (first.content.title, first.content.text) == ("Die Öfen: 1: Feuer", "Der Brenner.")
    assert second.content.title == "Die Öfen: part 2"
    assert (first.content.metadata.timestamp, first.content.metadata.language) == ("", "de")
    assert (first.content.metadata.tags, first.content.warnings) == (("Keramik",), ())


def _with_contents(data):
    from io import BytesIO
    from zipfile import ZipFile

    package = ZipFile(BytesIO(data)).read("OPS/book.opf").decode()
    return package.replace("</manifest>", '<item id="ncx" href="toc.ncx"/></manifest>').replace(
        "<spine>", '<spine toc="ncx">'
    )


def test_a_page_that_is_missing_is_named_and_the_others_read(folder):
    data = book({"a.xhtml": "<p>one</p>", "b.xhtml": "<p>two</p>"})
    data = data.replace(b"OPS/a.xhtml", b"OPS/x.xhtml")
    path = folder({"b.epub": data}) / "b.epub"
    good, bad = read(path, lambda uri: None)
    assert good.text.strip() == "two"
    assert isinstance(bad, Skipped)
    assert "a.xhtml" in bad.uri


def test_pages_stay_inside_the_book():
    data = book({"../../../../etc/passwd": "x"})
    (bad,) = epub.parts(data)
    assert bad.place == "etc/passwd"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no archive", "no zip archive"),
        (zipped({"a": "x"}), "no list of its parts"),
        (book({}), "names no pages"),
        (book({"a": "x"}, **{"META-INF/rights.xml": "<a/>"}), "copy protection"),
        (
            book({"a": "x"}, **{"META-INF/encryption.xml": '<a><EncryptionMethod Algorithm="aes"/></a>'}),
            "copy protection",
        ),
        (book({"a": "x"}, title='</title><title>"<!DOCTYPE'), "broken XML"),
        (zipped({"META-INF/container.xml": '<!DOCTYPE a [<!ENTITY a "x">]><a>&a;</a>'}), "entities"),
    ],
)
def test_hostile_books_are_refused_in_one_line(data, said):
    with pytest.raises(Unreadable, match=said):
        list(epub.parts(data))


def test_a_page_that_is_a_bomb_is_named(monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1 << 20)
    (bad,) = epub.parts(book({"a": " " * (2 << 20)}))
    assert "unpacks to more than 1 MiB" in bad.reason


def test_hidden_fonts_are_no_copy_protection():
    fonts = '<a><EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/></a>'
    (part,) = epub.parts(book({"a.xhtml": "<p>x</p>"}, **{"META-INF/encryption.xml": fonts}))
    assert part.content.text.strip() == "x"
