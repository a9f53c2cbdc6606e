"""What a memory file stores of a document, read back from rows that were written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sanderling.memory.store.description import describe_document, describe_node, entries, ids_from
from sanderling.memory.store.store import Store
from sanderling.records import NodeMetadata


@pytest.fixture
def store(tmp_path: Path):
    store = Store.open(tmp_path / "m.sanderling", "hash-4", 4)
    vectors = np.eye(4, dtype=np.float32)
    with store.write() as writer:
        metadata = NodeMetadata(timestamp="2026-03-01T00:00:00+00:00", tags=("deck",), language="en", domain="plant")
        _, pump = writer.add_document("/n/pump.md", "Pump", "a", ["one", "two"], vectors[:2], metadata=metadata)
        _, other = writer.add_document("/n/ada.md", "Ada", "b", ["three"], vectors[:1])
        writer.add_edges("cites", [(pump[1], other[0], 2.0)])
        writer.add_edges("follows", [(pump[0], pump[1], 1.0)])
    yield store
    store.close()


def test_entries_are_in_the_order_of_ingest_with_their_counts(store: Store) -> None:
    pump, ada = entries(store)
    assert (pump.title, pump.uri, pump.nodes, pump.edges) == ("Pump", "/n/pump.md", 2, 2)
    assert (pump.date, bool(pump.ingested_at)) == ("2026-03-01T00:00:00+00:00", True)
    assert (ada.title, ada.nodes, ada.edges) == ("Ada", 1, 0)
    assert pump.id == store.nodes([1])[0].id


def test_a_document_with_its_nodes_and_edges(store: Store) -> None:
    found = describe_document(store, "/n/pump.md")
    assert found is not None
    assert (found.title, found.tags, found.language, found.domain) == ("Pump", ("deck",), "en", "plant")
    assert [(node.position, node.text) for node in found.nodes] == [(0, "one"), (1, "two")]
    assert [[(edge.relation, edge.weight, edge.title) for edge in node.edges] for node in found.nodes] == [
        [("follows", 1.0, "Pump")],
        [("cites", 2.0, "Ada")],
    ]
    assert describe_document(store, "/n/none.md") is None


def test_a_node_with_what_its_document_says(store: Store) -> None:
    second = store.nodes([2])[0].id
    found = describe_node(store, second)
    assert found is not None
    assert (found.uri, found.node_count, [node.id for node in found.nodes]) == ("/n/pump.md", 2, [second])
    assert describe_node(store, "none") is None


def test_ids_that_begin_alike(store: Store) -> None:
    every = sorted(node.id for node in store.nodes([1, 2, 3]))
    assert ids_from(store, "", 9) == every
    assert ids_from(store, "", 2) == every[:2]
    assert ids_from(store, every[0], 9) == every[:1]
    assert ids_from(store, "%", 9) == []
