"""Telemetry rows in, arrays out: what was known, what was allowed, what was done with which propensity, how it went.

Used are the rows that somebody rated, of this feature table and the ladder of the newest row. Left out are those from
the response cache, whose times are not the model's, and all but the first question of a conversation: the others also
depend on the state of the network, which no row holds.

The reward is the mission's utility without its cost, U = Q - λ · latency_ms: a row does not know its model's size.
Latency is loading and generating, a refused draft included, because the first choice is what is judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...records import CONTEXT_BINS
from ...telemetry.row import Quality, Row
from ..features import INDEX, RUNGS, SIZE, VERSION
from ..labels.settings import lambda_of
from .examples import Floats, Ints

Bools: TypeAlias = NDArray[np.bool_]

_LABELS = {"correct": 1.0, "partial": 0.5, "wrong": 0.0}
_DRAFT = INDEX["has_draft"]
"""The draft's slots are the last of the table."""


@dataclass(frozen=True)
class Log:
    """n rows; ``first``: float32[n, 64] before generation; ``predicted_ms``: [n, 4, 3], NaN where not allowed.

    The others are [n]. ``question``: equal for the same words. ``action``: model · 3 + context. ``quality``: 0 to 1.
    ``price``: λ, quality per millisecond.
    """

    first: Floats
    question: Ints
    predicted_ms: Floats
    action: Ints
    propensity: Floats
    quality: Floats
    latency_ms: Floats
    price: Floats
    temperature: Floats
    top_p: Floats

    @property
    def reward(self) -> Floats:
        """Utility of what was done, [n]."""
        return self.quality - self.price * self.latency_ms

    @property
    def explored(self) -> Bools:
        """bool[n]: whether anything allowed could have been chosen, so that the row tells of other policies too."""
        alone = np.isfinite(self.predicted_ms).sum(axis=(1, 2)) == 1
        found: Bools = np.asarray((self.propensity < 1) | alone)
        return found

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.action)

    def take(self, mask: Bools) -> Log:
        """Return the rows of a mask."""
        return Log(**{field.name: getattr(self, field.name)[mask] for field in fields(self)})


def quality_of(quality: Quality) -> float | None:
    """Return a judgement as 0 to 1; None without one."""
    if quality.score is not None:
        return (quality.score - 1) / 4
    return _LABELS[quality.label] if quality.label is not None else None


def read(rows: Iterable[Row]) -> tuple[Log, tuple[str, ...]]:
    """Return the rows that can be used, and the ladder's models by rung, "" where none was ever allowed."""
    usable = [row for row in rows if row.arms and not row.cached and _is_first(row)]
    usable = [row for row in usable if quality_of(row.quality) is not None]
    ladder: dict[int, str] = {}
    kept = []
    for row in reversed(usable):
        own = {arm.rung: arm.model_id for arm in row.arms}
        if all(ladder.get(rung, name) == name and rung < RUNGS for rung, name in own.items()):
            ladder |= own
            kept.append(row)
    kept.reverse()
    names = tuple(ladder.get(rung, "") for rung in range(max(ladder, default=-1) + 1))
    return _arrays(kept), names


def _is_first(row: Row) -> bool:
    values = row.router_features
    known = row.versions.features == VERSION and len(values) == SIZE
    return known and values[INDEX["turn"]] == 0 and row.router_decision.context_bin is not None


def _arrays(rows: list[Row]) -> Log:
    first = np.array([row.router_features for row in rows], dtype=np.float32).reshape(len(rows), SIZE)
    first[:, _DRAFT:] = 0
    predicted = np.full((len(rows), RUNGS, len(CONTEXT_BINS)), np.nan)
    action = np.zeros(len(rows), dtype=np.int64)
    for at, row in enumerate(rows):
        chosen = row.router_decision
        model = chosen.drafted_by or chosen.model_id
        for arm in row.arms:
            context = CONTEXT_BINS.index(arm.context_bin)
            predicted[at, arm.rung, context] = arm.predicted_ms
            if (arm.model_id, arm.context_bin) == (model, chosen.context_bin):
                action[at] = arm.rung * len(CONTEXT_BINS) + context
    # Without its words a question cannot be told from another.
    words = {row.query or row.request_id: None for row in rows}
    number = {word: at for at, word in enumerate(words)}

    def column(values: Iterable[float]) -> Floats:
        return np.array(list(values), dtype=np.float64)

    return Log(
        first=first,
        question=np.array([number[row.query or row.request_id] for row in rows], dtype=np.int64),
        predicted_ms=predicted,
        action=action,
        propensity=column(row.router_decision.propensity for row in rows),
        quality=column(quality_of(row.quality) or 0.0 for row in rows),
        latency_ms=column(row.latency_ms.load + row.latency_ms.llm for row in rows),
        price=column(lambda_of(row.constraints.budget_ms) for row in rows),
        temperature=column(row.router_decision.temperature for row in rows),
        top_p=column(row.router_decision.top_p for row in rows),
    )
