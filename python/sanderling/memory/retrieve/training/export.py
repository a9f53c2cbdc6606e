"""Export trained weights to the file format that the header of ``rust_core/src/attention`` describes."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from ..features import FEATURES_VERSION
from .network import Array, Weights

MAGIC = b"SNDRATTN"
VERSION = 2


def to_bytes(weights: Weights, features_version: int = FEATURES_VERSION) -> bytes:
    """Return the contents of the weights file for ``weights``.

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
