"""A mean with its bootstrap interval, and its text form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...records import Record
from .quality import bootstrap_interval


class Estimate(Record):
    """A mean over questions and its 95 per cent bootstrap interval."""

    mean: float
    low: float
    high: float


def estimate(values: Sequence[float], seed: int) -> Estimate:
    """Return the mean of ``values`` with its interval. Raises ValueError without values."""
    low, high = bootstrap_interval(values, seed)
    return Estimate(mean=float(np.mean(values)), low=low, high=high)


def show(estimate: Estimate | None, form: str = ".2f") -> str:
    """Format a mean and its interval as text; None gives an empty string."""
    return "" if estimate is None else f"{estimate.mean:{form}} [{estimate.low:{form}}, {estimate.high:{form}}]"
