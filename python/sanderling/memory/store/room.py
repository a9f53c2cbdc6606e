"""Measure the size of each table and each SQL index of a memory file."""

from __future__ import annotations

from .store import Store

# An index belongs to its table, and the tables behind the full-text table to that.
_TAKEN = """
SELECT CASE WHEN m.tbl_name LIKE 'node\\_text%' ESCAPE '\\' THEN 'node_text' ELSE coalesce(m.tbl_name, s.name) END,
    coalesce(m.type, 'table') = 'index', sum(s.pgsize)
FROM dbstat s LEFT JOIN sqlite_master m ON m.name = s.name
WHERE s.aggregate = TRUE GROUP BY 1, 2
"""
_TEXT = "SELECT coalesce(sum(length(CAST(text AS BLOB))), 0) FROM node"


def has_dbstat(store: Store) -> bool:
    """Whether this build of SQLite can measure tables."""
    return bool(store.database.execute("SELECT 1 FROM pragma_module_list WHERE name = 'dbstat'"))


def taken(store: Store) -> list[tuple[str, int]]:
    """Return (name, bytes) of tables, their indexes and the free pages, largest first.

    All pages of the file are looked at. Raises MemoryFileError without :func:`has_dbstat`.
    """
    with store.read():
        rows = [
            (f"{name}, indexes" if index else str(name), size) for name, index, size in store.database.execute(_TAKEN)
        ]
        ((page,),) = store.database.execute("PRAGMA page_size")
        ((free,),) = store.database.execute("PRAGMA freelist_count")
    return sorted([*rows, ("free pages", page * free)], key=lambda row: -row[1])


def text_bytes(store: Store) -> int:
    """Return the number of UTF-8 bytes of all texts, titles excluded."""
    return int(store.database.execute(_TEXT)[0][0])
