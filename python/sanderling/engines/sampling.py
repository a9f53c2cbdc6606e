"""Draws one token from a row of logits.

Its log-probability and the model's uncertainty are computed too.

llama.cpp's sampler chain is not used, for two reasons: the router learns from the model's own log-probabilities, before
penalties, truncation and temperature; and a seed gives the same result on every build.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..records import Sampling

PENALTY_LAST_N = 64
"""Number of latest tokens that the repeat penalty covers.

llama.cpp's default, which published penalties assume.
"""

MOST_MARGIN = 100.0
"""Maximum margin reported, in nats. It stands for infinity, which JSON lacks, if only one token is possible."""

_LEAST = np.float32(-1000.0)
"""Least difference of logits that is computed.

Smaller ones are raised to it, because its exp is already 0 in float32.
"""

_PART = 16_384
"""Number of logits processed at once. They fit the CPU's cache, and no whole row is copied to new pages."""
_Floats = NDArray[np.float64]
_Row = NDArray[np.float32]


class Drawn(NamedTuple):
    """A drawn token with its log-probability, margin and entropy, in nats. All under softmax(logits)."""

    id: int
    logprob: float
    margin: float
    """Log-probability of the likeliest token minus the second likeliest's."""
    entropy: float
    """Entropy of the whole distribution, in nats."""


def draw(logits: _Row, recent: Sequence[int], sampling: Sampling, random: np.random.Generator) -> Drawn:
    """Draw a token, with its log-probability, margin and entropy.

    They are under softmax(logits). ``logits`` has shape (n_vocab,); ``recent`` are the ids before it, newest last.
    Steps and their order are those of llama.cpp: penalty, top_k, top_p, min_p (Nguyen et al. 2024, arXiv 2407.01082),
    temperature. Whole rows are processed in float32, in six passes of some 10 microseconds each; in float64 a
    vocabulary of 65,536 took a millisecond per token. The few remaining candidates are processed in float64.

    Raises FloatingPointError if a logit is NaN or the greatest is infinite, as with damaged weights.
    """
    likeliest = int(logits.argmax())  # the first NaN, if there is any
    if not math.isfinite(logits[likeliest]):
        raise FloatingPointError(f"the likeliest logit is {logits[likeliest]}")
    if sampling.temperature <= 0.0:
        return _judged(logits, likeliest, likeliest)
    ids, scores = _truncate(_penalise(logits, recent, sampling.repeat_penalty), sampling)
    chosen = int(random.choice(ids, p=_softmax(scores / sampling.temperature)))
    return _judged(logits, chosen, likeliest)


def _judged(row: _Row, chosen: int, likeliest: int) -> Drawn:
    """Return ``chosen`` with its log-probability, margin and entropy.

    They are under softmax(row). With d = row - top, Z = Σ exp(d): logprob = d[chosen] - log Z, entropy = log Z - Σ d
    exp(d) / Z. The margin needs no Z; the second largest logit is the maximum of the two parts of the row around the
    largest. Error in float32: a difference of size d is rounded by at most d * 2**-24, and its exp by 2**-22 relative,
    so terms that matter (d < 20) are off by 1.5e-6 relative at most; numpy adds pairwise, in runs of 128 with 8 partial
    sums, so the sum of a part is off by at most 24 * 2**-24 < 1.5e-6 more. The same holds for Σ d exp(d), whose terms
    all have the same sign.
    """
    top = row[likeliest]
    total = weighted = 0.0
    for at in range(0, row.size, _PART):
        part = row[at : at + _PART] - top
        shares = np.exp(part)
        total += float(shares.sum())
        # A logit of -inf (an impossible token) must add 0, but 0 * inf is NaN.
        np.maximum(part, _LEAST, out=part)
        weighted += float(np.dot(part, shares))
    around = (row[:likeliest], row[likeliest + 1 :])
    second = max((float(side.max()) for side in around if side.size), default=-math.inf)
    log_total = math.log(total)
    return Drawn(
        id=chosen,
        # Rounding can put a certain token slightly above probability 1, and a logprob must not be positive.
        logprob=min(0.0, float(row[chosen]) - float(top) - log_total),
        margin=min(float(top) - second, MOST_MARGIN),
        entropy=max(0.0, log_total - weighted / total),
    )


def _penalise(row: _Row, recent: Sequence[int], penalty: float) -> _Row:
    if penalty == 1.0 or not recent:
        return row
    seen = np.unique(np.asarray(recent[-PENALTY_LAST_N:], dtype=np.int64))
    row = row.copy()
    row[seen] = np.where(row[seen] > 0.0, row[seen] / penalty, row[seen] * penalty)
    return row


def _truncate(row: _Row, sampling: Sampling) -> tuple[NDArray[np.int64], _Floats]:
    """Return the ids that top_k, top_p and min_p leave, with their scores. At least one remains."""
    top = row.max()
    # The top candidate survives every step, so the threshold of min_p is known at once. All three steps only remove
    # the least likely, so min_p may be applied first.
    floor = float(top) + math.log(sampling.min_p) if sampling.min_p > 0.0 else -math.inf
    mass = 0.0
    if 0 < sampling.top_k < row.size:
        floor_k = np.partition(row, -sampling.top_k)[-sampling.top_k]
        ids = np.flatnonzero(row >= floor_k)
        ids = ids[np.argsort(-row[ids], kind="stable")][: sampling.top_k]
        mass = float(np.exp((row[ids] - top).astype(np.float64)).sum())
    else:
        if sampling.top_p < 1.0:
            # A token of probability p and all less likely ones have a mass of at most n * p. If that is below
            # 1 - top_p, the likelier ones have reached top_p already, so the token need not be sorted. The bound is
            # halved to allow for rounding.
            mass = float(np.exp(row - top).sum(dtype=np.float64))
            least = mass * max(1.0 - sampling.top_p, 1e-12) / row.size / 2
            floor = max(floor, float(top) + math.log(least))
        ids = np.flatnonzero(row >= np.float32(floor))
    if sampling.top_p < 1.0:  # the only step that needs sorted candidates
        ids = ids[np.argsort(-row[ids], kind="stable")]
        shares = np.exp((row[ids] - top).astype(np.float64)) / mass
        ids = ids[: max(1, int(np.count_nonzero(np.cumsum(shares) - shares < sampling.top_p)))]
    ids = ids[row[ids] >= np.float32(floor)]
    return ids.astype(np.int64), row[ids].astype(np.float64)


def _softmax(scores: _Floats) -> _Floats:
    weights = np.exp(scores - scores.max())
    return np.asarray(weights / weights.sum())
