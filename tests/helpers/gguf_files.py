"""Writes small GGUF files for tests: real headers, tensors of zeros."""

from __future__ import annotations

import io
import struct
from pathlib import Path

from sanderling.models.gguf import GgufHeader, parse_header

LFM2_KV = (0, 0, 8, 0)


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _value(value: object) -> bytes:
    match value:
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return struct.pack("<II", 4, value)
        case float():
            return struct.pack("<If", 6, value)
        case str():
            return struct.pack("<I", 8) + _string(value)
        case [str(), *_]:
            return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(_string(item) for item in value)
        case tuple():
            return struct.pack("<IIQ", 9, 5, len(value)) + struct.pack(f"<{len(value)}i", *value)
    raise TypeError(value)


def gguf_bytes(keys: dict[str, object], tensors: dict[str, tuple[tuple[int, ...], int, int]]) -> bytes:
    """``tensors``: name to (dimensions, ggml type, bytes)."""
    out = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys))
    for key, value in keys.items():
        out += _string(key) + _value(value)
    offset, body = 0, b""
    for name, (dims, kind, size) in tensors.items():
        out += _string(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset)
        body += bytes(size) + bytes(-size % 32)
        offset = len(body)
    return out + bytes(-len(out) % 32) + body


def lfm2_bytes(rows: int = 3, keys: dict[str, object] | None = None) -> bytes:
    """``keys``: in place of, or beside, those of a sound file."""
    sound: dict[str, object] = {
        "general.architecture": "lfm2",
        "general.name": "tiny",
        "general.alignment": 32,
        "lfm2.block_count": 4,
        "lfm2.context_length": 32768,
        "lfm2.embedding_length": 256,
        "lfm2.attention.head_count": 4,
        "lfm2.attention.head_count_kv": LFM2_KV,
        "lfm2.shortconv.l_cache": 3,
        "tokenizer.ggml.tokens": ["a", "bb", "ccc"],
        "tokenizer.chat_template": "x" * 70_000,
        "tokenizer.ggml.add_bos_token": True,
        "lfm2.rope.freq_base": 1e6,
    }
    # Q4_0: 32 elements in 18 bytes; F32.
    tensors = {"token_embd.weight": ((256, rows), 2, 256 * rows // 32 * 18), "norm.weight": ((256,), 0, 1024)}
    return gguf_bytes(sound | (keys or {}), tensors)


def write_lfm2(path: Path, rows: int = 3) -> Path:
    path.write_bytes(lfm2_bytes(rows))
    return path


def lfm2_header() -> GgufHeader:
    data = lfm2_bytes()
    return parse_header(io.BytesIO(data), len(data), "tiny")
