"""Adam with decoupled weight decay: Loshchilov and Hutter, arXiv 1711.05101, algorithm 2."""

from __future__ import annotations

import math

import numpy as np

from .cell import Parameters

_DECAYED = ("w0", "w1", "u0", "u1", "heads")
"""The matrices. Vectors and scalars are not decayed: shrinking them to 0 does not make the network any simpler."""


class AdamW:
    """The AdamW optimiser, which updates parameters in place."""

    def __init__(
        self, parameters: Parameters, *, decay: float, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        """Make an optimiser for ``parameters``.

        ``decay``: each step subtracts this share of a matrix, times the learning rate.
        """
        self._parameters = parameters
        self._decay, self._beta1, self._beta2, self._epsilon = decay, beta1, beta2, epsilon
        self._first = {name: np.zeros_like(value) for name, value in parameters.items()}
        self._second = {name: np.zeros_like(value) for name, value in parameters.items()}
        self._steps = 0

    def step(self, gradient: Parameters, learning_rate: float, largest_norm: float = 1.0) -> None:
        """Update the parameters by one step against ``gradient``.

        ``largest_norm``: norm to which the gradient is clipped (Pascanu et al., arXiv 1211.5063, algorithm 1).
        """
        self._steps += 1
        norm = math.sqrt(sum(float((value * value).sum()) for value in gradient.values()))
        cut = min(1.0, largest_norm / norm) if norm > 0 else 1.0
        bias1, bias2 = 1 - self._beta1**self._steps, 1 - self._beta2**self._steps
        for name, value in self._parameters.items():
            g = cut * gradient[name]
            first, second = self._first[name], self._second[name]
            first += (1 - self._beta1) * (g - first)
            second += (1 - self._beta2) * (g * g - second)
            kept = 1 - learning_rate * self._decay if name in _DECAYED else 1.0
            moved = learning_rate * (first / bias1) / (np.sqrt(second / bias2) + self._epsilon)
            value[...] = kept * value - moved
