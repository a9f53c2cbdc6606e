from __future__ import annotations

import json

import pytest

from sanderling.memory.files.walk import Skipped
from sanderling.memory.read.document import Unchanged
from sanderling.memory.read.read import read

NESTED = b"[" * 100_000


@pytest.fixture
def given(folder):
    def read_all(content, name="garden/notes.json", known=lambda uri: None):
        content = content if isinstance(content, bytes | str) else json.dumps(content)
        path = folder({name: content}) / name
        return [(item.uri.removeprefix(str(path)), item) for item in read(path, known)]

    return read_all


def test_a_list_of_notes(given):
    found = given([{"id": "a", "title": "Kiln", "body": "hot"}, {"content": "cold"}, {"no": 1}, 5])
    assert [(uri, getattr(item, "text", "")) for uri, item in found] == [
        ("#a", "hot"),
        ("#entry 2", "cold"),
        (", entry 3", ""),
        (", entry 4", ""),
    ]
    assert found[0][1].title == "Kiln"
    known = {item.uri: item.content_hash for _, item in found[:2]}
    again = given([{"id": "a", "title": "Kiln", "body": "hot"}, {"content": "warm"}], known=known.get)
    assert [type(item) is Unchanged for _, item in again] == [True, False]


def test_notes_by_their_ids(given):
    found = given({"notes": {"k1": {"text": "hot", "id": "a"}, "k2": {"body": "cold"}}})
    assert [(uri, note.text) for uri, note in found] == [("#a", "hot"), ("#entry 2", "cold")]
    # Settings that only look like it.
    ((_, odd),) = given({"items": {"a": {"x": 1}, "b": 2}})
    assert isinstance(odd, Skipped)


@pytest.mark.parametrize("key", ["notes", "entries", "items", "activeNotes"])
def test_notes_within_an_object(given, key):
    ((uri, note),) = given({"version": 2, key: [{"uuid": "u", "text": "hot", "creationDate": "2024-03-05T09:00:00Z"}]})
    assert (uri, note.text, note.metadata.timestamp) == ("#u", "hot", "2024-03-05T09:00:00+00:00")


def test_one_note(given):
    ((uri, note),) = given({"title": "Kiln", "text": "hot"})
    assert (uri, note.title, note.text) == ("", "Kiln", "hot")


def test_one_chat(given):
    turns = [{"role": "user", "content": "Hot?"}, {"role": "assistant", "content": "Yes."}]
    for content in (turns, {"messages": turns}):
        ((uri, chat),) = given(content)
        assert (uri, chat.text) == ("", "User: Hot?\n\nAssistant: Yes.")


def test_json_that_programs_damage_is_mended(given):
    assert [
        item.text for _, item in given('[{"text": "a", "score": NaN}, {"text": "b\nc"}, {"text": "\\ud83d d"}]')
    ] == [
        "a",
        "b\nc",
        "? d",
    ]
    several = '{\n "text": "a"\n}\n{\n "text": "b"\n}\n'
    assert [item.text for _, item in given(several)] == ["a", "b"]
    assert [item.text for _, item in given(several, "x.jsonl")] == ["a", "b"]
    assert [item.text for _, item in given('{"text": "a", "x": NaN}\n{"text": "b"}', "x.jsonl")] == ["a", "b"]


def test_a_summary_is_no_note_where_it_stands_alone(given):
    ((_, package),) = given({"name": "left-pad", "description": "pads", "keywords": ["a"]})
    assert "JSON without notes" in package.reason
    ((_, link),) = given([{"title": "Kilns", "url": "https://a.example", "description": "A page"}])
    assert link.text == "A page"


def test_lines_under_the_name_of_a_list(given):
    assert [item.text for _, item in given('{"text": "a"}\n{"text": "b"}\n')] == ["a", "b"]


def test_the_last_of_equal_ids(given):
    ((_, note),) = given([{"id": 1, "text": "a"}, {"id": 1, "text": "b"}])
    assert note.text == "b"
    assert "several entries" in note.warnings[0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            {"name": "left-pad", "version": "1.0", "dependencies": {"x": "1"}},
            "JSON without notes: no text in it: looked",
        ),
        ([{"lat": 1.0}, {"lat": 2.0}], "none of its 2 entries holds a text under text, content"),
        ([1, 2], "JSON without notes"),
        ("3", "neither a list nor an object"),
        ("", "holds no text"),
        ("[]", "holds no text"),
        ("{broken", "malformed"),
        ('[{"text": "a"}', "truncated"),
        (NESTED, "nested too deeply"),
        (b'{"a":' + NESTED, "nested too deeply"),
        (b"\x89PNG\r\n\0\0", "binary"),
    ],
)
def test_what_holds_no_notes_says_so_in_one_line(given, content, reason):
    ((_, item),) = given(content)
    assert isinstance(item, Skipped)
    assert reason in item.reason
