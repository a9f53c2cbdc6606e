"""Encodes the header of a GGUF file as bytes. ``models/gguf.py`` describes and reads the layout."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import NamedTuple

ALIGNMENT = 32
_UINT32, _INT32, _FLOAT32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9


class Placed(NamedTuple):
    """An entry of the header's tensor table. ``dims``: in ggml's order, the length of a row first."""

    name: str
    dims: tuple[int, ...]
    kind: int
    n_bytes: int


def header(keys: Mapping[str, object], tensors: Iterable[Placed]) -> bytes:
    """Return the header of a GGUF file, padded to ``ALIGNMENT``.

    The caller must pad each tensor likewise. An int becomes u32, a float f32, a tuple an array of strings or of i32.
    Raises TypeError for any other value.
    """
    table, offset, count = [], 0, 0
    for tensor in tensors:
        dims = struct.pack(f"<I{len(tensor.dims)}Q", len(tensor.dims), *tensor.dims)
        table.append(_string(tensor.name) + dims + struct.pack("<IQ", tensor.kind, offset))
        offset += padded(tensor.n_bytes)
        count += 1
    start = b"GGUF" + struct.pack("<IQQ", 3, count, len(keys))
    data = b"".join([start, *(_string(key) + _value(value) for key, value in keys.items()), *table])
    return data + bytes(padded(len(data)) - len(data))


def padded(n_bytes: int) -> int:
    """Return ``n_bytes`` rounded up to a multiple of ``ALIGNMENT``."""
    return -(-n_bytes // ALIGNMENT) * ALIGNMENT


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: object) -> bytes:
    match value:
        case bool():
            return struct.pack("<I?", _BOOL, value)
        case int():
            return struct.pack("<II", _UINT32, value)
        case float():
            return struct.pack("<If", _FLOAT32, value)
        case str():
            return struct.pack("<I", _STRING) + _string(value)
        case (str(), *_):
            return struct.pack("<IIQ", _ARRAY, _STRING, len(value)) + b"".join(_string(str(item)) for item in value)
        case (int(), *_):
            return struct.pack(f"<IIQ{len(value)}i", _ARRAY, _INT32, len(value), *value)
    raise TypeError(f"no GGUF type is written for {value!r}")
