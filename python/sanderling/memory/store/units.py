"""Read what devices exchange: documents and notes as stored, and edges drawn by hand.

An edge is drawn by hand if a user drew it, if it touches a node without a document, or if its relation is none that
ingest draws. All others follow from the documents, and are drawn again wherever these are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from ...records import NodeSource, NodeType
from .database import json_array
from .rows import documents
from .schema import RELATIONS
from .store import Store
from .writer import StoredDocument

BATCH = 1024
DRAWN = ("cites", "follows", "same_topic", "shares_entity")
"""Relations of edges that ingest draws."""

_AMONG = "IN (SELECT value FROM json_each(?))"
_OWNERS = """
SELECT n.document, coalesce(d.uri, n.id), n.key, n.domain, n.tags, n.source, n.type
FROM node n LEFT JOIN document d ON d.key = n.document ORDER BY n.document, n.key
"""
_NODES = """
SELECT n.document, n.key, n.id, n.text, n.title, n.type, n.source, n.timestamp, n.tags, n.language, n.domain, n.version,
       n.score, n.names, n.dated
FROM node n WHERE {which} ORDER BY n.document, n.position, n.key
"""
_MADE = f"""
SELECT e.id, s.id, d.id, r.name, e.weight, e.timestamp, e.created_by, e.confidence, e.src, e.dst
FROM edge e JOIN relation r ON r.id = e.rel JOIN node s ON s.key = e.src JOIN node d ON d.key = e.dst
WHERE (e.created_by = 'user' OR s.document IS NULL OR d.document IS NULL
       OR e.rel NOT IN ({", ".join(str(RELATIONS[name]) for name in DRAWN)}))
"""
_DRAWN = f"""
SELECT s.id, d.id, e.rel, e.weight, e.timestamp, e.confidence
FROM edge e JOIN node s ON s.key = e.src JOIN node d ON d.key = e.dst
WHERE e.created_by <> 'user' AND s.document IS NOT NULL AND d.document IS NOT NULL
      AND e.rel IN ({", ".join(str(RELATIONS[name]) for name in DRAWN)}) ORDER BY e.key
"""
# The signs keep SQLite from its index of edges, in which it would look up every pair of nodes.
_DELETE_DRAWN = f"""
DELETE FROM edge WHERE created_by <> 'user' AND +rel IN ({", ".join(str(RELATIONS[name]) for name in DRAWN)})
    AND +src IN (SELECT key FROM node WHERE document IS NOT NULL)
    AND +dst IN (SELECT key FROM node WHERE document IS NOT NULL)
"""


class Owner(NamedTuple):
    """A node's document, with the properties that decide whether the document may leave the device."""

    document: int | None
    name: str
    """Address of the document; for a node without one, its id."""
    key: int
    domain: str
    tags: tuple[str, ...]
    source: NodeSource
    type: NodeType


def owners(store: Store) -> Iterator[Owner]:
    """Yield the owner of every node: nodes without a document first, then by document.

    Call inside ``store.read()``.
    """
    for rows in store.database.batches(_OWNERS, (), BATCH):
        for document, name, key, domain, tags, source, type in rows:
            yield Owner(document, name, key, domain, msgspec.json.decode(tags, type=tuple[str, ...]), source, type)


def documents_at(store: Store, keys: Iterable[int]) -> dict[int, StoredDocument]:
    """Return the documents with the keys ``keys``, by key."""
    found = documents(store.database, f"WHERE key {_AMONG}", (json_array(keys),))
    return {document.key: document for document in found}


def nodes_of_documents(store: Store, documents: Iterable[int]) -> list[tuple[Any, ...]]:
    """Return (document, key, id, text, title, type, …) of the nodes of ``documents``.

    They are in the reading order of each document.
    """
    return store.database.execute(_NODES.format(which=f"n.document {_AMONG}"), (json_array(documents),))


def loose_nodes(store: Store, keys: Iterable[int]) -> list[tuple[Any, ...]]:
    """Return (None, key, id, text, title, type, …) of the nodes in ``keys`` without a document."""
    return store.database.execute(_NODES.format(which=f"n.document IS NULL AND n.key {_AMONG}"), (json_array(keys),))


def kept_vectors(store: Store, keys: Iterable[int]) -> dict[int, bytes]:
    """Return the stored vectors of ``keys``, as bytes."""
    sql = f"SELECT node, value FROM vector WHERE node {_AMONG}"
    return dict(store.database.execute(sql, (json_array(keys),)))


def made_edges(store: Store, keys: Iterable[int] | None = None) -> Iterator[tuple[Any, ...]]:
    """Yield all edges drawn by hand.

    Each is (id, source's id, target's id, relation, weight, timestamp, by, confidence, source, target).

    ``keys``: of those that touch these nodes; None: of all. Call inside a transaction.
    """
    if keys is None:
        for rows in store.database.batches(_MADE, (), BATCH):
            yield from rows
        return
    listed = json_array(keys)
    yield from store.database.execute(f"{_MADE} AND (e.src {_AMONG} OR e.dst {_AMONG})", (listed, listed))


def drawn_edges(store: Store) -> Iterator[tuple[str, str, int, float, str, float]]:
    """Yield all edges drawn by ingest.

    Each is (source's id, target's id, number of the relation, weight, timestamp, confidence). Call inside a
    transaction.
    """
    for rows in store.database.batches(_DRAWN, (), BATCH):
        yield from rows


def rename_nodes(store: Store, ids: Iterable[tuple[int, str]]) -> None:
    """Change the ids of nodes. ``ids``: pairs (key, id). Call inside a writing transaction."""
    store.database.run_many("UPDATE node SET id = ? WHERE key = ?", [(id_, key) for key, id_ in ids])


def delete_edge(store: Store, src: int, dst: int, relation: int) -> None:
    """Delete an edge if it exists. Call inside a writing transaction."""
    store.database.execute("DELETE FROM edge WHERE src = ? AND dst = ? AND rel = ?", (src, dst, relation))


def put_edge(store: Store, values: tuple[object, ...]) -> None:
    """Add or replace an edge. ``values``: (id, source, target, relation, weight, timestamp, by, confidence).

    Call inside a writing transaction.
    """
    store.database.execute(
        "INSERT INTO edge(id, src, dst, rel, weight, timestamp, created_by, confidence) VALUES(?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT(src, dst, rel) DO UPDATE SET id = excluded.id, weight = excluded.weight, "
        "timestamp = excluded.timestamp, created_by = excluded.created_by, confidence = excluded.confidence",
        values,
    )


def replace_drawn(store: Store, edges: Iterable[tuple[int, int, int, float, str, float]], ids: Iterator[str]) -> None:
    """Replace all edges drawn by ingest. ``edges``: (source, target, relation, weight, timestamp, confidence).

    ``ids``: new ids. An edge drawn by hand between the same nodes stays. Call inside a writing transaction.
    """
    store.database.execute(_DELETE_DRAWN)
    store.database.run_many(
        "INSERT INTO edge(id, src, dst, rel, weight, timestamp, created_by, confidence) "
        "VALUES(?, ?, ?, ?, ?, ?, 'agent', ?) ON CONFLICT DO NOTHING",
        [(next(ids), *edge) for edge in edges],
    )
