from __future__ import annotations

import json

import pytest

from sanderling.memory.read.read import read


@pytest.fixture
def given(folder):
    def read_all(content):
        path = folder({"result.json": json.dumps(content)}) / "result.json"
        return [(item.uri.removeprefix(str(path)), item) for item in read(path, lambda uri: None)]

    return read_all


def telegram(name="Family", number=7):
    return {
        "name": name,
        "type": "private_group",
        "id": number,
        "messages": [
            {"id": 1, "type": "service", "date": "2024-03-05T08:00:00", "actor": "Ann", "action": "create_group"},
            {"id": 2, "type": "message", "date": "2024-03-05T12:03:00", "from": "Ann", "text": "Soup?"},
            {
                "id": 3,
                "type": "message",
                "date": "2024-03-05T12:04:00",
                "from": "Bo",
                "text": ["see ", {"type": "link", "text": "a.example"}, " please"],
            },
            {"id": 4, "type": "message", "date": "2024-03-06T09:00:00", "from": "Ann", "text": "Good morning"},
            {"id": 5, "type": "message", "date": "2024-03-06T09:01:00", "from": "Ann", "text": "", "photo": "x.jpg"},
        ],
    }


def test_a_chat_of_telegram_is_a_document_a_day(given):
    first, second = given(telegram())
    assert (first[0], first[1].title) == ("#2024-03-05", "Family, 2024-03-05")
    assert first[1].text == "[12:03] Ann: Soup?\n\n[12:04] Bo: see a.example please"
    assert first[1].metadata.timestamp == "2024-03-05T12:03:00+00:00"
    assert (second[0], second[1].text) == ("#2024-03-06", "[09:00] Ann: Good morning")


def test_all_chats_of_telegram(given):
    found = given({"about": "x", "chats": {"about": "y", "list": [telegram(), telegram("Club", 8)]}})
    assert [uri for uri, _ in found] == ["#7 2024-03-05", "#7 2024-03-06", "#8 2024-03-05", "#8 2024-03-06"]


def test_a_channel_of_discord(given):
    said = {"id": "1", "type": "Default", "timestamp": "2024-03-05T12:03:00.5+01:00", "content": "Soup?"}
    content = {
        "guild": {"id": "1", "name": "Cooks"},
        "channel": {"id": "2", "name": "soups", "category": "Food"},
        "messages": [{**said, "author": {"id": "9", "name": "ann_1", "nickname": "Ann"}}],
    }
    ((uri, day),) = given(content)
    assert (uri, day.title, day.text) == ("#2024-03-05", "Cooks soups, 2024-03-05", "[11:03] Ann: Soup?")


def test_messages_of_facebook_come_in_order_and_with_their_letters(given):
    content = {
        "participants": [{"name": "Zo\u00c3\u00ab"}],
        "title": "Zo\u00c3\u00ab",
        "messages": [
            {"sender_name": "Zo\u00c3\u00ab", "timestamp_ms": 1709629260000, "content": "Caf\u00c3\u00a9"},
            {"sender_name": "Bo", "timestamp_ms": 1709629200000, "content": "Where?"},
        ],
    }
    ((_, day),) = given(content)
    assert (day.title, day.text) == ("Zoë, 2024-03-05", "[09:00] Bo: Where?\n\n[09:01] Zoë: Café")


def test_messages_of_google_chat(given):
    said = {"creator": {"name": "Ann"}, "created_date": "Tuesday, March 5, 2024 at 9:00:00 AM UTC", "text": "Soup?"}
    ((uri, day),) = given({"messages": [said]})
    assert (uri, day.text) == ("#2024-03-05", "[09:00] Ann: Soup?")
