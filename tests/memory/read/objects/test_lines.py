from __future__ import annotations

import json

import pytest

from sanderling.memory.files.walk import Skipped
from sanderling.memory.read.objects import lines
from sanderling.memory.read.read import read


@pytest.fixture
def given(folder):
    def read_all(content, name="x.jsonl", known=lambda uri: None):
        if isinstance(content, list):
            content = "\n".join(map(json.dumps, content))
        path = folder({name: content}) / name
        return [(item.uri.removeprefix(str(path)), item) for item in read(path, known)]

    return read_all


def turn(role, text, **more):
    return {"role": role, "content": text, **more}


def test_turns_that_follow_one_another_are_one_document(given):
    ((uri, chat),) = given([turn("user", "Who feeds the cat?"), turn("assistant", "Milo.", timestamp=1709629200)])
    assert (uri, chat.text) == ("#line 1", "User: Who feeds the cat?\n\nAssistant: Milo.")
    assert chat.metadata.timestamp == "2024-03-05T09:00:00+00:00"


def test_turns_of_several_chats_are_told_apart(given):
    found = given(
        [
            turn("user", "a", session_id="s1"),
            turn("user", "b", session_id="s2"),
            turn("assistant", "c", session_id="s1"),
            {"text": "a note"},
            turn("user", "d"),
            {"text": "another note"},
            turn("user", "e"),
        ]
    )
    assert {uri: item.text for uri, item in found} == {
        "#s1": "User: a\n\nAssistant: c",
        "#s2": "User: b",
        "#line 4": "a note",
        "#line 5": "User: d",
        "#line 6": "another note",
        "#line 7": "User: e",
    }


def test_an_endless_chat_is_cut_from_its_beginning(given):
    all_turns = [turn("user", f"t{n}", session_id="s") for n in range(2 * lines.TURNS_AT_ONCE + 1)]
    before, now = dict(given(all_turns[:-1])), dict(given(all_turns))
    assert list(now) == ["#s", "#s, part 2", "#s, part 3"]
    assert [now[uri].content_hash == before[uri].content_hash for uri in before] == [True, True]


def test_more_chats_than_are_held_open(given):
    count = lines.OPEN_CHATS + 10
    found = dict(given([turn("user", f"{n} {part}", session_id=f"s{n}") for part in "ab" for n in range(count)]))
    texts = " ".join(item.text for item in found.values())
    assert all(f"{n} {part}" in texts for part in "ab" for n in range(count))


def test_the_last_of_equal_ids_is_read_and_that_is_said_once(given):
    documents = given([{"id": 1, "text": "old"}, {"id": 2, "text": "b"}, {"id": 1.0, "text": "new"}])
    assert [(uri, item.text) for uri, item in documents] == [("#2", "b"), ("#1", "new")]
    assert documents[1][1].warnings == ("its id stands in several lines; the last, line 3, is read",)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_other_encodings(given, encoding):
    text = '{"id": "ä", "content": "Größe"}\r\n{"content": "zwei"}\r\n'
    assert [(uri, item.text) for uri, item in given(text.encode(encoding))] == [("#ä", "Größe"), ("#line 2", "zwei")]


def test_a_line_of_another_encoding_is_read_as_text_is(given):
    ((_, item),) = given('{"text": "Größe"}'.encode("cp1252"))
    assert item.text == "Größe"


def test_carriage_returns_alone_end_lines(given):
    assert [uri for uri, _ in given(b'{"text": "a"}\r{"text": "b"}\r')] == ["#line 1", "#line 2"]


def test_a_line_too_long_to_hold_is_named_and_the_next_read(given, monkeypatch):
    for module in (lines, __import__("sanderling.memory.read.objects.decoded", fromlist=["x"])):
        monkeypatch.setattr(module, "MAX_LINE_BYTES", 100)
    (_, good), (_, bad) = given([{"text": "x" * 1000}, {"text": "b"}])
    assert good.text == "b"
    assert "longer than" in bad.reason


@pytest.mark.parametrize("content", ['[{"text": "a"},\n{"text": "b"}]', '[{"text": "a"}, {"text": "b"}]'])
def test_a_list_under_the_name_of_lines(given, content):
    assert [item.text for _, item in given(content)] == ["a", "b"]


def test_an_object_of_several_lines_under_the_name_of_lines(given):
    ((uri, item),) = given('{\n"text": "a"\n}')
    assert (uri, item.text) == ("", "a")


def test_of_endless_bad_lines_some_are_named_and_the_rest_counted(given):
    found = given([{"text": "a"}, *[{"no": n} for n in range(1000)]])
    bad = [item for _, item in found if isinstance(item, Skipped)]
    assert len(bad) == 21
    assert bad[-1].reason.startswith("980 more")


@pytest.mark.parametrize("first", ["{", "[", '[{"text": "a"}'])
def test_lines_of_which_the_first_is_broken(given, first):
    good, bad = given(first + '\n{"text": "b"}\n')
    assert good[1].text == "b"
    assert bad[0] == ", line 1"
