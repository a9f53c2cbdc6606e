from __future__ import annotations

import io
import zlib

import pytest
from handmade_pdf import assembled, pdf

from sanderling.memory.ingest.pdf import read_pdf
from sanderling.text.clean import Unreadable


def test_title_and_text_of_all_pages():
    assert read_pdf(pdf("first page", "second page", title="The Title")) == ("The Title", "first page\n\nsecond page")
    assert read_pdf(pdf("no title"))[0] == ""


def test_a_scanned_page_has_no_text():
    assert read_pdf(pdf(""))[1].strip() == ""


@pytest.mark.parametrize("cut", [0, 5, 60, 300])
def test_a_broken_file_says_so_in_one_line(cut):
    with pytest.raises(Unreadable, match="a broken PDF") as caught:
        read_pdf(pdf("text")[:cut] if cut else b"%PDF-garbage")
    assert "\n" not in str(caught.value)


def test_an_encrypted_file_says_what_to_do():
    from pypdf import PdfReader, PdfWriter

    for password, readable in (("", True), ("secret", False)):
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("hidden text"))))
        writer.encrypt(password, owner_password="owner", algorithm="RC4-128")
        out = io.BytesIO()
        writer.write(out)
        if readable:
            assert read_pdf(out.getvalue())[1] == "hidden text"
        else:
            with pytest.raises(Unreadable, match="without a password"):
                read_pdf(out.getvalue())


def page(stream: bytes, more: bytes = b"", kids: bytes = b"[3 0 R]") -> bytes:
    """A file of one page with this content."""
    return assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids %b >>" % kids,
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
            b"<< /Length %d%b >>\nstream\n%b\nendstream" % (len(stream), more, stream),
        ]
    )


HOSTILE = {
    "200 MB of blanks in 200 KB": lambda: page(zlib.compress(b" " * 200_000_000, 1), b" /Filter /FlateDecode"),
    "arrays in arrays": lambda: page(b"[" * 200_000),
    "dictionaries in dictionaries": lambda: page(b"<</A " * 100_000),
    "pages that hold themselves": lambda: page(b"", kids=b"[2 0 R]"),
    "pages without end": lambda: page(b"", kids=b"[" + b"2 0 R " * 50 + b"]"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_read_or_refused_in_one_line(name):
    try:
        _, text = read_pdf(HOSTILE[name]())
    except Unreadable as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert not text.strip()
