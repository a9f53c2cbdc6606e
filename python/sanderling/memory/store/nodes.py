"""Look up the keys, titles, texts and vectors of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ...records import Vectors
from ...text.searched import sequence
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


def nodes_that_may_mention(store: Store, name: str) -> list[int]:
    """Return all nodes whose text may contain ``name``, comparing words by their stems.

    Among them are nodes with other forms of the words; and if a text has a word of the name in another writing, as
    ``beside`` knows it, nodes with its words at different places.
    """
    words = sequence(name)
    if not words:
        return []
    match = f'text : "{" ".join(words)}"'
    # A short word is not broken at a line end; and two words leave few enough nodes.
    if rare := sorted((word for word in words if len(word) > 3 or not word.isascii()), key=len, reverse=True):
        every = " AND ".join(f'{{text beside}} : "{word}"' for word in rare[:2])
        one = " OR ".join(f'beside : "{word}"' for word in rare)
        match += f" OR ({every} AND ({one}))"
    return [key for (key,) in store.database.execute("SELECT rowid FROM node_text WHERE node_text MATCH ?", (match,))]


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
