"""Prune weak old edges, and the surplus edges of nodes with more than 64.

Only memories older than that limit have such nodes.

One transaction: it is done entirely or not at all. The index follows when the memory is next opened.
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
    """The number of edges that a pruning deleted, or a dry run would delete."""

    weak: dict[str, int]
    """Number of weak old edges by relation."""
    crowded: dict[str, int]
    """Number of other edges beyond a node's budget, by relation."""
    before: int
    """Number of edges before."""
    after: int
    """Number of edges after."""
    dry_run: bool


class _Undo(Exception):
    """Raised to undo a transaction after a count."""


def prune(path: Path, *, older_than_days: float = 180.0, weaker_than: float = 0.1, dry_run: bool = False) -> Pruning:
    """Delete edges that are old and weak.

    Old: more than ``older_than_days``. Weak: weight times confidence below ``weaker_than``. ``follows`` edges and edges
    drawn by a user are kept. ``dry_run`` counts and then undoes everything. Raises MemoryFileError if there is no
    memory at ``path``, it is damaged, or another process writes to it.
    """
    with opened(path) as store:
        database = store.database
        with suppress(_Undo), store.write():
            relation = relation_names(database)
            weak = weak_edges(database, weaker_than, older_than_days)
            delete_edges(database, weak)
            crowded = trim(database, linked_nodes(database))
            done = Pruning(
                weak=Counter(relation[key] for key in weak),
                crowded=Counter(relation[key] for key in crowded),
                before=len(relation),
                after=len(relation) - len(weak) - len(crowded),
                dry_run=dry_run,
            )
            if dry_run:
                raise _Undo
    return done
