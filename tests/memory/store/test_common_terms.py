from __future__ import annotations

import pytest

from sanderling.memory.store.common_terms import BUDGET, FEW, CommonTerms


def fill(store, unit, n):
    """``n`` nodes with a word of all, one of every second and one of every fiftieth."""
    with store.write() as writer:
        vector = unit(0)
        for i in range(n):
            words = ["common", *(["half"] if i % 2 else []), *(["rare"] if i % 50 == 0 else [])]
            writer.add_document(f"u{n}-{i}", "", "hash", [" ".join(words)], vector, source="kb")


@pytest.mark.parametrize("table", [True, False])
def test_what_too_many_nodes_have_is_not_looked_up(store, unit, monkeypatch, table):
    if not table:
        monkeypatch.setattr(store.words, "table", lambda: None)
    terms = CommonTerms(store.database, store.words)
    fill(store, unit, FEW)
    assert terms.telling(["common", "rare"]) == ["common", "rare"]
    fill(store, unit, FEW + 1)
    # Now 513 nodes: the limit is still 256, since 15 per cent would be 77.
    assert terms.telling(["common", "half", "rare", "absent"]) == ["half", "rare", "absent"]
    assert terms.telling(["common"]) == ["common"]
    assert terms.telling([]) == []


def test_a_search_for_rare_and_common_words_ranks_the_rare(store, unit):
    fill(store, unit, 2 * FEW)
    rare = {key for key, _ in store.search_text("rare", 100)}
    assert {key for key, _ in store.search_text("the common rare", 100)} == rare
    assert len(store.search_text("common", 100)) == 100


def test_of_many_words_the_rarest_are_looked_up(store, monkeypatch):
    counts = {f"w{i}": 300 + i for i in range(40)} | {"rare": 1, "few": FEW}
    monkeypatch.setattr(store.words, "table", lambda: None)
    terms = CommonTerms(store.database, store.words)
    monkeypatch.setattr(terms, "_count", lambda word, most: min(counts[word], most))
    terms._limit, terms._newest = BUDGET, 1
    kept = terms.telling(list(counts))
    # 1 + 256 for the two, then 300 + 301 + ... while that is within 1,500.
    assert kept == [*(f"w{i}" for i in range(4)), "rare", "few"]
    assert sum(counts[word] for word in kept) <= BUDGET < sum(counts[word] for word in kept) + 304
