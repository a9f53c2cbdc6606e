"""Computes the utility of each plan, as the label for the router's plan head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def plans(utility: NDArray[np.floating], quoted: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the utility of each plan, [n, 3], in the order of :data:`~sanderling.records.PLANS`.

    ``utility``: of models and contexts after the usual search, [n, models, contexts], each row with one that is known.
    ``quoted``: of a quote, [n], NaN where unknown. ``direct`` is unknown: no answers are collected after it.
    """
    best = np.where(np.isfinite(utility), utility, -np.inf).max(axis=(1, 2))
    return np.stack([np.full(len(best), np.nan), best, quoted], axis=1)
