"""Read the rows for an export, and insert imported rows with their ids and times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...records import Edge, EdgeMetadata
from .database import json_array
from .rows import documents
from .store import Store
from .writer import StoredDocument, Writer, now

BATCH = 1024
_LOOSE = "SELECT key FROM node WHERE document IS NULL ORDER BY key"
_NAMES = "SELECT node, heading, text FROM name WHERE node IN (SELECT value FROM json_each(?)) ORDER BY node, text"
_LINKS = "SELECT node, target FROM link WHERE node IN (SELECT value FROM json_each(?)) ORDER BY node, target"
_EDGES = """
SELECT e.id, s.id, d.id, r.name, e.weight, e.timestamp, e.created_by, e.confidence
FROM edge e JOIN relation r ON r.id = e.rel JOIN node s ON s.key = e.src JOIN node d ON d.key = e.dst
ORDER BY e.src, e.dst, r.name
"""
_INSERT_EDGE = """
INSERT INTO edge(id, src, dst, rel, weight, timestamp, created_by, confidence) VALUES(?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT(src, dst, rel) DO NOTHING
"""


def stored_documents(store: Store) -> Iterator[StoredDocument]:
    """Yield all documents in order of their keys."""
    return documents(store.database, "ORDER BY key")


def loose_keys(store: Store) -> list[int]:
    """Return the nodes without a document, in order of their keys."""
    return [key for (key,) in store.database.execute(_LOOSE)]


def names_of(store: Store, nodes: Iterable[int]) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the aliases and headings of each node with an alias or a heading."""
    found: dict[int, tuple[list[str], list[str]]] = {}
    for node, heading, text in store.database.execute(_NAMES, (json_array(nodes),)):
        found.setdefault(node, ([], []))[heading].append(text)
    return {node: (tuple(aliases), tuple(headings)) for node, (aliases, headings) in found.items()}


def links_of(store: Store, nodes: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Return the addresses that each node's text links to."""
    found: dict[int, list[str]] = {}
    for node, target in store.database.execute(_LINKS, (json_array(nodes),)):
        found.setdefault(node, []).append(target)
    return {node: tuple(targets) for node, targets in found.items()}


def edges_by_id(store: Store) -> Iterator[tuple[str, str, str, str, float, EdgeMetadata]]:
    """Yield (id, source's id, target's id, relation, weight, metadata) of every edge. Inside a transaction."""
    for rows in store.database.batches(_EDGES, (), BATCH):
        for id_, src, dst, rel, weight, timestamp, created_by, confidence in rows:
            metadata = EdgeMetadata(timestamp=timestamp, created_by=created_by, confidence=confidence)
            yield id_, src, dst, rel, weight, metadata


def keys_of(store: Store, ids: Iterable[str]) -> dict[str, int]:
    """Return the key of each of ``ids`` that is in the memory."""
    sql = "SELECT id, key FROM node WHERE id IN (SELECT value FROM json_each(?))"
    return dict(store.database.execute(sql, (json_array(ids),)))


def insert_document(store: Store, uri: str, title: str, content_hash: str, ingested_at: str, nodes: int) -> int:
    """Add a document's row, without its ``nodes`` nodes; return its key.

    Inside a writing transaction.
    """
    return store.database.insert(
        "INSERT INTO document(uri, title, content_hash, ingested_at, node_count) VALUES(?, ?, ?, ?, ?)",
        (uri, title, content_hash, ingested_at or now(), nodes),
    )


def insert_edges(store: Store, writer: Writer, edges: Iterable[Edge]) -> int:
    """Add edges with their ids and times, except edges that exist already.

    An edge exists if one of the same relation joins the two nodes.

    Returns the number added. In the transaction of ``writer``; the weakest edges of a node with too many are dropped
    at its end, as always.
    """
    added = 0
    for edge in edges:
        origin = edge.metadata
        ends = (edge.src, edge.dst, writer.relation(edge.rel))
        values = (edge.weight, origin.timestamp or now(), origin.created_by, origin.confidence)
        store.database.execute(_INSERT_EDGE, (edge.id, *ends, *values))
        added += int(store.database.execute("SELECT changes()")[0][0])
        writer.linked.update((edge.src, edge.dst))
    return added
