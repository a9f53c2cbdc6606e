"""A memory put in order by what it has been used for.

::

    strengthen   edges between notes that an accepted answer was made from together
    decay        edges at notes that no accepted answer was ever made from
    merge        nodes of agents that say the same twice

An accepted answer is one that was written back: a node of type ``memory`` whose ``cites`` edges, ``created_by``
``router``, name the notes. Each is counted once; the memory keeps the key of the last one counted. Where nothing was
ever written back nobody knows what is used, and nothing decays.

Each step is one transaction, and none depends on another: whatever interrupts a tidying, what is committed is whole and
the next tidying does the rest. The index takes it in when the memory is next opened.
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
"""Share of the way to 1 that an answer moves an edge: after three the weight of a new one of 0.5 is 0.74. Chosen."""
DECAY_DAYS = 30.0
"""Decay waits until so much time has gone by, so that tidying every day does not write every edge every day."""
LEAST = 0.05
"""Decay stops here; what is weaker is for ``prune`` to drop."""

_COUNTED, _DECAYED = "answers_counted", "decayed_at"


class Tidying(Record):
    """What a tidying did, or would do."""

    answers: int
    """Accepted answers that had not been counted yet."""
    strengthened: int
    """Edges that gained weight."""
    decayed: int
    """Edges that lost weight."""
    merged: tuple[Merged, ...]
    repeated: int
    """Passages of documents that say what another does. They stay: a file that is read again would bring them back."""
    dry_run: bool


class _Undo(Exception):
    """Ends a transaction that was only to be counted."""


def tidy(path: Path, *, dry_run: bool = False) -> Tidying:
    """Strengthen, decay and merge. ``dry_run``: everything is undone after it was counted.

    Raises MemoryFileError as :meth:`..store.store.Store.open_existing`, and if another process writes; StorageFull when there
    is no room. What was committed before is kept.
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
    """Count the answers that are new, and strengthen the edges among the notes of each; returns answers and edges.

    The weight moves towards 1, the most that ingest gives, and never down; whoever drew the edge stays its author. Only
    inside a writing transaction.
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
    """Halve, every :data:`..store.degree.HALF_LIFE_DAYS`, the weight of edges of which neither end was ever used.

    ``follows`` edges, those a user drew, and what a written node cites (its sources) are kept as they are. Counted from
    the decay before, or from the first tidying. Only inside a writing transaction; returns how many edges lost weight.
    """
    if not has_answers(database):
        return 0
    last = meta.get(database, _DECAYED)
    try:
        elapsed = datetime.now(UTC) - datetime.fromisoformat(last)
    except (ValueError, TypeError):  # none yet, or none of ours: without its zone it cannot be subtracted
        meta.put(database, _DECAYED, now())
        return 0
    if elapsed < timedelta(days=DECAY_DAYS):
        return 0
    count = count_unused_edges(database, LEAST, last)
    weaken_unused_edges(database, 0.5 ** (elapsed / timedelta(days=HALF_LIFE_DAYS)), LEAST, last)
    meta.put(database, _DECAYED, now())
    return count
