"""Search by vector and words alone, beside an obvious version of it."""

from __future__ import annotations

import numpy as np
import pytest
from hash_embedder import HashEmbedder

from sanderling.filter import Filter
from sanderling.memory import Memory
from sanderling.memory.retrieve.hybrid import MAX_WORDS, K
from sanderling.records import NodeMetadata, SearchParams

TEXTS = [
    ("Pump", "The pump leaks since March and is serviced by Ada Plum."),
    ("Ada Plum", "Ada Plum keeps the keys of the boathouse."),
    ("Boathouse", "The boathouse has a green door."),
    ("Winter", "In winter the pump is drained."),
    ("Kitchen", "The kitchen has two stoves."),
]


@pytest.fixture
def memory(tmp_path):
    with Memory.open(tmp_path / "m.sanderling", HashEmbedder()) as memory:
        for title, text in TEXTS:
            memory.add(text, title=title, uri=f"note:{title}")
        yield memory


def found(memory, question, **options):
    return memory.find(question, memory.embedder.embed([question])[0], plan="direct", **options)


def obvious(memory, question, k):
    near = memory.search(memory.embedder.embed([question])[0], SearchParams(k=k)).keys.tolist()
    scores = {}
    for channel in (near, [key for key, _ in memory.search_text(question, MAX_WORDS)]):
        for rank, key in enumerate(channel, 1):
            scores[key] = scores.get(key, 0.0) + 1 / (K + rank)
    return scores


@pytest.mark.parametrize("question", ["Who services the pump?", "Is the pump drained in winter?", "Nothing of it", ""])
def test_it_is_the_fusion_of_two_channels(memory, question):
    params = SearchParams(k=3)
    result = found(memory, question, params=params).attended
    scores = obvious(memory, question, 3)
    assert set(result.keys.tolist()) == scores.keys()
    total = sum(scores.values())
    # float32 shares: one rounding of each and of their sum.
    assert result.weights.tolist() == pytest.approx([scores[key] / total for key in result.keys.tolist()], rel=1e-6)
    assert (np.diff(result.weights) <= 0).all()
    assert len(result.prior_weights) == len(result.keys)
    assert result.depth_touched == 0


def test_it_keeps_to_the_filter_and_to_the_numbers(memory):
    only = found(memory, "Who services the pump?", filter=Filter(under=("note:Winter",)))
    assert len(only.attended.keys) <= 1
    assert len(found(memory, "the pump", params=SearchParams(max_nodes=2)).attended.keys) <= 2
    with pytest.raises(ValueError, match="k"):
        found(memory, "the pump", params=SearchParams(k=0))


def test_a_question_about_a_time_is_searched_as_ever(memory):
    dated = NodeMetadata(timestamp="2024-03-05T00:00:00Z", dated="stated")
    memory.add("The crane was moved.", title="Crane", uri="note:Crane", metadata=dated)
    for question, alike in (("What happened in March 2024?", True), ("Who services the pump?", False)):
        vector = memory.embedder.embed([question])[0]
        direct, graph = (memory.find(question, vector, plan=plan).attended for plan in ("direct", "graph"))
        assert np.array_equal(direct.weights, graph.weights) == alike


def test_an_empty_memory_has_nothing(tmp_path):
    with Memory.open(tmp_path / "empty.sanderling", HashEmbedder()) as memory:
        assert len(found(memory, "anything").attended.keys) == 0
