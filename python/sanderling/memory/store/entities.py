"""Look up entities (names in the texts of nodes) and the nodes that share an entity."""

from __future__ import annotations

from collections.abc import Iterable

from .database import json_array
from .store import Store

# Counted no further than needed: a country's name may occur in a tenth of all nodes.
_COUNT = "(SELECT count(*) FROM (SELECT 1 FROM entity s WHERE s.text = w.text LIMIT ?2 + 1))"
_WITH = (
    f"WITH w AS MATERIALIZED (SELECT value AS text FROM json_each(?1)), "
    f"rare AS MATERIALIZED (SELECT text, {_COUNT} AS n FROM w) "
    "SELECT DISTINCT e.node FROM rare CROSS JOIN entity e ON e.text = rare.text WHERE rare.n <= ?2"
)
_SHARED = (
    "WITH given AS MATERIALIZED (SELECT value AS node FROM json_each(?1)), "
    "w AS MATERIALIZED (SELECT DISTINCT e.text FROM given g CROSS JOIN entity e ON e.node = g.node), "
    f"rare AS MATERIALIZED (SELECT text, {_COUNT} AS n FROM w) "
    "SELECT rare.text, rare.n, a.node, b.node FROM rare CROSS JOIN entity a ON a.text = rare.text "
    "CROSS JOIN entity b ON b.text = rare.text CROSS JOIN node p ON p.key = a.node CROSS JOIN node q ON q.key = b.node "
    "WHERE rare.n BETWEEN 2 AND ?2 AND a.node IN (SELECT node FROM given) AND a.node <> b.node "
    "AND p.document <> q.document"
)


def entities_of(store: Store, document: int) -> list[str]:
    """Return the entities in a document's texts; an entity of n nodes appears n times."""
    sql = "SELECT e.text FROM node n JOIN entity e ON e.node = n.key WHERE n.document = ?"
    return [text for (text,) in store.database.execute(sql, (document,))]


def nodes_with(store: Store, texts: Iterable[str], most: int) -> set[int]:
    """Return the nodes with any of the entities ``texts``, skipping entities of more than ``most`` nodes."""
    listed = list(texts)
    return {node for (node,) in store.database.execute(_WITH, (json_array(listed), most))} if listed else set()


def shared_entities(store: Store, nodes: Iterable[int], most: int) -> list[tuple[str, int, int, int]]:
    """Return each pair of nodes that share an entity. Each is (entity, number of nodes that have it, node, other node).

    The first node is one of ``nodes``, the other belongs to another document. Only entities of 2 to ``most`` nodes.
    """
    return store.database.execute(_SHARED, (json_array(nodes), most))
