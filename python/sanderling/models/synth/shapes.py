"""The shapes of the four dense LFM2 models, and their tensors in file order.

Widths and attention layers are those of Liquid AI's configurations (arXiv 2511.23404, table 1). All four have heads of
length 64, 8 key and value heads, convolutions over 3 inputs, no biases, and one matrix for embedding and output.
"""

from __future__ import annotations

import math
from typing import Literal

from ...errors import UsageError
from ...records import Record

HEAD_LENGTH = 64
N_HEADS_KV = 8
CONVOLUTION_LENGTH = 3

Role = Literal["embedding", "norm", "convolution", "matrix", "value", "down"]
"""Role of a tensor, which determines its type. Mixed quantizations give more bits to ``value`` and ``down``."""


class Tensor(Record):
    """Name, role and dimensions of one tensor. ``dims``: in ggml's order, the length of a row first."""

    name: str
    dims: tuple[int, ...]
    role: Role

    @property
    def elements(self) -> int:
        """Number of weights in the tensor."""
        return math.prod(self.dims)


class Shape(Record):
    """The widths and layers of one LFM2 model."""

    label: str
    """Name of the model, as in the names of the published files."""
    width: int
    n_layers: int
    attention_layers: tuple[int, ...]
    """Indices of the attention layers; the other layers are convolutions."""
    feed_forward: int
    vocabulary: int = 65_536

    @property
    def n_heads(self) -> int:
        """Number of query heads in each attention layer."""
        return self.width // HEAD_LENGTH

    @property
    def head_count_kv(self) -> tuple[int, ...]:
        """Number of key and value heads of each layer; 0 for a convolution."""
        return tuple(N_HEADS_KV if layer in self.attention_layers else 0 for layer in range(self.n_layers))

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All tensors of the model, in file order."""
        # The norm after the last layer is called token_embd_norm, an early mistake that files have kept.
        found = [
            Tensor(name="token_embd.weight", dims=(self.width, self.vocabulary), role="embedding"),
            Tensor(name="token_embd_norm.weight", dims=(self.width,), role="norm"),
        ]
        for layer in range(self.n_layers):
            found += self._layer(layer)
        return tuple(found)

    @property
    def parameters(self) -> int:
        """Number of weights in all tensors."""
        return sum(tensor.elements for tensor in self.tensors)

    def _layer(self, layer: int) -> list[Tensor]:
        d, ff, kv = self.width, self.feed_forward, N_HEADS_KV * HEAD_LENGTH
        parts: list[tuple[str, tuple[int, ...], Role]] = [("attn_norm", (d,), "norm")]
        if layer in self.attention_layers:
            parts += [
                ("attn_q", (d, d), "matrix"),
                ("attn_k", (d, kv), "matrix"),
                ("attn_v", (d, kv), "value"),
                ("attn_output", (d, d), "matrix"),
                ("attn_q_norm", (HEAD_LENGTH,), "norm"),
                ("attn_k_norm", (HEAD_LENGTH,), "norm"),
            ]
        else:
            parts += [
                ("shortconv.conv", (CONVOLUTION_LENGTH, d), "convolution"),
                ("shortconv.in_proj", (d, 3 * d), "matrix"),
                ("shortconv.out_proj", (d, d), "matrix"),
            ]
        parts += [
            ("ffn_norm", (d,), "norm"),
            ("ffn_gate", (d, ff), "matrix"),
            ("ffn_up", (d, ff), "matrix"),
            ("ffn_down", (ff, d), "down"),
        ]
        return [Tensor(name=f"blk.{layer}.{name}.weight", dims=dims, role=role) for name, dims, role in parts]


_SIXTEEN = (2, 5, 8, 10, 12, 14)
SHAPES = {
    "lfm2-350m": Shape(label="LFM2-350M", width=1024, n_layers=16, attention_layers=_SIXTEEN, feed_forward=4608),
    "lfm2-700m": Shape(label="LFM2-700M", width=1536, n_layers=16, attention_layers=_SIXTEEN, feed_forward=6912),
    "lfm2-1.2b": Shape(label="LFM2-1.2B", width=2048, n_layers=16, attention_layers=_SIXTEEN, feed_forward=8192),
    "lfm2-2.6b": Shape(
        label="LFM2-2.6B",
        width=2048,
        n_layers=30,
        attention_layers=(2, 5, 9, 13, 17, 21, 24, 27),
        feed_forward=10752,
    ),
}
"""Known shapes by model id."""


def shape(model_id: str) -> Shape:
    """Return the shape of the model with this id. Raises UsageError if it is not known."""
    if model_id not in SHAPES:
        raise UsageError(f"no shape is known for {model_id!r}: choose one of {', '.join(SHAPES)}")
    return SHAPES[model_id]
