from __future__ import annotations

import threading

import numpy as np
import pytest
from hash_embedder import HashEmbedder

from sanderling.errors import MemoryFileError, UsageError
from sanderling.memory import Memory, Note
from sanderling.records import NodeMetadata, SearchParams


def ask(memory, text, k=3):
    return memory.search(memory.embedder.embed([text])[0], SearchParams(k=k))


def test_an_empty_memory_answers_with_nothing(memory):
    found = memory.retrieve(memory.embedder.embed(["anything"])[0])
    hits, attended = found.hits, found.attended
    assert (len(memory), len(hits.keys), len(attended.keys)) == (0, 0, 0)
    assert memory.nodes(hits.keys) == []
    assert memory.search_text("anything") == []
    assert memory.warnings == ()


def test_search_retrieve_and_read(memory):
    for name in ("penguin colony", "ice drill", "lentil soup"):
        memory.add(f"all about the {name}", uri=name)
    hits = ask(memory, "penguin colony")
    assert memory.nodes(hits.keys)[0].uri == "penguin colony"
    assert list(hits.distances) == sorted(hits.distances)
    assert (hits.stats.k, hits.stats.min_distance) == (3, pytest.approx(float(hits.distances[0])))
    found = memory.retrieve(memory.embedder.embed(["penguin colony"])[0], SearchParams(k=3))
    assert (found.hits.keys == hits.keys).all() and (found.hits.distances == hits.distances).all()
    attended = found.attended
    # Float32: a sum of n terms to divide by is off by at most n * 2^-24, each division by 2^-24; twice that is allowed.
    assert abs(float(attended.weights.sum(dtype=np.float64)) - 1) <= (len(attended.weights) + 1) * 2.0**-23
    assert set(attended.keys) >= set(hits.keys)


def test_a_text_added_twice_is_kept_once_and_replaced_by_its_uri(memory):
    assert memory.add("first").added == 1
    assert memory.add("first").unchanged == 1
    assert memory.add("second", uri="u").added == 1
    report = memory.add("third", uri="u")
    assert (report.changed, report.nodes) == (1, 2)
    (node,) = memory.nodes(memory.store.document_nodes(memory.store.document("u").key))
    assert (node.text, node.source) == ("third", "user")
    with pytest.raises(UsageError, match="empty"):
        memory.add(" \n")


def test_written_back_notes_are_found_with_their_edges(memory):
    memory.add("the source", uri="s")
    (source,) = memory.store.document_nodes(memory.store.document("s").key)
    notes = [
        Note(text="an answer\0", edges=((source, "cites", 0.75), (999, "cites", 1.0))),
        Note(text="a summary", type="summary", title="Sum", metadata=NodeMetadata(tags=("x",))),
    ]
    answer, summary = memory.write_back(notes)
    assert (answer.text, answer.type, answer.source, answer.uri) == ("an answer", "memory", "agent", "")
    assert (summary.type, summary.title, summary.metadata.tags) == ("summary", "Sum", ("x",))
    assert [(e.dst, e.rel, e.weight) for e in memory.store.edges(answer.key)] == [(source, "cites", 0.75)]
    assert ask(memory, "an answer").keys[0] == answer.key
    assert memory.index.edge_count == 1
    assert memory.store.integrity() == ()


def test_writing_back_is_all_or_nothing(memory):
    with pytest.raises(ValueError, match="positive"):
        memory.write_back([Note(text="good"), Note(text="bad", edges=((1, "cites", -1.0),))])
    with pytest.raises(UsageError):
        memory.write_back([Note(text="good"), Note(text=" ")])
    assert memory.stats().nodes == 0
    assert memory.write_back([]) == []


def test_a_note_longer_than_the_embedder_reads_is_said(tmp_path):
    with Memory.open(tmp_path / "m", HashEmbedder(max_tokens=5)) as memory:
        memory.write_back([Note(text="one two three four five six")])
        assert "found by its beginning only" in memory.warnings[0]


def test_it_reopens_as_it_was_without_a_warning(tmp_path, hash_embedder):
    with Memory.open(tmp_path / "m", hash_embedder) as memory:
        memory.add("the penguin", uri="p")
        before = memory.stats()
    with Memory.open(tmp_path / "m", hash_embedder) as memory:
        assert (memory.stats(), memory.warnings) == (before, ())
        assert memory.nodes(ask(memory, "penguin").keys)[0].uri == "p"
    (tmp_path / "m.idx").unlink()
    with Memory.open(tmp_path / "m", hash_embedder) as memory:
        assert "was missing" in memory.warnings[0]
        assert memory.nodes(ask(memory, "penguin").keys)[0].uri == "p"


def test_another_embedders_memory_is_refused_and_untouched(tmp_path, hash_embedder):
    with Memory.open(tmp_path / "m", hash_embedder) as memory:
        memory.add("the penguin")
    for other in (HashEmbedder(dim=32), HashEmbedder(name="other")):
        with pytest.raises(MemoryFileError, match="choose that embedder again"):
            Memory.open(tmp_path / "m", other)
    with Memory.open(tmp_path / "m", hash_embedder) as memory:
        assert len(memory) == 1


def test_threads_may_search_while_one_writes(memory):
    memory.add("note zero", uri="zero")
    done, failures = threading.Event(), []

    def search():
        try:
            while not done.is_set():
                # Others may be replaced between the two calls; this one is always there.
                hits = ask(memory, "note zero", k=10)
                assert "zero" in {node.uri for node in memory.nodes(hits.keys)}
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for i in range(1, 30):
        memory.add(f"note {i}", uri=str(i % 6))
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(memory) == memory.stats().nodes == 7


@pytest.mark.parametrize(
    ("name", "value"), [("k", 0), ("ef_search", 0), ("max_nodes", 10**6), ("hops", -1), ("hops", 17)]
)
def test_a_search_parameter_out_of_range_is_named_with_its_range(memory, name, value):
    vector = memory.embedder.embed(["anything"])[0]
    params = SearchParams(**{name: value})
    for call in (memory.search, memory.retrieve, lambda *given: memory.find("anything", *given)):
        with pytest.raises(ValueError, match=f"{name} {value}: must be a whole number from"):
            call(vector, params)
