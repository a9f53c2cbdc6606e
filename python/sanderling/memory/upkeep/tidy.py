"""Tidying: weaken unused edges and merge duplicates.

::

    decay        edges at notes that no accepted answer was made from
    merge        agents' nodes with the same text

An accepted answer is one that was written back: a node of type ``memory`` whose ``cites`` edges, ``created_by``
``router``, lead to its notes. Without any written answer nothing is known about use, and nothing decays. Edges between
notes that answered together are not strengthened: it ranked no note of other questions, nor of the same ones, higher
(``bench_device/LOG.md``).

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
    count_repeated_chunks,
    count_unused_edges,
    has_answers,
    weaken_unused_edges,
)
from ..store.writer import now
from .blame import opened
from .merge import Merged, candidates, merge

log = logging.getLogger(__name__)

DECAY_DAYS = 30.0
"""Least days between two decays, so that daily tidying does not rewrite all edges daily."""
LEAST = 0.05
"""Weight at which decay stops; weaker edges are left to ``prune``."""

_DECAYED = "decayed_at"


class Tidying(Record):
    """The result of a tidying, or of a dry run."""

    decayed: int
    """Number of edges that lost weight."""
    merged: tuple[Merged, ...]
    repeated: int
    """Number of document chunks that repeat another chunk's text.

    They stay: reading the file again would restore them.
    """
    dry_run: bool


class _Undo(Exception):
    """Raised to undo a transaction after a count."""


def tidy(path: Path, *, dry_run: bool = False) -> Tidying:
    """Weaken unused edges and merge duplicates.

    ``dry_run`` counts, then undoes everything. Raises MemoryFileError if there is no memory at ``path``, it is damaged,
    or another process writes to it; StorageFull when the disk is full. Steps committed before an error stay.
    """
    with opened(path) as store:
        database = store.database
        pairs = candidates(store)
        if dry_run:
            with suppress(_Undo), store.write():
                decayed = decay(database)
                merged = merge(database, pairs)
                raise _Undo
        else:
            with store.write():
                decayed = decay(database)
            with store.write():
                merged = merge(database, pairs)
            if left := store.erase():
                log.warning("%s: %s", path, left)
        repeated = count_repeated_chunks(database)
    return Tidying(
        decayed=decayed,
        merged=tuple(merged),
        repeated=repeated,
        dry_run=dry_run,
    )


def decay(database: Database) -> int:
    """Lower the weights of edges between unused notes; return the number of weakened edges.

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
