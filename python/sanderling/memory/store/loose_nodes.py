"""Look up the nodes without a document, and merge two such nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .changes import BATCH
from .database import Database
from .store import Store

_NODE = (
    "SELECT id, text, type, source, title, domain, tags, timestamp, score FROM node WHERE key = ? AND document IS NULL"
)
_VECTORS = "SELECT v.node, v.value FROM vector v JOIN node n ON n.key = v.node WHERE n.document IS NULL"


class LooseNode(NamedTuple):
    """The fields by which duplicate nodes are recognised and merged."""

    id: str
    text: str
    kind: tuple[str, str, str, str]
    """Type, source, title and domain."""
    tags: str
    """Tags as a JSON array."""
    timestamp: str
    score: float


def loose_keys(store: Store) -> list[int]:
    """Return the keys of all nodes without a document."""
    return [key for (key,) in store.database.execute("SELECT key FROM node WHERE document IS NULL")]


def loose_vectors(store: Store) -> Iterator[tuple[int, bytes]]:
    """Yield (key, vector) for each node without a document. Call inside ``store.read()``.

    A vector is bytes as :mod:`~sanderling.memory.store.packed` has them.
    """
    for rows in store.database.batches(_VECTORS, (), BATCH):
        yield from rows


def loose_node(database: Database, key: int) -> LooseNode | None:
    """Return the node ``key``; None if the node is gone or belongs to a document."""
    for id_, text, type_, source, title, domain, tags, timestamp, score in database.execute(_NODE, (key,)):
        return LooseNode(id_, text, (type_, source, title, domain), tags, timestamp, score)
    return None


def absorb(database: Database, kept: int, gone: int, tags: str, timestamp: str, score: float) -> None:
    """Merge the node ``gone`` into ``kept``: move the edges of ``gone``, then delete ``gone``.

    ``tags``, ``timestamp`` and ``score`` are set on ``kept``. Where both nodes had an edge the heavier weight stays.
    Call inside a writing transaction.
    """
    database.execute(
        "UPDATE node SET tags = ?, timestamp = ?, score = ? WHERE key = ?",
        (tags, timestamp, score, kept),
    )
    _move_edges(database, gone, kept)
    # What is left at the node is an edge to the kept one itself.
    database.execute("DELETE FROM node WHERE key = ?", (gone,))


def _move_edges(database: Database, source: int, target: int) -> None:
    for end, far in (("src", "dst"), ("dst", "src")):
        database.execute(
            f"UPDATE edge SET weight = max(weight, (SELECT o.weight FROM edge o WHERE o.{end} = ?1 "
            f"AND o.{far} = edge.{far} AND o.rel = edge.rel)) "
            f"WHERE {end} = ?2 AND EXISTS (SELECT 1 FROM edge o WHERE o.{end} = ?1 AND o.{far} = edge.{far} "
            "AND o.rel = edge.rel)",
            (source, target),
        )
        database.execute(f"UPDATE OR IGNORE edge SET {end} = ?2 WHERE {end} = ?1 AND {far} <> ?2", (source, target))
