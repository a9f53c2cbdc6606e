"""Rated telemetry rows as arrays: features, allowed choices, the logged choice, its propensity and its quality.

Only rated rows with the current feature table and the newest row's ladder are used. Rows from the response cache are
left out, because their times are not the model's. So are all but the first question of a conversation: later ones
depend on the network's hidden state, which rows do not hold.

The reward is the utility without its cost term, U = Q - λ · latency_ms, since a row does not hold its model's size.
Latency covers loading and generation, including a refused draft, because the reward evaluates the first choice.
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
"""First slot of the draft's features, which are at the end of the table."""


@dataclass(frozen=True)
class Log:
    """Arrays of n logged rows.

    ``first``: float32[n, 64], before generation. ``predicted_ms``: [n, 4, 4], NaN where not allowed. The others are
    [n]. ``question``: equal for the same words. ``action``: model · 4 + context. ``quality``: 0 to 1. ``price``: λ,
    quality per millisecond.
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
        """Return the utility of each logged choice, [n]."""
        return self.quality - self.price * self.latency_ms

    @property
    def explored(self) -> Bools:
        """Return in which rows every allowed choice could have been drawn, bool[n].

        Only such rows can evaluate other policies.
        """
        alone = np.isfinite(self.predicted_ms).sum(axis=(1, 2)) == 1
        found: Bools = np.asarray((self.propensity < 1) | alone)
        return found

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.action)

    def take(self, mask: Bools) -> Log:
        """Return the rows selected by a mask."""
        return Log(**{field.name: getattr(self, field.name)[mask] for field in fields(self)})


def quality_of(quality: Quality) -> float | None:
    """Return the rating, rescaled to lie between 0 and 1; None for an unrated row."""
    if quality.score is not None:
        return (quality.score - 1) / 4
    return _LABELS[quality.label] if quality.label is not None else None


def read(rows: Iterable[Row]) -> tuple[Log, tuple[str, ...]]:
    """Return the usable rows, and the model ids of the ladder. The id of a model that was never allowed is empty."""
    # Models of tiers share rungs with those here, and their times are those of networks: rows with them are left out.
    here = (row for row in rows if not any("/" in arm.model_id for arm in row.arms))
    usable = [row for row in here if row.arms and not row.cached and not row.error and _is_first(row)]
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
        model, drafted_with = chosen.drafted_by or chosen.model_id, chosen.drafted_bin or chosen.context_bin
        for arm in row.arms:
            context = CONTEXT_BINS.index(arm.context_bin)
            predicted[at, arm.rung, context] = arm.predicted_ms
            if (arm.model_id, arm.context_bin) == (model, drafted_with):
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
