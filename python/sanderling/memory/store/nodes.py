"""Look up the keys, titles, texts and vectors of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ...records import Vectors
from ...text.script import RUN
from ...text.searched import is_single, sequence
from .database import json_array
from .store import Store

MAX_WORDS = 12
"""Words of a name that are looked up, the longest."""
FEW_NODES = 3
"""Reading so many texts takes less time than looking a phrase up."""


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

    Among them are nodes with other forms of the words. Few nodes, and those found by words that only ``beside`` knows,
    may have the words at different places.
    """
    words = sequence(name)
    # A single letter of a script without blanks is looked up as a beginning.
    looked_up = [word for word in dict.fromkeys(words) if not is_single(word)]
    if not words:
        return []
    looked_up.sort(key=len, reverse=True)
    every = " AND ".join(f'{{text beside}} : "{word}"' for word in looked_up[:MAX_WORDS])
    found = _matching(store, every or " AND ".join(f'{{text beside}} : "{word}" *' for word in words[:MAX_WORDS]))
    if len(found) <= FEW_NODES or len(words) == 1 or RUN.search(name):
        return found
    one = " OR ".join(f'beside : "{word}"' for word in looked_up)
    return _matching(store, f'{every} AND (text : "{" ".join(words)}" OR {one})')


def _matching(store: Store, match: str) -> list[int]:
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
