"""Check the full-text index against the texts, even in a read-only memory.

SQLite compares the two with a statement that counts as a write. In a read-only memory the index is therefore copied
into a temporary table of the connection, beside a view of the texts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from ...disk import medium
from ...errors import SanderlingError
from .database import Database
from .schema import TABLES

_NAME = "node_text"
_COPY = "copied_text"
# Result codes for an index that is damaged, and for one whose settings FTS5 does not know.
_ITS_OWN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR)


def problem(database: Database) -> str:
    """Return the problem of the full-text index, or "".

    Only inside a transaction, a writing one where possible.

    Raises errors that are not due to the index, such as StorageFull if it cannot be copied.
    """
    try:
        if database.read_only is None:
            _compare(database, _NAME)
        else:
            with _copied(database):
                _compare(database, _COPY)
    except SanderlingError as error:
        if medium.code(error.__cause__) not in _ITS_OWN:
            raise
        return f"the full-text index disagrees with the texts: {error}"
    return ""


def opens(database: Database) -> bool:
    """Whether SQLite can open the full-text index.

    If not, SQLite cannot rebuild the index either.
    """
    try:
        database.execute(f"SELECT rowid FROM {_NAME} LIMIT 1")
    except SanderlingError as error:
        if medium.code(error.__cause__) not in _ITS_OWN:
            raise
        return False
    return True


def _compare(database: Database, table: str) -> None:
    # Rank 1 compares the index with the texts themselves.
    database.execute(f"INSERT INTO {table}({table}, rank) VALUES('integrity-check', 1)")


@contextmanager
def _copied(database: Database) -> Iterator[None]:
    start = TABLES.index(f"CREATE VIRTUAL TABLE {_NAME}")
    table = TABLES[start : TABLES.index(";", start)]
    database.execute(table.replace(_NAME, f"temp.{_COPY}", 1))
    try:
        # The copy reads its texts from the `node` of its own schema.
        database.execute("CREATE TEMP VIEW node AS SELECT key, title, text, names, beside FROM main.node")
        for part in ("data", "idx", "docsize"):
            database.execute(f"DELETE FROM temp.{_COPY}_{part}")
            database.execute(f"INSERT INTO temp.{_COPY}_{part} SELECT * FROM main.{_NAME}_{part}")
        yield
    finally:
        database.execute("DROP VIEW IF EXISTS temp.node")
        database.execute(f"DROP TABLE temp.{_COPY}")


def rebuild(database: Database) -> None:
    """Rebuild the full-text index from the texts. Call inside a writing transaction."""
    database.execute(f"INSERT INTO {_NAME}({_NAME}) VALUES('rebuild')")
