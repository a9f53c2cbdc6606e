"""Pools the hidden states of tokens into one vector, and shortens vectors."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..records import Vectors

Pooling = Literal["mean", "last", "cls"]
"""Which hidden states are pooled: the mean of all tokens, the last token's, or the first token's."""


def pooled(hidden: NDArray[np.float32], mask: NDArray[np.int64], pooling: Pooling) -> Vectors:
    """Pool ``hidden`` float32[texts, tokens, dim] to float32[texts, dim].

    ``mask`` int64[texts, tokens] is 1 for a text's own tokens, which come first, and 0 for padding.
    """
    if pooling == "cls":
        first: Vectors = hidden[:, 0]
        return first
    lengths = mask.sum(axis=1)
    if pooling == "last":
        last: Vectors = hidden[np.arange(len(hidden)), lengths - 1]
        return last
    total = (hidden * mask[:, :, None].astype(np.float32)).sum(axis=1)
    # The marks make every row's sum at least 1.
    mean: Vectors = total / lengths[:, None].astype(np.float32)
    return mean


def matryoshka(vectors: Vectors, dim: int, *, normalise: bool) -> Vectors:
    """Return the first ``dim`` components of ``vectors``, rescaled to unit length if ``normalise``.

    Models trained for it keep most of the meaning in the first components (Kusupati and others, "Matryoshka
    Representation Learning", arXiv 2205.13147). Raises ValueError for vectors shorter than ``dim``.
    """
    if vectors.shape[1] < dim:
        raise ValueError(f"the model gives vectors of {vectors.shape[1]} components, fewer than {dim}")
    vectors = vectors[:, :dim]
    if not normalise:
        return vectors
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit
