from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from sanderling.errors import MemoryFileError
from sanderling.memory import Memory, Note
from sanderling.memory.upkeep.tidy import LEAST, tidy

TEXTS = [f"Note {word} is about {word} and nothing else." for word in ("pumps", "boilers", "boats", "cats", "winter")]


def answer(memory: Memory, text: str, *keys: int, by: str = "router", type: str = "memory") -> int:
    note = Note(text=text, type=type, edges=tuple((key, "cites", 0.5) for key in keys))
    return memory.write_back([note], created_by=by)[0].key


@pytest.fixture
def path(tmp_path, hash_embedder):
    """Five notes in a ring of topics, an answer from the first two said twice, and another memory."""
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as memory:
        for number, text in enumerate(TEXTS):
            memory.add(text, uri=f"n{number}")
        with memory.store.write() as writer:
            memory.store.database.execute("DELETE FROM edge")
            ring = [(1, 2, 0.5), (2, 3, 0.5), (3, 4, 0.5), (4, 5, 0.5), (5, 1, 0.5)]
            writer.add_edges("same_topic", ring)
            writer.add_edges("follows", [(3, 4, 0.5)])
            writer.add_edges("cites", [(4, 3, 0.5)], created_by="user")
        answer(memory, "Question: What pumps?\nAnswer: The boiler of 1987.", 1, 2)
        answer(memory, "Question: What  pumps?\nAnswer: the boiler of 1987.", 2, 3)
        answer(memory, "Question: What pumps?\nAnswer: The boiler of 1988.", 1, 2)
        answer(memory, "An agent's step, of a trace.", 4, 5, by="agent")
    return path


def rows(path, sql, *values):
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def weights(path, rel):
    sql = "SELECT e.src, e.dst, round(e.weight, 6) FROM edge e JOIN relation r ON r.id = e.rel WHERE r.name = ?"
    return {(src, dst): weight for src, dst, weight in rows(path, sql, rel)}


def everything(path):
    """All that a tidying may touch, without its times."""
    return (
        rows(path, "SELECT key, id, text, tags FROM node ORDER BY key"),
        rows(path, "SELECT src, dst, rel, round(weight, 9), created_by FROM edge ORDER BY src, dst, rel"),
    )


def months_ago(path, days):
    connection = sqlite3.connect(path)
    with connection:
        ago = f"strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', '-{days} days')"
        connection.execute(f"UPDATE meta SET value = {ago} WHERE key = 'decayed_at'")
        connection.execute("UPDATE edge SET timestamp = '2001-01-01T00:00:00+00:00'")
    connection.close()


def test_edges_among_the_notes_of_an_answer_stay_as_they_were(path):
    before = weights(path, "same_topic")
    tidy(path)
    assert weights(path, "same_topic") == before


def test_what_was_said_twice_is_one_and_cites_all_its_sources(path, hash_embedder):
    (merged,) = tidy(path).merged
    assert "1987" in merged.text
    ids = dict(rows(path, "SELECT id, key FROM node"))
    assert merged.kept in ids and merged.gone not in ids
    assert {dst for src, dst in weights(path, "cites") if src == ids[merged.kept]} == {1, 2, 3}
    # The year differs, so it is another answer.
    assert len(rows(path, "SELECT 1 FROM node WHERE text LIKE '%1988%'")) == 1
    with Memory.open(path, hash_embedder) as memory:
        stats = memory.stats()
        assert (len(memory), memory.index.edge_count) == (stats.nodes, stats.edges)
        assert memory.store.integrity() == ()
        assert not memory.warnings


def test_the_heavier_edge_counts_and_tags_are_joined(tmp_path, hash_embedder):
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as memory:
        memory.add("A note about cats.", uri="n")
        first = answer(memory, "The cat sleeps.", 1)
        second = answer(memory, "The cat  sleeps.", 1)
        with memory.store.write() as writer:
            writer.add_edges("cites", [(second, 1, 0.9), (second, first, 1.0)])
            memory.store.database.execute("UPDATE node SET tags = '[\"b\"]' WHERE key = ?", (second,))
    assert len(tidy(path).merged) == 1
    assert weights(path, "cites") == {(first, 1): 0.9}
    assert rows(path, "SELECT tags FROM node WHERE key = ?", first) == [('["b"]',)]


@pytest.mark.parametrize("what", [{"type": "trace"}, {"title": "Cats"}])
def test_what_a_filter_could_tell_apart_stays_apart(tmp_path, hash_embedder, what):
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as memory:
        memory.write_back([Note(text="The cat sleeps."), Note(text="The cat sleeps.", **what)])
    assert tidy(path).merged == ()


def test_repeated_passages_of_files_are_counted_and_kept(tmp_path, hash_embedder):
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as memory:
        memory.add("The same text.", uri="a")
        memory.add("The same text.", uri="b")
    done = tidy(path)
    assert (done.repeated, done.merged) == (1, ())
    assert len(rows(path, "SELECT 1 FROM node")) == 2


def test_unused_edges_fade_from_the_first_tidying_on(path):
    tidy(path)
    months_ago(path, 180)
    before = weights(path, "same_topic")
    assert tidy(path).decayed == 1
    after = weights(path, "same_topic")
    # 4 and 5 were shown for no answer; 5 - 1 and 3 - 4 touch a note that was.
    assert after[4, 5] == pytest.approx(0.25, rel=1e-4)
    assert {pair: weight for pair, weight in after.items() if pair != (4, 5)} == {
        pair: weight for pair, weight in before.items() if pair != (4, 5)
    }
    assert tidy(path).decayed == 0  # not twice for the same time
    for _ in range(8):
        months_ago(path, 360)
        tidy(path)
    assert weights(path, "same_topic")[4, 5] == pytest.approx(LEAST)
    months_ago(path, 360)
    assert tidy(path).decayed == 0
    assert weights(path, "follows") == {(3, 4): 0.5}
    assert set(weights(path, "cites").values()) == {0.5}  # a user's, and the sources of what was written


def test_without_a_single_answer_nothing_fades(path):
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM node WHERE type = 'memory'")
        connection.execute("INSERT INTO meta VALUES('decayed_at', '2001-01-01T00:00:00+00:00')")
    connection.close()
    before = weights(path, "same_topic")
    assert tidy(path).decayed == 0
    assert weights(path, "same_topic") == before


@pytest.mark.parametrize("value", ["", "never", "2001-01-01", "9999-12-31T00:00:00+00:00"])
def test_a_date_that_is_none_of_ours_decays_nothing(path, value):
    tidy(path)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'decayed_at'", (value,))
    connection.close()
    assert tidy(path).decayed == 0


def test_a_dry_run_says_the_same_and_changes_nothing(path):
    before = everything(path)
    dry = tidy(path, dry_run=True)
    assert everything(path) == before
    done = tidy(path)
    assert (dry.decayed, dry.merged) == (done.decayed, done.merged)
    assert (dry.dry_run, done.dry_run) == (True, False)


def test_no_memory_is_said(tmp_path):
    with pytest.raises(MemoryFileError, match="no memory here"):
        tidy(tmp_path / "absent")
    (tmp_path / "other").write_text("no database")
    with pytest.raises(MemoryFileError, match="not a memory file"):
        tidy(tmp_path / "other")


CHILD = """
import os, signal, sys
from pathlib import Path
from sanderling.memory.store import database
from sanderling.memory.upkeep import tidy

left = int(sys.argv[2])
def dying(kind):
    run = getattr(database.Database, kind)
    def execute(self, *arguments):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return run(self, *arguments)
    return execute
for kind in ("execute", "run_many"):
    setattr(database.Database, kind, dying(kind))
tidy.tidy(Path(sys.argv[1]))
"""


def test_killed_at_any_statement_it_loses_nothing_and_the_next_does_the_rest(path, tmp_path, hash_embedder):
    whole = tmp_path / "whole.sanderling"
    whole.write_bytes(path.read_bytes())
    tidy(whole)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    killed = 0
    for statement in range(8, 60, 5):
        victim = tmp_path / f"{statement}.sanderling"
        victim.write_bytes(path.read_bytes())
        child = subprocess.run(
            [sys.executable, "-c", CHILD, str(victim), str(statement)], check=False, env=environment, timeout=60
        )
        killed += child.returncode == -signal.SIGKILL
        assert child.returncode in (0, -signal.SIGKILL)
        with Memory.open(victim, hash_embedder) as memory:
            assert memory.store.integrity() == ()
            assert memory.index.edge_count == memory.stats().edges
        tidy(victim)
        assert everything(victim) == everything(whole)
    assert killed > 5
