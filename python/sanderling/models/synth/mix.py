"""Chooses the ggml type of each tensor in a quantization.

As llama.cpp's quantizer does for LFM2. Source: llama.cpp, ``src/llama-quant.cpp`` (``llama_tensor_get_type`` and
``use_more_bits``), without an importance matrix. Norms, convolutions and the choice of experts stay in F32. The
embedding, which is also the output matrix, gets Q6_K unless all types have 8 bits or more. In the mixed quantizations
``ffn_down`` gets Q6_K in the first and the last eighth of the layers and in every third layer between; so does
``attn_v``, counting only the attention layers.
"""

from __future__ import annotations

from ...errors import UsageError
from ..gguf import BLOCKS
from .shapes import Shape, Tensor

F32, F16, Q4_0, Q8_0, Q4_K, Q5_K, Q6_K = 0, 1, 2, 8, 12, 13, 14
"""ggml type ids (ggml.h, ``enum ggml_type``)."""

_PLAIN = {"Q4_0": Q4_0, "Q4_K_M": Q4_K, "Q5_K_M": Q5_K, "Q8_0": Q8_0, "F16": F16}
_MIXED = {"Q4_K_M", "Q5_K_M"}
QUANTS = tuple(_PLAIN)


def types(shape: Shape, quant: str) -> dict[Tensor, int]:
    """Return the ggml type of each tensor in a quantization.

    Raises UsageError for a quantization whose mix is not known.
    """
    if quant not in _PLAIN:
        raise UsageError(f"no mix of types is known for {quant!r}: choose one of {', '.join(QUANTS)}")
    found, values, downs = {}, 0, 0
    n_values = len(shape.attention_layers)
    for tensor in shape.tensors:
        kind = _PLAIN[quant]
        if tensor.role in {"norm", "convolution", "router"}:
            kind = F32
        elif tensor.role == "embedding":
            kind = kind if kind in {F16, Q8_0} else Q6_K
        elif tensor.role == "value":
            kind = Q6_K if quant in _MIXED and _more_bits(values, n_values) else kind
            values += 1
        elif tensor.role == "down":
            kind = Q6_K if quant in _MIXED and _more_bits(downs, shape.n_layers) else kind
            downs += 1
        found[tensor] = kind
    return found


def tensor_bytes(tensor: Tensor, kind: int) -> int:
    """Return the size of a tensor in the ggml type ``kind``, in bytes."""
    elements, size = BLOCKS[kind]
    return tensor.elements // elements * size


def _more_bits(index: int, count: int) -> bool:
    return index < count // 8 or index >= 7 * count // 8 or (index - count // 8) % 3 == 2
