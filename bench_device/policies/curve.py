"""Measure how much of the quality gap between two models a router recovers at each share of strong-model calls.

Ong et al., RouteLLM, arXiv 2406.18665, section 3.2. PGR is the recovered share of the gap between the weak and the
strong model, APGR its mean over all shares of strong calls, and CPT(x) the smallest share of strong calls with PGR ≥ x.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...router.training.examples import Floats


class Recovered(NamedTuple):
    """APGR, CPT(50 %) and CPT(80 %) of a router; all NaN if there is no gap to recover."""

    apgr: float
    cpt50: float
    cpt80: float


def recovered(preference: Floats, weak: Floats, strong: Floats, weights: Floats | None = None) -> Recovered:
    """Return how much of the gap is recovered if questions go to the strong model by descending ``preference``.

    All arrays are [n]. ``weak`` and ``strong``: quality of each model's answer. ``weights``: how often each question
    counts; None: once. Questions of equal preference are sent together, in proportion, so that their order has no
    effect.
    """
    counts = np.ones(len(weak)) if weights is None else weights
    gap = float((counts * (strong - weak)).sum())
    if gap <= 0:
        return Recovered(np.nan, np.nan, np.nan)
    _, group = np.unique(-preference, return_inverse=True)
    won = np.bincount(group, weights=counts * (strong - weak))
    size = np.bincount(group, weights=counts)
    share = np.concatenate([[0.0], np.cumsum(size) / counts.sum()])
    pgr = np.concatenate([[0.0], np.cumsum(won) / gap])
    area = float(np.sum(np.diff(share) * (pgr[1:] + pgr[:-1]) / 2))
    return Recovered(area, _reaches(share, pgr, 0.5), _reaches(share, pgr, 0.8))


def _reaches(share: Floats, pgr: Floats, wanted: float) -> float:
    """Return the smallest share of calls at which the interpolated PGR reaches ``wanted``.

    The last value of ``pgr`` must be 1.
    """
    above = int((pgr >= wanted - 1e-12).argmax())
    rise = pgr[above] - pgr[above - 1]
    return float(share[above - 1] + (share[above] - share[above - 1]) * (wanted - pgr[above - 1]) / rise)
