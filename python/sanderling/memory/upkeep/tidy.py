"""Tidying: adjust a memory to how it has been used.

::

    strengthen   edges between notes that one accepted answer was made from
    decay        edges at notes that no accepted answer was made from
    merge        agents' nodes with the same text

An accepted answer is one that was written back: a node of type ``memory`` whose ``cites`` edges, ``created_by``
``router``, lead to its notes. Each is counted once; the memory stores the key of the last one counted. Without any
written answer nothing is known about use, and nothing decays.

Each step is one transaction and independent of the others: after an interruption, what is committed is complete, and
the next tidying does the rest. The index follows when the memory is next opened.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ...records import Record
from ..store import meta
from ..store.database import Database
from ..store.degree import HALF_LIFE_DAYS
from ..store.usage import (
    answers_after,
    count_repeated_chunks,
    count_unused_edges,
    edges_within,
    has_answers,
    strengthen_edges,
    weaken_unused_edges,
)
from ..store.writer import now
from .blame import opened
from .merge import Merged, candidates, merge

log = logging.getLogger(__name__)

STRENGTHENING = 0.2
"""Share of the remaining way to 1 that one answer moves an edge: three move a weight of 0.5 to 0.74. Not measured."""
DECAY_DAYS = 30.0
"""Least time between two decays, so that tidying daily does not rewrite every edge daily."""
LEAST = 0.05
"""Weight at which decay stops; weaker edges are left to ``prune``."""

_COUNTED, _DECAYED = "answers_counted", "decayed_at"


class Tidying(Record):
    """Result of a tidying, done or only counted."""

    answers: int
    """Number of accepted answers counted for the first time."""
    strengthened: int
    """Number of edges that gained weight."""
    decayed: int
    """Number of edges that lost weight."""
    merged: tuple[Merged, ...]
    repeated: int
    """Number of document chunks that repeat another's text. They stay: reading the file again would restore them."""
    dry_run: bool


class _Undo(Exception):
    """Raised to undo a transaction after counting."""


def tidy(path: Path, *, dry_run: bool = False) -> Tidying:
    """Strengthen used edges, weaken unused ones and merge duplicates.

    ``dry_run`` counts, then undoes everything. Raises MemoryFileError if there is no memory at ``path``, it is damaged,
    or another process writes to it; StorageFull when the disk is full. Steps committed before an error stay.
    """
    with opened(path) as store:
        database = store.database
        pairs = candidates(store)
        if dry_run:
            with suppress(_Undo), store.write():
                answers, strengthened = strengthen(database)
                decayed = decay(database)
                merged = merge(database, pairs)
                raise _Undo
        else:
            with store.write():
                answers, strengthened = strengthen(database)
            with store.write():
                decayed = decay(database)
            with store.write():
                merged = merge(database, pairs)
            if left := store.erase():
                log.warning("%s: %s", path, left)
        repeated = count_repeated_chunks(database)
    return Tidying(
        answers=answers,
        strengthened=strengthened,
        decayed=decayed,
        merged=tuple(merged),
        repeated=repeated,
        dry_run=dry_run,
    )


def strengthen(database: Database) -> tuple[int, int]:
    """Strengthen the edges between the notes of each new accepted answer; return the numbers of answers and edges.

    Weights move towards 1, the most that ingest assigns, and never down; an edge keeps its author. Call inside a
    writing transaction.
    """
    counted = meta.get(database, _COUNTED)
    answers = answers_after(database, int(counted) if counted.isdecimal() else 0)
    edges: set[int] = set()
    for answer in answers:
        among = edges_within(database, answer)
        edges.update(among)
        strengthen_edges(database, among, STRENGTHENING, now())
    if answers:
        meta.put(database, _COUNTED, str(answers[-1]))
    return len(answers), len(edges)


def decay(database: Database) -> int:
    """Lower the weights of edges whose two ends were never used; return how many edges lost weight.

    Weights halve every ``HALF_LIFE_DAYS`` of :mod:`~sanderling.memory.store.degree`, counted from the last decay or
    from the first tidying. ``follows`` edges, edges drawn by a user, and citations of written nodes (their sources) are
    kept as they are. Call inside a writing transaction.
    """
    if not has_answers(database):
        return 0
    last = meta.get(database, _DECAYED)
    try:
        elapsed = datetime.now(UTC) - datetime.fromisoformat(last)
    except (ValueError, TypeError):  # none yet, or not one of ours: without a zone it cannot be subtracted
        meta.put(database, _DECAYED, now())
        return 0
    if elapsed < timedelta(days=DECAY_DAYS):
        return 0
    count = count_unused_edges(database, LEAST, last)
    weaken_unused_edges(database, 0.5 ** (elapsed / timedelta(days=HALF_LIFE_DAYS)), LEAST, last)
    meta.put(database, _DECAYED, now())
    return count
