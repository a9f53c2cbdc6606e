"""A snapshot with any one byte altered is refused, or it is the same index. Nothing here knows how it is laid out."""

from __future__ import annotations

import os

import numpy as np
import pytest

from sanderling._core import CoreError, GraphMemory
from sanderling.memory import Memory
from sanderling.memory.index import index_path
from sanderling.records import SearchParams

NODES, DIM, GENERATION = 10, 8, 77
# More bytes than this are sampled, evenly and with both ends.
MAX_BYTES = 1 << 15

KEYS = np.arange(1, NODES + 1, dtype=np.uint64)
SRC, DST = KEYS[:-1], KEYS[1:]
REL = np.arange(NODES - 1, dtype=np.uint16) % 3
VECTORS = np.random.default_rng(0).normal(size=(NODES, DIM)).astype(np.float32)


def graph():
    made = GraphMemory(DIM, metric="cosine", m=4, ef_construction=20, seed=1)
    made.insert(KEYS, VECTORS)
    made.link(SRC, DST, REL, np.linspace(0.5, 1, NODES - 1, dtype=np.float32))
    return made


def everything(graph, generation):
    """All that can be asked of an index, taking it apart at the end."""
    found = [graph.search(vector, SearchParams(k=NODES)) for vector in VECTORS]
    weighed = graph.attend(VECTORS[0], KEYS[:2], SearchParams(max_nodes=NODES))
    return (
        *(generation, graph.dim, graph.metric, len(graph), graph.edge_count),
        graph.vectors(KEYS).tobytes(),
        *(each.keys.tobytes() + each.distances.tobytes() for each in found),
        weighed.keys.tobytes() + weighed.weights.tobytes(),
        graph.unlink(SRC, DST, REL),
    )


@pytest.fixture
def snapshot(tmp_path):
    path = tmp_path / "snapshot"
    graph().save(path, GENERATION)
    return path


def positions(size):
    return np.unique(np.linspace(0, size - 1, min(size, MAX_BYTES)).astype(int)).tolist()


@pytest.mark.parametrize("pattern", [0x01, 0x80, 0xFF], ids=hex)
def test_every_altered_byte_is_detected_or_harmless(snapshot, pattern):
    data = snapshot.read_bytes()
    expected = everything(graph(), GENERATION)
    detected = 0
    altered = bytearray(data)
    for at in positions(len(data)):
        altered[at] ^= pattern
        # A file of its own: what is mapped into memory elsewhere must not change under it.
        snapshot.unlink()
        snapshot.write_bytes(altered)
        altered[at] ^= pattern
        try:
            found = everything(*GraphMemory.load(snapshot))
        except CoreError:
            detected += 1
        else:
            assert found == expected, f"byte {at} of {len(data)}"
    # Padding may be altered without harm; there is less of it than of content.
    assert detected > len(positions(len(data))) / 2


def test_every_truncation_is_detected(snapshot):
    data = snapshot.read_bytes()
    for size in positions(len(data)):
        snapshot.unlink()
        snapshot.write_bytes(data[:size])
        with pytest.raises(CoreError):
            GraphMemory.load(snapshot)


def test_a_memory_with_an_altered_snapshot_answers_as_before(tmp_path, folder, hash_embedder):
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as memory:
        memory.ingest([folder({f"{i}.md": f"# Note {i}\n\nword{i} is in note {i}" for i in range(NODES)})])
        queries = hash_embedder.embed([f"word{i} is in note {i}" for i in range(NODES)])
        expected = [memory.search(query, SearchParams(k=3)).keys.tolist() for query in queries]
    data = index_path(path).read_bytes()
    rebuilt = 0
    for at in np.random.default_rng(1).choice(len(data), 25, replace=False).tolist():
        altered = bytearray(data)
        altered[at] ^= 0x10
        index_path(path).write_bytes(altered)
        with Memory.open(path, hash_embedder) as memory:
            assert [memory.search(query, SearchParams(k=3)).keys.tolist() for query in queries] == expected
            assert memory.index.edge_count == memory.stats().edges
            # Vectors are compared with their checksums when they are first used, so only now.
            rebuilt += any("rebuilt from the memory" in warning for warning in memory.warnings)
    assert rebuilt > 12


def test_an_index_made_longer_without_content_is_rebuilt(tmp_path, hash_embedder):
    path = tmp_path / "m"
    with Memory.open(path, hash_embedder) as memory:
        memory.add("The pump leaks.")
    os.truncate(index_path(path), 1 << 40)
    with Memory.open(path, hash_embedder) as memory:
        assert any("rebuilt" in warning for warning in memory.warnings)
        assert len(memory) == 1
