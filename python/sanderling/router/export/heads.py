"""Names and weight rows of the output heads, shared by both export formats."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ..fastgrnn import CONTEXT, ESCALATE, MODEL, PLAN, TEMPERATURE, TOP_P, Single, Weights

HEADS = {
    "model_logits": MODEL,
    "context_logits": CONTEXT,
    "plan_logits": PLAN,
    "temperature": slice(TEMPERATURE, TEMPERATURE + 1),
    "top_p": slice(TOP_P, TOP_P + 1),
    "escalate": slice(ESCALATE, ESCALATE + 1),
}


def product(factors: tuple[NDArray[np.float64], ...]) -> Single:
    """Return the product of the one or two factors of a matrix, as a float32 array."""
    return reduce(np.matmul, factors).astype(np.float32)


def metadata(weights: Weights) -> dict[str, str]:
    """Return the metadata to write into the exported model."""
    return {"features_version": str(weights.features_version), "card": weights.card}


def blend(weights: Weights) -> tuple[np.float32, np.float32]:
    """Return the cell's scalars ζ and ν, each after its sigmoid."""
    zeta, nu = 1.0 / (1.0 + np.exp(-np.array([weights.zeta, weights.nu])))
    return np.float32(zeta), np.float32(nu)
