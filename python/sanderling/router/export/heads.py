"""Names of the output heads and their rows in the weights, shared by both export formats."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ..fastgrnn import Single, Weights

HEADS = {
    "model_logits": slice(0, 4),
    "context_logits": slice(4, 7),
    "temperature": slice(7, 8),
    "top_p": slice(8, 9),
    "escalate": slice(9, 10),
}


def product(factors: tuple[NDArray[np.float64], ...]) -> Single:
    """Return the product of a matrix's one or two factors, as one float32 array."""
    return reduce(np.matmul, factors).astype(np.float32)


def metadata(weights: Weights) -> dict[str, str]:
    """Return the metadata to write into the exported model."""
    return {"features_version": str(weights.features_version), "card": weights.card}


def blend(weights: Weights) -> tuple[np.float32, np.float32]:
    """Return the cell's scalars ζ and ν, each after its sigmoid."""
    zeta, nu = 1.0 / (1.0 + np.exp(-np.array([weights.zeta, weights.nu])))
    return np.float32(zeta), np.float32(nu)
