"""The state of a conversation as bytes."""

from __future__ import annotations

import numpy as np
import pytest

from sanderling.conversations.state import Makers, history_from, history_of, state_of
from sanderling.conversations.turn import KeptList, KeptTurn
from sanderling.records import Message
from sanderling.request.history import History


def makers(router: str = "fastgrnn:1", file: str = "a") -> Makers:
    return Makers(router=router, model_file=lambda model_id: file if model_id else "")


@pytest.fixture
def history() -> History:
    made = History.of_turns([("Who repairs the pump?", "Ada Lind"), ("And when?", "In May")])
    made.generated = {1: (1, 2, 3), 2: (70_000, 5)}
    made.shared_tokens, made.block_ends, made.held_tokens = 17, (30, 45), 99
    made.model_id, made.next_listed = "small", 21
    made.hidden = np.array([0.25, -1e-30, 3e38], np.float32)
    return made


def test_nothing_is_lost(history: History) -> None:
    restored = history_of(state_of(history, makers()), makers())
    np.testing.assert_array_equal(restored.hidden, history.hidden)
    assert restored.hidden.dtype == np.float32
    restored.hidden = history.hidden = None
    assert restored == history


@pytest.mark.parametrize("file", ["b", ""])
def test_tokens_hold_for_one_model_file(history: History, file: str) -> None:
    restored = history_of(state_of(history, makers()), makers(file=file))
    assert restored.messages == history.messages
    assert (restored.generated, restored.model_id, restored.shared_tokens) == ({}, "", 0)
    assert (restored.block_ends, restored.held_tokens) == ((), 0)
    assert restored.hidden is not None


def test_a_routers_state_holds_for_that_router(history: History) -> None:
    restored = history_of(state_of(history, makers()), makers(router="rule"))
    assert restored.hidden is None
    assert restored.generated == history.generated


@pytest.mark.parametrize("data", [b"", b"\x80", b"no state", b"\xc1" * 9])
def test_what_is_no_state_is_told(data: bytes) -> None:
    assert history_of(data, makers()) is None


def test_messages_in_no_order_are_no_state(history: History) -> None:
    whole = list(history.messages)
    for broken in ([], whole[1:], whole[:-1]):
        history.messages = broken
        assert history_of(state_of(history, makers()), makers()) is None


def test_a_history_is_made_from_words() -> None:
    def turn(question: str, answer: str, **fields) -> KeptTurn:
        return KeptTurn(question=question, answer=answer, request_id="r", asked_at="", **fields)

    listing = KeptList(kind="list", question="List all notes", total=30, start=21, next=41)
    made = history_from(
        [
            turn("Who repairs the pump?", "Ada Lind"),
            turn("Who was it?", "", forgotten=True),
            turn("more", "- Pump", listing=listing),
        ]
    )
    assert made.messages[1:] == [
        Message(role="user", content="Who repairs the pump?"),
        Message(role="assistant", content="Ada Lind"),
    ]
    assert (made.last_question, made.next_listed, made.turns) == ("List all notes", 41, 1)
