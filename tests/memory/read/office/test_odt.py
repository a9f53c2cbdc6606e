from __future__ import annotations

from pathlib import Path

import pytest
from handmade_office import open_document, zipped

from sanderling.memory.read.office import archive
from sanderling.memory.read.office.odt import read_odt
from sanderling.text.clean import Unreadable

FILES = Path(__file__).parent / "files"


@pytest.mark.parametrize("name", ["pandoc.odt", "libreoffice.odt", "odfpy.odt"])
def test_documents_of_programs(name):
    content = read_odt((FILES / name).read_bytes())
    assert content.title == "The Kiln Book"
    assert [heading for _, heading in content.headings][-3:] == ["Firing", "Glazes", "Repairs"]
    assert all(content.text[at:].lstrip("# ").startswith(heading) for at, heading in content.headings)
    assert "called Größe. [Measured with cone 05.] See the supplier for cones." in content.text
    assert "1. Load the shelves.\n2. Close the door.\n  - Check the peephole.\n3. Light the burner." in content.text
    assert "| Glaze | Cone | Colour |\n|-|-|-|\n| Celadon | 10 | pale green |" in content.text
    assert "釉薬 is glaze." in content.text
    ((at, address),) = content.links
    assert (address, content.text[at:][:12]) == ("https://supplier.example/cones", "the supplier")


def test_what_is_not_text():
    body = (
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>"
        "<text:p>a<office:annotation><text:p>remark</text:p></office:annotation>\n   b<text:s text:c='99999'/>c"
        "<text:tab/>d<text:line-break/>e</text:p>"
        "<text:table-of-content><text:index-body><text:p>Contents</text:p></text:index-body></text:table-of-content>"
        "<text:p>out<draw:frame><draw:text-box><text:p>boxed</text:p></draw:text-box></draw:frame>er</text:p>"
    )
    text = read_odt(open_document(body)).text
    assert text == "a b" + " " * 64 + "c d\ne\n\nboxed\n\nouter"


def test_metadata():
    meta = (
        "<title>T</title><creation-date>2020-01-01T00:00:00</creation-date><date>2024-03-05T09:00:00.123456789</date>"
        "<keyword>a</keyword><keyword>b</keyword><language>de</language>"
    )
    content = read_odt(open_document("<text:p>x</text:p>", meta=meta))
    assert (content.title, content.metadata.tags, content.metadata.language) == ("T", ("a", "b"), "de")
    assert (content.metadata.timestamp, content.warnings) == ("2024-03-05T09:00:00+00:00", ())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no archive", "no zip archive"),
        (zipped({"a": "x"}), "not an OpenDocument text"),
        (zipped({"content.xml": "<a>"}), "broken XML"),
        (zipped({"content.xml": '<!DOCTYPE a [<!ENTITY a "x">]><a>&a;</a>'}), "entities"),
        (zipped({"content.xml": "\x01", "META-INF/manifest.xml": "<a><encryption-data/></a>"}), "encrypted"),
        (open_document("<text:list>" * 3000), "nested too deeply"),
    ],
)
def test_hostile_documents_are_refused_in_one_line(data, said):
    with pytest.raises(Unreadable, match=said):
        read_odt(data)


def test_a_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1 << 20)
    data = zipped({"content.xml": b" " * (2 << 20)})
    with pytest.raises(Unreadable, match="unpacks to more than 1 MiB"):
        read_odt(data)
