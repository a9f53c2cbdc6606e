"""Agreement of a judge's marks with other measures of the same answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...records import Record
from ..metrics.estimate import Estimate, show
from ..verifier.roc import auroc

RESAMPLES = 1000
_Floats = NDArray[np.float64]


class Agreement(Record):
    """The agreement of marks with one measure, over the answers that have a mark and a value."""

    measure: str
    n: int
    spearman: Estimate | None
    """Rank correlation; None: marks or measure are all equal, or there are fewer than 3 answers."""
    auroc: Estimate | None
    """Probability that a right answer (measure 1) has the higher mark than a wrong one; None: all are of one kind."""

    def __str__(self) -> str:
        """Return the agreement as one line."""
        return (
            f"{self.measure}: Spearman {show(self.spearman) or 'undefined'}, AUROC {show(self.auroc) or 'undefined'}"
            f" ({self.n} answers)"
        )


def agreement(measure: str, marks: Sequence[float], values: Sequence[float], right_from: float, seed: int) -> Agreement:
    """Compare marks with the values of a measure, with 95 per cent bootstrap intervals over answers.

    ``right_from``: smallest value of a right answer, for the AUROC.
    """
    x, y = np.asarray(marks, dtype=np.float64), np.asarray(values, dtype=np.float64)
    return Agreement(
        measure=measure,
        n=len(x),
        spearman=_estimate(x, y, spearman, seed) if len(x) >= 3 else None,
        auroc=_estimate(x, y, lambda a, b: auroc(a, b >= right_from), seed),
    )


def spearman(x: _Floats, y: _Floats) -> float:
    """Return Spearman's rank correlation, or NaN if ``x`` or ``y`` is constant. Equal values get their mean rank."""
    a, b = _ranks(x), _ranks(y)
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale else float("nan")


def _ranks(values: _Floats) -> _Floats:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks: _Floats = (np.cumsum(count) - (count - 1) / 2)[place]
    return ranks


def _estimate(x: _Floats, y: _Floats, of: Callable[[_Floats, _Floats], float], seed: int) -> Estimate | None:
    """Return a statistic with its interval, over the resamples that define it."""
    if not len(x) or not np.isfinite(value := of(x, y)):
        return None
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(x), (RESAMPLES, len(x)))
    drawn = np.array([of(x[each], y[each]) for each in draws])
    low, high = np.quantile(drawn[np.isfinite(drawn)], [0.025, 0.975])
    return Estimate(mean=value, low=float(low), high=float(high))
