from __future__ import annotations

import pytest

from sanderling.memory.read.office.xml import MAX_DEPTH, End, Start, events
from sanderling.text.clean import Unreadable

LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><a>&b;</a>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><a>&a;</a>'
PARAMETER = '<!DOCTYPE a [<!ENTITY % a SYSTEM "http://example.invalid/x">%a;]><a/>'


def test_names_are_without_their_namespaces():
    xml = '<w:p xmlns:w="u" w:a="1">x<w:b/>&amp;</w:p>'
    assert list(events([xml.encode()])) == [Start("p", {"a": "1"}), "x", Start("b", {}), End("b"), "&", End("p")]


def test_pieces_may_be_cut_anywhere_and_nothing_may_come():
    xml = "<?xml version='1.0'?><a>ä</a>".encode()
    assert "".join(event for event in events(xml[n : n + 1] for n in range(len(xml))) if isinstance(event, str)) == "ä"
    assert list(events([])) == []


@pytest.mark.parametrize("xml", [LAUGHS, OUTSIDE, PARAMETER])
def test_entities_are_refused(xml):
    with pytest.raises(Unreadable, match="entities"):
        list(events([xml.encode()]))


def test_a_doctype_without_entities_is_read():
    found = list(events([b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://example.invalid/x.dtd"><a>x</a>']))
    assert found == [Start("a", {}), "x", End("a")]


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        (b"<a>", "broken XML"),
        (b"no", "broken XML"),
        (b"<a>\xff</a>", "broken XML"),
        (b"<?xml version='1.0' encoding='nonsense'?><a/>", "XML"),
        (b"<a>" * (MAX_DEPTH + 1), "nested too deeply"),
    ],
)
def test_what_is_no_xml(xml, said):
    with pytest.raises(Unreadable, match=said):
        list(events([xml]))
