"""Finds a model's header without a download: in the installed file, or else from the model's known shape."""

from __future__ import annotations

from functools import cache
from typing import Literal

from . import registry
from .entries import ModelEntry
from .fit import header_of
from .footprint import Footprint
from .gguf import GgufHeader
from .synth.mix import QUANTS
from .synth.shapes import SHAPES
from .synth.write import header_of as header_of_shape

Basis = Literal["file", "shape"]

GUESSED_BYTES = 192 << 20
"""Estimated memory for process, vocabulary and activations if only the file size is known: 140 to 190 MB for models of
135 M to 500 M parameters; wider models need some tens of MB more."""


def known_header(entry: ModelEntry, quant: str) -> tuple[Basis, GgufHeader] | None:
    """Return the origin of a model's header, and the header; None if it must be downloaded.

    Raises ModelUnavailable for a damaged file.
    """
    here = registry.installed(entry.id, quant)
    if here is not None:
        return "file", header_of(here.path)
    if entry.id in SHAPES and quant in QUANTS:
        return "shape", _of_shape(entry.id, quant)
    return None


@cache
def _of_shape(model_id: str, quant: str) -> GgufHeader:
    return header_of_shape(SHAPES[model_id], quant)


def guess(entry: ModelEntry, quant: str, n_ctx: int) -> Footprint:
    """Estimate the memory that a model needs if its header is not known.

    The estimate is the sum of the file sizes, the cache of keys and values, and ``GUESSED_BYTES``.
    """
    return Footprint(
        mapped_bytes=sum(file.size_bytes for file in entry.files_of(quant)),
        repacked_bytes=0,
        kv_bytes=entry.kv_bytes_per_token * n_ctx,
        recurrent_bytes=0,
        compute_bytes=0,
        vocabulary_bytes=0,
        process_bytes=GUESSED_BYTES,
    )
