"""Erase the words of deleted notes from the disk. Deleting their rows leaves the words there.

Rows are overwritten as they are deleted (``secure_delete``). But the full-text index only marks its entries as deleted
until its segments are merged, and the write-ahead log holds the old pages. So a transaction that deletes nodes also
sets a mark in ``meta``, and the end of an ingest, a tidying or a repair merges the segments into one and empties the
log. If the process is killed in between, the mark is left for the next.

Merging takes .1 s of processor time over 20,000 notes of 150 words, for a whole run and not for each document. FTS5's
own ``secure-delete`` would be less work for a single note, but needs SQLite 3.42, and a file it was used on cannot be
read by the earlier versions on the devices a memory may be carried to.
"""

from __future__ import annotations

from collections.abc import Callable

from ...errors import SanderlingError
from .database import Database

_DUE = "erase_due"
_DELETED = (
    "SELECT 1 FROM change c WHERE c.generation = ? AND c.src IS NOT NULL AND c.dst IS NULL "
    "AND NOT EXISTS(SELECT 1 FROM node n WHERE n.key = c.src) LIMIT 1"
)


def mark(database: Database, generation: int) -> None:
    """Mark the file as holding words to erase, if the transaction of ``generation`` deleted nodes.

    Only inside that transaction.
    """
    if database.execute(_DELETED, (generation,)):
        fall_due(database, generation)


def fall_due(database: Database, generation: int) -> None:
    """Mark the file as holding words to erase. Only inside the transaction of ``generation``."""
    sql = "INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value"
    database.execute(sql, (_DUE, str(generation)))


def erase(database: Database, elsewhere: Callable[[], None] = lambda: None) -> str:
    """Erase the words of deleted nodes from the disk; return why that failed, or "".

    ``elsewhere`` erases them from other files than the memory's. Not inside a transaction. A later call repeats what
    failed.
    """
    later = (
        "words of deleted notes are still on the disk ({}): the next ingest or  sanderling memory compact  ends that"
    )
    try:
        due = database.execute("SELECT value FROM meta WHERE key = ?", (_DUE,))
        if not due:
            return ""
        with database.transaction("IMMEDIATE"):
            database.execute("INSERT INTO node_text(node_text) VALUES('optimize')")
        if database.execute("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]:
            return later.format("another process is reading")
        elsewhere()
        # Unless more was deleted meanwhile.
        database.execute("DELETE FROM meta WHERE key = ? AND value = ?", (_DUE, due[0][0]))
    except (SanderlingError, OSError) as error:
        return later.format(error)
    return ""
