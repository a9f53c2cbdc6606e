from __future__ import annotations

import contextlib
import io
import zlib
from pathlib import Path

import pytest
from handmade_pdf import assembled, pdf
from pypdf import PdfReader, PdfWriter
from pypdf.errors import DependencyError

from sanderling.errors import MissingExtra
from sanderling.memory.read.pdf.pdf import read_pdf
from sanderling.text.clean import Empty, Unreadable

FILES = Path(__file__).parent / "files"


def test_title_and_text_of_all_pages():
    read = read_pdf(pdf("first page", "second page", title="The Title"))
    assert (read.title, read.text) == ("The Title", "first page\n\nsecond page")
    assert read_pdf(pdf("no title")).title == ""


def test_scanned_pages_have_no_text():
    with pytest.raises(Empty, match="scanned pages"):
        read_pdf(pdf("", "", ""))


@pytest.mark.parametrize("cut", [0, 5, 60, 300])
def test_a_broken_file_says_so_in_one_line(cut):
    with pytest.raises(Unreadable, match="a broken PDF") as caught:
        read_pdf(pdf("text")[:cut] if cut else b"%PDF-garbage")
    assert "\n" not in str(caught.value)


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
        read = read_pdf(HOSTILE[name]())
    except Unreadable as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert not read.text.strip()


def test_pages_without_text_are_named():
    assert read_pdf(pdf("one", "", "three")).warnings == (
        "1 of 3 pages holds no text: 2 (scanned? make them readable by OCR)",
    )
    read = read_pdf(pdf("one", *[""] * 3, "five", "", "", "eight"))
    assert read.warnings[0].startswith("5 of 8 pages hold no text: 2-4, 6, 7 (")
    assert read.text == "one\n\nfive\n\neight"
    assert "and 28 more" in read_pdf(pdf(*["x", ""] * 40)).warnings[0]
    assert read_pdf(pdf("one", "two")).warnings == ()


def test_a_page_that_cannot_be_read_does_not_cost_the_others():
    text = b"BT /F1 12 Tf (first) Tj ET"
    one = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents %d 0 R /Resources << /Font << /F1 7 0 R >> >> >>"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 2 /Kids [3 0 R 4 0 R] >>",
        *(one % number for number in (5, 6)),
        *(b"<< /Length %d%b >>\nstream\n%b\nendstream" % (len(text), more, text) for more in (b"", b" /Filter /New")),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    read = read_pdf(assembled(parts))
    assert read.text == "first"
    assert read.warnings[0].startswith("1 of 2 pages (2) not read: a broken PDF: ")
    assert "NotImplementedError" in read.warnings[0]
    assert "holds no text" not in " ".join(read.warnings)


def test_a_page_that_takes_too_long_is_given_up(monkeypatch):
    from sanderling.memory.read.pdf import pdf as module

    monkeypatch.setattr(module, "PAGE_SECONDS", 0)
    with pytest.raises(Unreadable, match="longer than 0 s"):
        read_pdf(pdf("many lines) Tj (" * 1500))
    monkeypatch.setattr(module, "FILE_SECONDS", -1)
    with pytest.raises(Unreadable, match="the file takes longer"):
        read_pdf(pdf("one", "two"))


def test_what_is_no_pdf_says_what_it_is():
    for data, reason in ((b"", "holds no text"), (b"\n\n", "holds no text"), (b"not a pdf", "not a PDF")):
        with pytest.raises(Unreadable, match=reason):
            read_pdf(data)
    with pytest.raises(Unreadable, match=r"\.html"):
        read_pdf(b"\n<!DOCTYPE html><p>x")
    assert read_pdf(b"junk of a mailer\r\n" + pdf("text")).text == "text"


def test_the_library_prints_nothing(caplog, capfd):
    cut = pdf("text")
    for data in (cut[: cut.index(b"startxref")], cut.replace(b"startxref\n", b"startxref\n9"), cut[:-6] + b"\0" * 3000):
        with contextlib.suppress(Unreadable):
            read_pdf(data)
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


def encrypted(password: str, algorithm: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("hidden text"))))
    writer.encrypt(password, owner_password="owner", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256", "AES-256-R5"])
def test_an_encrypted_file_is_read_with_an_empty_password_only(algorithm):
    assert read_pdf(encrypted("", algorithm)).text == "hidden text"
    with pytest.raises(Unreadable, match="without a password") as caught:
        read_pdf(encrypted("secret", algorithm))
    assert "broken" not in str(caught.value)


def test_what_is_missing_for_an_encrypted_file_is_named(monkeypatch):
    def decrypt(self, password):
        raise DependencyError("cryptography>=3.1 is required for AES algorithm")

    monkeypatch.setattr(PdfReader, "decrypt", decrypt)
    with pytest.raises(MissingExtra, match=r"encrypted with AES.*documents"):
        read_pdf(encrypted("", "RC4-128"))


BOOK = "\n\n".join(
    f"Lamp {at} burns rape oil at the {side} gallery; the replacement wick lies in a drawer. Order more\n"
    f"replacement glass in {month}."
    for at, (side, month) in enumerate(
        zip(("north", "south", "east", "west") * 2, ("May", "June", "July", "March") * 2, strict=True)
    )
    if at < 6
)
DIVES = "\n\n".join(
    f"On dive {at} the buoy was found by {who} near the wreck of the coal{a}steamer,{b}and the line was cut."
    for at, who, a, b in ((1, "Runa", "\n", " "), (2, "Siri", " ", "\n"), (3, "Ole", " ", "\n"))
)
CLUB = "\n\n".join(
    (
        "Chapter 1\nThe efficient winch was overhauled by the workshop in Flensburg; its official\n"
        "fire extinguisher hangs beside the door.",
        "Chapter 2\nSpare flags lie in the flat drawer of the boat house.",
        "Chapter 3\nThe slipway is greased in April by two members.",
        "Chapter 4\nMoorings are inspected by a diver in October.",
    )
)
PLAN = (
    "Mooring plan\nThe official fjord flotilla ties up at pier four. Señor Núñez\nkeeps the key.\n"
    "Pier Boat\n4 Kittiwake\n\nSecond page: diesel is at pier nine."
)
# Running heads of the left and the right pages, numbers of pages, heads and feet of Word's kind, none.
PROGRAMS = {
    "reportlab": ("Lamps", "", BOOK),
    "fpdf2": ("Dive club", "no", DIVES),
    "libreoffice": ("", "en", CLUB),
    "chromium": ("Mooring plan", "en", PLAN),
}
HEADS = {
    "reportlab": ("Chapter of lamps", "The Keeper's Handbook"),
    "fpdf2": ("Dive club minutes",),
    "libreoffice": ("Harbour club handbook",),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_files_of_several_programs(name):
    title, language, text = PROGRAMS[name]
    read = read_pdf((FILES / f"{name}.pdf").read_bytes())
    assert (read.title, read.metadata.language, read.warnings) == (title, language, ())
    assert read.aliases == HEADS.get(name, ())
    assert read.text == text


def test_what_was_written_into_a_form_is_read():
    assert read_pdf((FILES / "form.pdf").read_bytes()).text == "Application for a mooring\n\nboat: Kittiwake"


def test_fonts_that_do_not_say_their_letters_make_no_text():
    read = read_pdf(pdf("plain words of the first page", "\1\4\5\6" * 9))
    assert read.text == "plain words of the first page"
    assert read.warnings[0].startswith("1 of 2 pages (2) not read: its fonts do not say")
    assert read_pdf(pdf("a bell \7 and a \1 in many ordinary words of a page")).text.startswith("a bell  and a ")
