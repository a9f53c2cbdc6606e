"""Read the texts that the vectors of all nodes are made from, and replace all vectors at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ...records import Keys, Vectors
from . import meta
from .schema import RELATIONS
from .store import Store
from .writer import Writer

BATCH = 1024


def embedded_parts(store: Store) -> Iterator[tuple[int, str, str, str]]:
    """Yield (node, title, names, text) of every node, in rising order of keys."""
    for rows in store.database.batches("SELECT key, title, names, text FROM node ORDER BY key", (), BATCH):
        yield from rows


def replace_vectors(store: Store, embedder_id: str, keys: Keys, vectors: Vectors) -> None:
    """Replace the vector of each of ``keys`` by its row of ``vectors``, float32[keys, dim].

    The memory gets their dimension and ``embedder_id``. Inside a writing transaction, after which the store must be
    opened again. Raises ValueError for a vector that is not finite or all zero.
    """
    if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
        raise ValueError("a vector must be finite and must not be all zero")
    rows: list[tuple[object, ...]] = [
        (vector.astype("<f4").tobytes(), key) for key, vector in zip(keys.tolist(), vectors, strict=True)
    ]
    store.database.run_many("UPDATE vector SET value = ? WHERE node = ?", rows)
    meta.put(store.database, "embedder_id", embedder_id)
    meta.put(store.database, "dim", str(vectors.shape[1]))


def replace_topics(store: Store, writer: Writer, edges: Iterable[tuple[int, int, float]]) -> None:
    """Replace all ``same_topic`` edges but those that a user drew. Inside the transaction of ``writer``."""
    relation = RELATIONS["same_topic"]
    users = set(store.database.execute("SELECT src, dst FROM edge WHERE rel = ? AND created_by = 'user'", (relation,)))
    store.database.execute("DELETE FROM edge WHERE rel = ? AND created_by <> 'user'", (relation,))
    drawn = [edge for edge in edges if not {(edge[0], edge[1]), (edge[1], edge[0])} & users]
    writer.add_edges("same_topic", drawn)
