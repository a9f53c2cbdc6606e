"""Exports as Evernote 10, Evernote 5 and Joplin-like programs write them, and hostile ones."""

from __future__ import annotations

import pytest

from sanderling.memory.files.walk import Skipped
from sanderling.memory.read import enex
from sanderling.memory.read.read import read

NEW = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE en-export SYSTEM "http://xml.evernote.com/pub/evernote-export4.dtd">
<en-export export-date="20240401T000000Z" application="Evernote" version="10.81.4">
  <note>
    <title>Kiln &amp; glaze</title>
    <created>20240305T090000Z</created>
    <updated>20240306T090000Z</updated>
    <tag>pottery</tag>
    <tag>work shop</tag>
    <note-attributes><author>Ada</author></note-attributes>
    <content><![CDATA[<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!DOCTYPE en-note SYSTEM "http://xml.evernote.com/pub/enml2.dtd"><en-note><div>The kiln runs at&nbsp;1050 degrees.</div>
<div><en-todo checked="true"/>load</div><div><en-todo checked="false"/>fire</div><div><en-todo/>cool</div>
<en-crypt cipher="AES">c2VjcmV0</en-crypt><div>See <a href="https://a.example/x">cones</a>.</div>
<en-media hash="x"/></en-note>]]></content>
    <resource><data encoding="base64">aGVsbG8gd29ybGQ=</data><mime>image/png</mime></resource>
  </note>
  <note><title>Kiln &amp; glaze</title><content><![CDATA[<en-note>Another.</en-note>]]></content></note>
  <note><title>Only a title</title><content><![CDATA[<en-note/>]]></content></note>
</en-export>
"""
# Without line breaks, DOCTYPE or CDATA, as other programs write it.
PLAIN = (
    "<en-export><note><title>Größe</title><content>&lt;en-note&gt;&lt;p&gt;Die Größe&lt;/p&gt;&lt;/en-note&gt;"
    "</content>"
    "<created>20240305T090000Z</created></note></en-export>"
)


@pytest.fixture
def given(folder):
    def read_all(content, name="notes.enex"):
        path = folder({name: content}) / name
        return [(item.uri.removeprefix(str(path)), item) for item in read(path, lambda uri: None)]

    return read_all


def test_an_export_of_evernote(given):
    first, second, third = given(NEW)
    assert (first[0], first[1].title) == ("#Kiln & glaze", "Kiln & glaze")
    assert first[1].metadata.tags == ("pottery", "work shop")
    assert first[1].metadata.timestamp == "2024-03-05T09:00:00+00:00"
    text = " ".join(first[1].text.split())
    assert text == "The kiln runs at 1050 degrees. [x] load [ ] fire [ ] cool See cones."
    assert [link for _, link in first[1].links] == ["https://a.example/x"]
    assert (second[0], second[1].text.strip()) == ("#Kiln & glaze, 2", "Another.")
    assert (third[0], third[1].text) == ("#Only a title", "Only a title")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_export_of_another_program(given, encoding):
    ((uri, note),) = given(PLAIN.encode(encoding))
    assert (uri, note.title, note.text.strip()) == ("#Größe", "Größe", "Die Größe")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "holds no text"),
        ("nothing", "broken XML"),
        ("<en-export/>", "holds no text"),
        ('<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><en-export>&b;</en-export>', "entities"),
        ('<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><en-export>&a;</en-export>', "entities"),
        ("<a>" * 3000, "nested too deeply"),
    ],
)
def test_what_is_no_export_says_so_in_one_line(given, content, said):
    ((_, item),) = given(content)
    assert isinstance(item, Skipped)
    assert said in item.reason


def test_a_note_too_long_to_hold_is_named_and_the_others_read(given, monkeypatch):
    monkeypatch.setattr(enex, "MAX_NOTE_CHARS", 200)
    found = given(
        f"<en-export><note><content>{'x' * 1000}</content></note><note><content>b</content></note></en-export>"
    )
    assert [(uri, getattr(item, "text", "")) for uri, item in found] == [("#note 2", "b"), (", note 1", "")]


def test_damage_at_the_end_leaves_the_notes_before_it(given):
    good, bad = given("<en-export><note><content>a</content></note><note></no></note>" + " " * 1000)
    assert good[1].text.strip() == "a"
    assert "broken XML" in bad[1].reason
