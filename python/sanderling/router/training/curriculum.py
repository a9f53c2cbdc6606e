"""Which rows an epoch sees: clear decisions first, all of them later.

The share of rows grows with the root of the time, from the clearest :data:`START` to all at :data:`ALL_AT` of the
epochs: the competence of Platanios et al., arXiv 1903.09848, equation 7.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .examples import Examples, Floats, Ints

START = 0.3
ALL_AT = 0.3


def ambiguity(examples: Examples) -> Floats:
    """How little a row says about which model to take: 0 for clear, 1 for none at all.

    1 minus the margin between the best choices of the best two models, relative to the largest margin of any row. A row
    that allows one model only has nothing to be wrong about, and counts as clear.
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
    """Share of the rows that epoch number ``epoch`` of ``epochs`` sees."""
    time = min(epoch / max(ALL_AT * epochs, 1.0), 1.0)
    return float(np.sqrt(START**2 + time * (1.0 - START**2)))


def batches(order: Ints, share: float, size: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Yield the first ``share`` of ``order`` (clearest first) in batches of ``size``, drawn without replacement."""
    chosen = rng.permutation(order[: max(round(share * len(order)), min(size, len(order)))])
    for start in range(0, len(chosen), size):
        yield chosen[start : start + size]
