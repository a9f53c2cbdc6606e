"""Read the titles and aliases of documents, for the title index."""

from __future__ import annotations

from collections.abc import Iterable

from .database import json_array
from .store import Store

_TITLES = (
    "SELECT key, title FROM document WHERE {} UNION ALL "
    "SELECT n.document, e.text FROM name e JOIN node n ON n.key = e.node WHERE e.heading = 0 AND {}"
)
_REMOVED = (
    "SELECT 1 FROM change c WHERE c.generation > ? AND c.src IS NOT NULL AND c.dst IS NULL "
    "AND NOT EXISTS(SELECT 1 FROM node n WHERE n.key = c.src) LIMIT 1"
)


def titles_of(store: Store, documents: Iterable[int]) -> list[tuple[int, str]]:
    """Return (document, title or alias) of each of ``documents``."""
    listed = "IN (SELECT value FROM json_each(?1))"  # one text of SQL, which SQLite then prepares once
    return store.database.execute(_TITLES.format(f"key {listed}", f"n.document {listed}"), (json_array(documents),))


def titles_after(store: Store, document: int) -> list[tuple[int, str]]:
    """Return (document, title or alias) of each document with a key above ``document``, by rising key."""
    sql = _TITLES.format("key > ?1", "n.document > ?1") + " ORDER BY key"
    return store.database.execute(sql, (document,))


def document_keys(store: Store) -> list[int]:
    """Return the keys of all documents."""
    return [key for (key,) in store.database.execute("SELECT key FROM document")]


def nodes_removed_since(store: Store, generation: int) -> bool:
    """Whether any node was removed after ``generation``. It may be removed alone or with its document."""
    return bool(store.database.execute(_REMOVED, (generation,)))
