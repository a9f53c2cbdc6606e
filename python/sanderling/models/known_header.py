"""Finds a model's header without a download.

It is in the installed file, or follows from the model's known shape.
"""

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
"""Memory for process, vocabulary and activations if the header is unknown.

140 to 190 MB for models of 135 M to 500 M parameters; wider models need some tens of MB more.
"""


def known_header(entry: ModelEntry, quant: str) -> tuple[Basis, GgufHeader] | None:
    """Return a model's header and its origin; None if the header must be downloaded.

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
    """Estimate a model's memory needs without its header.

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
