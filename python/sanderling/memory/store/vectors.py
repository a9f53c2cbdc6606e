"""Read the embedded text of every node, and replace all vectors at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ...records import Keys, Vectors
from . import meta
from .packed import Precision, pack, packed_bytes, unpack
from .schema import RELATIONS
from .store import Store
from .writer import Writer

BATCH = 1024
_PLAIN = "SELECT node, value FROM vector WHERE node > ? AND length(value) = ? ORDER BY node LIMIT ?"
_UNLOG = "DELETE FROM change WHERE src IS NOT NULL AND generation = (SELECT max(generation) FROM change)"


def embedded_parts(store: Store) -> Iterator[tuple[int, str, str, str]]:
    """Yield (node, title, names, text) of every node, by rising key."""
    for rows in store.database.batches("SELECT key, title, names, text FROM node ORDER BY key", (), BATCH):
        yield from rows


def replace_vectors(store: Store, embedder_id: str, keys: Keys, vectors: Vectors, precision: Precision) -> None:
    """Replace the vectors of ``keys`` with the rows of ``vectors``, float32[keys, dim].

    The memory gets their dimension, ``embedder_id`` and ``precision``. Inside a writing transaction, after
    which the store must be opened again. Raises ValueError for a vector that is not finite or all zero.
    """
    if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
        raise ValueError("a vector must be finite and must not be all zero")
    rows: list[tuple[object, ...]] = [
        (pack(vector, precision), key) for key, vector in zip(keys.tolist(), vectors, strict=True)
    ]
    store.database.run_many("UPDATE vector SET value = ? WHERE node = ?", rows)
    meta.put(store.database, "embedder_id", embedder_id)
    meta.put(store.database, "dim", str(vectors.shape[1]))
    meta.put(store.database, "vectors", precision)


def pack_vectors(store: Store) -> int:
    """Pack the float32 vectors of an int16 memory; return how many were packed.

    In a writing transaction without other changes. The index need not follow, since it keeps them in the same steps.
    """
    if store.precision != "int16" or packed_bytes(store.dim) >= 4 * store.dim:
        return 0
    done, last = 0, -1
    while rows := store.database.execute(_PLAIN, (last, 4 * store.dim, BATCH)):
        last = rows[-1][0]
        packed = [(pack(unpack(value, store.dim), "int16"), node) for node, value in rows]
        packed = [each for each in packed if len(each[0]) == packed_bytes(store.dim)]
        store.database.run_many("UPDATE vector SET value = ? WHERE node = ?", list(packed))
        done += len(packed)
    store.database.execute(_UNLOG)
    return done


def replace_topics(store: Store, writer: Writer, edges: Iterable[tuple[int, int, float]]) -> None:
    """Replace all ``same_topic`` edges except those that a user drew. Inside the transaction of ``writer``."""
    relation = RELATIONS["same_topic"]
    users = set(store.database.execute("SELECT src, dst FROM edge WHERE rel = ? AND created_by = 'user'", (relation,)))
    store.database.execute("DELETE FROM edge WHERE rel = ? AND created_by <> 'user'", (relation,))
    drawn = [edge for edge in edges if not {(edge[0], edge[1]), (edge[1], edge[0])} & users]
    writer.add_edges("same_topic", drawn)
