"""What the verifier's confidence told about the shown answers, by system and by set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...records import Record
from ...router.training.drafts import RIGHT
from ..metrics.estimate import Estimate
from ..verifier.roc import estimate
from .row import SystemRow


class Verified(Record):
    """The verifier on one system's answers to the questions of one set."""

    system: str
    set: str
    """Empty: of all sets."""
    n: int
    right: float
    """Share of right answers."""
    area: Estimate | None
    """Area under the ROC curve of the confidence; None: all answers are right, or all wrong."""
    not_sure: float
    """Share of answers called "not sure"."""
    not_sure_wrong: float | None
    """Share of these that are wrong; None: there is none."""
    wrong_not_sure: float | None
    """Share of the wrong answers that are called so; None: there is none."""


def verified(by_system: Mapping[str, Sequence[SystemRow]], seed: int) -> tuple[Verified, ...]:
    """Judge the confidences in ``by_system``, over all sets and for each.

    Questions without an answer in the notes are left out, and so are answers without a confidence.
    """
    found = []
    for system, rows in by_system.items():
        judged = [row for row in rows if row.answerable and not row.liked and row.confidence is not None]
        for name in ("", *dict.fromkeys(row.set for row in judged)):
            members = [row for row in judged if name in ("", row.set)]
            if members:
                found.append(_of(system, name, members, seed))
    return tuple(found)


def _of(system: str, name: str, rows: Sequence[SystemRow], seed: int) -> Verified:
    right = np.array([row.quality >= RIGHT for row in rows])
    doubted = np.array([row.verdict == "not_sure" for row in rows])
    confidence = np.array([row.confidence for row in rows], dtype=np.float64)
    both = float((doubted & ~right).sum())
    return Verified(
        system=system,
        set=name,
        n=len(rows),
        right=float(right.mean()),
        area=estimate(confidence, right, np.arange(len(rows)), seed) if 0 < right.sum() < len(rows) else None,
        not_sure=float(doubted.mean()),
        not_sure_wrong=both / float(doubted.sum()) if doubted.any() else None,
        wrong_not_sure=both / float((~right).sum()) if not right.all() else None,
    )
