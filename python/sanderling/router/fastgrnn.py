"""FastGRNN in float64 numpy, the reference for rust_core/src/fastgrnn.

Routing runs in Rust. This version generates the golden file tests/golden/fastgrnn.json, which both implementations are
tested against, and reads and writes weights files. rust_core/src/fastgrnn/mod.rs describes the file layout.

Source: Kusupati et al., FastGRNN, arXiv 1901.02358, equations 6 and 7.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Single: TypeAlias = NDArray[np.float32]

MAGIC = b"SNDRGRNN"
VERSION = 3
MODEL, CONTEXT, PLAN = slice(0, 4), slice(4, 8), slice(8, 11)
"""Rows of the logits of models, of contexts, and of plans; the card says whether the last were trained."""
TEMPERATURE, TOP_P, ESCALATE = 11, 12, 13
OUTPUTS = 14
MAX_TEMPERATURE = 1.5
MAX_CARD = 16 * 1024
_HEADER = struct.Struct("<8sIQ")
_SHAPE = struct.Struct("<6I")


@dataclass(frozen=True)
class Weights:
    """Parameters of the cell and its heads.

    ``w`` and ``u`` hold the factors whose product is the matrix: either one of shape [hidden, columns], or two of
    shapes [hidden, rank] and [rank, columns] (equation 7, the second already transposed). ``zeta`` and ``nu`` are the
    values before their sigmoid. ``heads`` is [14, hidden] with rows model (4), context (4), plan (3), temperature,
    top_p, escalate. ``features_version`` is the version of the feature table (:mod:`sanderling.router.features`).
    ``card`` is JSON with the model names and how the weights were made (:mod:`sanderling.router.training.card`).
    """

    features_version: int
    mean: Array
    std: Array
    w: tuple[Array, ...]
    u: tuple[Array, ...]
    b_z: Array
    b_h: Array
    zeta: float
    nu: float
    heads: Array
    bias: Array
    card: str = ""


@dataclass(frozen=True)
class Step:
    """One time step: the new hidden state and the head outputs."""

    hidden: Array
    model_logits: Array
    context_logits: Array
    plan_logits: Array
    temperature: float
    top_p: float
    escalate: float


def sigmoid(x: Array) -> Array:
    """Return the logistic function of ``x``, computed without overflow for any finite input."""
    positive = 1.0 / (1.0 + np.exp(-np.abs(x)))
    return np.where(x >= 0, positive, 1.0 - positive)


def step(weights: Weights, features: Array, hidden: Array | None = None) -> Step:
    """Run one step of the cell on ``features`` [input], starting from the state ``hidden`` [hidden].

    ``hidden`` None: zeros.
    """
    h = np.zeros_like(weights.b_z) if hidden is None else hidden
    x = (features - weights.mean) / weights.std
    pre = reduce(np.matmul, weights.w) @ x + reduce(np.matmul, weights.u) @ h
    z = sigmoid(pre + weights.b_z)
    candidate = np.tanh(pre + weights.b_h)
    zeta, nu = sigmoid(np.array([weights.zeta, weights.nu]))
    h = (zeta * (1.0 - z) + nu) * candidate + z * h
    out = weights.heads @ h + weights.bias
    top_p, escalate = sigmoid(out[[TOP_P, ESCALATE]])
    return Step(
        hidden=h,
        model_logits=out[MODEL],
        context_logits=out[CONTEXT],
        plan_logits=out[PLAN],
        temperature=float(np.clip(np.logaddexp(0.0, out[TEMPERATURE]), 0.0, MAX_TEMPERATURE)),
        top_p=float(0.7 + 0.3 * top_p),
        escalate=float(escalate),
    )


def to_bytes(weights: Weights, *, int8: bool = False) -> bytes:
    """Serialise the weights, with matrices in float32, or in int8 with one scale per row.

    Raises ValueError when the shapes are inconsistent.
    """
    ranks = [0 if len(factors) == 1 else factors[0].shape[1] for factors in (weights.w, weights.u)]
    matrix = _codes if int8 else _floats
    card = weights.card.encode()
    body = b"".join(
        (
            _SHAPE.pack(weights.features_version, weights.mean.size, weights.b_z.size, *ranks, int(int8)),
            _floats(weights.mean) + _floats(weights.std),
            *(matrix(factor) for factor in (*weights.w, *weights.u)),
            *(_floats(value) for value in (weights.b_z, weights.b_h, weights.zeta, weights.nu)),
            matrix(weights.heads) + _floats(weights.bias),
            struct.pack("<I", len(card)) + card,
        )
    )
    framed = _HEADER.pack(MAGIC, VERSION, len(body)) + body
    data = framed + struct.pack("<I", zlib.crc32(framed))
    from_bytes(data)  # Nothing is written that could not be read back.
    return data


def _floats(values: Array | float) -> bytes:
    data: bytes = np.asarray(values, dtype="<f4").tobytes()
    return data


def _codes(matrix: Array) -> bytes:
    largest = np.abs(matrix).max(axis=1)
    scale = np.where(largest > 0, largest / 127, 1.0).astype("<f4")
    codes: bytes = np.rint(matrix / scale[:, None]).clip(-127, 127).astype(np.int8).tobytes()
    return scale.tobytes() + codes


def from_bytes(data: bytes) -> Weights:
    """Parse a weights file. Raises ValueError, with a description of the defect, if it is invalid."""
    if len(data) < _HEADER.size + _SHAPE.size + 4 or not data.startswith(MAGIC):
        raise ValueError("not a FastGRNN weights file")
    _, version, length = _HEADER.unpack_from(data)
    if version != VERSION:
        raise ValueError(f"FastGRNN weights of format version {version}, this build reads {VERSION}")
    if len(data) != _HEADER.size + length + 4:
        raise ValueError(f"FastGRNN weights file has {len(data)} bytes, its header says {_HEADER.size + length + 4}")
    if zlib.crc32(data[:-4]) != struct.unpack("<I", data[-4:])[0]:
        raise ValueError("FastGRNN weights file is damaged: its checksum does not match")
    features_version, inputs, hidden, rank_w, rank_u, encoding = _SHAPE.unpack_from(data, _HEADER.size)
    if not (0 < inputs <= 1024 and 0 < hidden <= 512 and rank_w <= min(inputs, hidden) and rank_u <= hidden):
        raise ValueError(f"FastGRNN shapes out of range: {inputs=}, {hidden=}, {rank_w=}, {rank_u=}")
    if encoding > 1:
        raise ValueError(f"FastGRNN matrices in encoding {encoding}, this build reads 0 and 1")
    body = _Body(data[_HEADER.size + _SHAPE.size : -4], int8=encoding == 1)
    mean, std = body.floats(inputs), body.floats(inputs)
    w = [(hidden, rank_w), (rank_w, inputs)] if rank_w else [(hidden, inputs)]
    u = [(hidden, rank_u), (rank_u, hidden)] if rank_u else [(hidden, hidden)]
    factors_w = tuple(body.matrix(*shape) for shape in w)
    factors_u = tuple(body.matrix(*shape) for shape in u)
    b_z, b_h, zeta, nu = (body.floats(size) for size in (hidden, hidden, 1, 1))
    heads, bias = body.matrix(OUTPUTS, hidden), body.floats(OUTPUTS)
    card = body.card()
    everything = (mean, std, *factors_w, *factors_u, b_z, b_h, zeta, nu, heads, bias)
    if not all(np.isfinite(values).all() for values in everything):
        raise ValueError("FastGRNN weights file holds NaN or infinity")
    if (std <= 0).any():
        raise ValueError("FastGRNN weights file has a standard deviation that is not above 0")
    return Weights(
        features_version, mean, std, factors_w, factors_u, b_z, b_h, zeta.item(), nu.item(), heads, bias, card
    )


class _Body:
    """Reads the arrays of a weights file one after another."""

    def __init__(self, data: bytes, *, int8: bool) -> None:
        self._left, self._int8 = data, int8

    def _take(self, size: int) -> bytes:
        if size > len(self._left):
            raise ValueError("FastGRNN weights file ends before the arrays that its shapes need")
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def floats(self, size: int) -> Array:
        return np.frombuffer(self._take(4 * size), dtype="<f4").astype(np.float64)

    def matrix(self, rows: int, columns: int) -> Array:
        if not self._int8:
            return self.floats(rows * columns).reshape(rows, columns)
        scale = np.frombuffer(self._take(4 * rows), dtype="<f4")
        codes = np.frombuffer(self._take(rows * columns), dtype=np.int8).reshape(rows, columns)
        # The product in float32, as the core forms it: both sides then compute with the same numbers.
        return (scale[:, None] * codes.astype(np.float32)).astype(np.float64)

    def card(self) -> str:
        (size,) = struct.unpack("<I", self._take(4))
        if size > MAX_CARD or size != len(self._left):
            raise ValueError(f"FastGRNN card of {size} bytes, {len(self._left)} are left and {MAX_CARD} allowed")
        return self._take(size).decode()
