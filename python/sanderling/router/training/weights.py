"""Convert between training parameters (float32 arrays by name) and the weights of a file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..fastgrnn import Weights
from .cell import Parameters


def weights_of(
    parameters: Parameters,
    features_version: int,
    mean: NDArray[np.float64],
    std: NDArray[np.float64],
    card: str = "",
) -> Weights:
    """Convert parameters to the weights of a file, with the features' normalisation."""

    def wide(name: str) -> NDArray[np.float64]:
        return parameters[name].astype(np.float64)

    return Weights(
        features_version=features_version,
        mean=mean,
        std=std,
        w=tuple(wide(name) for name in ("w0", "w1") if name in parameters),
        u=tuple(wide(name) for name in ("u0", "u1") if name in parameters),
        b_z=wide("b_z"),
        b_h=wide("b_h"),
        zeta=wide("zeta").item(),
        nu=wide("nu").item(),
        heads=wide("heads"),
        bias=wide("bias"),
        card=card,
    )


def parameters_of(weights: Weights) -> Parameters:
    """Convert the weights of a file to training parameters."""
    values = {f"w{i}": factor for i, factor in enumerate(weights.w)}
    values |= {f"u{i}": factor for i, factor in enumerate(weights.u)}
    values |= {"b_z": weights.b_z, "b_h": weights.b_h, "heads": weights.heads, "bias": weights.bias}
    values |= {"zeta": np.array([weights.zeta]), "nu": np.array([weights.nu])}
    return {name: value.astype(np.float32) for name, value in values.items()}
