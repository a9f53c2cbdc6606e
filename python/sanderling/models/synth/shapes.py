"""The shapes of the LFM2, LFM2.5 and LFM3 models, and their tensors in file order.

Widths and attention layers are those of Liquid AI's configurations (arXiv 2511.23404, table 1). What differs from one
model to the next is a field of :class:`Shape`; none has biases, and one matrix is both embedding and output.
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from ...errors import UsageError
from ...records import Record

Role = Literal["embedding", "norm", "convolution", "router", "matrix", "value", "down"]
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
    """The widths and layers of one model."""

    label: str
    """Name of the model in the names of the published files."""
    width: int
    n_layers: int
    attention_layers: tuple[int, ...]
    """Indices of the attention layers. The other layers are convolutions."""
    feed_forward: int
    """Width of a feed-forward layer without experts."""
    vocabulary: int = 65_536
    architecture: Literal["lfm2", "lfm2moe", "lfm3"] = "lfm2"
    context_tokens: int = 128_000
    head_length: int = 64
    n_heads_kv: int = 8
    convolution_length: int = 3
    """Number of inputs of a convolution, its own among them."""
    n_dense: int = 0
    """Number of layers before the first mixture of experts."""
    n_experts: int = 0
    n_experts_used: int = 0
    expert_feed_forward: int = 0
    sliding_layers: tuple[int, ...] = ()
    """Attention layers that look back over ``window`` tokens only."""
    window: int = 0
    gated: bool = False
    """Whether attention has a gate. Each part of a layer then has a norm behind it too."""

    @property
    def n_heads(self) -> int:
        """Number of query heads in each attention layer."""
        return self.width // self.head_length

    @property
    def head_count_kv(self) -> tuple[int, ...]:
        """Number of key and value heads of each layer; 0 for a convolution."""
        return tuple(self.n_heads_kv if layer in self.attention_layers else 0 for layer in range(self.n_layers))

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
        d, kv, head = self.width, self.n_heads_kv * self.head_length, self.head_length
        parts: list[tuple[str, tuple[int, ...], Role]] = [("attn_norm", (d,), "norm")]
        if layer in self.attention_layers:
            parts += [
                ("attn_q", (d, d), "matrix"),
                ("attn_k", (d, kv), "matrix"),
                ("attn_v", (d, kv), "value"),
                ("attn_output", (d, d), "matrix"),
                ("attn_q_norm", (head,), "norm"),
                ("attn_k_norm", (head,), "norm"),
            ]
            parts += [("attn_gate", (d, d), "matrix")] * self.gated
        else:
            parts += [
                ("shortconv.conv", (self.convolution_length, d), "convolution"),
                ("shortconv.in_proj", (d, 3 * d), "matrix"),
                ("shortconv.out_proj", (d, d), "matrix"),
            ]
        parts += [("post_attention_norm", (d,), "norm"), ("post_ffw_norm", (d,), "norm")] if self.gated else []
        parts += [("ffn_norm", (d,), "norm"), *self._feed_forward(layer)]
        return [
            Tensor(name=f"blk.{layer}.{name}.{'bias' if name.endswith('_b') else 'weight'}", dims=dims, role=role)
            for name, dims, role in parts
        ]

    def _feed_forward(self, layer: int) -> list[tuple[str, tuple[int, ...], Role]]:
        d, ff, n = self.width, self.feed_forward, self.n_experts
        if not n or layer < self.n_dense:
            return [("ffn_gate", (d, ff), "matrix"), ("ffn_up", (d, ff), "matrix"), ("ffn_down", (ff, d), "down")]
        ff = self.expert_feed_forward
        return [
            ("ffn_gate_inp", (d, n), "router"),
            ("exp_probs_b", (n,), "router"),
            ("ffn_gate_exps", (d, ff, n), "matrix"),
            ("ffn_up_exps", (d, ff, n), "matrix"),
            ("ffn_down_exps", (ff, d, n), "down"),
        ]


_SIXTEEN = (2, 5, 8, 10, 12, 14)
_THIRTY = (2, 5, 9, 13, 17, 21, 24, 27)
_EIGHT_B = Shape(
    label="LFM2-8B-A1B",
    architecture="lfm2moe",
    width=2048,
    n_layers=24,
    attention_layers=(2, 6, 10, 14, 18, 21),
    feed_forward=7168,
    n_dense=2,
    n_experts=32,
    n_experts_used=4,
    expert_feed_forward=1792,
)
SHAPES = {
    "lfm2-350m": Shape(label="LFM2-350M", width=1024, n_layers=16, attention_layers=_SIXTEEN, feed_forward=4608),
    "lfm2-700m": Shape(label="LFM2-700M", width=1536, n_layers=16, attention_layers=_SIXTEEN, feed_forward=6912),
    "lfm2-1.2b": Shape(label="LFM2-1.2B", width=2048, n_layers=16, attention_layers=_SIXTEEN, feed_forward=8192),
    "lfm2-2.6b": Shape(label="LFM2-2.6B", width=2048, n_layers=30, attention_layers=_THIRTY, feed_forward=10752),
    "lfm2-8b-a1b": _EIGHT_B,
    # Width and feed-forward as llama.cpp knows them; eight convolutions and six attention layers are the one division
    # that gives the published sizes. Which layers attend is not published; sizes do not depend on it.
    "lfm2.5-230m": Shape(
        label="LFM2.5-230M", width=1024, n_layers=14, attention_layers=(2, 4, 6, 8, 10, 12), feed_forward=2560
    ),
    "lfm2.5-350m": Shape(label="LFM2.5-350M", width=1024, n_layers=16, attention_layers=_SIXTEEN, feed_forward=4608),
    "lfm2.5-1.2b": Shape(
        label="LFM2.5-1.2B-Instruct", width=2048, n_layers=16, attention_layers=_SIXTEEN, feed_forward=8192
    ),
    "lfm2.5-2.6b": Shape(
        label="LFM2.5-2.6B",
        width=2048,
        n_layers=30,
        attention_layers=_THIRTY,
        feed_forward=10752,
        vocabulary=128_000,
    ),
    "lfm2.5-8b-a1b": msgspec.structs.replace(_EIGHT_B, label="LFM2.5-8B-A1B", vocabulary=128_000),
    # No engine that is released as a wheel loads it; names of its tensors and which layers attend are guesses.
    "lfm3-1.7b": Shape(
        label="LFM3-1.7B",
        architecture="lfm3",
        width=2048,
        n_layers=24,
        attention_layers=(2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22),
        feed_forward=7680,
        vocabulary=128_000,
        context_tokens=262_144,
        head_length=128,
        n_heads_kv=4,
        convolution_length=7,
        sliding_layers=(4, 8, 12, 16, 20),
        window=256,
        gated=True,
    ),
}
"""Known shapes by model id."""


def shape(model_id: str) -> Shape:
    """Return the shape of the model with this id. Raises UsageError if it is not known."""
    if model_id not in SHAPES:
        raise UsageError(f"no shape is known for {model_id!r}: choose one of {', '.join(SHAPES)}")
    return SHAPES[model_id]
