"""A logistic regression of all signals of a draft."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...records import Record
from .signals import NAMES, Signals, columns


class Logistic(Record, tag="logistic"):
    """Fitted coefficients of the signals, by name.

    A signal without a coefficient does not count.
    """

    coefficients: dict[str, float]
    """Coefficient of each signal in its own unit."""
    intercept: float
    not_sure_below: float
    id: str = "logistic"

    def confidence(self, signals: Signals) -> float:
        """Return the probability that a draft with these signals is right."""
        return float(self.confidences(columns([signals]))[0])

    def confidences(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability that each draft is right, [n].

        ``values``: rows of :func:`~.signals.columns`.
        """
        weights = np.array([self.coefficients.get(name, 0.0) for name in NAMES])
        found: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(values @ weights + self.intercept, -60, 60)))
        return found
