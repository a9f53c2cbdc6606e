"""Generates random quantized blocks of each ggml type.

Generating them in quantized form is fast. Quants are uniform random bits under one fixed scale per tensor, chosen so
that the weights have mean 0 and the requested standard deviation. For types with an asymmetric range, the minimum
(Q4_K, Q5_K) or scales of random sign (the others) bring the mean to 0. Layouts: ggml, ``ggml-common.h``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .mix import F16, F32, Q4_0, Q4_K, Q5_K, Q6_K, Q8_0

CHUNK_BLOCKS = 1 << 16
"""Number of blocks per piece, 14 MB at most. With another value the same seed gives other bytes."""

_SUB_SCALE = 32
"""Scale of each part of a super-block. It is in the middle of the range of its 6 or 8 bits."""
# Eight scales and eight minima of 6 bits, all 32. Of the last four scales and minima, the low four bits are in the last
# four bytes and the high two bits at the top of the first eight bytes.
_PACKED = np.array([_SUB_SCALE | (_SUB_SCALE >> 4) << 6] * 8 + [0] * 4, np.uint8)

_LAYOUTS = {
    F32: np.dtype([("value", "<f4")]),
    F16: np.dtype([("value", "<f2")]),
    Q4_0: np.dtype([("d", "<f2"), ("q", "u1", 16)]),
    Q8_0: np.dtype([("d", "<f2"), ("q", "u1", 32)]),
    Q4_K: np.dtype([("d", "<f2"), ("dmin", "<f2"), ("scales", "u1", 12), ("q", "u1", 128)]),
    Q5_K: np.dtype([("d", "<f2"), ("dmin", "<f2"), ("scales", "u1", 12), ("q", "u1", 160)]),
    Q6_K: np.dtype([("q", "u1", 192), ("scales", "i1", 16), ("d", "<f2")]),
}
# Number of levels of a quant, by type; quants are uniform over them.
_LEVELS = {Q4_0: 16, Q8_0: 256, Q4_K: 16, Q5_K: 32, Q6_K: 64}


def random_blocks(kind: int, n_blocks: int, deviation: float, bits: np.random.PCG64) -> Iterator[NDArray[np.void]]:
    """Yield ``n_blocks`` blocks of type ``kind`` in pieces of at most ``CHUNK_BLOCKS``.

    ``deviation``: standard deviation of the weights. ``bits``: source of raw words, whose sequence is the same in all
    versions of NumPy.
    """
    for begin in range(0, n_blocks, CHUNK_BLOCKS):
        count = min(CHUNK_BLOCKS, n_blocks - begin)
        yield _floats(kind, count, deviation, bits) if kind in {F32, F16} else _quants(kind, count, deviation, bits)


def ones(count: int) -> NDArray[np.void]:
    """Return ``count`` ones in F32, as weights of a norm."""
    return np.ones(count, "<f4").view(_LAYOUTS[F32])


def _floats(kind: int, count: int, deviation: float, bits: np.random.PCG64) -> NDArray[np.void]:
    # A table of 256 evenly spaced values is much faster than a distribution, and as good here.
    table = (np.arange(256) - 127.5) * (deviation / _uniform_deviation(256))
    return table.astype(_LAYOUTS[kind]["value"])[_bytes(bits, count)].view(_LAYOUTS[kind])


def _quants(kind: int, count: int, deviation: float, bits: np.random.PCG64) -> NDArray[np.void]:
    blocks = np.zeros(count, _LAYOUTS[kind])
    width = blocks["q"].shape[1]
    blocks["q"] = _bytes(bits, count * width).reshape(count, width)
    if kind in {Q4_K, Q5_K}:
        scale = deviation / _uniform_deviation(_LEVELS[kind])
        blocks["scales"] = _PACKED
        blocks["d"] = scale / _SUB_SCALE
        blocks["dmin"] = scale / _SUB_SCALE * (_LEVELS[kind] - 1) / 2
        return blocks
    # Levels go from -n/2 to n/2 - 1: with a random sign their mean of -1/2 adds to the deviation instead.
    scale = deviation / math.hypot(_uniform_deviation(_LEVELS[kind]), 0.5)
    if kind == Q6_K:
        blocks["scales"] = _signs(bits, count * 16).reshape(count, 16) * _SUB_SCALE
        blocks["d"] = scale / _SUB_SCALE
    else:
        blocks["d"] = _signs(bits, count) * np.float32(scale)
    return blocks


def _uniform_deviation(levels: int) -> float:
    return math.sqrt((levels * levels - 1) / 12)


def _bytes(bits: np.random.PCG64, count: int) -> NDArray[np.uint8]:
    return bits.random_raw(-(-count // 8)).astype("<u8", copy=False).view(np.uint8)[:count]


def _signs(bits: np.random.PCG64, count: int) -> NDArray[np.int8]:
    return ((_bytes(bits, count) & 1).astype(np.int8) * 2 - 1).astype(np.int8)
