"""Telemetry rows in SQLite, in and out; several processes may append at once.

A row is kept as the JSON it is exported as; the columns beside it are copies to search by. Telemetry may never cost
an answer: a damaged file is set aside with a warning and a new one begun.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, TypeVar

import msgspec

from .. import config
from ..errors import MemoryFileError, StorageFull, UsageError
from ..filelock import locked
from .row import Quality, QualityLabel, Row

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
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
PAGE_ROWS = 256


class TelemetryStore:
    """The telemetry of one installation. Safe to share between threads; close it, or use it as a context manager."""

    def __init__(self, path: Path | None = None) -> None:
        """Nothing is opened before the first use. ``path`` None: in the home folder."""
        self.path = path or config.home() / "telemetry.sqlite"
        self._connection: sqlite3.Connection | None = None
        self._guard = threading.Lock()

    def __enter__(self) -> TelemetryStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, row: Row) -> None:
        """Keep a row. Raises ValueError if its request has one already; StorageFull and MemoryFileError."""
        values = (
            row.request_id,
            row.timestamp,
            row.router_decision.model_id,
            row.latency_ms.total,
            row.quality.label,
            msgspec.json.encode(row),
        )

        def insert(connection: sqlite3.Connection) -> None:
            with connection:
                connection.execute(
                    "INSERT INTO row (request_id, timestamp, model_id, total_ms, label, json)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    values,
                )

        try:
            self._run(insert)
        except sqlite3.IntegrityError as error:
            raise ValueError(f"request {row.request_id} is in the telemetry already") from error

    def rate(
        self,
        request_id: str,
        *,
        score: float | None = None,
        label: QualityLabel | None = None,
        judge_model: str | None = None,
    ) -> Row:
        """Write a judgement into a row and return the row. ``judge_model`` None: a person judged.

        Raises UsageError for a request that is not there, ValueError for a score outside of 1 to 5.
        """
        if score is not None and not 1 <= score <= 5:
            raise ValueError(f"a score is between 1 and 5, got {score}")

        def update(connection: sqlite3.Connection) -> Row | None:
            with connection:
                # Take the write lock before reading, or two judges at once could overwrite each other unseen.
                connection.execute("BEGIN IMMEDIATE")
                found = connection.execute("SELECT json FROM row WHERE request_id = ?", (request_id,)).fetchone()
                if found is None:
                    return None
                quality = Quality(label=label, score=score, judge_model=judge_model)
                row = msgspec.structs.replace(_decode(found[0]), quality=quality)
                connection.execute(
                    "UPDATE row SET json = ?, label = ? WHERE request_id = ?",
                    (msgspec.json.encode(row), label, request_id),
                )
                return row

        rated = self._run(update)
        if rated is None:
            raise UsageError(f"there is no request {request_id} in the telemetry: see  sanderling log --tail")
        return rated

    def tail(self, count: int = 10) -> list[Row]:
        """Return the last rows, oldest of them first."""
        found = self._run(
            lambda connection: connection.execute(
                "SELECT json FROM row ORDER BY id DESC LIMIT ?", (max(0, count),)
            ).fetchall()
        )
        return [_decode(json) for (json,) in reversed(found)]

    def rows(self) -> Iterator[Row]:
        """Yield all rows, oldest first, read page by page so that no lock is held while the caller works."""
        last = 0
        while page := self._page(last):
            for _, json in page:
                yield _decode(json)
            last = page[-1][0]

    def export_jsonl(self, target: Path | IO[bytes]) -> int:
        """Write one JSON object per line to a file or a binary stream; returns how many."""
        if isinstance(target, Path):
            with target.open("wb") as stream:
                return self.export_jsonl(stream)
        count = 0
        for row in self.rows():
            target.write(msgspec.json.encode(row) + b"\n")
            count += 1
        return count

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        with self._guard:
            self._close()

    def _page(self, after: int) -> list[tuple[int, bytes]]:
        return self._run(
            lambda connection: connection.execute(
                "SELECT id, json FROM row WHERE id > ? ORDER BY id LIMIT ?", (after, PAGE_ROWS)
            ).fetchall()
        )

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do ``work`` on the open database; if that proves damaged, once more on a new one."""
        with self._guard:
            try:
                return self._attempt(work)
            except sqlite3.DatabaseError as error:
                if _code(error) not in DAMAGED:
                    raise
                self._set_aside(error)
                return self._attempt(work)

    def _attempt(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._connection is None:
                self._connection = _open(self.path)
            return work(self._connection)
        except (sqlite3.OperationalError, OSError) as error:
            if isinstance(error, sqlite3.Error) and _code(error) == sqlite3.SQLITE_FULL:
                raise StorageFull(f"{self.path}: the disk is full; free some space, this row was not kept") from error
            raise MemoryFileError(f"{self.path}: {error}; check its permissions and who else holds it") from error

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        self._close()
        with locked(self.path.with_suffix(".lock")):
            if _is_sound(self.path):
                return  # another process has replaced it meanwhile
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
            aside = self.path.with_name(f"{self.path.name}.damaged-{stamp}")
            for suffix in ("", "-wal", "-shm"):
                part = self.path.with_name(self.path.name + suffix)
                if part.exists():
                    part.replace(aside.with_name(aside.name + suffix))
        log.warning("%s is damaged (%s): moved to %s, a new one was begun", self.path, error, aside.name)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _open(path: Path) -> sqlite3.Connection:
    # Guarded by a lock of our own, so another thread may use it; autocommit, so that we say where a write begins.
    connection = sqlite3.connect(path, timeout=10.0, check_same_thread=False, isolation_level=None)
    try:
        if _version(connection, path) < SCHEMA_VERSION:
            # SQLite does not wait for others when it changes the journal mode, so two first openings must not meet.
            with locked(path.with_suffix(".lock")):
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        # In WAL mode this can lose the last rows in a power cut but never damages the file; saves an fsync per answer.
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection, path: Path) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise MemoryFileError(f"{path} was written by a newer sanderling: upgrade, or move the file away")
    return int(version)


def _is_sound(path: Path) -> bool:
    try:
        connection = sqlite3.connect(path, timeout=10.0)
        try:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        finally:
            connection.close()
    except sqlite3.DatabaseError:
        return False


def _code(error: sqlite3.Error) -> int:
    """Return the primary result code; extended ones carry their detail in the higher bytes."""
    # Errors that Python's module raises by itself carry no code.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _decode(json: bytes) -> Row:
    try:
        return msgspec.json.decode(json, type=Row)
    except msgspec.DecodeError as error:
        raise MemoryFileError(f"a telemetry row cannot be read ({error}): move telemetry.sqlite away") from error
