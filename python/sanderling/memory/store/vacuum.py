"""Statements that make the file smaller without changing its contents."""

from __future__ import annotations

from .store import Store


def merge_text_segments(store: Store) -> None:
    """Merge the segments of the full-text index, one for each document, into one. Call inside ``store.write()``."""
    store.database.execute("INSERT INTO node_text(node_text) VALUES('optimize')")


def vacuum(store: Store) -> None:
    """Rewrite the file without the room of deleted rows, in a transaction of SQLite's own."""
    store.database.execute("VACUUM")


def fold_log(store: Store) -> bool:
    """Move the write-ahead log into the file and empty it; False if another process's read prevents that."""
    return not store.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
