from __future__ import annotations

import pytest

from sanderling.memory.read.objects.turns import chat_text, is_chat, is_turn, text_of, turn_of


def chat(*turns):
    return chat_text(turn for each in turns if (turn := turn_of(each)) is not None)


@pytest.mark.parametrize(
    "turns",
    [
        [{"role": "user", "content": "Hot?"}, {"role": "assistant", "content": "1050."}],
        [{"role": "user", "content": [{"type": "text", "text": "Hot?"}]}, {"role": "assistant", "parts": ["1050."]}],
        [{"from": "user", "value": "Hot?"}, {"from": "Assistant", "value": "1050."}],
        [
            {"type": "user", "message": {"role": "user", "content": "Hot?"}, "sessionId": "s"},
            {"type": "assistant", "message": {"role": "assistant", "content": [{"type": "text", "text": "1050."}]}},
        ],
        [
            {"author": {"role": "user"}, "content": {"parts": ["Hot?"]}},
            {"author": {"role": "assistant"}, "text": "1050."},
        ],
        [{"type": "human", "data": {"content": "Hot?"}}, {"type": "ai", "data": {"content": "1050."}}],
        [
            {"type": "response_item", "payload": {"role": "user", "content": [{"type": "input_text", "text": "Hot?"}]}},
            {"type": "response_item", "payload": {"role": "assistant", "content": [{"text": "1050."}]}},
        ],
        [
            {"role": "system", "content": "You are helpful."},
            {"role": "user", "content": "Hot?"},
            {"role": "tool", "content": "{}"},
            {"role": "assistant", "content": "1050."},
        ],
    ],
)
def test_a_chat_in_the_shapes_of_programs(turns):
    assert all(map(is_turn, turns)) or "parts" in str(turns[0]) or "value" in turns[0]
    assert chat(*turns).replace("Human", "User").replace("Ai:", "Assistant:") == "User: Hot?\n\nAssistant: 1050."


def test_parts_that_nobody_said_are_left_out():
    content = [
        {"type": "tool_use", "input": {"text": "x"}},
        {"type": "thinking", "text": "hm"},
        {"type": "text", "text": "Yes"},
    ]
    assert turn_of({"role": "assistant", "content": content}).text == "Yes"
    assert turn_of({"role": "assistant", "content": [{"type": "tool_result", "content": "x"}]}) is None


def test_a_system_prompt_alone_is_kept():
    assert chat({"role": "system", "content": "x"}) == "System: x"


def test_what_is_a_turn_and_what_is_a_note():
    assert is_turn({"role": "user", "content": "x"})
    assert is_turn({"from": "human", "value": "x"})
    assert not is_turn({"role": "gardener", "content": "x"})
    assert not is_turn({"from": "user", "text": "x"})
    assert not is_turn({"text": "x"})
    assert not is_turn({"type": "function", "text": "x"})
    assert not is_turn({"text": "x", "data": {"text": "y"}})
    assert is_chat([{"role": "user", "content": "x"}])
    assert not is_chat([{"type": "text", "text": "x"}])
    assert not is_chat([])


def test_a_text_is_looked_for_only_so_deep():
    deep = "x"
    for _ in range(1000):
        deep = [deep]
    assert text_of(deep) == ""
