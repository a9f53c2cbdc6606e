"""Documents of pandoc and LibreOffice, texts as WordPad and TextEdit write them, and hostile ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from sanderling.memory.read.office.rtf import read_rtf
from sanderling.text.clean import Unreadable

FILES = Path(__file__).parent / "files"

WORDPAD = rb"""{\rtf1\ansi\ansicpg1251\deff0\nouicompat{\fonttbl{\f0\fnil\fcharset204 Calibri;}
{\f1\fnil\fcharset0 Calibri;}}
{\*\generator Riched20 10.0.19041}\viewkind4\uc1
\pard\sa200\sl276\slmult1\f0\fs22\lang9 \'ca\'eb\'fe\'f7 \f1 Gr\u246?\'dfe\par
{\pict\wmetafile8 010009000003}second\line line\par
}"""

TEXTEDIT = rb"""{\rtf1\ansi\ansicpg1252\cocoartf2709
{\fonttbl\f0\fswiss\fcharset0 Helvetica;}
{\info{\title Kiln \{log\}}{\author Ada}}
\pard\pardirnatural\f0\fs24 \cf0 The kiln \
runs at 1050\'b0.\
}"""


@pytest.mark.parametrize("name", ["pandoc.rtf", "libreoffice.rtf"])
def test_documents_of_programs(name):
    content = read_rtf((FILES / name).read_bytes())
    assert [heading for _, heading in content.headings][-3:] == ["Firing", "Glazes", "Repairs"]
    assert all(content.text[at:].lstrip("# ").startswith(heading) for at, heading in content.headings)
    assert "called Größe. [" in content.text
    assert "Measured with cone 05." in content.text
    assert "1. Load the shelves.\n\n2. Close the door.\n\n" in content.text
    assert "| Glaze | Cone | Colour |\n|-|-|-|\n| Celadon | 10 | pale green |\n| Tenmoku | 9 | black |" in content.text
    assert "釉薬 is glaze." in content.text
    ((at, address),) = content.links
    assert (address, content.text[at:][:12]) == ("https://supplier.example/cones", "the supplier")


def test_code_pages_and_what_is_no_text():
    assert read_rtf(WORDPAD).text == "Ключ Größe\n\nsecond\nline"
    content = read_rtf(TEXTEDIT)
    assert (content.title, content.text) == ("Kiln {log}", "The kiln\n\nruns at 1050°.")


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (rb"a\'82\'a0b", "a\u201a\u00a0b"),
        (rb"{\fonttbl{\f0\fcharset128 x;}}\f0 a\'82\'a0b", "aあb"),
        (rb"\uc2\u12354\'82\'a0b", "あb"),
        (rb"\u-10179?\u-8704?", "??"),
        (rb"a\bin3 }}}b", "ab"),
        (rb"a{\*\unknown hidden {inside} }b", "ab"),
        (rb"}}} a {{{", "a"),
        (rb"\trowd a\cell b\cell\row\pard c\par", "| a | b |\n\nc"),
        (rb"\trowd a\cell b\cell\row\trowd\intbl 1\par 2\cell 3\cell\row", "| a | b |\n|-|-|\n| 1 2 | 3 |"),
    ],
)
def test_what_its_parts_are_read_as(inside, text):
    assert read_rtf(b"{\\rtf1 " + inside + b"}").text == text


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "no RTF"), (b"{\\rt", "no RTF"), (b"\0", "no RTF"), (b"{\\rtf1" + b"{" * 5000, "nested too deeply")],
)
def test_hostile_documents_are_refused_in_one_line(data, said):
    with pytest.raises(Unreadable, match=said):
        read_rtf(data)


@pytest.mark.parametrize(
    "inside", [rb"\bin999999999 ", rb"\u999999999 x", rb"\cell\row\cell", rb"\'", rb"\f99 x", b"\\"]
)
def test_hostile_words_do_no_harm(inside):
    read_rtf(b"{\\rtf1 " + inside)
