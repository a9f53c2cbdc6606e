from __future__ import annotations

import json

import pytest

from sanderling.memory.files.walk import Skipped
from sanderling.memory.read.read import read


@pytest.fixture
def given(folder):
    def read_all(content, name="export.json"):
        path = folder({name: json.dumps(content)}) / name
        return [(item.uri.removeprefix(str(path)), item) for item in read(path, lambda uri: None)]

    return read_all


def node(name, parent, role, *parts, kind="text", **metadata):
    message = {
        "author": {"role": role},
        "content": {"content_type": kind, "parts": list(parts)},
        "create_time": 1709629200.5,
        "metadata": metadata,
    }
    return {name: {"id": name, "parent": parent, "message": message if role else None, "children": []}}


def chatgpt(**more):
    mapping = {
        **node("root", None, ""),
        **node("s", "root", "system", "hidden", is_visually_hidden_from_conversation=True),
        **node(
            "u",
            "s",
            "user",
            {"content_type": "image_asset_pointer", "asset_pointer": "x"},
            "Hot?",
            kind="multimodal_text",
        ),
        **node("old", "u", "assistant", "No idea."),
        **node("t", "u", "assistant", "thinking", kind="thoughts"),
        **node("new", "t", "assistant", "1050 degrees."),
    }
    return {"title": "Kiln", "create_time": 1709629200.5, "mapping": mapping, "current_node": "new", "id": "c1", **more}


def test_a_chat_of_chatgpt_as_it_was_last_shown(given):
    ((uri, chat),) = given([chatgpt()])
    assert (uri, chat.title, chat.text) == ("#c1", "Kiln", "User: Hot?\n\nAssistant: 1050 degrees.")
    assert chat.metadata.timestamp == "2024-03-05T09:00:00+00:00"


def test_a_chat_of_chatgpt_that_goes_in_a_circle(given):
    circle = chatgpt(id="c2")
    circle["mapping"]["root"]["parent"] = "new"
    found = given([circle, chatgpt(current_node="gone", id="c3"), chatgpt(mapping={"a": 5}, id="c4")])
    assert [uri for uri, _ in found] == ["#c2", "#c3"]


def test_a_chat_of_claude(given):
    said = [
        {"uuid": "1", "sender": "human", "text": "Hot?", "created_at": "2024-03-05T09:00:00.5Z"},
        {"uuid": "2", "sender": "assistant", "text": "", "content": [{"type": "text", "text": "1050."}]},
    ]
    ((uri, chat),) = given(
        [{"uuid": "u", "name": "Kiln", "created_at": "2024-03-05T09:00:00.5Z", "chat_messages": said}]
    )
    assert (uri, chat.title, chat.text) == ("#u", "Kiln", "Human: Hot?\n\nAssistant: 1050.")
    assert chat.metadata.timestamp == "2024-03-05T09:00:00+00:00"


def test_a_day_of_slack(given):
    messages = [
        {
            "type": "message",
            "user": "U1",
            "text": "<@U2> see <https://a.example|the page> &amp; go",
            "ts": "1709629200.000100",
        },
        {"type": "message", "user": "U2", "text": "Done", "ts": "1709629260.0", "user_profile": {"real_name": "Bo Ek"}},
    ]
    ((uri, day),) = given(messages, "general/2024-03-05.json")
    assert (uri, day.title, day.text) == ("", "general", "U1: Bo Ek see the page & go\n\nBo Ek: Done")
    assert day.metadata.timestamp == "2024-03-05T09:00:00+00:00"


def test_notes_of_google_keep(given):
    ((_, note),) = given(
        {
            "title": "Shop",
            "textContent": "For Sunday",
            "listContent": [{"text": "flour", "isChecked": True}, {"text": "salt", "isChecked": False}],
            "labels": [{"name": "food"}],
            "isTrashed": False,
            "userEditedTimestampUsec": 1709629200000000,
        }
    )
    assert (note.title, note.text) == ("Shop", "For Sunday\n\n- [x] flour\n- [ ] salt")
    assert (note.metadata.tags, note.metadata.timestamp) == (("food",), "2024-03-05T09:00:00+00:00")
    ((_, bin_note),) = given({"textContent": "old", "isTrashed": True})
    assert isinstance(bin_note, Skipped)
    assert "bin" in bin_note.reason


def test_notes_of_standard_notes_among_its_items(given):
    items = [
        {"uuid": "t", "content_type": "Tag", "content": {"title": "x"}},
        {
            "uuid": "n",
            "content_type": "Note",
            "content": {"title": "Kiln", "text": "hot"},
            "created_at": "2024-03-05T09:00:00Z",
        },
    ]
    ((uri, note),) = given({"version": "004", "items": items})
    assert (uri, note.title, note.text) == ("#n", "Kiln", "hot")


def test_chats_of_open_webui_and_lm_studio(given):
    said = [{"role": "user", "content": "Hot?", "timestamp": 1709629200}, {"role": "assistant", "content": "1050."}]
    chat = {"title": "Kiln", "history": {"messages": {}, "currentId": "x"}, "messages": said}
    ((uri, webui),) = given([{"id": "c", "title": "Kiln", "chat": chat, "created_at": 1709629200}])
    assert (uri, webui.title, webui.text) == ("#c", "Kiln", "User: Hot?\n\nAssistant: 1050.")
    versions = [{"role": "user", "content": [{"type": "text", "text": text}]} for text in ("Cold?", "Hot?")]
    ((_, studio),) = given({"name": "Kiln", "messages": [{"versions": versions, "currentlySelected": 1}]})
    assert (studio.title, studio.text) == ("Kiln", "User: Hot?")


def test_cards_of_trello(given):
    cards = [{"id": "1", "name": "Order cones", "desc": ""}, {"id": "2", "name": "Fire", "desc": "At 1050 degrees."}]
    found = given({"id": "b", "name": "Workshop", "desc": "", "lists": [{"name": "To do"}], "cards": cards})
    assert [(uri, card.title, card.text) for uri, card in found] == [
        ("#1", "Order cones", "Order cones"),
        ("#2", "Fire", "At 1050 degrees."),
    ]
