from __future__ import annotations

import os
import shutil
import sqlite3
from types import SimpleNamespace

import pytest

from sanderling.errors import MemoryFileError, StorageFull
from sanderling.memory import Memory
from sanderling.memory.index import index_path
from sanderling.memory.store import database
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
    assert done.after.total_bytes == path.stat().st_size + index_path(path).stat().st_size
    assert done.after.store_bytes < before / 2
    found = verify(path)
    assert (found.store, found.index, found.notes) == ((), (), ())
    with Memory.open(path, hash_embedder) as memory:
        assert memory.warnings == ()
        assert memory.stats().documents == 5
        assert memory.search_text("word3")


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
