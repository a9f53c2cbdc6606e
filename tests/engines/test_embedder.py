from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from tiny_bert import D, hidden_states, token_ids, write_tiny_bert
from tiny_lfm2 import write_tiny_lfm2

from sanderling.embedding.contract import embed_queries
from sanderling.embedding.encoder import Encoder
from sanderling.embedding.pooling import Pooling, matryoshka
from sanderling.engines.embedder import GgufEmbedder
from sanderling.engines.scripted import Rule, Script
from sanderling.errors import EngineError, ModelUnavailable

TEXTS = ["the pump", "a boat sails north", "the winds of the south", "two"]
# Products in float16 (llama.cpp's caches of keys and values) keep 11 bits; over two layers of norms the error stays
# within a few of them.
TOLERANCE = 5e-3

Open = Callable[..., GgufEmbedder]


@pytest.fixture
def opened(request: pytest.FixtureRequest) -> Iterator[Open]:
    embedders: list[GgufEmbedder] = []

    def open_one(path: Path, **changes: object) -> GgufEmbedder:
        given = {"name": "tiny", "id": "tiny@0", "path": path, "dim": D, "max_tokens": 16, **changes}
        engine = given.pop("engine", "auto")
        embedders.append(GgufEmbedder(msgspec.convert(given, Encoder), engine=engine))  # type: ignore[arg-type]
        return embedders[-1]

    yield open_one
    for each in embedders:
        each.close()


@pytest.fixture(params=["llama_cpp", "xllamacpp", "sanderling_engine"])
def engine(request: pytest.FixtureRequest) -> str:
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    pytest.importorskip("gguf", reason="writes the file")
    return str(request.param)


def pool(states: np.ndarray, pooling: str) -> np.ndarray:
    vector = {"mean": states.mean(axis=0), "cls": states[0], "last": states[-1]}[pooling]
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("pooling", ["mean", "cls", "last"])
def test_vectors_are_those_of_numpy(tmp_path: Path, opened: Open, engine: str, pooling: Pooling) -> None:
    weights = write_tiny_bert(tmp_path / "bert.gguf", seed=3)
    embedder = opened(tmp_path / "bert.gguf", pooling=pooling, engine=engine)
    vectors = embedder.embed(TEXTS)
    expected = np.array([pool(hidden_states(weights, token_ids(text)), pooling) for text in TEXTS])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, expected, atol=TOLERANCE)
    assert [embedder.count_tokens(text) for text in TEXTS] == [len(token_ids(text)) for text in TEXTS]


def test_questions_and_notes_have_their_own_prefixes(tmp_path: Path, opened: Open, engine: str) -> None:
    weights = write_tiny_bert(tmp_path / "bert.gguf", seed=3)
    prefixes = {"query_prefix": "query: ", "passage_prefix": "passage: "}
    embedder = opened(tmp_path / "bert.gguf", engine=engine, **prefixes)
    for embed, kind in ((embedder.embed, "passage: "), (lambda texts: embed_queries(embedder, texts), "query: ")):
        expected = np.array([pool(hidden_states(weights, token_ids(kind + text)), "mean") for text in TEXTS])
        np.testing.assert_allclose(embed(TEXTS), expected, atol=TOLERANCE)
    assert embedder.count_tokens("two") == 5


def test_vectors_are_cut_and_made_units_again(tmp_path: Path, opened: Open, engine: str) -> None:
    weights = write_tiny_bert(tmp_path / "bert.gguf", seed=3)
    embedder = opened(tmp_path / "bert.gguf", dim=8, engine=engine)
    whole = np.array([pool(hidden_states(weights, token_ids(text)), "mean") for text in TEXTS], np.float32)
    np.testing.assert_allclose(embedder.embed(TEXTS), matryoshka(whole, 8, normalise=True), atol=2 * TOLERANCE)
    with pytest.raises(ModelUnavailable, match="32 components, not 64"):
        opened(tmp_path / "bert.gguf", dim=64, engine=engine)


def test_a_long_text_is_cut_and_keeps_its_closing_mark(tmp_path: Path, opened: Open, engine: str) -> None:
    weights = write_tiny_bert(tmp_path / "bert.gguf", seed=3)
    embedder = opened(tmp_path / "bert.gguf", pooling="last", engine=engine)
    cut: list[tuple[int, int]] = []
    long = "the pump " * 20
    vectors = embedder.embed(["two", long], lambda row, tokens: cut.append((row, tokens)))
    assert cut == [(1, 42)]
    ids = token_ids(long)
    expected = pool(hidden_states(weights, [*ids[:15], ids[-1]]), "last")
    np.testing.assert_allclose(vectors[1], expected, atol=TOLERANCE)


def test_a_model_that_sees_only_its_beginning_is_refused(tmp_path: Path, opened: Open, engine: str) -> None:
    # A model that reads forwards only has read nothing but the start mark at its first token.
    write_tiny_lfm2(tmp_path / "lfm2.gguf", seed=1)
    with pytest.raises(ModelUnavailable, match="all texts the same vector"):
        opened(tmp_path / "lfm2.gguf", dim=64, pooling="cls", engine=engine)
    assert opened(tmp_path / "lfm2.gguf", dim=64, pooling="last", engine=engine).embed(["a", "b"]).shape == (2, 64)


def test_an_lfm2_that_reads_both_ways_embeds_by_its_first_token(tmp_path: Path, opened: Open, engine: str) -> None:
    write_tiny_lfm2(tmp_path / "lfm2.gguf", seed=1, causal=False)
    embedder = opened(tmp_path / "lfm2.gguf", dim=64, pooling="cls", engine=engine)
    first, second, again = embedder.embed(["north wind", "north sea", "north wind"])
    assert first @ again == pytest.approx(1, abs=1e-6)
    assert first @ second < 0.999


def scripted(tmp_path: Path, *rules: Rule) -> dict[str, object]:
    path = tmp_path / "script.json"
    path.write_bytes(msgspec.json.encode(Script(rules=rules)))
    return {"path": path, "dim": 16, "max_tokens": 64, "engine": "scripted"}


def test_a_text_that_crashes_the_process_twice_is_named(tmp_path: Path, opened: Open) -> None:
    embedder = opened(**scripted(tmp_path, Rule(when="storm", then="crash")))
    with pytest.raises(EngineError, match="begins with 'a storm'"):
        embedder.embed(["calm", "a storm", "rain"])
    assert embedder.embed(["calm", "rain"]).shape == (2, 16)


def test_a_process_that_was_killed_loses_no_text(tmp_path: Path, opened: Open) -> None:
    embedder = opened(**scripted(tmp_path, Rule()))
    before = embedder.embed(["calm", "rain"])
    embedder._worker.kill()
    np.testing.assert_array_equal(embedder.embed(["calm", "rain"]), before)
    embedder._worker.kill()
    assert embedder.count_tokens("calm") == 4


@pytest.mark.model
def test_a_generator_serves_as_a_mean_pooled_embedder(smollm2_path: Path, opened: Open) -> None:
    embedder = opened(smollm2_path, dim=576, max_tokens=64)
    cat, kitten, law = embedder.embed(["a cat sat on a mat", "a kitten sat on a mat", "interest rates rose again"])
    assert cat @ kitten > cat @ law
    np.testing.assert_allclose(np.linalg.norm([cat, kitten, law], axis=1), 1.0, atol=1e-6)
