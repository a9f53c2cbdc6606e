from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest

from sanderling.errors import MemoryFileError, StorageFull
from sanderling.memory import Memory
from sanderling.memory.index import index_path
from sanderling.memory.store import database
from sanderling.memory.store.packed import unpack
from sanderling.memory.store.words import words_path
from sanderling.memory.upkeep.compaction import compact, sizes
from sanderling.memory.upkeep.verification import verify

COUNT = 60


@pytest.fixture
def path(tmp_path, folder, hash_embedder):
    """A memory most of which was deleted."""
    path = tmp_path / "m.sanderling"
    root = folder({f"{i:02}.md": f"# Note {i}\n\n" + f"word{i} " * 600 for i in range(COUNT)})
    with Memory.open(path, hash_embedder) as memory:
        memory.ingest([root])
        for i in range(5, COUNT):
            (root / f"{i:02}.md").unlink()
        memory.ingest([root], prune=True, confirm=lambda _: True)
    return path


def test_deleted_rows_give_their_room_back(path, hash_embedder):
    before = path.stat().st_size
    done = compact(path)
    assert done.warnings == ()
    assert done.before.store_bytes == before
    assert done.after == sizes(path)
    files = (path, index_path(path), words_path(path))
    assert done.after.total_bytes == sum(file.stat().st_size for file in files)
    assert done.after.store_bytes < before / 2
    found = verify(path)
    assert (found.store, found.index, found.notes) == ((), (), ())
    with Memory.open(path, hash_embedder) as memory:
        assert memory.warnings == ()
        assert memory.stats().documents == 5
        assert memory.search_text("word3")


def test_vectors_of_an_earlier_format_are_packed(path, hash_embedder):
    compact(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        values = dict(connection.execute("SELECT node, value FROM vector"))
        plain = {node: unpack(value, 64) for node, value in values.items()}
        connection.executemany(
            "UPDATE vector SET value = ? WHERE node = ?", [(each.tobytes(), node) for node, each in plain.items()]
        )
        connection.execute("DELETE FROM meta WHERE key = 'vectors'")
        connection.execute("DELETE FROM change WHERE src IS NOT NULL")
        connection.execute("PRAGMA user_version = 3")
    with Memory.open(path, hash_embedder) as memory:
        assert memory.stats().documents == 5 and memory.warnings == ()
        # As they were, until the file is rewritten anyway.
        assert {len(value) for (value,) in memory.store.database.execute("SELECT value FROM vector")} == {256}
    before = path.stat().st_size
    done = compact(path)
    assert done.warnings == ()
    assert path.stat().st_size < before - 100 * len(values) + 4096
    found = verify(path)
    assert (found.store, found.index, found.notes) == ((), (), ())
    with closing(sqlite3.connect(path)) as connection:
        for node, value in connection.execute("SELECT node, value FROM vector"):
            assert len(value) == 2 * 64 + 5
            np.testing.assert_allclose(unpack(value, 64), plain[node], rtol=2.0**-22)
        assert connection.execute("SELECT count(*) FROM change WHERE src IS NOT NULL").fetchone() == (0,)


def test_a_memory_of_float32_stays_one(tmp_path, folder, hash_embedder):
    path = tmp_path / "wide"
    with Memory.open(path, hash_embedder, precision="float32") as memory:
        memory.ingest([folder({"a.md": "# A\n\nwords"})])
    compact(path)
    with Memory.open(path, hash_embedder) as memory:
        assert memory.store.precision == "float32" and memory.warnings == ()
        assert {len(value) for (value,) in memory.store.database.execute("SELECT value FROM vector")} == {256}


def test_no_room_is_said_before_anything_is_done(path, monkeypatch):
    data = path.read_bytes()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(StorageFull, match="free disk space"):
        compact(path)
    assert path.read_bytes() == data


def test_a_memory_being_written_to(path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(MemoryFileError, match="in use by another process"):
        compact(path)
    other.close()
    done = compact(path)
    assert done.after.store_bytes < done.before.store_bytes


def test_a_memory_being_read_shrinks_later(path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM node").fetchone()
    assert any("another process reads" in warning for warning in compact(path).warnings)
    other.close()
    assert verify(path).store == ()


def test_what_killed_processes_left_is_removed(path):
    # Process ids are given out in turn; the largest one possible is not in use.
    left = index_path(path).with_name(f"{index_path(path).name}.4194304.tmp")
    running = index_path(path).with_name(f"{index_path(path).name}.{os.getppid()}.tmp")
    for file in (left, running):
        file.write_bytes(b"half")
    assert f"removed {left.name}" in compact(path).warnings[0]
    assert not left.exists()
    assert running.exists()
