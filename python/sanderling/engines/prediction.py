"""Computes next-token probabilities, to compare two models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Prediction(NamedTuple):
    """Log-probabilities of some next tokens, in nats."""

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    answer_logprob: float
    likeliest: int


def predict(logits: NDArray[np.float32], answer: int, among: Sequence[int] | None, top: int) -> Prediction:
    """Return the log-probabilities of ``answer`` and of the ids in ``among``.

    ``among`` None: those of the ``top`` likeliest ids, best first. ``logits``: shape (n_vocab,). Equal logits are
    ordered by id. Raises FloatingPointError if they are no numbers.
    """
    values = logits.astype(np.float64)
    if not np.isfinite(values.max()):
        raise FloatingPointError("the logits are not finite")
    logprobs = values - values.max()
    logprobs -= np.log(np.exp(logprobs).sum())
    if among is None:
        least = min(top, values.size)
        candidates = np.argpartition(-values, least - 1)[:least]
        ids = candidates[np.lexsort((candidates, -values[candidates]))]
    else:
        ids = np.asarray(among, dtype=np.int64)
    return Prediction(
        ids=tuple(ids.tolist()),
        logprobs=tuple(logprobs[ids].tolist()),
        answer_logprob=float(logprobs[answer]),
        likeliest=int(values.argmax()),
    )
