from __future__ import annotations

from pathlib import Path

import pytest
from gguf_files import lfm2_bytes

from sanderling.errors import ModelUnavailable
from sanderling.models.about import read_about
from sanderling.records import Sampling

SOUND: dict[str, object] = {
    "general.license": "apache-2.0",
    "general.sampling.temp": 0.5,
    "general.sampling.top_k": 40,
    "general.sampling.penalty_repeat": 1.25,
    "tokenizer.ggml.tokens": ["<s>", "<|im_end|>", "a", " ", "x"],
    "tokenizer.ggml.token_type": (3, 3, 1, 4, 3),
    "tokenizer.ggml.bos_token_id": 0,
    "tokenizer.ggml.eos_token_id": 1,
    "tokenizer.chat_template": "{{ 1 }}",
}


def written(path: Path, **more: object) -> Path:
    path.write_bytes(lfm2_bytes(keys=SOUND | {key.replace("__", "."): value for key, value in more.items()}))
    return path


def test_what_a_file_says_of_itself(tmp_path: Path) -> None:
    about = read_about(written(tmp_path / "a.gguf"))
    assert (about.template, about.bos, about.eos, about.licence) == ("{{ 1 }}", "<s>", "<|im_end|>", "apache-2.0")
    assert about.control == ("<s>", "<|im_end|>")  # a space and a single letter mean no more than their text
    assert about.sampling == Sampling(temperature=0.5, top_k=40, repeat_penalty=1.25)
    assert (about.pieces, about.adds_bos) == (1, True)


@pytest.mark.parametrize(
    ("key", "value", "vectors"),
    [
        ("lfm2__pooling_type", 0, False),
        ("lfm2__pooling_type", 3, True),
        ("lfm2__pooling_type", "last", False),
        ("qwen3__pooling_type", 3, False),  # of another architecture
        ("lfm2__attention__causal", False, True),
        ("lfm2__attention__causal", True, False),
    ],
)
def test_an_embedder_is_known_whatever_its_architecture(tmp_path: Path, key: str, value: object, vectors: bool) -> None:
    assert read_about(written(tmp_path / "a.gguf", **{key: value})).makes_vectors == vectors


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 99.0, "hot", True])
def test_sampling_that_cannot_be_is_passed_over(tmp_path: Path, value: object) -> None:
    about = read_about(written(tmp_path / "a.gguf", general__sampling__temp=value))
    assert about.sampling == Sampling(top_k=40, repeat_penalty=1.25)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tokenizer.ggml.tokens", "no list"),
        ("tokenizer.ggml.tokens", (1, 2)),
        ("tokenizer.ggml.token_type", "no list"),
        ("tokenizer.chat_template", 7),
    ],
)
def test_a_list_or_text_that_is_none_is_refused(tmp_path: Path, key: str, value: object) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(lfm2_bytes(keys=SOUND | {key: value}))
    with pytest.raises(ModelUnavailable, match="is no usable GGUF file") as caught:
        read_about(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_cut_before_its_tensors_is_refused(tmp_path: Path) -> None:
    data = written(tmp_path / "a.gguf").read_bytes()
    path = tmp_path / "cut.gguf"
    keys_end = data.index(b"token_embd.weight") - 8
    for length in range(0, keys_end, 7):
        path.write_bytes(data[:length])
        with pytest.raises(ModelUnavailable):
            read_about(path)


def test_a_template_without_end_is_as_none(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(lfm2_bytes(keys=SOUND | {"tokenizer.chat_template": "x" * ((1 << 20) + 1)}))
    assert read_about(path).template == ""
