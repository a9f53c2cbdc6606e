"""Names and weight rows of the heads, shared by both export formats."""

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
    """Return the matrix as one array; low-rank factors are multiplied, at negligible cost for a network this small."""
    return reduce(np.matmul, factors).astype(np.float32)


def metadata(weights: Weights) -> dict[str, str]:
    """Return the model's metadata."""
    return {"features_version": str(weights.features_version), "card": weights.card}


def blend(weights: Weights) -> tuple[np.float32, np.float32]:
    """Return ζ and ν after their sigmoid."""
    zeta, nu = 1.0 / (1.0 + np.exp(-np.array([weights.zeta, weights.nu])))
    return np.float32(zeta), np.float32(nu)
