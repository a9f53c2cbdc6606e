from __future__ import annotations

import pytest
from hash_embedder import HashEmbedder

from sanderling.bench_device.retrieval.losses import (
    CUT,
    FATES,
    FOUND,
    LOW,
    NEXT,
    NOT_GENERATED,
    Generated,
    fate,
    generated,
    losses,
)
from sanderling.bench_device.workloads import Question
from sanderling.memory import Memory
from sanderling.memory.store.documents import uris_of_nodes

POOL = Generated(
    candidates=frozenset({"a", "b", "low"}),
    offered={"words": frozenset({"a", "low"}), "names": frozenset({"b", "cut"})},
)
RANKED = ("a", "1", "2", "3", "4", "b")


@pytest.mark.parametrize(
    ("document", "expected"), [("a", FOUND), ("b", NEXT), ("low", LOW), ("cut", CUT), ("never", NOT_GENERATED)]
)
def test_each_fate(document, expected):
    assert fate(document, RANKED, POOL) == expected


def test_fates_are_counted_by_hops_and_place():
    asked = [
        (Question(id="1", text="?", answers=(), gold=("a", "cut"), hops=2), RANKED, POOL),
        (Question(id="2", text="?", answers=(), gold=("b", "never"), hops=2), RANKED, POOL),
        (Question(id="3", text="?", answers=(), gold=("low",), hops=1), RANKED, POOL),
    ]
    one, first, second = losses(asked)
    assert (one.hops, one.place, one.notes) == (1, 1, 1)
    assert {name: count for name, count in one.fates.items() if count} == {LOW: 1}
    assert {name: count for name, count in first.fates.items() if count} == {FOUND: 1, NEXT: 1}
    assert (second.place, second.fates[CUT], second.fates[NOT_GENERATED]) == (2, 1, 1)
    assert tuple(second.fates) == FATES
    assert first.channels == {"words": 1, "names": 1} and second.channels == {"names": 1}


def test_what_the_search_generates(tmp_path):
    with Memory.open(tmp_path / "m.sanderling", HashEmbedder()) as memory:
        for day in range(12):
            memory.add(f"The otter dived on day {day}.", title=f"Day {day}", uri=f"day-{day}")
        ids = uris_of_nodes(memory.store)
        question = "Which otter dived on day 7?"
        found = generated(memory, question, memory.embedder.embed([question])[0], dict(ids))
        # A node of no document that the questions know, such as a topic, is no document.
        fewer = generated(memory, question, memory.embedder.embed([question])[0], {})
    assert "day-7" in found.offered["words"] & found.candidates
    assert found.candidates <= frozenset().union(*found.offered.values())
    assert not fewer.candidates
