"""Writes a GGUF file with random weights.

It is written piece by piece, so that little memory is used.
"""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np

from ... import config
from ..download.partial import require_space
from ..gguf import BLOCKS, FILE_TYPES, SYNTHETIC, GgufHeader, parse_header
from . import blocks, layout, vocabulary
from .mix import tensor_bytes, types
from .shapes import Shape, Tensor, shape

_SIGMOID = 2
"""Number of the function that chooses experts.

gguf.constants, ``ExpertGatingFuncType``.
"""
_LOGIT_DEVIATION = 3.0
"""Standard deviation of the logits. Large enough for a few likely next tokens, as in trained models."""


def folder() -> Path:
    """Return the default folder for synthetic files, which may not exist yet."""
    return config.home() / "models" / "synthetic"


def written() -> tuple[Path, ...]:
    """Return the paths of the synthetic files in the default folder."""
    return tuple(sorted(folder().glob("*.gguf")))


def default_path(model_id: str, quant: str) -> Path:
    """Return the default path for a model's synthetic file. Raises UsageError for a model without a known shape."""
    return folder() / f"{shape(model_id).label}-{quant}-synthetic.gguf"


def file_bytes(shape: Shape, quant: str) -> int:
    """Return the size of a synthetic file, in bytes. Raises UsageError for an unknown quantization."""
    mix = types(shape, quant)
    return len(_header(shape, quant, 0)) + sum(layout.padded(tensor_bytes(*item)) for item in mix.items())


def write(path: Path, shape: Shape, quant: str, seed: int) -> int:
    """Write a file with random weights, and return its size in bytes.

    Equal arguments give equal files. Raises UsageError for an unknown quantization, StorageFull.
    """
    mix = types(shape, quant)
    path.parent.mkdir(parents=True, exist_ok=True)
    require_space(path.parent, file_bytes(shape, quant))
    bits = np.random.PCG64(seed)
    temporary = path.with_name(f"{path.name}.part")
    try:
        with temporary.open("wb") as out:
            out.write(_header(shape, quant, seed))
            for tensor, kind in mix.items():
                if tensor.role == "norm":
                    out.write(blocks.ones(tensor.elements).tobytes())
                else:
                    n_blocks = tensor.elements // BLOCKS[kind][0]
                    for piece in blocks.random_blocks(kind, n_blocks, _deviation(tensor), bits):
                        out.write(piece.tobytes())
                out.write(bytes(-out.tell() % layout.ALIGNMENT))
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path.stat().st_size


def _deviation(tensor: Tensor) -> float:
    """Return the standard deviation of a tensor's random weights.

    A multiple of 1/sqrt(n), for rows of length n. Each layer then adds at most the variance of its normalised input to
    the residual, so nothing overflows.
    """
    gain = _LOGIT_DEVIATION if tensor.role == "embedding" else 1.0
    return gain / math.sqrt(tensor.dims[0])


def header_of(shape: Shape, quant: str) -> GgufHeader:
    """Return the header of a synthetic file. Raises UsageError for an unknown quantization."""
    data = _header(shape, quant, 0)
    return parse_header(io.BytesIO(data), file_bytes(shape, quant), f"{shape.label} {quant}")


def _header(shape: Shape, quant: str, seed: int) -> bytes:
    words = vocabulary.vocabulary(shape.vocabulary)
    keys: dict[str, object] = {
        "general.architecture": shape.architecture,
        "general.name": f"{shape.label} {SYNTHETIC}, seed {seed}",
        "general.file_type": next(number for number, name in FILE_TYPES.items() if name == quant),
        "general.quantization_version": 2,
        **{f"{shape.architecture}.{key}": value for key, value in _of_architecture(shape).items()},
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "lfm2",
        "tokenizer.ggml.tokens": words.tokens,
        "tokenizer.ggml.token_type": words.types,
        "tokenizer.ggml.merges": words.merges,
        "tokenizer.ggml.bos_token_id": vocabulary.BOS,
        "tokenizer.ggml.eos_token_id": vocabulary.EOS,
        "tokenizer.ggml.padding_token_id": vocabulary.PAD,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.ggml.add_eos_token": False,
        "tokenizer.chat_template": vocabulary.CHAT_TEMPLATE,
    }
    table = (
        layout.Placed(tensor.name, tensor.dims, kind, tensor_bytes(tensor, kind))
        for tensor, kind in types(shape, quant).items()
    )
    return layout.header(keys, table)


def _of_architecture(shape: Shape) -> dict[str, object]:
    found: dict[str, object] = {
        "block_count": shape.n_layers,
        "context_length": shape.context_tokens,
        "embedding_length": shape.width,
        "feed_forward_length": shape.feed_forward,
        "attention.head_count": shape.n_heads,
        "attention.head_count_kv": shape.head_count_kv,
        "attention.layer_norm_rms_epsilon": 1e-5,
        "rope.freq_base": 1e6,
        "vocab_size": shape.vocabulary,
        "shortconv.l_cache": shape.convolution_length,
    }
    if shape.n_experts:
        found |= {
            "leading_dense_block_count": shape.n_dense,
            "expert_count": shape.n_experts,
            "expert_used_count": shape.n_experts_used,
            "expert_feed_forward_length": shape.expert_feed_forward,
            "expert_gating_func": _SIGMOID,
        }
    if shape.architecture == "lfm3":
        found |= {
            "attention.key_length": shape.head_length,
            "attention.value_length": shape.head_length,
            "attention.sliding_window": shape.window,
            "attention.sliding_window_pattern": tuple(
                int(layer in shape.sliding_layers) for layer in range(shape.n_layers)
            ),
            "rope.dimension_count": shape.head_length // 2,
        }
    return found
