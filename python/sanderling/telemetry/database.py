"""An SQLite file that is opened on first use and replaced when damaged. It holds the telemetry or the response cache.

Neither may ever cost an answer, so a damaged file is set aside with a warning and a new one begun. All other failures
(a full disk, no permission, a file of a newer version) become errors of this package. Reading makes no file and no
folder, and works on read-only media (:mod:`sanderling.disk.medium`).

Only the owner can read the file, and deleted words leave the disk: SQLite overwrites deleted content with zeros, and
:func:`erase` empties the write-ahead log, which still holds it.
"""

from __future__ import annotations

import glob
import logging
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from .. import config
from ..disk import medium
from ..disk.filelock import locked, queued
from ..disk.files import create_private
from ..disk.sqlite_schema import differences
from ..errors import MemoryFileError, StorageFull, UsageError

log = logging.getLogger(__name__)

T = TypeVar("T")

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS row (
    id INTEGER PRIMARY KEY,
    request_id TEXT NOT NULL UNIQUE,
    timestamp TEXT NOT NULL,
    model_id TEXT NOT NULL,
    total_ms REAL NOT NULL,
    label TEXT,
    json BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS row_timestamp ON row (timestamp);
CREATE INDEX IF NOT EXISTS row_model_id ON row (model_id);
"""
_ASIDE = ".damaged-"
_TIMEOUT_S = 10.0
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class _Foreign(sqlite3.DatabaseError):
    """Raised for a file that counts as damaged: it has tables, views or triggers outside our schema."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


class Database:
    """A connection shared by all threads of this process, used by one thread at a time."""

    def __init__(
        self,
        path: Path,
        schema: str = SCHEMA,
        version: int = SCHEMA_VERSION,
        expire: Callable[[sqlite3.Connection], int] | None = None,
    ) -> None:
        """Set the path of the file. The file is opened on first use.

        ``schema``: statements that create the tables. ``version``: number of their format. ``expire``: called each time
        the file is opened, deletes old rows and returns their number; None: nothing is deleted.
        """
        self.path, self._schema, self._version, self._expire = path, schema, version, expire
        self._connection: sqlite3.Connection | None = None
        self._read_only: medium.ReadOnly | None = None
        self._guard = threading.Lock()

    def close(self) -> None:
        """Close the file. The next call opens it again."""
        with self._guard:
            self._close()

    def read(self, work: Callable[[sqlite3.Connection], T], absent: T) -> T:
        """Return the result of the read-only function ``work``; ``absent`` if there is no file.

        Raises what :meth:`run` raises.
        """
        with self._guard:
            if self._connection is None and not self.path.exists():
                return absent
        return self._run(work)

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of ``work``, which may write, on the open database. Writing processes queue.

        If the file proves damaged, it is set aside, and ``work`` runs again on a new one. Raises StorageFull,
        MemoryFileError, and any other error of ``work``.
        """

        def queue(connection: sqlite3.Connection) -> T:
            if self._read_only is not None:
                return work(connection)
            with queued(self.path.with_suffix(".lock"), _TIMEOUT_S):
                return work(connection)

        return self._run(queue)

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._guard:
            try:
                return self._attempt(work)
            except sqlite3.DatabaseError as error:
                if medium.code(error) not in DAMAGED:
                    raise
                if self._read_only is not None:
                    raise MemoryFileError(f"{self.path} is damaged ({error}), and {self._read_only.why}") from error
                self._set_aside(error)
                return self._attempt(work)

    def forget_set_aside(self, older_than_days: float | None = None) -> None:
        """Delete the files set aside as damaged. They still hold the user's words.

        ``older_than_days``: only those set aside longer ago, whose content is older still; None: all. Raises
        MemoryFileError for a file that cannot be deleted.
        """
        before = None if older_than_days is None else _stamp(datetime.now(UTC) - timedelta(days=older_than_days))
        try:
            for path in sorted(self.path.parent.glob(f"{glob.escape(self.path.name)}{_ASIDE}*")):
                if before is None or path.name.removeprefix(self.path.name + _ASIDE) < before:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise MemoryFileError(f"what was set aside as damaged is still there ({error}): delete it") from error

    def _attempt(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._connection is not None and self._read_only is not None and self._read_only.changed():
                self._close()
            if self._connection is None:
                self._connection, self._read_only = _open(self.path, self._schema, self._version)
                if self._expire is not None and self._read_only is None:
                    _expire(self._connection, self._expire)
            return work(self._connection)
        except UsageError as error:  # the data folder cannot be made
            raise MemoryFileError(str(error)) from error
        except (sqlite3.OperationalError, OSError) as error:
            if isinstance(error, sqlite3.Error) and str(error).startswith("Could not decode"):
                raise MemoryFileError(f"{self.path} holds a text that is not UTF-8: move the file away") from error
            if isinstance(error, sqlite3.Error) and medium.code(error) == sqlite3.SQLITE_FULL:
                full = f"{self.path}: no space left to write; the change was undone: free disk space and try again"
                raise StorageFull(full) from error
            if self._read_only is not None:
                raise MemoryFileError(f"{self.path} cannot be written: {self._read_only.why}") from error
            raise MemoryFileError(f"{self.path}: {error}; check its permissions and who else holds it") from error

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        self._close()
        aside = self.path.with_name(f"{self.path.name}{_ASIDE}{_stamp(datetime.now(UTC))}")
        try:
            with locked(self.path.with_suffix(".lock")):
                if _is_sound(self.path, self._schema):
                    return  # another process has replaced it meanwhile
                for suffix in ("", "-wal", "-shm"):
                    part = self.path.with_name(self.path.name + suffix)
                    if part.exists():
                        part.replace(aside.with_name(aside.name + suffix))
        except OSError as refused:
            raise MemoryFileError(f"{self.path} is damaged and cannot be moved ({refused}): delete it") from refused
        log.warning("%s is damaged (%s): moved to %s, a new one was begun", self.path, error, aside.name)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _open(path: Path, schema: str, version: int) -> tuple[sqlite3.Connection, medium.ReadOnly | None]:
    if path.parent == config.home():
        config.made_home()
    medium.require_regular(path)
    create_private(path)
    connection, read_only = medium.connect(path, timeout_s=_TIMEOUT_S)
    try:
        # No SQL that the file itself defines may run before its schema was compared with ours.
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA secure_delete = ON")
        # Rows are appended and read one at a time: the default of 2 MB would only make a service grow as it fills.
        connection.execute("PRAGMA cache_size = -64")
        if _version(connection, path, version) < version and read_only is None:
            # SQLite does not wait for others when it changes the journal mode, so two first openings must not meet.
            with locked(path.with_suffix(".lock")):
                _require_ours(connection, schema, whole=False)
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {version}; COMMIT;")
        _require_ours(connection, schema)
        # In WAL mode this can lose the last rows in a power cut but never damages the file; saves an fsync per answer.
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection, read_only


def erase(connection: sqlite3.Connection) -> None:
    """Remove deleted content from the write-ahead log.

    A warning is logged if a reader in another process prevents this.
    """
    busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        log.warning("another process is reading: what was forgotten leaves the disk when that has ended")


def _stamp(moment: datetime) -> str:
    """Format a time for a file name, so that names sort by time."""
    return moment.strftime("%Y%m%dT%H%M%S%f")


def _expire(connection: sqlite3.Connection, expire: Callable[[sqlite3.Connection], int]) -> None:
    try:
        if expire(connection):
            erase(connection)
    except sqlite3.OperationalError as error:  # locked, full, not to be written: old rows cost no new one
        log.warning("what is too old could not be forgotten: %s", error)


def _version(connection: sqlite3.Connection, path: Path, newest: int) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > newest:
        raise MemoryFileError(f"{path} was written by a newer sanderling: upgrade, or move the file away")
    return int(version)


def _require_ours(connection: sqlite3.Connection, schema: str, *, whole: bool = True) -> None:
    """Raise _Foreign unless the file has exactly the objects of ``schema``. ``whole`` False: objects may be missing."""
    for difference in differences(connection.execute, schema):
        if whole or not _is_missing(difference):
            raise _Foreign(difference)


def _is_missing(difference: str) -> bool:
    return difference.endswith("is missing")


def _is_sound(path: Path, schema: str) -> bool:
    try:
        connection = sqlite3.connect(path, timeout=_TIMEOUT_S)
        try:
            # The schema first: a check of tables runs what they define.
            found = differences(connection.execute, schema)
            # Another process has just begun it, and waits for the lock to create the tables.
            begun = connection.execute("PRAGMA user_version").fetchone() == (0,) and all(map(_is_missing, found))
            if found and not begun:
                return False
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if medium.code(error) not in DAMAGED:
            raise  # busy or out of space says nothing about the content
        return False
