"""FastGRNN in float64 numpy, straight from the paper: the other half of rust_core/src/fastgrnn.

A twin on purpose. Routing runs in Rust; this one is what training differentiates and what the golden file
tests/golden/fastgrnn.json is made with, so neither side can drift without a test failing. The file layout is described
in rust_core/src/fastgrnn/mod.rs.

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

MAGIC = b"SNDRGRNN"
VERSION = 1
OUTPUTS = 10  # 4 model logits, 3 context logits, temperature, top_p, escalate
MAX_TEMPERATURE = 1.5
_HEADER = struct.Struct("<8sIQ")
_SHAPE = struct.Struct("<5I")


@dataclass(frozen=True)
class Weights:
    """Parameters of the cell and its heads.

    ``w`` and ``u`` hold the factors whose product is the matrix: one of shape [hidden, columns], or two of shapes
    [hidden, rank] and [rank, columns] (equation 7, the second already transposed). ``zeta`` and ``nu`` are the values
    before their sigmoid. ``heads`` is [10, hidden] with rows model (4), context (3), temperature, top_p, escalate.
    ``features_version`` names the table that says what each feature means (:mod:`sanderling.stages.features`).
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


@dataclass(frozen=True)
class Step:
    """One time step: the new hidden state and what the heads read from it."""

    hidden: Array
    model_logits: Array
    context_logits: Array
    temperature: float
    top_p: float
    escalate: float


def sigmoid(x: Array) -> Array:
    """Logistic function, without overflow for any finite input."""
    positive = 1.0 / (1.0 + np.exp(-np.abs(x)))
    return np.where(x >= 0, positive, 1.0 - positive)


def step(weights: Weights, features: Array, hidden: Array | None = None) -> Step:
    """One step of the cell on ``features`` [input], from ``hidden`` [hidden] or from zeros when None."""
    h = np.zeros_like(weights.b_z) if hidden is None else hidden
    x = (features - weights.mean) / weights.std
    pre = reduce(np.matmul, weights.w) @ x + reduce(np.matmul, weights.u) @ h
    z = sigmoid(pre + weights.b_z)
    candidate = np.tanh(pre + weights.b_h)
    zeta, nu = sigmoid(np.array([weights.zeta, weights.nu]))
    h = (zeta * (1.0 - z) + nu) * candidate + z * h
    out = weights.heads @ h + weights.bias
    top_p, escalate = sigmoid(out[8:10])
    return Step(
        hidden=h,
        model_logits=out[:4],
        context_logits=out[4:7],
        temperature=float(np.clip(np.logaddexp(0.0, out[7]), 0.0, MAX_TEMPERATURE)),
        top_p=float(0.7 + 0.3 * top_p),
        escalate=float(escalate),
    )


def to_bytes(weights: Weights) -> bytes:
    """Write the weights as a file, in float32. Raises ValueError when their shapes do not belong together."""
    ranks = [0 if len(factors) == 1 else factors[0].shape[1] for factors in (weights.w, weights.u)]
    body = _SHAPE.pack(weights.features_version, weights.mean.size, weights.b_z.size, *ranks)
    cell = (weights.mean, weights.std, *weights.w, *weights.u, weights.b_z, weights.b_h, weights.zeta, weights.nu)
    body += b"".join(np.asarray(array, dtype="<f4").tobytes() for array in (*cell, weights.heads, weights.bias))
    framed = _HEADER.pack(MAGIC, VERSION, len(body)) + body
    data = framed + struct.pack("<I", zlib.crc32(framed))
    from_bytes(data)  # Nothing is written that could not be read back.
    return data


def from_bytes(data: bytes) -> Weights:
    """Read a weights file. Raises ValueError naming what is wrong with it."""
    if len(data) < _HEADER.size + _SHAPE.size + 4 or not data.startswith(MAGIC):
        raise ValueError("not a FastGRNN weights file")
    _, version, length = _HEADER.unpack_from(data)
    if version != VERSION:
        raise ValueError(f"FastGRNN weights of format version {version}, this build reads {VERSION}")
    if len(data) != _HEADER.size + length + 4:
        raise ValueError(f"FastGRNN weights file has {len(data)} bytes, its header says {_HEADER.size + length + 4}")
    if zlib.crc32(data[:-4]) != struct.unpack("<I", data[-4:])[0]:
        raise ValueError("FastGRNN weights file is damaged: its checksum does not match")
    features_version, inputs, hidden, rank_w, rank_u = _SHAPE.unpack_from(data, _HEADER.size)
    if not (0 < inputs <= 1024 and 0 < hidden <= 512 and rank_w <= min(inputs, hidden) and rank_u <= hidden):
        raise ValueError(f"FastGRNN shapes out of range: {inputs=}, {hidden=}, {rank_w=}, {rank_u=}")
    w = [(hidden, rank_w), (rank_w, inputs)] if rank_w else [(hidden, inputs)]
    u = [(hidden, rank_u), (rank_u, hidden)] if rank_u else [(hidden, hidden)]
    shapes = [(inputs,), (inputs,), *w, *u, (hidden,), (hidden,), (1,), (1,), (OUTPUTS, hidden), (OUTPUTS,)]
    values = np.frombuffer(data[_HEADER.size + _SHAPE.size : -4], dtype="<f4").astype(np.float64)
    sizes = [int(np.prod(shape)) for shape in shapes]
    if values.size != sum(sizes):
        raise ValueError(f"FastGRNN weights file holds {values.size} numbers, its shapes need {sum(sizes)}")
    if not np.isfinite(values).all():
        raise ValueError("FastGRNN weights file holds NaN or infinity")
    parts = np.split(values, np.cumsum(sizes)[:-1])
    arrays = iter(part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))
    mean, std = next(arrays), next(arrays)
    if (std <= 0).any():
        raise ValueError("FastGRNN weights file has a standard deviation that is not above 0")
    factors_w = tuple(next(arrays) for _ in w)
    factors_u = tuple(next(arrays) for _ in u)
    b_z, b_h, zeta, nu, heads, bias = arrays
    return Weights(features_version, mean, std, factors_w, factors_u, b_z, b_h, zeta.item(), nu.item(), heads, bias)
