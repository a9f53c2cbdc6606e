from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from sanderling.disk import sqlite_schema
from sanderling.errors import MemoryFileError
from sanderling.memory import Memory
from sanderling.memory.index import index_path
from sanderling.memory.store import schema
from sanderling.memory.store.store import Store
from sanderling.memory.upkeep.verification import verify

NOTES = {
    "pump.md": "# Feed Pump\n\nThe pump is mended by Ada Lind.\n",
    "ada.md": "# Ada Lind\n\nAda Lind looks after the Feed Pump.\n",
    "menu.txt": "Lentil soup on Fridays.",
}


@pytest.fixture
def path(tmp_path, folder, hash_embedder):
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as memory:
        memory.ingest([folder(NOTES)])
    return path


def alter(path, *statements):
    store = Store.open_existing(path)
    store.database.execute("PRAGMA foreign_keys = OFF")
    with store.write():
        for statement, *values in statements:
            store.database.execute(statement, tuple(values))
    store.close()


def test_a_sound_memory(path):
    before = path.read_bytes(), index_path(path).read_bytes()
    found = verify(path)
    assert (found.store, found.index, found.notes) == ((), (), ())
    assert (path.read_bytes(), index_path(path).read_bytes()) == before


def test_an_index_behind_the_memory_is_sound_and_a_missing_one_is_a_note(path, hash_embedder):
    snapshot = index_path(path).read_bytes()
    store = Store.open_existing(path)
    with store.write() as writer:
        key = writer.add_node("late", hash_embedder.embed(["late"])[0])
        writer.add_edges("cites", [(key, 1, 1.0)])
        writer.delete_edges("cites", [(1, 2)])
    store.close()
    assert verify(path).index == ()
    assert index_path(path).read_bytes() == snapshot
    index_path(path).unlink()
    found = verify(path)
    assert (found.store, found.index) == ((), ())
    assert "no index yet" in found.notes[0]


# Read in the order of their names: ada is node 1, menu is node 2, pump is node 3; ada and pump cite one another.
NEW_NODE = (
    "SELECT 99, 'x', text, title, type, source, NULL, 0, timestamp, tags, language, domain, version, score, "
    "names, dated, beside FROM node"
)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (
            [
                f"INSERT INTO node {NEW_NODE} WHERE key = 1",
                "INSERT INTO vector SELECT 99, value FROM vector WHERE node = 1",
            ],
            "lacks 1 nodes",
        ),
        (
            [
                "DELETE FROM document WHERE key = 2",
                "DELETE FROM node WHERE key = 2",
                "DELETE FROM vector WHERE node = 2",
            ],
            "holds 1 nodes that the memory does not",
        ),
        (
            ["UPDATE vector SET value = (SELECT value FROM vector WHERE node = 2) WHERE node = 1"],
            "holds other vectors for 1 nodes",
        ),
        (["INSERT INTO edge VALUES(99, 'e', 1, 2, 0, 1.0, '', 'agent', 1.0)"], "lacks 1 edges"),
        (["DELETE FROM edge WHERE src = 1 AND dst = 3"], "holds 1 edges that the memory does not"),
        (["UPDATE edge SET dst = 2 WHERE src = 1 AND dst = 3"], "lacks 1 edges"),
        (["UPDATE change SET generation = generation + 7"], "is of another state"),
    ],
    ids=["node lost", "node gone", "vector", "edge lost", "edge gone", "edge altered", "state"],
)
def test_an_index_that_differs(path, statements, expected):
    # Without the triggers that would tell the index, as damage comes.
    triggers = {
        each.name: each.sql
        for each in sqlite_schema.objects(schema.TABLES)
        if each.type == "trigger" and "INTO change" in each.sql
    }
    store = Store.open_existing(path)
    for name in triggers:
        store.database.execute(f"DROP TRIGGER {name}")
    store.database.execute("PRAGMA foreign_keys = OFF")
    with store.write():
        for statement in statements:
            store.database.execute(statement)
    for sql in triggers.values():
        store.database.execute(sql)
    store.close()
    found = verify(path)
    assert found.store == ()
    assert any(expected in problem for problem in found.index), found


@pytest.mark.parametrize("damage", [b"", b"hello", None], ids=["empty", "foreign", "overwritten"])
def test_a_damaged_index_is_named(path, damage):
    data = index_path(path).read_bytes()
    index_path(path).write_bytes(data[:-40] + b"x" * 40 if damage is None else damage)
    found = verify(path)
    assert found.store == ()
    assert "damaged" in found.index[0]


def test_packed_vectors_that_no_index_can_hold(path):
    alter(
        path,
        # A scale that is no number, and another form.
        ("UPDATE vector SET value = ? WHERE node = 1", b"\1" * 128 + b"\0\0\xc0\x7f\1"),
        ("UPDATE vector SET value = ? WHERE node = 2", bytes(128) + b"\0\0\0\0\2"),
        ("UPDATE vector SET value = ? WHERE node = 3", bytes(132) + b"\1"),
    )
    assert {"1 vectors that are not finite", "1 vectors of an unknown form", "1 vectors that are all zero"} <= set(
        verify(path).store
    )


def test_rows_that_no_index_can_hold(path):
    nan = np.full(64, np.nan, np.float32).tobytes()
    alter(
        path,
        ("UPDATE vector SET value = ? WHERE node = 1", nan),
        ("UPDATE vector SET value = ? WHERE node = 2", bytes(256)),
        ("UPDATE vector SET value = 'text' WHERE node = 3",),
        ("UPDATE edge SET weight = 9e999",),
        ("DELETE FROM change",),
    )
    # Deleted once more, since the transaction above began with a new row.
    store = Store.open_existing(path)
    store.database.execute("DELETE FROM change")
    store.close()
    found = " / ".join(verify(path).store)
    for expected in (
        "1 vectors that are not finite",
        "1 vectors that are all zero",
        "wrong length",
        "edges of a weight",
    ):
        assert expected in found
    assert "change log" in found


def test_a_memory_that_cannot_be_opened(tmp_path, path):
    with pytest.raises(MemoryFileError, match="no memory here"):
        verify(tmp_path / "absent")
    damaged = path.read_bytes()
    path.write_bytes(damaged[:4096] + b"x" * (len(damaged) - 4096))
    with pytest.raises(MemoryFileError, match="sanderling memory repair"):
        verify(path)
    path.write_bytes(b"# Notes\n")
    with pytest.raises(MemoryFileError, match="not a memory"):
        verify(path)


def test_what_is_wrong_with_pages_is_a_line_each(path, hash_embedder):
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        of_vectors = "(SELECT rootpage FROM sqlite_master WHERE name = 'vector')"
        connection.execute(f"UPDATE sqlite_master SET rootpage = {of_vectors} WHERE name = 'node'")
    connection.close()
    problems = verify(path).store
    assert any("2nd reference to page" in problem for problem in problems)
    assert not any("\n" in problem or problem.startswith("***") for problem in problems)
    with pytest.raises(MemoryFileError, match="2nd reference") as caught, Memory.open(path, hash_embedder) as memory:
        memory.add("more")
    assert "\n" not in str(caught.value)
