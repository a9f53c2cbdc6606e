"""A FastGRNN of random weights, and three models for it to choose from."""

from __future__ import annotations

import numpy as np

from sanderling.models.candidate import Candidate
from sanderling.records import AttentionResult, Sampling
from sanderling.router import fastgrnn, features

TOKENS = {"tiny": 96, "small": 160, "medium": 256, "large": 768}
MODELS = [
    Candidate(
        model_id=f"m{rung}",
        rung=rung,
        n_ctx=4096,
        fits_ram=True,
        warm=False,
        prefill_tokens_per_s=100.0,
        decode_tokens_per_s=10.0,
    )
    for rung in range(3)
]
SAMPLING = {model.model_id: Sampling() for model in MODELS}
ATTENDED = AttentionResult(
    keys=np.zeros(0, np.uint64),
    weights=np.zeros(0, np.float32),
    prior_weights=np.zeros(0, np.float32),
    entropy=0,
    depth_touched=0,
)


def weights(
    seed: int = 0, inputs: int = features.SIZE, version: int = features.VERSION, **replaced
) -> fastgrnn.Weights:
    random = np.random.default_rng(seed)
    hidden = 8

    def draw(*shape: int) -> np.ndarray:
        return random.normal(0, 0.5, shape)

    values = {
        "features_version": version,
        "mean": np.zeros(inputs),
        "std": np.ones(inputs),
        "w": (draw(hidden, inputs),),
        "u": (draw(hidden, hidden),),
        "b_z": draw(hidden),
        "b_h": draw(hidden),
        "zeta": 1.0,
        "nu": -4.0,
        "heads": draw(fastgrnn.OUTPUTS, hidden),
        "bias": draw(fastgrnn.OUTPUTS),
    }
    return fastgrnn.Weights(**(values | replaced))
