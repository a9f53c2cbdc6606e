"""What a file defines is compared with what we define before anything of it is run."""

from __future__ import annotations

import sqlite3

import pytest
from old_memory import back_to_format_2

from sanderling.disk import sqlite_schema
from sanderling.errors import MemoryFileError
from sanderling.memory import Memory
from sanderling.memory.store import schema
from sanderling.memory.store.store import Store
from sanderling.memory.upkeep.repair import repair
from sanderling.memory.upkeep.verification import verify

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'dim' AS key, i AS value FROM n"
OBJECTS = [each for each in sqlite_schema.objects(schema.TABLES) if each.sql and not each.name.startswith("sqlite_")]


@pytest.fixture
def path(tmp_path, folder, hash_embedder):
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as memory:
        memory.ingest([folder({"a.md": "# Ada Lind\n\nSee [the pump](b.md).", "b.md": "# The Pump\n\nOf Ada Lind."})])
    return path


def alter(path, *statements):
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = ON")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def assert_refused_and_mended(path, hash_embedder, words):
    for open_ in (lambda: Store.open_existing(path), lambda: Memory.open(path, hash_embedder)):
        with pytest.raises(MemoryFileError, match="sanderling memory repair") as caught:
            open_()
        assert "\n" not in str(caught.value)
    try:
        assert any(words in problem for problem in verify(path).store), verify(path)
    except MemoryFileError as error:  # SQLite itself could make nothing of it
        assert "malformed" in str(error)
    done = repair(path, lambda: hash_embedder)
    assert (done.left.store, done.left.index) == ((), ())
    assert (verify(path).store, verify(path).index) == ((), ())
    connection = sqlite3.connect(path)
    try:
        assert sqlite_schema.differences(connection.execute, schema.TABLES) == ()
    finally:
        connection.close()
    return done


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("CREATE TABLE extra(a)", "table 'extra'"),
        ("CREATE INDEX extra ON node(text)", "index 'extra'"),
        ("CREATE VIEW extra AS SELECT 1", "view 'extra'"),
        ("CREATE TRIGGER extra AFTER INSERT ON node BEGIN DELETE FROM vector; END", "trigger 'extra'"),
        ("CREATE TRIGGER extra AFTER UPDATE ON meta BEGIN DELETE FROM node; END", "trigger 'extra'"),
        ("CREATE VIRTUAL TABLE extra USING fts5(a)", "'extra'"),
        ("CREATE TEMP TABLE unused(a)", ""),
        ("ALTER TABLE node ADD COLUMN extra TEXT", "table 'node' is not as it was made"),
        ("ALTER TABLE link RENAME COLUMN target TO goal", "table 'link' is not as it was made"),
        ("ALTER TABLE edge RENAME TO edges", "'edges'"),
    ],
)
def test_a_foreign_object_is_refused_by_name_and_repaired_away(path, hash_embedder, statement, words):
    alter(path, statement)
    if not words:
        assert verify(path).store == ()
        return
    done = assert_refused_and_mended(path, hash_embedder, words)
    if "link" not in statement and "edges" not in statement:
        assert not done.forgotten


@pytest.mark.parametrize("name", [each.name for each in OBJECTS])
def test_whatever_is_missing_is_found_and_made_anew(path, hash_embedder, name):
    # A shadow table of the full text cannot be dropped by itself; its row in the schema can.
    alter(path, f"DELETE FROM sqlite_master WHERE name = '{name}'")
    assert_refused_and_mended(path, hash_embedder, f"'{name}' is missing")


@pytest.mark.parametrize("name", [each.name for each in OBJECTS if each.type == "table" and "_" not in each.name])
def test_a_view_without_end_in_the_place_of_a_table_is_not_read(path, hash_embedder, name):
    alter(path, f"DROP TABLE {name}", f"CREATE VIEW {name} AS {ENDLESS}")
    assert_refused_and_mended(path, hash_embedder, f"view '{name}' is not as it was made")


@pytest.mark.parametrize(
    "sql",
    ["'CREATE VIEW meta AS SELECT 1'", "'CREATE TABLE'", "'no SQL'", "NULL", "x'00ff'", "CAST(x'ff' AS TEXT)", "17"],
)
def test_a_schema_that_sqlite_itself_does_not_understand(path, hash_embedder, sql):
    alter(path, f"UPDATE sqlite_master SET sql = {sql} WHERE name = 'link'")
    with pytest.raises(MemoryFileError, match="sanderling memory repair"):
        Store.open_existing(path)
    repair(path, lambda: hash_embedder)
    assert verify(path).store == ()


def test_statistics_of_sqlite_are_nothing_foreign(path):
    alter(path, "ANALYZE")
    assert verify(path).store == ()


def test_a_memory_of_the_first_format_is_compared_before_it_is_brought_up_to_date(path, hash_embedder):
    back_to_format_2(path)
    alter(path, "DROP TABLE name", "DROP TABLE entity", "DELETE FROM relation WHERE id = 4", "PRAGMA user_version = 1")
    connection = sqlite3.connect(path)
    connection.execute("CREATE TRIGGER extra AFTER INSERT ON relation BEGIN DELETE FROM vector; END")
    connection.close()
    with pytest.raises(MemoryFileError, match="trigger 'extra'"):
        Store.open_existing(path)
    alter(path, "DROP TRIGGER extra")
    assert verify(path).store == ()


def test_texts_of_another_encoding(tmp_path, hash_embedder):
    path = tmp_path / "m.sanderling"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA encoding = 'UTF-16le'")
    connection.executescript(schema.TABLES)
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION}")
    meta = {"embedder_id": hash_embedder.id, "dim": "64", "created": "", "answers_counted": "3"}
    connection.executemany("INSERT INTO meta VALUES(?, ?)", meta.items())
    connection.commit()
    connection.close()
    assert_refused_and_mended(path, hash_embedder, "UTF-16le")
    store = Store.open_existing(path)
    assert store.database.execute("SELECT value FROM meta WHERE key = 'answers_counted'") == [("3",)]
    store.close()
