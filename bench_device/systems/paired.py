"""Differences of two systems on the questions that both were asked, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...records import Record
from ...router.training.examples import Floats
from ..metrics.estimate import Estimate
from ..policies.metrics import SCALE
from ..policies.resample import Resampling
from .row import SystemRow

LEAST = 6
"""Fewest questions from which a ratio is given; below, the interval of a median does not exist."""
MEASURES = ("em", "f1", "contains", "quality")


class Paired(Record):
    """Differences of one system from another on the same questions."""

    system: str
    over: str
    n: int
    em: Estimate
    f1: Estimate
    contains: Estimate
    quality: Estimate
    regret: Estimate
    """Quality of ``over`` minus quality of ``system``, on the scale from 1 to 5."""
    latency_ratio: Estimate | None
    """Median latency of ``system`` relative to that of ``over``; None: too few answers."""
    cpu_ratio: Estimate | None
    """The same of the processor time of models, where both used one; None: too few, or the engine does not tell."""
    work_ratio: float | None
    """Parameters times tokens of ``system`` relative to those of ``over``."""


def paired(rows: Sequence[SystemRow], over: Sequence[SystemRow], seed: int) -> Paired:
    """Return the values of the system of ``rows`` relative to those of the system of ``over``.

    Both answered the same questions in the same order. A failed answer scores 0, and its question is left out of
    the latencies. Raises ValueError without rows.
    """
    draws = Resampling(np.arange(len(rows)), seed)
    differences = {measure: draws.mean(_values(rows, measure) - _values(over, measure)) for measure in MEASURES}
    both = [(mine, its) for mine, its in zip(rows, over, strict=True) if not mine.error and not its.error]
    spent = sum(row.tflop for row in over)
    return Paired(
        system=rows[0].system,
        over=over[0].system,
        n=len(rows),
        **differences,
        regret=draws.mean(SCALE * (_values(over, "quality") - _values(rows, "quality"))),
        latency_ratio=_ratio(both, lambda row: row.timings_ms.total, seed),
        cpu_ratio=_ratio([pair for pair in both if all(row.drafts for row in pair)], lambda row: row.cpu_ms, seed),
        work_ratio=sum(row.tflop for row in rows) / spent if spent else None,
    )


def _ratio(both: Sequence[tuple[SystemRow, SystemRow]], of: Callable[[SystemRow], float], seed: int) -> Estimate | None:
    if len(both) < LEAST or min(of(row) for pair in both for row in pair) <= 0:
        return None
    mine, its = (np.array([of(pair[side]) for pair in both]) for side in (0, 1))
    return Resampling(np.arange(len(both)), seed).ratio_of_medians(mine, its)


def _values(rows: Sequence[SystemRow], measure: str) -> Floats:
    found: Floats = np.array([getattr(row, measure) for row in rows], dtype=np.float64)
    return found
