from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hash_embedder import HashEmbedder

from sanderling.bench_device.ann.vectors import from_beir, from_file, generate
from sanderling.errors import UsageError
from sanderling.records import Vectors


def lengths(rows: Vectors) -> Vectors:
    return np.asarray(np.linalg.norm(rows, axis=1), dtype=np.float32)


def test_generated_vectors_are_unit_and_follow_the_seed() -> None:
    one, same, other = generate(500, 20, seed=3), generate(500, 20, seed=3), generate(500, 20, seed=4)
    assert one.base.shape == (500, 384) and one.queries.shape == (20, 384)
    assert one.base.dtype == np.float32
    # Dividing by a float32 length leaves each of the 384 squares an error of a few units in the last place.
    np.testing.assert_allclose(lengths(one.base), 1.0, rtol=384 * 2.0**-24)
    np.testing.assert_array_equal(one.base, same.base)
    assert not np.array_equal(one.base, other.base)


def test_generated_vectors_are_clustered() -> None:
    drawn = generate(900, 10, seed=0)
    products = drawn.base @ drawn.base.T
    np.fill_diagonal(products, -1.0)
    # Independent directions in 384 dimensions would have a nearest neighbour at about 4 / sqrt(384) = 0.2.
    assert np.median(products.max(axis=1)) > 0.4


def test_rows_of_a_file_become_queries_or_base(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).standard_normal((50, 8)) * 3
    np.save(tmp_path / "some.npy", rows)
    read = from_file(tmp_path / "some.npy", 10, seed=1)
    assert (len(read.base), len(read.queries)) == (40, 10)
    np.testing.assert_allclose(lengths(read.queries), 1.0, rtol=1e-6)
    together = {row.tobytes() for row in (*read.base, *read.queries)}
    assert len(together) == 50


@pytest.mark.parametrize(
    "rows", [np.zeros(5), np.zeros((5, 2), dtype=np.int64), np.full((50, 2), np.nan), np.zeros((5, 2))]
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, rows: Vectors) -> None:
    np.save(tmp_path / "odd.npy", rows)
    with pytest.raises(UsageError, match=r"odd\.npy"):
        from_file(tmp_path / "odd.npy", 10, seed=0)


def test_a_file_that_is_no_array_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.npy").write_text("not an array")
    with pytest.raises(UsageError, match="cannot be read"):
        from_file(tmp_path / "odd.npy", 10, seed=0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    folder = tmp_path / "set"
    folder.mkdir()
    documents = [
        {"_id": "1", "title": "Tern", "text": "The tern flies far from pole to pole. It eats fish from the sea."},
        {"_id": "2", "title": "Tern", "text": "The tern flies far from pole to pole. It eats fish from the sea."},
        {"_id": "3", "title": "Dunlin", "text": "The dunlin probes the mud. Yes."},
    ]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(line) + "\n" for line in documents))
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "where does the tern fly"}\n')
    return folder


def test_equal_texts_count_once_and_are_kept(folder: Path, hash_embedder: HashEmbedder) -> None:
    asked: list[int] = []

    class Counting:
        id = hash_embedder.id
        dim = hash_embedder.dim

        def embed(self, texts: list[str]) -> Vectors:
            asked.append(len(texts))
            return hash_embedder.embed(texts)

    first = from_beir([folder], Counting(), 5, 0)
    assert first.base.shape == (2, hash_embedder.dim) and len(first.queries) == 1
    assert asked == [2, 1]
    again = from_beir([folder], Counting(), 5, 0)
    assert asked == [2, 1]
    np.testing.assert_array_equal(first.base, again.base)


def test_sentences(folder: Path, hash_embedder: HashEmbedder) -> None:
    # Two of the tern, one of the dunlin: "Yes." is too short to be a sentence.
    assert len(from_beir([folder], hash_embedder, 5, 0, sentences=True).base) == 3


def test_a_damaged_cache_is_told(folder: Path, hash_embedder: HashEmbedder) -> None:
    from_beir([folder], hash_embedder, 5, 0)
    for path in (folder.parent / "home" / "bench").iterdir():
        path.write_bytes(b"?")
    with pytest.raises(UsageError, match="delete it"):
        from_beir([folder], hash_embedder, 5, 0)


def test_a_folder_without_a_corpus_is_refused(tmp_path: Path, hash_embedder: HashEmbedder) -> None:
    with pytest.raises(UsageError, match=r"corpus\.jsonl"):
        from_beir([tmp_path], hash_embedder, 5, 0)
