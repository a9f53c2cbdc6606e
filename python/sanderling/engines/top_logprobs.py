"""Log-probabilities of a token and of its likeliest alternatives."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Likely(NamedTuple):
    """Log-probabilities at one position of a text, in nats."""

    logprob: float
    """Log-probability of the token at this position."""
    top: tuple[tuple[int, float], ...]
    """Ids and log-probabilities of the likeliest tokens, best first. Ties are ordered by id."""


def likeliest(row: NDArray[np.float32], token: int, top: int) -> Likely:
    """Return the log-probabilities of ``token`` and of the ``top`` likeliest tokens.

    ``row``: logits, shape (n_vocab,); ids with -inf are left out. If ``token`` is the likeliest, its two figures are
    the same number, by which clients tell that a text is greedy. Error: as :func:`sanderling.engines.sampling.draw`
    proves. Raises FloatingPointError if the greatest logit is no finite number.
    """
    best = int(row.argmax())
    most = row[best]
    if not math.isfinite(most):
        raise FloatingPointError(f"the likeliest logit is {most}")
    log_total = math.log(float(np.exp(row - most).sum(dtype=np.float64)))

    def logprob(of: int) -> float:
        # Rounding can put a certain token slightly above probability 1.
        return min(0.0, float(row[of]) - float(most) - log_total)

    return Likely(logprob(token), tuple((each, logprob(each)) for each in _first(row, best, min(top, row.size))))


def _first(row: NDArray[np.float32], best: int, top: int) -> list[int]:
    if top < 2:
        return [best][:top]
    least = np.partition(row, row.size - top)[row.size - top]
    ids = np.flatnonzero((row >= least) & np.isfinite(row))
    return [int(each) for each in ids[np.lexsort((ids, -row[ids]))][:top]]
