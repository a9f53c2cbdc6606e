from __future__ import annotations

from pathlib import Path

from hash_embedder import HashEmbedder

from sanderling.memory import Memory
from sanderling.memory.store.languages import SAMPLE, TOLD, language_counts

GERMAN = "Die Pumpe {} steht im Keller und wird jeden Montag von uns geprüft."
ENGLISH = "The pump {} is in the cellar, and we look after it every Monday."


def filled(folder: Path, embedder: HashEmbedder, german: int, english: int, other: str = "") -> Memory:
    (folder / "notes").mkdir()
    for number in range(german):
        (folder / "notes" / f"g{number}.md").write_text(GERMAN.format(number))
    for number in range(english):
        (folder / "notes" / f"e{number}.md").write_text(ENGLISH.format(number))
    if other:
        (folder / "notes" / "other.md").write_text(other)
    memory = Memory.open(folder / "m.sanderling", embedder)
    memory.ingest([folder / "notes"])
    return memory


def test_languages_are_counted_as_ingest_told_them(tmp_path: Path, hash_embedder: HashEmbedder) -> None:
    stated = "---\nlang: fr-CA\n---\nx y z"
    with filled(tmp_path, hash_embedder, 4, 9, stated) as memory:
        assert language_counts(memory.store) == ({"de": 4, "en": 9, "fr": 1}, 14)


def test_an_old_memory_without_languages_is_looked_into(tmp_path: Path, hash_embedder: HashEmbedder) -> None:
    with filled(tmp_path, hash_embedder, 6, 6) as memory:
        with memory.store.write() as writer:
            writer._database.execute("UPDATE node SET language = ''")
        assert language_counts(memory.store) == ({"de": 6, "en": 6}, 12)


def test_of_many_notes_a_sample_spread_over_all_is_counted(tmp_path: Path, hash_embedder: HashEmbedder) -> None:
    with filled(tmp_path, hash_embedder, 200, 400) as memory:
        counts, total = language_counts(memory.store)
        assert total == 600 and SAMPLE / 2 <= counts.total() <= SAMPLE
        assert abs(counts["de"] / counts.total() - 1 / 3) < 0.05
    assert TOLD < SAMPLE


def test_an_empty_memory_has_none(tmp_path: Path, hash_embedder: HashEmbedder) -> None:
    with Memory.open(tmp_path / "m.sanderling", hash_embedder) as memory:
        assert language_counts(memory.store) == ({}, 0)
