from __future__ import annotations

from sanderling.memory.terms import FEWEST, Terms


def fill(store, unit, n):
    """``n`` nodes with a word of all, one of every second and one of every fiftieth."""
    with store.write() as writer:
        vector = unit(0)
        for i in range(n):
            words = ["common", *(["half"] if i % 2 else []), *(["rare"] if i % 50 == 0 else [])]
            writer.add_document(f"u{n}-{i}", "", "hash", [" ".join(words)], vector, source="kb")


def test_what_too_many_nodes_have_is_not_looked_up(store, unit):
    terms = Terms(store.database)
    fill(store, unit, FEWEST)
    assert terms.telling(["common", "rare"]) == ["common", "rare"]
    fill(store, unit, FEWEST + 1)
    # Now 513 nodes: the limit is still 256, since 15 per cent would be 77.
    assert terms.telling(["common", "half", "rare", "absent"]) == ["half", "rare", "absent"]
    assert terms.telling(["common"]) == ["common"]
    assert terms.telling([]) == []


def test_a_search_for_rare_and_common_words_ranks_the_rare(store, unit):
    fill(store, unit, 2 * FEWEST)
    rare = {key for key, _ in store.search_text("rare", 100)}
    assert {key for key, _ in store.search_text("the common rare", 100)} == rare
    assert len(store.search_text("common", 100)) == 100
