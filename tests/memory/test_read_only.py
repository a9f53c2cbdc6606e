"""A memory on a read-only medium: everything that reads works, everything that writes says why not."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import ExitStack, closing

import media
import pytest

from sanderling.errors import MemoryFileError, StorageFull
from sanderling.memory import Memory, Note
from sanderling.memory.index import index_path
from sanderling.memory.store.store import Store
from sanderling.memory.upkeep.compaction import compact
from sanderling.memory.upkeep.pruning import prune
from sanderling.memory.upkeep.repair import repair
from sanderling.memory.upkeep.tidy import tidy
from sanderling.memory.upkeep.verification import verify


@pytest.fixture
def kept(tmp_path, hash_embedder, folder):
    """A closed memory of two notes in a folder of its own, still writable."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with Memory.open(disk / "m", hash_embedder) as memory:
        memory.ingest([folder({"pump.md": "# Pump\n\nAda repairs the pump.", "menu.txt": "Lentil soup on Fridays."})])
    return disk / "m"


@pytest.fixture
def fixed(kept, tmp_path):
    """Makes the folder read-only and returns the memory in it."""
    with ExitStack() as mounts:
        yield lambda: mounts.enter_context(media.read_only(kept.parent, tmp_path / "fixed")) / kept.name


def contents(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}


def question(memory, text="Who repairs the pump?"):
    (vector,) = memory.embedder.embed([text])
    found = memory.find(text, vector)
    return [node.text for node in memory.nodes(found.attended.keys)]


def test_a_memory_of_format_3_is_read_as_it_is(kept, fixed, hash_embedder):
    with closing(sqlite3.connect(kept)) as connection, connection:
        connection.execute("DELETE FROM meta WHERE key = 'vectors'")
        connection.execute("PRAGMA user_version = 3")
    with closing(sqlite3.connect(kept)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = contents(kept.parent)
    with Memory.open(fixed(), hash_embedder) as memory:
        assert "Ada repairs" in question(memory)[0]
    assert contents(kept.parent) == before


def test_it_is_searched_counted_and_verified(kept, fixed, hash_embedder):
    before = contents(kept.parent)
    path = fixed()
    with Memory.open(path, hash_embedder) as memory:
        assert memory.warnings == ()
        assert "Ada repairs" in question(memory)[0]
        assert memory.search_text("lentil")
        assert memory.stats().documents == 2
    found = verify(path)
    assert (found.store, found.index, found.notes) == ((), (), ())
    assert contents(kept.parent) == before


@pytest.mark.parametrize("damage", ["missing", "damaged", "stale"])
def test_an_index_of_no_use_is_rebuilt_for_this_process_and_said(kept, fixed, hash_embedder, damage):
    index = index_path(kept)
    old = index.read_bytes()
    if damage == "missing":
        index.unlink()
    elif damage == "damaged":
        index.write_bytes(old[:100])
    else:
        with Memory.open(kept, hash_embedder) as memory:
            memory.add("Bo drives the tractor.")
        index.write_bytes(old)
    before = contents(kept.parent)
    with Memory.open(fixed(), hash_embedder) as memory:
        assert len(memory) == memory.stats().nodes
        assert "Ada repairs" in question(memory)[0]
    (said,) = memory.warnings
    assert "rebuilt from the memory" in said
    assert "not saved, since the memory is read-only, it is on a read-only file system" in said
    assert contents(kept.parent) == before


def test_what_writes_is_refused_in_one_line(kept, fixed, hash_embedder, tmp_path):
    before = contents(kept.parent)
    path = fixed()
    note = tmp_path / "new.md"
    note.write_text("A new note.")
    with Memory.open(path, hash_embedder) as memory:
        writes = {
            "ingest": lambda: memory.ingest([note]),
            "add": lambda: memory.add("A new note."),
            "write_back": lambda: memory.write_back([Note(text="An answer.")]),
            "compact": lambda: compact(path),
            "prune": lambda: prune(path),
            "tidy": lambda: tidy(path),
            "repair": lambda: repair(path),
        }
        for name, write in writes.items():
            with pytest.raises(MemoryFileError, match="the memory is read-only") as refused:
                write()
            assert "\n" not in str(refused.value), name
    assert memory.warnings == ()
    assert contents(kept.parent) == before


def test_a_full_text_index_that_disagrees_is_found(kept, fixed):
    store = Store.open_existing(kept)
    with store.write():
        ((trigger,),) = store.database.execute("SELECT sql FROM sqlite_master WHERE name = 'node_text_update'")
        store.database.execute("DROP TRIGGER node_text_update")
        store.database.execute("UPDATE node SET text = 'Other words entirely.' WHERE key = 1")
        store.database.execute(trigger)
    store.close()
    store = Store.open_existing(fixed())
    try:
        for _ in range(2):
            assert any("full-text index" in problem for problem in store.integrity())
        assert store.stats().nodes == 2  # what was made to compare is out of the way again
    finally:
        store.close()


def test_no_room_to_compare_the_full_text_index_is_no_damage(kept, fixed):
    store = Store.open_existing(fixed())
    try:
        store.database.execute("PRAGMA temp.max_page_count = 2")
        with pytest.raises(StorageFull):
            store.integrity()
    finally:
        store.close()


def test_notes_in_a_log_that_was_left_are_found(kept, fixed, hash_embedder, tmp_path):
    aside = tmp_path / "aside"
    aside.mkdir()
    memory = Memory.open(kept, hash_embedder)
    memory.add("Bo drives the tractor.")
    for name in (kept.name, f"{kept.name}-wal"):
        shutil.copy(kept.with_name(name), aside)
    memory.close()
    for file in aside.iterdir():
        shutil.copy(file, kept.parent)
    with Memory.open(fixed(), hash_embedder) as memory:
        assert "tractor" in question(memory, "Who drives the tractor?")[0]


def test_a_memory_that_grows_elsewhere_is_followed(kept, fixed, hash_embedder):
    with Memory.open(fixed(), hash_embedder) as reader:
        for number in range(3):
            with Memory.open(kept, hash_embedder) as writer:
                writer.add(f"Bo drives tractor number {number}.")
            assert f"number {number}" in question(reader, f"Who drives tractor number {number}?")[0]
            assert len(reader) == reader.stats().nodes == 3 + number
