"""From one row of logits to one drawn token, its log-probability and how undecided the model was.

Own code rather than llama.cpp's sampler chain, because these must be the model's own (before penalties, truncation and
temperature: the router learns from them), and because a seed then means the same on every build.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..records import Sampling

PENALTY_LAST_N = 64
"""Tokens looked back on by the repeat penalty: llama.cpp's default, for which published penalties were chosen."""

MOST_MARGIN = 100.0
"""Reported where the next token cannot come at all, because JSON has no infinity."""

_LEAST = np.float32(-1000.0)
"""A difference whose exp is 0 in float32."""

_PART = 16_384
"""Of a row, worked on at once: it stays in the cache, and needs no fresh pages as a copy of the whole row does."""
_Floats = NDArray[np.float64]
_Row = NDArray[np.float32]


class Drawn(NamedTuple):
    """One token, and what softmax(logits) says of it; in nats."""

    id: int
    logprob: float
    margin: float
    """Logprob of the likeliest token minus that of the next."""
    entropy: float
    """Of the whole distribution."""


def draw(logits: _Row, recent: Sequence[int], sampling: Sampling, random: np.random.Generator) -> Drawn:
    """Return a token and what softmax(logits) says of it.

    ``logits`` has shape (n_vocab,); ``recent`` are the ids before it, newest last. Steps and their order are those of
    llama.cpp: penalty, top_k, top_p, min_p (Nguyen et al. 2024, arXiv 2407.01082), temperature.

    Whole rows are touched in float32, six passes of some 10 microseconds each: a vocabulary of 65,536 in float64 cost
    a millisecond per token. Candidates that are left are few and are worked on in float64.

    Raises FloatingPointError where logits are no numbers: damaged weights make them so.
    """
    likeliest = int(logits.argmax())  # the first NaN, if there is one
    if not math.isfinite(logits[likeliest]):
        raise FloatingPointError(f"the likeliest logit is {logits[likeliest]}")
    if sampling.temperature <= 0.0:
        return _judged(logits, likeliest, likeliest)
    ids, scores = _truncate(_penalise(logits, recent, sampling.repeat_penalty), sampling)
    chosen = int(random.choice(ids, p=_softmax(scores / sampling.temperature)))
    return _judged(logits, chosen, likeliest)


def _judged(row: _Row, chosen: int, likeliest: int) -> Drawn:
    """Logprob of ``chosen``, margin and entropy under softmax(row).

    With d = row - top, Z = Σ exp(d): logprob = d[chosen] - log Z, entropy = log Z - Σ d exp(d) / Z. The margin needs no
    Z, and the second largest is that of the parts around the largest.

    Error in float32: a difference of size d is rounded by at most d * 2**-24, and its exp by 2**-22 relative, so terms
    that matter (d < 20) are off by 1.5e-6 relative at most; numpy adds in pairs, blocks of 128 by eight, so a part's
    sum is off by at most 24 * 2**-24 < 1.5e-6 more. For Σ d exp(d), whose terms have one sign, the same holds.
    """
    top = row[likeliest]
    total = weighted = 0.0
    for at in range(0, row.size, _PART):
        part = row[at : at + _PART] - top
        shares = np.exp(part)
        total += float(shares.sum())
        # A logit of -inf, a token that cannot come, counts nothing: 0 * inf would not be a number.
        np.maximum(part, _LEAST, out=part)
        weighted += float(np.dot(part, shares))
    around = (row[:likeliest], row[likeliest + 1 :])
    second = max((float(side.max()) for side in around if side.size), default=-math.inf)
    log_total = math.log(total)
    return Drawn(
        id=chosen,
        # Rounding can leave a certain token a hair above probability 1, and a logprob must not be positive.
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
    """Return the ids that top_k, top_p and min_p leave, never fewer than one, and their scores."""
    top = row.max()
    # The top candidate survives every step, so what min_p asks for is known before the others, and being a cut from
    # below it may come before those that cut from below too.
    floor = float(top) + math.log(sampling.min_p) if sampling.min_p > 0.0 else -math.inf
    mass = 0.0
    if 0 < sampling.top_k < row.size:
        floor_k = np.partition(row, -sampling.top_k)[-sampling.top_k]
        ids = np.flatnonzero(row >= floor_k)
        ids = ids[np.argsort(-row[ids], kind="stable")][: sampling.top_k]
        mass = float(np.exp((row[ids] - top).astype(np.float64)).sum())
    else:
        if sampling.top_p < 1.0:
            # A token and all that are less likely have a mass of at most n * p. Where that is below 1 - top_p, what
            # stands before it has reached top_p already: it need not be sorted. Half the bound is left for rounding.
            mass = float(np.exp(row - top).sum(dtype=np.float64))
            least = mass * max(1.0 - sampling.top_p, 1e-12) / row.size / 2
            floor = max(floor, float(top) + math.log(least))
        ids = np.flatnonzero(row >= np.float32(floor))
    if sampling.top_p < 1.0:  # only this one needs an order
        ids = ids[np.argsort(-row[ids], kind="stable")]
        shares = np.exp((row[ids] - top).astype(np.float64)) / mass
        ids = ids[: max(1, int(np.count_nonzero(np.cumsum(shares) - shares < sampling.top_p)))]
    ids = ids[row[ids] >= np.float32(floor)]
    return ids.astype(np.int64), row[ids].astype(np.float64)


def _softmax(scores: _Floats) -> _Floats:
    weights = np.exp(scores - scores.max())
    return np.asarray(weights / weights.sum())
