"""Measure a policy's choices on a board: quality, utility, latency and work."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...records import Record
from ...router.labels.settings import PATIENCE_MS
from ...router.training.examples import Floats
from ..metrics.estimate import Estimate
from ..metrics.percentiles import Percentiles, percentiles
from ..scenarios.scenarios import SCENARIOS
from .board import Board, Chosen
from .resample import Resampling

SCALE = 4.0
"""Factor from quality between 0 and 1 to a judge's scale of 1 to 5, for differences."""
EPSILON = 0.02
"""Utilities closer than this count as equal, as in the labels."""


class Worth(Record):
    """Results of one policy on one board."""

    policy: str
    quality: Estimate
    """Quality between 0 and 1."""
    em: float
    f1: float
    utility: Estimate
    """Quality minus the price of latency and work, including discarded drafts."""
    regret: Estimate
    """Mean quality of always-big minus quality, on the scale from 1 to 5; negative: better than always-big."""
    latency_ms: Percentiles
    """Latency of the models alone, including drafts."""
    latency_ratio: Estimate
    """Median latency relative to the naive baseline's."""
    token_ratio: Estimate
    """Parameters times tokens, relative to always-big."""
    models: tuple[float, ...]
    """Share of answers by model, smallest first."""
    escalated: float
    agreement: float
    """Share of answers with the oracle's model and context."""
    within: float
    """Share of answers whose utility is within :data:`EPSILON` of the oracle's."""


class InScenario(Record):
    """Results of one policy on one scenario's questions, with end-to-end latency."""

    policy: str
    scenario: str
    questions: int
    latency_ms: Percentiles
    """End-to-end latency: embedding, search, features and models."""
    llm_ms: float
    """Median latency of the models alone."""
    rest_ms: float | None
    """Median of everything else; None: not measured, and not included in ``latency_ms``."""
    in_time: float
    """Share of questions answered within the budget, or within half a minute without a budget."""
    quality: float
    em: float
    f1: float


class References(NamedTuple):
    """Choices of the reference policies on the board of the measured policy."""

    big: Chosen
    naive: Chosen
    oracle: Chosen


def worth(name: str, chosen: Chosen, board: Board, beside: References, draws: Resampling) -> Worth:
    """Return the results of a policy's choices on ``board``.

    Some are relative to the reference choices ``beside``.
    """
    quality, utility = chosen.of(board, board.quality), utility_of(chosen, board)
    latency, tokens = chosen.spent(board, board.latency_ms), chosen.spent(board, board.tokens)
    of_big, best, oracle = beside.big.spent(board, board.tokens), utility_of(beside.oracle, board), beside.oracle
    return Worth(
        policy=name,
        quality=draws.mean(quality),
        em=float(chosen.of(board, board.em).mean()),
        f1=float(chosen.of(board, board.f1).mean()),
        utility=draws.mean(utility),
        regret=draws.mean(SCALE * (beside.big.of(board, board.quality) - quality)),
        latency_ms=percentiles(latency.tolist()),
        latency_ratio=draws.ratio_of_medians(latency, beside.naive.spent(board, board.latency_ms)),
        token_ratio=draws.of(float(tokens.sum() / of_big.sum()), (draws.weights @ tokens) / (draws.weights @ of_big)),
        models=tuple((np.bincount(chosen.model, minlength=board.quality.shape[1]) / len(board)).tolist()),
        escalated=float(chosen.escalated.mean()),
        agreement=float(((chosen.model == oracle.model) & (chosen.context == oracle.context)).mean()),
        within=float((utility >= best - EPSILON).mean()),
    )


def by_scenario(name: str, chosen: Chosen, board: Board) -> tuple[InScenario, ...]:
    """Return one result for each scenario that has questions on ``board``."""
    rest, budget = np.nan_to_num(board.rest_ms), np.where(np.isnan(board.budget_ms), PATIENCE_MS, board.budget_ms)
    llm = chosen.spent(board, board.latency_ms)
    found = []
    for number, scenario in enumerate(SCENARIOS):
        rows = board.scenario == number
        if not rows.any():
            continue
        measured = board.rest_ms[rows & np.isfinite(board.rest_ms)]
        found.append(
            InScenario(
                policy=name,
                scenario=scenario,
                questions=int(rows.sum()),
                latency_ms=percentiles((llm + rest)[rows].tolist()),
                llm_ms=float(np.median(llm[rows])),
                rest_ms=float(np.median(measured)) if len(measured) else None,
                in_time=float(((llm + rest) <= budget)[rows].mean()),
                quality=float(chosen.of(board, board.quality)[rows].mean()),
                em=float(chosen.of(board, board.em)[rows].mean()),
                f1=float(chosen.of(board, board.f1)[rows].mean()),
            )
        )
    return tuple(found)


def utility_of(chosen: Chosen, board: Board) -> Floats:
    """Return the utility of each answer, [n], minus the price of discarded drafts."""
    return chosen.of(board, board.quality) - chosen.spent(board, board.price)
