"""Finds the weights that llama.cpp rearranges for the processor.

It keeps rearranged copies of them. Source: ``ggml_repack_get_optimal_repack_type`` in llama.cpp's
``ggml/src/ggml-cpu/repack.cpp`` (as of llama-cpp-python 0.3.36), and ``build/engine/sixteen_rows.h`` for AVX-512 VNNI,
which only our own engine's kernels use. Only matrices are rearranged, those of experts too,
and only for products. An embedding table is rearranged if it is also the output matrix; its rows are still looked up in
the file's copy.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from typing import NamedTuple

from .gguf import GgufHeader, TensorInfo

_Q4_0, _Q8_0, _Q2_K, _Q4_K, _Q5_K, _Q6_K, _IQ4_NL, _MXFP4 = 2, 8, 10, 12, 13, 14, 20, 39

TYPE_NAMES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K",
    13: "Q5_K", 14: "Q6_K", 20: "IQ4_NL", 23: "IQ4_XS", 30: "BF16", 39: "MXFP4",
}  # fmt: skip
"""Names of ggml types by id (ggml.h, ``enum ggml_type``)."""

EMBEDDING = "token_embd.weight"
"""Name of the token embedding table. Its original stays in use even if a copy is rearranged."""


class Rows(NamedTuple):
    """Which numbers of rows a matrix may have to be rearranged."""

    divisor: int
    """Number that must divide them."""
    most: int = sys.maxsize


_AVX2 = {_Q4_0: Rows(8), _Q4_K: Rows(8), _IQ4_NL: Rows(8), _MXFP4: Rows(8)}
# Q4_0 and IQ4_NL, too, in other blocks; those that do not fit stay in eights.
_AVX512_VNNI = {_Q8_0: Rows(16, 32_768)}
_I8MM = {_Q4_0: Rows(4), _Q8_0: Rows(4), _Q4_K: Rows(8), _Q5_K: Rows(8), _Q6_K: Rows(8)}
_DOTPROD = {**_I8MM, _IQ4_NL: Rows(4), _MXFP4: Rows(4)}


def repacked_types(isa: Collection[str]) -> Mapping[int, Rows]:
    """Return the rearranged ggml types, each with the numbers of rows that its matrices may have.

    ``isa``: instruction sets as in :class:`~sanderling.device.record.Device`; empty: nothing is rearranged.
    """
    found: dict[int, Rows] = {}
    if "avx2" in isa:
        found |= _AVX2
    if "avx512f" in isa:
        found |= {_Q2_K: Rows(8)}
    if "avx512_vnni" in isa:
        found |= _AVX512_VNNI
    if "dotprod" in isa:
        found |= _DOTPROD
    elif "i8mm" in isa:
        found |= _I8MM
    return found


def repacked(header: GgufHeader, types: Mapping[int, Rows]) -> tuple[TensorInfo, ...]:
    """Return the tensors that llama.cpp copies and rearranges. ``types``: result of :func:`repacked_types`."""
    untied = any(tensor.name == "output.weight" for tensor in header.tensors)
    return tuple(
        tensor
        for tensor in header.tensors
        if tensor.kind in types
        and len(tensor.dims) in (2, 3)
        and tensor.dims[1] % types[tensor.kind].divisor == 0
        and tensor.dims[1] <= types[tensor.kind].most
        and not (untied and tensor.name == EMBEDDING)
    )


def rearranged_share(header: GgufHeader, types: Mapping[int, Rows]) -> float:
    """Return the share of the matrices' bytes that is rearranged, 0 to 1.

    An embedding table that is no output matrix takes part in no product, and does not count. ``types``: result of
    :func:`repacked_types`.
    """
    untied = any(tensor.name == "output.weight" for tensor in header.tensors)
    matrices = sum(
        tensor.n_bytes
        for tensor in header.tensors
        if len(tensor.dims) in (2, 3) and not (untied and tensor.name == EMBEDDING)
    )
    return sum(tensor.n_bytes for tensor in repacked(header, types)) / matrices if matrices else 0.0


def bytes_by_type(header: GgufHeader) -> dict[str, int]:
    """Return the file's bytes by ggml type, the largest first."""
    found: dict[str, int] = {}
    for tensor in header.tensors:
        name = TYPE_NAMES.get(tensor.kind, f"type {tensor.kind}")
        found[name] = found.get(name, 0) + tensor.n_bytes
    return dict(sorted(found.items(), key=lambda item: -item[1]))
