"""Look up the keys, titles, texts and vectors of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ...records import Vectors
from .database import json_array
from .store import Store


def texts(store: Store, nodes: Sequence[int]) -> list[tuple[int, str]]:
    """Return (node, text) for each of ``nodes`` that is in the memory, unordered."""
    sql = "SELECT key, text FROM node WHERE key IN (SELECT value FROM json_each(?))"
    return store.database.execute(sql, (json_array(nodes),))


def chunk_of(store: Store, node: int) -> tuple[str, int] | None:
    """Return the text of ``node`` and the key of its document; None if the node is gone or has no document."""
    sql = "SELECT text, document FROM node WHERE key = ? AND document IS NOT NULL"
    return next(iter(store.database.execute(sql, (node,))), None)


def nodes_with_phrase(store: Store, phrase: str) -> list[int]:
    """Return all nodes whose text contains ``phrase``, comparing words by their stems.

    A node may therefore have other forms of the words.
    """
    quoted = phrase.replace('"', '""')
    rows = store.database.execute("SELECT rowid FROM node_text WHERE node_text MATCH ?", (f'text : "{quoted}"',))
    return [key for (key,) in rows]


def vectors(store: Store, nodes: Iterable[int]) -> dict[int, Vectors]:
    """Return the vector, float32[dim], of each of ``nodes`` that has one, in rising order of keys."""
    sql = "SELECT node, value FROM vector WHERE node IN (SELECT value FROM json_each(?)) ORDER BY node"
    rows = store.database.execute(sql, (json_array(nodes),))
    return {node: np.frombuffer(value, "<f4") for node, value in rows}


def titles(store: Store, nodes: Iterable[int]) -> dict[int, str]:
    """Return the title of each of ``nodes`` that is in the memory."""
    sql = "SELECT key, title FROM node WHERE key IN (SELECT value FROM json_each(?))"
    return dict(store.database.execute(sql, (json_array(nodes),)))


def titled_texts(store: Store, nodes: Iterable[int]) -> list[tuple[int, int | None, str, str]]:
    """Return (key, document, title, text) for each of ``nodes`` that is in the memory, unordered."""
    sql = "SELECT key, document, title, text FROM node WHERE key IN (SELECT value FROM json_each(?))"
    return store.database.execute(sql, (json_array(nodes),))


def node_keys(store: Store) -> list[int]:
    """Return the keys of all nodes, in rising order."""
    return [key for (key,) in store.database.execute("SELECT key FROM node ORDER BY key")]
