from __future__ import annotations

import sqlite3

import pytest

from sanderling.errors import MemoryFileError, StorageFull, UsageError
from sanderling.memory.store.database import Database, explain


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (sqlite3.SQLITE_FULL, StorageFull, "free disk space"),
        (sqlite3.SQLITE_IOERR_WRITE, StorageFull, "the disk refused"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, MemoryFileError, "another process"),
        (sqlite3.SQLITE_NOTADB, MemoryFileError, "not a memory"),
        (sqlite3.SQLITE_CORRUPT_VTAB, MemoryFileError, "restore a backup"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, MemoryFileError, "permissions"),
        (sqlite3.SQLITE_CANTOPEN, MemoryFileError, "folder exists"),
        (sqlite3.SQLITE_ERROR, MemoryFileError, "the message"),
    ],
)
def test_each_failure_is_explained_in_one_line(tmp_path, code, kind, words):
    error = sqlite3.OperationalError("the message")
    error.sqlite_errorcode = code
    explained = explain(error, tmp_path / "m")
    assert type(explained) is kind
    assert words in str(explained)
    assert str(tmp_path / "m") in str(explained)
    assert "\n" not in str(explained)


def test_settings(tmp_path):
    database = Database(tmp_path / "m")
    database.use_wal()
    values = {
        name: database.execute(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "foreign_keys", "synchronous")
    }
    assert values == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1}
    assert not database.writing
    with database.transaction("IMMEDIATE"):
        assert database.writing
        with database.transaction("DEFERRED"):
            assert database.writing
    database.close()
    with pytest.raises(UsageError, match="open it again"):
        database.execute("SELECT 1")
