"""The numpy cell, its file format, and the extension, all against tests/golden/fastgrnn.json."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sanderling.router.fastgrnn import OUTPUTS, Weights, from_bytes, sigmoid, step, to_bytes

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "fastgrnn.json").read_text())
CASES = pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
HEADS = ("model_logits", "context_logits", "plan_logits", "temperature", "top_p", "escalate")


def reframed(data: bytes, at: int, value: bytes) -> bytes:
    """The file with ``value`` at ``at`` in its body and a checksum that holds."""
    at += 20
    framed = data[:at] + value + data[at + len(value) : -4]
    return framed + struct.pack("<I", zlib.crc32(framed))


def small(seed: int = 0) -> Weights:
    rng = np.random.default_rng(seed)

    def drawn(*shape: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        return rng.normal(size=shape).astype(np.float32).astype(np.float64)

    return Weights(
        features_version=1,
        mean=drawn(3),
        std=np.abs(drawn(3)),
        w=(drawn(5, 2), drawn(2, 3)),
        u=(drawn(5, 5),),
        b_z=drawn(5),
        b_h=drawn(5),
        zeta=1.0,
        nu=-4.0,
        heads=drawn(OUTPUTS, 5),
        bias=drawn(OUTPUTS),
    )


@CASES
def test_numpy_repeats_the_golden_sequences(case: dict[str, Any]) -> None:
    weights = from_bytes(bytes.fromhex(case["weights"]))
    hidden = None
    for expected in case["steps"]:
        result = step(weights, np.array(expected["features"]), hidden)
        hidden = result.hidden
        # Stored with 10 decimals; float64 itself strays by less than 1e-13 here.
        np.testing.assert_allclose(hidden, expected["hidden"], rtol=0, atol=1e-10)
        for head in HEADS:
            np.testing.assert_allclose(getattr(result, head), expected[head], rtol=0, atol=1e-10)


@CASES
def test_the_extension_repeats_the_golden_sequences(case: dict[str, Any]) -> None:
    from sanderling._core import FastGrnn

    net = FastGrnn.from_bytes(bytes.fromhex(case["weights"]))
    hidden = None
    for expected in case["steps"]:
        assert (net.input_dim, net.hidden_dim) == (len(expected["features"]), len(expected["hidden"]))
        result = net.step(np.array(expected["features"], dtype=np.float32), hidden)
        hidden = result.hidden
        np.testing.assert_allclose(hidden, expected["hidden"], rtol=0, atol=expected["hidden_tolerance"])
        for head in HEADS:
            np.testing.assert_allclose(getattr(result, head), expected[head], rtol=0, atol=expected["heads_tolerance"])


def test_one_step_is_equation_6_written_out() -> None:
    weights = small()
    x, h = np.array([0.5, -1.0, 2.0]), np.array([0.1, -0.2, 0.3, 0.4, -0.5])
    w = weights.w[0] @ weights.w[1]
    standard = (x - weights.mean) / weights.std
    result = step(weights, x, h)
    for i in range(5):
        pre = sum(w[i, j] * standard[j] for j in range(3)) + sum(weights.u[0][i, j] * h[j] for j in range(5))
        z = 1 / (1 + np.exp(-(pre + weights.b_z[i])))
        candidate = np.tanh(pre + weights.b_h[i])
        zeta, nu = 1 / (1 + np.exp(-1.0)), 1 / (1 + np.exp(4.0))
        assert result.hidden[i] == pytest.approx((zeta * (1 - z) + nu) * candidate + z * h[i], abs=1e-14)


def test_the_heads_stay_in_their_ranges() -> None:
    for seed in range(20):
        weights = small(seed)
        result = step(weights, np.random.default_rng(seed).normal(size=3) * 100, None)
        assert 0 <= result.temperature <= 1.5
        assert 0.7 <= result.top_p <= 1
        assert 0 <= result.escalate <= 1


def test_sigmoid_is_finite_everywhere() -> None:
    np.testing.assert_array_equal(sigmoid(np.array([-1e300, 0.0, 1e300])), [0.0, 0.5, 1.0])


def test_a_file_comes_back_as_it_was() -> None:
    weights = small()
    data = to_bytes(weights)
    back = from_bytes(data)
    assert to_bytes(back) == data
    for name in ("mean", "std", "b_z", "b_h", "zeta", "nu", "heads", "bias", "card"):
        np.testing.assert_array_equal(getattr(back, name), getattr(weights, name))
    for name in ("w", "u"):
        for got, expected in zip(getattr(back, name), getattr(weights, name), strict=True):
            np.testing.assert_array_equal(got, expected)


def test_codes_stray_by_half_a_step_of_their_row() -> None:
    weights = small()
    back = from_bytes(to_bytes(weights, int8=True))
    for got, exact in zip((*back.w, *back.u, back.heads), (*weights.w, *weights.u, weights.heads), strict=True):
        steps = np.abs(exact).max(axis=1, keepdims=True) / 127
        # Half a step, and the rounding of scale and product to float32: two units of values up to 127 steps.
        assert (np.abs(got - exact) <= steps * (0.5 + 127 * 2 * 2.0**-24)).all()
    np.testing.assert_array_equal(back.b_z, weights.b_z)
    assert len(to_bytes(weights, int8=True)) < len(to_bytes(weights))


def test_each_way_a_file_can_be_wrong_is_named() -> None:
    data = to_bytes(small())
    wrong = {
        b"": "not a FastGRNN weights file",
        b"X" + data[1:]: "not a FastGRNN weights file",
        data[:8] + b"\2" + data[9:]: "format version 2, this build reads 3",
        data[:-1]: "bytes, its header says",
        data[:60] + bytes([data[60] ^ 1]) + data[61:]: "checksum",
        reframed(data, 4, struct.pack("<I", 0)): "shapes out of range",
        reframed(data, 8, struct.pack("<I", 6)): "ends before the arrays",
        reframed(data, 20, struct.pack("<I", 2)): "encoding 2",
        reframed(data, 24, struct.pack("<f", float("nan"))): "NaN or infinity",
        reframed(data, 24 + 12, struct.pack("<f", 0.0)): "standard deviation",
        reframed(data, len(data) - 24 - 4, struct.pack("<I", 7)): "card of 7 bytes",
    }
    for damaged, message in wrong.items():
        with pytest.raises(ValueError, match=message):
            from_bytes(damaged)


def test_weights_whose_shapes_do_not_fit_are_not_written() -> None:
    weights = small()
    with pytest.raises(ValueError, match=r"NaN or|standard deviation|card of|ends before"):
        to_bytes(Weights(**{**vars(weights), "mean": np.zeros(4)}))
