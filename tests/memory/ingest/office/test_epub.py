from __future__ import annotations

from pathlib import Path

import pytest
from handmade_office import book, zipped

from sanderling.memory.ingest.office import archive, epub
from sanderling.memory.ingest.read import read
from sanderling.memory.ingest.walk import Skipped
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
