"""Look up nodes in the full-text index, by words or by many names at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .lookup import expression
from .store import Store
from .words import Nodes, Opens

MOST_SELECTS = 16
"""Most look-ups in one statement, so that SQLite prepares few statements."""
UNKNOWN = 2
"""Mark for a title that must be read to know whether a name opens it."""


def having(store: Store, spelled: Sequence[Sequence[str]]) -> tuple[Nodes, NDArray[np.bool_]]:
    """Return the nodes with any word in ``spelled``, in rising order, and each node's words.

    ``spelled``: words, each in all spellings. The second array is bool[words, nodes].
    """
    found = store.words.having(spelled)
    return asked_having(store, spelled) if found is None else found


def asked_having(store: Store, spelled: Sequence[Sequence[str]]) -> tuple[Nodes, NDArray[np.bool_]]:
    """Do as :func:`having`, with SQLite alone."""
    found = _nodes_with(store, spelled)
    keys = np.unique(np.concatenate([np.empty(0, np.int64), *found]))
    has = np.zeros((len(found), len(keys)), bool)
    for row, nodes in zip(has, found, strict=True):
        row[np.searchsorted(keys, nodes)] = True
    return keys.view(np.uint64), has


def _nodes_with(store: Store, spelled: Sequence[Sequence[str]]) -> list[NDArray[np.int64]]:
    """Return, for each item of ``spelled``, the nodes with any of its words."""
    # Keys as one text: SQLite writes it and numpy reads it in less time than rows are handed over one by one.
    one = "SELECT group_concat(rowid) FROM node_text WHERE node_text MATCH ?"
    found: list[NDArray[np.int64]] = []
    for at in range(0, len(spelled), MOST_SELECTS):
        matches = tuple(map(expression, spelled[at : at + MOST_SELECTS]))
        rows = store.database.execute(" UNION ALL ".join([one] * len(matches)), matches)
        found += [np.fromstring(keys or "", np.int64, sep=",") for (keys,) in rows]
    return found


def asked_nodes_with_names(store: Store, names: Sequence[Sequence[str]], limit: int) -> list[tuple[Nodes, Opens]]:
    """Return, for each of ``names``, at most ``limit`` nodes that contain it, from SQLite alone.

    There must be at least one name, a sequence of lower-case words. Beside the keys: :data:`UNKNOWN`, since SQLite does
    not tell whether the name opens the node's title.
    """
    # One statement, because starting one costs as much as most of these look-ups.
    one = f"SELECT ?, rowid FROM (SELECT rowid FROM node_text WHERE node_text MATCH ? LIMIT {limit})"
    values = tuple(value for number, name in enumerate(names) for value in (number, f'"{" ".join(name)}"'))
    found: list[list[int]] = [[] for _ in names]
    for number, key in store.database.execute(" UNION ALL ".join([one] * len(names)), values):
        found[number].append(key)
    return [(np.array(keys, np.uint64), np.full(len(keys), UNKNOWN, np.uint8)) for keys in found]
