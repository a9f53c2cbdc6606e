"""Temperature scaling and the expected calibration error.

Source: Guo et al., arXiv 1706.04599, sections 2 and 4.2. Dividing a head's logits by a temperature equals dividing its
rows of the weights, so a calibrated router is an ordinary weights file and routing needs no change.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .examples import Floats, Ints
from .loss import log_softmax

BINS = 15
_NARROWEST, _WIDEST = 0.05, 20.0
_GOLDEN = (5**0.5 - 1) / 2


def temperature(logits: Floats, allowed: NDArray[np.bool_], labels: Ints) -> float:
    """Return the temperature that maximises the likelihood of the labels; 1 if there are no rows.

    ``logits`` [n, classes]. Log-softmax is concave in the logits, so the likelihood has a single peak in 1 / T, which a
    golden-section search finds.
    """
    if len(labels) == 0:
        return 1.0

    def surprise(log_t: float) -> float:
        log_p = log_softmax(logits / np.exp(log_t), allowed)
        return -float(log_p[np.arange(len(labels)), labels].mean())

    low, high = float(np.log(_NARROWEST)), float(np.log(_WIDEST))
    while high - low > 1e-3:
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        low, high = (low, right) if surprise(left) <= surprise(right) else (left, high)
    return float(np.exp((low + high) / 2))


def calibration_error(logits: Floats, allowed: NDArray[np.bool_], labels: Ints) -> float:
    """Return the expected calibration error over :data:`BINS` equal bins of confidence; 0 if there are no rows."""
    if len(labels) == 0:
        return 0.0
    p = np.exp(log_softmax(logits, allowed))
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    off = np.bincount(bins, weights=right - confidence, minlength=BINS)
    return float(np.abs(off).sum() / len(labels))
