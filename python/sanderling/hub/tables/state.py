"""The state of a device's last exchange, in an SQLite file beside the memory.

It is written once, at the end of an exchange, after everything it speaks of is in the memory and in the hub. An
exchange that ends halfway leaves the knowledge of the one before: what was done is then found to be the same on both
sides.

A backup of the memory that is put back knows less than this file, and its lost notes would pass for deleted ones. So
both hold a token that each exchange draws anew, and knowledge of another token is not used: the two sides are then
compared as in a first exchange, in which nothing is taken to be deleted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...telemetry.database import Database
from ..unit import UnitKey, Version

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS fact (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS base (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    time REAL NOT NULL,
    origin TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    PRIMARY KEY (kind, name)
);
CREATE TABLE IF NOT EXISTS waiting (
    name TEXT PRIMARY KEY,
    time REAL NOT NULL,
    origin TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    payload BLOB NOT NULL
);
"""


def state_path(memory: Path) -> Path:
    """Return the path of a memory's state file."""
    return memory.with_name(f"{memory.name}.hub")


class StateFile:
    """A memory's state file, opened on first use."""

    def __init__(self, memory: Path) -> None:
        """``memory``: path of the memory."""
        self.path = state_path(memory)
        self._database = Database(self.path, SCHEMA, SCHEMA_VERSION)

    def close(self) -> None:
        """Close the state file."""
        self._database.close()

    def facts(self) -> dict[str, str]:
        """Return all facts by name; empty without a file. Raises MemoryFileError."""
        rows: list[tuple[str, str]] = self._database.read(
            lambda open_: open_.execute("SELECT * FROM fact").fetchall(), []
        )
        return dict(rows)

    def bases(self) -> dict[UnitKey, Version]:
        """Return, for each unit, the latest version that memory and hub both had. Raises MemoryFileError."""
        sql = "SELECT kind, name, time, origin, fingerprint FROM base"
        rows: list[Any] = self._database.read(lambda open_: open_.execute(sql).fetchall(), [])
        return {UnitKey(kind, name): Version(*version) for kind, name, *version in rows}

    def waiting(self) -> dict[UnitKey, tuple[Version, bytes]]:
        """Return the edges that wait for their nodes, with the edges' payloads.

        They came before the nodes at their ends. Raises MemoryFileError.
        """
        sql = "SELECT name, time, origin, fingerprint, payload FROM waiting"
        rows: list[Any] = self._database.read(lambda open_: open_.execute(sql).fetchall(), [])
        return {UnitKey("edge", name): (Version(*version), payload) for name, *version, payload in rows}

    def note(self, facts: Mapping[str, str]) -> None:
        """Write some facts. Raises MemoryFileError, StorageFull."""
        self._database.run(lambda open_: _write(open_, facts))

    def end(
        self,
        facts: Mapping[str, str],
        bases: Mapping[UnitKey, Version | None],
        waiting: Iterable[tuple[UnitKey, Version, bytes]],
        *,
        anew: bool,
    ) -> None:
        """Write the result of an exchange in one transaction.

        Raises MemoryFileError, StorageFull. ``bases``: versions that changed, None: the unit is gone. ``waiting``: all
        edges that wait. ``anew``: whether bases of before are dropped.
        """

        def work(open_: sqlite3.Connection) -> None:
            with open_:
                open_.execute("BEGIN IMMEDIATE")
                if anew:
                    open_.execute("DELETE FROM base")
                gone = [key for key, version in bases.items() if version is None]
                open_.executemany("DELETE FROM base WHERE kind = ? AND name = ?", gone)
                open_.executemany(
                    "INSERT OR REPLACE INTO base VALUES(?, ?, ?, ?, ?)",
                    [(*key, *version) for key, version in bases.items() if version is not None],
                )
                open_.execute("DELETE FROM waiting")
                open_.executemany(
                    "INSERT INTO waiting VALUES(?, ?, ?, ?, ?)",
                    [(key.name, *version, payload) for key, version, payload in waiting],
                )
                _put(open_, facts)

        self._database.run(work)


def _write(open_: sqlite3.Connection, facts: Mapping[str, str]) -> None:
    with open_:
        open_.execute("BEGIN IMMEDIATE")
        _put(open_, facts)


def _put(open_: sqlite3.Connection, facts: Mapping[str, str]) -> None:
    open_.executemany("INSERT OR REPLACE INTO fact VALUES(?, ?)", list(facts.items()))
