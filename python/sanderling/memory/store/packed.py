"""Convert vectors to bytes and back, as float32 or packed 16-bit fixed point.

::

    float32   float32[dim]
    int16     int16[dim] │ scale float32 │ 1 uint8

Little-endian. A value is its number times the scale, which is the largest value divided by ``STEPS``: no value is off
by more than a 64,516th of the largest. That is some hundred times less than what an embedder's own rounding of its
weights to 8 bits changes, and the index keeps its vectors in the same steps, so it loses nothing more. The last byte
makes the length odd, so that the bytes themselves tell which of the two they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

from ...records import Vectors

Precision = Literal["int16", "float32"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

STEPS = 127 * 254
"""Largest packed value: 127 steps of an int8 code, each with 254 steps of residual, as in the index."""
SHORTEST = 64
"""Length of the shortest packed vector; shorter ones stay float32, also in the index."""
_TAG = b"\x01"
# Scales beyond could become zero, subnormal or infinite on the way; no embedder makes such vectors.
_SCALES = (1e-37, 1e33)


def pack(vector: Vectors, precision: Precision) -> bytes:
    """Return the bytes of ``vector``, float32[dim] with finite values."""
    plain = np.ascontiguousarray(vector, dtype="<f4")
    if precision == "float32" or len(plain) < SHORTEST:
        return plain.tobytes()
    scale = np.float32(float(max(np.maximum.reduce(plain), -np.minimum.reduce(plain))) / STEPS)
    if not _SCALES[0] <= scale <= _SCALES[1]:
        return plain.tobytes()
    # None is beyond STEPS: rounding to float32 takes at most a 2^-24th off the scale, and adds .002 to the largest.
    numbers = np.rint(plain / np.float64(scale)).astype("<i2")
    return bytes(numbers.tobytes() + scale.astype("<f4").tobytes() + _TAG)


def unpack(value: bytes, dim: int) -> Vectors:
    """Return the vector, float32[dim], stored as the bytes ``value``.

    Raises ValueError for bytes that are no such vector.
    """
    return unpack_all([value], dim).reshape(dim)


def unpack_all(values: Sequence[bytes], dim: int) -> Vectors:
    """Return the vectors, float32[values, dim], stored as the byte strings ``values``.

    Raises ValueError as :func:`unpack` does.
    """
    readers = {packed_bytes(dim): _scaled, 4 * dim: _plain}
    lengths = set(map(len, values))
    if len(lengths) == 1 and lengths <= readers.keys():
        return readers[lengths.pop()](b"".join(values), dim)
    vectors = np.empty((len(values), dim), np.float32)
    for length, read in readers.items():
        at = [place for place, value in enumerate(values) if len(value) == length]
        if at:
            vectors[at] = read(b"".join(values[place] for place in at), dim)
        if len(at) == len(values):
            return vectors
    wrong = next((len(value) for value in values if dim_of(len(value)) != dim), None)
    if wrong is not None:
        raise ValueError(f"a vector of {wrong} bytes is none of {dim} numbers")
    return vectors


def as_kept(vectors: Vectors, precision: Precision) -> Vectors:
    """Return ``vectors``, float32[n, dim], with the rounding errors of packing."""
    if precision == "float32" or not len(vectors):
        return vectors
    return unpack_all([pack(vector, precision) for vector in vectors], vectors.shape[1])


def packed_bytes(dim: int) -> int:
    """Return the number of bytes of a packed vector."""
    return 2 * dim + 5


def dim_of(length: int) -> int:
    """Return the dimension of a vector stored in ``length`` bytes; 0 if the length is invalid."""
    if length % 4 == 0:
        return length // 4
    return (length - 5) // 2 if length % 2 and length > 5 else 0


def _plain(joined: bytes, dim: int) -> Vectors:
    return np.frombuffer(joined, "<f4").reshape(-1, dim).astype(np.float32)


def _scaled(joined: bytes, dim: int) -> Vectors:
    rows = np.frombuffer(joined, _row(dim))
    if joined[packed_bytes(dim) - 1 :: packed_bytes(dim)] != _TAG * len(rows):
        raise ValueError("a packed vector of another form")
    scales = rows["scale"].astype(np.float64)
    if np.minimum.reduce(scales) >= 0 and np.maximum.reduce(scales) <= _SCALES[1]:
        return (rows["numbers"] * scales[:, None]).astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # damaged bytes may hold any scale
        return (rows["numbers"] * scales[:, None]).astype(np.float32)


@lru_cache(maxsize=8)  # making it takes longer than reading a vector
def _row(dim: int) -> np.dtype[np.void]:
    return np.dtype([("numbers", "<i2", (dim,)), ("scale", "<f4"), ("tag", "u1")])
