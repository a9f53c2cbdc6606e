"""The SQLite file of cached answers, limited in size and age.

The least recently used answers are deleted first. Several processes may use the file at once. It holds nothing else and
may be deleted while no process has it open. A damaged file is set aside with a warning and a new one begun
(:mod:`sanderling.telemetry.database`).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import config
from ..records import Record
from ..telemetry.database import Database, erase

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS answer (
    id INTEGER PRIMARY KEY,
    settings BLOB NOT NULL,
    question TEXT NOT NULL,
    telling TEXT NOT NULL,
    vector BLOB NOT NULL,
    holds BLOB NOT NULL,
    draft BLOB NOT NULL,
    made_at REAL NOT NULL,
    used_at REAL NOT NULL,
    hits INTEGER NOT NULL DEFAULT 0,
    UNIQUE (settings, question)
);
CREATE INDEX IF NOT EXISTS answer_telling ON answer (settings, telling);
CREATE INDEX IF NOT EXISTS answer_used_at ON answer (used_at);
"""
DAY_S = 86_400.0


class Kept(Record):
    """A cached answer in encoded form."""

    id: int
    question: str
    """The normalised question (:func:`sanderling.response_cache.question.normalised`)."""
    vector: bytes
    """Embedding of the question, little-endian float32[dim]."""
    holds: bytes
    """MessagePack of the answer's :class:`~sanderling.response_cache.dependencies.Dependencies`."""
    draft: bytes
    """MessagePack of the draft without the notes' texts."""


class CacheStats(Record):
    """Statistics of the cached answers."""

    answers: int
    hits: int
    """Number of uses of the present answers, without deleted ones."""
    used_bytes: int
    """Size of the file without its free pages."""
    oldest_days: float
    """Age of the oldest answer."""


class Answers:
    """The file of cached answers. Safe to share between threads."""

    def __init__(self, path: Path | None = None, max_age_days: float | None = None) -> None:
        """Set the file's path. The file is opened on first use. ``path`` None: ``responses.sqlite`` in the data folder.

        ``max_age_days``: answers older than this are deleted whenever the file is opened; None: none are.
        """
        self.path = path or config.home() / "responses.sqlite"
        expire = None if max_age_days is None else lambda open_: _expire(open_, max_age_days)
        self._database = Database(self.path, SCHEMA, SCHEMA_VERSION, expire)

    def expire(self) -> None:
        """Delete answers past their maximum age. Without a file, do nothing."""
        if self.path.exists():
            self._database.run(lambda open_: None)  # opening the file deletes them

    def candidates(self, settings: bytes, telling: str, max_age_days: float) -> list[Kept]:
        """Return the answers, under ``settings``, to questions whose significant words are ``telling``.

        ``settings``: digest of all that determines an answer beside its question.
        """
        since = time.time() - max_age_days * DAY_S
        sql = (
            "SELECT id, question, vector, holds, draft FROM answer WHERE settings = ? AND telling = ? AND made_at >= ? "
            # Another program may have written any type into any column.
            "AND (typeof(question), typeof(vector), typeof(holds), typeof(draft)) = ('text', 'blob', 'blob', 'blob')"
        )
        nothing: list[tuple[Any, ...]] = []
        rows = self._database.read(
            lambda open_: open_.execute(sql, (settings, telling, since)).fetchall(), absent=nothing
        )
        return [Kept(**dict(zip(Kept.__struct_fields__, row, strict=True))) for row in rows]

    def used(self, id: int) -> None:
        """Record a use of the answer ``id``."""
        sql = "UPDATE answer SET hits = hits + 1, used_at = ? WHERE id = ?"
        self._database.run(lambda open_: open_.execute(sql, (time.time(), id)))

    def forget(self, id: int) -> None:
        """Delete the answer ``id`` and overwrite its text on disk."""

        def work(open_: sqlite3.Connection) -> None:
            open_.execute("DELETE FROM answer WHERE id = ?", (id,))
            erase(open_)

        self._database.run(work)

    def forget_telling(self, telling: str) -> int:
        """Delete and overwrite the answers to all questions whose significant words are ``telling``; return the number.

        Those under any settings go, and those made from other memories.
        """
        if not self.path.exists():
            return 0

        def work(open_: sqlite3.Connection) -> int:
            count = open_.execute("DELETE FROM answer WHERE telling = ?", (telling,)).rowcount
            if count:
                erase(open_)
            return count

        return self._database.run(work)

    def forget_unless(self, holds: Callable[[bytes], bool]) -> None:
        """Delete and overwrite each answer for which ``holds`` returns False.

        ``holds`` gets the answer's encoded dependencies.
        """
        if not self.path.exists():
            return

        def work(open_: sqlite3.Connection) -> None:
            gone = [(id,) for id, kept in open_.execute("SELECT id, holds FROM answer").fetchall() if not holds(kept)]
            if gone:
                open_.executemany("DELETE FROM answer WHERE id = ?", gone)
                erase(open_)

        self._database.run(work)

    def keep(
        self,
        settings: bytes,
        question: str,
        telling: str,
        vector: bytes,
        holds: bytes,
        draft: bytes,
        *,
        max_bytes: int,
        max_age_days: float,
    ) -> None:
        """Write an answer in place of any earlier answer to the question. Then delete answers that exceed the bounds.

        ``max_bytes``: bound of all pages in use afterwards. The file itself is larger by at most one answer and its
        write-ahead log.
        """
        now = time.time()

        def work(open_: sqlite3.Connection) -> None:
            with open_:
                open_.execute("BEGIN IMMEDIATE")
                forgotten = _expire(open_, max_age_days)
                columns = "settings, question, telling, vector, holds, draft, made_at, used_at"
                open_.execute(
                    f"INSERT OR REPLACE INTO answer ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (settings, question, telling, vector, holds, draft, now, now),
                )
                sql = "DELETE FROM answer WHERE id = (SELECT id FROM answer ORDER BY used_at, id LIMIT 1)"
                while _used_bytes(open_) > max_bytes and open_.execute(sql).rowcount:
                    forgotten += 1
            if forgotten:
                erase(open_)

        self._database.run(work)

    def clear(self) -> int:
        """Delete all answers and overwrite their texts; return the number of answers.

        Files set aside as damaged are deleted too, and not counted.
        """
        self._database.forget_set_aside()
        if not self.path.exists():
            return 0

        def work(open_: sqlite3.Connection) -> int:
            count = open_.execute("DELETE FROM answer").rowcount
            open_.execute("VACUUM")
            erase(open_)
            return count

        return self._database.run(work)

    def stats(self) -> CacheStats:
        """Return statistics of the cached answers."""

        def work(open_: sqlite3.Connection) -> CacheStats:
            count, hits, oldest = open_.execute(
                "SELECT count(*), CAST(total(hits) AS INTEGER), CAST(min(made_at) AS REAL) FROM answer"
            ).fetchone()
            days = 0.0 if oldest is None else max(0.0, time.time() - oldest) / DAY_S
            return CacheStats(answers=count, hits=hits, used_bytes=_used_bytes(open_), oldest_days=days)

        return self._database.read(work, absent=CacheStats(answers=0, hits=0, used_bytes=0, oldest_days=0.0))

    def close(self) -> None:
        """Close the file. The next call opens it again."""
        self._database.close()


def _expire(open_: sqlite3.Connection, max_age_days: float) -> int:
    return open_.execute("DELETE FROM answer WHERE made_at < ?", (time.time() - max_age_days * DAY_S,)).rowcount


def _used_bytes(open_: sqlite3.Connection) -> int:
    """Return the size of the file without its free pages."""
    pages, free, size = (
        open_.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)
