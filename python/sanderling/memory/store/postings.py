"""Look up the keys of nodes in the full-text index, by one word or by many phrases at once."""

from __future__ import annotations

from collections.abc import Sequence

from .lookup import expression
from .store import Store


def nodes_with_any(store: Store, words: Sequence[str]) -> Sequence[tuple[int]]:
    """Return one (key,) tuple for each node that contains any of ``words``, in the order of the index."""
    return store.database.execute("SELECT rowid FROM node_text WHERE node_text MATCH ?", (expression(words),))


def nodes_with_phrases(store: Store, phrases: Sequence[str], limit: int) -> list[list[int]]:
    """Return, for each of ``phrases`` (at least one), the keys of at most ``limit`` nodes that contain it."""
    # One statement, because starting one costs as much as most of these look-ups.
    one = f"SELECT ?, rowid FROM (SELECT rowid FROM node_text WHERE node_text MATCH ? LIMIT {limit})"
    values = tuple(value for number, phrase in enumerate(phrases) for value in (number, f'"{phrase}"'))
    found: list[list[int]] = [[] for _ in phrases]
    for number, key in store.database.execute(" UNION ALL ".join([one] * len(phrases)), values):
        found[number].append(key)
    return found
