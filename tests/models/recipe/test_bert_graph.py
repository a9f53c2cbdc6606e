from __future__ import annotations

import hashlib
from importlib.util import find_spec

import numpy as np
import pytest
from random_bert import DIM, POSITIONS, WORDS, random_bert, reference

from sanderling import optouts
from sanderling.models.recipe.bert_graph import INPUT, OUTPUT, bert_graph, quantized

# Each of 12 linear maps rounds its weights and its rows to 8 bits, by at most half of 1/127 of the largest: some
# thousandths of a row's length, which add up at random.
LEAST_COSINE = 0.998


@pytest.mark.parametrize("length", [1, 2, 3, 17, POSITIONS])
@pytest.mark.parametrize("seed", [0, 1])
def test_vectors_are_near_to_those_of_float64(seed: int, length: int) -> None:
    if find_spec("onnxruntime") is None:
        pytest.skip("the embed extra is not installed")
    onnxruntime = optouts.onnxruntime()
    weights = random_bert(seed)
    session = onnxruntime.InferenceSession(b"".join(bert_graph(weights)), providers=["CPUExecutionProvider"])
    ids = np.random.default_rng(length).integers(0, WORDS, length)
    (vector,) = session.run([OUTPUT], {INPUT: ids[None]})
    assert vector.shape == (1, DIM)
    assert vector.dtype == np.float32
    assert vector[0] @ reference(weights, ids.tolist()) >= LEAST_COSINE
    # A sum of 64 squares in float32.
    assert np.linalg.norm(vector) == pytest.approx(1, abs=64 * 2**-23)


def test_the_file_is_valid_and_always_the_same() -> None:
    data = b"".join(bert_graph(random_bert(0)))
    assert data == b"".join(bert_graph(random_bert(0)))
    # Written anew only if the recipe is changed on purpose: then the hashes in models.toml change as well.
    assert hashlib.sha256(data).hexdigest() == "658e6c31da229c0c43a7006f545c8d41b771105e24db29b4e319c50a4e96e094"
    onnx = pytest.importorskip("onnx", reason="the export extra is not installed")
    onnx.checker.check_model(onnx.load_from_string(data))


def test_a_row_of_zeros_stays_one() -> None:
    table, scale = quantized(np.array([[0, 0], [1, -2]], np.float32))
    np.testing.assert_array_equal(table, [[0, 0], [64, -127]])
    assert np.isfinite(scale).all()
