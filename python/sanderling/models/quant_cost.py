"""Relative costs of weights, for ranking quantizations.

They depend on the ggml type and the kernels. Prefill is bound by arithmetic and decode by memory as much as by
arithmetic, so each has costs of its own. 1 is a rearranged Q4_0 weight with the same kernels, so costs of different
kernels do not compare. Source: whole files measured side by side and solved for their types (``bench_device/LOG.md``,
"What a weight costs by its format").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from .gguf import GgufHeader
from .repack import EMBEDDING

PROMPT_TOKENS, ANSWER_TOKENS = 192, 16
"""Length of the question whose times are compared: one or two notes, a short answer."""
NEGLIGIBLE = 0.02
"""Largest share of a file's weights that may have an unknown cost. Convolutions of LFM2 are 0.01 %."""


class Cost(NamedTuple):
    """Relative processing times in prefill and per decoded token. Of a weight or a file."""

    prefill: float
    decode: float


_Q4_0, _Q4_1, _Q5_0, _Q8_0, _Q4_K, _Q5_K, _Q6_K, _IQ4_NL = 2, 3, 6, 8, 12, 13, 14, 20

_AVX2: Mapping[int, Cost] = {
    _Q4_0: Cost(1.0, 1.0),
    _IQ4_NL: Cost(1.0, 1.0),
    _Q4_1: Cost(2.2, 1.5),
    _Q5_0: Cost(1.75, 1.9),
    _Q8_0: Cost(1.2, 1.4),
    _Q4_K: Cost(0.85, 0.95),
    _Q5_K: Cost(0.75, 1.6),
    # Never alone in a file that was measured: as Q5_K in prefill, by its bytes in decode.
    _Q6_K: Cost(0.75, 1.4),
}
"""Costs of kernels for AVX2.

Rearranged are Q4_0, IQ4_NL and Q4_K; yet K-quants, whose scales cover 256 weights, are quicker than Q4_0. IQ4_NL is
multiplied by the kernels of Q4_0, which look its values up in another table.
"""
_OWN_AVX2: Mapping[int, Cost] = {
    _Q4_0: Cost(1.0, 1.0),
    _IQ4_NL: Cost(2.0, 1.55),
    _Q4_1: Cost(4.2, 2.5),
    _Q5_0: Cost(3.9, 3.0),
    _Q8_0: Cost(2.65, 2.1),
    _Q4_K: Cost(1.3, 1.4),
    _Q5_K: Cost(1.6, 2.05),
    _Q6_K: Cost(1.6, 1.65),
}
"""Costs of the kernels in our engine's variant ``haswell``, with Q4_0 alone in rows of eight."""
_AVX512_VNNI: Mapping[int, Cost] = {
    _Q4_0: Cost(1.0, 1.0),
    _IQ4_NL: Cost(1.0, 1.0),
    _Q4_1: Cost(6.1, 2.5),
    _Q5_0: Cost(3.7, 2.4),
    _Q8_0: Cost(1.05, 1.8),
    _Q4_K: Cost(1.05, 1.05),
    _Q5_K: Cost(1.45, 1.85),
    _Q6_K: Cost(1.45, 1.4),
}
"""Costs of the kernels in our engine's variant ``zen4``, with Q4_0, IQ4_NL, Q8_0 and Q4_K in rows of sixteen."""


def costs(isa: Collection[str], *, own: bool = False) -> Mapping[int, Cost]:
    """Return the costs by ggml type for kernels with ``isa``; empty: unknown.

    ``isa``: the instruction sets of the kernels. ``own``: whether they are our engine's. On Arm nothing is known:
    figures are published for some types, but none beside Q4_0 on the same device.
    """
    if "avx512_vnni" in isa:
        return _AVX512_VNNI
    # With AVX-VNNI rearranged Q4_0 alone was measured: 1.3 times as quick as with AVX2.
    if "avx2" not in isa or "avx_vnni" in isa:
        return {}
    return _OWN_AVX2 if own else _AVX2


def cost_of(header: GgufHeader, by_type: Mapping[int, Cost]) -> Cost | None:
    """Return the cost of a file per weight of its layers.

    None if it holds much of a type whose cost is not known. The output matrix counts in decode only, because a prompt
    needs it for its last token alone, and a table of embeddings that is no output matrix in neither.
    """
    output = _output(header)
    untied = output != EMBEDDING
    prefill = decode = 0.0
    layers = unknown = 0
    for tensor in header.tensors:
        if len(tensor.dims) not in (2, 3) or (untied and tensor.name == EMBEDDING):
            continue
        weights = header.active_elements(tensor)
        cost = by_type.get(tensor.kind)
        if cost is None:
            unknown += weights
            continue
        decode += weights * cost.decode
        if tensor.name != output:
            layers += weights
            prefill += weights * cost.prefill
    if not layers or unknown > layers * NEGLIGIBLE:
        return None
    return Cost(prefill / layers, decode / layers)


def cost_as(header: GgufHeader, by_type: Mapping[int, Cost], kind: int) -> Cost | None:
    """Return the cost of a file as :func:`cost_of` does, had all matrices of its layers the ggml type ``kind``."""
    kept = {_output(header), EMBEDDING}
    tensors = tuple(
        tensor if len(tensor.dims) == 1 or tensor.name in kept else replace(tensor, kind=kind)
        for tensor in header.tensors
    )
    return cost_of(replace(header, tensors=tensors), by_type)


def _output(header: GgufHeader) -> str:
    """Return the name of the output matrix."""
    return "output.weight" if any(tensor.name == "output.weight" for tensor in header.tensors) else EMBEDDING


def of_question(cost: Cost, prefill_ratio: float) -> float:
    """Return the relative time of a question with a short answer.

    The prompt has ``PROMPT_TOKENS``, the answer ``ANSWER_TOKENS``. ``prefill_ratio``: how many times as fast as decode
    a device's prefill is, with Q4_0.
    """
    return PROMPT_TOKENS / prefill_ratio * cost.prefill + ANSWER_TOKENS * cost.decode
