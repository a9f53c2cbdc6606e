from __future__ import annotations

from sanderling.conversation import Conversation
from sanderling.filter import Filter
from sanderling.server.histories import Histories

TURNS = [("Who repairs the pump?", "Ada Lind")]


def conversation() -> Conversation:
    return Conversation(lambda *_: None, 1.0)


def test_a_conversation_is_found_by_its_turns_once() -> None:
    kept, talk = Histories(), conversation()
    kept.keep(talk, TURNS, "", None)
    assert kept.take([("Who repairs the pump?", "Ole")], "", None) is None
    assert kept.take(TURNS, "Be brief.", None) is None
    assert kept.take(TURNS, "", Filter(tags=("x",))) is None
    # A client may have stripped what it was told.
    assert kept.take([(" Who repairs the pump?", "Ada Lind\n")], "", None) is talk
    assert kept.take(TURNS, "", None) is None  # two that go on from it are two conversations


def test_the_oldest_is_forgotten() -> None:
    kept, talks = Histories(most_kept=2), [conversation() for _ in range(3)]
    for at, talk in enumerate(talks):
        kept.keep(talk, [(str(at), "x")], "", None)
    assert [kept.take([(str(at), "x")], "", None) for at in range(3)] == [None, *talks[1:]]
