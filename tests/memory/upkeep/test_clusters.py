from __future__ import annotations

from itertools import combinations

import pytest

from sanderling.memory import Note
from sanderling.memory.upkeep.clusters import MOST, clusters


@pytest.fixture
def draw(memory):
    """Draw ``same_topic`` edges among so many notes."""

    def edges(n, pairs):
        memory.write_back([Note(text=f"note {i}") for i in range(n)])
        with memory.store.write() as writer:
            writer.add_edges("same_topic", [(a, b, 0.5 + 0.01 * b) for a, b in pairs])
        return memory.store

    return edges


def test_a_dense_group_is_found_and_a_chain_is_not(draw):
    store = draw(12, [*combinations([1, 2, 3, 4, 5], 2), (6, 7), (7, 8), (8, 9), (9, 10), (10, 11)])
    (group,) = clusters(store)
    assert sorted(group) == [1, 2, 3, 4, 5]


def test_a_star_is_no_group(draw):
    assert clusters(draw(8, [(1, other) for other in range(2, 9)])) == []


def test_none_is_in_two_and_none_is_too_large(draw):
    store = draw(30, combinations(range(1, 31), 2))
    found = clusters(store)
    assert [len(group) for group in found] == sorted((len(group) for group in found), reverse=True)
    members = [key for group in found for key in group]
    assert len(members) == len(set(members)) == 30
    assert max(map(len, found)) == MOST
    assert clusters(store) == found


def test_what_is_summarised_is_done(draw, memory):
    store = draw(10, [*combinations([1, 2, 3, 4], 2), *combinations([5, 6, 7, 8], 2)])
    assert len(clusters(store)) == 2
    memory.write_back([Note(text="in short", type="summary", edges=((1, "cites", 0.5), (2, "cites", 0.5)))])
    (group,) = clusters(store)
    assert sorted(group) == [5, 6, 7, 8]


def test_an_empty_memory_has_none(memory):
    assert clusters(memory.store) == []
