"""The heads by name, with the rows of the weights that each reads: what both export formats have in common."""

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
    """Return a matrix as one: of low rank it is multiplied out, which a network this small does not notice."""
    return reduce(np.matmul, factors).astype(np.float32)


def metadata(weights: Weights) -> dict[str, str]:
    """What the model says of itself."""
    return {"features_version": str(weights.features_version), "card": weights.card}


def blend(weights: Weights) -> tuple[np.float32, np.float32]:
    """Return ζ and ν after their sigmoid."""
    zeta, nu = 1.0 / (1.0 + np.exp(-np.array([weights.zeta, weights.nu])))
    return np.float32(zeta), np.float32(nu)
