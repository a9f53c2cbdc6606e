from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hash_embedder import HashEmbedder

from sanderling.embedding.contract import OnTruncated
from sanderling.errors import MemoryFileError
from sanderling.memory import Memory
from sanderling.memory.upkeep import reembed as module
from sanderling.memory.upkeep.embedded_texts import EmbeddedTexts
from sanderling.memory.upkeep.reembed import reembed
from sanderling.memory.upkeep.verification import verify
from sanderling.records import SearchParams, Vectors

KINDS = ("pump", "boat", "radio", "kitchen", "sledge")


class Other(HashEmbedder):
    """Vectors of another length, and of another order of the buckets."""

    def __init__(self) -> None:
        super().__init__(48, name="other@1")
        self.texts: list[str] = []
        self.fail_after = 10**9

    def embed(self, texts, on_truncated: OnTruncated | None = None) -> Vectors:
        if len(self.texts) + len(texts) > self.fail_after:
            raise KeyboardInterrupt
        self.texts += texts
        wide = HashEmbedder().embed(texts, on_truncated)
        vectors = wide[:, 47::-1] + np.float32(1e-3)
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(60):
        kind = KINDS[number % 5]
        text = f"# {kind} {number}\n\nThe {kind} was repaired in week {number % 7} with part {number % 3} by hand.\n"
        (folder / f"n{number}.md").write_text(text)
    return folder


@pytest.fixture
def path(tmp_path: Path, notes: Path) -> Path:
    path = tmp_path / "m.sanderling"
    with Memory.open(path, HashEmbedder()) as memory:
        memory.ingest([notes])
        memory.add("a text that no file holds", title="loose")
    return path


def rows(path: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def vectors(path: Path) -> dict[str, bytes]:
    return dict(rows(path, "SELECT n.title, v.value FROM vector v JOIN node n ON n.key = v.node"))


def edges(path: Path) -> set[tuple[str, str, str, float]]:
    found = rows(
        path,
        "SELECT a.title, b.title, r.name, round(e.weight, 5) FROM edge e JOIN relation r ON r.id = e.rel "
        "JOIN node a ON a.key = e.src JOIN node b ON b.key = e.dst",
    )
    return {(*sorted((src, dst)), rel, weight) for src, dst, rel, weight in found}


def test_a_memory_is_given_another_precision(path: Path) -> None:
    class Renamed(HashEmbedder):
        def __init__(self) -> None:
            super().__init__(64, name="other@2")

    for precision, length in (("float32", 256), ("int16", 133), (None, 133)):
        reembed(path, Renamed(), precision=precision)
        assert {len(value) for value in vectors(path).values()} == {length}
        assert not verify(path).store and not verify(path).index
        with Memory.open(path, Renamed()) as memory:
            assert memory.warnings == () and memory.stats().vectors == (precision or "int16")


def test_the_result_is_that_of_a_fresh_ingest(path: Path, notes: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    other = Other()
    done = reembed(path, other, lambda at, total: seen.append((at, total)))
    assert (done.before, done.after, done.nodes, done.embedded) == ("hash-64", "other@1", 61, 61)
    assert seen[0] == (0, 61)
    assert seen[-1] == (61, 61)
    fresh = tmp_path / "fresh.sanderling"
    with Memory.open(fresh, Other()) as memory:
        memory.ingest([notes])
        memory.add("a text that no file holds", title="loose")
    assert vectors(path) == vectors(fresh)
    assert any(rel == "same_topic" for _, _, rel, _ in edges(fresh))
    assert edges(path) == edges(fresh)
    assert not verify(path).store
    vector = other.embed(["The boat was repaired in week 3"])[0]
    found = []
    for each in (path, fresh):
        with Memory.open(each, Other()) as memory:
            assert memory.warnings == ()
            hits = memory.search(vector, SearchParams(k=5))
            found.append(hits.distances.tolist())
    assert found[0] == found[1]
    assert not list(path.parent.glob("*.reembed"))


def test_an_interrupted_run_leaves_the_memory_and_goes_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TEXTS_AT_ONCE", 10)
    before = vectors(path)
    other = Other()
    other.fail_after = 35
    with pytest.raises(KeyboardInterrupt):
        reembed(path, other)
    assert vectors(path) == before
    with Memory.open(path, HashEmbedder()) as memory:
        assert len(memory) == 61
    again = Other()
    assert reembed(path, again).embedded == 31
    assert len(again.texts) == 31
    assert not set(again.texts) & set(other.texts)


def test_what_is_added_meanwhile_is_embedded_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Meanwhile(Other):
        def embed(self, texts, on_truncated: OnTruncated | None = None) -> Vectors:
            if not self.texts:
                with Memory.open(path, HashEmbedder()) as memory:
                    memory.add("a text of another program", title="late")
            return super().embed(texts, on_truncated)

    done = reembed(path, Meanwhile())
    assert (done.nodes, done.embedded) == (62, 62)
    assert len(vectors(path)["late"]) == 4 * 48
    assert not verify(path).store


def test_a_memory_that_is_open_elsewhere_is_left_alone(path: Path) -> None:
    before = vectors(path)
    with Memory.open(path, HashEmbedder()) as memory:
        memory.search_text("boat")
        with pytest.raises(MemoryFileError, match="another program has this memory open"):
            reembed(path, Other())
        assert len(memory.search_text("boat")) == 12
    assert vectors(path) == before
    assert reembed(path, Other()).embedded == 0


def test_edges_of_a_user_stay(path: Path) -> None:
    with Memory.open(path, HashEmbedder()) as memory, memory.store.write() as writer:
        writer.add_edges("same_topic", [(1, 2, 0.25)], created_by="user")
    reembed(path, Other())
    assert (0.25, "user") in rows(path, "SELECT weight, created_by FROM edge WHERE src = 1 AND dst = 2")


def test_kept_vectors_of_another_embedder_or_cut_short_are_not_used(tmp_path: Path) -> None:
    memory = tmp_path / "m.sanderling"
    two = np.arange(8, dtype=np.float32).reshape(2, 4)
    kept = EmbeddedTexts(memory, "one@1", 4)
    kept.add(["a", "b"], two)
    assert oct(kept.path.stat().st_mode)[-3:] == "600"
    with kept.path.open("r+b") as file:
        file.truncate(kept.path.stat().st_size - 3)
    again = EmbeddedTexts(memory, "one@1", 4)
    assert ("a" in again, "b" in again) == (True, False)
    again.add(["b"], two[1:])
    np.testing.assert_array_equal(EmbeddedTexts(memory, "one@1", 4).vectors(["b", "a"]), two[::-1])
    assert "a" not in EmbeddedTexts(memory, "two@1", 4)
    assert "a" not in EmbeddedTexts(memory, "two@1", 4)
