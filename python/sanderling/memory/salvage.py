"""Rows read out of a SQLite file that is damaged, into a new memory.

Reading goes table by table and by ranges of keys: what lies on a page that cannot be read is passed over, what lies
before, between and after such pages is taken. A row that breaks a rule of the tables in the new file is damage too, and
left out. What hangs in the air afterwards is for ``repair.py`` to remove.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import MemoryFileError, SanderlingError
from .database import Database
from .entities import entities
from .mentions import Name
from .store import Store

# In the order of what points at what. Of each, the first column is the integer key by which its rows are stored.
TABLES = ("relation", "document", "node", "vector", "edge")
MAX_KEY = 1 << 40
# A page that cannot be read costs about four attempts for each of its keys, some 20 µs each. Beyond this number the
# rest of a table is given up; a table whose end is damaged comes to it, since nothing says where its keys end.
MAX_ATTEMPTS = 50_000
ROWS_AT_ONCE = 256


def salvage(damaged: Database, path: Path) -> Store:
    """Make a memory at ``path``, where nothing may be yet, of what can be read of ``damaged``.

    Raises MemoryFileError if not even its name for the embedder can be read. The change log starts anew, so that no
    snapshot of the damaged memory's index is taken for one of this; so it does no harm that the keys of rows lost from
    the end of a table may be given again.
    """
    meta = _meta(damaged)
    store = Store.open(path, meta["embedder_id"], int(meta["dim"]))
    try:
        # A child may have been read whose parent was not: looked for when everything is there.
        store.database.execute("PRAGMA foreign_keys = OFF")
        with store.write() as writer:
            store.database.execute("UPDATE meta SET value = ? WHERE key = 'created'", (meta.get("created", ""),))
            for table in TABLES:
                _copy(damaged, store.database, table)
            for node, text, document in store.database.execute("SELECT key, text, document FROM node"):
                writer.add_links(_links(damaged, node))
                writer.add_names(_names(damaged, node))
                if document is not None:
                    writer.add_entities((node, entity) for entity in entities(text))
            store.database.execute("DELETE FROM change WHERE src IS NOT NULL")
        store.database.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        store.close()
        raise
    return store


def readable_rows(database: Database, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a table, keyed by its first column, that can be read; possibly some of them twice."""
    ranges = [(0, MAX_KEY)]
    attempts = 0
    while ranges and attempts < MAX_ATTEMPTS:
        low, high = ranges.pop()
        try:
            for row in _select(database, table, columns, low, high, "ASC"):
                low = max(low, row[0] + 1)
                yield row
            continue
        except SanderlingError:
            attempts += 1
        try:
            for row in _select(database, table, columns, low, high, "DESC"):
                high = min(high, row[0] - 1)
                yield row
            continue
        except SanderlingError:
            attempts += 1
        # Both ends are unreadable: look between them.
        if low < high:
            middle = (low + high) // 2
            ranges += [(middle + 1, high), (low, middle)]


def _select(database: Database, table: str, columns: str, low: int, high: int, order: str) -> Iterator[tuple[Any, ...]]:
    sql = f"SELECT {columns} FROM {table} WHERE rowid BETWEEN ? AND ? ORDER BY rowid {order}"
    # One at a time, so that an error costs no row that was read before it.
    for (row,) in database.batches(sql, (low, high), 1):
        yield row


def _copy(damaged: Database, whole: Database, table: str) -> None:
    names = [row[1] for row in whole.execute(f"PRAGMA table_info({table})")]
    columns, places = ", ".join(names), ", ".join("?" * len(names))
    insert = f"INSERT OR IGNORE INTO {table}({columns}) VALUES({places})"
    rows: list[tuple[object, ...]] = []
    for row in readable_rows(damaged, table, columns):
        rows.append(row)
        if len(rows) == ROWS_AT_ONCE:
            whole.run_many(insert, rows)
            rows = []
    whole.run_many(insert, rows)


def _meta(damaged: Database) -> dict[str, str]:
    try:
        meta = dict(damaged.execute("SELECT key, value FROM meta"))
        if meta["embedder_id"] and int(meta["dim"]) >= 1:
            return meta
        raise KeyError("dim")
    except (SanderlingError, KeyError, ValueError, TypeError) as error:
        raise MemoryFileError(
            f"{damaged.path}: damaged where it says how its vectors were made, which nothing can replace: "
            "restore a backup, or move it away and ingest again"
        ) from error


def _links(damaged: Database, node: int) -> list[tuple[int, str]]:
    try:
        return [(node, row[0]) for row in damaged.execute("SELECT target FROM link WHERE node = ?", (node,))]
    except SanderlingError:
        # The damage is said already; an ingest of the document finds its links again.
        return []


def _names(damaged: Database, node: int) -> list[tuple[int, Name]]:
    try:
        rows = damaged.execute("SELECT text, heading FROM name WHERE node = ?", (node,))
        return [(node, Name(text, bool(heading))) for text, heading in rows]
    except SanderlingError:
        # As with links; a memory of format 1 has none.
        return []
