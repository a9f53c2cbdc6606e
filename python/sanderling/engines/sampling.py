"""From one row of logits to one drawn token and its log-probability.

Own code rather than llama.cpp's sampler chain, because the log-probability must be the model's own (before penalties,
truncation and temperature: the router learns from it), and because a seed then means the same on every build.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..records import Sampling

PENALTY_LAST_N = 64
"""Tokens looked back on by the repeat penalty: llama.cpp's default, for which published penalties were chosen."""

_Floats = NDArray[np.float64]


def draw(
    logits: NDArray[np.float32], recent: Sequence[int], sampling: Sampling, random: np.random.Generator
) -> tuple[int, float]:
    """Return a token id and its natural log-probability under softmax(logits).

    ``logits`` has shape (n_vocab,); ``recent`` are the ids before it, newest last. Steps and their order are those of
    llama.cpp: penalty, top_k, top_p, min_p (Nguyen et al. 2024, arXiv 2407.01082), temperature.
    """
    row = logits.astype(np.float64)
    if sampling.temperature <= 0.0:
        chosen = int(np.argmax(row))
        return chosen, _logprob(row, chosen)
    ids, scores = _truncate(_penalise(row, recent, sampling.repeat_penalty), sampling)
    chosen = int(random.choice(ids, p=_softmax(scores / sampling.temperature)))
    return chosen, _logprob(row, chosen)


def _logprob(row: _Floats, chosen: int) -> float:
    top = row.max()
    # Rounding can leave a certain token a hair above probability 1, and a logprob must not be positive.
    return min(0.0, float(row[chosen] - top - np.log(np.exp(row - top).sum())))


def _penalise(row: _Floats, recent: Sequence[int], penalty: float) -> _Floats:
    if penalty == 1.0 or not recent:
        return row
    seen = np.unique(np.asarray(recent[-PENALTY_LAST_N:], dtype=np.int64))
    row = row.copy()
    row[seen] = np.where(row[seen] > 0.0, row[seen] / penalty, row[seen] * penalty)
    return row


def _truncate(row: _Floats, sampling: Sampling) -> tuple[NDArray[np.int64], _Floats]:
    """Keep the candidates that top_k, top_p and min_p leave; never fewer than one."""
    if 0 < sampling.top_k < row.size:
        ids = np.argpartition(row, -sampling.top_k)[-sampling.top_k :]
    else:
        ids = np.arange(row.size)
    if sampling.top_p < 1.0:  # only this one needs an order, and sorting a vocabulary costs milliseconds
        ids = ids[np.argsort(-row[ids], kind="stable")]
        mass_before = np.cumsum(_softmax(row[ids])) - _softmax(row[ids])
        ids = ids[: max(1, int(np.count_nonzero(mass_before < sampling.top_p)))]
    if sampling.min_p > 0.0:
        ids = ids[row[ids] >= row[ids].max() + np.log(sampling.min_p)]
    return ids.astype(np.int64), row[ids]


def _softmax(scores: _Floats) -> _Floats:
    weights = np.exp(scores - scores.max())
    return np.asarray(weights / weights.sum())
