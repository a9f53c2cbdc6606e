"""Find and remove rows that refer to missing rows, and edges and vectors that no index can hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .changes import BATCH
from .schema import RELATION_LIMIT
from .store import Store

_ORPHANS = "document IS NOT NULL AND document NOT IN (SELECT key FROM document)"
# A weight becomes a float32: what rounds to zero or to infinity cannot be indexed. A relation becomes 16 bits.
_EDGES_OF_NO_INDEX = (
    f"NOT weight BETWEEN 7.1e-46 AND 3.4028234663852886e38 OR NOT rel BETWEEN 0 AND {RELATION_LIMIT - 1}"
)
# (table, what its dangling rows are called, which they are). Nodes first: the rows of a node go with it.
_DANGLING = (
    ("node", "nodes of a lost document", _ORPHANS),
    ("vector", "vectors of no node", "node NOT IN (SELECT key FROM node)"),
    ("link", "links of no node", "node NOT IN (SELECT key FROM node)"),
    ("name", "names of no node", "node NOT IN (SELECT key FROM node)"),
    ("entity", "entities of no node", "node NOT IN (SELECT key FROM node)"),
    (
        "edge",
        "edges from, to or of nothing",
        "src NOT IN (SELECT key FROM node) OR dst NOT IN (SELECT key FROM node) "
        "OR rel NOT IN (SELECT id FROM relation)",
    ),
    ("edge", "edges that no index can hold", _EDGES_OF_NO_INDEX),
)


def orphans(store: Store) -> list[int]:
    """Return the keys of nodes whose document is missing."""
    return [key for (key,) in store.database.execute(f"SELECT key FROM node WHERE {_ORPHANS}")]


def remove_dangling(store: Store) -> Iterator[tuple[int, str]]:
    """Delete the rows that refer to missing rows, and edges that no index can hold. Call inside ``store.write()``.

    Yield (count, description) for each kind of deleted row.
    """
    for table, what, which in _DANGLING:
        store.database.execute(f"DELETE FROM {table} WHERE {which}")
        count = store.database.execute("SELECT changes()")[0][0]
        if count:
            yield count, what


def count_unindexable_edges(store: Store) -> int:
    """Count the edges with an invalid weight or relation number.

    A weight must be a positive float32, a relation number fit 16 bits.
    """
    return int(store.database.execute(f"SELECT count(*) FROM edge WHERE {_EDGES_OF_NO_INDEX}")[0][0])


def vector_blobs(store: Store) -> Iterator[tuple[int, bytes | None]]:
    """Yield (node, vector as bytes) in rising order of nodes. The vector is None if its cell is not a blob.

    Call inside ``store.read()``.
    """
    # A text is not even read: it may not be UTF-8.
    blobs = "SELECT node, CASE typeof(value) WHEN 'blob' THEN value END FROM vector ORDER BY node"
    for rows in store.database.batches(blobs, (), BATCH):
        yield from rows


def delete_vectors(store: Store, nodes: Iterable[int]) -> None:
    """Delete the vectors of ``nodes``. Call inside ``store.write()``."""
    store.database.run_many("DELETE FROM vector WHERE node = ?", [(node,) for node in nodes])


def nodes_without_vector(store: Store) -> list[int]:
    """Return the keys of nodes that have no vector."""
    rows = store.database.execute("SELECT key FROM node WHERE key NOT IN (SELECT node FROM vector)")
    return [key for (key,) in rows]


def positions(store: Store, document: int) -> list[tuple[int, int]]:
    """Return (key, position) of each node of ``document``, by rising position."""
    sql = "SELECT key, position FROM node WHERE document = ? ORDER BY position"
    return store.database.execute(sql, (document,))
