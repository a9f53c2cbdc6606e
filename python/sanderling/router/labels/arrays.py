"""Flat training arrays, one row per question and setting, from a table of answers.

Models are padded to the four outputs of the network. With probability one half the second step of a row sees the draft
of the labelled choice, which a good router would make; otherwise it sees the draft of a random allowed choice, because
routers err.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...records import CONTEXT_BINS
from ..features import RUNGS, SIZE
from .labels import Features, Ints, label, second_steps
from .plans import plans
from .settings import Setting, questions_each
from .table import Floats, Table


class Arrays(NamedTuple):
    """Training arrays of n rows. Every row allows at least one choice."""

    first: Features
    """Features of the first step, [n, 64]."""
    second: Features
    """Features of the second step, [n, 64]; NaN where there is no draft."""
    question: Ints
    """Row of the table, [n]; equal for the same question."""
    utility: Floats
    """Utility by model and context, [n, 4, 4]; NaN where not allowed or not tried."""
    y_model: Ints
    """Best model, [n]."""
    y_context: Ints
    """Best context of that model, [n]."""
    y_temperature: Floats
    """Temperature of the best answer, [n]."""
    y_top_p: Floats
    """top_p of the best answer, [n]."""
    gain: Floats
    """Utility gained by escalating after the draft, [n]; NaN where unknown."""
    plan: Floats
    """Utility of each plan with its best choice, [n, 3]; NaN where unknown."""
    setting: Ints
    """Index into ``settings``, [n]."""


def arrays(table: Table, settings: Sequence[Setting], seed: int, *, expected: Floats | None = None) -> Arrays:
    """Label the questions of ``table`` in each setting.

    If there are many settings, each labels only a random part of the questions. ``seed`` determines which drafts the
    second steps see. ``expected`` and errors: see :func:`sanderling.router.labels.labels.label`.
    """
    random, chosen = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    parts: list[list[np.ndarray]] = []
    for number, setting in enumerate(settings):
        labels = label(table, setting, expected=expected)
        rows, seconds = np.flatnonzero(labels.y_model >= 0), second_steps(table, labels)
        rows = np.sort(chosen.permutation(rows)[: questions_each(len(table), len(settings))])
        second = np.full((len(rows), SIZE), np.nan, dtype=np.float32)
        gain = np.full(len(rows), np.nan)
        for at, row in enumerate(rows.tolist()):
            drafts = np.argwhere(labels.allowed[row])
            labelled = int(labels.y_model[row]), int(labels.y_context[row])
            model, context = labelled if random.random() < 0.5 else drafts[random.integers(len(drafts))].tolist()
            second[at] = seconds[row, model, context]
            gain[at] = labels.gain[row, model, context]
        utility = np.full((len(rows), RUNGS, len(CONTEXT_BINS)), np.nan)
        utility[:, : len(table.ladder)] = labels.utility[rows]
        parts.append(
            [
                labels.features[rows],
                second,
                rows,
                utility,
                labels.y_model[rows],
                labels.y_context[rows],
                labels.y_temperature[rows],
                labels.y_top_p[rows],
                gain,
                plans(labels.utility[rows], table.quoted[rows]),
                np.full(len(rows), number),
            ]
        )
    return Arrays(*(np.concatenate(column) for column in zip(*parts, strict=True)))
