from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hash_embedder import HashEmbedder

from sanderling.memory import Memory
from sanderling.response_cache.dependencies import Dependencies, dependencies_of


@pytest.fixture
def memory(tmp_path):
    with Memory.open(tmp_path / "m", HashEmbedder()) as opened:
        for uri in "abc":
            opened.add(f"note {uri} on the feed pump", uri=uri)
        yield opened


def found(memory, keys):
    result = memory.find("feed pump", memory.embedder.embed(["feed pump"])[0])
    order = np.array(keys, dtype=np.uint64)
    return msgspec.structs.replace(result, attended=msgspec.structs.replace(result.attended, keys=order))


def key(memory, uri):
    (only,) = memory.store.document_nodes(memory.store.document(uri).key)
    return only


def test_a_change_of_a_note_shown_or_of_an_edge_at_it_is_seen_and_no_other(memory):
    a, b, c = (key(memory, uri) for uri in "abc")
    shown = dependencies_of(memory.store, [a, b], found(memory, [a, b, c]))
    assert shown.unchanged(memory.store)
    memory.add("nothing of the kind", uri="far")
    far = key(memory, "far")
    assert shown.unchanged(memory.store)
    with memory.store.write() as writer:
        writer.add_edges("cites", [(far, c, 1.0)])
    assert shown.unchanged(memory.store)
    with memory.store.write() as writer:
        writer.add_edges("cites", [(far, a, 1.0)])
    assert not shown.unchanged(memory.store)


def test_a_replaced_note_is_seen(memory):
    a, b = key(memory, "a"), key(memory, "b")
    shown = dependencies_of(memory.store, [a], found(memory, [a, b]))
    memory.add("note a on another pump", uri="a")
    assert not shown.unchanged(memory.store)


@pytest.mark.parametrize(
    ("keys", "fits"),
    [
        ([1, 2, 3], True),
        ([2, 1, 3], True),
        ([3, 2, 1], True),  # an older note before them changes nothing
        ([1, 2, 9], True),
        ([1, 9, 2], False),
        ([1, 3], False),
    ],
)
def test_the_notes_shown_must_rank_first_again_but_for_older_ones(memory, keys, fits):
    assert Dependencies(shown=(1, 2), newest=5, digest=b"").fits(found(memory, keys)) is fits
