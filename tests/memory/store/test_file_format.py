"""Memory files of earlier formats are upgraded when they are opened."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from old_memory import TABLES_OF_2, back_to_format_2

from sanderling.disk.sqlite_schema import differences
from sanderling.errors import MemoryFileError, StorageFull
from sanderling.memory.store import full_text
from sanderling.memory.store.nodes import vectors as read
from sanderling.memory.store.schema_check import script_of
from sanderling.memory.store.store import Store
from sanderling.text.name_trie import Name


def test_the_tables_of_format_2_are_known_word_for_word():
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(TABLES_OF_2)
        assert differences(connection.execute, script_of(2)) == ()


@pytest.mark.parametrize("taken", [True, False])
def test_a_memory_of_format_1_is_brought_to_this_one(tmp_path, unit, taken):
    store = Store.open(tmp_path / "m", "e", 4)
    with store.write() as writer:
        _, (a, b) = writer.add_document("u", "Title", "hash", ["one", "two"], unit(0, 1))
    store.database.execute("DELETE FROM relation WHERE id = 4")
    if taken:
        # The first relation that a user brought had the number that is fixed now.
        with store.write() as writer:
            writer.add_edges("by hand", [(a, b, 0.5)])
    generation = store.generation()
    store.close()
    back_to_format_2(tmp_path / "m")
    with closing(sqlite3.connect(tmp_path / "m")) as connection:
        connection.executescript("DROP TABLE name; DROP TABLE entity; PRAGMA user_version = 1;")
    store = Store.open_existing(tmp_path / "m")
    # An index that knows the relation by its old number has to follow.
    assert (store.generation() > generation) == taken
    store.close()
    for _ in range(2):
        store = Store.open_existing(tmp_path / "m")
        assert dict(store.database.execute("SELECT name, id FROM relation"))["shares_entity"] == 4
        assert [(edge.rel, edge.weight) for edge in store.edges(a)] == [("by hand", 0.5)] * taken
        assert store.integrity() == ()
        with store.write() as writer:
            writer.add_names([(a, Name("Alias"))])
            writer.add_entities([(a, "jan kowalski")])
        store.close()


@pytest.fixture
def format_2(tmp_path, unit):
    """Path of a memory of format 2, with one document."""
    store = Store.open(tmp_path / "m", "e", 4)
    with store.write() as writer:
        writer.add_document("u", "Pump", "hash", ["It leaks.", "Ada mends it."], unit(0, 1))
    store.close()
    back_to_format_2(tmp_path / "m")
    return tmp_path / "m"


def test_a_memory_of_format_2_is_brought_to_this_one(format_2, unit):
    for number in (1, 2):
        store = Store.open_existing(format_2)
        assert store.integrity() == ()
        assert [key for key, _ in store.search_text("mends")] == [2]
        (node,) = store.nodes([2])
        assert (node.metadata.names, node.metadata.dated) == ("", "")
        names = {"names": "notes garage pump", "dated": "2026-03-01"}
        with store.write() as writer:
            _, (key,) = writer.add_document(f"v{number}", "T", "h", ["x"], unit(2), **names)
        assert [found for found, _ in store.search_text("garage")][-1] == key
        (node,) = store.nodes([key])
        assert (node.metadata.names, node.metadata.dated) == tuple(names.values())
        store.close()


def test_a_memory_of_format_3_keeps_its_vectors_and_packs_new_ones(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(3, 64)).astype(np.float32)
    store = Store.open(tmp_path / "m", "e", 64, "float32")
    with store.write() as writer:
        writer.add_document("u", "T", "h", ["one", "two"], vectors[:2])
    store.close()
    with closing(sqlite3.connect(tmp_path / "m")) as connection, connection:
        connection.execute("DELETE FROM meta WHERE key = 'vectors'")
        connection.execute("PRAGMA user_version = 3")
    for _ in range(2):
        store = Store.open(tmp_path / "m", "e", 64, "float32")
        assert store.precision == "int16" and store.integrity() == ()
        assert [(nodes[key] == vectors[key - 1]).all() for nodes in [read(store, [1, 2])] for key in (1, 2)] == [
            True
        ] * 2
        store.close()
    store = Store.open_existing(tmp_path / "m")
    with store.write() as writer:
        writer.add_document("v", "T", "h", ["three"], vectors[2:])
    assert store.database.execute("SELECT length(value) FROM vector") == [(256,), (256,), (133,)]
    np.testing.assert_allclose(read(store, [3])[3], vectors[2], atol=1e-4)
    assert store.integrity() == ()
    store.close()


def test_a_memory_of_format_2_that_was_tampered_with_is_refused_as_it_is(format_2):
    with closing(sqlite3.connect(format_2)) as connection:
        connection.execute("CREATE TRIGGER extra AFTER UPDATE ON node BEGIN DELETE FROM vector; END")
    with pytest.raises(MemoryFileError, match="trigger 'extra'"):
        Store.open_existing(format_2)
    with closing(sqlite3.connect(format_2)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)


def test_an_upgrade_that_is_interrupted_leaves_the_old_format(format_2, monkeypatch):
    def no_room(database):
        raise StorageFull("no space")

    with monkeypatch.context() as patched, pytest.raises(StorageFull):
        patched.setattr(full_text, "rebuild", no_room)
        Store.open_existing(format_2)
    with closing(sqlite3.connect(format_2)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    with closing(Store.open_existing(format_2)) as store:
        assert store.integrity() == ()
