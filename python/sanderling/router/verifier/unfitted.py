"""The unfitted verifier: three signals with fixed weights.

It needs no training, and is the reference for every fitted verifier. score = mean log-probability - 2 (a word stands in
no note) - 5 (declined) - 1 (says only words of the question)

The weights were never fitted; only the logistic curve that turns the score into a probability is
(Platt, "Probabilistic outputs for support vector machines", 1999).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...records import Record
from .signals import NAMES, Signals, columns

_SIZE, _SCORE = NAMES.index("log_parameters"), NAMES.index("score")


def scores(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the score of each draft, [n]; a draft with a higher score is more probably right.

    ``values``: rows of :func:`~.signals.columns`.
    """
    found: NDArray[np.float64] = values[:, _SCORE]
    return found


class Unfitted(Record, tag="unfitted"):
    """The unfitted verifier, with a curve that turns a score into a probability.

    The curve is sigmoid(a score + b + c log10 of the size).
    """

    a: float
    b: float
    c: float
    not_sure_below: float
    id: str = "unfitted"

    def confidence(self, signals: Signals) -> float:
        """Return the probability that a draft with these signals is right."""
        return float(self.confidences(columns([signals]))[0])

    def confidences(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability that each draft is right, [n].

        ``values``: rows of :func:`~.signals.columns`.
        """
        z = self.a * scores(values) + self.b + self.c * values[:, _SIZE]
        found: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(z, -60, 60)))
        return found
