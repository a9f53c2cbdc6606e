"""Vectors as bytes and back, in numpy: what the core is compared with."""

from __future__ import annotations

import numpy as np

STEPS = 127 * 254
SHORTEST = 64
_SCALES = (np.float32(1e-37), np.float32(1e33))


def pack(vector: np.ndarray, precision: str) -> bytes:
    plain = np.ascontiguousarray(vector, dtype="<f4")
    if precision == "float32" or len(plain) < SHORTEST:
        return plain.tobytes()
    scale = np.float32(float(max(np.maximum.reduce(plain), -np.minimum.reduce(plain))) / STEPS)
    if not _SCALES[0] <= scale <= _SCALES[1]:
        return plain.tobytes()
    numbers = np.rint(plain.astype(np.float64) / np.float64(scale)).astype("<i2")
    return bytes(numbers.tobytes() + scale.astype("<f4").tobytes() + b"\x01")


def unpack(value: bytes, dim: int) -> np.ndarray:
    if len(value) == 4 * dim:
        return np.frombuffer(value, "<f4").astype(np.float32)
    scale = np.frombuffer(value[2 * dim : -1], "<f4").astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        return (np.frombuffer(value[: 2 * dim], "<i2") * scale).astype(np.float32)
