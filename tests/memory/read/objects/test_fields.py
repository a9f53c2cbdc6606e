from __future__ import annotations

import pytest

from sanderling.memory.read.objects.fields import content_of, name_of
from sanderling.text.clean import Unreadable


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "Hot."},
        {"text": "Hot.", "content": "Cold."},
        {"content": "Hot."},
        {"body": "Hot."},
        {"message": "Hot."},
        {"message": {"content": "Hot."}},
        {"content": {"text": "Hot."}},
        {"content": [{"type": "text", "text": "Hot."}]},
        {"text": "", "body": "Hot."},
        {"text": None, "body": "Hot."},
        {"page_content": "Hot.", "metadata": {"source": "x"}},
        {"Text": "Hot."},
        {"BODY": "Hot."},
        {"id": 1, "attributes": {"body": "Hot."}},
        {"_source": {"text": "Hot."}, "_index": "notes"},
    ],
)
def test_the_text_stands_under_the_names_programs_give_it(fields):
    assert content_of(fields).text == "Hot."


def test_the_title_of_a_note_inside_an_object():
    content = content_of({"type": "notes", "attributes": {"title": "Kiln", "body": "Hot.", "Tags": ["clay"]}})
    assert (content.title, content.text, content.metadata.tags) == ("Kiln", "Hot.", ("clay",))
    # A text of its own comes first.
    assert content_of({"text": "Hot.", "data": {"text": "Cold."}}).text == "Hot."


def test_turns_as_transcripts_name_them():
    assert content_of({"chat": [{"from": "Ann", "msg": "a"}]}).text == "Ann: a"
    assert content_of({"conversation": [{"speaker": "Bo", "utterance": "b"}]}).text == "Bo: b"


def test_the_date_of_a_message_of_an_office_program():
    fields = {"body": {"contentType": "text", "content": "Hot."}, "createdDateTime": "2024-03-05T10:00:00Z"}
    assert content_of(fields).metadata.timestamp == "2024-03-05T10:00:00+00:00"


def test_chats_and_pairs():
    assert content_of({"messages": [{"role": "user", "content": "a"}, {"role": "model", "content": "b"}]}).text == (
        "User: a\n\nModel: b"
    )
    assert content_of({"conversations": [{"from": "human", "value": "a"}]}).text == "Human: a"
    assert content_of({"prompt": "a", "completion": "b"}).text == "a\n\nb"
    assert content_of({"instruction": "a", "input": "i", "output": "b"}).text == "a\n\ni\n\nb"
    assert content_of({"sender": "Ann", "text": "a"}).text == "Ann: a"
    assert content_of({"author": "Ann", "text": "a"}).text == "Ann: a"
    assert content_of({"author": "Ann", "title": "T", "text": "a"}).text == "a"
    assert content_of({"user": "a", "assistant": "b"}).text == "a\n\nb"
    assert content_of({"input": "a", "output": "b"}).text == "a\n\nb"
    assert content_of({"question": "a", "answers": ["b", "c"]}).text == "a\n\nb\n\nc"
    assert content_of({"history": [["a", "b"], ["c", "d"]]}).text == "a\n\nb\n\nc\n\nd"
    assert content_of({"sender": "@ann:x", "content": {"msgtype": "m.text", "body": "a"}}).text == "@ann:x: a"


def test_a_summary_is_the_text_of_a_note_without_one():
    assert content_of({"title": "T", "description": "about"}).text == "about"
    assert content_of({"title": "T", "description": "about", "body": "all"}).text == "all"


def test_ids_and_dates_of_mongodb():
    fields = {"_id": {"$oid": "ab12"}, "text": "x", "date": {"$date": {"$numberLong": "1709629200000"}}}
    assert name_of(fields) == "ab12"
    assert content_of(fields).metadata.timestamp == "2024-03-05T09:00:00+00:00"


@pytest.mark.parametrize("key", ["title", "name", "subject"])
def test_the_title(key):
    assert content_of({key: "Kiln", "text": "x"}).title == "Kiln"


@pytest.mark.parametrize("key", ["date", "created_at", "timestamp", "ts", "create_time", "createdTimestampUsec"])
@pytest.mark.parametrize("value", [1709629200, 1709629200_000, "2024-03-05T09:00:00Z"])
def test_the_date(key, value):
    content = content_of({key: value, "text": "x"})
    assert (content.metadata.timestamp, content.warnings) == ("2024-03-05T09:00:00+00:00", ())


def test_a_date_nobody_understands_is_said():
    assert "date" in content_of({"date": "soon", "text": "x"}).warnings[0]


def test_a_chat_is_dated_by_its_first_turn():
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "timestamp": 1709629200}]
    assert content_of({"messages": turns}).metadata.timestamp == "2024-03-05T09:00:00+00:00"


def test_metadata_within_and_tags_as_objects():
    content = content_of({"text": "x", "metadata": {"domain": "d", "date": "2024-03-05"}, "tags": [{"name": "a"}, "b"]})
    assert (content.metadata.domain, content.metadata.tags) == ("d", ("a", "b"))
    assert content.metadata.timestamp == "2024-03-05T00:00:00+00:00"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"id": "a"}, "a"),
        ({"id": 7}, "7"),
        ({"id": 7.0}, "7"),
        ({"id": 7.5}, "7.5"),
        ({"_id": "a", "id": "b"}, "a"),
        ({"id": None, "uuid": "u"}, "u"),
        ({"id": True}, ""),
        ({"id": ["a"]}, ""),
    ],
)
def test_the_id(fields, name):
    assert name_of(fields) == name


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "looked for text, content, body, message, messages, prompt and response, conversations"),
        ({"text": 5}, "its text is a number"),
        ({"text": {"a": 1}}, "its text is an object"),
        ({"prompt": "a"}, "no text in it"),
        ({"text": " "}, "holds no text"),
    ],
)
def test_without_a_text_it_says_what_was_looked_for(fields, said):
    with pytest.raises(Unreadable, match=said):
        content_of(fields)
