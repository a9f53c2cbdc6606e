"""The SQLite connection of a memory: settings, locking, transactions and errors.

Durability. WAL with ``synchronous=NORMAL``: a committed transaction has been handed to the operating system, so it
survives the death of this process at any point (kill -9, a crash in native code). After a power failure the file is
whole, but the newest transactions, those since the last checkpoint, may be lost entirely. ``FULL`` would save them at
the price of one flush per document, which on SD cards is most of the time of an ingest; the next ingest of the same
folder reads again what was lost.

Privacy. A new file can be read by its owner alone, and SQLite gives its logs the same mode. ``erasure.py`` removes
deleted words from the full-text index and the log.

Threads. One connection serves all threads: a re-entrant lock is held for the length of each transaction, so that no
thread reads rows that another has not committed.

Media. A file that cannot be written is opened read-only (:mod:`sanderling.disk.medium`), and writing transactions are
refused. A file that is deleted or replaced while it is open exists for this process alone, so a commit to it raises.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from ...disk import medium
from ...disk.files import create_private
from ...errors import MemoryFileError, SanderlingError, StorageFull, UsageError

BUSY_TIMEOUT_MS = 10_000
_NOTHING = nullcontext()
REMEDY = "run  sanderling memory repair, or restore a backup"


class Damaged(MemoryFileError):
    """Raised for invalid contents of a memory file; ``repair.py`` can mend the file."""

    def __init__(self, path: Path, *problems: str) -> None:
        """Build the message from the ``problems`` of the file at ``path``. There is at least one."""
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        super().__init__(f"{path}: damaged ({problems[0]}{more}): {REMEDY}")
        self.problems = problems


# By SQLite's primary result code: our class of error, and the message after the path.
_EXPLAINED: dict[int, tuple[type[SanderlingError], str]] = {
    sqlite3.SQLITE_FULL: (StorageFull, "no space left to write; the change was undone: free disk space and try again"),
    sqlite3.SQLITE_IOERR: (
        StorageFull,
        "the disk refused a read or a write ({error}); the change was undone: check its free space and health",
    ),
    sqlite3.SQLITE_BUSY: (MemoryFileError, "in use by another process: wait until it has finished and try again"),
    sqlite3.SQLITE_NOTADB: (MemoryFileError, "not a memory file: choose another path, or move this file away"),
    sqlite3.SQLITE_CORRUPT: (MemoryFileError, f"damaged ({{error}}): {REMEDY}"),
    sqlite3.SQLITE_READONLY: (MemoryFileError, "cannot be written ({error}): check the permissions of file and folder"),
    sqlite3.SQLITE_CANTOPEN: (MemoryFileError, "{error}: check that the folder exists and can be written"),
}


def explain(error: sqlite3.Error, path: Path) -> SanderlingError:
    """Turn a SQLite error into a SanderlingError that names the remedy. ``path``: the file."""
    code = medium.code(error)
    if not code and str(error).startswith("Could not decode"):
        # The text itself is not repeated, since it may have any length and content.
        return Damaged(path, "a text that is not UTF-8")
    kind, remedy = _EXPLAINED.get(code, (MemoryFileError, "{error}"))
    return kind(f"{path}: {remedy.format(error=error)}")


def is_damage(error: SanderlingError) -> bool:
    """Whether an error from a :class:`Database` means a damaged file.

    Trying again is then useless.
    """
    return isinstance(error, Damaged) or medium.code(error.__cause__) == sqlite3.SQLITE_CORRUPT


def require_writable(path: Path) -> None:
    """Raise MemoryFileError if the file at ``path`` cannot be written. The file need not be open."""
    if why := medium.unwritable(path):
        raise _read_only(path, why)


def _read_only(path: Path, why: str) -> MemoryFileError:
    return MemoryFileError(f"{path}: the memory is read-only, {why}: copy it to where it can be written")


@cache
def _can_distrust() -> bool:
    """Whether SQLite accepts ``json_valid`` in an untrusted schema, as version 3.41 and later do.

    With older versions, only ``schema_check.py`` prevents SQL defined in a file from being run.
    """
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("CREATE TABLE tried(tags CHECK(json_valid(tags)))")
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()
    return True


def json_array(values: Iterable[int] | Iterable[str]) -> str:
    """Encode a list as one JSON value for ``json_each(?)``.

    Needed because SQLite binds at most 32,766 values in one statement.
    """
    return msgspec.json.encode(list(values)).decode()


class _Explained:
    """Context manager that turns SQLite's errors into errors of this package."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, sqlite3.ProgrammingError):
            if "closed" in str(error):
                raise UsageError(f"{self._path}: the memory was closed: open it again") from error
        # A broken constraint is a mistake of the caller, not of the file.
        elif isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.IntegrityError):
            raise explain(error, self._path) from error


class Database:
    """One open SQLite file."""

    def __init__(self, path: Path, *, broken: bool = False) -> None:
        """Open or create the file at ``path``. Raises MemoryFileError if that is not possible.

        ``broken``: read a damaged file; objects of its schema that SQLite cannot parse are ignored.
        """
        if path.is_dir():
            # SQLite's own message would not name the reason.
            raise MemoryFileError(f"{path} is a folder: name a file, for example {path / 'notes.sanderling'}")
        medium.require_regular(path)
        self.path = path
        self._file = path.absolute()  # whatever the working folder is later
        self._lock = threading.RLock()
        self._mode: str | None = None
        self.remembered: int | None = None
        """Generation of the memory in the current reading transaction, once it was read."""
        self._broken = broken
        self._explained = _Explained(path)
        with suppress(OSError):  # SQLite reports what is wrong with the path
            create_private(path)
        self._open()

    def _open(self) -> None:
        with self._explained:
            self._connection, self.read_only = medium.connect(self._file, timeout_s=BUSY_TIMEOUT_MS / 1000)
        try:
            with self._explained:
                if self._broken:
                    self._connection.execute("PRAGMA writable_schema = ON")
                if _can_distrust():
                    self._connection.execute("PRAGMA trusted_schema = OFF")
                self._connection.execute("PRAGMA foreign_keys = ON")
                self._connection.execute("PRAGMA synchronous = NORMAL")
                # 16 MB of log before it is merged: pages that many notes of an ingest change are copied less often.
                self._connection.execute("PRAGMA wal_autocheckpoint = 4000")
                # What is deleted is overwritten with zeros; the processor time of an ingest is the same, measured.
                self._connection.execute("PRAGMA secure_delete = ON")
                # Reads the file's header, so a file of another kind is refused here.
                self._connection.execute("PRAGMA schema_version")
        except SanderlingError:
            self._connection.close()
            raise
        self._inode = self._seen_inode()

    def execute(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return the resulting rows."""
        # An ingest runs thirty for each note: two context managers more would take half as long as a short query.
        with self._lock:
            if self._mode is None and self.read_only is not None:
                with self._watched(self.read_only), self._explained:
                    return self._connection.execute(sql, values).fetchall()
            try:
                return self._connection.execute(sql, values).fetchall()
            except sqlite3.Error:
                with self._explained:
                    raise

    def insert(self, sql: str, values: tuple[object, ...]) -> int:
        """Run one INSERT and return the new row's id."""
        with self._lock:
            try:
                row_id = self._connection.execute(sql, values).lastrowid
            except sqlite3.Error:
                with self._explained:
                    raise
        assert row_id is not None
        return row_id

    def batches(self, sql: str, values: tuple[object, ...], size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of one query, ``size`` at a time. Only inside a transaction."""
        with self._explained:
            cursor = self._connection.execute(sql, values)
            while rows := cursor.fetchmany(size):
                yield rows

    def run_many(self, sql: str, rows: list[tuple[object, ...]]) -> None:
        """Run one statement once for each of ``rows``."""
        if not rows:
            return
        with self._lock:
            try:
                self._connection.executemany(sql, rows)
            except sqlite3.Error:
                with self._explained:
                    raise

    def transaction(self, mode: str) -> AbstractContextManager[None]:
        """Open a transaction, rolled back if the block raises an error. ``mode``: DEFERRED to read, IMMEDIATE to write.

        A read inside another transaction of the same thread joins it; a write inside one raises RuntimeError. Raises
        MemoryFileError for a write to a file that is read-only, or that was deleted or replaced while it was open.
        """
        # One search joins its own transaction a dozen times.
        return _NOTHING if mode == "DEFERRED" and self.in_transaction else self._transaction(mode)

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[None]:
        if mode != "DEFERRED":
            self.require_writable()
        with self._lock, self._steady():
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
                self._mode = self.remembered = None
        if mode != "DEFERRED" and self.lost():
            raise MemoryFileError(
                f"{self.path}: the file was deleted or replaced while it was open, and what was added is not on disk: "
                "open it again and repeat that"
            )

    def require_writable(self) -> None:
        """Raise MemoryFileError if the file cannot be written."""
        if self.read_only is not None:
            raise _read_only(self.path, self.read_only.why)

    def lost(self) -> bool:
        """Whether the open file has been deleted or replaced. Anything written to it is then lost."""
        return self._seen_inode() != self._inode

    def _seen_inode(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._file)  # noqa: PTH116 - after each transaction, and a third of the time
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _steady(self) -> AbstractContextManager[None]:
        """Return the context manager for one read, which detects other processes' writes if SQLite does not.

        Where SQLite detects them, the context manager does nothing.
        """
        return _NOTHING if self._mode is not None or self.read_only is None else self._watched(self.read_only)

    @contextmanager
    def _watched(self, read_only: medium.ReadOnly) -> Iterator[None]:
        """Reopen the file if it has changed; raise MemoryFileError if it changes during the read."""
        if read_only.changed():
            if self.lost():
                raise MemoryFileError(f"{self.path}: the file was deleted or replaced while it was open: open it again")
            self._connection.close()
            self._open()
            read_only = self.read_only or read_only
        try:
            yield
        except Exception as error:
            if not read_only.changed():
                raise
            raise self._unsteady() from error
        if read_only.changed():
            raise self._unsteady()

    def _unsteady(self) -> MemoryFileError:
        return MemoryFileError(f"{self.path}: another process wrote to it while it was read: ask again")

    def use_wal(self) -> None:
        """Switch to a write-ahead log. Not part of opening, since it alters a file that may not be a memory."""
        if self.read_only is None:
            self.execute("PRAGMA journal_mode = WAL")

    @property
    def writing(self) -> bool:
        """Whether this thread is inside a writing transaction.

        Waits first until no other thread is inside a transaction.
        """
        with self._lock:
            return self._mode == "IMMEDIATE"

    @property
    def reading(self) -> bool:
        """Whether this thread is inside a reading transaction.

        Waits first until no other thread is inside a transaction.
        """
        with self._lock:
            return self._mode == "DEFERRED"

    @property
    def in_transaction(self) -> bool:
        """Whether this thread is inside any transaction.

        Waits first until no other thread is inside one.
        """
        with self._lock:
            return self._mode is not None

    def close(self) -> None:
        """Close the file. The last connection to close merges the write-ahead log into it."""
        with self._lock:
            self._connection.close()
