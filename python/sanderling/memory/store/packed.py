"""Convert vectors to bytes and back, as float32 or packed 16-bit fixed point.

::

    float32   float32[dim]
    int16     int16[dim] │ scale float32 │ 1 uint8

Little-endian. A value is its number times the scale, which is the largest value divided by 32,258 (127 steps of an int8
code, each with 254 steps of residual, as in the index): no value is off by more than a 64,516th of the largest. That is
some hundred times less than what an embedder's own rounding of its weights to 8 bits changes, and the index keeps its
vectors in the same steps, so it loses nothing more. The last byte makes the length odd, so that the bytes themselves
tell which of the two they are. Vectors of fewer than 64 numbers, and those whose scale could become zero, subnormal or
infinite on the way, stay float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from ... import _core
from ...records import Vectors

Precision = Literal["int16", "float32"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


def pack(vector: Vectors, precision: Precision) -> bytes:
    """Return the bytes of ``vector``, float32[dim] with finite values."""
    return pack_all(vector[np.newaxis], precision)[0]


def pack_all(vectors: Vectors, precision: Precision, *, check: bool = False) -> list[bytes]:
    """Return the bytes of each row of ``vectors``, float32[n, dim] with finite values.

    ``check``: raise ValueError for a vector that is not finite or all zero.
    """
    return _core.pack(np.ascontiguousarray(vectors, np.float32), precision, check=check)


def unpack(value: bytes, dim: int) -> Vectors:
    """Return the vector, float32[dim], stored as the bytes ``value``.

    Raises ValueError for bytes that are no such vector.
    """
    return _core.unpack([value], dim).reshape(dim)


def unpack_all(values: Sequence[bytes], dim: int) -> Vectors:
    """Return the vectors, float32[values, dim], stored as the byte strings ``values``.

    Raises ValueError as :func:`unpack` does.
    """
    return _core.unpack(values, dim)


def as_kept(vectors: Vectors, precision: Precision) -> Vectors:
    """Return ``vectors``, float32[n, dim], with the rounding errors of packing."""
    if precision == "float32" or not len(vectors):
        return vectors
    return unpack_all(pack_all(vectors, precision), vectors.shape[1])


def packed_bytes(dim: int) -> int:
    """Return the number of bytes of a packed vector."""
    return 2 * dim + 5


def dim_of(length: int) -> int:
    """Return the dimension of a vector stored in ``length`` bytes; 0 if the length is invalid."""
    if length % 4 == 0:
        return length // 4
    return (length - 5) // 2 if length % 2 and length > 5 else 0
