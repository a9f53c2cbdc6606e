from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from storm import storm

from sanderling.embedding import onnx
from sanderling.embedding.onnx import Encoder, OnnxEmbedder
from sanderling.errors import MissingExtra, ModelUnavailable
from sanderling.models.embedder import open_embedder

WORDS = ["a", "cat", "sat", "on", "the", "mat", "and", "looked", "at", "me"]


def test_no_runtime_is_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtra, match=r"sanderling\[embed\]"):
        open_embedder()


def test_absent_files_say_what_to_pull(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if find_spec("onnxruntime") is None:
        pytest.skip("the embed extra is not installed")
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    with pytest.raises(ModelUnavailable, match="sanderling models pull minilm-l6-v2-dynamic"):
        open_embedder()


@given(st.lists(st.integers(2, 256), max_size=200))
def test_batches_hold_every_text_once_and_stay_within_the_budget(lengths: list[int]) -> None:
    groups = onnx._batches(lengths)
    assert sorted(index for group in groups for index in group) == list(range(len(lengths)))
    for group in groups:
        assert len(group) * max(lengths[index] for index in group) <= onnx.BATCH_TOKENS


class _OneHot:
    """Stands for the graph: the hidden state of a token is the unit vector of its id, and padding shines brightly."""

    class _Input:
        def __init__(self, name: str) -> None:
            self.name = name

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def get_inputs(self) -> list[_Input]:
        return [self._Input("input_ids"), self._Input("attention_mask")]

    def get_outputs(self) -> list[_Input]:
        return [self._Input("last_hidden_state")]

    def run(self, _: list[str], feed: dict[str, NDArray[np.int64]]) -> list[NDArray[np.float32]]:
        assert set(feed) == {"input_ids", "attention_mask"}
        self.shapes.append(feed["input_ids"].shape)
        hidden = np.eye(384, dtype=np.float32)[feed["input_ids"]]
        hidden[feed["attention_mask"] == 0] = 1e6
        return [hidden]


@pytest.fixture
def one_hot() -> OnnxEmbedder:
    """An embedder with a real tokenizer of whole words, ids 3 and up, and the stand-in graph."""
    tokenizers = pytest.importorskip("tokenizers", reason="the embed extra is not installed")
    vocabulary = {"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, **{word: 3 + n for n, word in enumerate(WORDS)}, "[UNK]": 99}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = tokenizers.processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    encoder = Encoder(
        name="minilm-l6-v2-int8",
        id="minilm-l6-v2-int8@" + "ab" * 6,
        path=Path("model.onnx"),
        dim=384,
        max_tokens=256,
        normalise=True,
    )
    session: Any = _OneHot()
    return OnnxEmbedder(encoder, session, tokenizer)


def test_the_id_names_the_content(one_hot: OnnxEmbedder) -> None:
    assert one_hot.id == "minilm-l6-v2-int8@abababababab"
    assert (one_hot.dim, one_hot.max_tokens) == (384, 256)


def test_the_mean_leaves_padding_out(one_hot: OnnxEmbedder) -> None:
    texts = ["a cat sat", "", "cat cat"]
    vectors = one_hot.embed(texts)
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    expected = np.zeros((3, 384))
    for row, ids in enumerate(([1, 3, 4, 5, 2], [1, 2], [1, 4, 4, 2])):
        np.add.at(expected[row], ids, 1)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    # A mean, a norm and a division of exact sums: each rounds once, so 4 units in the last place are generous.
    np.testing.assert_allclose(vectors, expected, atol=4 * np.finfo(np.float32).eps)
    assert one_hot.embed([]).shape == (0, 384)


def test_a_text_is_cut_and_keeps_its_closing_mark(one_hot: OnnxEmbedder) -> None:
    cut: list[tuple[int, int]] = []
    fits, too_long = " ".join(["cat"] * 254), " ".join(["cat"] * 255)
    vectors = one_hot.embed(["a", fits, too_long], lambda index, tokens: cut.append((index, tokens)))
    assert cut == [(2, 257)]
    assert one_hot.count_tokens(fits) == one_hot.max_tokens
    np.testing.assert_array_equal(vectors[1], vectors[2])


def _whole(embedder: OnnxEmbedder, text: str) -> list[int]:
    return list(embedder.tokenizer.encode(text).ids)[: embedder.max_tokens - 1]


@pytest.mark.parametrize("filler", [" ", "x", "cat ", "cat", ".", "日"])
def test_a_long_text_reads_as_if_it_were_read_whole(one_hot: OnnxEmbedder, filler: str) -> None:
    text = " ".join(WORDS) + filler * 100_000 + " a mat " * 300
    assert one_hot._ids(text)[: one_hot.max_tokens - 1] == _whole(one_hot, text)


def test_only_a_prefix_of_a_long_text_is_read(one_hot: OnnxEmbedder) -> None:
    read: list[int] = []
    encode = one_hot.tokenizer.encode

    class Watched:
        def encode(self, text: str) -> Any:
            read.append(len(text))
            return encode(text)

    one_hot.tokenizer = Watched()  # type: ignore[assignment]  # only `encode` is used here
    assert one_hot.embed(["cat on the mat, " * 62_500]).shape == (1, 384)
    assert sum(read) < 20_000


@pytest.fixture(scope="module")
def minilm() -> OnnxEmbedder:
    try:
        return open_embedder()
    except (MissingExtra, ModelUnavailable) as error:
        pytest.skip(str(error))


@pytest.mark.model
def test_like_meanings_lie_near(minilm: OnnxEmbedder) -> None:
    cat, kitten, law = minilm.embed(["a cat", "a kitten", "tax law"])
    assert cat @ kitten > cat @ law


@pytest.mark.model
def test_vectors_have_unit_length_and_do_not_depend_on_the_batch(minilm: OnnxEmbedder) -> None:
    texts = ["", "a cat", *(" ".join(WORDS * n) for n in range(1, 30))]
    together = minilm.embed(texts)
    alone = np.concatenate([minilm.embed([text]) for text in texts])
    eps = np.finfo(np.float32).eps
    # The norm is a sum of 384 squares: its relative error is at most 384 eps.
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=384 * eps)
    # A batch may only change the order of sums. The longest has 1536 terms, random rounding adds up to sqrt(1536) eps a
    # sum, there are about 8 sums in each of 6 layers, and errors of layers add: 39 * 48 eps = 2.2e-4.
    np.testing.assert_allclose(together, alone, atol=39 * 48 * eps)


@pytest.mark.model
def test_the_tokenizer_neither_pads_nor_cuts(minilm: OnnxEmbedder) -> None:
    assert minilm.count_tokens("a cat") == 4
    assert minilm.count_tokens("cat " * 1000) == 1002


@pytest.mark.model
@pytest.mark.parametrize("text", ["lorem ipsum, dolor. " * 2000, "naïve café—" * 2000, "日本語 text " * 2000])
def test_real_prefixes_read_like_the_whole(minilm: OnnxEmbedder, text: str) -> None:
    assert minilm._ids(text)[: minilm.max_tokens - 1] == _whole(minilm, text)


@pytest.mark.model
def test_threads_that_share_it_get_the_vectors_and_counts_of_their_own_texts(minilm: OnnxEmbedder) -> None:
    # One that has to be cut beside short ones: whatever a tokenizer keeps between two texts would show.
    texts = [" ".join(WORDS[n % 7 :] * (1 + 60 * (n % 3))) for n in range(8)]
    alone = [(minilm.embed([text]), minilm.count_tokens(text)) for text in texts]

    def work(thread: int) -> None:
        for _ in range(6):
            vectors, tokens = alone[thread]
            np.testing.assert_array_equal(minilm.embed([texts[thread]]), vectors)
            assert minilm.count_tokens(texts[thread]) == tokens

    storm(8, work)
