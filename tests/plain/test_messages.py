"""Messages of any order become turns that chat formats know."""

from __future__ import annotations

import pytest

from sanderling.errors import UsageError
from sanderling.plain.messages import in_turn
from sanderling.records import Message


def said(*pairs: str) -> list[Message]:
    roles = {"s": "system", "u": "user", "a": "assistant"}
    return [Message(role=roles[pair[0]], content=pair[1:]) for pair in pairs]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (("uHi",), ("uHi",)),
        (("sBe brief.", "uHi"), ("sBe brief.", "uHi")),
        (("uOne", "uTwo"), ("uOne\n\nTwo",)),
        (("sA", "uOne", "aSo", "sB", "aand so", "uTwo"), ("sA\n\nB", "uOne", "aSo\n\nand so", "uTwo")),
    ],
)
def test_neighbours_are_joined_and_systems_come_first(given, wanted) -> None:
    assert in_turn(said(*given)) == said(*wanted)


def test_an_instruction_is_added_to_the_system_turn() -> None:
    assert in_turn(said("uHi"), "Call.") == said("sCall.", "uHi")
    assert in_turn(said("sA", "uHi"), "Call.") == said("sA\n\nCall.", "uHi")


@pytest.mark.parametrize("given", [(), ("sA",), ("aHi",), ("uHi", "aYes"), ("aHi", "uYes")])
def test_others_are_refused(given) -> None:
    with pytest.raises(UsageError, match="user"):
        in_turn(said(*given))
