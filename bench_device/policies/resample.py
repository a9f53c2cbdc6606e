"""Bootstrap over questions: rows of the same question are drawn together (Davison and Hinkley 1997, 3.8)."""

from __future__ import annotations

from copy import copy

import numpy as np

from ...router.training.examples import Floats, Ints
from ..metrics.estimate import Estimate
from .board import Bools

RESAMPLES = 1000


class Resampling:
    """Bootstrap resamples of the questions, shared by all estimates so that differences between policies are paired."""

    def __init__(self, question: Ints, seed: int) -> None:
        """``question``: int64[n], equal for rows of one question. Raises ValueError without rows."""
        if len(question) == 0:
            raise ValueError("there are no questions to resample")
        _, number = np.unique(question, return_inverse=True)
        count = int(number.max()) + 1
        drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), RESAMPLES)
        self.weights: Floats = drawn[:, number].astype(np.float64)
        """How often each row was drawn, [resamples, n]."""

    def take(self, rows: Bools) -> Resampling:
        """Return the same resamples, restricted to the rows that a mask selects.

        A resample that has none of these rows is left out.
        """
        found = copy(self)
        found.weights = self.weights[:, rows]
        found.weights = found.weights[found.weights.any(axis=1)]
        return found

    def mean(self, values: Floats) -> Estimate:
        """Estimate the mean of ``values`` [n]."""
        return _estimate(float(values.mean()), self.weights @ values / self.weights.sum(axis=1))

    def ratio_of_medians(self, values: Floats, reference: Floats) -> Estimate:
        """Estimate the ratio of the median of ``values`` to the median of ``reference``, both [n]."""
        found = float(np.median(values) / np.median(reference))
        return _estimate(found, self._medians(values) / self._medians(reference))

    def of(self, statistic: float, per_draw: Floats) -> Estimate:
        """Estimate a statistic.

        ``statistic``: its value on all rows. ``per_draw``: its values on the resamples.
        """
        return _estimate(statistic, per_draw)

    def _medians(self, values: Floats) -> Floats:
        order = np.argsort(values)
        reached = np.cumsum(self.weights[:, order], axis=1)
        at = (reached >= reached[:, -1:] / 2).argmax(axis=1)
        medians: Floats = values[order][at]
        return medians


def _estimate(value: float, drawn: Floats) -> Estimate:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(mean=value, low=float(low), high=float(high))
