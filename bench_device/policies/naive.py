"""Compare the routed system with a naive one: a fixed mid-size model, vector search, and a large context.

The naive system's answers are a separate collection (``router collect --only ... --way dense``) over the same
questions. Its latency is computed at the same speeds as the routed system's.
"""

from __future__ import annotations

import numpy as np

from ...errors import UsageError
from ...records import Record
from ...router.labels.labels import latency_ms
from ...router.labels.settings import Setting
from ...router.labels.table import Table
from ..metrics.estimate import Estimate
from .board import Board, Chosen
from .resample import Resampling


class Beside(Record):
    """Results of one policy and of the naive system on the same questions."""

    policy: str
    questions: int
    quality: Estimate
    naive_quality: Estimate
    difference: Estimate
    """Difference of the qualities, paired by question."""
    p50_ms: float
    naive_p50_ms: float
    latency_ratio: Estimate
    """Ratio of the median latencies."""


def beside(name: str, chosen: Chosen, board: Board, table: Table, naive: Table, setting: Setting, seed: int) -> Beside:
    """Compare a policy with the naive system, on the questions of ``board`` that both answered.

    ``board``: made from ``table`` in ``setting``. ``naive``: table with one answer per question. Raises UsageError if
    the two have no question in common, or if the naive system has several answers to one question.
    """
    answered = naive.tried.reshape(len(naive), -1)
    if (answered.sum(axis=1) != 1).any():
        raise UsageError("the naive system has one model and one context: collect with --only MODEL --only CONTEXT")
    cell = answered.argmax(axis=1)
    at = {asked.question: row for row, asked in enumerate(naive.asked)}
    names = [table.asked[row].question for row in board.question.tolist()]
    rows = np.array([row for row, question in enumerate(names) if question in at], dtype=np.int64)
    if not len(rows):
        raise UsageError("the naive system was asked none of these questions: collect of the same data and seed")
    other = np.array([at[names[row]] for row in rows.tolist()], dtype=np.int64)
    draws = Resampling(board.question[rows], seed)
    quality = chosen.of(board, board.quality)[rows]
    naive_quality = naive.quality.reshape(len(naive), -1)[other, cell[other]]
    latency = chosen.spent(board, board.latency_ms)[rows]
    naive_latency = latency_ms(naive, setting).reshape(len(naive), -1)[other, cell[other]]
    return Beside(
        policy=name,
        questions=len(rows),
        quality=draws.mean(quality),
        naive_quality=draws.mean(naive_quality),
        difference=draws.mean(quality - naive_quality),
        p50_ms=float(np.median(latency)),
        naive_p50_ms=float(np.median(naive_latency)),
        latency_ratio=draws.ratio_of_medians(latency, naive_latency),
    )
