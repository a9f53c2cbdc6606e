"""Look up the keys, titles, texts and vectors of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from ...records import Vectors
from ...text.script import RUN
from ...text.searched import is_single, sequence
from .database import json_array
from .packed import unpack
from .store import Store

MAX_WORDS = 12
"""Most words of a name that are looked up, the longest ones."""
FEW_NODES = 3
"""Number of texts that are read faster than a phrase is looked up."""


def texts(store: Store, nodes: Sequence[int]) -> list[tuple[int, str]]:
    """Return (node, text) of each stored node in ``nodes``, unordered."""
    sql = "SELECT key, text FROM node WHERE key IN (SELECT value FROM json_each(?))"
    return store.database.execute(sql, (json_array(nodes),))


def chunk_of(store: Store, node: int) -> tuple[str, int] | None:
    """Return the text of ``node`` and its document's key; None if the node is deleted or has no document."""
    sql = "SELECT text, document FROM node WHERE key = ? AND document IS NOT NULL"
    return next(iter(store.database.execute(sql, (node,))), None)


def nodes_that_may_mention(store: Store, names: Iterable[str]) -> list[int]:
    """Return all nodes whose text may contain one of ``names``. Words are compared by their stems.

    Among them are nodes with other forms of the words. Few nodes, and those found by words that only ``beside`` knows,
    may have the words at different places.
    """
    split = {tuple(words): name for name in names if (words := sequence(name))}
    if not split:
        return []
    # In one query for all names: nearly always few nodes or none are found.
    found = _matching(store, " OR ".join(f"({_all_of(words)})" for words in split))
    if len(found) <= FEW_NODES:
        return found
    return list(dict.fromkeys(chain.from_iterable(_mentioning(store, *each) for each in split.items())))


def _mentioning(store: Store, words: Sequence[str], name: str) -> list[int]:
    found = _matching(store, _all_of(words))
    if len(found) <= FEW_NODES or len(words) == 1 or RUN.search(name):
        return found
    one = " OR ".join(f'beside : "{word}"' for word in dict.fromkeys(words) if not is_single(word))
    return _matching(store, f'{_all_of(words)} AND (text : "{" ".join(words)}" OR {one})')


def _all_of(words: Sequence[str]) -> str:
    """Return the full-text query for all ``words``; of many, for only the longest."""
    # A single letter of a script without blanks is looked up as a beginning.
    looked_up = sorted((word for word in dict.fromkeys(words) if not is_single(word)), key=len, reverse=True)
    if looked_up:
        return " AND ".join(f'{{text beside}} : "{word}"' for word in looked_up[:MAX_WORDS])
    return " AND ".join(f'{{text beside}} : "{word}" *' for word in words[:MAX_WORDS])


def _matching(store: Store, match: str) -> list[int]:
    return [key for (key,) in store.database.execute("SELECT rowid FROM node_text WHERE node_text MATCH ?", (match,))]


def vectors(store: Store, nodes: Iterable[int]) -> dict[int, Vectors]:
    """Return the vector, float32[dim], of each node in ``nodes`` that has one, in rising order of keys."""
    sql = "SELECT node, value FROM vector WHERE node IN (SELECT value FROM json_each(?)) ORDER BY node"
    listed = list(nodes)
    rows = store.database.execute(sql, (json_array(listed),)) if listed else ()
    return {node: unpack(value, store.dim) for node, value in rows}


def titles(store: Store, nodes: Iterable[int]) -> dict[int, str]:
    """Return the title of each stored node in ``nodes``."""
    listed = list(nodes)
    known = store.words.titles(listed)
    if known is not None:
        return known
    sql = "SELECT key, title FROM node WHERE key IN (SELECT value FROM json_each(?))"
    return dict(store.database.execute(sql, (json_array(listed),)))


def titled_texts(store: Store, nodes: Iterable[int]) -> list[tuple[int, int | None, str, str]]:
    """Return (key, document, title, text) of each stored node in ``nodes``, unordered."""
    sql = "SELECT key, document, title, text FROM node WHERE key IN (SELECT value FROM json_each(?))"
    return store.database.execute(sql, (json_array(nodes),))


def node_keys(store: Store) -> list[int]:
    """Return the keys of all nodes, in rising order."""
    return [key for (key,) in store.database.execute("SELECT key FROM node ORDER BY key")]
