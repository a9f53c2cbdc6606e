"""Writes fastgrnn.json, which the Rust and the Python tests both read: ``python tests/golden/make_fastgrnn.py``.

Each case is one weights file (hex) and one sequence of steps, from a hidden state of zeros, with the float64 result of
sanderling.router.fastgrnn after every step; the first n steps are the sequence of length n. Beside each step stand two
tolerances: how far float32 arithmetic, summing in any order, may stray from those numbers. They are proven bounds, not
tuned ones; `stray` holds the derivation.
"""

from __future__ import annotations

import json
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from sanderling.router.fastgrnn import OUTPUTS, Array, Weights, from_bytes, sigmoid, step, to_bytes

STEPS = 20
UNIT = 2.0**-24  # unit roundoff of float32
DECIMALS = 10  # of the stored numbers; their rounding is part of the tolerance

# name, input, hidden, rank of W, rank of U (0: full), matrices in codes of eight bits
CASES = [
    ("full", 64, 32, 0, 0, False),
    ("low rank w", 64, 32, 8, 0, False),
    ("low rank both", 64, 16, 8, 4, False),
    ("low rank u, small input", 3, 16, 0, 5, False),
    ("rank one, one input", 1, 32, 1, 1, False),
    ("full, int8", 64, 32, 0, 0, True),
    ("low rank both, int8", 64, 16, 8, 4, True),
]


def drawn(rng: np.random.Generator, inputs: int, hidden: int, rank_w: int, rank_u: int, int8: bool) -> bytes:
    """A file of weights. Rows of |U| sum to about 1/2, so that errors fade from step to step."""

    def uniform(reach: float, *shape: int) -> Array:
        return rng.uniform(-reach, reach, shape)

    def factors(reach: float, rows: int, columns: int, rank: int) -> tuple[Array, ...]:
        if rank == 0:
            return (uniform(reach, rows, columns),)
        each = (2.0 * reach / rank) ** 0.5  # the mean of |left| @ |right| is then that of one full matrix
        return uniform(each, rows, rank), uniform(each, rank, columns)

    weights = Weights(
        features_version=1,
        mean=uniform(0.5, inputs),
        std=rng.uniform(0.5, 3.0, inputs),
        w=factors(6.0 / inputs, hidden, inputs, rank_w),
        u=factors(1.0 / hidden, hidden, hidden, rank_u),
        b_z=uniform(1.0, hidden),
        b_h=uniform(1.0, hidden),
        zeta=float(uniform(2.0)),
        nu=-4.0 + float(uniform(2.0)),
        heads=uniform(6.0 / hidden, OUTPUTS, hidden),
        bias=uniform(1.0, OUTPUTS),
    )
    return to_bytes(weights, int8=int8)


def stray(weights: Weights, features: Array, before: Array, error: Array) -> tuple[Array, Array]:
    """Bounds on the float32 error of the hidden state and of the head values after one step.

    ``error`` bounds the error of ``before``. A dot product of n terms in any order errs by at most n·UNIT·Σ|a||b| (to
    first order), a chain of two by the sum of their lengths. The sigmoid has slope ≤ 1/4, tanh ≤ 1, and both may err
    by 4 units themselves, which covers exp and tanh of the common C libraries. The terms of second order are below
    1 % of these and are covered by the factor at the end.
    """
    x = (features - weights.mean) / weights.std
    abs_w = reduce(np.matmul, [np.abs(factor) for factor in weights.w])
    abs_u = reduce(np.matmul, [np.abs(factor) for factor in weights.u])
    # One rounding per term of each chain, two of the standardisation, one of W x + U h, one of adding the bias.
    roundings = sum(factor.shape[1] for factor in (*weights.w, *weights.u)) + 4
    biases = np.maximum(np.abs(weights.b_z), np.abs(weights.b_h))
    pre_error = roundings * UNIT * (abs_w @ np.abs(x) + abs_u @ np.abs(before) + biases) + abs_u @ error
    z_error = pre_error / 4 + 4 * UNIT
    candidate_error = pre_error + 4 * UNIT

    pre = reduce(np.matmul, weights.w) @ x + reduce(np.matmul, weights.u) @ before
    z, candidate = sigmoid(pre + weights.b_z), np.tanh(pre + weights.b_h)
    zeta, nu = sigmoid(np.array([weights.zeta, weights.nu]))
    blend = zeta * (1 - z) + nu
    # zeta and nu err by 4 units each; 1 - z, the product and the sum by one each, all of values below 2.
    blend_error = zeta * z_error + 16 * UNIT
    after = np.abs(blend * candidate) + np.abs(z * before)
    hidden_error = (
        np.abs(candidate) * blend_error + blend * candidate_error + np.abs(before) * z_error + z * error
    ) + 2 * UNIT * after
    abs_heads = np.abs(weights.heads)
    head_error = abs_heads @ hidden_error + (weights.b_z.size + 1) * UNIT * (abs_heads @ after + np.abs(weights.bias))
    # Softplus, sigmoid and their clip, scale and shift have slopes ≤ 1 and add a few units of values below 2 each.
    return 1.01 * hidden_error, 1.01 * head_error + 16 * UNIT


def case(rng: np.random.Generator, name: str, *shape: int) -> dict[str, Any]:
    """One entry of the file."""
    data = drawn(rng, *shape)
    weights = from_bytes(data)
    hidden = error = np.zeros(shape[1])
    steps = []
    for _ in range(STEPS):
        features = rng.integers(-32, 33, shape[0]) / 8  # eighths are exact in float32 and short in print
        bound, head_bound = stray(weights, features, hidden, error)
        result = step(weights, features, hidden)
        hidden, error = result.hidden, bound
        steps.append(
            {
                "features": features.tolist(),
                "hidden": hidden.round(DECIMALS).tolist(),
                "model_logits": result.model_logits.round(DECIMALS).tolist(),
                "context_logits": result.context_logits.round(DECIMALS).tolist(),
                "plan_logits": result.plan_logits.round(DECIMALS).tolist(),
                "temperature": round(result.temperature, DECIMALS),
                "top_p": round(result.top_p, DECIMALS),
                "escalate": round(result.escalate, DECIMALS),
                "hidden_tolerance": float(bound.max()) + 10.0**-DECIMALS,
                "heads_tolerance": float(head_bound.max()) + 10.0**-DECIMALS,
            }
        )
    return {"name": name, "weights": data.hex(), "steps": steps}


if __name__ == "__main__":
    seed = 1901_02358
    rng = np.random.default_rng(seed)
    golden = {"seed": seed, "cases": [case(rng, *entry) for entry in CASES]}
    Path(__file__).with_name("fastgrnn.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
