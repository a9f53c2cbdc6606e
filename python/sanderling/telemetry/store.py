"""Telemetry rows in SQLite.

Several processes may append at once. A row is stored as the JSON it is exported as; the other columns are copies for
searching. For a file that is damaged, locked or on a full disk see :mod:`sanderling.telemetry.database`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import IO

import msgspec

from .. import config
from ..departure import Departure
from ..disk.whole_file import whole_file
from ..errors import MemoryFileError, UsageError
from .database import Database, erase
from .row import Quality, QualityLabel, Row

PAGE_ROWS = 256
RECOUNT_EVERY = 256
_row = msgspec.json.Decoder(Row).decode


class TelemetryStore:
    """The telemetry of one installation. Safe to share between threads; close it, or use it as a context manager."""

    def __init__(self, path: Path | None = None, keep_days: float | None = None) -> None:
        """Set the path of the file. The file is opened on first use.

        ``path`` None: ``telemetry.sqlite`` in the data folder. ``keep_days``: rows older than this are deleted whenever
        the file is opened; None: none are.
        """
        self.path = path or config.home() / "telemetry.sqlite"

        def expire(connection: sqlite3.Connection) -> int:
            with suppress(MemoryFileError):  # a file that cannot be deleted prevents no row
                self._database.forget_set_aside(keep_days)
            return _delete(connection, keep_days)

        self._counting, self._calls = threading.Lock(), 0
        self._known = 0, 0
        """Rows counted, and the newest id among them."""
        self._database = Database(self.path, expire=None if keep_days is None else expire)

    def __enter__(self) -> TelemetryStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def count(self) -> int:
        """Return the number of rows, including those of other processes; 0 if there is no file.

        All are counted once in :data:`RECOUNT_EVERY` calls, and only the newer ones in between. Rows that another
        process deletes may count until then.
        """

        def work(connection: sqlite3.Connection) -> tuple[int, int]:
            known, last = self._known
            (newest,) = connection.execute("SELECT MAX(id) FROM row").fetchone()
            if self._calls % RECOUNT_EVERY == 0 or (newest or 0) < last:
                # Without a condition, so that an index is counted and not the rows, which are a thousand times as long.
                both = "SELECT (SELECT COUNT(*) FROM row), (SELECT MAX(id) FROM row)"
                known, newest = connection.execute(both).fetchone()
            elif newest > last:
                between = "SELECT COUNT(*) FROM row WHERE id > ? AND id <= ?"
                known += connection.execute(between, (last, newest)).fetchone()[0]
            return int(known), int(newest or 0)

        with self._counting:
            self._known = self._database.read(work, absent=(0, 0))
            self._calls += 1
            return self._known[0]

    def append(self, row: Row) -> None:
        """Append a row. Raises ValueError if its request has one already; StorageFull, MemoryFileError."""
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
            self._database.run(insert)
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
        """Write a judgement into a request's row, and return the row.

        ``score``: 1 to 5; None: none. ``label`` None: none. ``judge_model``: model that judged, which replaces no
        rating by a person; None: a person did.

        Raises UsageError for a request without a row, ValueError for a score outside of 1 to 5; StorageFull,
        MemoryFileError.
        """
        if score is not None and not 1 <= score <= 5:
            raise ValueError(f"a score is between 1 and 5, got {score}")

        def judged(row: Row) -> Row:
            if judge_model is not None and row.quality.judge_model is None and row.quality != Quality():
                return row
            return msgspec.structs.replace(row, quality=Quality(label=label, score=score, judge_model=judge_model))

        return self._change(request_id, judged)

    def depart(self, request_id: str, departure: Departure) -> Row:
        """Add ``departure``, sent after the answer, to a request's row; return the row.

        Raises UsageError for a request without a row; StorageFull, MemoryFileError.
        """
        return self._change(
            request_id, lambda row: msgspec.structs.replace(row, departures=(*row.departures, departure))
        )

    def _change(self, request_id: str, changed: Callable[[Row], Row]) -> Row:
        def update(connection: sqlite3.Connection) -> Row | None:
            with connection:
                # Take the write lock before reading, or two judges at once could overwrite each other unseen.
                connection.execute("BEGIN IMMEDIATE")
                found = connection.execute("SELECT json FROM row WHERE request_id = ?", (request_id,)).fetchone()
                if found is None:
                    return None
                row = changed(_decode(found[0]))
                connection.execute(
                    "UPDATE row SET json = ?, label = ? WHERE request_id = ?",
                    (msgspec.json.encode(row), row.quality.label, request_id),
                )
                return row

        row = self._database.run(update)
        if row is None:
            raise UsageError(f"there is no request {request_id} in the telemetry: see  sanderling log")
        return row

    def tail(self, count: int = 10) -> list[Row]:
        """Return the last ``count`` rows, oldest first."""
        nothing: list[tuple[bytes]] = []
        found = self._database.read(
            lambda connection: connection.execute(
                "SELECT json FROM row ORDER BY id DESC LIMIT ?", (max(0, count),)
            ).fetchall(),
            absent=nothing,
        )
        return [_decode(json) for (json,) in reversed(found)]

    def beginning(self, letters: str) -> list[Row]:
        """Return the first two rows, by the alphabet, whose request's id begins with ``letters``: first that itself."""
        begins = "request_id >= ?1 AND substr(request_id, 1, ?2) = ?1"
        sql = f"SELECT json FROM row WHERE {begins} ORDER BY request_id LIMIT 2"
        nothing: list[tuple[bytes]] = []
        found = self._database.read(
            lambda connection: connection.execute(sql, (letters, len(letters))).fetchall(), absent=nothing
        )
        return [_decode(json) for (json,) in found]

    def rows(self) -> Iterator[Row]:
        """Yield all rows, oldest first. They are read in pages, so no lock is held while the caller works."""
        last = 0
        while page := self._page(last):
            for _, json in page:
                yield _decode(json)
            last = page[-1][0]

    def export_jsonl(self, target: Path | IO[bytes]) -> int:
        """Write all rows to a file or binary stream as JSON lines; return their number."""
        if isinstance(target, Path):
            with whole_file(target, private=True) as stream:
                return self.export_jsonl(stream)
        count = 0
        for row in self.rows():
            target.write(msgspec.json.encode(row) + b"\n")
            count += 1
        return count

    def forget(self, older_than_days: float | None = None) -> int:
        """Delete rows and ratings and overwrite their text on the disk; return the number of deleted rows.

        ``older_than_days`` None: all rows. Files set aside as damaged are deleted by the same rule, and not counted.
        Exported files are not touched.
        """
        self._database.forget_set_aside(older_than_days)
        if not self.path.exists():
            return 0

        def work(connection: sqlite3.Connection) -> int:
            count = _delete(connection, older_than_days)
            # Rows that earlier versions deleted were not overwritten: the file is written anew.
            connection.execute("VACUUM")
            erase(connection)
            self._calls = 0
            return count

        return self._database.run(work)

    def forget_requests(self, request_ids: Iterable[str]) -> int:
        """Delete the rows of the requests ``request_ids`` as :meth:`forget` does; return their number."""
        self._database.forget_set_aside()
        if not self.path.exists():
            return 0

        def work(connection: sqlite3.Connection) -> int:
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                gone = [
                    connection.execute("DELETE FROM row WHERE request_id = ?", (id,)).rowcount for id in request_ids
                ]
            connection.execute("VACUUM")
            erase(connection)
            self._calls = 0
            return sum(gone)

        return self._database.run(work)

    def close(self) -> None:
        """Close the file. The next call opens it again."""
        self._database.close()

    def _page(self, after: int) -> list[tuple[int, bytes]]:
        return self._database.read(
            lambda connection: connection.execute(
                "SELECT id, json FROM row WHERE id > ? ORDER BY id LIMIT ?", (after, PAGE_ROWS)
            ).fetchall(),
            absent=[],
        )


def _delete(connection: sqlite3.Connection, older_than_days: float | None) -> int:
    if older_than_days is None:
        return connection.execute("DELETE FROM row").rowcount
    # In the format of the rows, so that the index on timestamps is used.
    before = (datetime.now(UTC) - timedelta(days=older_than_days)).isoformat(timespec="milliseconds")
    return connection.execute("DELETE FROM row WHERE timestamp < ?", (before,)).rowcount


def _decode(json: bytes) -> Row:
    try:
        return _row(json)
    except (msgspec.MsgspecError, TypeError) as error:  # TypeError: a column may hold a number as well
        raise MemoryFileError(f"a telemetry row cannot be read ({error}): move telemetry.sqlite away") from error
