"""Means and medians of each program, and its differences from Sanderling, paired by question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...records import Record
from ..metrics.estimate import Estimate, estimate
from ..policies.resample import Resampling
from .catalogue import OURS
from .row import PeerRow

LEAST = 6
"""Fewest questions for an interval of a ratio of medians."""


class Standing(Record):
    """Results of one program on the answerable questions that every program was asked."""

    peer: str
    hops: str
    """``1``, ``2+`` or ``all``."""
    n: int
    failed: int
    recall: float
    em: float
    f1: float
    contains: float
    declined: float
    words: float
    """Mean length of an answer."""
    first_ms: float
    total_ms: float
    """Median, as ``first_ms``."""
    f1_gain: Estimate | None
    """F1 of ours minus its own, paired; None for ours."""
    contains_gain: Estimate | None
    """The same for "contains", which does not mark a long answer down."""
    sooner: Estimate | None
    """Its median time divided by ours; None for ours, and for too few questions."""


def standings(rows: Sequence[PeerRow], names: Sequence[str], seed: int = 0) -> tuple[Standing, ...]:
    """Return each program's results over all questions, one-note questions, and multi-note questions.

    Questions that a program was not asked are left out.
    """
    by_question: dict[str, dict[str, PeerRow]] = {}
    for row in rows:
        if row.answerable:
            by_question.setdefault(row.question, {})[row.peer] = row
    whole = [each for each in by_question.values() if all(name in each for name in names)]
    found = []
    for label in ("all", "1", "2+"):
        members = [each for each in whole if label in ("all", "1" if each[OURS].hops == 1 else "2+")]
        if members:
            ours = [each[OURS] for each in members]
            found += [_standing([each[name] for each in members], ours, label, seed) for name in names]
    return tuple(found)


def _standing(rows: Sequence[PeerRow], ours: Sequence[PeerRow], label: str, seed: int) -> Standing:
    answered = [row for row in rows if not row.error]
    both = [(mine, its) for mine, its in zip(ours, rows, strict=True) if not mine.error and not its.error]
    is_ours = rows[0].peer == OURS
    sooner = None
    if not is_ours and len(both) >= LEAST:
        mine, its = (np.array([pair[side].total_ms for pair in both]) for side in (0, 1))
        sooner = Resampling(np.arange(len(both)), seed).ratio_of_medians(its, mine)
    means = {
        field: float(np.mean([getattr(row, field) for row in rows]))
        for field in ("recall", "em", "f1", "contains", "declined", "words")
    }
    return Standing(
        peer=rows[0].peer,
        hops=label,
        n=len(rows),
        failed=len(rows) - len(answered),
        **means,
        first_ms=float(np.median([row.first_ms for row in answered])) if answered else 0.0,
        total_ms=float(np.median([row.total_ms for row in answered])) if answered else 0.0,
        f1_gain=None if is_ours else _gain(ours, rows, "f1", seed),
        contains_gain=None if is_ours else _gain(ours, rows, "contains", seed),
        sooner=sooner,
    )


def _gain(ours: Sequence[PeerRow], rows: Sequence[PeerRow], measure: str, seed: int) -> Estimate:
    return estimate([getattr(a, measure) - getattr(b, measure) for a, b in zip(ours, rows, strict=True)], seed)
