"""The cell's parameters, its batched forward pass, and its hand-written backward pass.

Equations 6 and 7 of Kusupati et al., FastGRNN, arXiv 1901.02358, as in :mod:`sanderling.router.fastgrnn`; the rows of a
batch are requests. Computation uses the dtype of the parameters: float32 for training, float64 for checking gradients
against finite differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..fastgrnn import OUTPUTS
from .examples import Floats

Parameters: TypeAlias = dict[str, Floats]
"""``w0`` [hidden, inputs], or ``w0`` [hidden, rank] and ``w1`` [rank, inputs]; ``u0``, ``u1`` likewise over hidden;
``b_z``, ``b_h`` [hidden]; ``zeta``, ``nu`` [1], before their sigmoid; ``heads`` [14, hidden], ``bias`` [14]."""


@dataclass(frozen=True)
class Shape:
    """Sizes of a cell; rank 0 means a full matrix."""

    inputs: int
    hidden: int
    rank_w: int = 0
    rank_u: int = 0


@dataclass(frozen=True)
class Trace:
    """Intermediate values of one step, kept for the backward pass.

    Each is [n, inputs] or [n, hidden].
    """

    x: Floats
    before: Floats
    z: Floats
    candidate: Floats
    after: Floats


def initial(shape: Shape, varies: NDArray[np.bool_], rng: np.random.Generator) -> Parameters:
    """Draw initial parameters, scaled so that W x has a variance of about 1 for standardised features.

    ``varies``: bool[inputs]. Columns of features that are constant in training are 0 and stay 0, as their gradient is
    0: should such a feature vary later, it must not add noise to the decision.
    """

    def factors(name: str, columns: int, rank: int) -> Parameters:
        if rank == 0:
            return {f"{name}0": rng.normal(0, columns**-0.5, (shape.hidden, columns))}
        return {
            f"{name}0": rng.normal(0, rank**-0.5, (shape.hidden, rank)),
            f"{name}1": rng.normal(0, columns**-0.5, (rank, columns)),
        }

    drawn = factors("w", shape.inputs, shape.rank_w) | factors("u", shape.hidden, shape.rank_u)
    last = "w1" if shape.rank_w else "w0"
    drawn[last] = drawn[last] * varies
    drawn |= {"b_z": np.zeros(shape.hidden), "b_h": np.zeros(shape.hidden)}
    # Both scalars begin where EdgeML, the authors' code, begins them.
    drawn |= {"zeta": np.array([1.0]), "nu": np.array([-4.0])}
    drawn |= {"heads": rng.normal(0, shape.hidden**-0.5, (OUTPUTS, shape.hidden)), "bias": np.zeros(OUTPUTS)}
    return {name: value.astype(np.float32) for name, value in drawn.items()}


def factors_of(parameters: Parameters, name: str) -> tuple[Floats, ...]:
    """Return the one or two factors of ``w`` or ``u``."""
    return tuple(parameters[key] for key in (f"{name}0", f"{name}1") if key in parameters)


def sigmoid(x: Floats) -> Floats:
    """Return the logistic function of ``x``, computed via tanh in one pass and without overflow."""
    half = x.dtype.type(0.5)
    result: Floats = half * np.tanh(half * x) + half
    return result


def forward(parameters: Parameters, inputs: Sequence[Floats], before: Floats | None = None) -> list[Trace]:
    """Run one step for each array in ``inputs``, each [n, inputs].

    ``before``: state before the first step, [n, hidden]; None: zeros.
    """
    w, u = (reduce(np.matmul, factors_of(parameters, name)) for name in "wu")
    zeta, nu = sigmoid(parameters["zeta"]), sigmoid(parameters["nu"])
    state = np.zeros((len(inputs[0]), len(w)), dtype=w.dtype) if before is None else before
    traces = []
    for x in inputs:
        pre = x @ w.T + state @ u.T
        z, candidate = sigmoid(pre + parameters["b_z"]), np.tanh(pre + parameters["b_h"])
        after = (zeta * (1 - z) + nu) * candidate + z * state
        traces.append(Trace(x=x, before=state, z=z, candidate=candidate, after=after))
        state = after
    return traces


def read(parameters: Parameters, trace: Trace) -> Floats:
    """Return the head outputs [n, 14], before their nonlinearities."""
    y: Floats = trace.after @ parameters["heads"].T + parameters["bias"]
    return y


def backward(parameters: Parameters, traces: Sequence[Trace], d_y: Sequence[Floats]) -> Parameters:
    """Return the gradient of the loss with respect to each parameter.

    ``d_y``: its gradient with respect to the head outputs of each step, [n, 14].
    """
    w, u = (reduce(np.matmul, factors_of(parameters, name)) for name in "wu")
    zeta, nu = sigmoid(parameters["zeta"]), sigmoid(parameters["nu"])
    total = {name: np.zeros_like(value) for name, value in parameters.items()}
    d_w, d_u = np.zeros_like(w), np.zeros_like(u)
    d_state = np.zeros_like(traces[0].after)
    for trace, d_heads in zip(reversed(traces), reversed(d_y), strict=True):
        z, candidate = trace.z, trace.candidate
        total["heads"] += d_heads.T @ trace.after
        total["bias"] += d_heads.sum(axis=0)
        d_after = d_state + d_heads @ parameters["heads"]
        d_blend = d_after * candidate
        total["zeta"] += (d_blend * (1 - z)).sum() * zeta * (1 - zeta)
        total["nu"] += d_blend.sum() * nu * (1 - nu)
        d_gate = (d_after * trace.before - zeta * d_blend) * z * (1 - z)
        d_candidate = d_after * (zeta * (1 - z) + nu) * (1 - candidate * candidate)
        total["b_z"] += d_gate.sum(axis=0)
        total["b_h"] += d_candidate.sum(axis=0)
        d_pre = d_gate + d_candidate
        d_w += d_pre.T @ trace.x
        d_u += d_pre.T @ trace.before
        d_state = d_pre @ u + d_after * z
    for name, d_matrix in (("w", d_w), ("u", d_u)):
        left, *right = factors_of(parameters, name)
        total[f"{name}0"] = d_matrix @ right[0].T if right else d_matrix
        if right:
            total[f"{name}1"] = left.T @ d_matrix
    return total
