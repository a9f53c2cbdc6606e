from __future__ import annotations

import numpy as np

from sanderling.memory.store import units
from sanderling.memory.store.schema import RELATIONS
from sanderling.memory.store.store import Store
from sanderling.memory.store.units import drawn_edges, replace_drawn


def edges(store: Store) -> set[tuple[int, int, str, str]]:
    sql = "SELECT src, dst, r.name, created_by FROM edge JOIN relation r ON r.id = rel"
    return set(store.database.execute(sql))


def test_edges_between_documents_are_replaced_and_others_stay(store: Store) -> None:
    with store.write() as writer:
        vectors = np.eye(4, dtype=np.float32)
        a, b, c = (writer.add_document(f"u{i}", "", str(i), [f"note {i}"], vectors[i : i + 1])[1][0] for i in range(3))
        remembered = writer.add_node("remembered", vectors[3])
        writer.add_edges("cites", [(a, b, 1.0), (a, remembered, 1.0)])
        writer.add_edges("same_topic", [(b, c, 1.0)])
        writer.add_edges("cites", [(c, a, 1.0)], created_by="user")
        replace_drawn(store, [(c, b, RELATIONS["cites"], 0.5, "2026-01-01T00:00:00+00:00", 1.0)], iter(["edge 1"]))
    assert edges(store) == {(c, b, "cites", "agent"), (a, remembered, "cites", "agent"), (c, a, "cites", "user")}
    with store.read():
        assert [(relation, weight) for _, _, relation, weight, _, _ in drawn_edges(store)] == [
            (RELATIONS["cites"], 0.5)
        ]


def test_drawn_edges_are_deleted_in_one_pass(store: Store) -> None:
    """Not by looking up every pair of nodes, which took 18 s for 11,000 nodes."""
    plan = store.database.execute(f"EXPLAIN QUERY PLAN {units._DELETE_DRAWN}")
    assert plan[0][3] == "SCAN edge"
