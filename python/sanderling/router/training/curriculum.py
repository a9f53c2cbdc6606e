"""Choose the rows to train on in each epoch: clear decisions first, all rows later.

The share of rows grows with the square root of time, from the clearest :data:`START` to all rows after the share
:data:`ALL_AT` of the epochs: the competence function of Platanios et al., arXiv 1903.09848, equation 7.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .examples import Examples, Floats, Ints

START = 0.3
ALL_AT = 0.3


def ambiguity(examples: Examples) -> Floats:
    """Return how close the two best models of each row are, from 0 (clear) to 1 (a tie).

    This is 1 minus the utility margin between the two best models, relative to the largest margin of any row. A row
    that allows only one model counts as clear.
    """
    by_model = np.sort(np.where(examples.allowed, examples.utility, -np.inf).max(axis=2), axis=1)
    second = by_model[:, -2]
    margin = np.where(np.isfinite(second), by_model[:, -1] - second, np.inf)
    largest = margin[np.isfinite(margin)].max(initial=0.0)
    if largest == 0.0:
        return np.where(np.isfinite(margin), 1.0, 0.0)
    result: Floats = 1.0 - np.minimum(margin / largest, 1.0)
    return result


def competence(epoch: int, epochs: int) -> float:
    """Return the share of all rows to train on in epoch number ``epoch`` of ``epochs``."""
    time = min(epoch / max(ALL_AT * epochs, 1.0), 1.0)
    return float(np.sqrt(START**2 + time * (1.0 - START**2)))


def batches(order: Ints, share: float, size: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Shuffle the clearest rows, and yield them in batches of ``size`` rows.

    ``order``: all rows, clearest first. ``share``: the fraction of them to take, from 0 to 1.
    """
    chosen = rng.permutation(order[: max(round(share * len(order)), min(size, len(order)))])
    for start in range(0, len(chosen), size):
        yield chosen[start : start + size]
