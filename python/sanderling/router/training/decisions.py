"""Compute the choices of the rule, or of given weights, for many rows at once. They are the same as at run time."""

from __future__ import annotations

import numpy as np

from ..contract import CONFIDENT
from ..rule import quick, wanted
from .examples import MODELS, Floats, Ints
from .logged import Bools
from .loss import CONTEXT_ROWS, log_softmax


def by_rule(first: Floats, allowed: Bools) -> tuple[Ints, Ints]:
    """Return the rule's model and context, both [n].

    ``first``: features [n, 64]. ``allowed``: bool[n, 4, 4]. Equal to :class:`sanderling.router.rule.RuleRouter`.
    """
    rows = np.arange(len(first))
    here = allowed.any(axis=2)
    enough = here & quick(first)
    largest = enough.shape[1] - 1 - enough[:, ::-1].argmax(axis=1)
    model = np.where(enough.any(axis=1), largest, here.argmax(axis=1))
    of_model = allowed[rows, model]
    small_enough = of_model & (np.arange(allowed.shape[2]) <= wanted(first, model)[:, None])
    last = allowed.shape[2] - 1 - small_enough[:, ::-1].argmax(axis=1)
    return model, np.where(small_enough.any(axis=1), last, of_model.argmax(axis=1))


def by_weights(data: bytes, first: Floats, allowed: Bools) -> tuple[Ints, Ints]:
    """Return the model and context that a router with the weights file ``data`` chooses, both [n].

    Arguments as for :func:`by_rule`. Equal to :class:`sanderling.router.learned.FastGrnnRouter`.
    """
    from ..._core import FastGrnn

    rows = np.arange(len(first))
    _, y = FastGrnn.from_bytes(data).steps(np.ascontiguousarray(first, dtype=np.float32))
    p = np.exp(log_softmax(y[:, :MODELS], np.asarray(allowed.any(axis=2))))
    model = p.argmax(axis=1)
    context = np.where(allowed[rows, model], y[:, CONTEXT_ROWS], -np.inf).argmax(axis=1)
    unsure = p[rows, model] < CONFIDENT
    rule_model, rule_context = by_rule(first, allowed)
    return np.where(unsure, rule_model, model), np.where(unsure, rule_context, context)
