from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hash_embedder import HashEmbedder

from sanderling.memory import Memory
from sanderling.memory.store.identity import embedder_of

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'dim' AS key, i AS value FROM n"


@pytest.fixture
def memory(tmp_path: Path, hash_embedder: HashEmbedder) -> Path:
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder):
        return path


def test_the_embedder_of_a_memory_that_is_not_open(memory: Path, hash_embedder: HashEmbedder) -> None:
    assert embedder_of(memory) == hash_embedder.id


def test_none_where_there_is_no_memory(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("no database " * 100, encoding="utf-8")
    for name in ("absent", "empty", "text", "."):
        assert embedder_of(tmp_path / name) == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "text"]


@pytest.mark.parametrize(
    "statements",
    [
        ["DROP TABLE meta"],
        ["DROP TABLE meta", f"CREATE VIEW meta AS {ENDLESS}"],
        ["UPDATE meta SET value = CAST(x'ff' AS TEXT)"],
    ],
)
def test_none_where_a_file_does_not_say_or_says_it_without_end(memory: Path, statements: list[str]) -> None:
    connection = sqlite3.connect(memory)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    assert embedder_of(memory) == ""
