"""Reads the weights of a BERT encoder from a ``safetensors`` file.

As sentence-transformers publishes them. The file is a length, a JSON header of that length, and the tensors' bytes. Its
hash is known before it is read.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from ...disk.files import content
from ...errors import ModelUnavailable
from ...records import Vectors
from .bert_graph import BertLayer, BertWeights, Linear, Norm


class _Tensor(msgspec.Struct, frozen=True):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


class _Tensors:
    def __init__(self, path: Path) -> None:
        self._path, self._bytes = path, content(path)
        length = int.from_bytes(self._bytes[:8], "little")
        self._start = 8 + length
        try:
            header = msgspec.json.decode(self._bytes[8 : self._start], type=dict[str, msgspec.Raw])
            header.pop("__metadata__", None)
            self._tensors = {name: msgspec.json.decode(raw, type=_Tensor) for name, raw in header.items()}
        except msgspec.DecodeError as error:
            raise ModelUnavailable(f"{path} is no safetensors file ({error}): pull the model again") from error

    def __call__(self, name: str) -> Vectors:
        tensor = self._tensors.get(name)
        if tensor is None or tensor.dtype != "F32":
            raise ModelUnavailable(f"{self._path} has no float32 tensor {name}: pull the model again")
        first, last = (self._start + offset for offset in tensor.data_offsets)
        return np.frombuffer(self._bytes[first:last], "<f4").reshape(tensor.shape)

    def linear(self, name: str) -> Linear:
        return Linear(weight=self(f"{name}.weight"), bias=self(f"{name}.bias"))

    def norm(self, name: str) -> Norm:
        return Norm(gain=self(f"{name}.LayerNorm.weight"), offset=self(f"{name}.LayerNorm.bias"))


def read_safetensors(path: Path, n_layers: int, n_heads: int, epsilon: float) -> BertWeights:
    """Read the encoder in the file at ``path``. Raises ModelUnavailable if a tensor is absent or of another type."""
    tensors = _Tensors(path)
    return BertWeights(
        words=tensors("embeddings.word_embeddings.weight"),
        positions=tensors("embeddings.position_embeddings.weight")
        + tensors("embeddings.token_type_embeddings.weight")[0],
        norm=tensors.norm("embeddings"),
        layers=tuple(_layer(tensors, f"encoder.layer.{number}") for number in range(n_layers)),
        n_heads=n_heads,
        epsilon=epsilon,
    )


def _layer(tensors: _Tensors, name: str) -> BertLayer:
    return BertLayer(
        query=tensors.linear(f"{name}.attention.self.query"),
        key=tensors.linear(f"{name}.attention.self.key"),
        value=tensors.linear(f"{name}.attention.self.value"),
        attended=tensors.linear(f"{name}.attention.output.dense"),
        attended_norm=tensors.norm(f"{name}.attention.output"),
        widened=tensors.linear(f"{name}.intermediate.dense"),
        narrowed=tensors.linear(f"{name}.output.dense"),
        narrowed_norm=tensors.norm(f"{name}.output"),
    )
