"""A SQLite connection as this package uses it: settings, locking, and failures in words.

Durability. WAL with ``synchronous=NORMAL``: a committed transaction is in the operating system's hands, so it survives
the death of this process at any point (kill -9, a crash in native code). After a power failure the file is whole, but
the transactions since the last checkpoint may be gone: not half of one, the newest ones entirely. ``FULL`` would save
those at the price of one flush per document, which on SD cards is most of the time of an ingest; what is lost is what
the next ingest of the same folder reads again.

Privacy. A new file is for its owner alone, and SQLite gives its logs the same mode. What takes deleted words out of the
full-text index and the log is in ``erasure.py``.

One connection, many threads: a re-entrant lock is held for the length of each transaction, so that no thread reads
rows that another has not committed.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import MemoryFileError, SanderlingError, StorageFull
from ..files import create_private

BUSY_TIMEOUT_MS = 10_000


# By SQLite's primary result code: which of our errors it is, and what to tell the user after the path.
_EXPLAINED: dict[int, tuple[type[SanderlingError], str]] = {
    sqlite3.SQLITE_FULL: (StorageFull, "no space left to write; the change was undone: free disk space and try again"),
    sqlite3.SQLITE_IOERR: (
        StorageFull,
        "the disk refused a read or a write ({error}); the change was undone: check its free space and health",
    ),
    sqlite3.SQLITE_BUSY: (MemoryFileError, "in use by another process: wait until it has finished and try again"),
    sqlite3.SQLITE_NOTADB: (MemoryFileError, "not a memory file: choose another path, or move this file away"),
    sqlite3.SQLITE_CORRUPT: (
        MemoryFileError,
        "damaged ({error}): run  sanderling memory repair, or restore a backup",
    ),
    sqlite3.SQLITE_READONLY: (MemoryFileError, "cannot be written ({error}): check the permissions of file and folder"),
    sqlite3.SQLITE_CANTOPEN: (MemoryFileError, "{error}: check that the folder exists and can be written"),
}


def explain(error: sqlite3.Error, path: Path) -> SanderlingError:
    """Turn what SQLite says into what the user can do."""
    # The low byte is the primary result code; Python sets no code on errors it raises itself.
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    kind, remedy = _EXPLAINED.get(code, (MemoryFileError, "{error}"))
    return kind(f"{path}: {remedy.format(error=error)}")


def is_damage(error: SanderlingError) -> bool:
    """Whether an error of a :class:`Database` says that the file itself is broken, which waiting does not mend."""
    code = (getattr(error.__cause__, "sqlite_errorcode", None) or 0) & 0xFF
    return code == sqlite3.SQLITE_CORRUPT


class Database:
    """One open SQLite file."""

    def __init__(self, path: Path) -> None:
        """Open or create ``path``. Raises MemoryFileError where that is not possible."""
        if path.is_dir():
            # SQLite would only say that it is unable.
            raise MemoryFileError(f"{path} is a folder: name a file, for example {path / 'notes.sanderling'}")
        self.path = path
        self._lock = threading.RLock()
        self._mode: str | None = None
        with suppress(OSError):  # SQLite says what is wrong with the path
            create_private(path)
        with self._explained():
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False
            )
        try:
            with self._explained():
                self._connection.execute("PRAGMA foreign_keys = ON")
                self._connection.execute("PRAGMA synchronous = NORMAL")
                # What is deleted is overwritten with zeros; the processor time of an ingest is the same, measured.
                self._connection.execute("PRAGMA secure_delete = ON")
                # Reads the file's header, so a file of another kind is refused here.
                self._connection.execute("PRAGMA schema_version")
        except SanderlingError:
            self._connection.close()
            raise

    def execute(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        with self._lock, self._explained():
            return self._connection.execute(sql, values).fetchall()

    def insert(self, sql: str, values: tuple[object, ...]) -> int:
        """Run one INSERT and return the new row's id."""
        with self._lock, self._explained():
            row_id = self._connection.execute(sql, values).lastrowid
        assert row_id is not None
        return row_id

    def batches(self, sql: str, values: tuple[object, ...], size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Rows of one query, ``size`` at a time, for results too large to hold. Only inside a transaction."""
        with self._explained():
            cursor = self._connection.execute(sql, values)
            while rows := cursor.fetchmany(size):
                yield rows

    def run_many(self, sql: str, rows: list[tuple[object, ...]]) -> None:
        """Run one statement for each of ``rows``."""
        with self._lock, self._explained():
            self._connection.executemany(sql, rows)

    @contextmanager
    def transaction(self, mode: str) -> Iterator[None]:
        """All or nothing: whatever is raised inside undoes everything. ``mode``: DEFERRED to read, IMMEDIATE to write.

        A read inside another transaction of the same thread simply belongs to it; a write inside one is a mistake.
        """
        with self._lock:
            if self._mode is not None and mode == "DEFERRED":
                yield
                return
            if self._mode is not None:
                raise RuntimeError("a transaction is already open in this thread")
            self.execute(f"BEGIN {mode}")
            self._mode = mode
            try:
                yield
                self.execute("COMMIT")
            except BaseException:
                # SQLite has already rolled back by itself after a full disk and after some I/O errors.
                if self._connection.in_transaction:
                    self.execute("ROLLBACK")
                raise
            finally:
                self._mode = None

    def use_wal(self) -> None:
        """Switch to a write-ahead log. Apart from opening, because it alters the file, which may be someone else's."""
        self.execute("PRAGMA journal_mode = WAL")

    @property
    def writing(self) -> bool:
        """Whether the thread that asks is inside a writing transaction; other threads wait until there is none."""
        with self._lock:
            return self._mode == "IMMEDIATE"

    def close(self) -> None:
        """Close the file; SQLite folds the write-ahead log into it when this was the last connection."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            # A broken constraint or a closed connection is a mistake of the caller, not of the file.
            raise
        except sqlite3.DatabaseError as error:
            raise explain(error, self.path) from error
