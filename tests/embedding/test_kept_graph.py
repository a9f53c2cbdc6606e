"""The kept graph computes the same bits, and costs nothing but time where it cannot be kept or used."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from sanderling import optouts
from sanderling.embedding import kept_graph
from sanderling.embedding.kept_graph import FOLDER, GRAPH, WEIGHTS
from sanderling.embedding.onnx import Encoder, OnnxEmbedder
from sanderling.models import registry

TEXTS = ["Who repairs the pump?", "", "a pump " * 100, "Ada Lind. " * 40, "x"]


@pytest.fixture
def encoder(tmp_path: Path) -> Encoder:
    """The installed embedder, in a folder of its own."""
    if find_spec("onnxruntime") is None:
        pytest.skip("the embed extra is not installed")
    found = registry.installed("minilm-l6-v2-int8")
    if found is None or found.entry.embedding is None:
        pytest.skip("minilm-l6-v2-int8 is not here: run  make models")
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).symlink_to(found.path.with_name(name).resolve())
    spec = found.entry.embedding
    return Encoder(
        name="m", id="m@1", path=tmp_path / "model.onnx", dim=spec.dim, max_tokens=spec.max_tokens, normalise=True
    )


def folders(encoder: Encoder) -> list[Path]:
    folder = encoder.path.parent / FOLDER
    return list(folder.iterdir()) if folder.exists() else []


def test_it_is_kept_once_used_and_gives_the_same_bits(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = OnnxEmbedder.open(encoder)
    fresh.keep_graph()
    (folder,) = folders(encoder)
    assert {file.name for file in folder.iterdir()} == {GRAPH, WEIGHTS}
    opened = []
    session = optouts.onnxruntime().InferenceSession
    monkeypatch.setattr(
        optouts.onnxruntime(),
        "InferenceSession",
        lambda path, *rest, **more: opened.append(path) or session(path, *rest, **more),
    )
    kept = OnnxEmbedder.open(encoder)
    assert opened == [str(folder / GRAPH)]
    kept.keep_graph()
    assert len(opened) == 1
    np.testing.assert_array_equal(kept.embed(TEXTS), fresh.embed(TEXTS))
    for text in TEXTS:
        np.testing.assert_array_equal(kept.embed([text]), fresh.embed([text]))


@pytest.mark.parametrize("file", [GRAPH, WEIGHTS])
@pytest.mark.parametrize("size", [0, 1000])
def test_a_damaged_one_is_removed_and_the_original_used(encoder: Encoder, file: str, size: int) -> None:
    fresh = OnnxEmbedder.open(encoder)
    fresh.keep_graph()
    (folder,) = folders(encoder)
    os.truncate(folder / file, size)
    again = OnnxEmbedder.open(encoder)
    assert folders(encoder) == []
    np.testing.assert_array_equal(again.embed(TEXTS), fresh.embed(TEXTS))


def test_one_of_another_model_or_version_is_replaced(encoder: Encoder) -> None:
    OnnxEmbedder.open(encoder).keep_graph()
    (before,) = folders(encoder)
    names = {
        kept_graph.kept_graph(encoder.path, model_id, version).folder.name  # type: ignore[union-attr]  # it is there
        for model_id, version in (("m@1", "1.2"), ("m@1", "1.3"), ("m@2", "1.2"))
    }
    assert len(names) == 3
    os.utime(encoder.path, (1, 1), follow_symlinks=False)
    target = encoder.path.resolve()
    encoder.path.unlink()
    encoder.path.write_bytes(target.read_bytes())
    OnnxEmbedder.open(encoder).keep_graph()
    (after,) = folders(encoder)
    assert after != before


@pytest.mark.parametrize("in_the_way", [True, False], ids=["a file in the way", "no room"])
def test_where_it_cannot_be_kept_nothing_is_left(
    encoder: Encoder, in_the_way: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = encoder.path.parent / FOLDER
    if in_the_way:
        folder.write_text("")
    else:
        monkeypatch.setattr(kept_graph, "LEAST_FREE", 10**9)
    embedder = OnnxEmbedder.open(encoder)
    embedder.keep_graph()
    assert folder.is_file() == in_the_way
    assert folder.exists() == in_the_way
    assert embedder.embed(["x"]).shape == (1, encoder.dim)
