"""Selects the questions answered with every needed model and context, and groups the questions by kind and set."""

from __future__ import annotations

import numpy as np

from ...router.labels.rows import Asked
from ...router.labels.table import Floats, Table
from .board import Bools

LEAST_SHARE = 0.5
"""Least share of the questions that a combination of model and context must have answered to be asked of all."""
TEXT, YES_NO, SUMS = "text", "yes or no", "sums"
KINDS = (TEXT, YES_NO, SUMS)


def core(table: Table) -> Bools:
    """Return which pairs of model and context count as collected, bool[models, contexts].

    A combination that only every fourth question was given does not, and no question has to have it.
    """
    share: Floats = table.tried.mean(axis=0)
    least = LEAST_SHARE * float(share.max())
    return np.asarray(share >= least, dtype=np.bool_)


def complete(table: Table) -> Bools:
    """Return which questions have an answer from every pair of :func:`core`, bool[questions]."""
    found: Bools = np.asarray(table.tried[:, core(table)].all(axis=1))
    return found


def kind(asked: Asked) -> str:
    """Return the kind by which a question is reported: text, yes or no, or sums."""
    if asked.numeric:
        return SUMS
    return YES_NO if asked.raw.get("asked_yes_no") else TEXT


def kinds(table: Table) -> np.ndarray:
    """Return the kind of each question of ``table``, str[questions]."""
    return np.array([kind(each) for each in table.asked])


def sets(table: Table) -> np.ndarray:
    """Return the index of each question's set, int64[questions].

    Sets are in the order of their names.
    """
    names = [each.set for each in table.asked]
    return np.unique(names, return_inverse=True)[1].astype(np.int64)
