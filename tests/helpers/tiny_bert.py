"""Write a BERT encoder with random weights as a GGUF file, and compute its vectors with NumPy."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

D, FF, LAYERS, HEADS, POSITIONS = 32, 64, 2, 2, 64
WORDS = ("the", "pump", "boat", "sails", "north", "south", "winds", "two", "a", "of", "query", "passage", ":")
TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *(f"▁{word}" for word in WORDS)]
PAD, UNK, CLS, SEP = range(4)

Weights = dict[str, NDArray[np.float32]]


def write_tiny_bert(path: Path, seed: int, pooling: int = 1, dim: int = D, positions: int = POSITIONS) -> Weights:
    """Write the file and return its weights. ``pooling``: llama.cpp's number of the one that the file names."""
    import gguf

    random = np.random.default_rng(seed)
    weights: Weights = {}

    def add(name: str, *shape: int, gain: bool = False) -> None:
        values = random.normal(1.0 if gain else 0.0, 0.1 if gain else 1.0 / math.sqrt(shape[-1]), shape)
        weights[name] = values.astype(np.float32)

    add("token_embd.weight", len(TOKENS), dim)
    add("position_embd.weight", positions, dim)
    add("token_types.weight", 2, dim)
    for norm in ("token_embd_norm", *(f"blk.{n}.{k}_output_norm" for n in range(LAYERS) for k in ("attn", "layer"))):
        add(f"{norm}.weight", dim, gain=True)
        add(f"{norm}.bias", dim)
    for layer in range(LAYERS):
        for name, rows, columns in (
            ("attn_q", dim, dim),
            ("attn_k", dim, dim),
            ("attn_v", dim, dim),
            ("attn_output", dim, dim),
            ("ffn_up", FF, dim),
            ("ffn_down", dim, FF),
        ):
            add(f"blk.{layer}.{name}.weight", rows, columns)
            add(f"blk.{layer}.{name}.bias", rows)
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_block_count(LAYERS)
    writer.add_context_length(positions)
    writer.add_embedding_length(dim)
    writer.add_feed_forward_length(FF)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType(pooling))
    writer.add_file_type(0)
    writer.add_vocab_size(len(TOKENS))
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_type_count(2)
    writer.add_token_list(TOKENS)
    writer.add_token_types([3] * 4 + [1] * len(WORDS))
    for name, token in (("bos", CLS), ("eos", SEP), ("unk", UNK), ("sep", SEP), ("pad", PAD), ("mask", UNK)):
        getattr(writer, f"add_{name}_token_id")(token)
    for name, values in weights.items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return weights


def token_ids(text: str) -> list[int]:
    """Return the ids of ``text``, which consists of known words, between the two marks."""
    return [CLS, *(4 + WORDS.index(word) for word in text.replace(":", " :").split()), SEP]


def hidden_states(weights: Weights, ids: list[int]) -> NDArray[np.float64]:
    """Return the states of all tokens after the last layer, float64[tokens, D]: the obvious computation."""
    w: dict[str, Any] = {name: values.astype(np.float64) for name, values in weights.items()}

    def norm(x: Any, name: str) -> Any:
        x = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-12)
        return x * w[f"{name}.weight"] + w[f"{name}.bias"]

    def linear(x: Any, name: str) -> Any:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    x = w["token_embd.weight"][ids] + w["position_embd.weight"][: len(ids)] + w["token_types.weight"][0]
    x = norm(x, "token_embd_norm")
    for layer in range(LAYERS):
        name = f"blk.{layer}"
        heads = [
            linear(x, f"{name}.attn_{kind}").reshape(len(ids), HEADS, -1).transpose(1, 0, 2) for kind in ("q", "k", "v")
        ]
        scores = heads[0] @ heads[1].transpose(0, 2, 1) / math.sqrt(D // HEADS)
        scores = np.exp(scores - scores.max(axis=2, keepdims=True))
        mixed = (scores / scores.sum(axis=2, keepdims=True)) @ heads[2]
        attended = linear(mixed.transpose(1, 0, 2).reshape(len(ids), D), f"{name}.attn_output")
        x = norm(x + attended, f"{name}.attn_output_norm")
        wide = linear(x, f"{name}.ffn_up")
        wide = 0.5 * wide * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        x = norm(x + linear(wide, f"{name}.ffn_down"), f"{name}.layer_output_norm")
    return x  # type: ignore[no-any-return]  # of NumPy throughout
