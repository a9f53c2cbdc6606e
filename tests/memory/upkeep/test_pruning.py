from __future__ import annotations

import sqlite3

import pytest

from sanderling.memory import Memory
from sanderling.memory.store.degree import DEGREE_BUDGET
from sanderling.memory.upkeep.pruning import prune


@pytest.fixture
def path(tmp_path, hash_embedder):
    """A memory of notes with edges of every kind, of two ages."""
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as memory:
        for i in range(10):
            memory.add(f"note{i} " * 3, uri=f"n{i}")
        memory.index.catch_up()
        memory.store.database.execute("DELETE FROM edge")
        with memory.store.write() as writer:
            writer.add_edges("cites", [(1, 2, 0.05), (1, 3, 0.5)])
            writer.add_edges("same_topic", [(1, 4, 1.0)], confidence=0.05)
            writer.add_edges("follows", [(1, 5, 0.01)])
            writer.add_edges("cites", [(1, 6, 0.01)], created_by="user")
            writer.add_edges("agent_step", [(1, 7, 0.01)])
            sql = "UPDATE edge SET timestamp = '2001-01-01T00:00:00+00:00' WHERE dst <> 7"
            memory.store.database.execute(sql)
    return path


def targets(path):
    connection = sqlite3.connect(path)
    try:
        return {row[0] for row in connection.execute("SELECT dst FROM edge WHERE src = 1")}
    finally:
        connection.close()


def test_what_is_weak_and_old_goes(path, hash_embedder):
    done = prune(path)
    assert (done.weak, done.crowded, done.before, done.after) == ({"cites": 1, "same_topic": 1}, {}, 6, 4)
    assert targets(path) == {3, 5, 6, 7}
    assert prune(path).weak == {}
    with Memory.open(path, hash_embedder) as memory:
        assert memory.index.edge_count == memory.stats().edges == 4
        assert memory.warnings == ()
        assert memory.store.integrity() == ()


def test_a_dry_run_counts_the_same_and_changes_nothing(path):
    before = targets(path)
    dry = prune(path, dry_run=True)
    assert (dry.dry_run, dry.weak) == (True, {"cites": 1, "same_topic": 1})
    assert targets(path) == before
    assert prune(path).weak == dry.weak


def test_the_bounds_are_the_callers(path):
    assert prune(path, weaker_than=0.6, dry_run=True).weak == {"cites": 2, "same_topic": 1}
    assert prune(path, weaker_than=0.0, dry_run=True).weak == {}
    assert prune(path, older_than_days=100_000, dry_run=True).weak == {}
    assert prune(path, older_than_days=0, weaker_than=0.05001, dry_run=True).weak["cites"] == 1


def test_a_memory_from_before_the_budget_is_held_to_it(path):
    connection = sqlite3.connect(path)
    with connection:
        for i in range(DEGREE_BUDGET + 1):
            relation = (100 + i, f"r{i}")
            connection.execute("INSERT INTO relation(id, name) VALUES(?, ?)", relation)
            connection.execute(
                "INSERT INTO edge(id, src, dst, rel, weight, timestamp, created_by, confidence) "
                "VALUES(?, 8, 9, ?, ?, datetime('now'), 'agent', 1)",
                (str(i), 100 + i, 1.0 + i),
            )
    connection.close()
    done = prune(path)
    assert (done.crowded, done.before - done.after) == ({"r0": 1}, 3)
