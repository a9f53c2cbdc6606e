"""Finds the weights that llama.cpp copies and rearranges for the processor.

Source: ``ggml_repack_get_optimal_repack_type`` in llama.cpp's ``ggml/src/ggml-cpu/repack.cpp`` (as of
llama-cpp-python 0.3.36). Only matrices are rearranged, and only for products. An embedding table is rearranged if it is
also the output matrix; its rows are still looked up in the file's copy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .gguf import GgufHeader, TensorInfo

_Q4_0, _Q8_0, _Q2_K, _Q4_K, _Q5_K, _Q6_K, _IQ4_NL, _MXFP4 = 2, 8, 10, 12, 13, 14, 20, 39

EMBEDDING = "token_embd.weight"
"""Name of the table in which token ids are looked up; its original stays in use even if a copy is rearranged."""

_AVX2 = {_Q4_0: 8, _Q4_K: 8, _IQ4_NL: 8, _MXFP4: 8}
_I8MM = {_Q4_0: 4, _Q8_0: 4, _Q4_K: 8, _Q5_K: 8, _Q6_K: 8}
_DOTPROD = {**_I8MM, _IQ4_NL: 4, _MXFP4: 4}


def repacked_types(isa: Collection[str]) -> Mapping[int, int]:
    """Return the ggml types that are rearranged, each with a number that must divide a matrix's row count.

    ``isa``: instruction sets as in :class:`~sanderling.device.record.Device`; empty: nothing is rearranged.
    """
    found: dict[int, int] = {}
    if "avx2" in isa:
        found |= _AVX2
    if "avx512f" in isa:
        found |= {_Q2_K: 8}
    if "dotprod" in isa:
        found |= _DOTPROD
    elif "i8mm" in isa:
        found |= _I8MM
    return found


def repacked(header: GgufHeader, types: Mapping[int, int]) -> tuple[TensorInfo, ...]:
    """Return the tensors that llama.cpp copies and rearranges. ``types``: result of :func:`repacked_types`."""
    untied = any(tensor.name == "output.weight" for tensor in header.tensors)
    return tuple(
        tensor
        for tensor in header.tensors
        if tensor.kind in types
        and len(tensor.dims) == 2
        and tensor.dims[1] % types[tensor.kind] == 0
        and not (untied and tensor.name == EMBEDDING)
    )
