"""The edges among a question's candidates, as arrays for the network."""

from __future__ import annotations

import numpy as np

from ....records import Keys
from ...store.edges import edges_among
from ...store.store import Store
from .network import Array, Indices


def edges(store: Store, keys: Keys) -> tuple[Indices, Indices, Indices, Array]:
    """Return the edges among ``keys``, in both directions, as arrays. These are receivers, senders, slots and weights.

    The slot of an edge is twice its relation, plus 1 against its direction, as in ``graph/subgraph.rs``.
    """
    place = {key: at for at, key in enumerate(keys.tolist())}
    rows = edges_among(store, place)
    along = [(place[dst], place[src], 2 * rel, weight) for src, dst, rel, weight in rows]
    against = [(place[src], place[dst], 2 * rel + 1, weight) for src, dst, rel, weight in rows if src != dst]
    columns = np.array(along + against, float).reshape(-1, 4).T
    receiver, sender, slot = columns[:3].astype(np.int64)
    return receiver, sender, slot, columns[3]
