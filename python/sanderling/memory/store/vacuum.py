"""Make the memory file smaller without changing its contents."""

from __future__ import annotations

from .store import Store


def merge_text_segments(store: Store) -> None:
    """Merge the segments of the full-text index into a single segment.

    Each document has added a segment of its own. Call inside ``store.write()``.
    """
    store.database.execute("INSERT INTO node_text(node_text) VALUES('optimize')")


def vacuum(store: Store) -> None:
    """Rewrite the file without the space left by deleted rows.

    SQLite uses a transaction of its own for that.
    """
    store.database.execute("VACUUM")


def fold_log(store: Store) -> bool:
    """Merge the write-ahead log into the file; return False if a reading process prevents it."""
    return not store.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
