"""What choices were worth on a board, each figure with its interval."""

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
"""From a quality between 0 and 1 to the 1 to 5 of a judge: differences are four times as large."""
EPSILON = 0.02
"""Utilities closer than this count as equal, as in the labels."""


class Worth(Record):
    """One policy on one board."""

    policy: str
    quality: Estimate
    """Between 0 and 1."""
    em: float
    f1: float
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


class InScenario(Record):
    """One policy on the questions of one scenario, as someone waits for it."""

    policy: str
    scenario: str
    questions: int
    latency_ms: Percentiles
    """Of everything: embedding, search, features, models."""
    llm_ms: float
    """Median, of the models alone."""
    rest_ms: float | None
    """Median, of everything else; None: not measured, and not in the latency either."""
    in_time: float
    """Share of questions answered within the budget, or within half a minute where there is none."""
    quality: float
    em: float
    f1: float


class References(NamedTuple):
    """What the references chose on the same board."""

    big: Chosen
    naive: Chosen
    oracle: Chosen


def worth(name: str, chosen: Chosen, board: Board, beside: References, draws: Resampling) -> Worth:
    """Judge what a policy chose."""
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
    """Return one line for each scenario that has questions."""
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
    """Return the utility of each answer, [n], with the price of drafts that were thrown away."""
    return chosen.of(board, board.quality) - chosen.spent(board, board.price)
