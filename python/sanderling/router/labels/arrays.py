"""A table and many settings in, the flat arrays that training takes out: one row per question and setting.

Models are padded to the four outputs of the network. The draft that a row's second step sees is that of the labelled
choice every other time, because that is what a good router drafts, and else any draft that was allowed, because it is
not always good.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...records import CONTEXT_BINS
from ..features import RUNGS, SIZE
from .labels import Features, Ints, label, second_steps
from .settings import Setting, questions_each
from .table import Floats, Table


class Arrays(NamedTuple):
    """n rows; every row allows at least one choice."""

    first: Features
    """[n, 64]"""
    second: Features
    """[n, 64], NaN where there is no draft."""
    question: Ints
    """[n], row of the table: equal for the same question."""
    utility: Floats
    """[n, 4, 3], NaN where not allowed or not tried."""
    y_model: Ints
    """[n]"""
    y_context: Ints
    """[n]"""
    y_temperature: Floats
    """[n]"""
    y_top_p: Floats
    """[n]"""
    gain: Floats
    """[n], utility won by escalating after the draft, NaN where unknown."""
    setting: Ints
    """[n], position in the settings given."""


def arrays(table: Table, settings: Sequence[Setting], seed: int, *, expected: Floats | None = None) -> Arrays:
    """Label questions in every setting: all of them, or of many settings some in each.

    ``seed``: of the choice of drafts. ``expected``: see :func:`label`, whose errors are raised.
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
                np.full(len(rows), number),
            ]
        )
    return Arrays(*(np.concatenate(column) for column in zip(*parts, strict=True)))
