"""Read the nodes and edges changed since a generation, in batches of arrays.

Changes are not replayed in order: for each node or edge in the log after the generation, its present state is read. So
a replay can be repeated, and the whole memory is the same without a log.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...records import Keys, Vectors
from .packed import unpack_all
from .store import Store

# Vectors of one batch at dimension 384: 1.5 MiB.
BATCH = 1024


class NodeChanges(NamedTuple):
    """A batch of changed nodes: existing ones with vectors, float32[n, dim], and deleted ones."""

    keys: Keys
    vectors: Vectors
    gone: Keys


class EdgeChanges(NamedTuple):
    """Changed edges as parallel arrays; weight 0 marks a deleted edge."""

    src: Keys
    dst: Keys
    rel: NDArray[np.uint16]
    weight: Vectors


def node_changes(store: Store, after: int | None) -> Iterator[NodeChanges]:
    """Yield the nodes changed after generation ``after``; None: all nodes. Only inside ``store.read()``."""
    values = () if after is None else (after,)
    if after is None:
        sql = "SELECT v.node, v.value FROM vector v JOIN node n ON n.key = v.node ORDER BY v.node"
    else:
        sql = (
            "SELECT c.src, v.value FROM (SELECT DISTINCT src FROM change WHERE generation > ? "
            "AND src IS NOT NULL AND dst IS NULL) c "
            "LEFT JOIN vector v ON v.node = c.src ORDER BY c.src"
        )
    for rows in store.database.batches(sql, values, BATCH):
        gone = np.array([key for key, value in rows if value is None], dtype=np.uint64)
        here = [(key, value) for key, value in rows if value is not None]
        yield NodeChanges(
            keys=np.array([key for key, _ in here], dtype=np.uint64),
            vectors=unpack_all([value for _, value in here], store.dim),
            gone=gone,
        )


def edge_changes(store: Store, after: int | None) -> Iterator[EdgeChanges]:
    """Yield the edges changed after generation ``after``; None: all edges. Only inside ``store.read()``."""
    values = () if after is None else (after,)
    if after is None:
        sql = "SELECT src, dst, rel, weight FROM edge"
    else:
        sql = (
            "SELECT c.src, c.dst, c.rel, coalesce(e.weight, 0) FROM (SELECT DISTINCT src, dst, rel FROM change "
            "WHERE generation > ? AND dst IS NOT NULL) c "
            "LEFT JOIN edge e ON e.src = c.src AND e.dst = c.dst AND e.rel = c.rel"
        )
    for rows in store.database.batches(sql, values, BATCH):
        src, dst, rel, weight = zip(*rows, strict=True)
        yield EdgeChanges(
            src=np.array(src, dtype=np.uint64),
            dst=np.array(dst, dtype=np.uint64),
            rel=np.array(rel, dtype=np.uint16),
            weight=np.array(weight, dtype=np.float32),
        )
