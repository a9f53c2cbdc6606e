"""What choices were worth on a board, each figure with its interval."""

from __future__ import annotations

import numpy as np

from sanderling.records import Record
from sanderling.router.training.examples import Floats

from ..evaluate import Estimate
from ..percentiles import Percentiles, percentiles
from .board import Board, Chosen
from .resample import Resampling

SCALE = 4.0
"""From a quality between 0 and 1 to the 1 to 5 of a judge: differences are four times as large."""
EPSILON = 0.02
"""Utilities closer than this count as equal, as in the labels."""


class Worth(Record):
    """One policy on one board."""

    policy: str
    quality: Estimate
    """Between 0 and 1."""
    utility: Estimate
    """Quality minus the price of latency and work, thrown-away drafts included."""
    regret: Estimate
    """Mean of quality(always-big) minus quality, on the scale from 1 to 5; below 0: better than always-big."""
    latency_ms: Percentiles
    """Of the models alone, drafts included."""
    latency_ratio: Estimate
    """Median over the median of the naive baseline."""
    token_ratio: Estimate
    """Parameters times tokens over those of always-big."""
    models: tuple[float, ...]
    """Share of answers by model, smallest first."""
    escalated: float
    agreement: float
    """Share of answers by the oracle's model with the oracle's context."""
    within: float
    """Share of answers whose utility is within :data:`EPSILON` of the oracle's."""


def worth(
    name: str, chosen: Chosen, board: Board, big: Chosen, naive: Chosen, oracle: Chosen, draws: Resampling
) -> Worth:
    """Judge what a policy chose. ``big``, ``naive`` and ``oracle``: what the references chose on the same board."""
    quality, utility = chosen.of(board, board.quality), utility_of(chosen, board)
    latency, tokens = chosen.spent(board, board.latency_ms), chosen.spent(board, board.tokens)
    of_big, best = big.spent(board, board.tokens), utility_of(oracle, board)
    return Worth(
        policy=name,
        quality=draws.mean(quality),
        utility=draws.mean(utility),
        regret=draws.mean(SCALE * (big.of(board, board.quality) - quality)),
        latency_ms=percentiles(latency.tolist()),
        latency_ratio=draws.ratio_of_medians(latency, naive.spent(board, board.latency_ms)),
        token_ratio=draws.of(float(tokens.sum() / of_big.sum()), (draws.weights @ tokens) / (draws.weights @ of_big)),
        models=tuple((np.bincount(chosen.model, minlength=board.quality.shape[1]) / len(board)).tolist()),
        escalated=float(chosen.escalated.mean()),
        agreement=float(((chosen.model == oracle.model) & (chosen.context == oracle.context)).mean()),
        within=float((utility >= best - EPSILON).mean()),
    )


def utility_of(chosen: Chosen, board: Board) -> Floats:
    """Return the utility of each answer, [n], with the price of drafts that were thrown away."""
    return chosen.of(board, board.quality) - chosen.spent(board, board.price)
