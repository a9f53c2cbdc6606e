"""Write and read trained weights in the file format of ``rust_core/src/attention``."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from ..features import FEATURES_VERSION
from .network import Array, Weights

MAGIC = b"SNDRATTN"
VERSION = 2


def to_bytes(weights: Weights, features_version: int = FEATURES_VERSION) -> bytes:
    """Return ``weights`` as the contents of a weights file.

    Each slot gets a unit vector as its relation embedding, so that a_rel equals the biases.
    """
    features, heads = weights.p.shape
    layers, slots, _ = weights.bias.shape
    shape = (features_version, features, layers, heads, 0, 0, (slots - 1) // 2, slots)
    parts: list[Array] = [np.eye(slots), weights.direct]
    for head in range(heads):
        parts += [np.array([1.0, 1.0, 0.0]), weights.p[:, head]]
        for layer in range(layers):
            parts += [
                weights.gamma[layer, head : head + 1],
                weights.bias[layer, :, head],
                weights.a_dst[layer, :, head],
                weights.a_src[layer, :, head],
            ]
    body = struct.pack("<8I", *shape) + np.concatenate([part.ravel() for part in parts]).astype("<f4").tobytes()
    framed = MAGIC + struct.pack("<IQ", VERSION, len(body)) + body
    return framed + struct.pack("<I", zlib.crc32(framed))


def from_bytes(data: bytes) -> Weights:
    """Parse ``data`` made by :func:`to_bytes`, and return the weights.

    The Rust core must have read the file before: it checks length and checksum. Raises ValueError for weights of
    another shape, such as those with projections.
    """
    first = len(MAGIC) + struct.calcsize("<IQ")
    shape = struct.unpack_from("<8I", data, first)
    _, features, layers, heads, dim, rank, relations, slots = shape
    per_head = 3 + features + layers * (1 + slots + 2 * features)
    numbers = np.frombuffer(data[first + 32 : -4], "<f4").astype(float)
    unit = slots == 2 * relations + 1 and len(numbers) == slots * slots + features + heads * per_head
    if dim or rank or not unit or not (numbers[: slots * slots].reshape(slots, slots) == np.eye(slots)).all():
        raise ValueError("these weights are not of the network that is trained")
    direct, rest = np.split(numbers[slots * slots :], [features])
    scale, p, *of_layers = _parts(
        rest.reshape(heads, per_head), [3, features, *[1, slots, features, features] * layers]
    )
    if not (scale == [1.0, 1.0, 0.0]).all():
        raise ValueError("these weights are not of the network that is trained")
    gamma, bias, a_dst, a_src = (
        np.stack([of_layers[4 * layer + part].T for layer in range(layers)]) for part in range(4)
    )
    return Weights(p=p.T, a_dst=a_dst, a_src=a_src, bias=bias, gamma=gamma[:, 0], direct=direct)


def _parts(rows: Array, lengths: list[int]) -> list[Array]:
    return np.split(rows, np.cumsum(lengths)[:-1], axis=1)
