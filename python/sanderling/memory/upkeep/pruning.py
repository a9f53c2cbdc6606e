"""Edges dropped that are weak and old, and those beyond the degree budget in memories older than it.

One transaction: it is done entirely or not at all. The index takes it in when the memory is next opened.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path

from ...records import Record
from ..store.degree import trim
from ..store.weak_edges import delete_edges, linked_nodes, relation_names, weak_edges
from .blame import opened


class Pruning(Record):
    """What a pruning dropped, or would have."""

    weak: dict[str, int]
    """Weak and old edges by relation."""
    crowded: dict[str, int]
    """Edges beyond the budget of a node, by relation, of those that were left."""
    before: int
    """Edges."""
    after: int
    dry_run: bool


class _Undo(Exception):
    """Ends a transaction that was only to be counted."""


def prune(path: Path, *, older_than_days: float = 180.0, weaker_than: float = 0.1, dry_run: bool = False) -> Pruning:
    """Drop edges that are older than ``older_than_days`` and whose weight times confidence is below ``weaker_than``.

    ``follows`` edges and those a user drew are kept. ``dry_run``: everything is undone after it was counted. Raises
    MemoryFileError as :meth:`..store.store.Store.open_existing`, and if another process writes.
    """
    with opened(path) as store:
        database = store.database
        with suppress(_Undo), store.write():
            relation = relation_names(database)
            weak = weak_edges(database, weaker_than, older_than_days)
            delete_edges(database, weak)
            crowded = trim(database, linked_nodes(database))
            if dry_run:
                raise _Undo
    return Pruning(
        weak=Counter(relation[key] for key in weak),
        crowded=Counter(relation[key] for key in crowded),
        before=len(relation),
        after=len(relation) - len(weak) - len(crowded),
        dry_run=dry_run,
    )
