from __future__ import annotations

import io

import pytest
from handmade_pdf import pdf

from sanderling.memory.pdf import read_pdf
from sanderling.memory.text import Unreadable


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
