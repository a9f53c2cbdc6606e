"""Look up and delete edges for pruning, by relation, weight and age."""

from __future__ import annotations

from collections.abc import Iterable

from .database import Database
from .degree import AGE_DAYS
from .schema import RELATIONS

_WEAK = f"SELECT key FROM edge WHERE weight * confidence < ? AND {AGE_DAYS} > ? AND rel <> ? AND created_by <> 'user'"


def relation_names(database: Database) -> dict[int, str]:
    """Return the relation name of each edge, by the edge's key."""
    return dict(database.execute("SELECT e.key, r.name FROM edge e JOIN relation r ON r.id = e.rel"))


def weak_edges(database: Database, weaker_than: float, older_than_days: float) -> list[int]:
    """Return the keys of edges that are old and weak.

    Old: more than ``older_than_days``. Weak: weight times confidence below ``weaker_than``. ``follows`` edges and those
    a user drew are left out.
    """
    rows = database.execute(_WEAK, (weaker_than, older_than_days, RELATIONS["follows"]))
    return [key for (key,) in rows]


def delete_edges(database: Database, keys: Iterable[int]) -> None:
    """Delete the edges ``keys``. Call inside a writing transaction."""
    database.run_many("DELETE FROM edge WHERE key = ?", [(key,) for key in keys])


def linked_nodes(database: Database) -> list[int]:
    """Return the keys of all nodes with an edge."""
    return [node for (node,) in database.execute("SELECT src FROM edge UNION SELECT dst FROM edge")]
