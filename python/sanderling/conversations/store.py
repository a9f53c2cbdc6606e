"""The SQLite file of conversations, bounded in number and age. Several processes may use it at once.

A state is written only over the one it was made from: if another process has added a turn meanwhile, or notes were
forgotten, the turn is kept without a state. For a file that is damaged, locked or on a full disk see
:mod:`sanderling.telemetry.database`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ..errors import MemoryFileError
from ..filter import Filter
from ..records import Record
from ..telemetry.database import Database, erase
from .turn import KeptConversation, KeptSource, KeptTurn, now, struck

FILE = "conversations.sqlite"
SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS conversation (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    memory TEXT NOT NULL,
    begun_at TEXT NOT NULL,
    used_at TEXT NOT NULL,
    turns INTEGER NOT NULL,
    version INTEGER NOT NULL,
    filter BLOB NOT NULL,
    state BLOB
);
CREATE INDEX IF NOT EXISTS conversation_used_at ON conversation (used_at);
CREATE TABLE IF NOT EXISTS turn (
    conversation TEXT NOT NULL,
    number INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    json BLOB NOT NULL,
    PRIMARY KEY (conversation, number)
);
CREATE TABLE IF NOT EXISTS source (
    conversation TEXT NOT NULL,
    turn INTEGER NOT NULL,
    key INTEGER NOT NULL,
    node_id TEXT NOT NULL,
    uri TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS failed (
    conversation TEXT NOT NULL,
    request_id TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS source_turn ON source (conversation, turn);
"""
_SHOWN = "SELECT id, title, memory, begun_at, used_at, turns FROM conversation"
_NEWEST_FIRST = "ORDER BY used_at DESC, rowid DESC"
_filter = msgspec.json.Decoder(Filter).decode
_turn = msgspec.json.Decoder(KeptTurn).decode


class Loaded(Record):
    """A conversation as stored on the disk."""

    conversation: KeptConversation
    filter: Filter
    version: int
    """Number of the last change, which increases with each change."""
    state: bytes | None
    """Encoded history; None if only the words of the turns are known."""
    turns: tuple[KeptTurn, ...]


class StoredSource(NamedTuple):
    """A note that a turn was based on."""

    conversation: str
    turn: int
    key: int
    node_id: str
    uri: str


class ConversationStore:
    """The conversations of one installation. Safe to share between threads."""

    def __init__(self, path: Path, keep: int | None = None, keep_days: float | None = None) -> None:
        """Set the path of the file, which is opened on first use.

        ``keep``: most conversations; None: any number. ``keep_days``: those without a turn for longer are deleted;
        None: none are. The bounds are applied when the file is opened, the number also when a conversation is begun.
        """
        self.path, self._keep, self._keep_days = path, keep, keep_days
        bounded = keep is not None or keep_days is not None
        self._database = Database(path, SCHEMA, SCHEMA_VERSION, self._expire if bounded else None)

    def shown(self, memory: str | None = None) -> tuple[KeptConversation, ...]:
        """Return the conversations about ``memory``, most recently used first; None: about any memory."""
        sql = f"{_SHOWN} WHERE memory = ?1 OR ?1 IS NULL {_NEWEST_FIRST}"
        rows: list[tuple[Any, ...]] = self._database.read(lambda open_: open_.execute(sql, (memory,)).fetchall(), [])
        return tuple(self._conversation(row) for row in rows)

    def ids(self, beginning: str) -> tuple[str, ...]:
        """Return at most two ids that begin with ``beginning``."""
        sql = "SELECT id FROM conversation WHERE substr(id, 1, ?2) = ?1 LIMIT 2"
        found: list[tuple[str]] = self._database.read(
            lambda open_: open_.execute(sql, (beginning, len(beginning))).fetchall(), []
        )
        return tuple(str(id) for (id,) in found)

    def version(self, id: str) -> int | None:
        """Return the version number of a conversation; None if there is no such conversation."""
        sql = "SELECT version FROM conversation WHERE id = ?"
        found: tuple[int] | None = self._database.read(lambda open_: open_.execute(sql, (id,)).fetchone(), None)
        return None if found is None else found[0]

    def load(self, id: str) -> Loaded | None:
        """Return a conversation with its turns; None if the id is unknown. Raises MemoryFileError."""
        columns = "id, title, memory, begun_at, used_at, turns, filter, version, state"

        def work(open_: sqlite3.Connection) -> tuple[Any, list[tuple[bytes]]]:
            with open_:
                open_.execute("BEGIN")
                found = open_.execute(f"SELECT {columns} FROM conversation WHERE id = ?", (id,)).fetchone()
                sql = "SELECT json FROM turn WHERE conversation = ? ORDER BY number"
                return found, open_.execute(sql, (id,)).fetchall()

        nothing: tuple[Any, list[tuple[bytes]]] = (None, [])
        row, turns = self._database.read(work, nothing)
        if row is None:
            return None
        try:
            return Loaded(
                conversation=self._conversation(row[:6]),
                filter=_filter(row[6]),
                version=int(row[7]),
                state=row[8] if isinstance(row[8], bytes) else None,
                turns=tuple(_turn(json) for (json,) in turns),
            )
        except (msgspec.MsgspecError, TypeError, ValueError) as error:
            remedy = f"forget it with  sanderling chat --forget {id}"
            raise MemoryFileError(f"{self.path}: a conversation cannot be read ({error}): {remedy}") from error

    def keep(
        self,
        id: str,
        memory: str,
        filter: Filter,
        turn: KeptTurn,
        version: int,
        state: bytes | None,
        shown: Sequence[KeptSource] | None = None,
    ) -> int | None:
        """Append a turn; return the new version, or None if the conversation is gone.

        ``version``: the one that ``state`` was made from; 0: this is the first turn. If the result is not ``version``
        + 1, there was another change meanwhile, and ``state`` was not kept. ``state`` None: none is.
        ``shown``: all notes that the state holds since the turn before; None: the sources of the turn.

        Raises StorageFull, MemoryFileError.
        """
        encoded, kept_filter = msgspec.json.encode(turn), msgspec.json.encode(filter)

        def work(open_: sqlite3.Connection) -> int | None:
            forgotten = 0
            with open_:
                open_.execute("BEGIN IMMEDIATE")
                if not version:
                    open_.execute(
                        "INSERT INTO conversation (id, title, memory, begun_at, used_at, turns, version, filter)"
                        " VALUES (?, ?, ?, ?, ?, 0, 0, ?)",
                        (id, turn.question, memory, now(), now(), kept_filter),
                    )
                    forgotten = self._beyond(open_)
                sql = "SELECT version, turns FROM conversation WHERE id = ?"
                if (found := open_.execute(sql, (id,)).fetchone()) is None:
                    return None
                number = found[1] + 1
                open_.execute(
                    "UPDATE conversation SET memory = ?, used_at = ?, turns = ?, version = ?, filter = ?, state = ?"
                    " WHERE id = ?",
                    (memory, now(), number, found[0] + 1, kept_filter, state if found[0] == version else None, id),
                )
                open_.execute("INSERT INTO turn VALUES (?, ?, ?, ?)", (id, number, turn.request_id, encoded))
                open_.executemany(
                    "INSERT INTO source VALUES (?, ?, ?, ?, ?)",
                    [
                        (id, number, each.key, each.node_id, each.uri)
                        for each in (turn.sources if shown is None else shown)
                    ],
                )
            if forgotten:
                erase(open_)
            return int(found[0]) + 1

        return self._database.run(work)

    def fail(self, id: str, request_id: str) -> None:
        """Record a failed request, whose question is in a telemetry row."""
        sql = "INSERT INTO failed SELECT id, ? FROM conversation WHERE id = ?"
        self._database.run(lambda open_: open_.execute(sql, (request_id, id)))

    def sources(self, memory: str) -> list[StoredSource]:
        """Return every note that a turn about ``memory`` was based on."""
        sql = (
            "SELECT s.conversation, s.turn, s.key, s.node_id, s.uri FROM source s"
            " JOIN conversation c ON c.id = s.conversation WHERE c.memory = ?"
        )
        rows: list[tuple[Any, ...]] = self._database.read(lambda open_: open_.execute(sql, (memory,)).fetchall(), [])
        return [StoredSource(*row) for row in rows]

    def strike(self, lost: Mapping[tuple[str, int], Mapping[tuple[int, str], bool]]) -> None:
        """Delete sources of turns, and the encoded histories that contain those sources.

        ``lost``: by conversation and number of the turn, as :func:`~sanderling.conversations.turn.struck` takes it.
        """

        def work(open_: sqlite3.Connection) -> None:
            with open_:
                open_.execute("BEGIN IMMEDIATE")
                for where, notes in lost.items():
                    sql = "SELECT json FROM turn WHERE conversation = ? AND number = ?"
                    if (found := open_.execute(sql, where).fetchone()) is None:
                        continue
                    turn = struck(_turn(found[0]), notes)
                    sql = "UPDATE turn SET json = ? WHERE conversation = ? AND number = ?"
                    open_.execute(sql, (msgspec.json.encode(turn), *where))
                    sql = "DELETE FROM source WHERE conversation = ? AND turn = ? AND key = ? AND node_id = ?"
                    open_.executemany(sql, [(*where, *note) for note in notes])
                sql = "UPDATE conversation SET state = NULL, version = version + 1 WHERE id = ?"
                open_.executemany(sql, [(id,) for id in sorted({id for id, _ in lost})])
            _wipe(open_)

        self._database.run(work)

    def request_ids(self, ids: Sequence[str]) -> list[str]:
        """Return the request ids of the conversations ``ids``, including failed requests."""
        sql = (
            "SELECT request_id FROM turn WHERE conversation = ?1"
            " UNION ALL SELECT request_id FROM failed WHERE conversation = ?1"
        )

        def work(open_: sqlite3.Connection) -> list[str]:
            return [str(request) for id in ids for (request,) in open_.execute(sql, (id,)).fetchall()]

        return self._database.read(work, [])

    def older(self, than_days: float | None) -> list[str]:
        """Return the ids of conversations unused for ``than_days`` days; None: all ids."""
        before = "~" if than_days is None else _before(than_days)
        sql = "SELECT id FROM conversation WHERE used_at < ?"
        found: list[tuple[str]] = self._database.read(lambda open_: open_.execute(sql, (before,)).fetchall(), [])
        return [id for (id,) in found]

    def forget(self, ids: Sequence[str]) -> int:
        """Delete conversations and overwrite their words on disk; return their number.

        What was set aside as damaged may hold them too, and is deleted as well.
        """
        self._database.forget_set_aside()
        if not self.path.exists():
            return 0

        def work(open_: sqlite3.Connection) -> int:
            with open_:
                open_.execute("BEGIN IMMEDIATE")
                count = _delete(open_, ids)
            _wipe(open_)
            return count

        return self._database.run(work)

    def apply_bounds(self) -> None:
        """Delete the conversations that exceed the bounds. Without a file, do nothing."""
        if self.path.exists():
            self._database.run(lambda open_: None)  # opening the file deletes it

    def close(self) -> None:
        """Close the file. The next call opens it again."""
        self._database.close()

    def _conversation(self, row: Sequence[Any]) -> KeptConversation:
        try:
            return msgspec.convert(
                dict(zip(KeptConversation.__struct_fields__, row, strict=True)), KeptConversation, strict=True
            )
        except msgspec.ValidationError as error:
            raise MemoryFileError(f"{self.path} cannot be read ({error}): move it away") from error

    def _expire(self, open_: sqlite3.Connection) -> int:
        with suppress(MemoryFileError):  # a file that cannot be deleted prevents no turn
            if self._keep_days is not None:
                self._database.forget_set_aside(self._keep_days)
        with open_:
            open_.execute("BEGIN IMMEDIATE")
            old = () if self._keep_days is None else _ids(open_, "used_at < ?", _before(self._keep_days))
            return _delete(open_, old) + self._beyond(open_)

    def _beyond(self, open_: sqlite3.Connection) -> int:
        """Delete the least recently used conversations in excess of the limit."""
        if self._keep is None:
            return 0
        sql = f"SELECT id FROM conversation {_NEWEST_FIRST} LIMIT -1 OFFSET ?"
        return _delete(open_, [id for (id,) in open_.execute(sql, (self._keep,)).fetchall()])


def _ids(open_: sqlite3.Connection, where: str, *values: object) -> list[str]:
    return [id for (id,) in open_.execute(f"SELECT id FROM conversation WHERE {where}", values).fetchall()]


def _delete(open_: sqlite3.Connection, ids: Iterable[str]) -> int:
    chosen = [(id,) for id in ids]
    for table in ("source", "failed", "turn"):
        open_.executemany(f"DELETE FROM {table} WHERE conversation = ?", chosen)
    return sum(open_.execute("DELETE FROM conversation WHERE id = ?", one).rowcount for one in chosen)


def _wipe(open_: sqlite3.Connection) -> None:
    """Overwrite deleted content, including copies in database pages that were split or merged."""
    open_.execute("VACUUM")
    erase(open_)


def _before(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
