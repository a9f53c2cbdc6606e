"""Look up documents' first nodes, and the nodes that documents cite."""

from __future__ import annotations

from collections.abc import Iterable

from .database import json_array
from .schema import RELATIONS
from .store import Store


def first_nodes_of(store: Store, documents: Iterable[int]) -> list[tuple[int, int]]:
    """Return (first node, document) for each of ``documents``."""
    return store.database.execute(
        "SELECT key, document FROM node WHERE position = 0 AND document IN (SELECT value FROM json_each(?))",
        (json_array(documents),),
    )


def citations(store: Store, documents: Iterable[int]) -> list[tuple[int, int, float, int]]:
    """Return (src, dst, weight, document) of each ``cites`` edge from a node of ``documents``."""
    return store.database.execute(
        "SELECT e.src, e.dst, e.weight, n.document FROM node n JOIN edge e ON e.src = n.key "
        "WHERE e.rel = ? AND n.document IN (SELECT value FROM json_each(?))",
        (RELATIONS["cites"], json_array(documents)),
    )
