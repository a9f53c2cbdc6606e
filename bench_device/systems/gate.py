"""What a gate that never errs would give: it keeps a first draft exactly where *big* is no better.

Computed from measured answers, not measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...records import Record
from ..metrics.estimate import Estimate
from ..policies.metrics import SCALE
from ..policies.resample import Resampling
from .paired import LEAST
from .row import SystemRow
from .system import BIG, MID, NAIVE, ROUTED


class PerfectGate(Record):
    """Results of an ideal gate between the first drafts of a system and *big*."""

    system: str
    latency_ratio: Estimate
    """Median relative to the naive one. Where *big* answers, the draft's time counts too, and both searches."""
    regret: Estimate
    """At most 0: of draft and *big* the better one counts, whatever it takes."""
    kept: float
    """Share of drafts kept."""


def gates(questions: Sequence[Mapping[str, SystemRow]], seed: int) -> tuple[PerfectGate, ...]:
    """Return the gates after the drafts of *routed* and of *mid*, where there are enough questions.

    ``questions``: rows by system.
    """
    return tuple(found for name in (ROUTED, MID) if (found := _gate(questions, name, seed)) is not None)


def _gate(questions: Sequence[Mapping[str, SystemRow]], system: str, seed: int) -> PerfectGate | None:
    names = (system, NAIVE, BIG)
    whole = [
        [each[name] for name in names]
        for each in questions
        if all(name in each and not each[name].error and not each[name].liked for name in names)
    ]
    if len(whole) < LEAST:
        return None
    draft = np.array([row.timings_ms.total if row.first_quality is None else row.first_ms for row, _, _ in whole])
    drafted = np.array([row.quality if row.first_quality is None else row.first_quality for row, _, _ in whole])
    naive, big = (np.array([each[at].timings_ms.total for each in whole]) for at in (1, 2))
    of_big = np.array([big.quality for _, _, big in whole])
    kept = drafted >= of_big
    draws = Resampling(np.arange(len(whole)), seed)
    return PerfectGate(
        system=system,
        latency_ratio=draws.ratio_of_medians(np.where(kept, draft, draft + big), naive),
        regret=draws.mean(SCALE * (of_big - np.maximum(drafted, of_big))),
        kept=float(kept.mean()),
    )
