"""Look up edges by relation and by the nodes at the ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .database import json_array
from .schema import RELATIONS
from .store import Store

_BETWEEN = """
SELECT src, dst, weight, created_by FROM edge WHERE src IN (SELECT value FROM json_each(?1)) AND rel = ?2
UNION ALL SELECT src, dst, weight, created_by FROM edge WHERE dst IN (SELECT value FROM json_each(?1)) AND rel = ?2
"""
_FROM = "SELECT dst, weight, confidence, created_by FROM edge WHERE src = ? AND rel = ?"
_ALL = """
SELECT src, dst, rel, weight FROM edge WHERE src IN (SELECT value FROM json_each(?1))
UNION SELECT src, dst, rel, weight FROM edge WHERE dst IN (SELECT value FROM json_each(?1))
ORDER BY src, dst, rel
"""


def edges_touching(store: Store, nodes: Iterable[int], rel: str) -> dict[tuple[int, int], tuple[float, str]]:
    """Return {(src, dst): (weight, creator)} of the edges of relation ``rel`` that start or end at ``nodes``."""
    listed = list(nodes)
    rows = store.database.execute(_BETWEEN, (json_array(listed), RELATIONS[rel])) if listed else []
    # An edge between two of them comes twice. Sorting the few rows here takes a third of SQLite's time for a UNION.
    return {(src, dst): (weight, creator) for src, dst, weight, creator in sorted(rows)}


def edges_from(store: Store, src: int, rel: str) -> list[tuple[int, float, float, str]]:
    """Return (dst, weight, confidence, creator) of each edge of relation ``rel`` from ``src``."""
    return store.database.execute(_FROM, (src, RELATIONS[rel]))


def all_edges_at(store: Store, nodes: Sequence[int]) -> list[tuple[int, int, int, float]]:
    """Return (src, dst, relation number, weight) of each edge at ``nodes``, sorted."""
    return store.database.execute(_ALL, (json_array(nodes),))


def edges_among(store: Store, nodes: Iterable[int]) -> Sequence[tuple[int, int, int, float]]:
    """Return (src, dst, relation number, weight) of each edge with both ends in ``nodes``."""
    among = json_array(nodes)
    return store.database.execute(
        "SELECT src, dst, rel, weight FROM edge WHERE src IN (SELECT value FROM json_each(?)) "
        "AND dst IN (SELECT value FROM json_each(?))",
        (among, among),
    )


def edges_named(store: Store, rel: str) -> list[tuple[int, int]]:
    """Return (src, dst) of every edge of relation ``rel``."""
    sql = "SELECT e.src, e.dst FROM edge e JOIN relation r ON r.id = e.rel WHERE r.name = ?"
    return store.database.execute(sql, (rel,))


def weighted_edges(store: Store) -> list[tuple[int, int, float]]:
    """Return (src, dst, weight) of every edge."""
    return store.database.execute("SELECT src, dst, weight FROM edge")
